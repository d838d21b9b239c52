"""Workflows that misbehave at full size, and one that beats beside them. Imported by runners only."""

from __future__ import annotations

import asyncio
import re
import time

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

LONG = 600.0


class Item(Event):
    """One of many."""

    number: int


class Done(Event):
    """An item that was worked on."""

    number: int


class Large(Event):
    """An event with a large text."""

    text: str


class Blocks(Workflow):
    """Blocks the event loop."""

    @step
    async def block(self, ev: StartEvent) -> StopEvent:
        """Sleep without awaiting."""
        time.sleep(LONG)  # noqa: ASYNC251 (that is the fault)
        return StopEvent()


class Spins(Workflow):
    """Computes in Python alone, without an await."""

    @step
    async def spin(self, ev: StartEvent) -> StopEvent:
        """Count for ever."""
        turns = 0
        while True:
            turns += 1


class Backtracks(Workflow):
    """Holds the interpreter in a backtracking regular expression."""

    @step
    async def search(self, ev: StartEvent) -> StopEvent:
        """Search for what isn't there."""
        re.match(r"(a+)+$", "a" * 60 + "b")
        return StopEvent()


class Eats(Workflow):
    """Takes memory without end."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def load(self, ev: StartEvent) -> StopEvent:
        """Keep more and more."""
        pieces = []
        while True:
            pieces.append(b"x" * 20_000_000)
            await asyncio.sleep(0.05)


class Prints(Workflow):
    """Prints 100 MB."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def talk(self, ev: StartEvent) -> StopEvent:
        """Print 100,000 lines."""
        line = "x" * 999
        for _ in range(100_000):
            print(line)
        await asyncio.sleep(LONG)
        return StopEvent()


class Sends(Workflow):
    """Sends 100,000 events at once."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step(num_workers=8)
    async def count(self, ctx: Context, ev: Item) -> StopEvent | None:
        """Take one."""
        return StopEvent() if ev.number == 0 else None

    @step
    async def send(self, ctx: Context, ev: StartEvent) -> Item | None:
        """Send them all."""
        for number in range(100_000, -1, -1):
            ctx.send_event(Item(number=number))


class Streams(Workflow):
    """Writes 100,000 events to the stream at once."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def stream(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Write them all."""
        for number in range(100_000):
            ctx.write_event_to_stream(Item(number=number))
        await asyncio.sleep(LONG)
        return StopEvent()


class FansOut(Workflow):
    """Fans out 5,000 wide."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def spread(self, ev: StartEvent) -> list[Item]:
        """Give them all."""
        return [Item(number=number) for number in range(5_000)]

    @step
    async def work(self, ev: Item) -> Done:
        """Work on one."""
        return Done(number=ev.number)

    @step
    async def join(self, evs: list[Done]) -> StopEvent:
        """Wait for all."""
        return StopEvent(result=len(evs))


class Carries(Workflow):
    """Carries 50 MB in an event, again and again."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def make(self, ev: StartEvent) -> Large:
        """Make it."""
        return Large(text="x" * 50_000_000)

    @step
    async def pass_on(self, ev: Large) -> Large | Done:
        """Pass it on."""
        await asyncio.sleep(0.5)
        return Large(text=ev.text)

    @step
    async def end(self, ev: Done) -> StopEvent:
        """Never reached."""
        return StopEvent()


class Clings(Workflow):
    """Swallows every cancellation."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @step
    async def cling(self, ev: StartEvent) -> StopEvent:
        """Go on whatever comes."""
        while True:
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue
