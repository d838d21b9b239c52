"""A workflow that does a little all the time, until somebody opens its gate."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Gated(StartEvent):
    """Names the file that ends it."""

    gate: str


class Count(Event):
    """The next number, and something that no packing makes small."""

    n: int
    gate: str
    text: str


class Steady(Workflow):
    """Counts until its gate is there."""

    @step
    async def begin(self, ev: Gated) -> Count:
        """One."""
        return Count(n=1, gate=ev.gate, text=noise(1))

    @step
    async def count(self, ctx: Context, ev: Count) -> Count | StopEvent:
        """One more."""
        await asyncio.sleep(0.02)
        if Path(ev.gate).exists():  # noqa: ASYNC240
            return StopEvent(result=ev.n)
        return Count(n=ev.n + 1, gate=ev.gate, text=noise(ev.n + 1))


def noise(n: int) -> str:
    """A text of 800 characters, another for each number."""
    import random

    return random.Random(n).randbytes(400).hex()
