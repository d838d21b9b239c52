"""Constructs of public applications, in our own words: what their steps return, send and show.

Written before the inference was looked at for them; docs/graph.md tells what it found of them at first sight.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import queue
import random
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Generic, List, NewType, Optional, Type, TypeVar, Union, cast

from llama_index.core import workflow as liw
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step
from pydantic import BaseModel, Field

try:
    from .public_parts import Chunk, Dive, Finished, Progress, Question, Reply, Status, UseTool
except ImportError:
    from public_parts import Chunk, Dive, Finished, Progress, Question, Reply, Status, UseTool

from public_parts import Crawler, DiveAction, Emitter, Model, StagedFlow, ToolAction, as_event

logger = logging.getLogger(__name__)
CURRENT: ContextVar[Context] = ContextVar("current")


class Draft(Event):
    text: str = ""


class Review(Event):
    draft: Draft
    good: bool = True


class Work(Event):
    n: int = 0


class Done(Event):
    n: int = 0


class Retry(Event):
    count: int = 0


class ShownAndReturned(Workflow):
    """An event of one name in each branch: shown, then returned."""

    @step
    async def plan(self, ctx: Context, ev: StartEvent) -> Dive | UseTool | Finished:
        ctx.write_event_to_stream(ev)
        if ev.get("deep"):
            event = Dive(directory="/")
            ctx.write_event_to_stream(event)
            return event
        try:
            if ev.get("broken"):
                raise ValueError("broken")
            event = UseTool(name="grep")
        except ValueError as e:
            event = Finished(text=str(e))
            ctx.write_event_to_stream(Status.error(str(e)))
            return event
        ctx.write_event_to_stream(event)
        return event

    @step
    async def dive(self, ctx: Context, ev: Dive) -> Finished:
        ctx.write_event_to_stream(ev)
        return Finished(text=ev.directory)

    @step
    async def use(self, ev: UseTool) -> Finished:
        return Finished(text=ev.name)


class ChosenByModel(Workflow):
    """What a model chose becomes an event in a function of another file."""

    @step
    async def decide(self, ctx: Context, ev: StartEvent) -> Dive | UseTool | Question | Finished:
        action = DiveAction() if ev.kind == "dive" else ToolAction()
        return as_event(ev.kind, action, ctx)

    @step
    async def dive(self, ctx: Context, ev: Dive) -> Dive | UseTool | Question | Finished:
        return as_event("tool", ToolAction(name="find"), ctx)

    @step
    async def use(self, ctx: Context, ev: UseTool) -> Dive | UseTool | Question | Finished:
        res = as_event("stop", None, ctx)
        return res

    @step
    async def answered(self, ctx: Context, ev: Reply) -> Finished:
        return Finished(text=ev.response)


class ReturnsMoreThanItSays(Workflow):
    """One event is in no annotation of the step that returns it, but in another's."""

    @step
    async def setup(self, ctx: Context, ev: StartEvent) -> Work | Retry:
        return Retry(count=1) if ev.get("again") else Work(n=1)

    @step
    async def work(self, ctx: Context, ev: Work) -> StopEvent:
        if ev.n == 1:
            await ctx.store.set("active", None)
            return Retry(count=ev.n)
        return StopEvent(result=ev.n)

    @step
    async def again(self, ctx: Context, ev: Retry) -> Work | StopEvent:
        return Work(n=ev.count + 1)


class TwoTakeStart(Workflow):
    """Both get the start event, each leaves the other's way alone."""

    @step
    async def ingest(self, ctx: Context, ev: StartEvent) -> StopEvent | None:
        path = ev.get("path")
        if not path:
            return None
        return StopEvent(result=path)

    @step
    async def classify(self, ctx: Context, ev: StartEvent) -> Draft | None:
        query = ev.get("query")
        if not query:
            return None
        await ctx.store.set("query", query)
        return Draft(text=query)

    @step(num_workers=1)
    async def answer(self, ctx: Context, ev: Draft) -> StopEvent:
        return StopEvent(result=ev.text)


