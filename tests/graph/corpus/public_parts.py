"""What the files that follow the constructs of public code import: events, children, tools and services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Union

from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

if TYPE_CHECKING:
    from workflows.handler import WorkflowHandler


class Level(str, Enum):
    INFO = "info"
    ERROR = "error"


class Status(Event):
    level: Level = Level.INFO
    message: str = ""

    @classmethod
    def error(cls, message: str) -> Status:
        return cls(level=Level.ERROR, message=message)


class Progress(Event):
    msg: str = ""
    done: float = 0.0


class Chunk(Event):
    delta: str = ""


class Dive(Event):
    directory: str = ""


class UseTool(Event):
    name: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)


class Question(InputRequiredEvent):
    question: str = ""


class Reply(HumanResponseEvent):
    response: str = ""


class Finished(StopEvent):
    text: str = ""


Action = Union[Dive, UseTool, Question, Finished]


class DiveAction(BaseModel):
    directory: str = "."


class ToolAction(BaseModel):
    name: str = "grep"

    def as_arguments(self) -> dict[str, Any]:
        return {"name": self.name}


def as_event(kind: str, action: Any, ctx: Context) -> Action:
    """What a model chose, as the event that carries it on; some of them are shown at once."""
    if kind == "dive":
        event = Dive(directory=action.directory)
        ctx.write_event_to_stream(event)
        return event
    elif kind == "tool":
        event = UseTool(name=action.name, arguments=action.as_arguments())
        ctx.write_event_to_stream(event)
        return event
    elif kind == "ask":
        return Question(question="which?")
    else:
        return Finished(text="done")


class Reporter(Workflow):
    """A child that writes about itself, from a file of its own."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Progress:
        ctx.write_event_to_stream(Status(message="starting"))
        return Progress(msg="begun")

    @step
    async def end(self, ctx: Context, ev: Progress) -> StopEvent:
        ctx.write_event_to_stream(ev)
        return StopEvent(result={"success": True, "text": ev.msg})


class Asker(Workflow):
    """A child that asks."""

    @step
    async def ask(self, ev: StartEvent) -> Question:
        return Question(question="go on?")

    @step
    async def take(self, ctx: Context, ev: Reply) -> StopEvent:
        ctx.write_event_to_stream(Status(message=ev.response))
        return StopEvent(result=ev.response)


async def consume(handler: WorkflowHandler, on_event: Callable[[Event], Awaitable[None]]) -> Any:
    """Hand each event of a run on to a callback."""
    async for event in handler.stream_events():
        await on_event(event)
    return await handler


async def bubble(ctx: Context, handler: WorkflowHandler) -> Any:
    async for ev in handler.stream_events():
        if type(ev) is not StopEvent:
            ctx.write_event_to_stream(ev)
    return await handler


class Emitter:
    """Keeps the context, as a service that is made once a run does."""

    def __init__(self, ctx: Context, source: str = "emitter") -> None:
        self._ctx = ctx
        self.source = source

    def emit(self, event: Event) -> None:
        self._ctx.write_event_to_stream(event)

    def progress(self, msg: str) -> None:
        self.emit(Progress(msg=f"{self.source}: {msg}"))


class Crawler:
    """Calls back."""

    def __init__(self, on_page: Callable[[Event], Any] | None = None) -> None:
        self.on_page = on_page

    async def crawl(self, urls: list[str]) -> list[str]:
        for url in urls:
            if self.on_page:
                self.on_page(Chunk(delta=url))
        return urls


class Model:
    """A stand-in for a model that streams."""

    async def astream(self, text: str) -> AsyncIterator[str]:
        async def words() -> AsyncIterator[str]:
            for word in text.split():
                yield word

        return words()


class AgentTool:
    """Wraps a child as a tool; what the child shows goes up to whoever calls."""

    def __init__(self, agent: Workflow, name: str = "agent") -> None:
        self.agent = agent
        self.name = name

    async def acall(self, ctx: Context, **kwargs: Any) -> str:
        handler = self.agent.run(**kwargs)
        async for ev in handler.stream_events():
            if type(ev) is not StopEvent:
                ctx.write_event_to_stream(ev)
        return str(await handler)


class PlainTool:
    def __init__(self, name: str) -> None:
        self.name = name

    async def acall(self, ctx: Context, **kwargs: Any) -> str:
        return self.name


async def call_tools(
    tools: list[Any], calls: list[str], ctx: Context, agent_name: str, emitter: Callable[[Event], None] | None = None
) -> list[str]:
    """Call tools by name, and tell of each through a callback."""
    by_name = {tool.name: tool for tool in tools}
    if emitter is None:

        def emitter(event: Event) -> None:
            ctx.write_event_to_stream(event)

    results = []
    for call in calls:
        emitter(Progress(msg=f"{agent_name} calls {call}"))
        tool = by_name.get(call)
        if not tool:
            emitter(Status.error(f"no {call}"))
            continue
        results.append(await tool.acall(ctx, input=call))
    return results


class StagedFlow(Workflow):
    """A base that others complete: its steps are inherited, its hooks are not written yet."""

    async def prepare(self, ctx: Context, ev: StartEvent) -> None:
        ctx.write_event_to_stream(Status(message="prepared"))

    async def finish(self, ctx: Context, text: str) -> StopEvent:
        raise NotImplementedError

    @step
    async def enter(self, ctx: Context, ev: StartEvent) -> Dive:
        await self.prepare(ctx, ev)
        return Dive(directory="/")

    @step
    async def leave(self, ctx: Context, ev: Dive) -> StopEvent:
        return await self.finish(ctx, ev.directory)


RUNS: dict[str, list[dict[str, Any]]] = {"Reporter": [{}], "Asker": [{"answers": [{"response": "y"}]}]}
