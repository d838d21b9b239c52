"""Complete, item by item: events with their senders and consumers; one workflow that does each thing."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

import pytest
from pydantic import Field
from workflows import Context, Workflow, step
from workflows.collect import Collect, Take
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from inspectors.trace.details import details
from inspectors.trace.relations import Relations
from inspectors.trace.rows import RowContext
from tests.recording.lab import Lab, Story


class Part(Event):
    """One part of the work."""

    n: int
    name: str = ""
    tags: list[str] = Field(default_factory=list)


class Done(Event):
    """One part is done."""

    n: int


class Left(Event):
    """One of two that are joined."""

    n: int = 0


class Right(Event):
    """The other of two."""

    n: int = 0


class Seen(Event):
    """Only for who watches."""

    n: int


class Question(InputRequiredEvent):
    """Asks a person."""

    text: str = "Go on?"


class Everything(Workflow):
    """Sends an event in each way there is."""

    @step
    async def aside(self, ctx: Context, ev: StartEvent) -> Left | None:
        """Send."""
        ctx.send_event(Left(n=5))
        return None

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> list[Part]:
        """Stream, and give back a list."""
        ctx.write_event_to_stream(Seen(n=1))
        return [Part(n=1, name="one", tags=["a", "b"]), Part(n=2)]

    @step
    async def work(self, ev: Part) -> Done:
        """Return one."""
        return Done(n=ev.n)

    @step
    async def join(self, ctx: Context, events: list[Done]) -> Right:
        """Ask, from inside the step."""
        answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=Question())
        return Right(n=len(events) + len(answer.response))

    @step
    async def finish(self, a: Left, b: Right) -> StopEvent:
        """Join two types."""
        return StopEvent(result=a.n + b.n)


class TakesOfMany(Workflow):
    """Takes three of five, then what is left is never taken."""

    @step
    async def split(self, ev: StartEvent) -> list[Part]:
        """Five parts."""
        return [Part(n=n) for n in range(5)]

    @step(num_workers=5)
    async def work(self, ev: Part) -> Done:
        """Three are quick."""
        await asyncio.sleep(0 if ev.n < 3 else 60)
        return Done(n=ev.n)

    @step
    async def join(self, events: Annotated[list[Done], Collect(Take(3))]) -> StopEvent:
        """Take three."""
        return StopEvent(result=sorted(event.n for event in events))


class CollectsKinds(Workflow):
    """Collects two of one type and one of another, twice, in one buffer each time."""

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Left | Right | None:
        """Send two rounds."""
        for n in range(2):
            ctx.send_event(Left(n=n))
            ctx.send_event(Left(n=n + 10))
            ctx.send_event(Right(n=n))
        return None

    @step(num_workers=1)
    async def gather(self, ctx: Context, ev: Left | Right) -> StopEvent | None:
        """Two and one."""
        found = ctx.collect_events(ev, [Left, Left, Right])
        if found is None:
            return None
        rounds = await ctx.store.get("rounds", default=0) + 1
        await ctx.store.set("rounds", rounds)
        return StopEvent(result=rounds) if rounds == 2 else None


class Queues(Workflow):
    """Four parts, one worker."""

    @step
    async def split(self, ev: StartEvent) -> list[Part]:
        """Four parts."""
        return [Part(n=n) for n in range(4)]

    @step(num_workers=1)
    async def work(self, ev: Part) -> Done:
        """Take a while."""
        await asyncio.sleep(0.2)
        return Done(n=ev.n)

    @step
    async def join(self, events: list[Done]) -> StopEvent:
        """Take all."""
        return StopEvent(result=len(events))


def consumers(story: Story, key: str) -> list[str]:
    """Invocations that took an event, as the details of its record name them."""
    relations = Relations(story.records)
    return [taker["invocation"] for taker in relations.taken_by.get(key, [])]


@pytest.fixture
def everything(play: Any) -> Story:
    """The story of Everything, with its question answered."""

    async def scene(lab: Lab) -> Story:
        run_id = lab.start("Everything")
        (prompt,) = await lab.prompted(run_id)
        await lab.paused(run_id)
        await lab.answer(prompt, response="yes")
        run = await lab.ended(run_id)
        assert run.status == "done", run.error
        return lab.story(run_id)

    story: Story = play(scene)
    return story


def test_each_event_has_its_type_module_fields_and_time(everything: Story) -> None:
    now = time.time()
    parts = everything.events("Part")
    assert [part["fields"] for part in parts] == [
        {"n": 1, "name": "one", "tags": ["a", "b"]},
        {"n": 2, "name": "", "tags": []},
    ]
    for event in everything.of("event"):
        assert event["module"] == ("workflows.events" if event["type"] in ENGINES else __name__)
        assert now - 60 < event["t"] <= now + 1
    times = [record["t"] for record in everything.records]
    assert times == sorted(times)
    keys = [event["key"] for event in everything.of("event")]
    assert len(keys) == len(set(keys)) == 11


ENGINES = ("StartEvent", "StopEvent", "HumanResponseEvent")


def test_each_way_of_sending_names_its_sender(everything: Story) -> None:
    senders = {event["type"]: (event["via"], event["from_step"]) for event in everything.of("event")}
    assert senders == {
        "StartEvent": ("start", None),
        "Seen": ("streamed", "begin"),
        "Left": ("sent", "aside"),
        "Part": ("fanned_out", "begin"),
        "Done": ("returned", "work"),
        "Question": ("prompt", "join"),
        "HumanResponseEvent": ("answer", None),
        "Right": ("returned", "join"),
        "StopEvent": ("returned", "finish"),
    }
    invocations = {record["invocation"]: record["step"] for record in everything.of("invocation_started")}
    for event in everything.of("event"):
        assert (event["by"] is None) == (event["via"] in ("start", "answer"))
        assert event["by"] is None or invocations[event["by"]] == event["from_step"]


def test_each_event_is_traceable_to_the_invocations_that_took_it(everything: Story) -> None:
    steps = {record["invocation"]: record["step"] for record in everything.of("invocation_started")}
    taken = {
        event["type"]: sorted(steps[invocation] for invocation in consumers(everything, event["key"]))
        for event in everything.of("event")
    }
    assert taken == {
        "StartEvent": ["aside", "begin"],
        "Seen": [],
        "Left": ["finish"],
        "Part": ["work"],
        "Done": ["join", "join"],  # once before the answer and once with it
        "Question": [],
        "HumanResponseEvent": ["join"],
        "Right": ["finish"],
        "StopEvent": [],
    }


def test_take_three_takes_three_and_no_others(play: Any) -> None:
    run, story = play(lambda lab: lab.run("TakesOfMany"))
    assert run.result["value"] == [0, 1, 2]
    (join,) = story.started("join")
    assert sorted(join["consumed"]) == sorted(done["key"] for done in story.events("Done"))
    assert join["takes"] == {"Done": 3}
    for done in story.events("Done"):
        assert consumers(story, done["key"]) == [join["invocation"]]
    outcomes = sorted(record["outcome"] for record in story.ended("work"))
    assert outcomes == ["cancelled", "cancelled", "ok", "ok", "ok"]


def test_each_collected_event_leads_to_the_invocation_that_joined_it(play: Any) -> None:
    run, story = play(lambda lab: lab.run("CollectsKinds"))
    assert run.result["value"] == 2
    joins = [record for record in story.ended("gather") if record.get("joined")]
    fields = {event["key"]: (event["type"], event["fields"]["n"]) for event in story.of("event", via="sent")}
    assert [sorted(fields[key] for key in join["joined"]) for join in joins] == [
        [("Left", 0), ("Left", 10), ("Right", 0)],
        [("Left", 1), ("Left", 11), ("Right", 1)],
    ]
    for join in joins:
        for key in join["joined"]:
            takers = consumers(story, key)
            assert takers[-1] == join["invocation"], "the join is the last that took it"
    context = RowContext(story.records[0]["t"])
    shown = details(joins[0]["seq"], Relations(story.records), context)
    assert shown is not None and len(shown["took"]["events"]) == 3


def test_queue_wait_and_run_time_and_worker_are_told_of_each_invocation(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Queues"))
    started, ended = story.started("work"), story.ended("work")
    assert [record["worker"] for record in started] == [0, 0, 0, 0]
    assert [record["workers"] for record in started] == [1, 1, 1, 1]
    waits = [record["queue_ms"] for record in started]
    assert waits == sorted(waits) and waits[1] >= 15 and waits[3] >= 50
    assert all(15 <= record["took_ms"] < 60_000 for record in ended)
    for begun, over in zip(started, ended, strict=True):
        assert abs((over["t"] - begun["t"]) * 1000 - over["took_ms"]) < 5_000
