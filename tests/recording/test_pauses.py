"""A run that waits for a person is saved, let go, and taken up by another process, which goes on as if nothing were."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from inspectors.runner import hosted_runs
from tests.recording.lab import Lab, running

Labs = Callable[[ModuleType], Lab]


class Part(Event):
    """One part."""

    n: int


class HalfFull(Workflow):
    """Two of three parts are collected when the run pauses; the third comes with the answer."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Part | InputRequiredEvent:
        """Send two parts and ask for the third."""
        await ctx.store.set("kept", {"by": "begin"})
        ctx.send_event(Part(n=1))
        ctx.send_event(Part(n=2))
        return InputRequiredEvent(prefix="The third?")

    @step
    async def hear(self, ev: HumanResponseEvent) -> Part:
        """The third part."""
        return Part(n=ev.n)

    @step(num_workers=1)
    async def gather(self, ctx: Context, ev: Part) -> StopEvent | None:
        """Wait for three."""
        found = ctx.collect_events(ev, [Part] * 3)
        if found is None:
            return None
        return StopEvent(result=[[part.n for part in found], await ctx.store.get("kept")])


class Counts(Workflow):
    """Counts how often its body runs while it asks twice."""

    bodies = 0

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask two people one after the other."""
        type(self).bodies += 1
        one = await ctx.wait_for_event(HumanResponseEvent, InputRequiredEvent(prefix="One?"), waiter_id="1")
        two = await ctx.wait_for_event(HumanResponseEvent, InputRequiredEvent(prefix="Two?"), waiter_id="2")
        return StopEvent(result=[one.response, two.response])


class Asks(InputRequiredEvent):
    """A question of a type of its own."""

    prefix: str = "Own?"


class Reply(HumanResponseEvent):
    """An answer of a type of its own, with a secret."""

    text: str
    api_key: str = ""


class SharedStart(Workflow):
    """Two steps take the same event; one ends at once, the other waits."""

    @step
    async def quick(self, ev: StartEvent) -> StopEvent | None:
        """End at once."""
        return None

    @step
    async def slow(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask."""
        reply = await ctx.wait_for_event(Reply, waiter_event=Asks(), requirements={"text": "right"})
        return StopEvent(result=[reply.text, reply.api_key])


class Unwritable(Event):
    """Holds what can't be written down."""

    lock: Any


