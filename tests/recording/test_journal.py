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


@pytest.mark.parametrize("workflow", ["Gathers", "WaitsInside"])
def test_the_journal_restores_the_state_the_run_is_in(play: Any, lab: Lab, workflow: str) -> None:
    lines: list[str] = []
    lab.store.commit = _keeping(lab.store.commit, lines)

    async def scene(lab: Lab) -> Any:
        run_id = lab.start(workflow)
        await lab.paused(run_id)
        saved = lab.store.checkpoint(run_id)
        assert saved is not None
        return saved[1]

    live = play(scene)
    ticks = [line.split(" ", 2) for line in lines if line.startswith("t ")]
    records = [JournalRecord(seq=int(seq), data=data) for _, seq, data in ticks]
    records = [record for record in records if record.seq < live["journal_seq"]]
    assert [record.seq for record in records] == list(range(live["journal_seq"]))
    made = lab.instances.get(workflow, 30.0, False)
    restored = BasicRuntime().restore(made, None, records).to_dict(include_state=False)
    changing = ("state", "elapsed_alive")
    assert _plain({k: v for k, v in restored.items() if k not in changing}) == _plain(
        {k: v for k, v in live.items() if k not in changing}
    )


def test_state_and_its_patches_give_the_store_that_was_saved(play: Any, lab: Lab) -> None:
    lines: list[str] = []
    lab.store.commit = _keeping(lab.store.commit, lines)

    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Gathers")
        await lab.paused(run_id)
        saved = lab.store.checkpoint(run_id)
        assert saved is not None
        return saved[1]["state"]

    saved = play(scene)
    (whole,) = [json.loads(line[2:]) for line in lines if line.startswith("s ")]
    for patch in [json.loads(line[2:]) for line in lines if line.startswith("p ")]:
        whole = apply_state_patch(whole, patch)
    assert _values(whole) == _values(saved) == {"list": [1, 2], "more": {"a": None}}


def _keeping(commit: Any, lines: list[str]) -> Any:
    def keep(commits: list[Any]) -> None:
        for item in commits:
            lines.extend(item.journal)
        commit(commits)

    return keep


def _values(state: dict[str, Any]) -> dict[str, Any]:
    store = InMemoryStateStore.from_dict(state, JsonSerializer())
    return dict(asyncio.run(store.get_state()))


def _plain(state: Any) -> Any:
    """JSON, with what stands only for a time or a waiter's private requirement taken out."""
    if isinstance(state, dict):
        return {
            name: _plain(value)
            for name, value in state.items()
            if name not in ("has_requirements", "first_attempt_at", "last_failed_at")
        }
    if isinstance(state, list):
        return [_plain(value) for value in state]
    return state
