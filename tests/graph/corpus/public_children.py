"""Constructs of public code, in our own words: children, agents and tools; people, waits and failures; joins.

Written before the inference was looked at for them; docs/graph.md tells what it found of them at first sight.
"""

import asyncio
from typing import Annotated, Any, List, Optional, Union

from llama_index.core.agent.workflow import (
    AgentOutput,
    AgentStream,
    AgentWorkflow,
    FunctionAgent,
    ReActAgent,
    ToolCall,
    ToolCallResult,
)
from llama_index.core.tools import FunctionTool
from workflows import Context, Workflow, catch_error, step
from workflows.errors import WorkflowTimeoutError
from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StepFailedEvent,
    StepStateChanged,
    StopEvent,
)
from workflows.resource import Resource
from workflows.retry_policy import ConstantDelayRetryPolicy

from public_parts import (
    AgentTool,
    Asker,
    Chunk,
    Finished,
    PlainTool,
    Progress,
    Question,
    Reply,
    Reporter,
    Status,
    bubble,
    call_tools,
    consume,
)
from tests.recording.scripted_models import ScriptedLLM


class Work(Event):
    n: int = 0


class Done(Event):
    n: int = 0


class Special(Work):
    note: str = ""


class Counter(Workflow):
    """A child that counts aloud."""

    @step
    async def count(self, ctx: Context, ev: StartEvent) -> StopEvent:
        for i in range(2):
            ctx.write_event_to_stream(Progress(done=i))
        return StopEvent(result="counted")


class TypedChild(Workflow):
    """A child with a stop event of its own."""

    @step
    async def only(self, ctx: Context, ev: StartEvent) -> Finished:
        ctx.write_event_to_stream(Chunk(delta="x"))
        return Finished(text="typed")


