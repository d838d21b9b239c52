"""The other half of the third set: loops, voices, documents, agents in steps, people in loops.

Written before the inference was looked at for it, as public_third.py was.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StopEvent,
)

from third_parts import (
    Clerk,
    RunNote,
)


class Tick(Event):
    count: int = Field(description="how many")


class Rested(Event):
    count: int


class CountResult(StopEvent):
    final: int = Field(description="the last")


class Counting(Workflow):
    """Back to itself until it is enough."""

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Tick:
        await ctx.store.set("count", 0)
        return Tick(count=0)

    @step
    async def increment(self, ctx: Context, ev: Tick) -> Tick | CountResult:
        count = ev.count + 1
        await ctx.store.set("count", count)
        if count >= 3:
            return CountResult(final=count)
        return Tick(count=count)


class Ticking(Workflow):
    """Shows what it then returns; rests in between."""

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Rested:
        return Rested(count=0)

    @step
    async def tick(self, ctx: Context, ev: Rested) -> Tick | CountResult:
        count = ev.count + 1
        ctx.write_event_to_stream(Tick(count=count))
        if count >= 2:
            return CountResult(final=count)
        return Tick(count=count)

    @step
    async def wait(self, ctx: Context, ev: Tick) -> Rested:
        await asyncio.sleep(0.001)
        return Rested(count=ev.count)


class AskName(InputRequiredEvent):
    prompt: str = Field(default="your name?")


class Name(HumanResponseEvent):
    response: str = Field(default="")


class Greeter(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> AskName:
        return AskName()

    @step
    async def greet(self, ctx: Context, ev: Name) -> StopEvent:
        return StopEvent(result={"greeting": f"Hello, {ev.response}!"})


class Keyed(Event):
    """Takes its texts out of a table when it is made."""

    request: dict[str, Any]
    key: str = ""
    texts: dict[str, str] = {}

    def __init__(self, table: dict[str, dict[str, str]] | None = None, **data: Any) -> None:
        super().__init__(**data)
        self.texts = (table or {}).get(self.key, {})

    @property
    def result_key(self) -> str:
        return self.key


class Descriptive(Keyed):
    key: str = "descriptive"


class Normative(Keyed):
    key: str = "normative"


class DescriptiveEnd(Keyed):
    """Done."""


class NormativeEnd(Keyed):
    """Done."""


class Negate(Keyed):
    key: str = "negate"


class Negated(Keyed):
    result: dict[str, Any] = {}


class Claims(Workflow):
    """Two kinds at once, joined, then as many more as were found."""

    def __init__(self, table: dict | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table = table or {"negate": {"text": "not {}"}}

    async def _prompt(self, ctx: Context, ev: Keyed, **kwargs: Any) -> dict[str, Any]:
        request = ev.request
        request.update({ev.result_key: [f"{ev.key} of {request['claim']}"]})
        return request

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Normative | Descriptive:
        ctx.send_event(Descriptive(table=self.table, request={"claim": ev.claim}))
        ctx.send_event(Normative(table=self.table, request={"claim": ev.claim}))

    @step
    async def descriptive(self, ctx: Context, ev: Descriptive) -> DescriptiveEnd:
        request = await self._prompt(ctx, ev, **ev.request)
        return DescriptiveEnd(table=self.table, request=request)

    @step
    async def normative(self, ctx: Context, ev: Normative) -> NormativeEnd:
        request = await self._prompt(ctx, ev, **ev.request)
        return NormativeEnd(table=self.table, request=request)

    @step
    async def collect(self, ctx: Context, ev: NormativeEnd | DescriptiveEnd) -> Negate:
        collected = ctx.collect_events(ev, [NormativeEnd, DescriptiveEnd])
        if collected is None:
            return None
        request = dict()
        for ev in collected:
            request.update(ev.request)
        await ctx.store.set("number", 2)
        for kind in ["normative", "descriptive"]:
            for claim in request[kind]:
                ctx.send_event(Negate(table=self.table, request={"claim": claim}))
        return None

    @step(num_workers=10)
    async def negate(self, ctx: Context, ev: Negate) -> Negated:
        request = await self._prompt(ctx, ev)
        return Negated(table=self.table, request=request, result={"claim": request[ev.result_key]})

    @step
    async def end(self, ctx: Context, ev: Negated) -> StopEvent:
        results = ctx.collect_events(ev, [Negated] * await ctx.store.get("number"))
        if results is None:
            return None
        return StopEvent(result=[res.result["claim"] for res in results])


class UserInput(Event):
    pass


class Calls(Event):
    names: Any


class Execute(Event):
    name: str


class Executed(Event):
    text: str


class Adaptive(Workflow):
    """Goes back by an event that its annotation leaves out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tools = {"mow": lambda: "mown", "rake": lambda: "raked"}
        self.history: list[str] = []

    @step()
    async def take(self, ev: StartEvent) -> UserInput:
        self.history.clear()
        self.history.append(ev.get("message"))
        return UserInput()

    @step()
    async def respond(self, ev: UserInput) -> Calls | StopEvent:
        if len(self.history) > 1 or self.history[0] == "hi":
            return StopEvent(result=self.history)
        return Calls(names=list(self.tools))

    @step
    async def manage(self, ctx: Context, ev: Calls) -> Execute:
        await ctx.store.set("number", len(ev.names))
        for name in ev.names:
            ctx.send_event(Execute(name=name))
        return None

    @step()
    async def execute(self, ev: Execute) -> Executed:
        return Executed(text=self.tools[ev.name]())

    @step
    async def collect(self, ctx: Context, ev: Executed) -> StopEvent | None:
        events = ctx.collect_events(ev, [Executed] * await ctx.store.get("number"))
        if not events:
            return None
        for event in events:
            self.history.append(event.text)
        return UserInput()


