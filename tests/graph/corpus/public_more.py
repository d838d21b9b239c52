"""More constructs of public code, in our own words, written after the inference was mended for the first ones.

So what was found of them at first sight tells how general the mending was; docs/graph.md says how much that is.
"""

import asyncio
import contextlib
import functools
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cached_property, singledispatchmethod
from typing import Annotated, Any, Literal, Union

import public_parts
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ToolCallResult
from public_parts import Asker, Chunk, Crawler, Emitter, Finished, Progress, Question, Reply, Reporter, Status
from pydantic import BaseModel, Field
from workflows import Context, Workflow, catch_error, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StepFailedEvent, StopEvent
from workflows.resource import Resource

from tests.recording.scripted_models import ScriptedLLM


class Work(Event):
    n: int = 0


class Done(Event):
    n: int = 0


class Failed(Event):
    why: str = ""


class Late(Done):
    pass


class GathersErrors(Workflow):
    """What went wrong is among the results."""

    async def call(self, n: int) -> Work:
        if n == 1:
            raise ValueError("one")
        return Work(n=n)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work | Failed | None:
        results = await asyncio.gather(*(self.call(n) for n in range(2)), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                ctx.write_event_to_stream(Status.error(str(result)))
                ctx.send_event(Failed(why=str(result)))
            else:
                ctx.send_event(result)

    @step
    async def end(self, ctx: Context, ev: Work | Failed) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Work, Failed]) else None


class GoLeft(BaseModel):
    kind: Literal["left"] = "left"

    def to_event(self) -> Event:
        return Work(n=1)


class GoRight(BaseModel):
    kind: Literal["right"] = "right"

    def to_event(self) -> Event:
        return Done(n=2)


class Choice(BaseModel):
    action: Union[GoLeft, GoRight] = Field(discriminator="kind")


class ModelsKnowTheirEvents(Workflow):
    """A parsed model has a method that gives the event."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work | Done:
        choice = Choice.model_validate({"action": {"kind": ev.kind}})
        ctx.write_event_to_stream(choice.action.to_event())
        return choice.action.to_event()

    @step
    async def end(self, ev: Work | Done) -> StopEvent:
        return StopEvent(result=ev.n)


class ByLambda(Workflow):
    """Functions in tables, some of them added later."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.handlers: dict[str, Callable[[int], Event]] = {"work": self._work}
        self.handlers["done"] = self._done

    def _work(self, n: int) -> Event:
        return Work(n=n)

    def _done(self, n: int) -> Event:
        return Done(n=n)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work | Done:
        shown = {True: lambda: Progress(msg="yes"), False: lambda: Chunk(delta="no")}[bool(ev.get("yes"))]()
        ctx.write_event_to_stream(shown)
        return self.handlers[ev.kind](1)

    @step
    async def end(self, ev: Work | Done) -> StopEvent:
        return StopEvent(result=ev.n)


class Builder:
    """Is called in a chain."""

    def __init__(self) -> None:
        self.text = ""

    def with_text(self, text: str) -> "Builder":
        self.text = text
        return self

    def build(self) -> Status:
        return Status(message=self.text)


class Dispatching(Workflow):
    """By the class of the argument; by a chain of calls; by a property."""

    @singledispatchmethod
    def told(self, ev: Event) -> Event:
        return Progress(msg="other")

    @told.register
    def _(self, ev: Done) -> Event:
        return Chunk(delta="done")

    @property
    def hello(self) -> Event:
        return Builder().with_text("hello").build()

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Done:
        ctx.write_event_to_stream(self.hello)
        ctx.write_event_to_stream(self.told(ev))
        return Done(n=1)

    @step
    async def end(self, ctx: Context, ev: Done) -> StopEvent:
        ctx.write_event_to_stream(self.told(ev))
        return StopEvent()


class Planned(Workflow):
    """Generators, maps and repeated calls that send."""

    def plan(self, n: int) -> Iterator[Event]:
        for i in range(n):
            yield Work(n=i)
        yield Done(n=n)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work | Done | None:
        list(map(ctx.send_event, self.plan(1)))
        for kind, n in zip([Work, Done], itertools.count(), strict=False):
            ctx.write_event_to_stream(kind(n=n))
        for event in sorted(self.plan(1), key=lambda e: e.n):
            ctx.send_event(event)
        if any(self.shows(ctx, text) for text in ("a", "b")):
            ctx.write_event_to_stream(Progress(msg="any"))

    def shows(self, ctx: Context, text: str) -> bool:
        ctx.write_event_to_stream(Chunk(delta=text))
        return text == "b"

    @step
    async def end(self, ctx: Context, ev: Work | Done) -> StopEvent | None:
        return StopEvent() if ctx.collect_events(ev, [Work, Done] * 2) else None