class FieldsOfEvents(Workflow):
    """An event in a field of another one."""

    @step
    async def write(self, ev: StartEvent) -> Draft:
        return Draft(text="first")

    @step
    async def judge(self, ctx: Context, ev: Draft) -> Review:
        return Review(draft=ev, good=len(ev.text) > 5)

    @step
    async def publish(self, ctx: Context, ev: Review) -> Draft | StopEvent:
        if ev.good:
            return StopEvent(result=ev.draft.text)
        better = ev.draft.model_copy(update={"text": "second one"})
        ctx.write_event_to_stream(ev.draft)
        return better


class SelfMadeParameter(Workflow):
    """The parameter's name is used again, in a loop over what was collected."""

    @step
    async def fan(self, ctx: Context, ev: StartEvent) -> Work:
        await ctx.store.set("total", 3)
        for i in range(3):
            ctx.send_event(Work(n=i))

    @step(num_workers=3)
    async def work(self, ctx: Context, ev: Work) -> Done:
        return Done(n=ev.n)

    @step
    async def join(self, ctx: Context, ev: Done) -> StopEvent:
        total = await ctx.store.get("total")
        ready = ctx.collect_events(ev, expected=[Done] * total)
        if ready is None:
            ctx.write_event_to_stream(Progress(msg="waiting"))
            return
        merged: dict[str, Any] = {}
        for ev in ready:
            merged.update(n=ev.n)
            ctx.write_event_to_stream(ev)
        top = sorted((Done(**e.model_dump()) for e in ready), key=lambda e: e.n, reverse=True)[:1]
        ctx.write_event_to_stream(ev=Chunk(delta=str(top[0].n)))
        return StopEvent(result=merged)


class ContextOnSelf(Workflow):
    """The context is kept on the workflow and used by a method that isn't handed it."""

    def tell(self, message: str, error: bool = False) -> None:
        self.ctx.write_event_to_stream(Status.error(message) if error else Status(message=message))

    @step
    async def first(self, ctx: Context, ev: StartEvent) -> Draft:
        self.ctx = ctx
        self.tell("started")
        return Draft(text="x")

    @step
    async def second(self, ctx: Context, ev: Draft) -> StopEvent:
        self.tell(f"{self.second.__name__} ends", error=True)
        self.ctx.write_event_to_stream(Progress(msg="done"))
        return StopEvent(result=ev.text)


class ThroughContextVariable(Workflow):
    """The context is put into a variable of the task."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        CURRENT.set(ctx)
        report_progress("half")
        return StopEvent()


def report_progress(msg: str) -> None:
    CURRENT.get().write_event_to_stream(Progress(msg=msg))


class KeptEmitter(Workflow):
    """A service that keeps the context."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        emitter = Emitter(ctx, source="go")
        emitter.progress("a")
        emitter.emit(Status(message="b"))
        await self.more(emitter)
        return StopEvent()

    async def more(self, emitter: Emitter) -> None:
        emitter.emit(Chunk(delta="c"))


class EmitterOnSelf(Workflow):
    """The same, kept on the workflow."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Draft:
        self.emitter = Emitter(ctx)
        self.emitter.progress("a")
        return Draft()

    @step
    async def end(self, ctx: Context, ev: Draft) -> StopEvent:
        self.emitter.emit(Status(message="b"))
        return StopEvent()


class CallsBack(Workflow):
    """Callbacks of all sorts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crawler = Crawler()

    @step
    async def one(self, ctx: Context, ev: StartEvent) -> Work:
        crawler = Crawler(on_page=lambda page: ctx.write_event_to_stream(page))
        await crawler.crawl(["a"])
        return Work(n=1)

    @step
    async def two(self, ctx: Context, ev: Work) -> Done:
        await Crawler(ctx.write_event_to_stream).crawl(["b"])
        return Done(n=2)

    @step
    async def three(self, ctx: Context, ev: Done) -> Draft:
        self.crawler.on_page = functools.partial(self._shown, ctx)
        await self.crawler.crawl(["c"])
        return Draft(text="c")

    @step
    async def four(self, ctx: Context, ev: Draft) -> StopEvent:
        def on_page(page: Event) -> None:
            ctx.write_event_to_stream(Progress(msg=page.delta))

        crawler = Crawler()
        crawler.on_page = on_page
        await crawler.crawl(["d"])
        return StopEvent()

    def _shown(self, ctx: Context, page: Event) -> None:
        ctx.write_event_to_stream(Status(message=page.delta))


class QueueAndTask(Workflow):
    """A task in the background puts events on a queue until None ends it."""

    async def produce(self, out: asyncio.Queue[Event | None]) -> None:
        for word in ("a", "b"):
            await out.put(Chunk(delta=word))
        await out.put(Status(message="end"))
        await out.put(None)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        task = asyncio.create_task(self.produce(events))
        while True:
            event = await events.get()
            if event is None:
                break
            ctx.write_event_to_stream(event)
        await task
        return StopEvent()


class TasksGivePieces(Workflow):
    """What tasks give back is sent as they end."""

    async def fetch(self, n: int) -> Work | Retry:
        await asyncio.sleep(0)
        return Work(n=n) if n % 2 else Retry(count=n)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work | Retry | None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.fetch(n)) for n in range(2)]
        for task in tasks:
            ctx.send_event(task.result())
        done, _ = await asyncio.wait([asyncio.create_task(self.later(ctx))])
        for task in done:
            ctx.write_event_to_stream(task.result())
        for coming in asyncio.as_completed([self.fetch(3)]):
            ctx.send_event(await coming)

    async def later(self, ctx: Context) -> Progress:
        return Progress(msg="later")

    @step
    async def take(self, ctx: Context, ev: Work | Retry) -> StopEvent | None:
        got = ctx.collect_events(ev, [Work, Work, Retry])
        return StopEvent(result=len(got)) if got else None


class InExecutor(Workflow):
    """A function in a thread gives the event."""

    def heavy(self, n: int) -> Draft:
        return Draft(text="x" * n)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Draft:
        loop = asyncio.get_running_loop()
        draft = await loop.run_in_executor(None, self.heavy, 3)
        ctx.write_event_to_stream(draft)
        loop.call_soon(ctx.write_event_to_stream, Status(message="soon"))
        await asyncio.sleep(0)
        return draft

    @step
    async def end(self, ctx: Context, ev: Draft) -> StopEvent:
        progress = await asyncio.get_event_loop().run_in_executor(None, lambda: Progress(msg="p"))
        ctx.write_event_to_stream(progress)
        return StopEvent()


class InManagedBlock(Workflow):
    """A block that tells of its begin and its end, however it ends."""

    @asynccontextmanager
    async def phase(self, ctx: Context, name: str) -> AsyncIterator[Emitter]:
        ctx.write_event_to_stream(Progress(msg=name))
        try:
            yield Emitter(ctx, name)
        except ValueError as e:
            ctx.write_event_to_stream(Status.error(str(e)))
            raise
        finally:
            ctx.write_event_to_stream(Chunk(delta="end"))

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        try:
            async with self.phase(ctx, "one") as emitter:
                emitter.emit(Draft(text="in"))
                if ev.get("bad"):
                    raise ValueError("bad")
                return StopEvent(result="good")
        except ValueError:
            return StopEvent(result="bad")


class ModelTokens(Workflow):
    """A model's stream, or its whole answer."""

    llm = Model()

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        text = ""
        if ev.get("stream", True):
            async for token in await self.llm.astream("a b c"):
                text += token
                ctx.write_event_to_stream(Chunk(delta=token))
        else:
            ctx.write_event_to_stream(Progress(msg="whole"))
        return StopEvent(result=text)