class Prepared(Event):
    pass


class Responded(Event):
    text: str


class PlanDetails(Event):
    plan: str
    answer: str = ""


class Screen(Event):
    picture: bytes = b""


class UiState(Event):
    state: list[str] = []


@dataclass
class SharedState:
    goal: str = ""
    step: int = 0
    outcomes: list[bool] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


class Tools:
    credentials: Any = None

    async def take_screenshot(self) -> tuple[bool, bytes]:
        return True, b"png"

    async def get_state(self) -> list[str]:
        return ["button"]


class Manager(Workflow):
    """Makes an event, shows it, returns it; a child of `Boss`."""

    def __init__(self, state: SharedState | None = None, tools: "Tools | None" = None, vision: bool = True, **kw: Any):
        super().__init__(**kw)
        self.state = state or SharedState()
        self.tools = tools or Tools()
        self.vision = vision

    async def _checked(self, ctx: Context, text: str) -> str:
        tries = 0
        while tries < 3:
            error = None
            if not text:
                error = "empty"
            else:
                break
            if error:
                tries += 1
                text = error
        return text

    @step
    async def prepare(self, ctx: Context, ev: StartEvent) -> Prepared:
        ctx.write_event_to_stream(UiState(state=await self.tools.get_state()))
        screenshot = None
        if self.vision or (hasattr(self.tools, "save") and self.tools.save != "none"):
            try:
                result = await self.tools.take_screenshot()
                if isinstance(result, tuple):
                    success, screenshot = result
                    if not success:
                        screenshot = None
                else:
                    screenshot = result
                if screenshot:
                    ctx.write_event_to_stream(Screen(picture=screenshot))
            except Exception:
                screenshot = None
        event = Prepared()
        ctx.write_event_to_stream(event)
        return event

    @step
    async def respond(self, ctx: Context, ev: Prepared) -> Responded:
        try:
            text = await self._checked(ctx, self.state.goal)
        except Exception as e:
            raise RuntimeError("no answer") from e
        event = Responded(text=text)
        ctx.write_event_to_stream(event)

        return event

    @step
    async def process(self, ctx: Context, ev: Responded) -> PlanDetails:
        event = PlanDetails(plan=ev.text, answer="done" if self.state.step > 2 else "")
        ctx.write_event_to_stream(event)
        return event

    @step
    async def finalize(self, ctx: Context, ev: PlanDetails) -> StopEvent:
        return StopEvent(result={"plan": ev.plan, "answer": ev.answer})


class RunDirect(Event):
    goal: str


class DirectDone(Event):
    success: bool
    reason: str


class AskManager(Event):
    pass


class ManagerPlan(Event):
    plan: str
    answer: str


class AskExecutor(Event):
    subgoal: str


class ExecutorDone(Event):
    outcome: bool


class Finalize(Event):
    success: bool
    reason: str


class Dropped(Event):
    messages: list[str]


class Result(StopEvent):
    success: bool = True
    reason: str = ""


