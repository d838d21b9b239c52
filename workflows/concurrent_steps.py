"""Eight tasks, four at a time: what ``num_workers`` does, and what it doesn't.

``@step(num_workers=4)`` allows four invocations of a step at once; it never makes more of them. There are as many as
events of its type, so somebody has to send eight: `hand_out` does. Older tutorials show `basic_step` and
`concurrent_step` alone, which the engine refuses: a workflow needs a step that takes a StartEvent, which `InputEvent`
is made here, and one that gives a StopEvent.
"""

import asyncio
import time
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

SECONDS = 0.4
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class InputEvent(StartEvent):
    """What the run is started with."""

    data: Words = Field(description="Words; each becomes a task.")


class OutputEvent(Event):
    """The text, cut into tasks."""

    data: list[str]


class TaskEvent(Event):
    """One task."""

    task: str


class ResultEvent(Event):
    """What came of one task, and when it was worked on (seconds of a clock that only runs forward)."""

    task: str
    result: str
    began: float
    ended: float


def process(task: str) -> str:
    """The work itself: the word, backwards."""
    return task[::-1]


class MyWorkflow(Workflow):
    """Works on eight words, four at a time, and shows that it did.

    Each word takes 0.4 seconds. One after the other they would take 3.2; four at a time it is 0.8.
    """

    example_input: ClassVar[dict[str, Any]] = {"data": "north east south west spring neap ebb flood"}

    @step
    async def basic_step(self, ev: InputEvent) -> OutputEvent:
        """A basic step: one event in, one event out."""
        return OutputEvent(data=ev.data.split())

    @step
    async def hand_out(self, ctx: Context, ev: OutputEvent) -> TaskEvent | None:
        """Send one event per task."""
        await ctx.store.set("tasks", ev.data)
        for task in ev.data:
            ctx.send_event(TaskEvent(task=task))
        return None

    @step(num_workers=4)
    async def concurrent_step(self, ev: TaskEvent) -> ResultEvent:
        """Step that can run 4 instances concurrently."""
        began = time.monotonic()
        await asyncio.sleep(SECONDS)  # where real work would wait for a disk or a network
        return ResultEvent(task=ev.task, result=process(ev.task), began=began, ended=time.monotonic())

    @step(num_workers=1)
    async def join(self, ctx: Context, ev: ResultEvent) -> StopEvent | None:
        """Wait for all results; give them in the order they began, each with how many ran at that moment."""
        tasks = await ctx.store.get("tasks")
        results = ctx.collect_events(ev, [ResultEvent] * len(tasks))
        if results is None:
            return None
        first = min(found.began for found in results)
        table = [
            {
                "task": found.task,
                "result": found.result,
                "began after": f"{found.began - first:.1f} s",
                "running then": sum(other.began <= found.began < other.ended for other in results),
            }
            for found in sorted(results, key=lambda found: found.began)
        ]
        return StopEvent(result=table)
