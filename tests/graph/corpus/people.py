"""Prompts, answers, waits; failures and who takes them up."""

from __future__ import annotations

from typing import Annotated, Any

from workflows import Context, Workflow, catch_error, step
from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StepFailedEvent,
    StopEvent,
)
from workflows.resource import Resource
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed


TWICE = retry_policy(stop=stop_after_attempt(2), wait=wait_fixed(0.001))


class Question(InputRequiredEvent):
    question: str = ""


class HardQuestion(Question):
    level: int = 1


class Answer(HumanResponseEvent):
    response: str = ""


class Draft(Event):
    text: str = ""


class Broken(Event):
    pass


class PromptPlain(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="?")

    @step
    async def take(self, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent(result=ev.response)


class PromptOwn(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> Question:
        question = Question(question="really?")
        return question

    @step
    async def take(self, ev: Answer) -> StopEvent:
        return StopEvent(result=ev.response)


class PromptLoop(Workflow):
    @step
    async def ask(self, ev: StartEvent | Draft) -> Question:
        return Question(question="good?")

    @step
    async def take(self, ev: Answer) -> Draft | StopEvent:
        if ev.response == "no":
            return Draft(text="again")
        return StopEvent(result=ev.response)


class WaitPlain(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        reply = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="ok?"), waiter_id="w"
        )
        return StopEvent(result=reply.response)


class WaitVariable(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        prompt = Question(question="which?")
        expected = Answer
        reply = await ctx.wait_for_event(event_type=expected, waiter_event=prompt)
        return StopEvent(result=reply.response)


class WaitTwice(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> Draft:
        first = await ctx.wait_for_event(Answer, waiter_event=Question(question="1"), waiter_id="one")
        second = await ctx.wait_for_event(Answer, waiter_event=HardQuestion(question="2"), waiter_id="two")
        return Draft(text=first.response + second.response)

    @step
    async def end(self, ev: Draft) -> StopEvent:
        return StopEvent(result=ev.text)


class WaitHelper(Workflow):
    async def confirm(self, ctx: Context, text: str, hard: bool = False) -> bool:
        cls = HardQuestion if hard else Question
        reply = await ctx.wait_for_event(Answer, waiter_id=text, waiter_event=cls(question=text))
        return reply.response == "yes"

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        if await self.confirm(ctx, "soft"):
            return StopEvent(result=await self.confirm(ctx, "hard", hard=True))
        return StopEvent(result="no")


async def ask_person(ctx: Context, question: str) -> str:
    reply = await ctx.wait_for_event(Answer, Question(question=question), question)
    return reply.response


class WaitModuleHelper(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        names = [await ask_person(ctx, q) for q in ("a", "b")]
        return StopEvent(result=names)


class WaitInLoop(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        got = ""
        count = 0
        while got != "stop" and count < 3:
            reply = await ctx.wait_for_event(Answer, waiter_event=Question(question=str(count)), waiter_id=f"q{count}")
            got = reply.response
            count += 1
        return StopEvent(result=count)


class WaitAfterEvent(Workflow):
    @step
    async def make(self, ev: StartEvent) -> Draft:
        return Draft(text="d")

    @step(num_workers=1)
    async def review(self, ctx: Context, ev: Draft) -> StopEvent | Broken:
        answer = await ctx.wait_for_event(Answer, waiter_event=Question(question=ev.text), requirements={})
        match answer.response.lower().strip():
            case "approve":
                return StopEvent(result="approved")
            case _:
                return Broken()

    @step
    async def broken(self, ev: Broken) -> StopEvent:
        return StopEvent(result="broken")


class WaitTimeout(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> Draft | Broken:
        try:
            answer = await ctx.wait_for_event(Answer, waiter_event=Question(question="quick"), timeout=30)
            return Draft(text=answer.response)
        except TimeoutError:
            return Broken()

    @step
    async def a(self, ev: Draft) -> StopEvent:
        return StopEvent(result=ev.text)

    @step
    async def b(self, ev: Broken) -> StopEvent:
        return StopEvent(result="late")


class Fails(Workflow):
    """A handler for all."""

    @step
    async def first(self, ev: StartEvent) -> Draft:
        if ev.get("where") == "first":
            raise KeyError("first")
        return Draft(text=ev.get("where", ""))

    @step
    async def second(self, ev: Draft) -> StopEvent:
        if ev.text == "second":
            raise ValueError("second")
        return StopEvent(result="fine")

    @catch_error
    async def recover(self, ctx: Context, ev: StepFailedEvent) -> StopEvent:
        return StopEvent(result=f"{ev.step_name}")


class FailsScoped(Workflow):
    @step(retry_policy=retry_policy(stop=stop_after_attempt(2), wait=wait_fixed(0.001)))
    async def first(self, ev: StartEvent) -> StopEvent:
        raise KeyError("first")

    @catch_error(for_steps=["first"], max_recoveries=2)
    async def recover(self, ev: StepFailedEvent) -> Broken:
        return Broken()

    @step
    async def mend(self, ctx: Context, ev: Broken) -> StopEvent:
        ctx.write_event_to_stream(Draft(text="mended"))
        return StopEvent()


class FailsTwice(Workflow):
    STEPS = ["a", "b"]

    @step
    async def a(self, ev: StartEvent) -> Draft:
        if ev.get("x") == "a":
            raise RuntimeError("a")
        return Draft()

    @step(retry_policy=TWICE)
    async def b(self, ev: Draft) -> StopEvent:
        raise RuntimeError("b")

    @catch_error(for_steps=["a"])
    async def on_a(self, ev: StepFailedEvent) -> StopEvent:
        return StopEvent(result="a")

    @catch_error(for_steps=["b"])
    async def on_b(self, ev: StepFailedEvent) -> StopEvent:
        return StopEvent(result="b")


class FailsInherited(Fails):
    """Covers the steps of its base, too."""

    @step
    async def second(self, ev: Draft) -> Broken:
        return Broken()

    @step
    async def third(self, ev: Broken) -> StopEvent:
        raise ValueError("third")


class Clock:
    """Told by a resource."""

    def now(self) -> int:
        return 12


def get_clock() -> Clock:
    return Clock()


async def get_names(clock: Annotated[Clock, Resource(get_clock)]) -> list[str]:
    return ["a", "b"][: clock.now()]


class UsesResources(Workflow):
    @step
    async def go(
        self,
        ctx: Context,
        ev: StartEvent,
        clock: Annotated[Clock, Resource(get_clock, cache=False)],
        names: Annotated[list, Resource(get_names)],
    ) -> StopEvent:
        for name in names:
            ctx.write_event_to_stream(Draft(text=name))
        return StopEvent(result=clock.now())


class AsksTwo(Workflow):
    """Asks two people's worth of questions at once."""

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Draft | None:
        ctx.send_event(Draft(text="x"))
        ctx.send_event(Draft(text="y"))

    @step
    async def ask(self, ctx: Context, ev: Draft) -> Broken:
        await ctx.wait_for_event(Answer, waiter_event=Question(question=ev.text), waiter_id=ev.text)
        return Broken()

    @step
    async def end(self, ctx: Context, ev: Broken) -> StopEvent | None:
        if ctx.collect_events(ev, [Broken] * 2) is None:
            return None
        return StopEvent()


_YES: dict[str, Any] = {"response": "yes"}
RUNS = {
    "PromptPlain": [{"answers": [_YES]}],
    "PromptOwn": [{"answers": [_YES]}],
    "PromptLoop": [{"answers": [{"response": "no"}, _YES]}],
    "WaitPlain": [{"answers": [_YES]}],
    "WaitVariable": [{"answers": [_YES]}],
    "WaitTwice": [{"answers": [_YES, _YES]}],
    "WaitHelper": [{"answers": [_YES, _YES]}, {"answers": [{"response": "no"}]}],
    "WaitModuleHelper": [{"answers": [_YES, _YES]}],
    "WaitInLoop": [{"answers": [_YES, {"response": "stop"}]}],
    "WaitAfterEvent": [{"answers": [{"response": "approve"}]}, {"answers": [_YES]}],
    "WaitTimeout": [{"answers": [_YES]}],
    "Fails": [{}, {"where": "first"}, {"where": "second"}],
    "FailsScoped": [{}],
    "FailsTwice": [{}, {"x": "a"}],
    "FailsInherited": [{}, {"where": "first"}],
    "UsesResources": [{}],
    "AsksTwo": [{"answers": [_YES, _YES]}],
}