class Staged(StagedFlow):
    """Completes a base of another file."""

    async def prepare(self, ctx: Context, ev: StartEvent) -> None:
        await super().prepare(ctx, ev)
        ctx.write_event_to_stream(Draft(text="mine"))

    async def finish(self, ctx: Context, text: str) -> StopEvent:
        ctx.write_event_to_stream(Chunk(delta=text))
        return StopEvent(result=text)


class StagedOver(Staged):
    """Overrides a step and calls the base's."""

    @step
    async def enter(self, ctx: Context, ev: StartEvent) -> Dive:
        dive = await super().enter(ctx, ev)
        ctx.write_event_to_stream(Progress(msg=dive.directory))
        return dive


class WholeModule(liw.Workflow):
    """All through the name of the module."""

    @liw.step
    async def one(self, ctx: liw.Context, ev: liw.StartEvent) -> "Work | liw.StopEvent":
        if ev.get("stop"):
            return liw.StopEvent(result=0)
        return Work(n=1)

    @liw.step(num_workers=2)
    async def two(self, ev: Work, ctx: liw.Context) -> liw.StopEvent:
        ctx.write_event_to_stream(liw.Event(msg="plain"))
        return liw.StopEvent(result=ev.n)


T = TypeVar("T")
Piece = NewType("Piece", str)


class Boxed(Event, Generic[T]):
    value: T


class GenericEvents(Workflow):
    """An event class with a type parameter."""

    @step
    async def one(self, ctx: Context, ev: StartEvent) -> Boxed:
        ctx.write_event_to_stream(Chunk(delta=Piece("x")))
        return Boxed(value=1)

    @step
    async def two(self, ev: Boxed) -> StopEvent:
        return StopEvent(result=ev.value)


class NestedEvents(Workflow):
    """Events are classes in the workflow's own body."""

    class QueryEvent(Event):
        question: str

    class AnswerEvent(Event):
        question: str
        answer: str

    @step
    async def query(self, ctx: Context, ev: StartEvent) -> QueryEvent | None:
        questions = ["a", "b"]
        await ctx.store.set("count", len(questions))
        for question in questions:
            ctx.send_event(self.QueryEvent(question=question))
        return None

    @step(num_workers=4)
    async def answer(self, ctx: Context, ev: QueryEvent) -> AnswerEvent:
        return self.AnswerEvent(question=ev.question, answer=ev.question.upper())

    @step
    async def combine(self, ctx: Context, ev: AnswerEvent) -> StopEvent | None:
        ready = ctx.collect_events(ev, [self.AnswerEvent] * await ctx.store.get("count"))
        if ready is None:
            return None
        return StopEvent(result="".join(e.answer for e in ready))


@dataclass
class Decision:
    event: Event
    reason: str = ""


class ResultObjects(Workflow):
    """A helper gives a record, another a pair, in which the event is."""

    def decide(self, n: int) -> Decision:
        if n > 1:
            return Decision(event=Done(n=n), reason="big")
        return Decision(Retry(count=n))

    async def pair(self, text: str) -> tuple[Draft, str]:
        return Draft(text=text), "because"

    @step
    async def one(self, ctx: Context, ev: StartEvent) -> Done | Retry:
        decision = self.decide(ev.n)
        ctx.write_event_to_stream(decision.event)
        return decision.event

    @step
    async def two(self, ctx: Context, ev: Done | Retry) -> Draft:
        draft, reason = await self.pair("t")
        ctx.write_event_to_stream(Status(message=reason))
        return draft

    @step
    async def three(self, ctx: Context, ev: Draft) -> StopEvent:
        if (nxt := self.after(ev)) is not None:
            ctx.write_event_to_stream(nxt)
        return StopEvent()

    def after(self, ev: Draft) -> Optional[Progress]:
        return Progress(msg=ev.text) if ev.text else None


class Pending(BaseModel):
    """The state of a run."""

    todo: List[Work] = Field(default_factory=list)
    last: Optional[Event] = None
    by_name: dict[str, Draft] = Field(default_factory=dict)


