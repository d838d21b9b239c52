"""A third set of constructs of public code, in our own words: each workflow class that was come across, plain or not.

Written before the inference was looked at for them; docs/graph.md tells what it found of them at first sight.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import uuid
from typing import Any, Literal

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
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tests.recording.scripted_models import EchoLLM, ScriptedLLM

from third_parts import (
    GetRows,
    ModelService,
    Rows,
    RunNote,
    Section,
    StepUpdate,
    ToolWithContext,
    Written,
    get_rows,
    make_analyst,
    make_critic,
    write_section,
)


class Errand(Event):
    query: str


class Planned(Event):
    parts: list[str]


class Ran(Event):
    results: str


class Broken(Event):
    error: str


class LastRan(Event):
    result: str


class Plan(BaseModel):
    parts: list[str] = Field(min_length=1)


def carry_out(part: str) -> str:
    return "error: " + part if part.startswith("!") else part.upper()


class Caretaker(Workflow):
    """One part of a plan after the other; after too many failures it begins again, which no annotation there says."""

    @step
    async def wrap(self, ctx: Context, ev: StartEvent) -> Errand:
        return Errand(query=ev.query)

    @step
    async def plan(self, ctx: Context, ev: Errand) -> Planned:
        await ctx.store.set("failed", 0)
        await ctx.store.set("at", 0)
        try:
            plan = Plan(parts=ev.query.split())
            await ctx.store.set("parts", plan.parts)
            return Planned(parts=plan.parts)
        except ValidationError as e:
            print("no plan", e)

    @step
    async def work(self, ctx: Context, ev: Planned | Ran | Broken) -> Ran | Broken | LastRan:
        if await ctx.store.get("failed") > 1:
            return Errand(query="easy")
        parts, at = await ctx.store.get("parts"), await ctx.store.get("at")
        if isinstance(ev, Planned):
            result = carry_out(parts[0])
            if "error:" in result:
                await ctx.store.set("failed", 1)
                return Broken(error=result)
            if len(parts) > 1:
                await ctx.store.set("at", 1)
                return Ran(results=result)
            else:
                return LastRan(result=result)
        if isinstance(ev, Broken):
            commands: list[str] = []
            while len(commands) == 0:
                try:
                    commands = [parts[at]]
                except IndexError:
                    print("nothing")
            for command in commands:
                if "error:" in carry_out(command):
                    await ctx.store.set("failed", await ctx.store.get("failed") + 1)
                    return Broken(error=command)
            return LastRan(result="mended")
        if isinstance(ev, Ran):
            if parts.index(parts[at]) + 1 < len(parts):
                await ctx.store.set("at", at + 1)
                return Ran(results=ev.results + parts[at])
            return LastRan(result=ev.results)

    @step
    async def tell(self, ctx: Context, ev: LastRan) -> StopEvent:
        return StopEvent(result=str(ev.result))


class Cleaned(Event):
    query: str


class Found(Event):
    pairs: list[tuple[str, str]]


class Unique(Event):
    pairs: list[tuple[str, str]]


class Questions(Workflow):
    """One after the other; what they need is imported in the steps."""

    @step
    async def clean(self, ev: StartEvent) -> Cleaned:
        from textwrap import dedent

        return Cleaned(query=dedent(ev.query))

    @step
    async def find(self, ev: Cleaned, ctx: Context) -> Found:
        await ctx.store.set("query", ev.query)
        return Found(pairs=[(ev.query, "a"), (ev.query, "a")])

    @step
    async def unique(self, ev: Found) -> Unique:
        seen = set()
        kept = []
        for pair in ev.pairs:
            if pair[1] in seen:
                continue
            seen.add(pair[1])
            kept.append(pair)
        return Unique(pairs=kept)

    @step
    async def reply(self, ev: Unique, ctx: Context) -> StopEvent:
        return StopEvent(result=(await ctx.store.get("query"), ev.pairs))


class LogLine(Event):
    msg: str


class Task(StartEvent):
    task: str


class Picture(Event):
    url: str


class Press(Event):
    action: str
    params: dict


class Pressed(Event):
    result: dict


class Over(StopEvent):
    response: str
    history: list[dict]


class Decision(BaseModel):
    action: str
    complete: bool


async def take_picture(ctx: Context) -> str:
    return f"picture {len(await ctx.store.get('history', default=[]))}"


async def press(ctx: Context, action: str, params: dict) -> dict:
    return {"success": action != "jam", "message": action}


class Machine(Workflow):
    """Looks, decides, acts and looks again; functions beside the class are handed the context."""

    def __init__(self, timeout: float | None = 300.0, verbose: bool = False) -> None:
        super().__init__(timeout=timeout, verbose=verbose)
        self.llm = EchoLLM()

    @step
    async def begin(self, ctx: Context, ev: Task) -> Picture:
        ctx.write_event_to_stream(LogLine(msg=f"begin {ev.task}"))
        await ctx.store.set("task", ev.task)
        await ctx.store.set("history", [])
        return Picture(url=await take_picture(ctx))

    @step
    async def look(self, ctx: Context, ev: Picture) -> Press | Over:
        history = await ctx.store.get("history", default=[])
        decision: Decision = Decision(action=await ctx.store.get("task"), complete=len(history) > 1)
        ctx.write_event_to_stream(LogLine(msg=decision.action))
        if decision.complete:
            return Over(response="complete", history=history)
        return Press(action=decision.action, params={"x": 1})

    @step
    async def act(self, ctx: Context, ev: Press) -> Pressed:
        result = await press(ctx, ev.action, ev.params)
        ctx.write_event_to_stream(LogLine(msg=f"{result['message']}"))
        history = await ctx.store.get("history", default=[])
        history.append(result)
        await ctx.store.set("history", history)
        return Pressed(result=result)

    @step
    async def check(self, ctx: Context, ev: Pressed) -> Picture | Over:
        if not ev.result["success"]:
            return Over(response="failed", history=await ctx.store.get("history", default=[]))
        return Picture(url=await take_picture(ctx))


class CurationNeeded(Event):
    candidates: list[str]


class TurnStart(StartEvent):
    message: str
    models: list[str] = []
    run: str = ""


class Asked(Event):
    pass


class Collected(Event):
    count: int


class Curated(Event):
    text: str


class WentWrong(Event):
    error: str


class ChatTurn(Workflow):
    """Each step tells of its begin and its end; a person fills a future that is kept on the workflow."""

    def __init__(self, verbose: bool = False, timeout: float | None = None, **kwargs: Any) -> None:
        super().__init__(verbose=verbose, timeout=timeout, **kwargs)
        self.open: dict[str, asyncio.Future] = {}

    @step
    async def take(self, ctx: Context, ev: TurnStart) -> Asked:
        step_name = "take"
        ctx.write_event_to_stream(StepUpdate(step_name=step_name, status="started"))
        await ctx.store.set("message", ev.message)
        await ctx.store.set("models", ev.models)
        if ev.run:
            await ctx.store.set("run", ev.run)
        return Asked()

    @step
    async def ask_models(self, ctx: Context, ev_asked: Asked) -> Collected:
        models = await ctx.store.get("models", default=[])
        service = ModelService()
        texts = await service.answers(ctx=ctx, text=await ctx.store.get("message"), models=models)
        if not models:
            ctx.write_event_to_stream(StepUpdate(step_name="ask_models", status="skipped", data={"why": "none"}))
        await ctx.store.set("texts", texts)
        return Collected(count=len(texts))

    @step
    async def curate(self, ctx: Context, ev: Collected) -> Curated:
        texts = await ctx.store.get("texts", default=[])
        run = await ctx.store.get("run", default="")
        chosen = "none"
        future: asyncio.Future | None = None
        if not run:
            ctx.write_event_to_stream(WentWrong(error="no run"))
            return Curated(text=chosen)
        if not texts:
            ctx.write_event_to_stream(StepUpdate(step_name="curate", status="skipped"))
        else:
            future = asyncio.Future()
            self.open[run] = future
            ctx.write_event_to_stream(CurationNeeded(candidates=texts))
            try:
                asyncio.get_running_loop().call_soon(future.set_result, texts[0])
                chosen = await future
            except asyncio.CancelledError:
                chosen = "cancelled"
            finally:
                if run in self.open:
                    del self.open[run]
        return Curated(text=chosen)

    @step
    async def stop_event(self, ctx: Context, ev: Curated) -> StopEvent:
        output = {"text": ev.text}
        return StopEvent(result=output)

    async def on_error(self, error: Exception, event: Event) -> Event:
        return StopEvent(result={"error": str(error), "event": WentWrong(error=str(error))})


class AgentConfig(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: str
    tools: list[BaseTool] | None = None
    confirm: list[str] = Field(default_factory=list)


class Speak(Event):
    pass


class Distribute(Event):
    pass


class ToolCall(Event):
    tool_call: ToolSelection
    tools: list[Any]


class ToolDone(Event):
    text: str


class ToolRequest(InputRequiredEvent):
    tool_name: str
    tool_id: str


class ToolApproved(HumanResponseEvent):
    tool_name: str
    tool_id: str
    approved: bool
    response: str | None = None


class Going(Event):
    msg: str


def get_weed_tools() -> list[BaseTool]:
    async def pull_weeds(ctx: Context, bed: str) -> str:
        """Pull the weeds of a bed."""
        ctx.write_event_to_stream(LogLine(msg=bed))
        return f"no weeds in {bed}"

    return [ToolWithContext.from_defaults(async_fn=pull_weeds)]


def water(bed: str) -> str:
    """Water a bed."""
    return f"{bed} is wet"


def get_configs() -> list[AgentConfig]:
    return [
        AgentConfig(name="weeder", tools=get_weed_tools()),
        AgentConfig(name="waterer", tools=[FunctionTool.from_defaults(water)], confirm=["water"]),
    ]


class Concierge(Workflow):
    """Hands a person to one of several agents, whose tools may need an approval."""

    def __init__(self, reject: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reject = reject or "not approved"

    @step
    async def setup(self, ctx: Context, ev: StartEvent) -> Speak | Distribute:
        configs = ev.get("configs", default=get_configs())
        await ctx.store.set("configs", {config.name: config for config in configs})
        await ctx.store.set("calls", list(ev.get("calls", [])))
        await ctx.store.set("choice", ev.get("choice", "weeder"))
        await ctx.store.set("speaker", ev.get("speaker", ""))
        if ev.get("speaker"):
            return Speak()
        return Distribute(user_msg="hello")

    @step
    async def speak(self, ctx: Context, ev: Speak) -> ToolCall | ToolRequest | StopEvent:
        config: AgentConfig = (await ctx.store.get("configs"))[await ctx.store.get("speaker")]
        calls = await ctx.store.get("calls")
        await ctx.store.set("calls", [])
        if len(calls) == 0:
            return StopEvent(result=config.name)
        await ctx.store.set("number", len(calls))
        for name in calls:
            call = ToolSelection(tool_id=name, tool_name=name, tool_kwargs={"bed": "roses"})
            if name == "transfer":
                await ctx.store.set("speaker", None)
                ctx.write_event_to_stream(Going(msg="please hold"))
                return Distribute()
            elif name in config.confirm:
                ctx.write_event_to_stream(ToolRequest(prefix=f"{name}?", tool_name=name, tool_id=name))
            else:
                ctx.send_event(ToolCall(tool_call=call, tools=config.tools))

    @step
    async def approve(self, ctx: Context, ev: ToolApproved) -> ToolCall | ToolDone:
        if ev.approved:
            config = (await ctx.store.get("configs"))[await ctx.store.get("speaker")]
            call = ToolSelection(tool_id=ev.tool_id, tool_name=ev.tool_name, tool_kwargs={"bed": "roses"})
            return ToolCall(tools=config.tools, tool_call=call)
        else:
            return ToolDone(text=ev.response or self.reject)

    @step(num_workers=4)
    async def call(self, ctx: Context, ev: ToolCall) -> Speak:
        by_name = {tool.metadata.get_name(): tool for tool in ev.tools}
        tool = by_name.get(ev.tool_call.tool_name)
        try:
            if isinstance(tool, ToolWithContext):
                output = await tool.acall(ctx, **ev.tool_call.tool_kwargs)
            else:
                output = await tool.acall(**ev.tool_call.tool_kwargs)
            text = str(output.content)
        except Exception as e:
            text = f"error in tool: {e}"
        ctx.write_event_to_stream(Going(msg=text))
        return ToolDone(text=text)

    @step
    async def gather(self, ctx: Context, ev: ToolDone) -> Speak:
        results = ctx.collect_events(ev, [ToolDone] * await ctx.store.get("number"))
        if not results:
            return None
        return Speak()

    @step
    async def distribute(self, ctx: Context, ev: Distribute) -> Speak | StopEvent:
        chosen = await ctx.store.get("choice")
        if not chosen:
            return StopEvent(result="who?")
        await ctx.store.set("speaker", chosen)
        ctx.write_event_to_stream(Going(msg=chosen))
        return Speak()


class Input(Event):
    input: list[ChatMessage]


class Piece(Event):
    delta: str


class Code(Event):
    code: str


class Evaluator:
    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    def execute(self, code: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            value = self.names.get(code.strip(), 0)
        return f"{out.getvalue()}{value}"


class CodeRunner(Workflow):
    """A model writes code until it has enough; what it says is shown in pieces."""

    def __init__(self, execute: Any = None, timeout: float | None = 300.0, **kwargs: Any) -> None:
        super().__init__(timeout=timeout, **kwargs)
        self.execute = execute or Evaluator({"one": 1}).execute
        self.llm = ScriptedLLM(replies=["try <execute>one</execute>", "it is one"])

    def _parse(self, text: str) -> str | None:
        matches = re.findall(r"<execute>(.*?)</execute>", text, re.DOTALL)
        if matches:
            return "\n".join(matches)
        return None

    @step
    async def prepare(self, ctx: Context, ev: StartEvent) -> Input:
        memory = await ctx.store.get("memory", default=None)
        if not memory:
            memory = ChatMemoryBuffer.from_defaults(llm=self.llm)
        user_input = ev.get("user_input")
        if user_input is None:
            raise ValueError("user_input is required")
        memory.put(ChatMessage(role="user", content=user_input))
        await ctx.store.set("memory", memory)
        return Input(input=memory.get())

    @step
    async def answer(self, ctx: Context, ev: Input) -> Code | StopEvent:
        last = None
        async for response in await self.llm.astream_chat(ev.input):
            ctx.write_event_to_stream(Piece(delta=response.delta or ""))
            last = response
        if last is None:
            raise RuntimeError("nothing was said")
        code = self._parse(last.message.content)
        if not code:
            return StopEvent(result=str(last.message.content))
        else:
            return Code(code=code)

    @step
    async def run_code(self, ctx: Context, ev: Code) -> Input:
        ctx.write_event_to_stream(ev)
        output = self.execute(ev.code)
        memory = await ctx.store.get("memory")
        memory.put(ChatMessage(role="assistant", content=output))
        return Input(input=memory.get())


class Began(Event):
    msg: str


class Reading(Event):
    msg: str


class Manual(Workflow):
    """All in one step."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.llm = EchoLLM()

    @step()
    async def answer(self, ev: StartEvent, ctx: Context) -> StopEvent:
        ctx.write_event_to_stream(Began(msg="starting"))
        if isinstance(ev, StartEvent):
            question = ev.input
        ctx.write_event_to_stream(Reading(msg="reading"))
        text = ""
        async for chunk in await self.llm.astream_complete(question):
            text += chunk.delta or ""
            ctx.write_event_to_stream(Piece(delta=chunk.delta or ""))
        return StopEvent(result={"response": text})


