"""What the journal says, the engine reads back as the state the run is in."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from workflows import Context, Workflow, step
from workflows.context.serializers import JsonSerializer
from workflows.context.state_store import InMemoryStateStore, apply_state_patch
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.plugins.basic import BasicRuntime, JournalRecord
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed

from inspectors.recording.replay import JournalGap, restore
from inspectors.recording.run_log import RunLog
from tests.recording.lab import Lab


class Part(Event):
    """One part."""

    n: int


class Go(Event):
    """Everything is ready."""


class Gathers(Workflow):
    """Stands still with a half full buffer and an open question."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Part | InputRequiredEvent:
        """Send two of three parts."""
        await ctx.store.set("list", [1])
        await ctx.store.set("list", [1, 2])
        async with ctx.store.edit_state() as state:
            state.more = {"a": None}
        ctx.send_event(Part(n=1))
        ctx.send_event(Part(n=2))
        return InputRequiredEvent(prefix="?")

    @step
    async def hear(self, ev: HumanResponseEvent) -> Part:
        """The third part."""
        return Part(n=3)

    @step(num_workers=2)
    async def gather(self, ctx: Context, ev: Part) -> StopEvent | None:
        """Wait for three."""
        await asyncio.sleep(0)
        return None if ctx.collect_events(ev, [Part] * 3) is None else StopEvent()


class WaitsInside(Workflow):
    """Stands still in a waiting step, after a list and a retry."""

    @step
    async def split(self, ev: StartEvent) -> list[Part]:
        """Three parts."""
        return [Part(n=1), Part(n=2), Part(n=3)]

    @step(num_workers=2, retry_policy=retry_policy(wait=wait_fixed(0.01), stop=stop_after_attempt(3)))
    async def work(self, ctx: Context, ev: Part) -> Go:
        """The second part fails once."""
        if ev.n == 2 and ctx.retry_info().retry_number == 0:
            raise ValueError("once")
        return Go()

    @step
    async def join(self, ctx: Context, events: list[Go]) -> StopEvent:
        """Ask."""
        await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="Now?"))
        return StopEvent(result=len(events))


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All journal lines, though a checkpoint takes the place of those before it."""
    kept: list[str] = []
    keep = RunLog.keep_journal

    def keeping(self: RunLog, lines: list[str], *, at_once: bool) -> None:
        kept.extend(lines)
        keep(self, lines, at_once=at_once)

    monkeypatch.setattr(RunLog, "keep_journal", keeping)
    return kept


def _saved(play: Any, workflow: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The context and what the recorder knows, of a run that waits for a person."""

    async def scene(lab: Lab) -> Any:
        run_id = lab.start(workflow)
        await lab.paused(run_id)
        saved = lab.store.checkpoint(run_id)
        assert saved is not None
        return saved[1:]

    saved: tuple[dict[str, Any], dict[str, Any]] = play(scene)
    return saved


@pytest.mark.parametrize("workflow", ["Gathers", "WaitsInside"])
def test_the_journal_restores_the_state_the_run_is_in(play: Any, lab: Lab, lines: list[str], workflow: str) -> None:
    live, known = _saved(play, workflow)
    ticks = [line.split(" ", 2) for line in lines if line.startswith("t ")]
    records = [JournalRecord(seq=int(seq), data=data) for _, seq, data in ticks]
    records = [record for record in records if record.seq < live["journal_seq"]]
    assert [record.seq for record in records] == list(range(live["journal_seq"]))
    made = lab.instances.get(workflow, 30.0, False)
    engines_own = BasicRuntime().restore(made, None, records).to_dict(include_state=False)
    assert _plain(engines_own) == _plain(live)

    last = next(number for number, line in enumerate(lines) if line.startswith(f"t {live['journal_seq'] - 1} "))
    added = next((number for number, line in enumerate(lines) if number > last and not line.startswith("w ")), None)
    ours = restore(made, JsonSerializer(), None, lines[:added])
    assert _plain(ours.context) == _plain(live)
    assert _worker_flags(ours.context) == _worker_flags(live)
    assert ours.over is None
    for name in ("held", "work_items", "timed_out"):
        assert ours.known[name] == known[name], name
    assert _requirements(ours.known) == _requirements(known)


def test_state_and_its_patches_give_the_store_that_was_saved(play: Any, lines: list[str]) -> None:
    saved = _saved(play, "Gathers")[0]["state"]
    (whole,) = [json.loads(line[2:]) for line in lines if line.startswith("s ")]
    for patch in [json.loads(line[2:]) for line in lines if line.startswith("p ")]:
        whole = apply_state_patch(whole, patch)
    assert _values(whole) == _values(saved) == {"list": [1, 2], "more": {"a": None}}


def test_a_journal_with_a_gap_is_not_read(play: Any, lab: Lab, lines: list[str]) -> None:
    _saved(play, "Gathers")
    made = lab.instances.get("Gathers", 30.0, False)
    with pytest.raises(JournalGap, match="lacks tick 3"):
        restore(made, JsonSerializer(), None, [line for line in lines if not line.startswith("t 3 ")])


def test_a_journal_of_other_code_is_not_read(play: Any, lab: Lab, lines: list[str]) -> None:
    _saved(play, "Gathers")
    with pytest.raises(JournalGap, match="the code is not what it was when begin ran"):
        restore(lab.instances.get("WaitsInside", 30.0, False), JsonSerializer(), None, lines)


def _worker_flags(context: dict[str, Any]) -> list[Any]:
    """Of each waiter, whether it takes only certain events: an answer must not reach any waiter of its type."""
    return [
        (name, waiter["waiter_id"], waiter["has_requirements"])
        for name, worker in context["workers"].items()
        for waiter in worker["collected_waiters"]
    ]


def _requirements(known: dict[str, Any]) -> dict[str, Any]:
    return {place: (waiter["required"], waiter["own"]) for place, waiter in known["waiters"].items()}


def _values(state: dict[str, Any]) -> dict[str, Any]:
    store = InMemoryStateStore.from_dict(state, JsonSerializer())
    return dict(asyncio.run(store.get_state()))


def _plain(state: Any) -> Any:
    """JSON, with what stands only for a time or a waiter's private requirement taken out."""
    if isinstance(state, dict):
        return {
            name: _plain(value)
            for name, value in state.items()
            if name not in ("has_requirements", "first_attempt_at", "last_failed_at", "state", "elapsed_alive")
        }
    if isinstance(state, list):
        return [_plain(value) for value in state]
    return state