class TypedPending(Workflow):
    """Events wait in the state."""

    @step
    async def plan(self, ctx: Context[Pending], ev: StartEvent) -> Retry:
        async with ctx.store.edit_state() as state:
            state.todo = [Work(n=1), Work(n=2)]
            state.last = Progress(msg="planned")
            state.by_name["a"] = Draft(text="a")
        return Retry(count=0)

    @step
    async def next(self, ctx: Context[Pending], ev: Retry | Done) -> Work | StopEvent:
        state = await ctx.store.get_state()
        if state.last is not None:
            ctx.write_event_to_stream(state.last)
        for draft in state.by_name.values():
            ctx.write_event_to_stream(draft)
        async with ctx.store.edit_state() as state:
            if state.todo:
                return state.todo.pop(0)
        return StopEvent(result="empty")

    @step
    async def work(self, ev: Work) -> Done:
        return Done(n=ev.n)


@dataclass
class Board:
    """Kept on the workflow."""

    waiting: list[Event] = field(default_factory=list)
    best: Draft | None = None


class OnABoard(Workflow):
    """Events wait in an object of the workflow's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.board = Board()
        self._backlog: "queue.Queue[Event]" = queue.Queue()

    @step
    async def fill(self, ctx: Context, ev: StartEvent) -> Work:
        self.board.waiting.append(Done(n=1))
        self.board.best = Draft(text="best")
        self._backlog.put(Retry(count=2))
        return Work(n=1)

    @step
    async def drain(self, ctx: Context, ev: Work) -> Done:
        while not self._backlog.empty():
            ctx.write_event_to_stream(self._backlog.get())
        if self.board.best:
            ctx.write_event_to_stream(self.board.best)
        return cast(Done, self.board.waiting.pop())

    @step
    async def end(self, ev: Done) -> StopEvent:
        return StopEvent(result=ev.n)


class Attempts(Workflow):
    """Tries several times; the last failure is told."""

    tries = 2

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Draft | Retry:
        for attempt in range(self.tries + 1):
            try:
                if ev.get("fail"):
                    raise ConnectionError("no")
                draft = Draft(text=str(attempt))
                return draft
            except ConnectionError as exc:
                ctx.write_event_to_stream(Status.error(str(exc)))
                if attempt == self.tries:
                    break
                continue
            finally:
                ctx.write_event_to_stream(Progress(done=attempt))
        else:
            return Draft(text="never")
        return Retry(count=self.tries)

    @step
    async def end(self, ev: Draft | Retry) -> StopEvent:
        return StopEvent(result=type(ev).__name__)


class ByOthersHands(Workflow):
    """Made by classes handed about: `type[Event]`, defaults, keyword arguments of a dict."""

    event_type: Type[Event] = Done

    def build(self, kind: Type[Event], /, **values: Any) -> Event:
        return kind(**values)

    def built(self, *, as_type: type[Event] = Draft, text: str = "") -> Event:
        return as_type.model_validate({"text": text})

    @step
    async def one(self, ctx: Context, ev: StartEvent) -> Done:
        options = {"n": 3}
        ctx.write_event_to_stream(self.built(text="t"))
        ctx.write_event_to_stream(self.build(Status, message="m"))
        return self.event_type(**options)

    @step
    async def two(self, ctx: Context, ev: Done) -> StopEvent:
        again = ev.__class__(**ev.model_dump())
        ctx.write_event_to_stream(again)
        ctx.write_event_to_stream(type(ev)(n=ev.n + 1))
        return random.choice([StopEvent(result=1)])


REGISTRY: dict[str, type[Event]] = {}


def registered(name: str) -> Any:
    def register(cls: type[Event]) -> type[Event]:
        REGISTRY[name] = cls
        return cls

    return register


@registered("left")
class Left(Event):
    pass


@registered("right")
class Right(Event):
    pass


class FromRegistry(Workflow):
    """Classes that a decorator put into a table."""

    @step
    async def route(self, ctx: Context, ev: StartEvent) -> Left | Right:
        cls = REGISTRY[ev.kind]
        ctx.write_event_to_stream(Status(message=ev.kind))
        return cls()

    @step
    async def left(self, ev: Left) -> StopEvent:
        return StopEvent(result="left")

    @step
    async def right(self, ev: Right) -> StopEvent:
        return StopEvent(result="right")


class AddressedByName(Workflow):
    """Sends to a step by the name of its function, a constant or a keyword."""

    TARGET = "second"

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Work | None:
        ctx.send_event(message=Work(n=1), step=self.first.__name__)
        ctx.send_event(Work(n=2), self.TARGET)

    @step
    async def first(self, ev: Work) -> Done:
        return Done(n=ev.n)

    @step
    async def second(self, ev: Work) -> Done:
        return Done(n=ev.n)

    @step
    async def end(self, ctx: Context, ev: Done) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Done] * 2) else None


class Batches(Event):
    works: list[Work] = Field(default_factory=list)
    follow: Union[Done, Retry, None] = None


class OutOfBatches(Workflow):
    """A list of events in a field; a field that may be one of two."""

    @step
    async def split(self, ev: StartEvent) -> Batches:
        batches = Batches(works=[Work(n=1)])
        batches.works.append(Work(n=2))
        batches.follow = Retry(count=1)
        return batches

    @step
    async def send(self, ctx: Context, ev: Batches) -> Work | Retry:
        [ctx.send_event(work) for work in ev.works]
        return ev.follow

    @step
    async def end(self, ctx: Context, ev: Work | Retry) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Work, Work, Retry]) else None


class Outcome(Workflow):
    """What was outside is changed in a function inside."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Draft | Retry:
        result: Event | None = None
        log: list[Event] = []

        async def attempt(text: str) -> None:
            nonlocal result
            log.append(Status(message=text))
            if text:
                result = Draft(text=text)
            else:
                result = Retry(count=1)

        await attempt(ev.get("text", ""))
        for entry in log:
            ctx.write_event_to_stream(entry)
        assert result is not None
        return result

    @step
    async def end(self, ev: Draft | Retry) -> StopEvent:
        return StopEvent()


