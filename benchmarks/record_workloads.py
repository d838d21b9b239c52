"""The workflows that `benchmarks.record` measures. They do nothing but what is measured."""

from __future__ import annotations

import psutil
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

MEMORY: list[tuple[int, float]] = []
"""(steps done, resident memory of the process in MB), as `LongChainWorkflow` sees it."""


class Size(StartEvent):
    """How many steps, events or parts."""

    size: int


class Turn(Event):
    """One more step."""

    number: int
    size: int


class Part(Event):
    """One of the parts of a fan-out."""

    number: int


class Done(Event):
    """What became of a part."""

    number: int


class Seen(Event):
    """Something to tell whoever reads the stream."""

    number: int


class ChainWorkflow(Workflow):
    """One step that returns its own event, so many times."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def begin(self, ev: Size) -> Turn:
        """Start the chain."""
        return Turn(number=1, size=ev.size)

    @step
    async def go_on(self, ev: Turn) -> Turn | StopEvent:
        """One step of the chain."""
        return StopEvent(result=ev.number) if ev.number == ev.size else Turn(number=ev.number + 1, size=ev.size)


class LongChainWorkflow(ChainWorkflow):
    """The same, looking at the process's memory twenty times on its way."""

    @step
    async def go_on(self, ev: Turn) -> Turn | StopEvent:
        """One step of the chain."""
        if ev.number % (ev.size // 20) == 0:
            MEMORY.append((ev.number, psutil.Process().memory_info().rss / 2**20))
        return StopEvent(result=ev.number) if ev.number == ev.size else Turn(number=ev.number + 1, size=ev.size)


class StreamWorkflow(Workflow):
    """One step that writes so many events to the stream."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def tell(self, ctx: Context, ev: Size) -> StopEvent:
        """Write all events."""
        for number in range(ev.size):
            ctx.write_event_to_stream(Seen(number=number))
        return StopEvent(result=ev.size)


class FanListWorkflow(Workflow):
    """A list of parts is returned, and joined by a list parameter."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def split(self, ev: Size) -> list[Part]:
        """Give the parts."""
        return [Part(number=number) for number in range(ev.size)]

    @step
    async def work(self, ev: Part) -> Done:
        """Do one part."""
        return Done(number=ev.number)

    @step
    async def join(self, done: list[Done]) -> StopEvent:
        """Take all."""
        return StopEvent(result=len(done))


class FanSentWorkflow(Workflow):
    """Parts are sent, and joined by `collect_events`."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.parts = 0

    @step
    async def split(self, ctx: Context, ev: Size) -> Part | None:
        """Send the parts."""
        self.parts = ev.size
        for number in range(ev.size):
            ctx.send_event(Part(number=number))
        return None

    @step
    async def work(self, ev: Part) -> Done:
        """Do one part."""
        return Done(number=ev.number)

    @step
    async def join(self, ctx: Context, ev: Done) -> StopEvent | None:
        """Take all."""
        done = ctx.collect_events(ev, [Done] * self.parts)
        return StopEvent(result=len(done)) if done else None
