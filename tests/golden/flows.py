"""The workflows whose runs are kept as golden traces. They may change: what they once did is in the files."""

from __future__ import annotations

import asyncio

from workflows import Context, Workflow, catch_error, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StepFailedEvent, StopEvent
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed


class Part(Event):
    """One part of the work."""

    n: int
    text: str = ""


class Done(Event):
    """One part is done."""

    n: int


class Gathered(Event):
    """All parts are done."""

    total: int


class Progress(Event):
    """Only for who watches."""

    text: str


class Order(StopEvent):
    """A typed result."""

    customer: str
    total: float


class Approval(Workflow):
    """Asks a person for a decision by returning a question."""

    @step
    async def draft(self, ev: StartEvent) -> InputRequiredEvent:
        """Write a draft."""
        return InputRequiredEvent(prefix="Publish it?", draft=f"On {ev.get('topic', 'nothing')}")  # type: ignore[call-arg]

    @step
    async def decide(self, ev: HumanResponseEvent) -> StopEvent:
        """Follow the decision."""
        return StopEvent(result=f"decided: {ev.response}")


class FanOut(Workflow):
    """A list fans out and joins, then events are sent and collected."""

    @step
    async def split(self, ev: StartEvent) -> list[Part]:
        """Three parts."""
        return [Part(n=n, text=f"part {n}") for n in range(3)]

    @step(num_workers=2)
    async def work(self, ev: Part) -> Done:
        """Do one."""
        await asyncio.sleep(0.005)
        return Done(n=ev.n)

    @step
    async def join(self, ctx: Context, events: list[Done]) -> Gathered | None:
        """Send each on."""
        for event in events:
            ctx.send_event(Gathered(total=event.n))
        return None

    @step(num_workers=1)
    async def gather(self, ctx: Context, ev: Gathered) -> Order | None:
        """Collect three."""
        found = ctx.collect_events(ev, [Gathered] * 3)
        return None if found is None else Order(customer="Ada", total=float(sum(one.total for one in found)))


class Retries(Workflow):
    """Fails with a cause, twice, and then for good."""

    @step(retry_policy=retry_policy(wait=wait_fixed(0.01), stop=stop_after_attempt(3)))
    async def fetch(self, ev: StartEvent) -> StopEvent:
        """Fail."""
        try:
            {}["url"]
        except KeyError as error:
            raise ConnectionError("no line") from error
        return StopEvent()


class Recovers(Workflow):
    """A failure is taken up by the step made for it."""

    @step
    async def risky(self, ev: StartEvent) -> StopEvent:
        """Fail."""
        raise LookupError("nothing there")

    @catch_error
    async def rescue(self, ev: StepFailedEvent) -> StopEvent:
        """Go on."""
        return StopEvent(result=f"rescued {ev.step_name}")


class Waits(Workflow):
    """Asks from inside a step, twice, once in vain."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Two questions."""
        name = await ctx.wait_for_event(
            HumanResponseEvent,
            waiter_event=InputRequiredEvent(prefix="Your name?"),  # type: ignore[call-arg]
            waiter_id="name",
        )
        try:
            await ctx.wait_for_event(
                HumanResponseEvent,
                waiter_event=InputRequiredEvent(prefix="And your age?"),  # type: ignore[call-arg]
                waiter_id="age",
                timeout=0.05,
            )
        except TimeoutError:
            return StopEvent(result={"name": name.response, "age": None})
        return StopEvent()


class Stores(Workflow):
    """Writes ctx.store in each way, secrets among it."""

    @step
    async def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Write."""
        await ctx.store.set("user", {"name": "Ada", "langs": ["de"]})
        await ctx.store.set("user.name", "Grace")
        await ctx.store.set("api_key", "sk-123")
        async with ctx.store.edit_state() as state:
            state.count = 1
            state.user["langs"].append("en")
        await ctx.store.clear()
        return StopEvent(result=[1, 2, 3])


class Streams(Workflow):
    """Writes to the stream, and something too long to be kept whole."""

    @step
    async def talk(self, ctx: Context, ev: StartEvent) -> Done:
        """Say three things."""
        for n in range(3):
            ctx.write_event_to_stream(Progress(text=f"step {n}"))
        ctx.write_event_to_stream(Progress(text="long " * 1_000))
        return Done(n=3)

    @step
    async def finish(self, ctx: Context, ev: Done) -> StopEvent:
        """Stream what was taken, and end."""
        ctx.write_event_to_stream(ev)
        return StopEvent(result=True)


class Inner(Workflow):
    """Run inside a step."""

    @step
    async def double(self, ev: StartEvent) -> StopEvent:
        """Double."""
        return StopEvent(result=2 * ev.get("n", 0))


class Delegates(Workflow):
    """Has another workflow do it."""

    @step
    async def delegate(self, ev: StartEvent) -> StopEvent:
        """Wait for it."""
        return StopEvent(result=await Inner().run(n=21))


class Dozes(Workflow):
    """Two workers that never end."""

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Part | None:
        """Two parts."""
        ctx.send_event(Part(n=1))
        ctx.send_event(Part(n=2))
        return None

    @step(num_workers=2)
    async def doze(self, ev: Part) -> StopEvent:
        """Sleep."""
        await asyncio.sleep(600)
        return StopEvent()


class Stalls(Workflow):
    """Forgets to go on."""

    @step
    async def begin(self, ev: StartEvent) -> Done | None:
        """Give nothing."""
        return None

    @step
    async def finish(self, ev: Done) -> StopEvent:
        """Never reached."""
        return StopEvent()
