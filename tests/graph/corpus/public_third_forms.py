"""Of the third set: forms, papers, stories, tables, and agents built from steps.

Written before the inference was looked at for it, as public_third.py was.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from typing import Any, Union

from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import BaseTool, FunctionTool, ToolSelection
from llama_index.core.workflow import (
    Context,
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StopEvent,
    Workflow,
    step,
)
from pydantic import BaseModel
from tests.recording.scripted_models import ScriptedLLM

from third_parts import (
    Act,
    Announcing,
    Answer,
    Ask,
    CallTool,
    Look,
    Outcome,
    Output,
    Parser,
    Permit,
    Permitted,
    Thinking,
    Thought,
)


class Input(Event):
    input: list[ChatMessage]


def water(bed: str) -> str:
    """Water a bed."""
    return f"{bed} is wet"


class ParseForm(Event):
    form: str


class Generate(Event):
    pass


class Query(Event):
    query: str
    field: str


class Response(Event):
    response: str


class Feedback(Event):
    feedback: str


class FormFiller(Workflow):
    """Fills in a form and asks a person how it looks, with the engine's own classes."""

    folder = "./forms"
    fields: list[str]

    @step
    async def set_up(self, ctx: Context, ev: StartEvent) -> ParseForm:
        if not ev.form:
            raise ValueError("no form")
        return ParseForm(form=ev.form)

    @step
    async def parse_form(self, ctx: Context, ev: ParseForm) -> Generate:
        await ctx.store.set("fields", json.loads(json.dumps(ev.form.split())))
        return Generate()

    @step
    async def generate(self, ctx: Context, ev: Generate | Feedback) -> Query:
        fields = await ctx.store.get("fields")
        for field in fields:
            question = f"what of {field}?"
            if hasattr(ev, "feedback"):
                question += ev.feedback
            ctx.send_event(Query(field=field, query=question))
        await ctx.store.set("total", len(fields))
        return

    @step
    async def ask(self, ctx: Context, ev: Query) -> Response:
        return Response(field=ev.field, response=ev.query.upper())

    @step
    async def fill_in(self, ctx: Context, ev: Response) -> InputRequiredEvent:
        responses = ctx.collect_events(ev, [Response] * await ctx.store.get("total"))
        if responses is None:
            return None
        text = "\n".join(r.field + r.response for r in responses)
        await ctx.store.set("form", text)
        return InputRequiredEvent(prefix="How does this look?", result=text)

    @step
    async def take_feedback(self, ctx: Context, ev: HumanResponseEvent) -> Feedback | StopEvent:
        verdict = "OKAY" if "ok" in ev.response else "FEEDBACK"
        if verdict == "OKAY":
            return StopEvent(result=await ctx.store.get("form"))
        else:
            return Feedback(feedback=ev.response)


class Paper(Event):
    title: str


class Judged(Event):
    title: str
    relevant: bool


class Summarised(Event):
    path: str


class Papers(Announcing):
    """Speaks through its base; the number of what it waits for is in the state."""

    wid: uuid.UUID | None = uuid.uuid4()

    def __init__(self, wid: uuid.UUID | None = None, *args: Any, **kwargs: Any) -> None:
        self.wid = wid
        super().__init__(*args, **kwargs)

    @step
    async def discover(self, ctx: Context, ev: StartEvent) -> Paper:
        async with ctx.store.edit_state() as state:
            state["topic"] = ev.topic
        self._announce(ctx, "discover", message=f"searching {ev.topic}")
        papers = list({title: title for title in ev.topic.split()}.values())
        async with ctx.store.edit_state() as state:
            state["n"] = len(papers)
        for paper in papers:
            ctx.send_event(Paper(title=paper))

    @step(num_workers=2)
    async def judge(self, ctx: Context, ev: Paper) -> Judged:
        return Judged(title=ev.title, relevant=len(ev.title) > 1)

    @step
    async def keep(self, ctx: Context, ev: Judged) -> Summarised:
        ready = ctx.collect_events(ev, [Judged] * await ctx.store.get("n"))
        if ready is None:
            return None
        best = sorted((e for e in ready if e.relevant), key=lambda e: e.title, reverse=True)[:3]
        self._announce(ctx, "keep", message=" | ".join(e.title for e in best))
        return Summarised(path=best[0].title)

    @step
    async def finish(self, ctx: Context, ev: Summarised) -> StopEvent:
        return StopEvent(result=ev.path)


