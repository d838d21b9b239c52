"""How steps and runs end: retries, errors with their frames, exits, cancelling, time limits, stalls."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed

from tests.recording.lab import Lab


class Next(Event):
    """Go on."""


class Flaky(Workflow):
    """Works at the third attempt."""

    @step(retry_policy=retry_policy(wait=wait_fixed(0.5), stop=stop_after_attempt(3)))
    async def flaky(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Fail twice."""
        if ctx.retry_info().retry_number < 2:
            raise ConnectionError(f"attempt {ctx.retry_info().retry_number + 1}")
        return StopEvent(result="third time lucky")


class GivesUp(Workflow):
    """Never works."""

    @step(retry_policy=retry_policy(wait=wait_fixed(0.01), stop=stop_after_attempt(2)))
    async def hopeless(self, ev: StartEvent) -> StopEvent:
        """Fail each time."""
        raise ValueError("still no")


def helper() -> None:
    """Raise below the step, out of a library's code."""
    int("x")


class Fails(Workflow):
    """Fails in its second step."""

    @step
    async def fine(self, ev: StartEvent) -> Next:
        """Work."""
        return Next()

    @step
    async def broken(self, ev: Next) -> StopEvent:
        """Break, with a cause."""
        try:
            helper()
        except ValueError as error:
            raise RuntimeError("could not read the number") from error
        return StopEvent()


class CancelsItself(Workflow):
    """Raises what the engine takes for a cancelling."""

    @step
    async def odd(self, ev: StartEvent) -> StopEvent:
        """Raise CancelledError, as an inner task's failure may do."""
        raise asyncio.CancelledError


class Exits(Workflow):
    """Leaves the process from an async step."""

    @step
    async def leave(self, ev: StartEvent) -> StopEvent:
        """Exit."""
        sys.exit(3)


class ExitsPlainly(Workflow):
    """Leaves the process from a step that isn't async."""

    @step
    def leave(self, ev: StartEvent) -> StopEvent:
        """Exit."""
        sys.exit("enough")


class PlainDef(Workflow):
    """Steps that aren't async."""

    @step
    def first(self, ev: StartEvent) -> Next:
        """Run in a thread."""
        time.sleep(0.01)
        return Next()

    @step
    def second(self, ev: Next) -> StopEvent:
        """Run in a thread, too."""
        return StopEvent(result="plain")


class Sleeps(Workflow):
    """Never comes to an end."""

    @step
    async def doze(self, ev: StartEvent) -> StopEvent:
        """Sleep."""
        await asyncio.sleep(600)
        return StopEvent()


class Stalls(Workflow):
    """Sends nothing on."""

    @step
    async def begin(self, ev: StartEvent) -> Next | None:
        """Forget to give anything."""
        return None

    @step
    async def finish(self, ev: Next) -> StopEvent:
        """Never reached."""
        return StopEvent()


class NoStart(Workflow):
    """Can't be made."""

    def __init__(self, **kwargs: Any) -> None:
        """Need what isn't there."""
        super().__init__(**kwargs)
        raise OSError("no model file")

    @step
    async def begin(self, ev: StartEvent) -> StopEvent:
        """Never reached."""
        return StopEvent()


