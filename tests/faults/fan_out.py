"""A fan-out over 300 parts, joined in two ways; what the fault suite kills in the middle."""

import asyncio
from typing import Any, ClassVar

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Part(Event):
    """One of the parts."""

    number: int


class Worked(Event):
    """For whoever watches: a part is done."""

    number: int


class Done(Event):
    """What became of a part."""

    number: int
    square: int


class FanOutWorkflow(Workflow):
    """A list of parts is returned, eight are worked on at a time, a list parameter joins them."""

    example_input: ClassVar[dict[str, Any]] = {"size": 300, "pace": 0.02}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("timeout", 600)
        super().__init__(**kwargs)

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> list[Part]:
        """Give the parts."""
        await ctx.store.set("pace", ev.get("pace", 0.02))
        return [Part(number=number) for number in range(ev.size)]

    @step(num_workers=8)
    async def work(self, ctx: Context, ev: Part) -> Done:
        """Work on one part; running twice does no harm."""
        await asyncio.sleep(await ctx.store.get("pace"))
        await ctx.store.set(f"part_{ev.number:03}", ev.number)
        ctx.write_event_to_stream(Worked(number=ev.number))
        return Done(number=ev.number, square=ev.number**2)

    @step
    async def join(self, ctx: Context, done: list[Done]) -> StopEvent:
        """Take all of them, and what the store holds of each."""
        kept = [await ctx.store.get(f"part_{number:03}") for number in range(len(done))]
        return StopEvent(result={"squares": sorted(item.square for item in done), "kept": sum(kept)})


class GatheringWorkflow(Workflow):
    """The same with `send_event` and `collect_events`, which keeps what has come until all are there."""

    example_input: ClassVar[dict[str, Any]] = {"size": 300, "pace": 0.02}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("timeout", 600)
        super().__init__(**kwargs)

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Part | None:
        """Send the parts."""
        await ctx.store.set("pace", ev.get("pace", 0.02))
        await ctx.store.set("size", ev.size)
        for number in range(ev.size):
            ctx.send_event(Part(number=number))
        return None

    @step(num_workers=8)
    async def work(self, ctx: Context, ev: Part) -> Done:
        """Work on one part; running twice does no harm."""
        await asyncio.sleep(await ctx.store.get("pace"))
        await ctx.store.set(f"part_{ev.number:03}", ev.number)
        ctx.write_event_to_stream(Worked(number=ev.number))
        return Done(number=ev.number, square=ev.number**2)

    @step
    async def join(self, ctx: Context, ev: Done) -> StopEvent | None:
        """Gather until all have come."""
        size = await ctx.store.get("size")
        done = ctx.collect_events(ev, [Done] * size)
        if done is None:
            return None
        kept = [await ctx.store.get(f"part_{number:03}") for number in range(size)]
        return StopEvent(result={"squares": sorted(item.square for item in done), "kept": sum(kept)})