class PapersDummy(Announcing):
    @step
    async def first(self, ev: StartEvent) -> Summarised:
        return Summarised(path="dummy")

    @step
    async def last(self, ev: Summarised) -> StopEvent:
        return StopEvent(result="dummy")


SERIES = {"a": "1M", "b": "1Y"}


class Fetch(Event):
    id: str
    label: str


class Fetched(Event):
    id: str
    error: str | None


class Curve(Workflow):
    """Sends all, and returns one more for the annotation's sake."""

    def __init__(self) -> None:
        super().__init__()
        self.values = {"a": 1.0}

    @step
    async def dispatch(self, ctx: Context, ev: StartEvent) -> Fetch:
        await ctx.store.set("count", len(SERIES) + 1)
        for id, label in SERIES.items():
            ctx.send_event(Fetch(id=id, label=label))
        return Fetch(id="dummy", label="dummy")

    @step
    async def fetch(self, ev: Fetch) -> Fetched:
        if ev.id == "dummy":
            return Fetched(id="dummy", error="dummy")
        value = self.values.get(ev.id)
        if value is not None:
            return Fetched(id=ev.id, error=None)
        else:
            return Fetched(id=ev.id, error="no data")

    @step
    async def combine(self, ctx: Context, ev: Fetched) -> Outcome | None:
        results = ctx.collect_events(ev, [Fetched] * await ctx.store.get("count"))
        if results is None:
            return None
        found = {}
        for result in results:
            if result.error is not None:
                continue
            found[result.id] = 1
        return Outcome.success_result(data=found, labels=list(found))


class Subtopic(Event):
    subtopic: str


class Material(Event):
    text: str


class AllMaterial(Event):
    text: str


class StoryDraft(Event):
    text: str


class Comment(Event):
    text: str


class FinalStory(Event):
    text: str


class Publisher(Workflow):
    """Research in parallel, a draft, an editor, a final version."""

    @step
    async def research(self, ctx: Context, ev: StartEvent) -> Subtopic:
        subtopics = {"one": ev.query, "two": ev.query * 2}
        await ctx.store.set("number", len(subtopics))
        for subtopic in subtopics.values():
            ctx.send_event(Subtopic(subtopic=subtopic))

    @step(num_workers=3)
    async def subtopic(self, ctx: Context, ev: Subtopic) -> Material:
        return Material(text=ev.subtopic)

    @step
    async def combine(self, ctx: Context, ev: Material) -> AllMaterial:
        material = ctx.collect_events(ev, [Material] * await ctx.store.get("number"))
        if material is None:
            return None
        material = "\n".join(one.text for one in material)
        return AllMaterial(text=material)

    @step
    async def write(self, ctx: Context, ev: AllMaterial | Comment) -> StoryDraft | FinalStory:
        if isinstance(ev, AllMaterial):
            await ctx.store.set("draft", ev.text)
            return StoryDraft(text=ev.text)
        else:
            draft = await ctx.store.get("draft")
            return FinalStory(text=draft + ev.text)

    @step
    async def edit(self, ctx: Context, ev: StoryDraft) -> Comment:
        return Comment(text="shorter")

    @step
    async def publish(self, ctx: Context, ev: FinalStory) -> StopEvent:
        return StopEvent(result=ev.text)


class Schema(Event):
    query: str


class Sql(Event):
    sql: str


class Checked(Event):
    sql: str
    valid: bool


class Executed(Event):
    rows: list[Any]


