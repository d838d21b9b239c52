"""Every event instance has a record that says who made it and who took it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from workflows import Context, Workflow, catch_error, step
from workflows.collect import Collect, Take
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StepFailedEvent, StopEvent

from tests.recording.lab import Lab


class Part(Event):
    """One part of the work."""

    n: int


class Done(Event):
    """One part is done."""

    n: int


class Left(Event):
    """One of two that are joined."""

    side: str = "left"


class Right(Event):
    """The other of two that are joined."""

    side: str = "right"


class Progress(Event):
    """Only for who watches."""

    text: str


class ReturnsAndSends(Workflow):
    """Sends to all, sends to one step, returns, and streams."""

    taken = 0

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Part | Left | None:
        """Send one event to whoever takes it and one to a step by name."""
        ctx.write_event_to_stream(Progress(text="beginning"))
        ctx.send_event(Part(n=1))
        ctx.send_event(Part(n=2), step="listed")
        return Left()

    @step
    async def listed(self, ev: Part) -> None:
        """Takes parts."""
        self.taken += 1

    @step
    async def other(self, ev: Part) -> None:
        """Takes parts, too."""
        self.taken += 1

    @step
    async def finish(self, ctx: Context, ev: Left) -> StopEvent:
        """End once the parts have been taken."""
        while self.taken < 3:  # noqa: ASYNC110 (it must not come by the engine, which is what is tested)
            await asyncio.sleep(0.001)
        return StopEvent(result="left")


class ListFan(Workflow):
    """A list fans out; a list parameter joins."""

    @step
    async def split(self, ev: StartEvent) -> list[Part]:
        """Three parts."""
        return [Part(n=1), Part(n=2), Part(n=3)]

    @step(num_workers=2)
    async def work(self, ev: Part) -> Done:
        """Do one part."""
        await asyncio.sleep(0.01)
        return Done(n=ev.n)

    @step
    async def join(self, events: list[Done]) -> StopEvent:
        """Take all that is done."""
        return StopEvent(result=sorted(event.n for event in events))


class TakesTwo(Workflow):
    """Joins as soon as two of three are there."""

    @step
    async def split(self, ev: StartEvent) -> list[Part]:
        """Three parts."""
        return [Part(n=1), Part(n=2), Part(n=3)]

    @step(num_workers=3)
    async def work(self, ev: Part) -> Done:
        """The third part takes for ever."""
        await asyncio.sleep(60 if ev.n == 3 else 0)
        return Done(n=ev.n)

    @step
    async def join(self, events: Annotated[list[Done], Collect(Take(2))]) -> StopEvent:
        """Take the first two."""
        return StopEvent(result=sorted(event.n for event in events))


class TwoParameters(Workflow):
    """A step that needs one event of each of two types."""

    @step
    async def left(self, ev: StartEvent) -> Left:
        """Give the left half."""
        return Left()

    @step
    async def right(self, ev: StartEvent) -> Right:
        """Give the right half."""
        await asyncio.sleep(0.01)
        return Right()

    @step
    async def join(self, a: Left, b: Right) -> StopEvent:
        """Put the halves together."""
        return StopEvent(result=f"{a.side} {b.side}")


class Collects(Workflow):
    """Gathers with collect_events, one at a time."""

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Part | None:
        """Send three parts."""
        for n in (1, 2, 3):
            ctx.send_event(Part(n=n))
        return None

    @step(num_workers=1)
    async def gather(self, ctx: Context, ev: Part) -> StopEvent | None:
        """Wait for three parts."""
        found = ctx.collect_events(ev, [Part] * 3)
        return None if found is None else StopEvent(result=[part.n for part in found])


class CollectsAtOnce(Workflow):
    """Several workers collect into one buffer; the engine runs those with a stale buffer again."""

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Part | None:
        """Send three parts."""
        for n in (1, 2, 3):
            ctx.send_event(Part(n=n))
        return None

    @step(num_workers=3)
    async def gather(self, ctx: Context, ev: Part) -> StopEvent | None:
        """All three begin with an empty buffer."""
        found = ctx.collect_events(ev, [Part] * 3)
        await asyncio.sleep(0.02)
        return None if found is None else StopEvent(result=sorted(part.n for part in found))


class Catches(Workflow):
    """A failure is caught by a step made for it."""

    @step
    async def risky(self, ev: StartEvent) -> StopEvent:
        """Fail."""
        raise KeyError("nokey")

    @catch_error
    async def rescue(self, ev: StepFailedEvent) -> StopEvent:
        """Go on."""
        return StopEvent(result=f"rescued {ev.step_name}")


class Asks(Workflow):
    """Asks by returning a question."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return InputRequiredEvent(prefix="Well?")

    @step
    async def hear(self, ev: HumanResponseEvent) -> StopEvent:
        """Listen."""
        return StopEvent(result=ev.response)