class HandledByMethod(Workflow):
    """Children's events go through a method; a child is made in the constructor, if it is wanted."""

    def __init__(self, reasoning: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shown: list[Event] = []
        self.counter = None
        self.reporter: Optional[Reporter] = None
        if reasoning:
            self.counter = Counter(timeout=10)
            self.reporter = Reporter(timeout=10)
        else:
            self.counter = None
            self.reporter = None

    def handle_stream_event(self, ev: Event, ctx: Context) -> None:
        if not isinstance(ev, StopEvent):
            ctx.write_event_to_stream(ev)
            if isinstance(ev, Status):
                self.shown.append(ev)

    @step
    async def run_counter(self, ctx: Context, ev: StartEvent) -> Work:
        handler = self.counter.run()
        async for nested in handler.stream_events():
            self.handle_stream_event(nested, ctx)
        await handler
        return Work(n=1)

    @step
    async def run_reporter(self, ctx: Context, ev: Work) -> Done:
        handler = self.reporter.run()
        async for nested in handler.stream_events():
            self.handle_stream_event(nested, ctx)
        result = await handler
        event = Done(n=len(result["text"])) if result.get("success") else Done(n=0)
        ctx.write_event_to_stream(event)
        return event

    @step
    async def end(self, ev: Done) -> StopEvent:
        return StopEvent(result=ev.n)


class ForwardsAll(Workflow):
    """Everything of a child, its end as well, under the parameter's own name."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        child = TypedChild()
        handler = child.run()
        async for ev in handler.stream_events():
            ctx.write_event_to_stream(ev)
        return StopEvent(result=str(await handler))


class ForwardsByCallback(Workflow):
    """A function in the step is handed each event by a helper of another file."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        pieces = []

        async def forward(event: Event) -> None:
            if isinstance(event, Status):
                pieces.append(event.message)
                ctx.write_event_to_stream(event.model_copy(update={"message": "up"}))
            elif isinstance(event, (Chunk, Progress)):
                ctx.write_event_to_stream(event)

        await consume(Reporter().run(), forward)
        return StopEvent(result=pieces)


class BubblesInGather(Workflow):
    """Several children at once; a helper takes their handlers."""

    def __init__(self, children: Optional[List[Workflow]] = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by_name = {"counter": Counter(), "reporter": Reporter()}

    async def one(self, ctx: Context, name: str) -> Any:
        return await bubble(ctx, self.by_name[name].run())

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        results = await asyncio.gather(*(self.one(ctx, name) for name in self.by_name))
        return StopEvent(result=results)


class NarrowsInternal(Workflow):
    """Looks at the engine's own events of a child and makes its own of them."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = Counter().run()
        async for event in handler.stream_events(expose_internal=True):
            if isinstance(event, StepStateChanged):
                ctx.write_event_to_stream(Status(message=event.name))
            elif isinstance(event, Progress):
                ctx.write_event_to_stream(Chunk(delta=str(event.done)))
        await handler
        return StopEvent()


class NamesItsKinds(Workflow):
    """Tells a child's events apart by the name of their class, and by their fields."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = Reporter().run()
        async for event in handler.stream_events():
            match event:
                case Status(message=text):
                    ctx.write_event_to_stream(Chunk(delta=text))
                case StopEvent():
                    pass
                case _ if hasattr(event, "msg"):
                    ctx.write_event_to_stream(event)
        return StopEvent(result=await handler)


class AnswersItsChild(Workflow):
    """Answers what a child asks, on the child's own context."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = Asker().run()
        async for event in handler.stream_events():
            if isinstance(event, InputRequiredEvent):
                handler.ctx.send_event(Reply(response="yes"))
            elif isinstance(event, Status):
                ctx.write_event_to_stream(event)
        return StopEvent(result=await handler)


class ToolsAsObjects(Workflow):
    """Tools that are objects, one of which runs a child, found by name in a helper of another file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.agents = [Counter()]
        self.tools = [AgentTool(agent=agent, name="counter") for agent in self.agents] + [PlainTool("plain")]

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work:
        results = await call_tools(tools=self.tools, calls=["counter", "plain", "none"], ctx=ctx, agent_name="go")
        return Work(n=len(results))

    @step
    async def end(self, ctx: Context, ev: Work) -> StopEvent:
        await call_tools(
            self.tools,
            ["plain"],
            ctx,
            "end",
            emitter=lambda event: ctx.write_event_to_stream(Chunk(delta=type(event).__name__)),
        )
        return StopEvent(result=ev.n)


class ChildFromHelper(Workflow):
    """A child that a method makes, run in a helper that imports it late; its class may be chosen."""

    def pick(self, kind: str) -> Workflow:
        flows = {"counter": Counter, "reporter": Reporter}
        return flows.get(kind, Counter)(timeout=5)

    async def nested(self, ctx: Context, kind: str) -> Any:
        from public_parts import Asker as _Unused  # noqa: F401

        flow = self.pick(kind)
        handler = flow.run()
        try:
            async for ev in handler.stream_events():
                if isinstance(ev, StopEvent):
                    continue
                ctx.write_event_to_stream(ev)
            return await handler
        except WorkflowTimeoutError as exc:
            ctx.write_event_to_stream(Status.error(str(exc)))
            raise

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        return StopEvent(result=await self.nested(ctx, ev.kind))


class Recursive(Workflow):
    """Runs itself, one level deeper."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        depth = ev.get("depth", 0)
        if depth > 0:
            below = await Recursive(timeout=5).run(depth=depth - 1)
            return StopEvent(result=below + 1)
        ctx.write_event_to_stream(Progress(msg="deepest"))
        return StopEvent(result=0)


def agent_of(*replies: Any, tools: Optional[list] = None, name: str = "helper") -> FunctionAgent:
    return FunctionAgent(name=name, description="helps", tools=tools or [], llm=ScriptedLLM(replies=list(replies)))


async def search(ctx: Context, query: str) -> str:
    """Search, telling of it."""
    ctx.write_event_to_stream(Progress(msg=query))
    return "found"


class AgentToldOf(Workflow):
    """An agent of a factory; its tokens and tool calls become events of the flow."""

    @step
    async def enrich(self, ctx: Context, ev: StartEvent) -> Done:
        agent = agent_of(("search", {"query": "q"}), "It is found.", tools=[search])
        handler = agent.run(user_msg="look")
        response = ""
        async for event in handler.stream_events():
            if isinstance(event, AgentStream):
                response += event.delta
            elif isinstance(event, ToolCallResult):
                ctx.write_event_to_stream(Status(message=event.tool_name))
                ctx.write_event_to_stream(Chunk(delta=str(event.tool_output)))
            elif isinstance(event, Progress):
                ctx.write_event_to_stream(event)
        await handler
        return Done(n=len(response))

    @step
    async def end(self, ev: Done) -> StopEvent:
        return StopEvent(result=ev.n)


class AgentForwarded(Workflow):
    """All that an agent shows, what its tools write included, but for its end."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        agent = FunctionAgent(
            tools=[FunctionTool.from_defaults(async_fn=search, name="search")],
            llm=ScriptedLLM(replies=[("search", {"query": "q"}), "Yes."]),
        )
        handler = agent.run(user_msg="look")
        async for event in handler.stream_events():
            if isinstance(event, StopEvent):
                continue
            ctx.write_event_to_stream(event)
        result: AgentOutput = await handler
        return StopEvent(result=str(result))


class AgentOfFactory(Workflow):
    """A team made by the class's own method, run again if it fails."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Done | StopEvent:
        for attempt in range(2):
            try:
                team = AgentWorkflow.from_tools_or_functions([search], llm=ScriptedLLM(replies=["Hello."]))
                handler = team.run(user_msg="hi")
                async for event in handler.stream_events():
                    if not isinstance(event, StopEvent):
                        ctx.write_event_to_stream(event)
                response = await handler
                return Done(n=len(str(response)))
            except ValueError as exc:
                if attempt:
                    ctx.write_event_to_stream(Status.error(str(exc)))
                    raise
        return StopEvent(result="never")

    @step
    async def end(self, ev: Done) -> StopEvent:
        return StopEvent(result=ev.n)


async def dangerous(ctx: Context, what: str) -> str:
    """Ask before doing it."""
    question = f"Really {what}?"
    response = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_id=question,
        waiter_event=InputRequiredEvent(prefix=question, user_name="Laurie"),
    )
    return "done" if response.response == "yes" else "left"


class CarefulAgent(FunctionAgent):
    """An agent whose tool asks a person."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            tools=[dangerous],
            llm=ScriptedLLM(replies=[("dangerous", {"what": "that"}), "It is done."]),
            system_prompt="Be careful.",
            **kwargs,
        )


