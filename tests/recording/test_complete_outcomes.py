"""Complete, item by item: how invocations and runs end, with whole tracebacks; recovered failures; limits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from workflows import Context, Workflow, catch_error, step
from workflows.events import Event, StartEvent, StepFailedEvent, StopEvent
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed

from inspectors.trace.details import details
from inspectors.trace.overlay import Overlay
from inspectors.trace.relations import Relations
from inspectors.trace.rows import RowContext, row
from tests.recording.lab import Lab, Record, Story


class Next(Event):
    """Go on."""

    n: int = 0


def read_config() -> None:
    """Raise out of a helper."""
    {}["url"]


class Chained(Workflow):
    """Fails with a cause, and that with what it was handling."""

    @step
    async def load(self, ev: StartEvent) -> StopEvent:
        """Three exceptions, each because of the one before."""
        try:
            try:
                read_config()
            except KeyError:
                int("no port")
        except ValueError as error:
            raise RuntimeError("the service could not be reached") from error
        return StopEvent()


class Grouped(Workflow):
    """Fails with a group of exceptions."""

    @step
    async def both(self, ev: StartEvent) -> StopEvent:
        """Two tasks fail at once."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.fail(OSError("disk")))
            group.create_task(self.fail(LookupError("shelf")))
        return StopEvent()

    async def fail(self, error: Exception) -> None:
        """Fail."""
        raise error


class Noted(Workflow):
    """Fails with a note, from far down."""

    @step
    async def dig(self, ev: StartEvent) -> StopEvent:
        """Two hundred calls deep."""
        error = ValueError("bottom")
        error.add_note("found while digging")
        self.deeper(200, error)
        return StopEvent()

    def deeper(self, n: int, error: Exception) -> None:
        """One call more."""
        if n == 0:
            raise error
        self.deeper(n - 1, error)


class Recovers(Workflow):
    """A retried failure is taken up at last by the step made for it; another step's failure isn't."""

    @step(retry_policy=retry_policy(wait=wait_fixed(0.01), stop=stop_after_attempt(2)))
    async def risky(self, ev: StartEvent) -> Next:
        """Fail twice."""
        raise ConnectionError("no line")

    @catch_error(for_steps=["risky"])
    async def rescue(self, ev: StepFailedEvent) -> Next:
        """Go on."""
        return Next(n=7)

    @step
    async def after(self, ev: Next) -> StopEvent:
        """Fail or not."""
        return StopEvent(result=ev.n)


class RecoversOnce(Workflow):
    """The handler may take up one failure; the second ends the run."""

    @step
    async def risky(self, ev: StartEvent | Next) -> StopEvent:
        """Fail always."""
        raise ConnectionError("no line")

    @catch_error(max_recoveries=1)
    async def rescue(self, ev: StepFailedEvent) -> Next:
        """Try it once more."""
        return Next()


class Parallel(Workflow):
    """Two workers that never end."""

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Next | None:
        """Three parts and a side track."""
        for n in range(3):
            ctx.send_event(Next(n=n))
        return None

    @step(num_workers=2)
    async def doze(self, ev: Next) -> StopEvent:
        """Sleep."""
        await asyncio.sleep(600)
        return StopEvent()

    @step
    async def watch(self, ev: Next) -> None:
        """End at once."""


class Stalls(Workflow):
    """Forgets to go on."""

    @step
    async def begin(self, ev: StartEvent) -> Next | None:
        """Give nothing."""
        return None

    @step
    async def finish(self, ev: Next) -> StopEvent:
        """Never reached."""
        return StopEvent()


def folded(story: Story) -> tuple[Overlay, RowContext]:
    """The graph's overlay at the end, and what rows need."""
    names = dict.fromkeys(record["step"] for record in story.of("invocation_started"))
    nodes = [{"id": f"step:m.W.{name}", "kind": "step", "name": name} for name in names]
    overlay = Overlay({"nodes": nodes, "edges": []})
    for record in story.records:
        overlay.apply(record)
    return overlay, RowContext(story.records[0]["t"], overlay.step_ids)


def facts_of(story: Story, record: Record) -> dict[str, tuple[str, int | None]]:
    """The facts of the details of a record, by label."""
    _, context = folded(story)
    shown = details(record["seq"], Relations(story.records), context)
    assert shown is not None
    return {fact["label"]: (fact["text"], fact["seq"]) for fact in shown["facts"]}


