"""More of the hold-out, under `from __future__ import annotations`: fan-out, failures, resources, agents."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

import workflows
import workflows.events as we
from llama_index.core.agent.workflow import AgentStream, AgentWorkflow, FunctionAgent, ToolCall, ToolCallResult
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step
from workflows import catch_error
from workflows.collect import Collect, Take
from workflows.events import HumanResponseEvent, InputRequiredEvent, StepFailedEvent
from workflows.resource import Resource
from workflows.retry_policy import ConstantDelayRetryPolicy

from tests.recording.scripted_models import ScriptedLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

E = TypeVar("E", bound=Event)


class Page(Event):
    url: str


class Summary(Event):
    text: str


class Report(StopEvent):
    text: str = ""


class Crawl(StartEvent):
    urls: list[str]


class Crawler(Workflow):
    """Typed start and stop, list fan-out, list join."""

    @step
    async def split(self, ev: Crawl) -> list[Page]:
        pages = []
        for url in ev.urls:
            pages.append(Page(url=url))
        return pages

    @step(num_workers=3)
    async def read(self, ctx: Context, ev: Page) -> Summary:
        ctx.write_event_to_stream(ev.model_copy())
        return Summary(text=ev.url[::-1])

    @step
    async def join(self, summaries: list[Summary]) -> Report:
        return Report(text=" ".join(s.text for s in summaries))


class FirstWins(Workflow):
    """Takes the first two."""

    @step
    async def ask_all(self, ev: StartEvent) -> list[Page]:
        return [Page(url=u) for u in ("a", "b", "c")]

    @step
    async def fetch(self, ev: Page) -> Summary | None:
        await asyncio.sleep(0.001 if ev.url == "c" else 0)
        return Summary(text=ev.url)

    @step
    async def fastest(self, found: Annotated[list[Summary], Collect(Take(2))]) -> StopEvent:
        return StopEvent(result=[f.text for f in found])


class Left(Event):
    v: int


class Right(Event):
    v: int


class Joined(Workflow):
    """Two parameters make a join."""

    @step
    async def fork(self, ctx: Context, ev: StartEvent) -> Left | Right | None:
        for kind, v in ((Left, 1), (Right, 2)):
            ctx.send_event(kind(v=v))
        return None

    @step
    async def meet(self, left: Left, right: Right) -> StopEvent:
        return StopEvent(result=left.v + right.v)


class Flaky(Event):
    pass


class Recovered(Event):
    why: str


class Recoverer(Workflow):
    """A scoped handler and one for the rest."""

    @step
    async def first(self, ev: StartEvent) -> Flaky:
        if ev.get("early"):
            raise ValueError("early")
        return Flaky()

    @step(retry_policy=ConstantDelayRetryPolicy(delay=0.001, maximum_attempts=2))
    async def second(self, ev: Flaky) -> StopEvent:
        raise RuntimeError("always")

    @catch_error(for_steps=["second"])
    async def on_second(self, ctx: Context, ev: StepFailedEvent) -> Recovered:
        return Recovered(why=str(ev.exception))

    @catch_error
    async def on_any(self, ev: StepFailedEvent) -> StopEvent:
        return StopEvent(result="any")

    @step
    async def calm(self, ev: Recovered) -> StopEvent:
        return StopEvent(result=ev.why)


class Database:
    """Something to inject."""

    def rows(self):
        return [1, 2]


def get_database(**kwargs):
    return Database()


class WithResource(Workflow):
    """A resource and a stream in a loop over it."""

    @step
    async def read(self, ctx: Context, ev: StartEvent, db: Annotated[Database, Resource(get_database)]) -> StopEvent:
        for row in db.rows():
            ctx.write_event_to_stream(Left(v=row))
        return StopEvent(result=len(db.rows()))


class Mood(enum.Enum):
    HAPPY = "happy"
    SAD = "sad"


class Happy(Event):
    pass


class Sad(Event):
    pass


class Moody(Workflow):
    """Dispatch through methods kept in a dict."""

    def _happy(self):
        return Happy()

    def _sad(self):
        return Sad()

    @step
    async def feel(self, ev: StartEvent) -> Happy | Sad:
        makers = {Mood.HAPPY: self._happy, Mood.SAD: self._sad}
        return makers[Mood(ev.mood)]()

    @step
    async def smile(self, ev: Happy) -> StopEvent:
        return StopEvent(result=":)")

    @step
    async def cry(self, ev: Sad) -> StopEvent:
        return StopEvent(result=":(")


def wrap(event_class: type[E], **values: Any) -> E:
    return event_class(**values)


class Generic_(Workflow):
    """A generic factory."""

    @step
    async def one(self, ctx: Context, ev: StartEvent) -> Left:
        return wrap(Left, v=1)

    @step
    async def two(self, ctx: Context, ev: Left) -> StopEvent:
        ctx.write_event_to_stream(wrap(Right, v=ev.v))
        return wrap(StopEvent, result=ev.v)


class Qualified(workflows.Workflow):
    """Everything through the module's name."""

    @workflows.step
    async def begin(self, ctx: workflows.Context, ev: we.StartEvent) -> Left | None:
        ctx.send_event(Left(v=1), step="mid")

    @workflows.step(num_workers=1)
    async def mid(self, ctx: "workflows.Context", ev: "Left") -> "we.StopEvent":
        return we.StopEvent(result=ev.v)


