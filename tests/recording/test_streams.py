"""What is written to the stream, sent late, or recorded from other threads."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from inspectors.trace.overlay import Overlay
from tests.recording.lab import Lab


class Part(Event):
    """One part."""

    n: int


class Echoes(Workflow):
    """Writes events to the stream that are recorded already."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Part:
        """Show what came in."""
        ctx.write_event_to_stream(ev)
        return Part(n=1)

    @step
    async def finish(self, ctx: Context, ev: Part) -> StopEvent:
        """Show it twice, then something new twice."""
        ctx.write_event_to_stream(ev)
        ctx.write_event_to_stream(ev)
        fresh = Part(n=2)
        ctx.write_event_to_stream(fresh)
        ctx.write_event_to_stream(fresh)
        return StopEvent(result="shown")


class AsksByStream(Workflow):
    """Asks by writing the question to the stream, as older examples do."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent | None:
        """Ask without returning."""
        ctx.write_event_to_stream(InputRequiredEvent(prefix="Streamed?"))
        return None

    @step
    async def hear(self, ev: HumanResponseEvent) -> StopEvent:
        """End."""
        return StopEvent(result=ev.response)


class SendsLate(Workflow):
    """A background task sends after its step has returned."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Part | None:
        """Leave a task behind."""

        async def later() -> None:
            await asyncio.sleep(0.03)
            ctx.send_event(Part(n=9))

        self.left_behind = asyncio.get_running_loop().create_task(later())
        return None

    @step
    async def finish(self, ev: Part) -> StopEvent:
        """Take what came late."""
        return StopEvent(result=ev.n)


class Chain(Workflow):
    """A long chain of short steps."""

    @step
    async def begin(self, ev: StartEvent) -> Part:
        """The first link."""
        return Part(n=0)

    @step
    async def link(self, ev: Part) -> Part | StopEvent:
        """The next link."""
        return Part(n=ev.n + 1) if ev.n < 150 else StopEvent(result=ev.n)


def test_an_event_with_a_record_is_only_noted_when_it_is_streamed(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Echoes"))
    assert run.status == "done"
    first, fresh = story.events("Part")
    assert (first["via"], fresh["via"]) == ("returned", "streamed")
    assert [record["key"] for record in story.of("streamed")] == ["x1", first["key"], first["key"], fresh["key"]]
    assert not story.events("StopEvent")[1:]


def test_a_question_on_the_stream_is_a_prompt_and_its_answer_goes_to_the_step(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("AsksByStream")
        (prompt,) = await lab.prompted(run_id)
        await lab.paused(run_id)
        await lab.answer(prompt, response="heard")
        return prompt, await lab.ended(run_id), lab.story(run_id)

    prompt, run, story = play(scene)
    assert run.result["value"] == "heard"
    assert (prompt.text, prompt.step, prompt.event_type) == ("Streamed?", "ask", "InputRequiredEvent")
    assert story.makers("InputRequiredEvent") == [("streamed", "ask")]
    assert story.event("HumanResponseEvent")["prompt"] == prompt.prompt_id


def test_what_a_background_task_sends_names_the_step_that_left_it(play: Any) -> None:
    run, story = play(lambda lab: lab.run("SendsLate"))
    assert run.result["value"] == 9
    late = story.event("Part")
    assert (late["via"], late["by"]) == ("sent", story.started("begin")[0]["invocation"])
    assert story.takers(late["key"]) == ["finish"]


def test_records_from_other_threads_leave_no_gap_in_a_busy_run(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Chain")
        recorder = lab.runs.hosted[run_id].recorder
        assert recorder is not None

        def watch() -> None:
            for _ in range(100):
                recorder.record("unblocked", seconds=0)

        threads = [threading.Thread(target=watch) for _ in range(3)]
        for thread in threads:
            thread.start()
        run = await lab.ended(run_id)
        for thread in threads:
            await asyncio.to_thread(thread.join, 60)
        assert recorder.record("unblocked", seconds=0) == 0
        return run, lab.story(run_id)

    run, story = play(scene)
    assert run.result["value"] == 150 and run.last_seq == len(story.records)
    assert story.records[-1]["kind"] == "run_ended"
    assert len(story.started("link")) == 151
    keys = [record["key"] for record in story.of("event")]
    assert len(keys) == len(set(keys))


class Shown(Event):
    """What a step has to show."""

    text: str


class Shows(Workflow):
    """Streams what it then returns, as agents do with their output."""

    @step
    async def show(self, ctx: Context, ev: StartEvent) -> Shown:
        """The same object twice."""
        shown = Shown(text="x")
        ctx.write_event_to_stream(shown)
        return shown

    @step
    async def take(self, ev: Shown) -> StopEvent:
        """End."""
        return StopEvent(result=ev.text)


def test_an_event_that_is_streamed_and_then_returned_is_known_as_one(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Shows"))
    streamed, returned = (one for one in story.records if one["kind"] == "event" and one["type"] == "Shown")
    assert (streamed["via"], returned["via"]) == ("streamed", "returned")
    assert returned["same_as"] == streamed["key"]
    overlay = Overlay(None)
    for record in story.records:
        overlay.apply(record)
    assert [count for name, count in overlay.events.items() if name.endswith("Shown")] == [1]
