"""Workflows put together at random: a chain of parts, each of which does one thing the engine can do.

Every event has a number of its own (`n`), so that a test can tell one from another by content alone.
"""

# No `from __future__ import annotations`: steps are made inside functions, and the engine reads their annotations.

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from hypothesis import strategies as st
from workflows import Context, Workflow, catch_error, step
from workflows.collect import All, Collect, Take
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StepFailedEvent, StopEvent
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed

MOST_PARTS = 3
_numbers = itertools.count(1)


class Numbered(Event):
    """An event that is like no other. `item` says which of several it is."""

    n: int
    item: int = 0


class Ask(InputRequiredEvent):
    """A question to a person."""

    prefix: str
    n: int = 0


class Reply(HumanResponseEvent):
    """Its answer."""

    n: int = 0


for _part in range(MOST_PARTS + 1):
    for _name in ("Link", "Item", "Done", "Left", "Right", "Pair", "Poke", "Ping"):
        _full = f"{_name}{_part}"
        globals()[_full] = type(_full, (Numbered,), {"__module__": __name__, "__doc__": "One kind of one part."})


def event(name: str, part: int) -> Any:
    """The class of this name for a part of the chain."""
    return globals()[f"{name}{part}"]


def new(cls: Any, item: int = 0) -> Any:
    """A new event with a number of its own."""
    return cls(n=next(_numbers), item=item)


@dataclass(frozen=True)
class Part:
    """One part of a chain: what it does, with how much, and how long its items take in milliseconds, in turn."""

    kind: str
    count: int
    workers: int
    number: int
    pauses: tuple[int, ...]

    async def pause(self, item: int) -> None:
        """Let others go on; 0 is one turn of the loop."""
        await asyncio.sleep(self.pauses[item % len(self.pauses)] / 1000)


def parts(*kinds: str, counts: tuple[int, int] = (0, 5), most: int = MOST_PARTS) -> st.SearchStrategy[list[Part]]:
    """Chains of parts of these kinds."""
    one = st.builds(
        Part,
        st.sampled_from(kinds),
        st.integers(*counts),
        st.integers(1, 4),
        st.integers(0, 3),
        st.lists(st.integers(0, 2), min_size=1, max_size=3).map(tuple),
    )
    return st.lists(one, min_size=1, max_size=most)


def steps_of(made: type) -> dict[str, Any]:
    """The steps of a class body: the engine takes none that was made outside one."""
    return {name: value for name, value in vars(made).items() if hasattr(value, "_step_config")}


def make(name: str, module: str, chain: list[Part]) -> type[Workflow]:
    """A workflow class that goes through the parts one after the other."""
    first, last = event("Link", 0), event("Link", len(chain))

    class Steps:
        @step
        async def begin(self: Any, ev: StartEvent) -> first:
            return new(first)

        @step
        async def finish(self: Any, ctx: Context, ev: last) -> StopEvent:
            await ctx.store.set("end.n", ev.n)
            return StopEvent(result=ev.n)

    steps = steps_of(Steps)
    for index, part in enumerate(chain):
        made = KINDS[part.kind](part, index)
        steps |= {f"{name}_{index}": function for name, function in made.items()}
    for step_name, function in steps.items():
        function.__name__ = step_name
        function.__qualname__ = f"{name}.{step_name}"
    return type(name, (Workflow,), {"__module__": module, "__doc__": repr(chain), **steps})


# -- what parts do ----------------------------------------------------------------------------------


def _hop(part: Part, index: int) -> dict[str, Any]:
    """One step after another, with the store written in each way."""
    come, go = event("Link", index), event("Link", index + 1)

    class Steps:
        @step(num_workers=part.workers)
        async def hop(self: Any, ctx: Context, ev: come) -> go:
            await ctx.store.set(f"hop.{index}", {"n": ev.n, "list": [1, 2]})
            await part.pause(0)
            await ctx.store.set(f"hop.{index}.list.1", None)
            async with ctx.store.edit_state() as state:
                state[f"last{part.number}"] = [ev.n]
            if part.number == 0:
                await ctx.store.clear()
            return new(go)

    return steps_of(Steps)


def _fan(part: Part, index: int) -> dict[str, Any]:
    """A list, worked on by several, gathered by a list or the first few; some fail a few times, with a delay."""
    come, go, item, done = event("Link", index), event("Link", index + 1), event("Item", index), event("Done", index)
    cardinality = Take(max(1, part.count - 1)) if part.number == 3 else All()
    policy = retry_policy(wait=wait_fixed(0.002 * (part.number % 2)), stop=stop_after_attempt(3))

    class Steps:
        @step
        async def split(self: Any, ev: come) -> list[item]:
            return [new(item, number) for number in range(part.count)]

        @step(num_workers=part.workers, retry_policy=policy if part.number else None)
        async def work(self: Any, ctx: Context, ev: item) -> done:
            await part.pause(ev.item)
            if part.number and ev.item % 2 and ctx.retry_info().retry_number < part.number % 3:
                raise ValueError("not yet")
            return new(done, ev.item)

        @step
        async def join(self: Any, events: Annotated[list[done], Collect(cardinality)]) -> go:
            await part.pause(0)
            return new(go)

    return steps_of(Steps)