class LoudAgent(FunctionAgent):
    """An agent that shows more, and keeps a tool as a method."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(tools=[], llm=ScriptedLLM(replies=[("note", {"text": "a"}), "Noted."]), **kwargs)
        self.tools = [FunctionTool.from_defaults(async_fn=self.note, name="note")]

    async def note(self, ctx: Context, text: str) -> str:
        """Note a text."""
        ctx.write_event_to_stream(Status(message=text))
        return text

    async def take_step(self, ctx: Context, llm_input: Any, tools: Any, memory: Any) -> AgentOutput:
        ctx.write_event_to_stream(Progress(msg="thinking"))
        return await super().take_step(ctx, llm_input, tools, memory)


class Thinker(ReActAgent):
    """Reasons in text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            tools=[],
            llm=ScriptedLLM(replies=["Thought: I can answer without using any more tools.\nAnswer: 4"]),
            **kwargs,
        )


class Team(AgentWorkflow):
    """Two agents, the first of which hands over."""

    def __init__(self, **kwargs: Any) -> None:
        first = agent_of(("handoff", {"to_agent": "second", "reason": "knows"}), name="first")
        second = agent_of("Done.", name="second")
        super().__init__(agents=[first, second], root_agent="first", **kwargs)


class WaitsForAny(Workflow):
    """Waits for the plainest event there is."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Work | Done | None:
        ctx.send_event(Work(n=1))
        ctx.send_event(Done(n=2))

    @step
    async def wait(self, ctx: Context, ev: Work) -> StopEvent:
        ctx.write_event_to_stream(Event(msg="waiting"))
        got = await ctx.wait_for_event(Special, requirements={"n": 5}, timeout=5)
        return StopEvent(result=got.note)

    @step
    async def send(self, ctx: Context, ev: Done) -> None:
        await asyncio.sleep(0.05)
        ctx.send_event(Special(n=4))
        ctx.send_event(Special(n=5, note="five"))


class WaitTimesOut(Workflow):
    """Nobody answers in time."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> Done | StopEvent:
        try:
            reply = await ctx.wait_for_event(Reply, waiter_event=Question(question="?"), timeout=0.05)
            return StopEvent(result=reply.response)
        except asyncio.TimeoutError:
            ctx.write_event_to_stream(Status.error("nobody"))
            return Done(n=0)

    @step
    async def end(self, ev: Done) -> StopEvent:
        return StopEvent(result=ev.n)