RUNS: dict[str, list[dict[str, Any]]] = {
    "ShownAndReturned": [{"deep": True}, {"broken": True}, {}],
    "ChosenByModel": [
        {"kind": "dive"}, {"kind": "tool"}, {"kind": "ask", "answers": [{"response": "y"}]}, {"kind": "stop"},
    ],
    "ReturnsMoreThanItSays": [{}, {"again": 1}],
    "TwoTakeStart": [{"path": "p"}, {"query": "q"}],
    "FieldsOfEvents": [{}],
    "SelfMadeParameter": [{}],
    "ContextOnSelf": [{}],
    "ThroughContextVariable": [{}],
    "KeptEmitter": [{}],
    "EmitterOnSelf": [{}],
    "CallsBack": [{}],
    "QueueAndTask": [{}],
    "TasksGivePieces": [{}],
    "InExecutor": [{}],
    "InManagedBlock": [{}, {"bad": 1}],
    "ModelTokens": [{}, {"stream": False}],
    "Staged": [{}],
    "StagedOver": [{}],
    "WholeModule": [{}, {"stop": 1}],
    "GenericEvents": [{}],
    "NestedEvents": [{}],
    "ResultObjects": [{"n": 1}, {"n": 2}],
    "TypedPending": [{}],
    "OnABoard": [{}],
    "Attempts": [{}, {"fail": 1}],
    "ByOthersHands": [{}],
    "FromRegistry": [{"kind": "left"}, {"kind": "right"}],
    "AddressedByName": [{}],
    "OutOfBatches": [{}],
    "Outcome": [{}, {"text": "t"}],
}  # fmt: skip
