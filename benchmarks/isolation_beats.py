"""A workflow that tells the time ten times a second: the run that must not be disturbed. Imported by runners only."""

from __future__ import annotations

import asyncio
import time

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Beat(Event):
    """When it was made, in milliseconds since 1970."""

    at: int


class Beats(Workflow):
    """Writes an event to its stream every 100 ms."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def beat(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Tell the time, over and over."""
        for _ in range(36_000):
            ctx.write_event_to_stream(Beat(at=int(time.time() * 1000)))
            await asyncio.sleep(0.1)
        return StopEvent()
