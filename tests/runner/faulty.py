"""Workflows that misbehave, for the tests of runners. Imported by runners only."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from pydantic import model_validator
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from inspectors.runner import ending_at_once


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


class VanishesAfterMuch(Workflow):
    """Ends the whole process at once, having said much."""

    @step
    async def vanish(self, ctx: Context, ev: StartEvent) -> StopEvent:
        for number in range(2_000):
            ctx.write_event_to_stream(Event(number=number))  # type: ignore[call-arg]
            await asyncio.sleep(0)  # the engine streams it once the loop turns
        ending_at_once.WAIT = 60.0  # how patient it is with a slow disk isn't what is asked here
        os._exit(7)


class Crashes(Workflow):
    """Crashes the interpreter."""

    @step
    async def crash(self, ev: StartEvent) -> StopEvent:
        await may_begin(ev)
        ctypes.string_at(0)
        return StopEvent()


async def may_begin(ev: StartEvent) -> None:
    """Wait for the file `go`, if one is named: then it is committed which step is at work."""
    while ev.get("go") and not os.path.exists(ev.go):  # noqa: ASYNC110, ASYNC240 (another process makes it)
        await asyncio.sleep(0.01)


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
        await may_begin(ev)
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
    """Works for as long as it is told, or until the file `sign` is there, politely."""

    @step
    async def sleep(self, ev: StartEvent) -> StopEvent:
        if ev.get("sign"):
            while not os.path.exists(ev.sign):  # noqa: ASYNC110, ASYNC240 (another process makes it)
                await asyncio.sleep(0.01)
        else:
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

    def __init__(self, timeout: float | None = 20.0, verbose: bool = False) -> None:
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


class Spins(Workflow):
    """Computes in Python alone, without an await, for as long as it is told, or until the file `sign` is there."""

    @step
    async def spin(self, ev: StartEvent) -> StopEvent:
        until, sign = time.monotonic() + ev.get("seconds", 3.0), ev.get("sign", "")
        turns = 0
        while time.monotonic() < until:
            turns += 1
            if sign and turns % 100_000 == 0 and os.path.exists(sign):  # noqa: ASYNC240
                break
        return StopEvent(result=turns)


class KeepsInterpreter(Workflow):
    """Waits in C code that doesn't let go of the interpreter, for as long as it is told."""

    @step
    async def wait(self, ev: StartEvent) -> StopEvent:
        await may_begin(ev)
        if sys.platform == "win32":
            ctypes.PyDLL("kernel32").Sleep(int(ev.get("seconds", 5) * 1000))
        else:
            ctypes.PyDLL(None).usleep(int(ev.get("seconds", 5) * 1_000_000))
        return StopEvent(result="let go")


class Interrupts(Workflow):
    """Raises KeyboardInterrupt."""

    @step
    async def interrupt(self, ev: StartEvent) -> StopEvent:
        raise KeyboardInterrupt


class OwnBase(BaseException):
    """No Exception."""


class RaisesBase(Workflow):
    """Raises something that is no Exception."""

    @step
    async def throw(self, ev: StartEvent) -> StopEvent:
        raise OwnBase("past everything")


class ExitsInTask(Workflow):
    """Calls sys.exit in a task that it leaves behind."""

    @step
    async def leave(self, ev: StartEvent) -> StopEvent:
        async def later() -> None:
            sys.exit(6)

        task = asyncio.create_task(later())
        await asyncio.sleep(0.2)
        return StopEvent(result=task.done())


class Eats(Workflow):
    """Takes memory, a piece at a time, up to as many megabytes as it is told."""

    @step
    async def load(self, ev: StartEvent) -> StopEvent:
        pieces = []
        for _ in range(ev.get("megabytes", 600) // 10):
            pieces.append(b"x" * 10_000_000)
            await asyncio.sleep(0.01)
        return StopEvent(result=len(pieces))


class PrintsMuch(Workflow):
    """Prints as many megabytes as it is told."""

    @step
    async def talk(self, ev: StartEvent) -> StopEvent:
        line = "x" * 999
        for _ in range(ev.get("megabytes", 30) * 1000):
            print(line)
        return StopEvent(result="said")


class SendsMany(Workflow):
    """Sends many events in one go."""

    @step(num_workers=8)
    async def count(self, ctx: Context, ev: Item) -> StopEvent | None:
        return StopEvent(result=ev.number) if ev.number == 0 else None

    @step
    async def send(self, ctx: Context, ev: StartEvent) -> Item | None:
        for number in range(ev.get("events", 3000), -1, -1):
            ctx.send_event(Item(number=number))


class StreamsMany(Workflow):
    """Writes many events to the stream in one go."""

    @step
    async def stream(self, ctx: Context, ev: StartEvent) -> StopEvent:
        for number in range(ev.get("events", 3000)):
            ctx.write_event_to_stream(Progress(number=number))
        return StopEvent(result="streamed")


class Large(Event):
    """An event with a large text."""

    text: str


class CarriesMuch(Workflow):
    """Carries megabytes in an event."""

    @step
    async def make(self, ev: StartEvent) -> Large:
        return Large(text="x" * (ev.get("megabytes", 10) * 1_000_000))

    @step
    async def take(self, ev: Large) -> StopEvent:
        return StopEvent(result=len(ev.text))


class Inner(Workflow):
    """Is run by a step of another workflow, and takes its time."""

    @step
    async def rest(self, ev: StartEvent) -> StopEvent:
        await asyncio.sleep(60)
        return StopEvent(result="rested")


class RunsInner(Workflow):
    """Runs another workflow in a step."""

    @step
    async def outer(self, ev: StartEvent) -> StopEvent:
        handler = Inner(timeout=None).run()
        if ev.get("shield"):
            await asyncio.shield(asyncio.ensure_future(handler))
        return StopEvent(result=await handler)


class ClingsWithInner(Workflow):
    """Runs another workflow in a step, and swallows every cancellation."""

    @step
    async def cling(self, ev: StartEvent) -> StopEvent:
        handler = Inner(timeout=None).run()
        while not handler.done():
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue
        return StopEvent(result="over")


def _start_sleepers(file: str) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    found = [subprocess.Popen(sleeper), subprocess.Popen(sleeper, start_new_session=True)]
    Path(file).write_text(" ".join(str(one.pid) for one in found))


class StartsProcesses(Workflow):
    """Starts a subprocess, one of its own session, too, writes their ids to a file, and ends as it is told."""

    @step
    async def start(self, ev: StartEvent) -> StopEvent:
        _start_sleepers(ev.pids)
        if ev.get("vanish"):
            os._exit(9)
        if ev.get("finish"):
            return StopEvent(result="left running")
        while True:
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue
