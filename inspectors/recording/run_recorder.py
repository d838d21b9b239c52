"""One run's recorder: turns what the engine's hooks see into records, prompts and journal lines."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    InternalDispatchEvent,
    StartEvent,
    StepFailedEvent,
    StopEvent,
)
from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.results import (
    AddWaiter,
    RetryAttempt,
    StepWorkerFailed,
    StepWorkerOutput,
    StepWorkerState,
)
from workflows.runtime.types.ticks import (
    TickAddEvent,
    TickIdleCheck,
    TickIdleRelease,
    TickStepResult,
    TickWaiterTimeout,
    WorkflowTick,
)

from inspectors.recording.errors import describe_error
from inspectors.recording.event_keys import EventKeys, event_types
from inspectors.recording.journal import Journal
from inspectors.recording.live_state import LiveState
from inspectors.recording.prompts import OpenPrompt, PromptBook
from inspectors.recording.step_results import StepResult
from inspectors.recording.values import fields_of, preview
from inspectors.recording.vocabulary import VERSION
from inspectors.recording.writer import CommitWriter, set_columns
from inspectors.store.records import Commit

INVOCATION: ContextVar[tuple[RunRecorder, str] | None] = ContextVar("stepscope_invocation", default=None)
"""The run and invocation whose code is running here; inherited by tasks and threads that the step starts."""


@dataclass
class Active:
    """An invocation that has begun and not been committed as ended."""

    step: str
    started: float
    state: StepWorkerState | None
    keys: list[str | None]
    work_item: str | None
    ended: float | None = None
    error: dict[str, Any] | None = None
    streamed: int = 0


@dataclass
class Session:
    """One stay of a run in a runner's memory."""

    engine_run_id: str
    number: int
    resumed: bool
    timeout: float | None
    known: dict[str, Any] = field(default_factory=dict)
    """What an earlier session's recorder knew (`RunRecorder.snapshot`)."""


