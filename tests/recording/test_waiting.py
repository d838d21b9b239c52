"""Steps that wait for a person inside themselves: prompts, own answers, requirements, time limits."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from tests.recording.lab import Lab


class Ask(InputRequiredEvent):
    """A question about one thing."""

    prefix: str
    number: int = 0


class Reply(HumanResponseEvent):
    """Its answer."""

    text: str
    strict: bool = False


class Item(Event):
    """One of several."""

    number: int


class Heard(Event):
    """What was heard for one item."""

    number: int
    text: str


class AsksOnce(Workflow):
    """Waits in the middle of a step."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask and go on."""
        reply = await ctx.wait_for_event(Reply, waiter_event=Ask(prefix="Name?"))
        return StopEvent(result=reply.text)


class AsksThree(Workflow):
    """Three workers wait for answers of one type."""

    @step
    async def split(self, ev: StartEvent) -> list[Item]:
        """Three items."""
        return [Item(number=number) for number in range(3)]

    @step(num_workers=3)
    async def ask(self, ctx: Context, ev: Item) -> Heard:
        """Ask about one item."""
        reply = await ctx.wait_for_event(
            Reply, waiter_event=Ask(prefix=f"Item {ev.number}?", number=ev.number), waiter_id=f"item {ev.number}"
        )
        return Heard(number=ev.number, text=reply.text)

    @step
    async def join(self, heard: list[Heard]) -> StopEvent:
        """Put the answers in order."""
        return StopEvent(result=[item.text for item in sorted(heard, key=lambda item: item.number)])


class AsksTwice(Workflow):
    """Two questions, one after the other, in one step."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask, then ask again."""
        first = await ctx.wait_for_event(Reply, waiter_event=Ask(prefix="First?"), waiter_id="first")
        second = await ctx.wait_for_event(Reply, waiter_event=Ask(prefix="Second?"), waiter_id="second")
        return StopEvent(result=f"{first.text} {second.text}")


class Requires(Workflow):
    """Takes only answers that meet its author's requirement."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask strictly."""
        reply = await ctx.wait_for_event(Reply, waiter_event=Ask(prefix="Sure?"), requirements={"strict": True})
        return StopEvent(result=[reply.text, reply.strict])


class WorksFirst(Workflow):
    """Three workers work a while, then wait for an answer with a requirement of the author's."""

    @step
    async def split(self, ev: StartEvent) -> list[Item]:
        """Three."""
        return [Item(number=number) for number in range(3)]

    @step(num_workers=3)
    async def ask(self, ctx: Context, ev: Item) -> Heard:
        """The engine has to run this anew to know whom an answer is for, after the run has left memory."""
        await asyncio.sleep(0.1)
        reply = await ctx.wait_for_event(
            Reply,
            waiter_event=Ask(prefix="?", number=ev.number),
            waiter_id=f"w{ev.number}",
            requirements={"strict": True},
        )
        return Heard(number=ev.number, text=reply.text)

    @step
    async def join(self, events: list[Heard]) -> StopEvent:
        """In order."""
        return StopEvent(result=[event.text for event in sorted(events, key=lambda event: event.number)])


class WaitsShortly(Workflow):
    """Gives a person little time."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask and give up."""
        try:
            reply = await ctx.wait_for_event(Reply, waiter_event=Ask(prefix="Quick?"), timeout=ev.seconds)
        except TimeoutError:
            return StopEvent(result="nobody")
        return StopEvent(result=reply.text)


class Silent(Workflow):
    """Waits for a person without a question of its own."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Wait."""
        reply = await ctx.wait_for_event(HumanResponseEvent)
        return StopEvent(result=reply.response)


class WaitsForCode(Workflow):
    """Waits for an event that is nobody's answer."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Item:
        """Send what is waited for, later."""
        return Item(number=7)

    @step
    async def wait(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Wait for the other step."""
        heard = await ctx.wait_for_event(Heard, timeout=60)
        return StopEvent(result=heard.text)

    @step
    async def tell(self, ctx: Context, ev: Item) -> Heard:
        """Give it."""
        await asyncio.sleep(0.02)
        return Heard(number=ev.number, text="told")

    @step
    async def lose(self, ev: Heard) -> StopEvent | None:
        """Take it as well, so that the graph is complete."""
        return None


