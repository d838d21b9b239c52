"""The last part of the third set: agents and tools in steps, people in loops, steps that are made in other ways.

Written before the inference was looked at for it, as public_third.py was.
"""

import asyncio
import uuid
from typing import Annotated, Any

from llama_index.core.agent.react.types import ActionReasoningStep, ObservationReasoningStep, ResponseReasoningStep
from llama_index.core.agent.workflow import AgentOutput, AgentWorkflow, FunctionAgent, ToolCall, ToolCallResult
from llama_index.core.tools import FunctionTool, ToolMetadata
from llama_index.core.tools.utils import create_schema_from_function
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
from workflows import catch_error
from workflows.events import StepFailedEvent
from workflows.resource import Resource
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed

from third_parts import Clerk, RunNote, create_step, make_search_tool


class Prep(Event):
    pass


class Input(Event):
    input: list[str]


class StreamPiece(Event):
    delta: str


class Reasoning(Event):
    reasoning: str


class UseTools(Event):
    names: list[str]


def add(x: int = 1, y: int = 2) -> int:
    """Add."""
    return x + y


class React(Workflow):
    """Reason, act, observe; what a model says may not be readable."""

    MAX = "max"

    def __init__(self, *args: Any, tools: list[FunctionTool] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tools = tools or [FunctionTool.from_defaults(add)]
        self.rounds = 0

    def parse(self, text: str) -> ActionReasoningStep | ResponseReasoningStep | ObservationReasoningStep:
        if text.startswith("Action"):
            return ActionReasoningStep(thought="t", action=text.split()[1], action_input={})
        if text.startswith("Answer"):
            return ResponseReasoningStep(thought="t", response=text)
        raise ValueError("unreadable")

    @step
    async def new_message(self, ctx: Context, ev: StartEvent) -> Prep:
        await ctx.store.set("script", list(ev.script))
        await ctx.store.set("reasoning", [])
        self.rounds = 0
        return Prep()

    @step
    async def prepare(self, ctx: Context, ev: Prep) -> Input:
        self.rounds += 1
        if self.rounds > 4:
            return StopEvent(result={React.MAX: self.rounds})
        script = await ctx.store.get("script")
        await ctx.store.set("script", script[1:])
        return Input(input=script[:1])

    @step
    async def handle_input(self, ctx: Context, ev: Input) -> UseTools | StopEvent | Prep:
        reasoning = await ctx.store.get("reasoning", default=[])
        response = ev.input[0] if ev.input else ""
        if not response:
            return Prep()
        ctx.write_event_to_stream(StreamPiece(delta=response))
        try:
            step_ = self.parse(response)
            reasoning.append(step_)
            if isinstance(step_, ActionReasoningStep):
                ctx.write_event_to_stream(Reasoning(reasoning=step_.action))
            elif isinstance(step_, ObservationReasoningStep):
                ctx.write_event_to_stream(Reasoning(reasoning=step_.observation))
            if step_.is_done:
                return StopEvent(result={"response": step_.response, "reasoning": len(reasoning)})
            elif isinstance(step_, ActionReasoningStep):
                return UseTools(names=[step_.action])
        except Exception as e:
            if "Final" in response:
                try:
                    return StopEvent(result=response)
                except Exception as inner:
                    _ = inner
            ctx.write_event_to_stream(Event(msg=f"unreadable: {e}"))
        return Prep()

    @step
    async def handle_tools(self, ctx: Context, ev: UseTools) -> Prep:
        by_name = {tool.metadata.get_name(): tool for tool in self.tools}
        for name in ev.names:
            tool = by_name.get(name)
            if not tool:
                ctx.write_event_to_stream(Reasoning(reasoning=f"no {name}"))
                continue
            try:
                output = tool()
                ctx.write_event_to_stream(Reasoning(reasoning=output.content))
            except Exception as e:
                ctx.write_event_to_stream(Reasoning(reasoning=str(e)))
        return Prep()


class RouteTools(Event):
    pass


class CallTools(Event):
    names: list[str]


class FinalAnswer(Event):
    pass


class RetrievalStart(StartEvent):
    query: str


class RetrievalStop(StopEvent):
    response: str
    found: list[str]


def handoff() -> None:
    """Hand off to whoever writes."""
    return


class Retrieval(Workflow):
    """Its tools are made for the run, and keep the context."""

    def __init__(self, *args: Any, tools: list[FunctionTool] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tools = tools or []
        self.tools.append(FunctionTool.from_defaults(handoff))

    @step
    async def prepare(self, ctx: Context, ev: RetrievalStart) -> RouteTools:
        self.tools.append(await make_search_tool(ctx))
        await ctx.store.set("calls", ["search_shelf", "", "handoff"])
        return RouteTools(input=ev.query)

    @step
    async def route(self, ctx: Context, ev: RouteTools) -> RouteTools | CallTools | FinalAnswer:
        name, *rest = await ctx.store.get("calls")
        await ctx.store.set("calls", rest)
        if any([call == "handoff" for call in [name]]):
            return FinalAnswer()
        if not name:
            return RouteTools(input="you must call a tool")
        else:
            return CallTools(names=[name])

    @step
    async def call(self, ctx: Context, ev: CallTools) -> RouteTools | FinalAnswer:
        by_name = {tool.metadata.get_name(): tool for tool in self.tools}
        for name in ev.names:
            tool: FunctionTool = by_name.get(name)
            if not tool:
                continue
            try:
                await tool.acall(query="bees")
            except Exception as e:
                print(e)
        return RouteTools(input="again")

    @step
    async def answer(self, ctx: Context, ev: FinalAnswer) -> RetrievalStop:
        for part in ["one [a] ", "two"]:
            if part:
                ctx.write_event_to_stream(StreamPiece(delta=part))
        return RetrievalStop(response="", found=await ctx.store.get("found", default=[]))


class Generate(Event):
    state: dict


class Reviewed(Event):
    state: dict


class Revision(Workflow):
    """A person decides in the middle of a step that also decides by itself."""

    @step
    async def start(self, ev: StartEvent) -> Generate:
        return Generate(state={"n": ev.get("n", 0), "pass": ev.get("good", True)})

    @step
    async def generate(self, ev: Generate) -> Reviewed:
        state = ev.state
        state["n"] += 1
        return Reviewed(state=state)

    @step
    async def decide(self, ctx: Context, ev: Reviewed) -> Generate | StopEvent:
        state = ev.state
        if not state["pass"]:
            if state["n"] >= 3:
                return StopEvent(result=state)
            return Generate(state=state)
        asked = InputRequiredEvent(prefix="ok? [y/N]")
        human = await ctx.wait_for_event(HumanResponseEvent, waiter_event=asked)
        if (human.response or "").strip().lower() in {"y", "yes"}:
            return StopEvent(result=state)
        if state["n"] >= 2:
            return StopEvent(result=state)
        return Generate(state=state)


class Sections(Event):
    topics: list[str]


class Composed(Event):
    texts: list[str]


class Progress(Event):
    msg: str


class Searching(Workflow):
    @step
    async def look(self, ctx: Context, ev: StartEvent) -> StopEvent:
        return StopEvent(result=[ev.query])


class Reporting(Workflow):
    """Sections at once, each with a child; a failure is a result that no annotation has."""

    def __init__(self, search: Searching | None = None, verbose: bool = False) -> None:
        super().__init__(timeout=300, verbose=verbose)
        self.search = search or Searching()

    @step
    async def plan(self, ctx: Context, ev: StartEvent) -> Sections:
        try:
            ctx.write_event_to_stream(Progress(msg="planning"))
            if ev.input == "bad":
                raise ValueError(ev.input)
            return Sections(topics=ev.input.split())
        except Exception as e:
            print(e)
            return StopEvent(result="no plan")

    @step
    async def sections(self, ctx: Context, ev: Sections) -> Composed:
        try:

            async def one_section(topic: str) -> tuple[str, str]:
                if topic:
                    found = await self.search.run(query=topic)
                    try:
                        if hasattr(self, "search"):
                            text = ""
                            for word in found:
                                text += word
                                ctx.write_event_to_stream(StreamPiece(delta=word))
                            return topic, text
                    except Exception as e:
                        print(e)
                return topic, ""

            tasks = [one_section(topic) for topic in ev.topics]
            texts = await asyncio.gather(*tasks)
            return Composed(texts=[text for _, text in texts])
        except Exception as e:
            print(e)
            return StopEvent(result="no sections")

    @step
    async def format(self, ctx: Context, ev: Composed) -> StopEvent:
        try:
            return StopEvent(result="".join(ev.texts))
        except Exception as e:
            return StopEvent(result=str(e))


class Question(Event):
    question: str


class AnswerTo(Event):
    answer: str


class Asking:
    async def generate(self, topic: str, number: int) -> list[str]:
        return [f"{topic}?"] * number


class DeepResearch(Workflow):
    """Sends all and returns the first as well; its helpers are made by the first step."""

    @step
    async def setup(self, ctx: Context, ev: StartEvent) -> Generate:
        self.asking = Asking()
        self.orchestrator = Clerk(name="orchestrator")
        topic = ev.get("topic") or ev.get("query") or "bees"
        await ctx.store.set("topic", topic)
        return Generate(state={"topic": topic})

    @step
    async def questions(self, ctx: Context, ev: Generate) -> Question:
        questions = await self.asking.generate(ev.state["topic"], number=1)
        for question in questions:
            question_event = Question(question=question)
            ctx.send_event(question_event)
        return Question(question=questions[0])

    @step
    async def research(self, ctx: Context, ev: Question) -> AnswerTo:
        try:
            agent = Clerk(name="researcher", timeout=10)
            answer = str(await agent.run(input=ev.question))
        except Exception:
            answer = "unknown"
        return AnswerTo(answer=answer)

    @step
    async def synthesize(self, ctx: Context, ev: AnswerTo) -> StopEvent | None:
        return StopEvent(result=f"# {await ctx.store.get('topic')}: {ev.answer}")


class Turn(Event):
    message: str


class TurnOutput(Event):
    decision: str
    message: str


class FinalPlan(Event):
    plan: dict[str, Any]


class PlanState(BaseModel):
    status: str = "new"
    id: str = ""


def get_planner(*args: Any, **kwargs: Any) -> dict[str, str]:
    return {"yes": "finalize"}


class Planner(Workflow):
    """Plans with a person; a parameter has no name worth mentioning."""

    @step
    async def init(self, ctx: Context[PlanState], ev: StartEvent) -> Turn:
        query = ev.get("query")
        if not isinstance(query, str) or not query.strip():
            raise ValueError("no query")
        async with ctx.store.edit_state() as state:
            state.id = str(uuid.uuid4())
            state.status = "planning"
        return Turn(message=query)

    @step
    async def run_planner(
        self, ctx: Context[PlanState], ev: Turn, llm: Annotated[dict, Resource(get_planner)]
    ) -> TurnOutput:
        return TurnOutput(decision=llm.get(ev.message, "ask"), message=ev.message)

    @step
    async def decide(self, ctx: Context[PlanState], ev: TurnOutput) -> InputRequiredEvent | StopEvent:
        ctx.write_event_to_stream(FinalPlan(plan={"text": ev.message}))
        if ev.decision != "finalize":
            return InputRequiredEvent(prefix=ev.message)
        item = await self._persist(state=await ctx.store.get_state(), text=ev.message)
        return StopEvent(result={"item": item})

    @staticmethod
    async def _persist(*, state: PlanState, text: str | None) -> str:
        return f"{state.status} {text}"

    @step
    async def on_response(self, _: Context[PlanState], ev: HumanResponseEvent) -> Turn:
        return Turn(message=ev.response)


class CreateFile(FunctionTool):
    """A tool whose function is its own method, which asks."""

    def __init__(self) -> None:
        schema = create_schema_from_function("create", self._create, ignore_fields=["self", "ctx"])
        super().__init__(self._create, ToolMetadata(name="create", description="Create a file.", fn_schema=schema))

    async def _create(self, ctx: Context, path: Annotated[str, "the file"]) -> str:
        question = f"Overwrite {path}?"
        response = await ctx.wait_for_event(
            HumanResponseEvent, waiter_id=question, waiter_event=InputRequiredEvent(prefix=question)
        )
        if not response.response:
            return "not created"
        ctx.write_event_to_stream(Progress(msg=path))
        return f"created {path}"


class Files(FunctionAgent):
    """An agent whose tools are objects."""

    def __init__(self, **kwargs: Any) -> None:
        llm = ScriptedLLM(replies=[("create", {"path": "a.txt"}), "There it is."])
        super().__init__(name="files", description="files", tools=[CreateFile()], llm=llm, **kwargs)


class Said(Event):
    message: str
    error: bool = False
    details: dict = {}


class MakeColours(Event):
    pass


class MakeLayout(Event):
    pass


class Colours(Event):
    colours: str


class Layout(Event):
    layout: str


class MakePage(Event):
    colours: str
    layout: str


class Page(Event):
    html: str


class Designer(Workflow):
    """Two ways at once, joined; a step that fails says so and fails."""

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> MakeColours | MakeLayout:
        if ev.get("data") is None:
            ctx.write_event_to_stream(Said(message="no data", error=True))
            raise ValueError("no data")
        ctx.write_event_to_stream(Said(message="begun", details={"data": ev.data}))
        ctx.send_event(MakeColours())
        ctx.send_event(MakeLayout())

    @step
    async def colours(self, ctx: Context, ev: MakeColours) -> Colours:
        try:
            ctx.write_event_to_stream(Said(message="colours"))
            return Colours(colours="red")
        except Exception as e:
            ctx.write_event_to_stream(Said(message=str(e), error=True))
            raise

    @step
    async def layout(self, ctx: Context, ev: MakeLayout) -> Layout:
        return Layout(layout="two columns")

    @step
    async def collect(self, ctx: Context, ev: Colours | Layout) -> MakePage:
        collected = ctx.collect_events(ev, [Colours, Layout])
        if collected is None:
            return None
        ctx.send_event(MakePage(colours=collected[0].colours, layout=collected[1].layout))

    @step
    async def page(self, ctx: Context, ev: MakePage) -> Page:
        return Page(html=ev.colours + ev.layout)

    @step
    async def end(self, ctx: Context, ev: Page) -> StopEvent:
        ctx.write_event_to_stream(Said(message="ended"))
        return StopEvent(result=ev.html)


class Job(Event):
    n: int


class JobDone(Event):
    n: int


class Approval(Event):
    token: str


class ApprovalRequired(Event):
    token: str


QUICK = retry_policy(wait=wait_fixed(0.01), stop=stop_after_attempt(3))
TRIED: list[int] = []


class FanBase(Workflow):
    @step
    async def fan_out(self, ev: StartEvent) -> list[Job]:
        return [Job(n=i) for i in range(3)]

    @step
    async def join(self, events: list[JobDone]) -> StopEvent:
        return StopEvent(result=sorted(e.n for e in events))


class Retried(FanBase):
    """One of a fan fails once."""

    @step(retry_policy=QUICK)
    async def work(self, ev: Job) -> JobDone:
        if ev.n == 1:
            TRIED.append(ev.n)
            if len(TRIED) == 1:
                raise RuntimeError("once")
        return JobDone(n=ev.n)


class Recovered(FanBase):
    """One of a fan fails for good, and is made good."""

    @step
    async def work(self, ev: Job) -> JobDone:
        if ev.n == 1:
            raise RuntimeError("for good")
        return JobDone(n=ev.n)

    @catch_error(for_steps=["work"])
    async def recover(self, ev: StepFailedEvent) -> JobDone:
        failed = ev.input_event
        assert isinstance(failed, Job)
        return JobDone(n=failed.n)


class BothAnswer(Workflow):
    """Two steps take each answer, since it has no class of its own."""

    @step
    async def ask_name(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="name?")

    @step
    async def ask_age(self, ev: HumanResponseEvent) -> InputRequiredEvent:
        name = ev.response
        return InputRequiredEvent(prefix=f"{name}, your age?")

    @step
    async def process(self, ev: HumanResponseEvent) -> StopEvent:
        try:
            message = f"{int(ev.response)} years"
        except ValueError:
            message = f"you entered {ev.response}"
        return StopEvent(result=message)


class Even(Event):
    value: int


class Odd(Event):
    value: int


class Builder:
    """Names of its own for what the engine has."""

    @staticmethod
    def create_event(cls: type[Event], **values: Any) -> Event:
        return cls(**values)

    @staticmethod
    def send_event(ctx: Context, event: Event) -> None:
        ctx.send_event(event)


class Branching(Workflow):
    """Steps, events and sends by functions of one's own."""

    @create_step()
    async def start(self, ctx: Context, ev: StartEvent) -> Even | Odd:
        if ev.input == 0:
            Builder.send_event(ctx, Even(value=2))
            return Builder.create_event(Odd, value=1)
        if ev.input % 2 == 0:
            return Builder.create_event(Even, value=ev.input)
        else:
            return Builder.create_event(Odd, value=ev.input)

    @create_step(num_workers=2)
    async def even(self, ctx: Context, ev: Even) -> StopEvent:
        return StopEvent(result=f"even {ev.value}")

    @create_step()
    async def odd(self, ctx: Context, ev: Odd) -> StopEvent:
        return StopEvent(result=f"odd {ev.value}")


class Replied(Event):
    strategy: str
    content: str


class Judged(Event):
    responses: list[str]


class Strategies(Workflow):
    """Its steps stand beside it."""


@step(workflow=Strategies)
async def ask_all(ctx: Context, ev: StartEvent) -> Replied | None:
    for strategy in ("short", "long", "plain"):
        ctx.send_event(Replied(strategy=strategy, content=ev.query + strategy))
    return None


@step(workflow=Strategies)
async def judge(ctx: Context, ev: Replied) -> Judged:
    collected = ctx.collect_events(ev, [Replied] * 3)
    if collected is None:
        return None
    responses = sorted([(r.strategy, r.content) for r in collected], key=lambda x: len(x[1]), reverse=True)
    return Judged(responses=[r[1] for r in responses])


@step(workflow=Strategies)
async def tell(ev: Judged) -> StopEvent:
    return StopEvent(result=ev.responses[0])


class Refine(Workflow):
    """Asks again or ends."""

    @step
    async def search(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix=f"found {ev.input}; refine? (yes/no)")

    @step
    async def handle(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent | InputRequiredEvent:
        if ev.response.lower() == "yes":
            return InputRequiredEvent(prefix="how?")
        else:
            return StopEvent(result="complete")


def shield(klass: type[Workflow]) -> Any:
    """Gives a class one more step."""

    @step(workflow=klass)
    async def input_check(ev: StartEvent) -> StopEvent | None:
        if "secret" in ev.query:
            return StopEvent(result="denied")
        return None

    return input_check


class Shielded(Workflow):
    """Is given a step by a function."""

    @step
    async def answer(self, ev: StartEvent) -> Progress | None:
        if "secret" in ev.query:
            return None
        return Progress(msg=ev.query)

    @step
    async def end(self, ev: Progress) -> StopEvent:
        return StopEvent(result=ev.msg)


shield(Shielded)


class AgentDone(Event):
    response: str
    sql: str | None


async def list_tables(ctx: Context) -> str:
    """List the tables."""
    ctx.write_event_to_stream(Progress(msg="tables"))
    return "a, b"


class SqlAgent(Workflow):
    """An agent for one query, made in a step; its tool's words are kept, and shown."""

    @step
    async def run_agent(self, ctx: Context, ev: StartEvent) -> AgentDone:
        agent = FunctionAgent(
            name="sql", tools=[list_tables], llm=ScriptedLLM(replies=[("list_tables", {}), "SELECT 1"])
        )
        handler = agent.run(user_msg=ev.query)
        sql = None
        async for event in handler.stream_events():
            if isinstance(event, ToolCall):
                ctx.write_event_to_stream(RunNote(name=event.tool_name, msg="called"))
            elif isinstance(event, ToolCallResult):
                sql = str(event.tool_output)
            elif isinstance(event, AgentOutput):
                ctx.write_event_to_stream(StreamPiece(delta=event.response.content or ""))
        response: AgentOutput = await handler
        return AgentDone(response=str(response), sql=sql)

    @step
    async def persist(self, ctx: Context, ev: AgentDone) -> StopEvent:
        return StopEvent(result={"response": ev.response, "sql": ev.sql})


class Weather(Event):
    city: str


class Facts(Event):
    city: str


class WeatherDone(Event):
    text: str


class FactsDone(Event):
    text: str


class Brief(Event):
    text: str
    iteration: int


class Revise(Event):
    text: str
    iteration: int


class ApproveBrief(InputRequiredEvent):
    draft: str


class CityBrief(Workflow):
    """Which ways to go is a list of words; a team writes, a person approves."""

    @step
    async def coordinate(self, ctx: Context, ev: StartEvent) -> Weather | Facts | None:
        selected = [name for name in ev.names if name in ("weather", "facts")] or ["weather", "facts"]
        await ctx.store.set("selected", selected)
        for name in selected:
            ctx.send_event({"weather": Weather(city=ev.city), "facts": Facts(city=ev.city)}[name])
        return None

    @step(retry_policy=QUICK)
    async def weather(self, ctx: Context, ev: Weather) -> WeatherDone:
        return WeatherDone(text=f"sunny in {ev.city}")

    @step
    async def facts(self, ctx: Context, ev: Facts) -> FactsDone:
        notes = await ctx.store.get("notes", default={})
        notes[ev.city] = "a city"
        await ctx.store.set("notes", notes)
        return FactsDone(text=notes[ev.city])

    @step
    async def merge(self, ctx: Context, ev: WeatherDone | FactsDone) -> Brief | None:
        done = {"weather": WeatherDone, "facts": FactsDone}
        got = ctx.collect_events(ev, [done[name] for name in await ctx.store.get("selected")])
        if got is None:
            return None
        found = {type(e): e.text for e in got}
        writer = FunctionAgent(name="writer", description="writes", tools=[add], llm=ScriptedLLM(replies=["A brief."]))
        team = AgentWorkflow(agents=[writer], root_agent="writer")
        handler = team.run(user_msg=f"about {found.get(WeatherDone, '')}")
        async for e in handler.stream_events():
            print(type(e).__name__)
        result = await handler
        return Brief(text=str(result.response.content).strip(), iteration=1)

    @step
    async def evaluate(self, ctx: Context, ev: Brief) -> Revise | ApproveBrief:
        if ev.iteration == 1:
            passed, reason = False, "the first is always sent back"
        else:
            passed, reason = True, ""
        if not passed:
            return Revise(text=ev.text + reason, iteration=ev.iteration)
        await ctx.store.set("draft", ev.text)
        return ApproveBrief(prefix="approve?", draft=ev.text)

    @step
    async def revise(self, ctx: Context, ev: Revise) -> Brief:
        return Brief(text=ev.text, iteration=ev.iteration + 1)

    @step
    async def send(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        if ev.response != "approve":
            return StopEvent(result="not sent")
        return StopEvent(result=await ctx.store.get("draft"))


class Approving(Workflow):
    """Waits for an event that isn't a person's, at the top of the step."""

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Job:
        return Job(n=1)

    @step
    async def work(self, ctx: Context, ev: Job) -> StopEvent:
        try:
            got = await ctx.wait_for_event(
                Approval, waiter_event=ApprovalRequired(token="t"), waiter_id="t", timeout=0.05
            )
            return StopEvent(result=got.token)
        except TimeoutError:
            return StopEvent(result="nobody")


RUNS: dict[str, list[dict[str, Any]]] = {
    "React": [
        {"script": ["Action add", "Action sub", "Answer 3"]}, {"script": ["hm", "Final: 3"]}, {"script": []},
    ],
    "Retrieval": [{"query": "bees"}],
    "Revision": [
        {"answers": [{"response": "y"}]}, {"n": 1, "answers": [{"response": "no"}]}, {"good": False},
    ],
    "Searching": [{"query": "q"}],
    "Reporting": [{"input": "a b"}, {"input": "bad"}],
    "DeepResearch": [{"topic": "t"}],
    "Planner": [{"query": "q", "answers": [{"response": "more"}, {"response": "yes"}]}],
    "Files": [{"user_msg": "create", "answers": [{"response": "yes"}]}],
    "Designer": [{"data": "d"}],
    "Retried": [{}],
    "Recovered": [{}],
    "BothAnswer": [{"answers": [{"response": "Ann"}]}],
    "Branching": [{"input": 2}, {"input": 3}, {"input": 0}],
    "Strategies": [{"query": "q"}],
    "Refine": [{"input": "i", "answers": [{"response": "yes"}, {"response": "no"}]}],
    "Shielded": [{"query": "a secret"}, {"query": "a"}],
    "SqlAgent": [{"query": "which tables?"}],
    "CityBrief": [
        {"city": "Ulm", "names": [], "answers": [{"response": "approve"}]},
        {"city": "Ulm", "names": ["facts"], "answers": [{"response": "no"}]},
    ],
    "Approving": [{}],
}  # fmt: skip