class Undeclared(Workflow):
    """Sends what no annotation names and nobody takes."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Send into the void."""
        ctx.send_event(Right())
        await asyncio.sleep(0.02)
        return StopEvent(result="ok")


def test_sent_returned_and_streamed_events_name_their_sender_and_takers(play: Any) -> None:
    run, story = play(lambda lab: lab.run("ReturnsAndSends"))
    assert run.status == "done"
    assert story.makers("StartEvent") == [("start", None)]
    assert story.makers("Progress") == [("streamed", "begin")]
    assert story.makers("Left") == [("returned", "begin")]
    to_all, to_one = story.events("Part")
    assert (to_all["via"], to_all["from_step"], to_all["to_step"]) == ("sent", "begin", None)
    assert (to_one["via"], to_one["from_step"], to_one["to_step"]) == ("sent", "begin", "listed")
    assert sorted(story.takers(to_all["key"])) == ["listed", "other"]
    assert story.takers(to_one["key"]) == ["listed"]
    assert story.takers(story.event("Left")["key"]) == ["finish"]
    (begin,) = story.ended("begin")
    assert begin["gave"] == [to_all["key"], to_one["key"], story.event("Left")["key"]]
    assert begin["gives"] == {"Part": 2, "Left": 1}


def test_a_list_fans_out_and_a_list_parameter_joins(play: Any) -> None:
    run, story = play(lambda lab: lab.run("ListFan"))
    assert run.result is not None and run.result["value"] == [1, 2, 3]
    assert story.makers("Part") == [("fanned_out", "split")] * 3
    assert [story.takers(part["key"]) for part in story.events("Part")] == [["work"]] * 3
    (join,) = story.started("join")
    assert sorted(join["consumed"]) == sorted(done["key"] for done in story.events("Done"))
    assert join["takes"] == {"Done": 3}
    assert {record["worker"] for record in story.started("work")} == {0, 1}
    assert {record["workers"] for record in story.started("work")} == {2}


def test_taking_the_first_two_consumes_these_two_and_cancels_the_third(play: Any) -> None:
    run, story = play(lambda lab: lab.run("TakesTwo"))
    assert run.status == "done"
    (join,) = story.started("join")
    assert sorted(story.fields(key)["n"] for key in join["consumed"]) == [1, 2]
    assert sorted(record["outcome"] for record in story.ended("work")) == ["cancelled", "ok", "ok"]


def test_a_step_of_two_parameters_consumes_one_event_of_each(play: Any) -> None:
    run, story = play(lambda lab: lab.run("TwoParameters"))
    assert run.result is not None and run.result["value"] == "left right"
    assert story.takers("x1") == ["left", "right"]
    (join,) = story.started("join")
    assert join["consumed"] == [story.event("Left")["key"], story.event("Right")["key"]]
    assert join["takes"] == {"Left": 1, "Right": 1}


