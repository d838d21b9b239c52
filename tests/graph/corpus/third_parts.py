"""What the third set of constructs of public code imports: events, services, tools, children and a base class."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from llama_index.core.tools import FunctionTool, ToolOutput
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step
from pydantic import BaseModel
from workflows.events import HumanResponseEvent, InputRequiredEvent

T = TypeVar("T", bound=BaseModel)


class StepUpdate(Event):
    step_name: str
    status: str
    data: dict[str, Any] | None = None


class Token(Event):
    model: str = ""
    delta: str = ""


class Candidate(Event):
    model: str
    text: str


class RunNote(Event):
    name: str
    msg: str


class Outcome(StopEvent):
    """How a flow ended; made by class methods."""

    success: bool = True
    data: Any = None
    error: str | None = None

    @classmethod
    def success_result(cls, data: Any, **metadata: Any) -> Outcome:
        return cls(success=True, data={"data": data, **metadata})

    @classmethod
    def failure(cls, error: str) -> Outcome:
        return cls(success=False, error=error)


class ModelService:
    """Asks several models at once and tells of every word."""

    async def _one(self, ctx: Context, model: str, text: str) -> str:
        said = ""
        for word in text.split():
            said += word
            ctx.write_event_to_stream(Token(model=model, delta=word))
        ctx.write_event_to_stream(Candidate(model=model, text=said))
        return said

    async def answers(self, ctx: Context, text: str, models: list[str]) -> list[str]:
        tasks = [self._one(ctx=ctx, model=model, text=text) for model in models]
        return [one for one in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(one, str)]


class ToolWithContext(FunctionTool):
    """A tool whose function is handed the context."""

    async def acall(self, ctx: Context, *args: Any, **kwargs: Any) -> ToolOutput:  # type: ignore[override]
        output = await self._async_fn(ctx, *args, **kwargs)
        return ToolOutput(
            content=str(output), tool_name=self.metadata.get_name(), raw_input=dict(kwargs), raw_output=output
        )


class Ask(InputRequiredEvent):
    question: str


class Answer(HumanResponseEvent):
    answer: str = ""


class Permit(InputRequiredEvent):
    tool: str


class Permitted(HumanResponseEvent):
    tool: str = ""
    allow: bool = False


class Thinking(Event):
    thought: str


class CallTool(Event):
    tool: str
    arguments: dict[str, Any] = {}


class Output(StopEvent):
    text: str = ""
    error: str | None = None


class Thought(BaseModel):
    thought: str

    def to_event(self) -> Thinking:
        return Thinking(thought=self.thought)


class Act(BaseModel):
    kind: Literal["tool", "human", "end"]
    name: str = ""

    def to_event(self) -> CallTool | Ask | Output:
        if self.kind == "tool":
            return CallTool(tool=self.name)
        if self.kind == "human":
            return Ask(question=self.name)
        return Output(text=self.name)


class Look(BaseModel):
    over: bool
    seen: str = ""

    def to_event(self) -> Thinking | Output:
        if self.over:
            return Output(text=self.seen)
        return Thinking(thought=self.seen)


@dataclass
class GuardedTool:
    name: str

    def get_permission(self, arguments: dict[str, Any]) -> Permit:
        return Permit(tool=self.name)

    async def execute(self, arguments: dict[str, Any]) -> str:
        return f"{self.name} {arguments}"


class Parser:
    """Stands for a model that gives objects of a class one asks for."""

    def __init__(self, script: dict[type[BaseModel], list[dict[str, Any]]]) -> None:
        self.script = script
        self.tools = [GuardedTool("shovel"), GuardedTool("rake")]
        self.said: list[str] = []

    def add_user_message(self, text: str) -> None:
        self.said.append(text)

    async def generate(self, schema: type[T]) -> T | None:
        lines = self.script.get(schema)
        if not lines:
            return None
        return schema.model_validate(lines.pop(0))

    def get_tool(self, name: str) -> GuardedTool:
        return next(tool for tool in self.tools if tool.name == name)


class Clerk(Workflow):
    """A child with a name of its own that tells what it does."""

    def __init__(self, name: str, says: str = "fine", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.says = says

    @step
    async def work(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(RunNote(name=self.name, msg="begins"))
        if "break" in ev.input:
            raise RuntimeError("broken")
        return StopEvent(result=self.says)


def make_analyst(**kwargs: Any) -> Clerk:
    return Clerk(name="analyst", **kwargs)


def make_critic(says: str) -> Clerk:
    return Clerk(name="critic", says=says)


class Announcing(Workflow):
    """A base with a mouth, and with a future that a person fills."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parent: Workflow | None = None
        self.waiting: asyncio.Future[str] | None = None

    def _announce(self, ctx: Context, sender: str, message: str = "", kind: str = "info", **more: Any) -> None:
        ctx.write_event_to_stream(Event(msg={"sender": sender, "kind": kind, "message": message, **more}))


class GetRows(Event):
    tables: dict[str, str]


class Rows(Event):
    table: str
    rows: list[int] = []


class Section(Event):
    text: str


class Written(Event):
    text: str


async def get_rows(flow: Any, ctx: Context, ev: GetRows) -> Rows | StopEvent:
    """What a step of the same name does."""
    if not ev.tables:
        return StopEvent(result="nothing to read")
    await ctx.store.set("tables", list(ev.tables))
    flow.log.append("read")
    return Rows(table="all", rows=[1, 2])


async def write_section(flow: Any, ctx: Context, ev: Section) -> Written:
    for attempt in range(3):
        try:
            text = flow.compose(ev.text, attempt)
            return Written(text=text)
        except ValueError:
            flow.log.append("again")
            continue
    return Written(text="no text")


@dataclass
class Harbour:
    """A stand-in for a service that a resource gives."""

    files: dict[str, str] = field(default_factory=dict)

    async def create(self, name: str) -> str:
        self.files[name] = name
        return name


def get_harbour(*args: Any, **kwargs: Any) -> Harbour:
    return Harbour()


async def make_search_tool(ctx: Context) -> FunctionTool:
    async def search_shelf(query: str) -> str:
        """Search the shelf."""
        ctx.write_event_to_stream(Token(delta=query))
        found = await ctx.store.get("found", default=[])
        await ctx.store.set("found", [*found, query])
        return query.upper()

    return FunctionTool.from_defaults(async_fn=search_shelf)


def create_step(**options: Any) -> Callable[[Any], Any]:
    """A step by another name."""

    def decorate(function: Any) -> Any:
        return step(**options)(function)

    return decorate


RUNS: dict[str, list[dict[str, Any]]] = {}