class Approvals(Workflow):
    """A prompt is written to the stream while other work goes on; the answer has a step of its own."""

    @step
    async def speak(self, ctx: Context, ev: StartEvent) -> Work | Question | None:
        await ctx.store.set("calls", 2)
        for name in ("safe", "risky"):
            if name in ("risky",):
                ctx.write_event_to_stream(Question(question=name))
            else:
                ctx.send_event(Work(n=1))

    @step
    async def approved(self, ctx: Context, ev: Reply) -> Work | Done:
        if ev.response == "yes":
            return Work(n=2)
        else:
            return Done(n=-2)

    @step(num_workers=4)
    async def work(self, ctx: Context, ev: Work) -> Done:
        ctx.write_event_to_stream(Progress(done=ev.n))
        return Done(n=ev.n)

    @step
    async def join(self, ctx: Context, ev: Done) -> StopEvent:
        results = ctx.collect_events(ev, [Done] * await ctx.store.get("calls"))
        if not results:
            return
        return StopEvent(result=[r.n for r in results])


class Talk(Workflow):
    """Goes on asking until the person has enough; several steps look at each answer."""

    @step
    async def open(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        await ctx.store.set("state", "ready")
        return InputRequiredEvent(prefix="")

    @step
    async def general(self, ctx: Context, ev: HumanResponseEvent) -> InputRequiredEvent | Work | StopEvent | None:
        if getattr(ev, "tag", None):
            return
        text = ev.response.strip()
        if text in ("quit", "exit"):
            return StopEvent(result="bye")
        if text.startswith("/"):
            return await command(ctx, text)
        return await chat(ctx, text)

    @step
    async def tagged(self, ctx: Context, ev: HumanResponseEvent) -> InputRequiredEvent | None:
        if not hasattr(ev, "tag") or ev.tag != "menu":
            return
        return await command(ctx, "/config")

    @step
    async def work(self, ctx: Context, ev: Work) -> InputRequiredEvent:
        ctx.write_event_to_stream(Chunk(delta="working"))
        return InputRequiredEvent(prefix="more?")


async def command(ctx: Context, text: str) -> InputRequiredEvent:
    commands = {"/help": show_help, "/config": show_config}
    handler = commands.get(text)
    if handler is None:
        ctx.write_event_to_stream(Status.error(text))
        return InputRequiredEvent(prefix="again")
    return await handler(ctx)


async def show_help(ctx: Context) -> InputRequiredEvent:
    ctx.write_event_to_stream(Chunk(delta="help"))
    return InputRequiredEvent(prefix="helped")


async def show_config(ctx: Context) -> InputRequiredEvent:
    ctx.write_event_to_stream(Progress(msg="config"))
    return InputRequiredEvent(prefix="menu", tag="menu")


async def chat(ctx: Context, text: str) -> Union[InputRequiredEvent, Work]:
    if "work" in text:
        return Work(n=1)
    ctx.write_event_to_stream(Chunk(delta=text))
    return InputRequiredEvent(prefix="?")


class SendsItAgain(Workflow):
    """A handler sends what a failed step was given once more."""

    failed = False

    @step
    async def start(self, ev: StartEvent) -> Work:
        return Work(n=1)

    @step(retry_policy=ConstantDelayRetryPolicy(delay=0.001, maximum_attempts=1))
    async def shaky(self, ctx: Context, ev: Work) -> StopEvent:
        if not await ctx.store.get("failed", default=False):
            await ctx.store.set("failed", True)
            raise RuntimeError("first time")
        return StopEvent(result="second time")

    @catch_error(for_steps=["shaky"], max_recoveries=2)
    async def recover(self, ctx: Context, ev: StepFailedEvent) -> Work | StopEvent:
        ctx.write_event_to_stream(Status.error(f"{ev.step_name}: {ev.exception}"))
        if isinstance(ev.input_event, Work):
            return ev.input_event
        return StopEvent(result="lost")


class FailsIntoChain(Workflow):
    """Two handlers, each with its own steps, and a way back into the flow."""

    @step
    async def a(self, ev: StartEvent) -> Work:
        raise RuntimeError("a")

    @step
    async def b(self, ev: Work) -> StopEvent:
        raise RuntimeError("b")

    @catch_error(for_steps=["a"])
    async def handle_a(self, ctx: Context, ev: StepFailedEvent) -> Done:
        return Done(n=1)

    @catch_error(for_steps=["b"])
    async def handle_b(self, ctx: Context, ev: StepFailedEvent) -> StopEvent:
        return StopEvent(result={"recovered": ev.step_name})

    @step
    async def on(self, ev: Done) -> Work:
        return Work(n=ev.n)


class JoinsAndAsks(Workflow):
    """A step that takes a list of events, and asks before it goes on."""

    @step
    async def fan(self, ev: StartEvent) -> list[Work]:
        return [Work(n=i) for i in range(2)]

    @step(num_workers=8)
    async def work(self, ctx: Context, ev: Work) -> Done:
        return Done(n=ev.n)

    @step
    async def join(self, ctx: Context, events: list[Done]) -> Finished:
        reply = await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent())
        return Finished(text=f"{len(events)} {reply.response}")


