"""Workflows that misbehave, for the tests of runners. Imported by runners only."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import sys
import threading
import time

from pydantic import model_validator
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Exits(Workflow):
    """Calls sys.exit in a step."""

    @step
    async def leave(self, ev: StartEvent) -> StopEvent:
        sys.exit(3)


class ExitsInThread(Workflow):
    """Calls sys.exit in a plain function step, which the engine runs in a thread."""

    @step
    def leave(self, ev: StartEvent) -> StopEvent:
        sys.exit(4)


class Vanishes(Workflow):
    """Ends the whole process at once."""

    @step
    async def vanish(self, ev: StartEvent) -> StopEvent:
        os._exit(7)


class Crashes(Workflow):
    """Crashes the interpreter."""

    @step
    async def crash(self, ev: StartEvent) -> StopEvent:
        ctypes.string_at(0)
        return StopEvent()


class Blocks(Workflow):
    """Blocks the event loop for as long as it is told, or until the file `sign` is there."""

    @step
    async def block(self, ev: StartEvent) -> StopEvent:
        over, sign = time.monotonic() + ev.get("seconds", 3.0), ev.get("sign", "")
        while time.monotonic() < over and not (sign and os.path.exists(sign)):  # noqa: ASYNC240
            time.sleep(0.02)  # noqa: ASYNC251 (that is the fault)
        return StopEvent(result="awake")


class Holds(Workflow):
    """Holds the interpreter's lock in a backtracking regular expression."""

    @step
    async def search(self, ev: StartEvent) -> StopEvent:
        re.match(r"(a+)+$", "a" * ev.get("length", 27) + "b")
        return StopEvent(result="found nothing")


class CancelsItself(Workflow):
    """Raises CancelledError though nobody cancelled."""

    @step
    async def give_up(self, ev: StartEvent) -> StopEvent:
        raise asyncio.CancelledError


class IgnoresCancel(Workflow):
    """Swallows every cancellation."""

    @step
    async def cling(self, ctx: Context, ev: StartEvent) -> StopEvent:
        while True:
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue


class Sleeps(Workflow):
    """Works for as long as it is told, politely."""

    @step
    async def sleep(self, ev: StartEvent) -> StopEvent:
        await asyncio.sleep(ev.get("seconds", 30.0))
        return StopEvent(result="rested")


class Ask(InputRequiredEvent):
    """A question."""

    question: str


class Reply(HumanResponseEvent):
    """Its answer, which must be a whole number."""

    number: int


class AsksTwice(Workflow):
    """Asks a person twice, with a time limit shorter than people think."""

    def __init__(self, timeout: float | None = 1.0, verbose: bool = False) -> None:
        super().__init__(timeout=timeout, verbose=verbose)
        self.runs_seen = 0

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> Ask:
        await ctx.store.set("asked", 1)
        return Ask(question="How many?")

    @step
    async def take(self, ctx: Context, ev: Reply) -> Ask | StopEvent:
        asked = await ctx.store.get("asked")
        if asked == 1:
            await ctx.store.set("asked", 2)
            await ctx.store.set("first", ev.number)
            return Ask(question="And how many more?")
        return StopEvent(result=await ctx.store.get("first") + ev.number)


class WaitsInside(Workflow):
    """Waits for an answer inside a step; the body before the wait runs again."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        reply = await ctx.wait_for_event(Reply, waiter_event=Ask(question="How many inside?"), timeout=None)
        return StopEvent(result=reply.number)


class Secretive(Workflow):
    """Takes a secret."""

    @step
    async def use(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=len(ev.api_key))


class Unwritable(Workflow):
    """Keeps something in its store that can't be written down, and asks."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> Ask:
        await ctx.store.set("lock", threading.Lock())
        return Ask(question="How many, before the time is up?")

    @step
    async def take(self, ev: Reply) -> StopEvent:
        return StopEvent(result=ev.number)


class Progress(Event):
    """A piece of progress."""

    number: int


class Item(Event):
    """One of many."""

    number: int


class FansOutWide(Workflow):
    """Fans out so wide that the engine itself is busy for a while."""

    @step
    async def spread(self, ev: StartEvent) -> list[Item]:
        return [Item(number=number) for number in range(ev.get("width", 1200))]

    @step
    async def work(self, ev: Item) -> Progress:
        return Progress(number=ev.number)

    @step
    async def join(self, evs: list[Progress]) -> StopEvent:
        return StopEvent(result=len(evs))


class RangeStart(StartEvent):
    """Two fields that must fit each other."""

    low: int = 1
    high: int = 2

    @model_validator(mode="after")
    def _ordered(self) -> RangeStart:
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self


class Ranges(Workflow):
    """Takes fields that must fit each other."""

    @step
    async def count(self, ev: RangeStart) -> StopEvent:
        return StopEvent(result=ev.high - ev.low)