class PlanIt(Event):
    pass


class Research(Event):
    id: str
    question: str


class Answered(Event):
    question: str
    answer: str


class ReportIt(Event):
    pass


class Shown(Event):
    type: str
    data: dict[str, Any]


class Verdict(BaseModel):
    decision: Literal["research", "write", "cancel"]
    questions: list[str] | None = Field(default_factory=list)


class DeepDive(Workflow):
    """Plans, answers and plans again, until it writes or gives up."""

    stream: bool = True

    @step
    async def retrieve(self, ctx: Context, ev: StartEvent) -> PlanIt:
        self.stream = ev.get("stream", True)
        await ctx.store.set("request", ev.get("user_msg"))
        await ctx.store.set("notes", [])
        ctx.write_event_to_stream(Shown(type="ui", data={"state": "done"}))
        return PlanIt()

    @step
    async def analyze(self, ctx: Context, ev: PlanIt) -> Research | ReportIt | StopEvent:
        total = await ctx.store.get("total", default=0)
        verdict = await self._verdict(await ctx.store.get("request"), total)
        if verdict.decision == "cancel":
            ctx.write_event_to_stream(Shown(type="ui", data={"state": "cancel"}))
            return StopEvent(result="cancelled")
        elif verdict.decision == "write":
            if total == 0:
                return StopEvent(result="not enough")
            ctx.send_event(ReportIt())
        else:
            questions = verdict.questions or []
            await ctx.store.set("total", total + len(questions))
            for question in questions:
                ctx.send_event(Research(id=str(uuid.uuid4()), question=question))
        ctx.write_event_to_stream(Shown(type="ui", data={"state": "analyzed"}))
        return None

    @step(num_workers=2)
    async def answer(self, ctx: Context, ev: Research) -> Answered:
        try:
            answer = await self._answer(ev.question)
        except Exception as e:
            answer = str(e)
        return Answered(question=ev.question, answer=answer)

    @step
    async def collect(self, ctx: Context, ev: Answered) -> PlanIt:
        notes = await ctx.store.get("notes")
        notes.append(ev.answer)
        if len(notes) < await ctx.store.get("total"):
            return None
        return PlanIt()

    @step
    async def report(self, ctx: Context, ev: ReportIt) -> StopEvent:
        ctx.write_event_to_stream(Written(text="\n".join(await ctx.store.get("notes"))))
        return StopEvent(result="")

    async def _verdict(self, request: str, total: int) -> Verdict:
        if request == "no":
            return Verdict(decision="cancel")
        if total >= 2 or request == "now":
            return Verdict(decision="write")
        return Verdict(decision="research", questions=["what?", "why?"])

    async def _answer(self, question: str) -> str:
        return question.upper()