class TextToSql(Workflow):
    """A line of steps with a way out in one of them."""

    @step
    async def schema(self, ev: StartEvent) -> Schema:
        return Schema(query=ev.query)

    @step
    async def generate(self, ev: Schema) -> Sql:
        try:
            thought, sql = "mock", f"SELECT {ev.query}"
        except Exception as e:
            thought, sql = str(e), "SELECT 1"
        return Sql(sql=sql, thought=thought)

    @step
    async def check(self, ev: Sql) -> Checked:
        if "drop" in ev.sql:
            return Checked(sql=ev.sql, valid=await asyncio.to_thread(lambda: False))
        return Checked(sql=ev.sql, valid=True)

    @step
    async def execute(self, ev: Checked) -> Union[Executed, StopEvent]:
        if not ev.valid:
            return StopEvent(result={"success": False})
        try:
            if "0" in ev.sql:
                raise ZeroDivisionError
            return Executed(rows=[1])
        except Exception as e:
            return StopEvent(result={"error": str(e)})

    @step
    async def tell(self, ev: Executed) -> StopEvent:
        return StopEvent(result=ev.rows)


class ToolCalls(Event):
    tool_calls: list[ToolSelection]


def run_tool(by_name: dict[str, BaseTool], call: ToolSelection) -> ChatMessage:
    tool = by_name.get(call.tool_name)
    content = tool(**call.tool_kwargs).content if tool else "no such tool"
    return ChatMessage(role="tool", content=content, additional_kwargs={"tool_call_id": call.tool_id})