def test_each_attempt_is_an_invocation_with_its_number_and_the_time_to_the_next(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Flaky"))
    assert run.status == "done"
    started, ended = story.started("flaky"), story.ended("flaky")
    assert [record["attempt"] for record in started] == [1, 2, 3]
    assert [record["outcome"] for record in ended] == ["error", "error", "ok"]
    assert [record.get("retry_in") for record in ended] == [0.5, 0.5, None]
    assert [record["error"]["message"] for record in ended[:2]] == ["attempt 1", "attempt 2"]
    assert len({record["work_item"] for record in started}) == 1
    assert all(record["consumed"] == ["x1"] for record in started)
    for failed, again in zip(ended, started[1:], strict=False):
        assert again["t"] - failed["t"] >= 0.02
        assert again["queue_ms"] is not None and 0 <= again["queue_ms"] < (again["t"] - failed["t"]) * 1000


def test_the_last_attempt_ends_the_run_with_its_step_and_seq(play: Any) -> None:
    run, story = play(lambda lab: lab.run("GivesUp"))
    assert run.status == "failed"
    last = story.ended("hopeless")[-1]
    assert "retry_in" not in last
    assert (run.error["type"], run.error["step"], run.error["seq"]) == ("ValueError", "hopeless", last["seq"])
    assert story.records[-1]["kind"] == "run_ended" and story.records[-1]["status"] == "failed"
    assert "traceback" not in story.records[-1]["error"]


def test_an_error_keeps_its_traceback_its_cause_and_which_frames_are_the_users(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Fails"))
    error = run.error
    assert (error["type"], error["message"], error["step"]) == ("RuntimeError", "could not read the number", "broken")
    assert "invalid literal for int()" in error["traceback"]
    own = [frame for frame in error["frames"] if frame["own"]]
    assert [(Path(frame["file"]).name, frame["function"]) for frame in own] == [("test_endings.py", "broken")]
    assert own[0]["code"] == 'raise RuntimeError("could not read the number") from error'
    assert any("workflows" in frame["file"] and not frame["own"] for frame in error["frames"])
    assert story.ended("broken")[0]["error"]["frames"] == error["frames"]


@pytest.mark.parametrize(
    ("workflow", "type_name", "text"),
    [
        ("CancelsItself", "StepCancelledItself", "raised CancelledError, though nobody cancelled it"),
        ("Exits", "StepExited", "Step leave called sys.exit(3)"),
        ("ExitsPlainly", "StepExited", "Step leave called sys.exit('enough')"),
    ],
)
def test_a_step_that_cancels_or_exits_fails_its_run_and_no_other(
    play: Any, workflow: str, type_name: str, text: str
) -> None:
    async def scene(lab: Lab) -> Any:
        other = lab.start("Flaky")
        run, story = await lab.run(workflow)
        return run, story, await lab.ended(other)

    run, story, other = play(scene)
    assert run.status == "failed"
    assert run.error["type"] == type_name and text in run.error["message"]
    assert run.error["step"] == ("odd" if workflow == "CancelsItself" else "leave")
    assert [record["outcome"] for record in story.of("invocation_ended")] == ["error"]
    assert other.status == "done"


def test_steps_that_are_not_async_are_recorded_alike(play: Any) -> None:
    run, story = play(lambda lab: lab.run("PlainDef"))
    assert run.result["value"] == "plain"
    assert [record["outcome"] for record in story.of("invocation_ended")] == ["ok", "ok"]
    assert story.ended("first")[0]["took_ms"] >= 9
    assert story.takers(story.event("Next")["key"]) == ["second"]


def test_cancelling_ends_the_step_and_says_who_asked(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Sleeps")
        await lab.recorded(run_id, "invocation_started")
        lab.runs.cancel(run_id, "maria")
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.status == "cancelled" and run.error is None
    assert story.of("cancel_asked")[0]["by"] == "maria"
    assert story.ended("doze")[0]["outcome"] == "cancelled"
    assert story.records[-1]["status"] == "cancelled"
    assert run.active_since is None and run.active_s > 0


def test_a_run_asked_to_end_before_it_began_never_begins(lab: Lab, play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.store.create_run(workflow="Sleeps", module="m", file="f", version="1", input={})
        assert lab.store.ask_cancel(run_id, "maria")
        lab.runs.start(run_id)
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.status == "cancelled"
    assert [record["kind"] for record in story.records] == ["run_ended"]


def test_the_time_limit_fails_the_run_and_names_itself(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Sleeps", timeout=2.5))
    assert run.status == "failed"
    assert run.error["type"] == "WorkflowTimeoutError"
    assert run.error["message"].startswith("The time limit of 2.5 s was reached.")
    assert "doze" in run.error["message"]
    assert story.ended("doze")[0]["outcome"] == "cancelled"
    assert 0.1 < run.active_s < 60


def test_a_run_that_nothing_can_move_is_said_to_stall_long_before_its_time_limit(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Stalls")
        stalled = await lab.recorded(run_id, "stalled")
        still = lab.store.run(run_id)
        lab.runs.cancel(run_id, "")
        await lab.ended(run_id)
        return stalled, still

    stalled, still = play(scene)
    assert still.status == "running"
    assert stalled["seq"] == 5


def test_a_workflow_that_cannot_be_made_fails_its_run_with_the_reason(play: Any) -> None:
    run, story = play(lambda lab: lab.run("NoStart"))
    assert (run.status, run.error["type"]) == ("failed", "OSError")
    assert run.error["message"] == "NoStart could not be made: no model file"
    assert any(frame["own"] and frame["function"] == "__init__" for frame in run.error["frames"])
    assert [record["kind"] for record in story.records] == ["run_ended"]
