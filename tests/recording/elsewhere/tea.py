"""Workflows that programs run themselves, and what their tests look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from inspectors.recording import record
from inspectors.store import Run, Store
from tests.waiting import until


class Leaf(Event):
    """What tea is made of."""

    topic: str


class Tea(Workflow):
    """Makes tea."""

    @step
    async def pick(self, ctx: Context, ev: StartEvent) -> Leaf:
        """Pick a leaf."""
        await ctx.store.set("topic", ev.topic)
        return Leaf(topic=ev.topic)

    @step
    async def brew(self, ctx: Context, ev: Leaf) -> StopEvent:
        """Brew it."""
        ctx.write_event_to_stream(Leaf(topic="steam"))
        return StopEvent(result=f"{ev.topic} is ready")


AT_IMPORT = record(Tea())


class Cup(Workflow):
    """A child of whoever makes it."""

    @step
    async def fill(self, ev: StartEvent) -> StopEvent:
        """Fill."""
        return StopEvent(result=ev.size * 2)


class Party(Workflow):
    """Makes cups in its step, one of them by `record` once more."""

    @step
    async def pour(self, ev: StartEvent) -> StopEvent:
        """Pour."""
        return StopEvent(result=await Cup().run(size=2) + await record(Cup()).run(size=3))


class Asks(Workflow):
    """Waits for a person."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask."""
        answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="Milk?"))
        return StopEvent(result=answer.response)


class Count(HumanResponseEvent):
    """A number."""

    lumps: int


class AsksForSugar(Workflow):
    """Two steps and a typed answer."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return InputRequiredEvent(prefix="How many lumps?")

    @step
    async def hear(self, ev: Count) -> StopEvent:
        """Hear."""
        return StopEvent(result=ev.lumps)


class Fails(Workflow):
    """Fails."""

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Fail."""
        raise LookupError("no kettle")


class Endless(Workflow):
    """Goes on until it is stopped."""

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Wait."""
        await asyncio.sleep(3600)
        return StopEvent()


async def soon(holds: Callable[[], Any], what: str = "it") -> Any:
    """The same without blocking the loop."""
    return await asyncio.to_thread(until, holds, what)


def ended(store: Store, count: int = 1) -> list[Run]:
    """So many ended runs, oldest first."""
    return until(lambda: len(found := [run for run in store.runs() if run.ended]) >= count and found[::-1], "ended")


def kinds(store: Store, run_id: str) -> list[str]:
    records = store.records(run_id)
    assert [each["seq"] for each in records] == list(range(1, len(records) + 1))
    return [each["kind"] for each in records]
