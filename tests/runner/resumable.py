"""Workflows that tests kill in the middle. Each step says in a file that it is in flight; it ends once it may.

A step is let go by a file of its name; what runs again after a kill finds the file there already.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Annotated

from workflows import Context, Workflow, step
from workflows.collect import Collect, Take
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed


class Begin(StartEvent):
    """Where steps say that they are in flight."""

    folder: str


class Item(Event):
    """One of several."""

    n: int


class Done(Event):
    """It is worked on."""

    n: int


class Joined(Event):
    """All are."""

    numbers: list[int]


class Take3(Event):
    """One of three."""

    n: int


async def in_flight(folder: str, name: str, holds: bool = True) -> None:
    """Say that a step is in flight, and wait until it may go on."""
    with (Path(folder) / "log").open("a") as log:
        log.write(f"{name}\n")
    while holds and not (Path(folder) / f"{name} may").exists():  # noqa: ASYNC110 (another process makes it)
        await asyncio.sleep(0.01)


class Chain(Workflow):
    """Several steps that write to ctx.store, then a fan-out, a list that joins, and events that are collected."""

    @step
    async def first(self, ctx: Context, ev: Begin) -> list[Item]:
        """Six items."""
        await in_flight(ev.folder, "first", holds=False)
        await ctx.store.set("folder", ev.folder)
        await ctx.store.set("seen", {"first": 1})
        return [Item(n=n) for n in range(6)]

    @step(num_workers=2)
    async def work(self, ctx: Context, ev: Item) -> Done:
        """The fourth holds the others up."""
        await in_flight(await ctx.store.get("folder"), f"work {ev.n}", holds=ev.n == 3)
        async with ctx.store.edit_state() as state:
            state[f"worked{ev.n}"] = ev.n
        return Done(n=ev.n)

    @step
    async def join(self, ctx: Context, events: list[Done]) -> Joined:
        """In order."""
        return Joined(numbers=sorted(event.n for event in events))

    @step
    async def send(self, ctx: Context, ev: Joined) -> Take3 | None:
        """One by one."""
        for n in ev.numbers[:3]:
            ctx.send_event(Take3(n=n))
        return None

    @step(num_workers=1)
    async def collect(self, ctx: Context, ev: Take3) -> StopEvent | None:
        """Three together; the second is held."""
        await in_flight(await ctx.store.get("folder"), f"collect {ev.n}", holds=ev.n == 1)
        got = ctx.collect_events(ev, [Take3] * 3)
        if got is None:
            return None
        return StopEvent(result=[[event.n for event in got], [await ctx.store.get(f"worked{n}") for n in range(6)]])


class Retries(Workflow):
    """Fails once, and is tried again after eight seconds."""

    @step(retry_policy=retry_policy(wait=wait_fixed(8.0), stop=stop_after_attempt(3)))
    async def attempt(self, ctx: Context, ev: Begin) -> StopEvent:
        """Its second attempt is good."""
        number = ctx.retry_info().retry_number
        await in_flight(ev.folder, f"attempt {number}", holds=False)
        if number == 0:
            raise ValueError("not yet")
        return StopEvent(result=number)


class Ask(InputRequiredEvent):
    """A question."""

    question: str


class Reply(HumanResponseEvent):
    """Its answer."""

    number: int


class TwoPeople(Workflow):
    """Two steps wait for a person each while a third works: the run is loaded, and its waiters are in the journal."""

    @step
    async def split(self, ctx: Context, ev: Begin) -> list[Item]:
        """Three."""
        await ctx.store.set("folder", ev.folder)
        return [Item(n=n) for n in range(3)]

    @step(num_workers=3)
    async def ask(self, ctx: Context, ev: Item) -> Done:
        """The first two ask; the last is in flight for as long as the test wants."""
        if ev.n == 2:
            await in_flight(await ctx.store.get("folder"), "busy")
            return Done(n=0)
        reply = await ctx.wait_for_event(Reply, Ask(question=f"Number {ev.n}?"), waiter_id=f"w{ev.n}")
        return Done(n=reply.number * 10**ev.n)

    @step
    async def add(self, events: list[Done]) -> StopEvent:
        """The sum tells which answer reached whom."""
        return StopEvent(result=sum(event.n for event in events))


class Pauses(Workflow):
    """Waits for a person and nothing else. Its time limit is short."""

    @step
    async def ask(self, ctx: Context, ev: Begin) -> Ask:
        """Once."""
        await in_flight(ev.folder, "ask", holds=False)
        return Ask(question="How many?")

    @step
    async def take(self, ev: Reply) -> StopEvent:
        """The answer."""
        return StopEvent(result=ev.number)


class WaitsWithLimit(Workflow):
    """Waits for an event that never comes, for eight seconds, while another step works."""

    @step
    async def split(self, ctx: Context, ev: Begin) -> list[Item]:
        """Two."""
        await ctx.store.set("folder", ev.folder)
        return [Item(n=0), Item(n=1)]

    @step(num_workers=2)
    async def wait(self, ctx: Context, ev: Item) -> Done:
        """One is busy, one waits."""
        if ev.n:
            await in_flight(await ctx.store.get("folder"), "busy")
            return Done(n=1)
        try:
            await ctx.wait_for_event(Joined, timeout=8.0, requirements={"numbers": [1]})
        except TimeoutError:
            return Done(n=100)
        return Done(n=0)

    @step
    async def add(self, events: Annotated[list[Done], Collect(Take(2))]) -> StopEvent:
        """The sum."""
        return StopEvent(result=sum(event.n for event in events))


class Holding(Workflow):
    """Keeps what can't be written down."""

    @step
    async def begin(self, ctx: Context, ev: Begin) -> Item:
        """Keep a lock."""
        await ctx.store.set("folder", ev.folder)
        await ctx.store.set("lock", threading.Lock())
        return Item(n=1)

    @step
    async def go(self, ctx: Context, ev: Item) -> StopEvent:
        """In flight."""
        await in_flight(await ctx.store.get("folder"), "go")
        return StopEvent()


class Inner(Workflow):
    """Run by a step of another."""

    @step
    async def inside(self, ev: Begin) -> StopEvent:
        """In flight."""
        await in_flight(ev.folder, "inside")
        return StopEvent(result=7)


class Outer(Workflow):
    """Runs another workflow in a step."""

    @step
    async def around(self, ev: Begin) -> StopEvent:
        """Waits for it."""
        return StopEvent(result=await Inner(timeout=None).run(folder=ev.folder))


class Slow(Workflow):
    """Its time limit counts work, not the time in which nobody has it."""

    @step
    async def work(self, ctx: Context, ev: Begin) -> Item:
        """About two seconds."""
        await asyncio.sleep(2.0)
        return Item(n=1)

    @step
    async def more(self, ctx: Context, ev: Item) -> StopEvent:
        """In flight until the limit."""
        await asyncio.sleep(60)
        return StopEvent()
