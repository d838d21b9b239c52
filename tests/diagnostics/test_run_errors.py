"""What only a run shows: each slip really run in a runner, its error explained with the names of what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inspectors.diagnostics import Finding, explain_error, problems_of
from inspectors.discovery import WorkflowSource, discover
from inspectors.settings import read_settings
from inspectors.store import Run
from inspectors.workbench import Workbench
from tests.diagnostics.conftest import HEAD
from tests.waiting import has_ended, until_run

SLIPS = (
    HEAD
    + """\
import asyncio

class A(Event):
    x: int

class B(Event):
    pass

class ReturnsText(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return "done"

class ReturnsTexts(Workflow):
    @step
    async def a(self, ev: StartEvent) -> list[A]:
        return ["done"]
    @step
    async def b(self, found: list[A]) -> StopEvent:
        return StopEvent()

class Hides(Workflow):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.b = 1
    @step
    async def a(self, ev: StartEvent) -> B:
        return B()
    @step
    async def b(self, ev: B) -> StopEvent:
        return StopEvent()

class HidesLater(Workflow):
    @step
    async def a(self, ev: StartEvent) -> B:
        self.b = 1
        return B()
    @step
    async def b(self, ev: B) -> StopEvent:
        return StopEvent()

class Undeclared(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return B()

class Slow(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        await asyncio.sleep(30)
        return StopEvent()

class Stalls(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent | None:
        return None

class ReadsWhatIsNotGiven(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=ev.nope)

class ReadsNoField(Workflow):
    @step
    async def a(self, ev: StartEvent) -> A:
        return A(x=1)
    @step
    async def b(self, ev: A) -> StopEvent:
        return StopEvent(result=ev.y)

class MakesItWithout(Workflow):
    @step
    async def a(self, ev: StartEvent) -> A:
        return A()
    @step
    async def b(self, ev: A) -> StopEvent:
        return StopEvent()

class MakesItWrong(Workflow):
    @step
    async def a(self, ev: StartEvent) -> A:
        return A(x="three")
    @step
    async def b(self, ev: A) -> StopEvent:
        return StopEvent()

class OwnTrouble(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        raise ValueError("the disk is full")
"""
)

EXPECTED = {
    "ReturnsText": ("returned-no-event", "Step a of ReturnsText returns a str, not an event."),
    "ReturnsTexts": ("returned-no-event", "Step a returned a list that holds str, not only events."),
    "Hides": (
        "attribute-shadows-step",
        "Hides sets self.b, which hides its own step b; the engine then can't find the step.",
    ),
    "HidesLater": (
        "attribute-shadows-step",
        "HidesLater sets self.b, which hides its own step b; the engine then can't find the step.",
    ),
    "Undeclared": (
        "undeclared-event",
        "Step a of Undeclared gives B, which its annotation doesn't name and no step takes.",
    ),
    "Slow": ("timeout", "The run reached its time limit of 4 s. a was still running."),
    "Stalls": ("stalled", "Stalls stood still until its time limit of 4 s: no step was running any more."),
    "ReadsWhatIsNotGiven": ("no-such-field", "Step a reads nope of StartEvent, but the run was not given it."),
    "ReadsNoField": ("no-such-field", "Step b reads y of A, which has no such field."),
    "MakesItWithout": ("event-does-not-fit", "Step a makes A without x, which it requires."),
    "MakesItWrong": (
        "event-does-not-fit",
        "Step a makes A with values that don't fit (x: input should be a valid integer, unable to parse string as an "
        "integer).",
    ),
}
BEFORE = {"ReturnsText", "Hides", "HidesLater", "Undeclared"}
"""What source tells before a run."""

Ran = dict[str, tuple[WorkflowSource, Run]]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Every class of the file run once, in one runner."""
    folder = tmp_path_factory.mktemp("slips")
    file = folder / "slips.py"
    file.write_text(SLIPS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEPSCOPE_DB", str(folder / "x.db"))
        bench = Workbench(read_settings([str(file)]))
    try:
        sources = {source.name: source for source in bench.catalog().workflows}
        # Short where the limit is what is tested; elsewhere a busy machine must not reach it.
        limits = {name: 4.0 if name in ("Slow", "Stalls") else 12.0 for name in sources}
        ids = {name: bench.supervisor.start(source, {}, {"timeout": limits[name]}) for name, source in sources.items()}
        yield {name: (sources[name], until_run(bench.store, run_id, has_ended)) for name, run_id in ids.items()}
    finally:
        bench.close()


def explained(ran: Ran, name: str) -> Finding | None:
    source, run = ran[name]
    assert run.status == "failed" and run.error is not None
    return explain_error(run.error, source.graph)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_failed_run_is_explained(name: str, ran: Ran) -> None:
    found = explained(ran, name)
    assert found is not None and (found.id, found.sentence) == EXPECTED[name]
    assert found.mend and found.line and found.file == ran[name][0].file


@pytest.mark.parametrize("name", EXPECTED)
def test_what_source_tells_is_said_before_and_stays_when_the_engine_takes_the_class(name: str, ran: Ran) -> None:
    source, _ = ran[name]
    expected = [EXPECTED[name]] if name in BEFORE else []
    assert [(one.id, one.sentence) for one in problems_of(source, None, None)] == expected
    accepted = {"start": {}, "graph": None, "timeout": 45.0, "problem": None}
    assert [(one.id, one.sentence) for one in problems_of(source, accepted, None)] == expected


def test_the_place_is_where_the_users_code_was(ran: Ran) -> None:
    lines = SLIPS.splitlines()
    for name, code in {
        "ReadsWhatIsNotGiven": "return StopEvent(result=ev.nope)",
        "MakesItWithout": "return A()",
        "Undeclared": "return B()",
        "Hides": "self.b = 1",
        "HidesLater": "self.b = 1",
    }.items():
        found = explained(ran, name)
        assert found is not None and found.line is not None and lines[found.line - 1].strip() == code, name
        assert found.line > ran[name][0].line


def test_an_error_of_the_users_own_speaks_for_itself(ran: Ran) -> None:
    assert explained(ran, "OwnTrouble") is None


def test_an_error_without_anything_is_not_explained() -> None:
    assert explain_error({}, None) is None
    assert explain_error({"type": "KeyError", "message": "'b'"}, {"nodes": [], "edges": []}) is None


def test_the_answer_to_a_file_that_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "slips.py"
    file.write_text(SLIPS)
    source = discover([file]).workflows[0]
    file.unlink()
    assert [one.id for one in problems_of(source)] == ["unreadable"]