class StatusReport(Workflow):
    """Its steps are written in other files, as functions of the same names that are handed the workflow."""

    sections = {"SUMMARY": "summary", "NEXT": "next"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log: list[str] = []

    def is_aborted(self, name: str) -> bool:
        return name == "abort"

    def compose(self, text: str, attempt: int) -> str:
        if attempt == 0:
            raise ValueError("badly written")
        return text * attempt

    @step
    async def start_report(self, ctx: Context, ev: StartEvent) -> GetRows | StopEvent:
        await ctx.store.set("name", ev.name)
        if self.is_aborted(ev.name):
            return StopEvent(result="aborted")
        return GetRows(tables=self.sections if ev.name != "empty" else {})

    @step
    async def get_rows(self, ctx: Context, event: GetRows) -> Rows | StopEvent:
        if self.is_aborted(await ctx.store.get("name")):
            return StopEvent(result="aborted")
        return await get_rows(self, ctx, event)

    @step
    async def split(self, ctx: Context, ev: Rows) -> Section | StopEvent | None:
        for key in self.sections:
            ctx.send_event(Section(text=self.sections[key]))
        await ctx.store.set("length", len(self.sections))

    @step
    async def write_section(self, ctx: Context, event: Section) -> Written | StopEvent:
        return await write_section(self, ctx, event)

    @step
    async def join(self, ctx: Context, ev: Written) -> StopEvent | None:
        ready = ctx.collect_events(ev, [Written] * await ctx.store.get("length"))
        if ready is None:
            return None
        return StopEvent(result=[one.text for one in ready])


class Search(Event):
    query: str


class Combine(Event):
    pass


class Analyze(Event):
    input: str


class Critique(Event):
    input: str


class ReportText(Event):
    input: str


class Insights(Workflow):
    """Children that functions of another file make; what they show is passed on."""

    def __init__(self, queries: int = 2, timeout: float = 100, rounds: int = 1) -> None:
        super().__init__(timeout=timeout)
        self.queries = queries
        self.rounds = rounds

    @step()
    async def start(self, ctx: Context, ev: StartEvent) -> Search:
        await ctx.store.set("task", ev.input)
        for query in (await self._queries(ev.input))[: self.queries]:
            ctx.send_event(Search(query=query))
        return None

    @step(num_workers=3)
    async def search(self, ctx: Context, ev: Search) -> Combine:
        result = await self.run_agent(ctx, make_analyst(), ev.query)
        async with ctx.store.edit_state() as state:
            state["found"] = [*state.get("found", []), result]
        return Combine()

    @step()
    async def combine(self, ctx: Context, ev: Combine) -> Analyze:
        found = await ctx.store.get("found", default=[])
        if len(found) < self.queries:
            ctx.write_event_to_stream(LogLine(msg="waiting for more"))
            return None
        await ctx.store.set("round", 0)
        return Analyze(input="")

    @step()
    async def analyze(self, ctx: Context, ev: Analyze) -> Critique | ReportText:
        number = await ctx.store.get("round")
        if number >= self.rounds:
            return ReportText(input="enough")
        await ctx.store.set("round", number + 1)
        return Critique(input=ev.input)

    @step()
    async def critique(self, ctx: Context, ev: Critique) -> Analyze | ReportText:
        task = await ctx.store.get("task")
        verdict = await self.run_agent(ctx, make_critic("good" if task == "easy" else "bad"), "look")
        if verdict == "good":
            return ReportText(input=verdict)
        return Analyze(input=verdict)

    @step()
    async def report(self, ctx: Context, ev: ReportText) -> StopEvent:
        try:
            result = await self.run_agent(ctx, make_analyst(says="report"), await ctx.store.get("task"))
            return StopEvent(result=result)
        except Exception as e:
            ctx.write_event_to_stream(WentWrong(error=str(e)))
            return StopEvent(result=None)

    async def run_agent(self, ctx: Context, agent: Workflow, input: str) -> Any:
        try:
            handler = agent.run(input=input, streaming=False)
            async for event in handler.stream_events():
                if type(event) is not StopEvent:
                    ctx.write_event_to_stream(event)
            return await handler
        except Exception as e:
            ctx.write_event_to_stream(RunNote(name="?", msg=str(e)))
            raise

    async def _queries(self, task: str) -> list[str]:
        return [f"{task} {n}" if task != "break" else str(n) for n in range(5)]


RUNS: dict[str, list[dict[str, Any]]] = {
    "Caretaker": [{"query": "a b c"}, {"query": "a"}, {"query": "! b"}],
    "Questions": [{"query": "q"}],
    "Machine": [{"task": "push"}, {"task": "jam"}],
    "ChatTurn": [{"message": "a b", "models": ["x", "y"], "run": "r"}, {"message": "a", "run": "r"}, {"message": "a"}],
    "Concierge": [
        {"calls": ["pull_weeds"]}, {"speaker": "weeder", "calls": ["transfer"]}, {"choice": ""},
        {"speaker": "waterer", "calls": ["water"],
         "answers": [{"tool_name": "water", "tool_id": "water", "approved": True}]},
        {"speaker": "waterer", "calls": ["water"],
         "answers": [{"tool_name": "water", "tool_id": "water", "approved": False}]},
    ],
    "CodeRunner": [{"user_input": "one?"}],
    "Manual": [{"input": "what is it"}],
    "DeepDive": [{"user_msg": "bees"}, {"user_msg": "no"}, {"user_msg": "now"}],
    "StatusReport": [{"name": "a"}, {"name": "abort"}, {"name": "empty"}],
    "Insights": [{"input": "easy"}, {"input": "hard"}, {"input": "break"}],
}  # fmt: skip