class Detached(Workflow):
    """Its steps are functions."""


@step(workflow=Detached)
async def detached_start(ctx: Context, ev: StartEvent) -> Left | Right:
    if ev.get("right"):
        return Right(v=1)
    return Left(v=0)


@step(workflow=Detached)
async def detached_end(ev: Left | Right) -> StopEvent:
    return StopEvent(result=ev.v)


class Confirm(InputRequiredEvent):
    prefix: str = "Sure?"


class Interview(Workflow):
    """Asks several things in one step, in a loop."""

    QUESTIONS: ClassVar = ["name", "age"]

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> Summary:
        answers = []
        for q in self.QUESTIONS:
            human = await ctx.wait_for_event(
                HumanResponseEvent,
                waiter_event=Confirm(prefix=f"{q}?"),
                waiter_id=q,
            )
            answers.append(human.response)
        return Summary(text=", ".join(answers))

    @step
    async def show(self, ev: Summary) -> StopEvent:
        return StopEvent(result=ev.text)


async def add(a: int, b: int) -> int:
    """Add."""
    return a + b


class Delegating(Workflow):
    """Runs an agent and passes on some of its events."""

    @step
    async def ask_agent(self, ctx: Context, ev: StartEvent) -> StopEvent:
        agent = FunctionAgent(tools=[add], llm=ScriptedLLM(replies=[("add", {"a": 1, "b": 2}), "It is three."]))
        handler = agent.run(user_msg=ev.question)
        async for event in handler.stream_events():
            if isinstance(event, AgentStream):
                ctx.write_event_to_stream(Summary(text=event.delta))
            elif isinstance(event, (ToolCall, ToolCallResult)):
                ctx.write_event_to_stream(event)
        response = await handler
        return StopEvent(result=str(response))


class CalculatorAgent(FunctionAgent):
    """An agent of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(tools=[add], llm=ScriptedLLM(replies=[("add", {"a": 1, "b": 2}), "Three."]), **kwargs)


@dataclasses.dataclass
class Publisher:
    """A delegate that sends and streams."""

    ctx: Context

    async def publish(self, values: Iterable[int]) -> None:
        for v in values:
            self.ctx.send_event(Left(v=v))
        self.ctx.write_event_to_stream(Right(v=0))


class Delegated(Workflow):
    """Hands its context to an object."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Left | None:
        publisher = Publisher(ctx)
        await publisher.publish([1, 2])

    @step
    async def got(self, ctx: Context, ev: Left) -> StopEvent | None:
        both = ctx.collect_events(ev, [Left] * 2)
        return StopEvent(result=2) if both else None


class Outer(Workflow):
    """Nested functions that send."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Left | Right | None:
        def send_left(n):
            ctx.send_event(Left(v=n))

        async def send_right():
            ctx.send_event(Right(v=9))

        for i in range(2):
            send_left(i)
        await send_right()

    @step
    async def take(self, ctx: Context, ev: Left | Right) -> StopEvent | None:
        found = ctx.collect_events(ev, [Left, Left, Right])
        if found is None:
            return None
        return StopEvent(result=len(found))


class Mixin:
    """Steps in a mixin that isn't a workflow."""

    @step
    async def enter(self, ctx: Context, ev: StartEvent) -> Left:
        self.announce(ctx)
        return Left(v=1)

    def announce(self, ctx):
        ctx.write_event_to_stream(Summary(text=type(self).__name__))


