"""A workflow that writes to its stream at an even rate, for the live benchmark."""

from __future__ import annotations

import asyncio
import time

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Tick(Event):
    """One of many."""

    n: int


class TicksStart(StartEvent):
    """How many ticks, and how many in a second."""

    count: int
    rate: int


class Ticks(Workflow):
    """Write ticks to the stream, a given number a second, also while 20 tabs take longer than 45 s to open."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def tick(self, ctx: Context, ev: TicksStart) -> StopEvent:
        """Write them, as late as the loop lets it."""
        began = time.monotonic()
        for n in range(ev.count):
            ctx.write_event_to_stream(Tick(n=n))
            await asyncio.sleep(max(0.0, began + (n + 1) / ev.rate - time.monotonic()))
        return StopEvent(result=ev.count)