class EventStream:
    """A wrapper that can be looped over, around a child's run."""

    def __init__(self, flow: Workflow, **kwargs: Any) -> None:
        self.handler = flow.run(**kwargs)

    async def __aiter__(self) -> AsyncIterator[Event]:
        async for event in self.handler.stream_events():
            if not isinstance(event, StopEvent):
                yield event


class Session:
    """A block that tells when it begins and ends."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    async def __aenter__(self) -> "Session":
        self.ctx.write_event_to_stream(Status(message="open"))
        return self

    async def __aexit__(self, *error: Any) -> None:
        self.ctx.write_event_to_stream(Progress(msg="closed"))

    def say(self, text: str) -> None:
        self.ctx.write_event_to_stream(Chunk(delta=text))


class Wrapped(Workflow):
    """A child's events through a wrapper; a block of one's own."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work:
        async for event in EventStream(Reporter()):
            ctx.write_event_to_stream(event)
        return Work(n=1)

    @step
    async def end(self, ctx: Context, ev: Work) -> StopEvent:
        async with Session(ctx) as session:
            session.say("hi")
        return StopEvent()


def get_reporter() -> Reporter:
    return Reporter(timeout=10)


class InjectedChild(Workflow):
    """A child that the engine injects, one of a cached property, and one started in a chain."""

    @cached_property
    def child(self) -> Reporter:
        return Reporter()

    @step
    async def go(
        self, ctx: Context, ev: StartEvent, reporter: Annotated[Reporter, Resource(get_reporter)]
    ) -> Work:
        async for event in reporter.run().stream_events():
            if isinstance(event, Status):
                ctx.write_event_to_stream(event)
        return Work(n=1)

    @step
    async def end(self, ctx: Context, ev: Work) -> StopEvent:
        handler = self.child.run()
        events = [event async for event in handler.stream_events() if not isinstance(event, StopEvent)]
        for event in events:
            ctx.write_event_to_stream(event)
        return StopEvent(result=await handler)


class Merged(Workflow):
    """Two children's streams in one; a task forwards a third."""

    async def merge(self, *streams: AsyncIterator[Event]) -> AsyncIterator[Event]:
        for stream in streams:
            async for event in stream:
                yield event

    async def forward(self, ctx: Context, handler: Any) -> None:
        async for event in handler.stream_events():
            if isinstance(event, Progress):
                ctx.write_event_to_stream(event)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work:
        one, two = Reporter().run(), Reporter().run()
        async for event in self.merge(one.stream_events(), two.stream_events()):
            if type(event) is Status:
                ctx.write_event_to_stream(event)
        return Work(n=1)

    @step
    async def end(self, ctx: Context, ev: Work) -> StopEvent:
        handler = Reporter().run()
        task = asyncio.create_task(self.forward(ctx, handler))
        result = await handler
        await task
        return StopEvent(result=result)


class Middle(Workflow):
    """Forwards its child, and is forwarded."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        async for event in (handler := Reporter().run()).stream_events():
            if not isinstance(event, StopEvent):
                ctx.write_event_to_stream(event)
        return StopEvent(result=await handler)


class Top(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = Middle().run()
        stream = handler.stream_events()
        async for event in stream:
            match event:
                case StopEvent():
                    break
                case Progress() | Status():
                    ctx.write_event_to_stream(event)
        return StopEvent(result=await handler)


class RunState(BaseModel):
    queue: list[str] = Field(default_factory=list)
    n: int = 0

    def next_event(self) -> Work | Done:
        self.n += 1
        return Work(n=self.n) if self.n < 2 else Done(n=self.n)


class StateDecides(Workflow):
    """A method of the state gives the event."""

    @step
    async def go(self, ctx: Context[RunState], ev: StartEvent | Work) -> Work | Done:
        async with ctx.store.edit_state() as state:
            event = state.next_event()
        ctx.write_event_to_stream(event)
        return event

    @step
    async def end(self, ev: Done) -> StopEvent:
        return StopEvent(result=ev.n)


class KeptInStore(Workflow):
    """Lists of events in the store, put there and taken out by several steps."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work:
        pending = await ctx.store.get("pending", default=[])
        pending.append(Done(n=1))
        await ctx.store.set("pending", pending)
        await ctx.store.set("last.shown", Progress(msg="p"))
        return Work(n=1)

    @step
    async def take(self, ctx: Context, ev: Work) -> Done:
        ctx.write_event_to_stream(await ctx.store.get("last.shown"))
        pending: list[Event] = await ctx.store.get("pending")
        for event in pending:
            ctx.write_event_to_stream(event)
        return pending.pop()

    @step
    async def end(self, ev: Done) -> StopEvent:
        return StopEvent(result=ev.n)


