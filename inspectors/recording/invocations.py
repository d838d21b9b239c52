"""Invocations of steps as the recorder sees them: begun, returned, cancelled."""

from __future__ import annotations

import time

from workflows.events import Event
from workflows.runtime.types.results import (
    AddWaiter,
    RetryAttempt,
    StepWorkerFailed,
    StepWorkerOutput,
    StepWorkerState,
)

from inspectors.recording.errors import describe_error
from inspectors.recording.event_keys import event_types
from inspectors.recording.record_text import flat, list_text, or_null, quoted
from inspectors.recording.run_log import Active, RunLog, Session
from inspectors.recording.writer import CommitWriter

FIRST_TIMES = 3
QUIET_S = 0.05
"""Seconds without a step after which the next is committed before its code runs, as a step's first times are."""


class Invocations(RunLog):
    """The hooks around each step's function."""

    def __init__(self, writer: CommitWriter, run_id: str, *, next_seq: int, session: Session, root: str) -> None:
        super().__init__(writer, run_id, next_seq=next_seq, session=session, root=root)
        self._begun: dict[str, int] = {}
        self._begun_at = 0.0

    def invocation_started(
        self,
        state: StepWorkerState,
        step: str,
        event: Event,
        bound: dict[str, Event] | None,
        retry: RetryAttempt,
    ) -> str:
        """A step is about to run; returns the invocation's id."""
        invocation = state.invocation_id or f"invocation_x{self._seq}"
        keys, takes = self._consumed(state, event, bound)
        queued = self.keys.queued_at(event)
        now = time.time()
        worker, workers = self._worker(step, invocation)
        self.active[invocation] = Active(step, time.perf_counter(), state, keys, state.work_item_id)
        queue_ms = f"{max(0.0, now - queued) * 1000:.3f}" if queued else "null"  # a retry may be early by a hair
        self.append(
            "invocation_started",
            f'"invocation":{quoted(invocation)},"step":{quoted(step)},"consumed":{list_text(keys)},'
            f'"worker":{"null" if worker is None else worker},"workers":{"null" if workers is None else workers},'
            f'"attempt":{retry.retry_number + 1},"queue_ms":{queue_ms},"work_item":{or_null(state.work_item_id)},'
            f'"takes":{flat(takes)}',
        )
        begun = self._begun.get(step, 0)
        if begun < FIRST_TIMES or now - self._begun_at > QUIET_S:
            self._writer.settle()  # in a busy run not for each step, which would feel it
        self._begun[step], self._begun_at = begun + 1, now
        return invocation

    def _consumed(
        self, state: StepWorkerState, event: Event, bound: dict[str, Event] | None
    ) -> tuple[list[str | None], dict[str, int]]:
        """Keys of the events an invocation works on, and how many of each type."""
        if state.collection_release_payload is not None:
            events = list(state.collection_release_payload.events)
        else:
            events = list(bound.values()) if bound else [event]
        keys = [self.keys.get(item) for item in events]
        item = state.work_item_id
        if item is not None:
            if None in keys and item in self.work_items:
                keys = list(self.work_items[item])  # read from a checkpoint: objects are new, the work item is the same
            self.work_items[item] = list(keys)
        answers = [
            waiter.resolved_event
            for waiter in state.collected_waiters
            if waiter.work_item_id == item and waiter.resolved_event is not None
        ]
        return keys + [self.keys.get(answer) for answer in answers], event_types([*events, *answers])

    def _worker(self, step: str, invocation: str) -> tuple[int | None, int | None]:
        if self.live is None:
            return None, None
        for step_id, worker_state in self.live.state.workers.items():
            if str(step_id) == step:
                for running in worker_state.in_progress:
                    if running.invocation_id == invocation:
                        return running.worker_id, worker_state.config.num_workers
                return None, worker_state.config.num_workers
        return None, None

    def invocation_returned(self, invocation: str, output: list[StepWorkerOutput]) -> list[StepWorkerOutput]:
        """A step's function has returned; gives back its output with waiters tied to their prompts."""
        active = self.active.get(invocation)
        if active is None:
            return output
        active.ended = time.perf_counter()
        tied: list[StepWorkerOutput] = []
        for item in output:
            if isinstance(item, StepWorkerFailed):
                active.error = describe_error(item.exception, self.root)
                self.last_error = (item.exception, active.error)
            tied.append(self.prompts.tie(item, active.work_item, active.asked) if isinstance(item, AddWaiter) else item)
        return tied

    def invocation_cancelled(self, invocation: str) -> None:
        """A step was stopped by the end of its run."""
        active = self.active.pop(invocation, None)
        if active is not None:
            took = (time.perf_counter() - active.started) * 1000
            self.record(
                "invocation_ended",
                invocation=invocation,
                step=active.step,
                outcome="cancelled",
                took_ms=round(took, 3),
                gave=[],
            )
