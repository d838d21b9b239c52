"""What misleads: awaited and joined subclasses, names made of text, decorators of one's own, delegates."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import Any, Callable, Protocol, TypeAlias

from pydantic import BaseModel, PrivateAttr
from shared_parts import Ping, Pong, Result
from workflows import Context, Workflow, catch_error, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StepFailedEvent, StopEvent

Balls: TypeAlias = Ping | Pong
FLAKY = ["shaky"]
WORKERS = 2
quick = step(num_workers=WORKERS)


class Base(Event):
    n: int = 0


class Derived(Base):
    pass


class Deeper(Derived):
    pass


class Note(Event):
    text: str = ""


class SomeAnswer(HumanResponseEvent):
    response: str = ""


class Prompt(InputRequiredEvent):
    prefix: str = ""


class AwaitedSubclass(Workflow):
    """Waits for a base class and gets a subclass, sent by another step."""

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Note | Ping | None:
        ctx.send_event(Note(text="wait"))
        ctx.send_event(Ping())

    @step(accept_event_subclasses=True)
    async def waits(self, ctx: Context, ev: Note) -> StopEvent:
        got = await ctx.wait_for_event(Base, waiter_event=Prompt(prefix="n?"))
        return StopEvent(result=got.n)

    @step
    async def later(self, ctx: Context, ev: Ping) -> None:
        await asyncio.sleep(0.05)
        ctx.send_event(Derived(n=2))


class JoinedSubclass(Workflow):
    """Joins what derives from the base."""

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Base | Derived | Deeper | None:
        for cls in (Base, Derived, Deeper):
            ctx.send_event(cls(n=1))

    @step(accept_event_subclasses=True)
    async def join(self, ctx: Context, ev: Base) -> StopEvent | None:
        got = ctx.collect_events(ev, [Base, Derived, Deeper])
        return StopEvent(result=len(got)) if got else None


class NamesOfText(Workflow):
    def make_ping(self):
        return Ping()

    def make_pong(self):
        return Pong()

    @step
    async def start(self, ev: StartEvent) -> Balls:
        return getattr(self, f"make_{ev.kind}")()

    @step
    async def end(self, ev: Balls) -> StopEvent:
        return StopEvent(result=type(ev).__name__)


class AliasedDecorator(Workflow):
    @quick
    async def start(self, ev: StartEvent) -> Ping:
        return Ping()

    @quick
    async def end(self, ctx: Context, ev: Ping) -> StopEvent:
        ctx.write_event_to_stream(Note(text="x"))
        return StopEvent()


def announced(text: str) -> Callable:
    def decorate(function: Callable) -> Callable:
        @functools.wraps(function)
        async def inner(self: Any, ctx: Context, *args: Any, **kwargs: Any) -> Any:
            ctx.write_event_to_stream(Note(text=text))
            return await function(self, ctx, *args, **kwargs)

        return inner

    return decorate


class DecoratedHelper(Workflow):
    @announced("fetch")
    async def fetch(self, ctx: Context, n: int) -> Ping:
        return Ping(n=n)

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Ping:
        return await self.fetch(ctx, 1)

    @step
    async def end(self, ev: Ping) -> StopEvent:
        return StopEvent()


class CoveredByConstant(Workflow):
    @step
    async def start(self, ev: StartEvent) -> Ping:
        return Ping()

    @step
    async def shaky(self, ev: Ping) -> StopEvent:
        raise ValueError("always")

    @catch_error(for_steps=FLAKY)
    async def mend(self, ev: StepFailedEvent) -> StopEvent:
        return StopEvent(result="mended")


class State(BaseModel):
    pending: list[Any] = []
    last: Any = None


class TypedState(Workflow):
    @step
    async def start(self, ctx: Context[State], ev: StartEvent) -> Note:
        async with ctx.store.edit_state() as state:
            state.pending.append(Ping(n=1))
            state.last = Pong(n=2)
        return Note()

    @step
    async def flush(self, ctx: Context[State], ev: Note) -> Ping | Pong | None:
        state = await ctx.store.get_state()
        for one in state.pending:
            ctx.send_event(one)
        ctx.send_event(state.last)

    @step
    async def end(self, ctx: Context[State], ev: Ping | Pong) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Ping, Pong]) else None


class Sink(Protocol):
    def emit(self, text: str) -> None: ...


class StreamSink:
    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def emit(self, text: str) -> None:
        self.ctx.write_event_to_stream(Note(text=text))


class ThroughProtocol(Workflow):
    async def talk(self, sink: Sink) -> None:
        sink.emit("hello")

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> StopEvent:
        await self.talk(StreamSink(ctx))
        return StopEvent()


class Suppressed(Workflow):
    @step
    async def start(self, ev: StartEvent) -> Ping | Pong:
        with contextlib.suppress(ValueError):
            return Ping(n=int(ev.text))
        return Pong()

    @step
    async def end(self, ev: Ping | Pong) -> StopEvent:
        return StopEvent()


class Pooled(Workflow):
    def work(self, n: int) -> Result:
        return Result(n=n)

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> StopEvent:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            future = loop.run_in_executor(pool, self.work, 1)
            result: Result = await future
        ctx.write_event_to_stream(result)
        return StopEvent()


class Grouped(Workflow):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Ping | Pong | None:
        groups: dict[str, list[Event]] = defaultdict(list)
        groups["a"].append(Ping())
        groups["b"].append(Pong())
        for group in groups.values():
            for event in group:
                ctx.send_event(event)

    @step
    async def end(self, ctx: Context, ev: Ping | Pong) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Ping, Pong]) else None


class TaskGrouped(Workflow):
    async def one(self, ctx: Context, cls: type[Event]) -> None:
        ctx.send_event(cls())

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Ping | Pong | None:
        async with asyncio.TaskGroup() as group:
            for cls in (Ping, Pong):
                group.create_task(self.one(ctx, cls))

    @step
    async def end(self, ctx: Context, ev: Ping | Pong) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Ping, Pong]) else None


class CallsOtherStep(Workflow):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Ping | StopEvent:
        if ev.get("direct"):
            return await self.end(ctx, Ping(n=7))
        return Ping(n=1)

    @step
    async def end(self, ctx: Context, ev: Ping) -> StopEvent:
        ctx.write_event_to_stream(Note(text=str(ev.n)))
        return StopEvent()


class Parent(Workflow):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Ping:
        ctx.write_event_to_stream(Note(text="parent"))
        return Ping()

    @step
    async def end(self, ev: Ping) -> StopEvent:
        return StopEvent()


class OverridesWithSuper(Parent):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Ping | Pong:
        made = await super().start(ctx, ev)
        if ev.get("pong"):
            return Pong(n=made.n)
        return made

    @step
    async def pong(self, ev: Pong) -> StopEvent:
        return StopEvent()


class Mode(str, Enum):
    FAST = "fast"
    SLOW = "slow"


class Modes(Workflow):
    _mode: Any = None

    @step
    async def start(self, ev: StartEvent) -> Ping | Pong | StopEvent:
        mode = Mode(ev.mode) if ev.mode in list(Mode) else None
        if mode is Mode.FAST:
            result = Ping()
        elif mode is Mode.SLOW:
            result = Pong()
        else:
            result = StopEvent(result="neither")
        return result

    @step
    async def end(self, ev: Ping | Pong) -> StopEvent:
        return StopEvent()


class Logs(Workflow):
    """A step that takes everything."""

    @step
    async def start(self, ev: StartEvent) -> Ping:
        return Ping()

    @step
    async def end(self, ev: Ping) -> StopEvent:
        await asyncio.sleep(0.02)
        return StopEvent()

    @step(accept_event_subclasses=True)
    async def note(self, ctx: Context, ev: Ping) -> None:
        ctx.write_event_to_stream(Note(text=type(ev).__name__))


class Registry:
    """Handlers that register themselves."""

    handlers: dict[str, Callable[..., Event]] = {}

    @classmethod
    def register(cls, name: str) -> Callable:
        def decorate(function: Callable) -> Callable:
            cls.handlers[name] = function
            return function

        return decorate


@Registry.register("ping")
def _ping(n: int) -> Ping:
    return Ping(n=n)


@Registry.register("pong")
def _pong(n: int) -> Pong:
    return Pong(n=n)


class Registered(Workflow):
    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Ping | Pong | None:
        event = Registry.handlers[ev.kind](1)
        ctx.send_event(event)

    @step
    async def end(self, ev: Ping | Pong) -> StopEvent:
        return StopEvent()


class Toolset(BaseModel):
    _ctx: Any = PrivateAttr(default=None)

    def bind(self, ctx: Context) -> Toolset:
        self._ctx = ctx
        return self

    def report(self, text: str) -> None:
        self._ctx.write_event_to_stream(Note(text=text))


class BoundLater(Workflow):
    tools: Any = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tools = Toolset()

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> StopEvent:
        self.tools.bind(ctx).report("bound")
        return StopEvent()


RUNS: dict[str, list[dict[str, Any]]] = {
    "AwaitedSubclass": [{}],
    "JoinedSubclass": [{}],
    "NamesOfText": [{"kind": "ping"}, {"kind": "pong"}],
    "AliasedDecorator": [{}],
    "DecoratedHelper": [{}],
    "CoveredByConstant": [{}],
    "TypedState": [{}],
    "ThroughProtocol": [{}],
    "Suppressed": [{"text": "1"}, {"text": "x"}],
    "Pooled": [{}],
    "Grouped": [{}],
    "TaskGrouped": [{}],
    "CallsOtherStep": [{}, {"direct": 1}],
    "Parent": [{}],
    "OverridesWithSuper": [{}, {"pong": 1}],
    "Modes": [{"mode": "fast"}, {"mode": "slow"}, {"mode": "?"}],
    "Logs": [{}],
    "Registered": [{"kind": "ping"}, {"kind": "pong"}],
    "BoundLater": [{}],
}


class Batch(StartEvent):
    names: list[str] = []


class FilledElsewhere(Workflow):
    """A list that a helper fills, over a field that is empty by default."""

    def fill(self, jobs: list[Event], names: list[str]) -> None:
        for name in names:
            jobs.append(Ping(n=len(name)))

    @step
    async def start(self, ctx: Context, ev: Batch) -> Ping | Pong | None:
        jobs: list[Event] = [Pong()]
        self.fill(jobs, ev.names)
        for job in jobs:
            ctx.send_event(job)

    @step
    async def end(self, ctx: Context, ev: Ping | Pong) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Ping, Pong]) else None


TABLE: dict[str, Any] = {"ping": Ping}
TABLE["pong"] = Pong


class GrowingTable(Workflow):
    @step
    async def start(self, ev: StartEvent) -> Ping | Pong:
        return TABLE[ev.kind]()

    @step
    async def end(self, ev: Ping | Pong) -> StopEvent:
        return StopEvent()


RUNS |= {"FilledElsewhere": [{"names": ["a"]}], "GrowingTable": [{"kind": "ping"}, {"kind": "pong"}]}