class RunRecorder:
    """Records one session of one run. Its methods are called on the event loop unless they say otherwise."""

    def __init__(self, writer: CommitWriter, run_id: str, *, next_seq: int, session: Session, root: str) -> None:
        self.run_id = run_id
        self.session = session
        self.root = root
        self.keys = EventKeys()
        self.live: LiveState | None = None
        self.active: dict[str, Active] = {}
        self.work_items: dict[str, list[str | None]] = session.known.get("work_items", {})
        self.known_buffers: dict[str, list[str | None]] = session.known.get("buffers", {})
        self.prompts = PromptBook(run_id, session.known.get("prompts", {}))
        self.ticks = 0
        self.ended = False
        self.unsaveable: str | None = None
        self.last_error: tuple[BaseException, dict[str, Any]] | None = None
        self.on_idle: Callable[[], None] | None = None
        self.journal: Journal | None = None
        self.watcher: asyncio.Task[None] | None = None
        self.keeps_stream = False
        """Whether anyone can read the run's stream: code that holds its handler, not Stepscope."""
        self._writer = writer
        self._seq = next_seq
        self._lock = threading.Lock()

    # -- records ---------------------------------------------------------------------------------------------------

    def record(self, kind: str, edit: Callable[[Commit], None] | None = None, **values: Any) -> int:
        """Add a record and return its seq; safe from any thread. After the run's end nothing is added and 0 returned."""
        with self._lock:
            if self.ended:
                return 0
            seq = self._seq
            self._seq += 1
            line = json.dumps({"seq": seq, "t": round(time.time(), 6), "kind": kind, **values})

            def add(commit: Commit) -> None:
                commit.lines.append(line)
                if edit is not None:
                    edit(commit)

            self._writer.change(self.run_id, seq, add)
            if kind == "run_ended":
                self.ended = True
        return seq

    def change(self, edit: Callable[[Commit], None]) -> None:
        """Change what is kept beside the records; safe from any thread."""
        with self._lock:
            self._writer.change(self.run_id, self._seq, edit)

    def run_started(self, workflow: Any, **values: Any) -> None:
        """The first record of a session."""
        cls = type(workflow)
        now = time.time()
        self.record(
            "run_started",
            set_columns(
                status="running",
                active_since=now,
                waiting_since=None,
                loaded=1,
                **({} if self.session.resumed else {"started_at": now}),
            ),
            version=VERSION,
            workflow=cls.__qualname__,
            module=cls.__module__,
            timeout=self.session.timeout,
            session=self.session.number,
            resumed=self.session.resumed,
            **values,
        )

    def event(
        self,
        event: Event,
        key: str,
        via: str,
        by: str | None = None,
        from_step: str | None = None,
        **values: Any,
    ) -> int:
        """An event instance, seen for the first time; `from_step` is looked up if the invocation `by` is still active."""
        cls = type(event)
        if by is not None and from_step is None and by in self.active:
            from_step = self.active[by].step
        return self.record(
            "event",
            key=key,
            type=cls.__qualname__,
            module=cls.__module__,
            via=via,
            by=by,
            from_step=from_step,
            fields=preview(fields_of(event) or {}),
            **values,
        )

    # -- invocations -----------------------------------------------------------------------------------------------

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
        self.record(
            "invocation_started",
            invocation=invocation,
            step=step,
            consumed=keys,
            worker=worker,
            workers=workers,
            attempt=retry.retry_number + 1,
            queue_ms=round((now - queued) * 1000, 3) if queued else None,
            work_item=state.work_item_id,
            takes=takes,
        )
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
            tied.append(self.prompts.tie(item) if isinstance(item, AddWaiter) else item)
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

    # -- what the control loop does ----------------------------------------------------------------------------------

    def tick_reduced(self, tick: WorkflowTick, store: Any) -> None:
        """A tick has been reduced; `store` is the engine's own state store."""
        if not isinstance(tick, (TickIdleCheck, TickIdleRelease)):
            self.ticks += 1
        if isinstance(tick, TickAddEvent):
            self._event_queued(tick)
        elif isinstance(tick, TickStepResult):
            self._step_result(tick)
        elif isinstance(tick, TickWaiterTimeout):
            self._waiter_timed_out(tick.waiter_id)
        self._write_journal(tick, store)

    def _waiter_timed_out(self, waiter_id: str) -> None:
        prompt = self.prompts.of_waiter(waiter_id)
        if prompt is not None:
            self.prompts.close(prompt.prompt_id)
            self.record("prompt_expired", lambda commit: _withdraw(commit, prompt.prompt_id), prompt=prompt.prompt_id)

    def _write_journal(self, tick: WorkflowTick, store: Any) -> None:
        if self.journal is None or self.live is None or self.unsaveable is not None:
            return
        try:
            lines = self.journal.lines(tick, self.live.state.journal_seq - 1, store)
        except Exception as error:  # the engine's serializers raise many kinds on values they can't write
            self.not_saveable(error)
        else:
            self.change(lambda commit: commit.journal.extend(lines))

    def not_saveable(self, error: Exception) -> None:
        """The run holds something that can't be written down: it goes on, but can't outlive its runner."""
        if self.unsaveable is None:
            self.unsaveable = f"{type(error).__name__}: {error}"[:500]
            self.record("not_saved", why=self.unsaveable)

    def restore_identities(self, state: BrokerState) -> None:
        """Give events that were read from a checkpoint their keys again."""
        for step_id, worker in state.workers.items():
            for buffer_id, events in worker.collected_events.items():
                for event, key in zip(events, self.known_buffers.get(f"{step_id}/{buffer_id}", []), strict=False):
                    if key is not None:
                        self.keys.put(event, key)
            for waiter in worker.collected_waiters:
                keys = self.work_items.get(waiter.work_item_id or "", [])
                if keys and keys[0] is not None:
                    self.keys.put(waiter.event, keys[0])

    def _event_queued(self, tick: TickAddEvent) -> None:
        event, now = tick.event, time.time()
        if tick.emission is not None:
            key = f"{tick.emission.invocation_id}.{tick.emission.index}"
            if isinstance(event, StepFailedEvent) and self.keys.get(event) is None:
                self.event(event, key, "failure", tick.emission.invocation_id)
            self.keys.put(event, key, now)
            return
        known = self.keys.get(event) or self._known_by_work_item(tick)
        if known is not None:
            self.keys.put(event, known, now)
            return
        journal_seq = self.live.state.journal_seq - 1 if self.live is not None else self.ticks
        key = f"x{journal_seq}"
        self.keys.put(event, key, now)
        prompt = self.prompts.of_answer(event)
        if prompt is not None:
            self.event(event, key, "answer", prompt=prompt.prompt_id)
            self._answered(prompt, delivered=True)
        else:
            self.event(
                event,
                key,
                "start" if isinstance(event, StartEvent) else "outside",
                to_step=str(tick.step_id) if tick.step_id else None,
            )
            if isinstance(event, HumanResponseEvent):
                for closed in self.prompts.closed_by_outside(type(event)):
                    self._answered(closed, delivered=False)

    def _known_by_work_item(self, tick: TickAddEvent) -> str | None:
        keys = self.work_items.get(tick.work_item_id) if tick.work_item_id else None
        return keys[0] if keys else None

    def _answered(self, prompt: OpenPrompt, *, delivered: bool) -> None:
        self.prompts.close(prompt.prompt_id)

        def edit(commit: Commit) -> None:
            if delivered:
                commit.delivered.append(prompt.prompt_id)
            else:
                commit.prompt_changes[prompt.prompt_id] = {"status": "answered"}
            commit.run.update(status="running", waiting_since=None, active_since=time.time())

        self.change(edit)

    def _step_result(self, tick: TickStepResult) -> None:
        invocation = tick.invocation_id or ""
        active = self.active.pop(invocation, None)
        took = ((active.ended or time.perf_counter()) - active.started) * 1000 if active else 0.0
        result = StepResult(self, tick, active)
        if self._runs_again(tick, active, invocation):
            result.outcome = {"outcome": "again"}
            self.keys.put(tick.event, self.keys.get(tick.event) or "", time.time())
        else:
            result.read()
        seq = self.record(
            "invocation_ended",
            invocation=invocation,
            step=result.step,
            took_ms=round(took, 3),
            gave=result.gave,
            gives=result.gives,
            **result.outcome,
        )
        outcome = result.outcome["outcome"]
        if outcome == "error" and self.last_error is not None:
            self.last_error[1].update(seq=seq, step=result.step, invocation=invocation)
        if outcome in ("ok", "error", "buffered") and "retry_in" not in result.outcome and active and active.work_item:
            self.work_items.pop(active.work_item, None)
        for event, event_key, waiter in result.asked:
            self._ask(result.step, invocation, event, event_key, waiter)

    def _runs_again(self, tick: TickStepResult, active: Active | None, invocation: str) -> bool:
        """Whether the engine threw the result away and runs the step anew, because another worker had changed the buffer
        it collected from (engine-facts.md B.3, 7).
        """
        if self.live is None or active is None or active.work_item is None:
            return False
        if any(isinstance(item, StepWorkerFailed) for item in tick.result):
            return False
        worker = self.live.state.workers.get(tick.step_id)
        return worker is not None and any(
            running.work_item_id == active.work_item and running.invocation_id != invocation
            for running in worker.in_progress
        )

    def waiter_resolved(self, waiter_id: str) -> None:
        """A step has got what its waiter waited for."""
        prompt = self.prompts.of_waiter(waiter_id)
        if prompt is not None:
            self._answered(prompt, delivered=False)

    # -- prompts -------------------------------------------------------------------------------------------------------

    def _ask(
        self, step: str, invocation: str, event: Event | None, key: str | None, waiter: AddWaiter[Any] | None
    ) -> None:
        if waiter is not None:
            if not self.prompts.is_new(waiter):
                if event is not None:
                    self.keys.put(event, f"{invocation}.w")  # the step's body ran again and made the same question anew
                return
            if event is not None and key is None:
                key = self.keys.get(event)
                if key is None:
                    key = f"{invocation}.w"
                    self.keys.put(event, key)
                    self.event(event, key, "prompt", invocation, step)
        prompt, row = self.prompts.open(step, event, waiter, self._seq, self._human_answers())
        self.record(
            "prompt",
            lambda commit: commit.prompts.append(row),
            prompt=prompt.prompt_id,
            event=key,
            step=step,
            invocation=invocation,
            text=row.text,
            answer=row.answer.get("type"),
        )

    def _human_answers(self) -> list[tuple[type[Event], list[str]]]:
        """Types a person can send, with the steps that take them."""
        types: dict[type[Event], list[str]] = {}
        if self.live is not None:
            for step_id, worker in self.live.state.workers.items():
                for accepted in worker.config.accepted_events:
                    if isinstance(accepted, type) and issubclass(accepted, HumanResponseEvent):
                        types.setdefault(accepted, []).append(str(step_id))
        return list(types.items())

    # -- what steps send and stream -------------------------------------------------------------------------------------

    def sent(self, tick: WorkflowTick) -> None:
        """A step has called ctx.send_event."""
        if not isinstance(tick, TickAddEvent):
            return
        here = INVOCATION.get()
        by = here[1] if here is not None and here[0] is self else None
        if tick.emission is not None:
            key = f"{tick.emission.invocation_id}.{tick.emission.index}"
        else:
            key = f"{by or 'outside'}.late{self._seq}"  # sent by a background task after its step had returned
        self.keys.put(tick.event, key, time.time())
        self.event(tick.event, key, "sent", by, to_step=str(tick.step_id) if tick.step_id else None)

    def streamed(self, event: Event) -> None:
        """Something is published to the workflow's stream."""
        if isinstance(event, InternalDispatchEvent):
            if type(event).__name__ == "WorkflowIdleEvent" and self.on_idle is not None:
                self.on_idle()
            return
        known = self.keys.get(event)
        if known is not None or isinstance(event, StopEvent):
            if known is not None and not isinstance(event, (InputRequiredEvent, StopEvent)):
                self.record("streamed", key=known)
            return
        here = INVOCATION.get()
        by = here[1] if here is not None and here[0] is self else None
        active = self.active.get(by) if by else None
        number = active.streamed if active else self._seq
        if active:
            active.streamed += 1
        key = f"{by or 'outside'}.s{number}"
        self.keys.put(event, key)
        self.event(event, key, "streamed", by)
        if isinstance(event, InputRequiredEvent):
            self._ask(active.step if active else "", by or "", event, key, None)

    def store_written(self, op: str, changes: dict[str, tuple[Any, Any]]) -> None:
        """ctx.store was written; `changes` maps a path to (old, new)."""
        here = INVOCATION.get()
        by = here[1] if here is not None and here[0] is self else None
        kept = preview({path: [old, new] for path, (old, new) in changes.items()})
        step = self.active[by].step if by is not None and by in self.active else None
        self.record("store_written", op=op, invocation=by, step=step, changes=kept)

    # -- the ends ----------------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """What the next session's recorder must know."""
        buffers = {
            f"{step_id}/{buffer_id}": [self.keys.get(event) for event in events]
            for step_id, worker in (self.live.state.workers.items() if self.live is not None else ())
            for buffer_id, events in worker.collected_events.items()
            if events
        }
        return {
            "work_items": self.work_items,
            "buffers": buffers,
            "prompts": self.prompts.snapshot(),
            "session": self.session.number,
        }

    def error_of(self, error: BaseException) -> dict[str, Any]:
        """What is kept of the exception that ended the run, with the step that raised it, if one did."""
        if self.last_error is not None and self.last_error[0] is error:
            return self.last_error[1]
        return describe_error(error, self.root)

    async def idle_for(self, seconds: float) -> bool:
        """Whether no tick is reduced for so long."""
        before = self.ticks
        await asyncio.sleep(seconds)
        return self.ticks == before and not self.active


def _withdraw(commit: Commit, prompt_id: str) -> None:
    commit.prompt_changes[prompt_id] = {"status": "withdrawn"}
    commit.run.update(status="running", waiting_since=None, active_since=time.time())