def _gather(part: Part, index: int) -> dict[str, Any]:
    """Events sent one by one, gathered by ctx.collect_events: workers that come too late run again."""
    come, go, item = event("Link", index), event("Link", index + 1), event("Item", index)
    count = max(1, part.count)

    class Steps:
        @step
        async def send(self: Any, ctx: Context, ev: come) -> item | None:
            for number in range(count):
                ctx.send_event(new(item, number))
                if part.number == 2:
                    await part.pause(number)
            return None

        @step(num_workers=part.workers)
        async def gather(self: Any, ctx: Context, ev: item) -> go | None:
            await part.pause(ev.item)
            got = ctx.collect_events(ev, [item] * count, buffer_id="b" if part.number == 1 else None)
            return None if got is None else new(go)

    return steps_of(Steps)


def _meet(part: Part, index: int) -> dict[str, Any]:
    """A step with two parameters: it runs when both are there, and keeps what is left over."""
    come, go = event("Link", index), event("Link", index + 1)
    left, right, pair = event("Left", index), event("Right", index), event("Pair", index)
    rights = 1 + part.number % 2
    lefts = rights + part.count

    class Steps:
        @step
        async def send(self: Any, ctx: Context, ev: come) -> left | right | None:
            kinds = [left] * lefts + [right] * rights
            for number in range(len(kinds)):
                ctx.send_event(new(kinds[number * 5 % len(kinds)] if len(kinds) % 5 else kinds[number], number))
            return None

        @step(num_workers=part.workers)
        async def meet(self: Any, a: left, b: right) -> pair:
            await part.pause(a.item)
            return new(pair)

        @step
        async def both(self: Any, ctx: Context, ev: pair) -> go | None:
            return None if ctx.collect_events(ev, [pair] * rights) is None else new(go)

    return steps_of(Steps)


def _wait(part: Part, index: int) -> dict[str, Any]:
    """Steps that wait for an event of another, which may come too late."""
    come, go = event("Link", index), event("Link", index + 1)
    item, done, poke, ping = (event(name, index) for name in ("Item", "Done", "Poke", "Ping"))

    class Steps:
        @step
        async def split(self: Any, ev: come) -> list[item]:
            return [new(item, number) for number in range(part.count)]

        @step(num_workers=part.workers)
        async def wait(self: Any, ctx: Context, ev: item) -> done | poke:
            if await ctx.store.get(f"poked.{ev.n}", default=None) is None:
                await ctx.store.set(f"poked.{ev.n}", True)
                ctx.send_event(new(poke, ev.item))
            requirements = {"item": ev.item} if part.number else {}
            limit = 0.006 if part.count < 6 else 60.0  # with so many the answer must come, on any machine
            try:
                await ctx.wait_for_event(ping, requirements=requirements, timeout=limit)
            except TimeoutError:
                await part.pause(ev.item)
            return new(done, ev.item)

        @step
        async def answer(self: Any, ctx: Context, ev: poke) -> None:
            await asyncio.sleep(0.002)
            ctx.send_event(new(ping, ev.item))

        @step
        async def join(self: Any, events: list[done]) -> go:
            return new(go)

    return steps_of(Steps)


def _recover(part: Part, index: int) -> dict[str, Any]:
    """A step that fails for good, and a handler that goes on."""
    come, go = event("Link", index), event("Link", index + 1)

    class Steps:
        @step(num_workers=part.workers, retry_policy=retry_policy(wait=wait_fixed(0), stop=stop_after_attempt(2)))
        async def fail(self: Any, ev: come) -> go:
            await part.pause(0)
            raise ValueError("never")

        @catch_error(for_steps=[f"fail_{index}"])
        async def mend(self: Any, ctx: Context, ev: StepFailedEvent) -> go:
            await ctx.store.set("mended", str(ev.exception))
            return new(go)

    return steps_of(Steps)


def _person(part: Part, index: int) -> dict[str, Any]:
    """A list of which some items ask a person, while the others are gathered already."""
    come, go, item, done = event("Link", index), event("Link", index + 1), event("Item", index), event("Done", index)

    class Steps:
        @step
        async def split(self: Any, ev: come) -> list[item]:
            return [new(item, number) for number in range(part.count)]

        @step(num_workers=part.workers)
        async def ask(self: Any, ctx: Context, ev: item) -> done:
            if ev.item % (part.number + 1) == 0:
                question = Ask(prefix=f"{ev.item}?", n=next(_numbers))
                await ctx.wait_for_event(Reply, waiter_event=question, waiter_id=f"{index}/{ev.item}")
            return new(done, ev.item)

        @step
        async def join(self: Any, events: list[done]) -> go:
            return new(go)

    return steps_of(Steps)


KINDS: dict[str, Callable[[Part, int], dict[str, Any]]] = {
    "hop": _hop,
    "fan": _fan,
    "gather": _gather,
    "meet": _meet,
    "wait": _wait,
    "recover": _recover,
    "person": _person,
}