class Chat(Workflow):
    """The agent that tutorials build from steps: a model, its tools, and back."""

    def __init__(self, *args: Any, llm: Any = None, tools: list[BaseTool] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tools = tools or [FunctionTool.from_defaults(water)]
        self.llm = llm or ScriptedLLM(replies=[("water", {"bed": "tulips"}), "All is wet."])

    @step
    async def prepare(self, ctx: Context, ev: StartEvent) -> Input:
        memory = await ctx.store.get("memory", default=None)
        if not memory:
            memory = ChatMemoryBuffer.from_defaults(llm=self.llm)
        await memory.aput(ChatMessage(role="user", content=str(ev.input)))
        await ctx.store.set("memory", memory)
        return Input(input=await memory.aget())

    @step
    async def ask(self, ctx: Context, ev: Input) -> ToolCalls | StopEvent:
        response = await self.llm.achat_with_tools(self.tools, chat_history=ev.input)
        memory = await ctx.store.get("memory")
        await memory.aput(response.message)
        calls = self.llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
        if not calls:
            return StopEvent(result=str(response.message.content))
        return ToolCalls(tool_calls=calls)

    @step
    async def call_tools(self, ctx: Context, ev: ToolCalls) -> Input:
        by_name = {tool.metadata.get_name(): tool for tool in self.tools}
        memory = await ctx.store.get("memory")
        for message in [run_tool(by_name, call) for call in ev.tool_calls]:
            await memory.aput(message)
        return Input(input=await memory.aget())


class Prompted(Event):
    prompt: str


class ToolResult(Event):
    tool: str
    result: str


class Mode(BaseModel):
    mode: str = "ask"


class Reasoner(Workflow):
    """A model gives objects of a class it is told, and these know their events."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.llm = Parser(
            {
                Thought: [{"thought": "t"}] * 9,
                Act: [{"kind": "tool", "name": "rake"}, {"kind": "human", "name": "how?"}, {"kind": "end"}] * 3,
                Look: [{"over": False}, {"over": True, "seen": "all"}] * 3,
            }
        )

    @step
    async def think(self, ev: StartEvent | Prompted, ctx: Context[Mode]) -> Thinking | Output:
        if isinstance(ev, StartEvent):
            async with ctx.store.edit_state() as state:
                state.mode = ev.mode
        self.llm.add_user_message(ev.prompt)
        response = await self.llm.generate(schema=Thought)
        if response is not None:
            event = response.to_event()
            ctx.write_event_to_stream(event)
            return event
        return Output(error="no thought")

    @step
    async def act(self, ev: Thinking, ctx: Context[Mode]) -> CallTool | Output | Ask:
        response = await self.llm.generate(schema=Act)
        if response is not None:
            event = response.to_event()
            if not isinstance(event, (Output, Ask)):
                ctx.write_event_to_stream(event)
            return event
        return Output(error="no action")

    @step
    async def call_tool(self, ev: CallTool, ctx: Context[Mode]) -> Permit | ToolResult:
        state = await ctx.store.get_state()
        tool = self.llm.get_tool(ev.tool)
        if state.mode == "bypass":
            result = await tool.execute(ev.arguments)
            event = ToolResult(tool=ev.tool, result=result)
            ctx.write_event_to_stream(event)
        else:
            event = tool.get_permission(ev.arguments)
        return event

    @step
    async def permitted(self, ev: Permitted, ctx: Context[Mode]) -> ToolResult | Prompted:
        if ev.allow:
            tool = self.llm.get_tool("rake")
            event = ToolResult(tool="rake", result=await tool.execute({}))
        else:
            event = Prompted(prompt="think of something else")
        ctx.write_event_to_stream(event)
        return event

    @step
    async def answered(self, ev: Answer, ctx: Context[Mode]) -> Prompted:
        event = Prompted(prompt=f"answered {ev.answer}")
        ctx.write_event_to_stream(event)
        return event

    @step
    async def observe(self, ev: ToolResult, ctx: Context[Mode]) -> Thinking | Output:
        response = await self.llm.generate(schema=Look)
        if response is not None:
            event = response.to_event()
            ctx.write_event_to_stream(event)
            return event
        return Output(error="nothing seen")


class Hello(Event):
    hello: str


class Simple(Workflow):
    @step
    async def start_step(self, event: StartEvent) -> Hello:
        hello: str = event.hello
        return Hello(hello=hello)

    @step
    async def some_step(self, event: Hello) -> StopEvent:
        return StopEvent(result=f"{event.hello} -> Result")


class AggregateStart(StartEvent):
    reviews: list[str]


class Aggregated(StopEvent):
    reviews: list[str]


class Aggregate(Workflow):
    """One step with events of its own at both ends."""

    def __init__(self, timeout: int | None = None, size: int = 2, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, timeout=timeout, **kwargs)
        self.size = size

    @step
    async def aggregate(self, ctx: Context, ev: AggregateStart) -> Aggregated:
        if not ev.reviews:
            return Aggregated(reviews=[])
        kept: list[str] = []
        for start in range(0, len(ev.reviews), self.size):
            batch = ev.reviews[start : start + self.size]
            try:
                kept.extend(one.strip() for one in batch)
            except Exception:
                kept.extend(random.sample(batch, 1))
        return Aggregated(reviews=kept)


RUNS: dict[str, list[dict[str, Any]]] = {
    "FormFiller": [{"form": "name age", "answers": [{"response": "longer"}, {"response": "ok"}]}],
    "Papers": [{"topic": "bees and ants"}],
    "PapersDummy": [{}],
    "Curve": [{}],
    "Publisher": [{"query": "sea"}],
    "TextToSql": [{"query": "1"}, {"query": "drop"}, {"query": "0"}],
    "Chat": [{"input": "water the tulips"}],
    "Reasoner": [
        {"prompt": "p", "mode": "bypass", "answers": [{"answer": "so"}]},
        {"prompt": "p", "mode": "ask",
         "answers": [{"tool": "rake", "allow": True}, {"answer": "so"}]},
        {"prompt": "p", "mode": "ask",
         "answers": [{"tool": "rake", "allow": False}, {"answer": "so"}]},
    ],
    "Simple": [{"hello": "h"}],
    "Aggregate": [{"reviews": ["a", "b ", "c"]}, {"reviews": []}],
}  # fmt: skip