class KindBase(Workflow):
    """Its events are class attributes."""

    shown_event: type[Event] = Chunk
    result_event: type[Event] = Done

    def notes(self) -> list[Event]:
        return [Status(message="base")]

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Done | Late:
        ctx.write_event_to_stream(self.shown_event())
        for note in self.notes():
            ctx.write_event_to_stream(note)
        return self.result_event(n=1)

    @step
    async def end(self, ev: Done | Late) -> StopEvent:
        return StopEvent(result=ev.n)


class KindOther(KindBase):
    shown_event = Progress
    result_event = Late

    def notes(self) -> list[Event]:
        return [*super().notes(), Failed(why="none")]


class OfModule(Workflow):
    """Classes looked up in an imported module."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(public_parts.Status(message="a"))
        kinds = {"progress": public_parts.Progress, "chunk": public_parts.Chunk}
        ctx.write_event_to_stream(kinds[ev.kind]())
        cls = getattr(public_parts, "Dive")
        ctx.write_event_to_stream(cls(directory="/"))
        return StopEvent()


class WaitsForSeveral(Workflow):
    """Waits in a helper object, and for types that a loop chooses."""

    async def ask(self, ctx: Context, question: str, expected: type[Event] = Reply) -> Any:
        return await ctx.wait_for_event(
            expected, waiter_id=f"q-{question}", waiter_event=Question(question=question), requirements={}
        )

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        texts = []
        for question, expected in (("a", Reply), ("b", HumanResponseEvent)):
            reply = await self.ask(ctx, question, expected)
            texts.append(reply.response)
            ctx.write_event_to_stream(Chunk(delta=reply.response))
        return StopEvent(result=texts)


class AsksByChild(Workflow):
    """A child asks; what it asks is shown here, too."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = Asker().run()
        async for event in handler.stream_events():
            if isinstance(event, InputRequiredEvent):
                ctx.write_event_to_stream(Status(message=event.question))
                await handler.send_event(Reply(response="auto"))
            elif not isinstance(event, StopEvent):
                ctx.write_event_to_stream(event)
        return StopEvent(result=await handler)


class CatchesAll(Workflow):
    """One handler for whatever fails; it shows, and ends well."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work:
        if ev.get("early"):
            raise KeyError("early")
        return Work(n=1)

    @step
    async def work(self, ctx: Context, ev: Work) -> StopEvent:
        try:
            raise RuntimeError("late")
        except RuntimeError as exc:
            ctx.write_event_to_stream(Failed(why=str(exc)))
            raise
        finally:
            ctx.write_event_to_stream(Progress(msg="finally"))

    @catch_error
    async def on_error(self, ctx: Context, ev: StepFailedEvent) -> StopEvent:
        with contextlib.suppress(Exception):
            ctx.write_event_to_stream(Status.error(ev.step_name))
        return self._finish(ev)

    def _finish(self, ev: StepFailedEvent) -> StopEvent:
        return StopEvent(result=str(ev.exception))


def make_tools(ctx: Context) -> list[Callable[..., Any]]:
    async def look(query: str) -> str:
        """Look something up."""
        ctx.write_event_to_stream(Progress(msg=query))
        return "seen"

    return [look]


async def report(ctx: Context) -> str:
    """Report, by a child."""
    handler = Reporter().run()
    async for event in handler.stream_events():
        if not isinstance(event, StopEvent):
            ctx.write_event_to_stream(event)
    return str(await handler)


class AgentWithClosures(Workflow):
    """Tools that keep the flow's own context."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        agent = FunctionAgent(
            tools=make_tools(ctx), llm=ScriptedLLM(replies=[("look", {"query": "q"}), "It is seen."])
        )
        return StopEvent(result=str(await agent.run(user_msg="look")))


class Delegator(FunctionAgent):
    """A tool of the agent runs a child."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(tools=[report], llm=ScriptedLLM(replies=[("report", {}), "Reported."]), **kwargs)


class KeepsItsTeam(Workflow):
    """A team that a method puts together, kept on the workflow."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.team = AgentWorkflow(agents=self._agents(), root_agent="only")

    def _agents(self) -> list[FunctionAgent]:
        llm = ScriptedLLM(replies=[("report", {}), "Reported."])
        return [FunctionAgent(name="only", description="the only one", tools=[report], llm=llm)]

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = self.team.run(user_msg="go")
        async for event in handler.stream_events():
            if isinstance(event, ToolCallResult):
                ctx.write_event_to_stream(Chunk(delta=event.tool_name))
            elif isinstance(event, (Status, Progress)):
                ctx.write_event_to_stream(event)
        return StopEvent(result=str(await handler))


