"""What of a run is written down, so that another process can go on with it: journal lines and checkpoints."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.results import AddWaiter, DeleteWaiter
from workflows.runtime.types.ticks import TickStepResult, WorkflowTick

from inspectors.recording.held_events import give_keys, held_keys
from inspectors.recording.invocations import Invocations
from inspectors.recording.run_log import Session
from inspectors.recording.unsaveable import events_of, why_unsaveable
from inspectors.recording.waiters import place_of, what_the_engine_forgets
from inspectors.recording.writer import CommitWriter
from inspectors.store.records import Commit

CHECKPOINT_TICKS = 1_000
"""Ticks after which a checkpoint takes the place of the journal: reading a tick back takes up to 0.26 ms."""
CHECKPOINT_SHARE = 0.02
"""Of a run's time at most goes into checkpoints: those of a wide fan-out or a large ctx.store cost more than ticks."""
MOST_WRITERS = 1_000


class RunSaving(Invocations):
    """Keeps the journal of a run, and checkpoints in its place from time to time."""

    def __init__(self, writer: CommitWriter, run_id: str, *, next_seq: int, session: Session, root: str) -> None:
        super().__init__(writer, run_id, next_seq=next_seq, session=session, root=root)
        self.on_checkpoint: Callable[[], None] | None = None
        """Writes a checkpoint, or says why it can't; called between ticks."""
        self.resumable = True
        """Whether another process could go on with the run; a run inside a step begins anew with the step."""
        self.store_writers: dict[str, str | None] = {}
        """Which step wrote what of ctx.store last, by name."""
        self._since_checkpoint = 0
        self._checkpoint_after = 0.0

    def write_journal(self, tick: WorkflowTick, store: Any, *more: str, at_once: bool) -> None:
        """Write a tick down, with lines that say `more` of it."""
        if self.journal is None or self.live is None or self.unsaveable is not None:
            return
        try:
            lines = self.journal.lines(tick, self.live.state, store if self.store_touched else None)
            self.store_touched = False
        except Exception as error:  # the engine's serializers raise many kinds on values they can't write
            self.not_saveable(why_unsaveable(error, events_of(tick), store, self.store_writers))
        else:
            self.keep_journal([*lines, *more], at_once=at_once)

    def not_saveable(self, why: str) -> None:
        """The run holds something that can't be written down: it goes on, but for now it can't outlive its runner."""
        if self.unsaveable is None:
            self.unsaveable = why
            self.record("not_saved", lambda commit: commit.run.update(unsaved=why), why=why)

    def checkpoint_if_due(self) -> None:
        """Have a checkpoint written where the journal has grown long, so that reading it back stays quick."""
        self._since_checkpoint += 1
        if self._since_checkpoint < CHECKPOINT_TICKS or self.on_checkpoint is None or self.ended:
            return
        began = time.perf_counter()
        if began < self._checkpoint_after:
            return
        self.on_checkpoint()
        now = time.perf_counter()
        self._since_checkpoint, self._checkpoint_after = 0, now + (now - began) / CHECKPOINT_SHARE

    def checkpoint(self, context: dict[str, Any]) -> Callable[[Commit], None]:
        """An edit that keeps this context, which is the engine's state now, and what the recorder knows beside it.

        Use it at once: whatever is journalled before the edit is said to be in the context.
        """
        self._held = []
        known = self.snapshot()
        if self.unsaveable is not None:
            self.unsaveable, self.store_touched = None, True
            self.record("saved")
        self._since_checkpoint = 0

        def edit(commit: Commit) -> None:
            commit.run.update(unsaved=None)
            commit.keep_checkpoint(context, known)

        return edit

    def restore_identities(self, state: BrokerState) -> None:
        """Give events that were read from a checkpoint their keys again, and waiters what the engine forgot of them."""
        for step_id, worker in state.workers.items():
            for buffer_id, events in worker.collected_events.items():
                for event, key in zip(events, self.known_buffers.get(f"{step_id}/{buffer_id}", []), strict=False):
                    if key is not None:
                        self.keys.put(event, key)
            for waiter in worker.collected_waiters:
                waiter.timed_out = place_of(str(step_id), waiter.waiter_id) in self.session.known.get("timed_out", ())
                keys = self.work_items.get(waiter.work_item_id or "", [])
                if keys and keys[0] is not None:
                    self.keys.put(waiter.event, keys[0])
        give_keys(state, self.keys, self.session.known.get("held", {}))

    def waiters_added(self, tick: TickStepResult) -> list[str]:
        """Remember what the engine forgets of the waiters that a step adds; gives the journal lines that say it."""
        lines = []
        for item in tick.result:
            if not isinstance(item, (AddWaiter, DeleteWaiter)):
                continue
            place = place_of(str(tick.step_id), item.waiter_id)
            if isinstance(item, DeleteWaiter):
                if not self._is_waiting(tick, item.waiter_id):  # a step that is tried again keeps its waiter
                    self.waiters.pop(place, None)
                continue
            waiter = what_the_engine_forgets(item)
            if place in self.waiters and waiter is not None:
                waiter["deadline"] = self.waiters[place]["deadline"]  # the body ran again; its clock goes on
            if waiter is not None:
                self.waiters[place] = waiter
                lines.append(f"w {json.dumps([[str(tick.step_id), item.waiter_id], waiter])}")
        return lines

    def _is_waiting(self, tick: TickStepResult, waiter_id: str) -> bool:
        worker = self.live.state.workers.get(tick.step_id) if self.live is not None else None
        return worker is not None and any(waiter.waiter_id == waiter_id for waiter in worker.collected_waiters)

    def answer_by(self, prompt_id: str) -> float | None:
        """Until when a step waits for an answer by its author's own limit (epoch seconds), if it has one."""
        prompt = self.prompts.get(prompt_id)
        places = [] if prompt is None else [place for place in self.waiters if place.endswith(f" {prompt.waiter_id}")]
        return next((self.waiters[place]["deadline"] for place in places), None)

    def snapshot(self) -> dict[str, Any]:
        """What the next session's recorder must know. It stays as it is while the run goes on."""
        workers = self.live.state.workers.items() if self.live is not None else ()
        waiters = {
            place_of(str(step_id), waiter.waiter_id): waiter
            for step_id, worker in workers
            for waiter in worker.collected_waiters
        }
        self.waiters = {place: waiter for place, waiter in self.waiters.items() if place in waiters}
        buffers = {
            f"{step_id}/{buffer_id}": [self.keys.get(event) for event in events]
            for step_id, worker in workers
            for buffer_id, events in worker.collected_events.items()
            if events
        }
        return {
            "work_items": dict(self.work_items),
            "buffers": buffers,
            "held": held_keys(self.live.state, self.keys) if self.live is not None else {},
            "waiters": self.waiters,
            "timed_out": [place for place, waiter in waiters.items() if waiter.timed_out],
            "prompts": self.prompts.snapshot(),
            "session": self.session.number,
            "ended": self.kept,
            "active": {invocation: active.step for invocation, active in self.active.items()},
        }