def test_a_chained_error_keeps_the_tracebacks_of_all_it_goes_back_to(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Chained"))
    (ended,) = story.ended("load")
    error = ended["error"]
    text = error["traceback"]
    order = [text.index(part) for part in ("KeyError: 'url'", "invalid literal", "RuntimeError: the service")]
    assert order == sorted(order)
    assert "During handling of the above exception" in text and "direct cause" in text
    assert [(one["how"], one["type"]) for one in error["earlier"]] == [("cause", "ValueError"), ("context", "KeyError")]
    last = error["earlier"][1]["frames"][-1]
    assert (Path(last["file"]).name, last["function"], last["code"]) == (
        "test_complete_outcomes.py",
        "read_config",
        '{}["url"]',
    )
    assert run.error["earlier"] == error["earlier"]
    assert "earlier" not in story.records[-1]["error"] and "traceback" not in story.records[-1]["error"]


def test_an_exception_group_keeps_each_of_its_members(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Grouped"))
    error = story.ended("both")[0]["error"]
    assert error["type"] == "ExceptionGroup"
    assert [(one["how"], one["type"], one["message"]) for one in error["earlier"]] == [
        ("member", "OSError", "disk"),
        ("member", "LookupError", "shelf"),
    ]
    assert all(one["frames"][-1]["function"] == "fail" and one["frames"][-1]["own"] for one in error["earlier"])
    assert "OSError: disk" in error["traceback"] and "LookupError: shelf" in error["traceback"]


def test_a_deep_traceback_keeps_both_ends_and_its_notes(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Noted"))
    error = story.ended("dig")[0]["error"]
    assert "in dig" in error["traceback"] and error["traceback"].rstrip().endswith("found while digging")
    assert error["frames"][-1]["code"] == "raise error"


def test_a_failure_that_a_handler_took_up_says_so_and_leads_to_it(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Recovers"))
    assert (run.status, run.result["value"], run.error) == ("done", 7, None)
    first, last = story.ended("risky")
    assert "handled_by" not in first and first["retry_in"] == 0.01
    assert (last["outcome"], last["handled_by"]) == ("error", "rescue")
    failure = story.event("StepFailedEvent")
    assert (failure["via"], failure["by"]) == ("failure", last["invocation"])
    (rescue,) = story.started("rescue")
    assert rescue["consumed"] == [failure["key"]]

    overlay, context = folded(story)
    shown = row(last, context)
    assert (shown["what"], shown["tone"]) == ("risky failed, recovered", "")
    assert shown["short"] == "ConnectionError: no line · taken up by rescue"
    facts = facts_of(story, last)
    assert facts["Outcome"][0] == "failed, recovered"
    assert facts["Recovered by"] == (f"rescue #{rescue['seq']}", rescue["seq"])
    node = overlay.json()["nodes"]["step:m.W.risky"]
    assert (node["state"], node["text"].split(" · ")[0]) == ("done", "failed, recovered")
    assert overlay.error_seq is None


def test_a_failure_beyond_what_a_handler_takes_ends_the_run(play: Any) -> None:
    run, story = play(lambda lab: lab.run("RecoversOnce"))
    assert run.status == "failed"
    first, second = story.ended("risky")
    assert first["handled_by"] == "rescue" and "handled_by" not in second
    assert run.error["seq"] == second["seq"]
    overlay, context = folded(story)
    assert row(second, context)["tone"] == "failed" and overlay.error_seq == second["seq"]


def test_the_time_limit_says_which_steps_it_found_at_work(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Parallel", timeout=2.0))
    assert run.status == "failed"
    ended = story.records[-1]
    assert (ended["kind"], ended["status"], ended["error"]["type"]) == ("run_ended", "failed", "WorkflowTimeoutError")
    assert ended["active_steps"] == ["doze"]
    assert facts_of(story, ended)["At work then"][0] == "doze"
    assert [record["outcome"] for record in story.ended("doze")] == ["cancelled", "cancelled"]
    assert {record["outcome"] for record in story.ended("watch")} == {"ok"}


def test_a_run_that_ends_otherwise_names_no_step_at_work(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Recovers"))
    assert "active_steps" not in story.records[-1]


def test_cancelling_ends_each_invocation_at_work(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Parallel")
        await lab.until("two doze", lambda: len(lab.pick(run_id, "invocation_started", step="doze")) == 2)
        lab.runs.cancel(run_id, "maria")
        return await lab.ended(run_id), lab.story(run_id)

    run, story = play(scene)
    assert run.status == "cancelled" and story.of("cancel_asked")[0]["by"] == "maria"
    assert [record["outcome"] for record in story.ended("doze")] == ["cancelled", "cancelled"]
    assert (story.records[-1]["kind"], story.records[-1]["status"]) == ("run_ended", "cancelled")


def test_a_stall_is_a_record_and_the_time_limit_then_finds_no_step(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Stalls", timeout=3.0))
    assert run.status == "failed"
    (stalled,) = story.of("stalled")
    assert stalled["t"] < story.records[-1]["t"], "long before the time limit"
    assert story.records[-1]["active_steps"] == []