def test_a_waiting_step_shows_a_prompt_and_its_second_run_is_the_same_work(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("AsksOnce")
        (prompt,) = await lab.prompted(run_id)
        await lab.answer(prompt, text="Ada")
        return prompt, await lab.ended(run_id), lab.story(run_id), lab.store.prompt(prompt.prompt_id)

    prompt, run, story, after = play(scene)
    assert run.result["value"] == "Ada"
    assert (prompt.text, prompt.event_type, prompt.step) == ("Name?", "Ask", "ask")
    assert prompt.answer["type"] == "Reply" and not prompt.answer["open"]
    assert set(prompt.answer["schema"]["properties"]) == {"text", "strict"}
    question, answer = story.event("Ask"), story.event("Reply")
    assert (question["via"], question["from_step"]) == ("prompt", "ask")
    assert (answer["via"], answer["prompt"]) == ("answer", prompt.prompt_id)
    first, second = story.started("ask")
    assert first["work_item"] == second["work_item"] is not None
    assert (first["consumed"], second["consumed"]) == (["x1"], ["x1", answer["key"]])
    assert second["takes"] == {"StartEvent": 1, "Reply": 1}
    assert [record["outcome"] for record in story.ended("ask")] == ["waiting", "ok"]
    (asked,) = story.of("prompt")
    assert (asked["prompt"], asked["event"], asked["invocation"]) == (
        prompt.prompt_id,
        question["key"],
        first["invocation"],
    )
    assert (after.status, after.answered_by, after.answer_value) == ("answered", "tester", {"text": "Ada"})
    assert "stepscope_prompt" not in str(story.records)


def test_three_waiters_of_one_type_each_get_their_own_answer(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("AsksThree")
        prompts = await lab.prompted(run_id, 3)
        assert [prompt.text for prompt in prompts] == ["Item 0?", "Item 1?", "Item 2?"]
        for left, prompt in zip((2, 1, 0), reversed(prompts), strict=True):
            await lab.answer(prompt, text=f"for {prompt.fields['number']}")
            if left:
                await lab.prompted(run_id, left)
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.result["value"] == ["for 0", "for 1", "for 2"]
    assert len(story.of("prompt")) == 3
    for started in story.started("ask"):
        if len(started["consumed"]) == 2:
            item, answer = started["consumed"]
            assert story.fields(answer)["text"] == f"for {story.fields(item)['number']}"
    assert [record["outcome"] for record in story.ended("ask")].count("ok") == 3


def test_two_questions_of_one_step_are_two_prompts_asked_once_each(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("AsksTwice")
        (first,) = await lab.prompted(run_id)
        await lab.answer(first, text="one")
        await lab.until("the second question", lambda: [p.text for p in lab.store.prompts(run_id)] == ["Second?"])
        (second,) = lab.store.prompts(run_id)
        await lab.answer(second, text="two")
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.result["value"] == "one two"
    assert [record["text"] for record in story.of("prompt")] == ["First?", "Second?"]
    assert [record["fields"]["prefix"] for record in story.events("Ask")] == ["First?", "Second?"]
    assert len({record["work_item"] for record in story.started("ask")}) == 1


def test_an_answer_meets_the_authors_requirement_without_being_asked(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Requires")
        (prompt,) = await lab.prompted(run_id)
        assert prompt.answer["requirements"] == {"strict": True}
        await lab.answer(prompt, text="yes")
        return await lab.ended(run_id)

    assert play(scene).result["value"] == ["yes", True]


def test_an_answer_waits_until_a_run_that_was_let_go_knows_again_whom_it_is_for(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("WorksFirst")
        for left in (3, 2, 1):
            prompts = await lab.prompted(run_id, left)
            await lab.paused(run_id)
            last = max(prompts, key=lambda prompt: prompt.fields["number"])
            await lab.answer(last, text=f"for {last.fields['number']}")
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.result["value"] == ["for 0", "for 1", "for 2"]
    assert len(story.of("prompt")) == 3, "nobody is asked again"


@pytest.mark.parametrize("seconds", [0.02, 4.0])  # the longer one leaves time to be let go
def test_when_the_time_to_answer_is_up_the_step_hears_of_it_in_memory_or_not(play: Any, seconds: float) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("WaitsShortly", seconds=seconds)
        await lab.recorded(run_id, "prompt")
        (prompt,) = lab.store.prompts(run_id, None)  # it may be over already
        assert prompt.deadline is not None and prompt.deadline - prompt.created_at <= seconds + 0.1
        if seconds > 0.1:
            await lab.paused(run_id)
            await lab.until("the deadline", lambda: time.time() > prompt.deadline)
            assert lab.runs.take_up(run_id) is None  # as the supervisor does
        await lab.recorded(run_id, "prompt_expired")
        return await lab.ended(run_id), lab.story(run_id), lab.store.prompt(prompt.prompt_id)

    run, story, prompt = play(scene)
    assert run.result["value"] == "nobody"
    assert prompt.status == "withdrawn"
    assert story.of("prompt_expired")[0]["prompt"] == prompt.prompt_id


def test_a_step_that_waits_without_a_question_still_has_a_prompt(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Silent")
        (prompt,) = await lab.prompted(run_id)
        await lab.answer(prompt, response="hello")
        return prompt, await lab.ended(run_id)

    prompt, run = play(scene)
    assert run.result["value"] == "hello"
    assert (prompt.text, prompt.event_type) == ("Waiting for an answer", "")
    assert prompt.answer["open"]


def test_waiting_for_another_steps_event_asks_nobody(play: Any) -> None:
    run, story = play(lambda lab: lab.run("WaitsForCode"))
    assert run.result["value"] == "told"
    assert not story.of("prompt") and not story.of("stalled")
    assert [record["outcome"] for record in story.ended("wait")] == ["waiting", "ok"]


def test_an_answer_that_does_not_fit_is_taken_back_with_a_sentence(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("AsksOnce")
        (prompt,) = await lab.prompted(run_id)
        await lab.paused(run_id)
        await lab.answer(prompt, text=["not", "a", "text"])
        await lab.until("refused", lambda: lab.store.prompt(prompt.prompt_id).refused)
        (again,) = await lab.prompted(run_id)
        await lab.answer(again, text="Ada")
        return again, await lab.ended(run_id)

    again, run = play(scene)
    assert again.refused == "text: Input should be a valid string."
    assert run.result["value"] == "Ada"


def test_an_answer_that_is_handed_over_twice_is_given_once(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("AsksOnce")
        (prompt,) = await lab.prompted(run_id)
        lab.store.add_answer(prompt.prompt_id, {"text": "Ada"}, "tester")
        for _ in range(2):  # the page's own message, and the supervisor's sweep
            lab.runs.take_up(run_id)
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.result["value"] == "Ada"
    assert len(story.events("Reply")) == 1
    assert [record["outcome"] for record in story.ended("ask")] == ["waiting", "ok"]


class Poke(Event):
    """Somebody waits."""


class Ping(Event):
    """What is waited for."""


class AnsweredTwice(Workflow):
    """Two events resolve one waiter before its step has done with the first, so it runs again twice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heard = 0
        self.twice = asyncio.Event()

    @step(num_workers=2)
    async def wait(self, ctx: Context, ev: StartEvent) -> Heard | Poke:
        """Wait for one of two."""
        if not await ctx.store.get("poked", default=False):
            await ctx.store.set("poked", True)
            ctx.send_event(Poke())
        await ctx.wait_for_event(Ping)
        self.heard += 1
        if self.heard == 2:
            self.twice.set()
        await self.twice.wait()
        return Heard(number=1, text="heard")

    @step
    async def answer(self, ctx: Context, ev: Poke) -> None:
        """Send two, once the other step waits."""
        for _ in range(5):
            await asyncio.sleep(0)
        ctx.send_event(Ping())
        ctx.send_event(Ping())

    @step
    async def both(self, ctx: Context, ev: Heard) -> StopEvent | None:
        """Both runs count."""
        got = ctx.collect_events(ev, [Heard, Heard])
        return None if got is None else StopEvent(result=len(got))


def test_a_step_that_two_events_wake_runs_twice_and_what_each_run_gives_is_recorded(play: Any) -> None:
    run, story = play(lambda lab: lab.run("AnsweredTwice", timeout=60.0))
    assert run.result["value"] == 2
    assert [record["outcome"] for record in story.ended("wait")] == ["waiting", "ok", "ok"]
    assert len(story.events("Heard")) == 2