class Mixed(Mixin, Workflow):
    """Gets its first step from the mixin."""

    @step
    async def leave(self, ev: Left) -> StopEvent:
        return StopEvent(result=ev.v)


class StateFlow(Workflow):
    """An event kept in a variable changes class on the way; try and finally."""

    @step
    async def run_all(self, ctx: Context, ev: StartEvent) -> Left | Right | StopEvent:
        result = None
        try:
            if ev.get("n", 0) > 5:
                raise ValueError("too big")
            result = Left(v=1)
        except ValueError:
            result = Right(v=2)
        finally:
            ctx.write_event_to_stream(Summary(text="tried"))
        return result

    @step
    async def left(self, ev: Left) -> StopEvent:
        return StopEvent(result="l")

    @step
    async def right(self, ev: Right) -> StopEvent:
        return StopEvent(result="r")


class StateFlow2(Workflow):
    """Dead code after return is never taken; both ends are StopEvents."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Left | StopEvent:
        if (n := ev.get("n")) is None:
            return StopEvent(result="none")
        ctx.write_event_to_stream(nxt := Left(v=n))
        return nxt

    @step
    async def end(self, ev: Left) -> StopEvent:
        return StopEvent(result=ev.v)


def build_team() -> AgentWorkflow:
    """Two agents, the first hands over."""
    one = FunctionAgent(
        name="one",
        description="first",
        tools=[add],
        llm=ScriptedLLM(replies=[("handoff", {"to_agent": "two", "reason": "it knows"}), "unused"]),
        can_handoff_to=["two"],
    )
    two = FunctionAgent(name="two", description="second", tools=[], llm=ScriptedLLM(replies=["Done."]))
    return AgentWorkflow(agents=[one, two], root_agent="one")


class TeamRunner(Workflow):
    """A team in a step, every event passed on."""

    @step
    async def play(self, ctx: Context, ev: StartEvent) -> StopEvent:
        team = build_team()
        handler = team.run(user_msg="go")
        async for e in handler.stream_events():
            if not isinstance(e, StopEvent):
                ctx.write_event_to_stream(e)
        return StopEvent(result=str(await handler))


class Yes(Event):
    pass


class No(Event):
    pass


class Factory_(Workflow):
    """The event is made by a static method, a class method and a nested class."""

    class Inner(Event):
        n: int = 0

    @staticmethod
    def decide(flag: bool):
        if flag:
            return Yes()
        return No()

    @classmethod
    def inner(cls, n):
        return cls.Inner(n=n)

    @step
    async def begin(self, ev: StartEvent) -> Yes | No:
        return self.decide(ev.flag)

    @step
    async def yes(self, ev: Yes) -> Inner:
        return self.inner(1)

    @step
    async def no(self, ctx: Context, ev: No) -> StopEvent:
        return StopEvent(result="no")

    @step
    async def nested(self, ev: Inner) -> StopEvent:
        return StopEvent(result=ev.n)


RUNS = {
    "Crawler": [{"urls": ["a", "b"]}],
    "FirstWins": [{}],
    "Joined": [{}],
    "Recoverer": [{}, {"early": 1}],
    "WithResource": [{}],
    "Moody": [{"mood": "happy"}, {"mood": "sad"}],
    "Generic_": [{}],
    "Qualified": [{}],
    "Detached": [{}, {"right": True}],
    "Interview": [{"answers": [{"response": "a"}, {"response": "b"}]}],
    "Delegating": [{"question": "1+2?"}],
    "CalculatorAgent": [{"user_msg": "1+2?"}],
    "Delegated": [{}],
    "Outer": [{}],
    "Mixed": [{}],
    "StateFlow": [{}, {"n": 9}],
    "StateFlow2": [{}, {"n": 2}],
    "TeamRunner": [{}],
    "Factory_": [{"flag": True}, {"flag": False}],
}