class Boss(Workflow):
    """Children on the workflow and in a step; one method passes on what all of them show."""

    def __init__(self, state: SharedState | None = None, reasoning: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.state = state or SharedState(goal="go")
        if reasoning:
            self.manager = Manager(state=self.state, timeout=30)
            self.executor = Clerk(name="executor", timeout=30)
        else:
            self.manager = None
            self.executor = None
        self.trajectory: list[Event] = []

    def run(self, *args: Any, **kwargs: Any) -> Any:
        self.state.messages.append("begun")
        handler = super().run(*args, **kwargs)
        return handler

    @step
    async def start_handler(self, ctx: Context, ev: StartEvent) -> RunDirect | AskManager:
        ctx.write_event_to_stream(ev)
        self.state.step = ev.get("step", 0)
        if ev.get("external"):
            return Finalize(success=True, reason="external")
        if not ev.get("reasoning", True):
            event = RunDirect(goal=self.state.goal)
            ctx.write_event_to_stream(event)
            return event
        event = AskManager()
        ctx.write_event_to_stream(event)
        return event

    @step
    async def run_direct(self, ctx: Context, ev: RunDirect) -> DirectDone:
        try:
            agent = Clerk(name="direct", timeout=20)
            handler = agent.run(input=ev.goal)
            async for nested_ev in handler.stream_events():
                self.handle_stream_event(nested_ev, ctx)
                if isinstance(nested_ev, RunNote):
                    self.state.messages.append(nested_ev.msg)
            result = await handler
            return DirectDone(success=True, reason=result)
        except ConnectionError as e:
            return DirectDone(success=False, reason=str(e))

    @step
    async def direct_done(self, ctx: Context, ev: DirectDone) -> Finalize:
        try:
            return Finalize(success=ev.success, reason=ev.reason)
        except Exception as e:
            return Finalize(success=False, reason=str(e))

    @step
    async def run_manager(self, ctx: Context, ev: AskManager) -> ManagerPlan | Finalize:
        if self.state.step >= 5:
            pending = self.state.messages
            if pending:
                ctx.write_event_to_stream(Dropped(messages=pending))
            return Finalize(success=False, reason="too many")
        self.state.step += 1
        try:
            handler = self.manager.run()
            async for nested_ev in handler.stream_events():
                self.handle_stream_event(nested_ev, ctx)
            result = await handler
        except ConnectionError as e:
            return Finalize(success=False, reason=str(e))
        event = ManagerPlan(plan=result["plan"], answer=result.get("answer", ""))
        ctx.write_event_to_stream(event)
        return event

    @step
    async def manager_plan(self, ctx: Context, ev: ManagerPlan) -> AskExecutor | Finalize | AskManager:
        if ev.answer.strip():
            if self.state.messages:
                self.state.messages.clear()
                return AskManager()
            return Finalize(success=True, reason=ev.answer)
        return AskExecutor(subgoal=ev.plan)

    @step
    async def run_executor(self, ctx: Context, ev: AskExecutor) -> ExecutorDone:
        handler = self.executor.run(input=ev.subgoal)
        async for nested_ev in handler.stream_events():
            self.handle_stream_event(nested_ev, ctx)
        result = await handler
        self.state.outcomes.append(bool(result))
        return ExecutorDone(outcome=bool(result))

    @step
    async def executor_done(self, ctx: Context, ev: ExecutorDone) -> AskManager:
        return AskManager()

    @step
    async def finalize(self, ctx: Context, ev: Finalize) -> Result:
        ctx.write_event_to_stream(ev)
        result = Result(success=ev.success, reason=ev.reason)
        try:
            ctx.write_event_to_stream(Screen(picture=b"png"))
        except Exception:
            pass
        return result

    def handle_stream_event(self, ev: Event, ctx: Context) -> None:
        if not isinstance(ev, StopEvent):
            ctx.write_event_to_stream(ev)
            if isinstance(ev, Screen):
                self.state.messages.append("picture")
            else:
                self.trajectory.append(ev)


RUNS: dict[str, list[dict[str, Any]]] = {
    "Counting": [{}],
    "Ticking": [{}],
    "Greeter": [{"answers": [{"response": "Ann"}]}],
    "Claims": [{"claim": "c"}],
    "Adaptive": [{"message": "garden"}],
    "Manager": [{}],
    "Boss": [{}, {"reasoning": False}, {"external": True}, {"step": 9}],
}  # fmt: skip