def with_progress(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def around(self: Any, ctx: Context, ev: Any) -> Any:
        ctx.write_event_to_stream(Progress(msg=function.__name__))
        try:
            return await function(self, ctx, ev)
        except ZeroDivisionError as exc:
            ctx.write_event_to_stream(Failed(why=str(exc)))
            return StopEvent(result="failed")

    return around


class Decorated(Workflow):
    """A decorator of one's own inside and outside the engine's."""

    @step
    @with_progress
    async def go(self, ctx: Context, ev: StartEvent) -> Work:
        return Work(n=0)

    @with_progress
    @step
    async def end(self, ctx: Context, ev: Work) -> StopEvent:
        return StopEvent(result=1 / ev.n)


class Counts(Workflow):
    """Loops back until it has counted far enough; phases by words."""

    @step
    async def go(self, ctx: Context, ev: StartEvent | Work) -> Work | Done:
        n = getattr(ev, "n", 0)
        phase = "begin"
        for _ in range(2):
            if phase == "begin":
                ctx.write_event_to_stream(Chunk(delta=phase))
                phase = "middle"
            elif phase == "middle":
                ctx.write_event_to_stream(Progress(msg=phase))
                phase = "end"
        while phase != "over":
            if phase == "end":
                ctx.write_event_to_stream(Status(message=phase))
            phase = "over"
        self.log(ctx, "info")
        return Done(n=n) if n > 1 else Work(n=n + 1)

    def log(self, ctx: Context, level: str = "warn") -> None:
        if level in ("warn", "error"):
            ctx.write_event_to_stream(Failed(why=level))
        elif level == "info":
            ctx.write_event_to_stream(Finished(text=level)) if False else None

    @step
    async def end(self, ev: Done) -> StopEvent:
        return StopEvent(result=ev.n)


class Service:
    """Is handed the context late, and by a method."""

    def __init__(self) -> None:
        self._emitter: Emitter | None = None
        self.crawler = Crawler()

    def bind(self, ctx: Context) -> None:
        self._emitter = Emitter(ctx)
        self.crawler.on_page = self._emitter.emit

    async def work(self) -> None:
        assert self._emitter is not None
        self._emitter.progress("working")
        await self.crawler.crawl(["x"])


class BoundLate(Workflow):
    """A service of the workflow is given the context by the step."""

    def __init__(self, service: Service | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.service = service or Service()

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        self.service.bind(ctx)
        await self.service.work()
        return StopEvent()


class Pipeline(Workflow):
    """Stages are functions in a list, each with its own event."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        stages: list[tuple[str, Callable[[Context], Any]]] = [("read", self.read), ("write", self.write)]
        results = {}
        for name, stage in stages:
            results[name] = await stage(ctx)
        for name, event in results.items():
            if event is not None:
                ctx.write_event_to_stream(event)
        return StopEvent(result=list(results))

    async def read(self, ctx: Context) -> Event | None:
        ctx.write_event_to_stream(Chunk(delta="read"))
        return Done(n=1)

    async def write(self, ctx: Context) -> Event | None:
        return Failed(why="write")


RUNS: dict[str, list[dict[str, Any]]] = {
    "GathersErrors": [{}],
    "ModelsKnowTheirEvents": [{"kind": "left"}, {"kind": "right"}],
    "ByLambda": [{"kind": "work"}, {"kind": "done", "yes": 1}],
    "Dispatching": [{}],
    "Planned": [{}],
    "Wrapped": [{}],
    "InjectedChild": [{}],
    "Merged": [{}],
    "Middle": [{}],
    "Top": [{}],
    "StateDecides": [{}],
    "KeptInStore": [{}],
    "KindBase": [{}],
    "KindOther": [{}],
    "OfModule": [{"kind": "progress"}, {"kind": "chunk"}],
    "WaitsForSeveral": [{"answers": [{"response": "1"}, {"response": "2"}]}],
    "AsksByChild": [{}],
    "CatchesAll": [{}, {"early": 1}],
    "AgentWithClosures": [{}],
    "Delegator": [{"user_msg": "go"}],
    "KeepsItsTeam": [{}],
    "Decorated": [{}],
    "Counts": [{}],
    "BoundLate": [{}],
    "Pipeline": [{}],
}
