"""What goes to the stream, of the step itself, of helpers, of children and of agents."""

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import Any, AsyncGenerator, Callable, Optional

from llama_index.core.agent.workflow import AgentOutput, AgentStream, FunctionAgent, ReActAgent, ToolCall
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step
from pydantic import Field

from tests.recording.scripted_models import ScriptedLLM


class Note(Event):
    text: str = ""


class Token(Event):
    delta: str = ""


class Next(Event):
    pass


class Warn(Note):
    level: int = Field(default=logging.WARNING)


class StreamDirect(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(Note(text="a"))
        ctx.write_event_to_stream(ev=Token(delta="b"))
        return StopEvent()


class StreamHelper(Workflow):
    def log(self, ctx: Context, text: str, warn: bool = False) -> None:
        event_type = Warn if warn else Note
        ctx.write_event_to_stream(event_type(text=text))

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        self.log(ctx, "fine")
        self.log(ctx, "odd", warn=True)
        return StopEvent()


class StreamTokens(Workflow):
    async def words(self) -> AsyncGenerator[str, None]:
        for word in ("a", "b"):
            yield word

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        out = ""
        async for word in self.words():
            out += word
            ctx.write_event_to_stream(Token(delta=word))
        return StopEvent(result=out)


class StreamCallback(Workflow):
    async def generate(self, callback: Callable[[str], Any]):
        for c in "xy":
            callback(c)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        def on_token(c):
            ctx.write_event_to_stream(Token(delta=c))

        await self.generate(on_token)
        await self.generate(lambda c: ctx.write_event_to_stream(Note(text=c)))
        return StopEvent()


class Reporter:
    """Holds the context under a name of its own."""

    def __init__(self, run_context: Context, prefix: str = ""):
        self._c = run_context
        self.prefix = prefix

    def __call__(self, text):
        self._c.write_event_to_stream(Note(text=self.prefix + text))


class StreamReporter(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        report = Reporter(ctx)
        report("hello")
        return StopEvent()


class StreamContextManager(Workflow):
    @asynccontextmanager
    async def phase(self, ctx: Context, name: str):
        ctx.write_event_to_stream(Note(text=f"begin {name}"))
        yield name
        ctx.write_event_to_stream(Warn(text=f"end {name}"))

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        async with self.phase(ctx, "one") as name:
            await asyncio.sleep(0)
        return StopEvent(result=name)


class StreamDecorated(Workflow):
    def announced(text):  # noqa: N805
        def wrap(f):
            return f

        return wrap

    @announced("x")
    async def helper(self, ctx):
        ctx.write_event_to_stream(Note(text="decorated"))

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        await self.helper(ctx)
        return StopEvent()


class StreamKept(Workflow):
    """Keeps the context on itself."""

    def emit(self, event: Event):
        if self.ctx is not None:
            self.ctx.write_event_to_stream(event)

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Next:
        self.ctx = ctx
        self.emit(Note(text="kept"))
        return Next()

    @step
    async def end(self, ev: Next) -> StopEvent:
        self.emit(Token(delta="."))
        return StopEvent()


class StreamConsumed(Workflow):
    @step
    async def go(self, ev: StartEvent) -> Next:
        return Next()

    @step
    async def end(self, ctx: Context, ev: Next) -> StopEvent:
        ctx.write_event_to_stream(ev)
        return StopEvent()


class StreamReturned(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Next:
        following = Next()
        ctx.write_event_to_stream(following)
        return following

    @step
    async def end(self, ev: Next) -> StopEvent:
        return StopEvent()


class StreamList(Workflow):
    events = [Note(text="1"), Token(delta="2")]

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        for event in [*self.events, Warn(text="3")]:
            ctx.write_event_to_stream(event)
        return StopEvent()


class StreamOptional(Workflow):
    def _note(self, on: bool) -> Optional[Note]:
        return Note() if on else None

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        note = self._note(ev.get("on", False))
        if note:
            ctx.write_event_to_stream(note)
        return StopEvent()


class StreamInThread(Workflow):
    def slow(self):
        return Note(text="from a thread")

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        note = await asyncio.to_thread(self.slow)
        ctx.write_event_to_stream(note)
        return StopEvent()


class Leaf(Workflow):
    @step
    async def one(self, ctx: Context, ev: StartEvent) -> Next:
        ctx.write_event_to_stream(Note(text="leaf"))
        return Next()

    @step
    async def two(self, ctx: Context, ev: Next) -> StopEvent:
        ctx.write_event_to_stream(Token(delta="leaf"))
        return StopEvent(result=1)


class Middle(Workflow):
    """Passes on all that its child says."""

    @step
    async def call(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = Leaf(timeout=5).run()
        async for inner in handler.stream_events():
            if isinstance(inner, StopEvent):
                continue
            ctx.write_event_to_stream(inner)
        return StopEvent(result=await handler)


class TopOfThree(Workflow):
    """A child of a child, handed in or made."""

    def __init__(self, middle: Optional[Middle] = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._middle = middle if middle is not None else Middle(timeout=5)

    @step
    async def call(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = self._middle.run()
        async for inner in handler.stream_events():
            if isinstance(inner, Note):
                ctx.write_event_to_stream(inner)
        return StopEvent(result=await handler)


class ForwardHelper(Workflow):
    async def forward(self, ctx: Context, handler: Any) -> Any:
        async for e in handler.stream_events():
            if type(e) is Token:
                ctx.write_event_to_stream(e)
            elif isinstance(e, Note):
                ctx.write_event_to_stream(Warn(text=e.text))
        return await handler

    @step
    async def call(self, ctx: Context, ev: StartEvent) -> StopEvent:
        return StopEvent(result=await self.forward(ctx, Leaf().run()))


class Collector(Workflow):
    """Children in parallel, none of their stream passed on."""

    @step
    async def call(self, ctx: Context, ev: StartEvent) -> StopEvent:
        results = await asyncio.gather(*(Leaf().run() for _ in range(2)))
        ctx.write_event_to_stream(Note(text=str(results)))
        return StopEvent(result=results)


def multiply(a: float, b: float) -> float:
    """Multiply two numbers."""
    return a * b


def make_agent():
    return FunctionAgent(
        tools=[multiply], llm=ScriptedLLM(replies=[("multiply", {"a": 2, "b": 3}), "It is six."]), system_prompt="count"
    )


class AgentForwardAll(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = make_agent().run(user_msg="2*3")
        async for event in handler.stream_events():
            if not isinstance(event, StopEvent):
                ctx.write_event_to_stream(event)
        return StopEvent(result=str(await handler))


class AgentForwardSome(Workflow):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.agent = make_agent()

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = self.agent.run(user_msg="2*3")
        async for event in handler.stream_events():
            match event:
                case AgentStream():
                    ctx.write_event_to_stream(Token(delta=event.delta))
                case ToolCall() | AgentOutput():
                    ctx.write_event_to_stream(event)
                case _:
                    pass
        return StopEvent(result=str(await handler))


class ReActForward(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        agent = ReActAgent(tools=[multiply], llm=ScriptedLLM(replies=["Thought: I can answer.\nAnswer: Six."]))
        handler = agent.run("2*3")
        async for event in handler.stream_events():
            if isinstance(event, AgentStream):
                ctx.write_event_to_stream(event)
        return StopEvent(result=str(await handler))


class OwnAgent(FunctionAgent):
    """A subclass with a step's helper overridden."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(llm=ScriptedLLM(replies=["Just words."]), tools=[], **kw)

    async def take_step(self, ctx, llm_input, tools, memory):
        ctx.write_event_to_stream(Note(text="thinking"))
        return await super().take_step(ctx, llm_input, tools, memory)


RUNS = {
    name: [{}]
    for name in (
        "StreamDirect StreamHelper StreamTokens StreamCallback StreamReporter StreamContextManager "
        "StreamDecorated StreamKept StreamConsumed StreamReturned StreamList StreamInThread Leaf Middle TopOfThree "
        "ForwardHelper Collector AgentForwardAll AgentForwardSome ReActForward"
    ).split()
}
RUNS["StreamOptional"] = [{"on": True}, {}]
RUNS["OwnAgent"] = [{"user_msg": "hi"}]
