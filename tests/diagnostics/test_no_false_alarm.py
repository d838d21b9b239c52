"""No rule fires on what the engine takes: a false alarm is worse than silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inspectors.diagnostics import problems_of
from inspectors.discovery import discover
from tests.diagnostics.conftest import imported

ROOT = Path(__file__).parents[2]

RIGHT = {
    "a person asked by steps": """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="?")
    @step
    async def b(self, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent()
""",
    "a person asked by a waiter": """
class W(Workflow):
    @step
    async def a(self, ctx: Context, ev: StartEvent) -> StopEvent:
        answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="?"))
        return StopEvent(result=answer.response)
""",
    "sent and collected": """
class A(Event): n: int
class W(Workflow):
    @step
    async def a(self, ctx: Context, ev: StartEvent) -> A | None:
        for n in range(3):
            ctx.send_event(A(n=n))
    @step(num_workers=3)
    async def b(self, ctx: Context, ev: A) -> StopEvent | None:
        if ctx.collect_events(ev, [A] * 3) is None:
            return None
        return StopEvent()
""",
    "a list out and a list in": """
class A(Event): pass
class B(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> list[A]:
        return [A()]
    @step
    async def b(self, ev: A) -> B:
        return B()
    @step
    async def c(self, found: list[B]) -> StopEvent:
        return StopEvent()
""",
    "two events at once": """
class A(Event): pass
class B(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> A:
        return A()
    @step
    async def b(self, ev: StartEvent) -> B:
        return B()
    @step
    async def c(self, one: A, two: B) -> StopEvent:
        return StopEvent()
""",
    "derived events": """
class A(Event): pass
class B(A): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> B:
        return B()
    @step(accept_event_subclasses=True)
    async def b(self, ev: A) -> StopEvent:
        return StopEvent()
""",
    "a handler of errors": """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
    @catch_error
    async def h(self, ev: StepFailedEvent) -> StopEvent:
        return StopEvent()
""",
    "inherited steps": """
class A(Event): pass
class Base(Workflow):
    @step
    async def a(self, ev: StartEvent) -> A:
        return A()
class W(Base):
    @step
    async def b(self, ev: A) -> StopEvent:
        return StopEvent()
""",
    "an attached step": """
class A(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> A:
        return A()

@step(workflow=W)
async def b(ev: A) -> StopEvent:
    return StopEvent()
""",
    "annotations as text": """
from typing import TYPE_CHECKING, Annotated, Optional, Union
if TYPE_CHECKING:
    from nowhere import Thing
class A(Event): pass
class W(Workflow):
    @step
    async def a(self, ctx: "Context[dict]", ev: "StartEvent") -> "Union[A, None]":
        return A()
    @step
    async def b(self, ev: "A") -> "Optional[StopEvent]":
        return StopEvent()
""",
    "an alias for a union": """
class A(Event): pass
class B(Event): pass
Found = A | B
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> Found:
        return A()
    @step
    async def b(self, ev: Found) -> StopEvent:
        return StopEvent()
""",
    "events made by a function": """
from pydantic import create_model
A = create_model("A", __base__=Event)
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> A:
        return A()
    @step
    async def b(self, ev: A) -> StopEvent:
        return StopEvent()
""",
    "checks that are switched off": """
class A(Event): pass
class B(Event): pass
class W(Workflow):
    def __init__(self, **kwargs):
        super().__init__(skip_graph_checks={"reachability"}, **kwargs)
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
    @step
    async def b(self, ev: A) -> B | StopEvent:
        return B()
    @step
    async def c(self, ev: B) -> A:
        return A()
""",
    "an __init__ that calls the engine's by name": """
class W(Workflow):
    def __init__(self, size: int = 1, **kwargs):
        Workflow.__init__(self, **kwargs)
        self.size = size
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
""",
    "a mixin with the __init__": """
class Mixin:
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.n = 1
class W(Mixin, Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
""",
    "own start and stop": """
class Begin(StartEvent): topic: str = ""
class Finish(StopEvent): text: str = ""
class W(Workflow):
    @step
    async def a(self, ev: Begin) -> Finish:
        def helper():
            return "text"
        return Finish(text=helper())
""",
    "a plain def, a loop and a generator inside": """
class A(Event): n: int = 0
class W(Workflow):
    @step(num_workers=2)
    def a(self, ev: StartEvent | A) -> A | StopEvent:
        def numbers():
            yield 1
        return StopEvent(result=sum(numbers()))
""",
    "a type parameter's class": """
from typing import Generic, TypeVar
T = TypeVar("T")
class Base(Workflow, Generic[T]):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
class W(Base[int]):
    pass
""",
    "events nested in the class": """
class W(Workflow):
    class A(Event): pass
    @step
    async def a(self, ev: StartEvent) -> A:
        return self.A()
    @step
    async def b(self, ev: A) -> StopEvent:
        return StopEvent()
""",
    "a step that is wrapped in place": """
class W(Workflow):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a = self.a
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
""",
    "a result for whoever streams": """
class Progress(Event): pass
class W(Workflow):
    @step
    async def a(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(Progress())
        return StopEvent()
""",
}


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from tests.diagnostics.conftest import HEAD

    folder = tmp_path_factory.mktemp("right")
    files = {name: folder / f"right_{number}.py" for number, name in enumerate(RIGHT)}
    for name, file in files.items():
        file.write_text(HEAD + RIGHT[name].lstrip("\n"))
    return files


def test_the_engine_takes_all_of_them(right: dict[str, Path]) -> None:
    said = imported(list(right.values()))
    refused = {
        name: said[str(file)]["error"] or said[str(file)]["described"]["W"]["problem"]
        for name, file in right.items()
        if said[str(file)]["error"] or said[str(file)]["described"]["W"]["problem"]
    }
    assert not refused


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found_in_code_that_is_right(name: str, right: dict[str, Path]) -> None:
    catalog = discover([right[name]])
    source = next(source for source in catalog.workflows if source.name == "W")
    assert problems_of(source) == []
    assert catalog.problems == []


def test_nothing_is_found_in_the_samples() -> None:
    catalog = discover([ROOT / "workflows"])
    assert {source.name: problems_of(source) for source in catalog.workflows if problems_of(source)} == {}


def test_a_class_from_a_package_that_is_not_read_is_left_alone(write: Callable[[str, str], Path]) -> None:
    file = write(
        "foreign.py",
        """
from starlette.routing import Base, SomeEvent, Other
class W(Base):
    @step
    async def a(self, ev: SomeEvent) -> Other:
        return Other()
""",
    )
    assert problems_of(discover([file]).workflows[0]) == []
