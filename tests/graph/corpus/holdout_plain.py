"""Workflows as people write them: written in one go before the inference was looked at, and measured apart."""

import asyncio
import random
from functools import partial
from typing import Any, List, Optional, Union

from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class QueryEvent(Event):
    query: str


class NodesEvent(Event):
    nodes: list[str]


class RerankedEvent(NodesEvent):
    scores: list[float] = []


class ProgressEvent(Event):
    msg: str


class TokenEvent(ProgressEvent):
    pass


class Toolbox:
    """Not a workflow: it writes to the stream for one."""

    def __init__(self, ctx):
        self.ctx = ctx

    def tell(self, text):
        self.ctx.write_event_to_stream(ProgressEvent(msg=text))

    def emit(self, event):
        self.ctx.write_event_to_stream(event)


def log_progress(ctx, msg, *, kind=ProgressEvent):
    ctx.write_event_to_stream(kind(msg=msg))


class CorrectiveRag(Workflow):
    """Retrieves, grades, maybe searches the web."""

    @step
    async def ingest(self, ctx: Context, ev: StartEvent) -> QueryEvent | None:
        q = ev.get("query")
        if not q:
            ctx.write_event_to_stream(ProgressEvent(msg="nothing to do"))
            ctx.send_event(StopEvent(result="empty"))
            return None
        await ctx.store.set("q", q)
        return QueryEvent(query=q)

    @step
    async def retrieve(self, ctx: Context, ev: QueryEvent) -> NodesEvent:
        box = Toolbox(ctx)
        box.tell("retrieving")
        result = NodesEvent(nodes=ev.query.split())
        if len(result.nodes) > 1:
            result = RerankedEvent(nodes=result.nodes, scores=[1.0])
        return result

    @step(accept_event_subclasses=True)
    async def answer(self, ctx: Context, ev: NodesEvent) -> StopEvent:
        for n in ev.nodes:
            log_progress(ctx, n, kind=TokenEvent)
        return StopEvent(result=" ".join(ev.nodes))


class Subtask(Event):
    n: int


class SubtaskDone(Event):
    n: int
    ok: bool = True


class Planner(Workflow):
    """Sends a plan of tasks one by one and counts them."""

    def _tasks(self, count):
        return [Subtask(n=i) for i in range(count)]

    @step
    async def plan(self, ctx: Context, ev: StartEvent) -> Subtask | None:
        tasks = self._tasks(ev.get("count", 3))
        await ctx.store.set("total", len(tasks))
        for t in tasks:
            ctx.send_event(t)

    @step(num_workers=2)
    async def work(self, ctx: Context, ev: Subtask) -> SubtaskDone:
        await asyncio.sleep(0)
        return SubtaskDone(n=ev.n)

    @step
    async def gather(self, ctx: Context, ev: SubtaskDone) -> StopEvent | None:
        total = await ctx.store.get("total")
        done = ctx.collect_events(ev, [SubtaskDone] * total)
        if done is None:
            return
        return StopEvent(result=sum(d.n for d in done))


class EmailEvent(Event):
    to: str


class SmsEvent(Event):
    to: str


class PushEvent(Event):
    to: str


class Delivered(Event):
    channel: str


CHANNELS = {"email": EmailEvent, "sms": SmsEvent, "push": PushEvent}


class Notifier(Workflow):
    """Chooses the event class from a dict."""

    @step
    async def route(self, ev: StartEvent) -> EmailEvent | SmsEvent | PushEvent:
        cls = CHANNELS[ev.channel]
        return cls(to="me")

    @step
    async def deliver(self, ev: EmailEvent | SmsEvent | PushEvent) -> Delivered:
        return Delivered(channel=type(ev).__name__)

    @step
    async def done(self, ev: Delivered) -> StopEvent:
        return StopEvent(result=ev.channel)


class Broadcast(Workflow):
    """Sends one of each class of a list."""

    @step
    async def everyone(self, ctx: Context, ev: StartEvent) -> EmailEvent | SmsEvent | PushEvent | None:
        for event_class in (EmailEvent, SmsEvent, PushEvent):
            ctx.send_event(event_class(to=ev.get("to", "you")))

    @step
    async def email(self, ev: EmailEvent) -> Delivered:
        return Delivered(channel="email")

    @step
    async def sms(self, ev: SmsEvent) -> Delivered:
        return Delivered(channel="sms")

    @step
    async def push(self, ev: PushEvent) -> Delivered:
        return Delivered(channel="push")

    @step
    async def all_done(self, ctx: Context, ev: Delivered) -> Union[StopEvent, None]:
        got = ctx.collect_events(ev, [Delivered, Delivered, Delivered])
        if got is not None:
            return StopEvent(result=sorted(g.channel for g in got))


class Draft(Event):
    text: str
    attempt: int = 0


class Critique(Event):
    text: str
    attempt: int
    good: bool


class SelfCritic(Workflow):
    """A loop until good."""

    max_attempts = 3

    @step
    async def write(self, ctx: Context, ev: StartEvent | Critique) -> Draft | StopEvent:
        if isinstance(ev, StartEvent):
            return Draft(text=ev.text)
        elif ev.good or ev.attempt >= self.max_attempts:
            return StopEvent(result=ev.text)
        return Draft(text=ev.text + "!", attempt=ev.attempt + 1)

    @step
    async def judge(self, ctx: Context, ev: Draft) -> Critique:
        good = ev.text.endswith("!!")
        ctx.write_event_to_stream(ev)
        return Critique(text=ev.text, attempt=ev.attempt, good=good)


class AskName(InputRequiredEvent):
    prefix: str = "Your name?"


class NameGiven(HumanResponseEvent):
    response: str = ""


class Greeter(Workflow):
    """Waits inside a helper."""

    async def _ask(self, ctx: Context, question: str) -> str:
        reply = await ctx.wait_for_event(
            NameGiven, waiter_id=question, waiter_event=AskName(prefix=question), timeout=20
        )
        return reply.response

    @step
    async def greet(self, ctx: Context, ev: StartEvent) -> StopEvent:
        first = await self._ask(ctx, "First name?")
        return StopEvent(result=f"Hello {first}")


class Escalation(InputRequiredEvent):
    reason: str = ""


class Verdict(HumanResponseEvent):
    response: str = ""


class Refunds(Workflow):
    """Returns a prompt only for large sums."""

    limit = 100

    @step
    async def check(self, ev: StartEvent) -> Escalation | StopEvent:
        return StopEvent(result="paid") if ev.amount < self.limit else Escalation(reason=f"{ev.amount}?")

    @step
    async def decide(self, ev: Verdict) -> StopEvent:
        return StopEvent(result=ev.response)


class BaseSupport(Workflow):
    """Holds the shared steps."""

    async def answer_for(self, text: str) -> Event:
        raise NotImplementedError

    @step
    async def triage(self, ctx: Context, ev: StartEvent) -> QueryEvent:
        return QueryEvent(query=ev.get("text", "?"))

    def finish(self, text):
        return StopEvent(result=text)


class LoudSupport(BaseSupport):
    """Finishes through the parent's method."""

    @step
    async def shout(self, ctx: Context, ev: QueryEvent) -> StopEvent:
        ctx.write_event_to_stream(ProgressEvent(msg="shouting"))
        return self.finish(ev.query.upper())


class QuietSupport(BaseSupport):
    """Overrides the hook and streams through super."""

    def note(self, ctx, text):
        ctx.write_event_to_stream(ProgressEvent(msg=text))

    @step
    async def whisper(self, ctx: Context, ev: QueryEvent) -> NodesEvent | StopEvent:
        self.note(ctx, "psst")
        if len(ev.query) > 3:
            return NodesEvent(nodes=[ev.query])
        return super().finish(ev.query.lower())

    @step
    async def long(self, ev: NodesEvent) -> StopEvent:
        return self.finish(ev.nodes[0])


