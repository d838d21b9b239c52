"""Every way in which the engine refuses a class, as a file: engine-facts.md C, and what its validation has beside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A class W that the engine refuses."""

    source: str
    rule: str
    sentence: str
    line: int
    """From 1, with the seven lines of imports that come first."""
    by_source: bool = True
    """Whether source alone tells, before anything is imported."""


END = """
    @step
    async def end(self, ev: A) -> StopEvent:
        return StopEvent()
"""

ROWS = {
    "no type on ev": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev) -> StopEvent:
        return StopEvent()
""",
        "no-event-parameter",
        "Step a of W takes no event, so nothing could start it.",
        9,
    ),
    "a type that is no event": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: int) -> StopEvent:
        return StopEvent()
""",
        "no-event-parameter",
        "Step a of W takes no event, so nothing could start it.",
        9,
    ),
    "no return annotation": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent):
        return StopEvent()
""",
        "no-return-annotation",
        "Step a of W doesn't say what it returns, and the engine needs to know.",
        9,
    ),
    "-> None only": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> None:
        pass
""",
        "no-stop-event",
        "W can't end: none of its steps is annotated to return StopEvent.",
        8,
    ),
    "return annotation not Event": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> dict:
        return {}
""",
        "no-stop-event",
        "W can't end: none of its steps is annotated to return StopEvent.",
        8,
    ),
    "no StartEvent": Row(
        """
class A(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: A) -> StopEvent:
        return StopEvent()
""",
        "no-start-event",
        "W can't start: none of its steps takes StartEvent.",
        9,
    ),
    "no steps": Row(
        """
class W(Workflow):
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
""",
        "no-steps",
        "W has no steps.",
        8,
    ),
    "two StartEvents": Row(
        """
class S2(StartEvent): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
    @step
    async def b(self, ev: S2) -> StopEvent:
        return StopEvent()
""",
        "two-start-events",
        "W has 2 kinds of start event, S2 and StartEvent; the engine allows one.",
        9,
    ),
    "two StopEvents": Row(
        """
class S2(StopEvent): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent | S2:
        return StopEvent()
""",
        "two-stop-events",
        "W has 2 kinds of stop event, S2 and StopEvent; the engine allows one.",
        9,
    ),
    "consumed never produced": Row(
        """
class A(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
"""
        + END,
        "never-produced",
        "Step end of W takes A, which no step gives.",
        14,
    ),
    "sent, but not declared": Row(
        """
class A(Event): pass
class W(Workflow):
    @step
    async def a(self, ctx: Context, ev: StartEvent) -> None:
        ctx.send_event(A())
"""
        + END,
        "never-produced",
        "Step end of W takes A. Step a gives it, but its annotation doesn't say so, so the engine refuses.",
        12,
    ),
    "produced never consumed": Row(
        """
class A(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent | A:
        return StopEvent()
""",
        "never-consumed",
        "Step a of W gives A, which no step takes.",
        11,
    ),
    "accepts StopEvent": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
    @step
    async def b(self, ev: StopEvent) -> None:
        pass
""",
        "accepts-stop-event",
        "Step b of W takes StopEvent, but StopEvent ends the run before any step could take it.",
        12,
    ),
    "dead-end loop": Row(
        """
class A(Event): pass
class B(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent | A:
        return StopEvent()
    @step
    async def b(self, ev: A) -> B:
        return B()
    @step
    async def c(self, ev: B) -> A:
        return A()
""",
        "dead-end",
        "Steps b and c of W never lead to StopEvent.",
        14,
    ),
    "unreachable": Row(
        """
class A(Event): pass
class B(Event): pass
class W(Workflow):
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
        "unreachable",
        "Steps b and c of W can never run: no way leads there from the start.",
        14,
    ),
    "num_workers=0": Row(
        """
class W(Workflow):
    @step(num_workers=0)
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
""",
        "num-workers",
        "Step a of W has num_workers=0; the engine needs a whole number of at least 1.",
        9,
    ),
    "free function without workflow": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()

@step
async def b(ev: StartEvent) -> StopEvent:
    return StopEvent()
""",
        "free-step",
        "Step b stands outside of a class and doesn't say which workflow it belongs to.",
        13,
    ),
    "forgot super().__init__": Row(
        """
class W(Workflow):
    def __init__(self, **kwargs):
        self.n = 1
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
""",
        "no-super-init",
        "The __init__ of W doesn't call super().__init__(), so the engine can't run it.",
        9,
    ),
    "unknown name in an annotation": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> "Nope":
        return StopEvent()
""",
        "unknown-name",
        "Step a of W names Nope in its annotations, but its file neither defines nor imports it.",
        9,
    ),
    "unknown name in an annotation that is looked up at once": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: Nope) -> StopEvent:
        return StopEvent()
""",
        "unknown-name",
        "Step a of W names Nope in its annotations, but its file neither defines nor imports it.",
        9,
    ),
    "async generator step": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        yield StopEvent()
""",
        "async-generator",
        "Step a of W yields its events one by one, which the engine doesn't support.",
        9,
    ),
    "collects a list that no step returns": Row(
        """
class A(Event): pass
class W(Workflow):
    @step
    async def a(self, ctx: Context, ev: StartEvent) -> A | None:
        return A()
    @step
    async def b(self, found: list[A]) -> StopEvent:
        return StopEvent()
""",
        "collects-no-list",
        "Step b of W collects list[A] in found, but no step returns such a list.",
        13,
        by_source=False,
    ),
    "joins events of different levels": Row(
        """
class A(Event): pass
class B(Event): pass
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> list[A]:
        return [A()]
    @step
    async def b(self, ev: StartEvent) -> B:
        return B()
    @step
    async def c(self, one: A, two: B) -> StopEvent:
        return StopEvent()
""",
        "join-never-fills",
        "Step c of W joins events that never come together: 'one' (A) is produced at the stream of step 'a'; "
        "'two' (B) is produced at the top level.",
        17,
        by_source=False,
    ),
    "a handler that takes another event": Row(
        """
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
    @catch_error
    async def h(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
""",
        "handler-event",
        "Handler h of W doesn't take StepFailedEvent, which is what a @catch_error handler gets.",
        12,
        by_source=False,
    ),
    "a check that has no sentence of ours": Row(
        """
class W(Workflow):
    def __init__(self, **kwargs):
        super().__init__(num_concurrent_runs=0, **kwargs)
    @step
    async def a(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
""",
        "engine-refuses",
        "The engine refuses W: num_concurrent_runs must be an integer greater than 0 or None",
        10,
        by_source=False,
    ),
}