def test_collected_events_are_buffered_and_then_joined_by_their_keys(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Collects"))
    keys = [part["key"] for part in story.events("Part")]
    first, second, last = story.ended("gather")
    assert (first["outcome"], first["buffered"]) == ("buffered", keys[0])
    assert (second["outcome"], second["buffered"]) == ("buffered", keys[1])
    assert (last["outcome"], last["joined"]) == ("ok", keys)


def test_a_stale_collect_is_said_to_run_again_and_counts_once(play: Any) -> None:
    run, story = play(lambda lab: lab.run("CollectsAtOnce"))
    assert run.result is not None and run.result["value"] == [1, 2, 3]
    outcomes = [record["outcome"] for record in story.ended("gather")]
    assert outcomes.count("buffered") == 2 and outcomes.count("ok") == 1
    assert outcomes.count("again") >= 2
    for thrown_away in story.of("invocation_ended", outcome="again"):
        (before,) = story.of("invocation_started", invocation=thrown_away["invocation"])
        anew = [
            record
            for record in story.started("gather")
            if record["seq"] > before["seq"] and record["work_item"] == before["work_item"]
        ]
        assert anew and anew[0]["consumed"] == before["consumed"]
        assert thrown_away["gave"] == []
    (joined,) = [record["joined"] for record in story.ended("gather") if "joined" in record]
    assert sorted(joined) == sorted(part["key"] for part in story.events("Part"))


def test_a_caught_failure_is_an_event_from_the_step_that_failed(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Catches"))
    assert run.status == "done" and run.error is None
    failure = story.event("StepFailedEvent")
    (failed,) = story.ended("risky")
    assert failed["outcome"] == "error" and failed["error"]["type"] == "KeyError"
    assert (failure["via"], failure["by"]) == ("failure", failed["invocation"])
    assert failure["from_step"] == "risky"
    assert story.takers(failure["key"]) == ["rescue"]


def test_an_answer_that_code_sends_comes_from_outside_and_closes_the_prompt(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Asks")
        await lab.recorded(run_id, "prompt")
        handler = lab.runs.hosted[run_id].handler
        assert handler is not None
        await handler.send_event(HumanResponseEvent(response="from code"))
        run = await lab.ended(run_id)
        return run, lab.story(run_id), lab.store.prompts(run_id, None)

    run, story, prompts = play(scene)
    assert run.result["value"] == "from code"
    answer = story.event("HumanResponseEvent")
    assert (answer["via"], answer["by"], answer["from_step"]) == ("outside", None, None)
    assert story.takers(answer["key"]) == ["hear"]
    assert [prompt.status for prompt in prompts] == ["answered"]


def test_an_event_nobody_takes_is_recorded_all_the_same(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Undeclared"))
    assert run.status == "done"
    lost = story.event("Right")
    assert (lost["via"], lost["from_step"]) == ("sent", "begin")
    assert story.takers(lost["key"]) == []


def test_several_runs_at_once_keep_their_records_apart(play: Any) -> None:
    async def scene(lab: Lab) -> list[tuple[str, Any, Any]]:
        names = ["Collects", "ListFan", "TwoParameters"] * 3
        started = [(name, lab.start(name, mark=f"{name}-{n}")) for n, name in enumerate(names)]
        return [(name, await lab.ended(run_id), lab.story(run_id)) for name, run_id in started]

    played = play(scene)
    for number, (name, run, story) in enumerate(played):
        assert run.status == "done", run.error
        assert story.event("StartEvent")["fields"] == {"mark": f"{name}-{number}"}
        keys = [record["key"] for record in story.of("event")]
        assert len(keys) == len(set(keys))
        assert {key for record in story.of("invocation_started") for key in record["consumed"]} <= set(keys)
    for name in ("Collects", "ListFan", "TwoParameters"):
        shapes = {
            tuple(sorted(f"{record['kind']} {record.get('type')}" for record in story.records))
            for other, _, story in played
            if other == name
        }
        assert len(shapes) == 1