class ChildFlow(Workflow):
    """Streams while its parent waits."""

    @step
    async def run_it(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(ProgressEvent(msg="child"))
        return StopEvent(result=ev.x * 2)


class ParentFlow(Workflow):
    """Passes on what the child streams."""

    def __init__(self, child: Optional[Workflow] = None, **kwargs):
        super().__init__(**kwargs)
        self.child = child or ChildFlow()

    @step
    async def call(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = self.child.run(x=ev.x)
        async for child_event in handler.stream_events():
            if isinstance(child_event, ProgressEvent):
                ctx.write_event_to_stream(child_event)
        return StopEvent(result=await handler)


class GatherSends(Workflow):
    """Sends from coroutines that run together."""

    async def _one(self, ctx: Context, n: int) -> None:
        await asyncio.sleep(0)
        ctx.send_event(Subtask(n=n))

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> Subtask | None:
        await asyncio.gather(*[self._one(ctx, n) for n in range(3)])

    @step
    async def work(self, ev: Subtask) -> SubtaskDone:
        return SubtaskDone(n=ev.n)

    @step
    async def end(self, ctx: Context, ev: SubtaskDone) -> StopEvent | None:
        if (all_done := ctx.collect_events(ev, [SubtaskDone] * 3)) is None:
            return None
        return StopEvent(result=len(all_done))


class Router(Workflow):
    """A match statement over the input."""

    @step
    async def pick(self, ctx: Context, ev: StartEvent) -> QueryEvent | NodesEvent | StopEvent:
        match ev.get("kind", "q"):
            case "q":
                out = QueryEvent(query="?")
            case "n":
                out = NodesEvent(nodes=["a"])
            case _:
                out = StopEvent(result="unknown")
        return out

    @step
    async def query(self, ev: QueryEvent) -> StopEvent:
        return StopEvent(result=ev.query)

    @step
    async def nodes(self, ev: NodesEvent) -> StopEvent:
        return StopEvent(result=ev.nodes)


class Step1(Event):
    first_output: str


class Step2(Event):
    second_output: str


class Tutorial(Workflow):
    """The one from the tutorial, with streaming."""

    @step
    async def step_one(self, ctx: Context, ev: StartEvent) -> Step1:
        ctx.write_event_to_stream(ProgressEvent(msg="Step one is happening"))
        return Step1(first_output="First step complete.")

    @step
    async def step_two(self, ctx: Context, ev: Step1) -> Step2:
        generator = ["a", "b"]
        for token in generator:
            ctx.write_event_to_stream(ProgressEvent(msg=token))
        return Step2(second_output="x", )

    @step
    async def step_three(self, ctx: Context, ev: Step2) -> StopEvent:
        ctx.write_event_to_stream(ProgressEvent(msg="Step three is happening"))
        return StopEvent(result="Workflow complete.")


class BranchA(Event):
    payload: str


class BranchB(Event):
    payload: str


class CoinFlip(Workflow):
    """Two branches, one built in a conditional expression."""

    @step
    async def start(self, ev: StartEvent) -> BranchA | BranchB:
        return (BranchA if ev.side == "a" else BranchB)(payload=ev.side)

    @step
    async def a(self, ev: BranchA) -> StopEvent:
        return StopEvent(result="A")

    @step
    async def b(self, ev: BranchB) -> StopEvent:
        return StopEvent(result="B")


class Partialled(Workflow):
    """A partial makes the event."""

    make = partial(BranchA, payload="fixed")

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> BranchA | BranchB:
        build_b = partial(BranchB, payload="local")
        if ev.get("b"):
            return build_b()
        return self.make()

    @step
    async def end(self, ev: BranchA | BranchB) -> StopEvent:
        emit = lambda text: StopEvent(result=text)  # noqa: E731
        return emit(ev.payload)


class Settings(BaseModel):
    name: str = "none"
    steps: int = Field(default=2)


class Looping(Workflow):
    """A counter in the store, an event sent to its own step."""

    @step
    async def tick(self, ctx: Context, ev: StartEvent | Subtask) -> Subtask | StopEvent:
        settings = Settings()
        n = getattr(ev, "n", 0)
        if n >= settings.steps:
            return StopEvent(result=n)
        nxt = Subtask(n=n + 1)
        return nxt


class TwoKinds(Workflow):
    """Collects two kinds of event."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> BranchA | BranchB | None:
        a, b = BranchA(payload="1"), BranchB(payload="2")
        ctx.send_event(a)
        ctx.send_event(b)
        return None

    @step
    async def both(self, ctx: Context, ev: BranchA | BranchB) -> StopEvent | None:
        pair = ctx.collect_events(ev, [BranchA, BranchB])
        if not pair:
            return None
        one, two = pair
        return StopEvent(result=one.payload + two.payload)


class Pick(Event):
    pass


class Undecided(Workflow):
    """Chooses at random, with the class held in an attribute."""

    options: List[Any] = [BranchA, BranchB]

    @step
    async def choose(self, ev: StartEvent) -> BranchA | BranchB:
        chosen = self.options[ev.index] if "index" in ev else random.choice(self.options)
        return chosen(payload="x")

    @step
    async def on_a(self, ev: BranchA) -> Pick:
        return Pick()

    @step
    async def on_b(self, ev: BranchB) -> Pick:
        return Pick()

    @step
    async def last(self, ev: Pick) -> StopEvent:
        return StopEvent()


RUNS = {
    "CorrectiveRag": [{"query": "", "timeout": 0.5}, {"query": "one"}, {"query": "one two"}],
    "Planner": [{"count": 3}],
    "Notifier": [{"channel": "email"}, {"channel": "sms"}, {"channel": "push"}],
    "Broadcast": [{}],
    "SelfCritic": [{"text": "hm"}],
    "Greeter": [{"answers": [{"response": "Ada"}]}],
    "Refunds": [{"amount": 3}, {"amount": 300, "answers": [{"response": "ok"}]}],
    "LoudSupport": [{"text": "hi"}],
    "QuietSupport": [{"text": "hi"}, {"text": "hello"}],
    "ChildFlow": [{"x": 2}],
    "ParentFlow": [{"x": 2}],
    "GatherSends": [{}],
    "Router": [{"kind": "q"}, {"kind": "n"}, {"kind": "z"}],
    "Tutorial": [{}],
    "CoinFlip": [{"side": "a"}, {"side": "b"}],
    "Partialled": [{}, {"b": True}],
    "Looping": [{}],
    "TwoKinds": [{}],
    "Undecided": [{"index": 0}, {"index": 1}],
}