class HoldsALock(Workflow):
    """Keeps a lock in its state, then asks."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        """Keep a lock."""
        await ctx.store.set("lock", threading.Lock())
        return InputRequiredEvent(prefix="Go on?")

    @step
    async def hear(self, ev: HumanResponseEvent) -> StopEvent:
        """End."""
        return StopEvent(result=ev.response)


class SendsALock(Workflow):
    """Hands a lock from step to step."""

    @step
    async def begin(self, ev: StartEvent) -> Unwritable:
        """Send it."""
        return Unwritable(lock=threading.Lock())

    @step
    async def use(self, ev: Unwritable) -> StopEvent:
        """Take it."""
        with ev.lock:
            return StopEvent(result="held")


class TakesKey(Workflow):
    """Needs a secret to go on."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        """Keep the secret and ask."""
        await ctx.store.set("password", ev.password)
        return InputRequiredEvent(prefix="Key?", token=ev.password)

    @step
    async def hear(self, ctx: Context, ev: Reply) -> StopEvent:
        """Use both secrets."""
        return StopEvent(result=f"{await ctx.store.get('password')} {ev.api_key}"[::-1])


async def _in(lab: Lab, scene: Callable[[Lab], Any]) -> Any:
    async with running(lab):
        return await scene(lab)


def _paused(lab: Lab, workflow: str, **values: Any) -> str:
    """Start a run and come back when it has been let go, the event loop and all its tasks gone."""

    async def scene(lab: Lab) -> str:
        run_id = lab.start(workflow, **values)
        await lab.paused(run_id)
        return run_id

    run_id: str = asyncio.run(_in(lab, scene))
    return run_id


def _answered(lab: Lab, run_id: str, **values: Any) -> Any:
    async def scene(lab: Lab) -> Any:
        (prompt,) = await lab.prompted(run_id)
        await lab.answer(prompt, **values)
        return await lab.ended(run_id), lab.story(run_id)

    return asyncio.run(_in(lab, scene))


@pytest.fixture
def here(request: pytest.FixtureRequest) -> ModuleType:
    return sys.modules[request.module.__name__]


def test_a_half_full_buffer_is_taken_up_with_its_events_and_their_keys(labs: Labs, here: ModuleType) -> None:
    first = labs(here)
    run_id = _paused(first, "HalfFull")
    before = first.story(run_id)
    assert [record["saved"] for record in before.of("waiting")] == [True] * len(before.of("waiting"))
    assert before.records[-1]["kind"] == "unloaded"

    run, story = _answered(labs(here), run_id, n=3)
    assert run.status == "done" and run.result["value"] == [[1, 2, 3], {"by": "begin"}]
    assert story.records[: len(before.records)] == before.records
    keys = [record["key"] for record in story.events("Part")]
    assert [story.fields(key)["n"] for key in keys] == [1, 2, 3] and len(set(keys)) == 3
    (joined,) = [record["joined"] for record in story.ended("gather") if "joined" in record]
    assert joined == keys
    again = story.of("run_started")[1]
    assert (again["resumed"], again["session"]) == (True, 2)
    invocations = [record["invocation"] for record in story.of("invocation_started")]
    assert len(invocations) == len(set(invocations))


def test_a_waiting_step_is_taken_up_without_running_its_body_once_more(labs: Labs, here: ModuleType) -> None:
    Counts.bodies = 0
    run_id = _paused(labs(here), "Counts")
    assert Counts.bodies == 1

    async def scene(lab: Lab) -> Any:
        (one,) = await lab.prompted(run_id)
        await lab.answer(one, response="eins")
        await lab.until("the second", lambda: [p.text for p in lab.store.prompts(run_id)] == ["Two?"])
        await lab.paused(run_id)

    asyncio.run(_in(labs(here), scene))
    assert Counts.bodies == 2
    run, story = _answered(labs(here), run_id, response="zwei")
    assert run.result["value"] == ["eins", "zwei"]
    assert Counts.bodies == 3
    assert [record["text"] for record in story.of("prompt")] == ["One?", "Two?"]
    assert [record["consumed"][0] for record in story.started("ask")] == ["x1"] * 3
    assert [record["session"] for record in story.of("run_started")] == [1, 2, 3]


def test_a_requirement_and_the_consumed_key_survive_though_another_step_took_the_event(
    labs: Labs, here: ModuleType
) -> None:
    run_id = _paused(labs(here), "SharedStart")
    lab = labs(here)
    run, story = _answered(lab, run_id, text="right")
    assert run.result["value"] == ["right", ""]
    assert [record["consumed"][0] for record in story.started("slow")] == ["x1"] * len(story.started("slow"))


def test_a_run_whose_code_changed_keeps_its_answer_from_being_lost(labs: Labs, here: ModuleType) -> None:
    run_id = _paused(labs(here), "HalfFull")
    empty = labs(ModuleType("empty"))

    async def scene(lab: Lab) -> str | None:
        return lab.runs.take_up(run_id)

    sentence = asyncio.run(_in(empty, scene))
    why = "empty has no workflow HalfFull any more"
    assert sentence == f"The run can’t be taken up: {why}. It waits as before."
    run = empty.store.run(run_id)
    assert (run.status, run.loaded) == ("waiting", False)
    run, _ = _answered(labs(here), run_id, n=3)
    assert run.status == "done"


def test_thinking_time_is_not_working_time(labs: Labs, here: ModuleType) -> None:
    lab = labs(here)
    run_id = _paused(lab, "HalfFull")
    run = lab.store.run(run_id)
    assert run.waiting_since is not None and run.active_since is None
    assert run.active_at(run.waiting_since + 3600) == run.active_s < 60
    done, _ = _answered(labs(here), run_id, n=3)
    assert done.active_s < done.ended_at - done.started_at


def test_a_run_that_cannot_be_saved_stays_and_says_why_and_until_when(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("HoldsALock", timeout=30)
        (prompt,) = await lab.prompted(run_id)
        await lab.recorded(run_id, "waiting")
        prompt = lab.store.prompt(prompt.prompt_id)
        loaded = lab.store.run(run_id).loaded
        await lab.answer(prompt, response="on")
        return prompt, loaded, await lab.ended(run_id), lab.story(run_id)

    prompt, loaded, run, story = play(scene)
    assert loaded and run.result["value"] == "on"
    assert prompt.loaded_why and "lock" in prompt.loaded_why
    assert prompt.deadline is not None and 0 < prompt.deadline - prompt.created_at < 31
    (why,) = story.of("not_saved")
    assert "lock" in why["why"]
    assert not story.of("unloaded")


def test_an_event_that_cannot_be_written_down_does_not_stop_the_run(play: Any) -> None:
    run, story = play(lambda lab: lab.run("SendsALock"))
    assert run.result["value"] == "held"
    assert len(story.of("not_saved")) == 1
    assert story.event("Unwritable")["fields"]["lock"]["type"] == "lock"


def test_secrets_are_masked_in_records_at_once_and_everywhere_once_the_run_is_over(
    labs: Labs, here: ModuleType
) -> None:
    first = labs(here)
    run_id = _paused(first, "TakesKey", password="hunter2", max_tokens=5)
    assert "hunter2" not in str(first.store.records(run_id))
    assert first.store.run(run_id).input == {"password": "hunter2", "max_tokens": 5}
    assert first.store.checkpoint(run_id) is not None
    (prompt,) = first.store.prompts(run_id)
    assert prompt.fields["token"] == {"$masked": True}

    second = labs(here)
    run, story = _answered(second, run_id, text="here", api_key="sk-live")
    assert run.result["value"] == "hunter2 sk-live"[::-1]
    assert story.event("Reply")["fields"] == {"text": "here", "api_key": {"$masked": True}}
    assert run.input == {"password": {"$masked": True}, "max_tokens": 5}
    assert second.store.answer(prompt.prompt_id).value == {"text": "here", "api_key": {"$masked": True}}
    assert second.store.checkpoint(run_id) is None and second.store.journal(run_id) == []
    first.close()
    second.close()
    for file in second.store.path.parent.iterdir():
        content = file.read_bytes()
        assert b"hunter2" not in content and b"sk-live" not in content, file.name


def test_a_paused_run_that_is_cancelled_after_being_taken_up_withdraws_its_prompt(
    labs: Labs, here: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = _paused(labs(here), "HalfFull")
    monkeypatch.setattr(hosted_runs, "QUIET_SECONDS", 2.0)  # or it may be let go again before it is cancelled

    async def scene(lab: Lab) -> Any:
        (prompt,) = await lab.prompted(run_id)
        assert lab.runs.take_up(run_id) is None
        lab.runs.cancel(run_id, "maria")
        return await lab.ended(run_id), lab.store.prompt(prompt.prompt_id)

    run, prompt = asyncio.run(_in(labs(here), scene))
    assert (run.status, prompt.status) == ("cancelled", "withdrawn")


def test_only_one_of_two_runners_takes_a_run_up(labs: Labs, here: ModuleType) -> None:
    run_id = _paused(labs(here), "HalfFull")
    one, two = labs(here), labs(here)

    async def scene() -> tuple[bool, bool]:
        async with running(one), running(two):
            assert one.runs.take_up(run_id) is None
            assert two.runs.take_up(run_id) is None
            return run_id in one.runs.hosted, run_id in two.runs.hosted

    assert asyncio.run(scene()) == (True, False)
