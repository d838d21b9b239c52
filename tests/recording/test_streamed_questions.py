"""Questions written to the stream by a step that then waits for the answer, as many examples do: one prompt each."""

from __future__ import annotations

import asyncio
from typing import Any

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed

from tests.recording.lab import Lab


class Reply(HumanResponseEvent):
    """An answer for somebody."""

    text: str
    user: str = ""


class Choice(Event):
    """An answer whose type says nothing of a person."""

    text: str


class Item(Event):
    """One of several."""

    number: int


class Heard(Event):
    """What was heard for one."""

    text: str


class StreamsTwo(Workflow):
    """Asks twice in one step, for two people."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Write a question, wait, and again."""
        heard = []
        for user in ("Ada", "Bob"):
            ctx.write_event_to_stream(InputRequiredEvent(prefix=f"And {user}?"))  # type: ignore[call-arg]
            reply = await ctx.wait_for_event(Reply, waiter_id=user, requirements={"user": user})
            heard.append(reply.text)
        return StopEvent(result=heard)


class StreamsForChoice(Workflow):
    """Waits for an event that is no person's answer by its type."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Write a question and wait."""
        ctx.write_event_to_stream(InputRequiredEvent(prefix="Which one?"))  # type: ignore[call-arg]
        return StopEvent(result=(await ctx.wait_for_event(Choice)).text)


class StreamsThree(Workflow):
    """Three workers ask at once."""

    @step
    async def split(self, ev: StartEvent) -> list[Item]:
        """Three."""
        return [Item(number=number) for number in range(3)]

    @step(num_workers=3)
    async def ask(self, ctx: Context, ev: Item) -> Heard:
        """Each for itself."""
        ctx.write_event_to_stream(InputRequiredEvent(prefix=f"Number {ev.number}?"))  # type: ignore[call-arg]
        reply = await ctx.wait_for_event(Reply, waiter_id=f"w{ev.number}")
        return Heard(text=f"{ev.number} {reply.text}")

    @step
    async def gather(self, events: list[Heard]) -> StopEvent:
        """All of them."""
        return StopEvent(result=sorted(event.text for event in events))


class StreamsAndFails(Workflow):
    """Asks, fails, and asks the same when it is tried again."""

    @step(retry_policy=retry_policy(wait=wait_fixed(0.01), stop=stop_after_attempt(2)))
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent | None:
        """Fail once."""
        ctx.write_event_to_stream(InputRequiredEvent(prefix="Ready?"))  # type: ignore[call-arg]
        if ctx.retry_info().retry_number == 0:
            raise ValueError("not yet")
        await asyncio.sleep(0)
        return None

    @step
    async def hear(self, ev: HumanResponseEvent) -> StopEvent:
        """The answer."""
        return StopEvent(result=ev.response)


def asked(story: Any) -> list[str]:
    return [record["text"] for record in story.of("prompt")]


def test_each_is_one_prompt_that_its_waiter_takes(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("StreamsTwo")
        prompts = []
        for user in ("Ada", "Bob"):
            await lab.until(
                "a question", lambda user=user: [p.text for p in lab.store.prompts(run_id)] == [f"And {user}?"]
            )
            await lab.paused(run_id)  # and out of memory: what was asked is known again afterwards
            prompts += lab.store.prompts(run_id)
            await lab.answer(prompts[-1], text=f"from {user}", user=user)
        return await lab.ended(run_id), lab.story(run_id), prompts, lab.store.prompts(run_id, None)

    run, story, prompts, rows = play(scene)
    assert run.result["value"] == ["from Ada", "from Bob"]
    assert asked(story) == ["And Ada?", "And Bob?"]
    assert [(p.waiter_id, p.answer["type"], p.answer["steps"]) for p in prompts] == [
        ("Ada", "Reply", ["ask"]),
        ("Bob", "Reply", ["ask"]),
    ]
    assert [p.answer["requirements"] for p in prompts] == [{"user": "Ada"}, {"user": "Bob"}]
    assert [row.status for row in rows] == ["answered", "answered"], "and none that was asked again"


def test_the_type_that_is_waited_for_may_be_any(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("StreamsForChoice")
        prompt = await lab.until(
            "it is tied", lambda: next((p for p in lab.store.prompts(run_id) if p.waiter_id), None)
        )
        await lab.answer(prompt, text="that one")
        return await lab.ended(run_id), lab.story(run_id), prompt

    run, story, prompt = play(scene)
    assert run.result["value"] == "that one"
    assert asked(story) == ["Which one?"] and prompt.answer["type"] == "Choice"


def test_of_three_each_gets_its_own_answer(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("StreamsThree")
        await lab.until("all wait", lambda: [p.waiter_id is not None for p in lab.store.prompts(run_id)] == [True] * 3)
        for prompt in reversed(lab.store.prompts(run_id)):
            await lab.answer(prompt, text=prompt.text)
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.result["value"] == ["0 Number 0?", "1 Number 1?", "2 Number 2?"]
    assert len(asked(story)) == 3


def test_another_attempt_asks_no_second_time(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("StreamsAndFails")
        await lab.recorded(run_id, "invocation_ended", outcome="ok")
        (prompt,) = await lab.prompted(run_id)
        await lab.answer(prompt, response="yes")
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.result["value"] == "yes" and asked(story) == ["Ready?"]