class ThreeParts(Workflow):
    """Three parameters, bound by their types."""

    @step
    async def emit(self, ctx: Context, ev: StartEvent) -> Work | Done | Progress | None:
        ctx.send_event(Progress(msg="p"))
        ctx.send_event(Work(n=1))
        ctx.send_event(Done(n=2))
        return None

    @step
    async def assemble(self, w: Work, d: Done, p: Progress, ctx: Context) -> StopEvent:
        ctx.write_event_to_stream(p)
        return StopEvent(result=w.n + d.n)


class ListOfTwo(Workflow):
    """A list of two kinds goes out and comes together again."""

    @step
    async def fan(self, ev: StartEvent) -> list[Work | Progress]:
        works: list[Event] = [Work(n=i) for i in range(2)]
        return works + [Progress(msg="p")]

    @step
    async def one(self, ev: Work) -> Done:
        return Done(n=ev.n)

    @step
    async def other(self, ev: Progress) -> Chunk:
        return Chunk(delta=ev.msg)

    @step
    async def join(self, ctx: Context, events: list[Done | Chunk]) -> StopEvent:
        for event in events:
            ctx.write_event_to_stream(event)
        return StopEvent(result=len(events))


class GatheredList(Workflow):
    """What several calls gave at once is the list that goes out."""

    async def make(self, n: int) -> Work:
        return Work(n=n)

    @step
    async def fan(self, ev: StartEvent) -> list[Work]:
        return await asyncio.gather(*[self.make(n) for n in range(3)])

    @step
    async def one(self, ev: Work) -> Done | None:
        return Done(n=ev.n) if ev.n else None

    @step
    async def join(self, events: list[Done]) -> StopEvent:
        return StopEvent(result=len(events))


class Memory:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, event: Event) -> None:
        self.events.append(event)


def get_memory() -> Memory:
    return Memory()


class WithMemory(Workflow):
    """Events are kept in a resource; parameters stand in another order."""

    @step()
    async def first(self, ev: StartEvent, memory: Annotated[Memory, Resource(get_memory)], ctx: Context) -> Work:
        memory.put(Done(n=1))
        ctx.write_event_to_stream(Work(n=0))
        return Work(n=1)

    @step()
    async def second(
        self, event: Work, ctx: Context, memory: Annotated[Memory, Resource(get_memory)]
    ) -> Annotated[Optional[StopEvent], "the end"]:
        for kept in memory.events:
            ctx.write_event_to_stream(kept)
        return StopEvent(result=len(memory.events))


RUNS: dict[str, list[dict[str, Any]]] = {
    "HandledByMethod": [{}],
    "ForwardsAll": [{}],
    "ForwardsByCallback": [{}],
    "BubblesInGather": [{}],
    "NarrowsInternal": [{}],
    "NamesItsKinds": [{}],
    "AnswersItsChild": [{}],
    "ToolsAsObjects": [{}],
    "ChildFromHelper": [{"kind": "counter"}, {"kind": "reporter"}],
    "Recursive": [{"depth": 1}],
    "AgentToldOf": [{}],
    "AgentForwarded": [{}],
    "AgentOfFactory": [{}],
    "CarefulAgent": [{"user_msg": "do", "answers": [{"response": "yes"}]}],
    "LoudAgent": [{"user_msg": "note"}],
    "Thinker": [{"user_msg": "2+2"}],
    "Team": [{"user_msg": "go"}],
    "WaitsForAny": [{}],
    "WaitTimesOut": [{}],
    "Approvals": [{"answers": [{"response": "yes"}]}, {"answers": [{"response": "no"}]}],
    "Talk": [
        {"answers": [{"response": t} for t in ("hi", "/help", "/config", "/x", "work", "quit")]},
    ],
    "SendsItAgain": [{}],
    "FailsIntoChain": [{}],
    "JoinsAndAsks": [{"answers": [{"response": "y"}]}],
    "ThreeParts": [{}],
    "ListOfTwo": [{}],
    "GatheredList": [{}],
    "WithMemory": [{}],
}  # fmt: skip
