"""One run's recorder: turns what the engine's hooks see into records, prompts and journal lines."""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    InternalDispatchEvent,
    StartEvent,
    StepFailedEvent,
    StopEvent,
    WorkflowTimedOutEvent,
)
from workflows.runtime.types.results import (
    AddCollectedEvent,
    AddWaiter,
    DeleteCollectedEvent,
    StepWorkerFailed,
)
from workflows.runtime.types.ticks import (
    TickAddEvent,
    TickIdleCheck,
    TickIdleRelease,
    TickSessionStart,
    TickStepResult,
    TickWaiterTimeout,
    WorkflowTick,
)

from inspectors.recording.errors import describe_error
from inspectors.recording.prompts import OpenPrompt
from inspectors.recording.record_text import encode, flat, list_text, quoted
from inspectors.recording.run_log import Active
from inspectors.recording.run_saving import MOST_WRITERS, RunSaving
from inspectors.recording.step_results import StepResult
from inspectors.recording.vocabulary import is_kept
from inspectors.store.records import Commit

INVOCATION: ContextVar[tuple[RunRecorder, str] | None] = ContextVar("stepscope_invocation", default=None)
"""The run and invocation whose code is running here; inherited by tasks and threads that the step starts."""


class RunRecorder(RunSaving):
    """Records one session of one run."""

    # -- what the control loop does -----------------------------------------------------------------

    def tick_reduced(self, tick: WorkflowTick, store: Any) -> None:
        """A tick has been reduced; `store` is the engine's own state store."""
        self.tick_begins()
        try:
            self._tick_reduced(tick, store)
        finally:
            self.tick_ends()
        self.checkpoint_if_due()

    def _tick_reduced(self, tick: WorkflowTick, store: Any) -> None:
        if self.live is not None:
            self.reduced(self.live.state)
        if isinstance(tick, TickSessionStart):
            self.engine.begin(store)
        if not isinstance(tick, (TickIdleCheck, TickIdleRelease, TickSessionStart)):
            self.ticks += 1
        if isinstance(tick, TickAddEvent):
            named = self._event_queued(tick)
            # The engine keeps what a step gave until the tick that queues it: should that tick be lost, it comes again.
            self.write_journal(tick, store, *named, at_once=tick.emission is None)
            return
        elif isinstance(tick, TickStepResult):
            self._step_result(tick, store)
            return
        elif isinstance(tick, TickWaiterTimeout):
            self._waiter_timed_out(tick.waiter_id)
        self.write_journal(tick, store, at_once=True)

    def _waiter_timed_out(self, waiter_id: str) -> None:
        prompt = self.prompts.of_waiter(waiter_id)
        if prompt is not None:
            self.prompts.close(prompt.prompt_id)
            self.record("prompt_expired", lambda commit: _withdraw(commit, prompt.prompt_id), prompt=prompt.prompt_id)

    def _event_queued(self, tick: TickAddEvent) -> list[str]:
        """Name an event that is added, and record one from outside; gives journal lines for a name of its own."""
        event, now = tick.event, time.time()
        if tick.emission is not None:
            key = f"{tick.emission.invocation_id}.{tick.emission.index}"
            new = self.keys.get(event) is None
            self.keys.put(event, key, now)
            if new and isinstance(event, StepFailedEvent):
                self.event(event, key, "failure", tick.emission.invocation_id, event.step_name)
            return []
        known = self.keys.get(event)
        if known is not None:
            self.keys.put(event, known, now)
            return [f"k {known}"]
        known = self._known_by_work_item(tick)
        if known is not None:
            self.keys.put(event, known, now)
            return []
        journal_seq = self.live.state.journal_seq - 1 if self.live is not None else self.ticks
        key = f"x{journal_seq}"
        self.keys.put(event, key, now)
        answered = self.prompts.of_answer(event)
        if answered is not None:
            prompt, who = answered
            self.event(event, key, "answer", prompt=prompt.prompt_id, who=who or None)
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
        return []

    def _known_by_work_item(self, tick: TickAddEvent) -> str | None:
        keys = self.work_items.get(tick.work_item_id) if tick.work_item_id else None
        return keys[0] if keys else None

    def _answered(self, prompt: OpenPrompt, *, delivered: bool) -> None:
        self.prompts.close(prompt.prompt_id)

        def edit(commit: Commit) -> None:
            if delivered:
                commit.delivered.append(prompt.prompt_id)
            else:
                commit.change_prompt(prompt.prompt_id, status="answered")
            commit.run.update(status="running", waiting_since=None, active_since=time.time())

        self.change(edit)

    def _step_result(self, tick: TickStepResult, store: Any) -> None:
        invocation = tick.invocation_id or ""
        active = self.active.pop(invocation, None)
        took = ((active.ended or time.perf_counter()) - active.started) * 1000 if active else 0.0
        result = StepResult(self, tick, active)
        if self._runs_again(tick, active, invocation):
            result.outcome = {"outcome": "again"}
            self.keys.put(tick.event, self.keys.get(tick.event) or "", time.time())
        else:
            result.read()
        self.write_journal(tick, store, *self.waiters_added(tick), at_once=False)  # goes with the record that comes now
        seq = self.append(
            "invocation_ended",
            f'"invocation":{quoted(invocation)},"step":{quoted(result.step)},"took_ms":{took:.3f},'
            f'"gave":{list_text(result.gave)},"gives":{flat(result.gives)},{encode(result.outcome)[1:-1]}',
        )
        outcome = result.outcome["outcome"]
        self.kept += is_kept(outcome, "retry_in" in result.outcome)
        if outcome == "error" and self.last_error is not None:
            self.last_error[1].update(seq=seq, step=result.step, invocation=invocation)
        if outcome in ("ok", "error", "buffered") and "retry_in" not in result.outcome and active:
            self._forget_work_item(active.work_item)
        for event, event_key, waiter in result.asked:
            self._ask(result.step, invocation, event, event_key, waiter)

    def _runs_again(self, tick: TickStepResult, active: Active | None, invocation: str) -> bool:
        """Whether the engine threw the result away and runs the step anew.

        It does when another worker had changed the buffer this one collected from (engine-facts.md B.3, 7).
        """
        if self.live is None or active is None or active.work_item is None:
            return False
        collects = any(isinstance(item, (AddCollectedEvent, DeleteCollectedEvent)) for item in tick.result)
        if not collects or any(isinstance(item, StepWorkerFailed) for item in tick.result):
            return False  # a waiter that was answered twice has its work item run twice at once
        worker = self.live.state.workers.get(tick.step_id)
        return worker is not None and any(
            running.work_item_id == active.work_item
            and running.worker_id == tick.worker_id
            and running.invocation_id != invocation
            for running in worker.in_progress
        )

    def _forget_work_item(self, item: str | None) -> None:
        """Forget what a work item was made of, unless another step still works on it or waits in it."""
        used = any(
            item in [running.work_item_id for running in worker.in_progress]
            or item in [waiter.work_item_id for waiter in worker.collected_waiters]
            for worker in (self.live.state.workers.values() if self.live is not None else ())
        )
        if item is not None and not used:
            self.work_items.pop(item, None)
            self.prompts.forget_work_item(item)

    def waiter_resolved(self, waiter_id: str) -> None:
        """A step has got what its waiter waited for."""
        prompt = self.prompts.of_waiter(waiter_id)
        if prompt is not None:
            self._answered(prompt, delivered=False)

    # -- prompts ------------------------------------------------------------------------------------

    def _ask(
        self, step: str, invocation: str, event: Event | None, key: str | None, waiter: AddWaiter[Any] | None
    ) -> str:
        """Open a prompt, unless the waiter has one; its id."""
        if waiter is not None:
            if not self.prompts.is_new(waiter):
                if event is not None:
                    self.keys.put(event, f"{invocation}.w")  # the step's body ran again and made the same question anew
                elif (adopted := self.prompts.adopt(waiter, step)) is not None:
                    self.change(lambda commit: commit.change_prompt(adopted[0], **adopted[1]))
                return ""
            if event is not None and key is None:
                key = self.keys.get(event)
                if key is None:
                    key = f"{invocation}.w"
                    self.keys.put(event, key)
                    self.event(event, key, "prompt", invocation, step)
        prompt, row = self.prompts.open(step, event, waiter, self._seq, self._human_answers())
        self.record(
            "prompt",
            lambda commit: commit.prompts.append(replace(row, seq=commit.last_seq)),
            prompt=prompt.prompt_id,
            event=key,
            step=step,
            invocation=invocation or None,
            text=row.text,
            answer=row.answer.get("type"),
        )
        return prompt.prompt_id

    def _asked_by_stream(self, event: Event, key: str, by: str, active: Active | None) -> None:
        """A question was written to the stream: again, if the step's body had to run again after it had waited."""
        item = active.work_item if active is not None else None
        if active is not None:
            active.asked += 1
            if item is not None and active.asked <= self.prompts.streamed_by(item):
                return
        prompt_id = self._ask(active.step if active else "", by, event, key, None)
        if item is not None:
            self.prompts.note_streamed(item, prompt_id)

    def ask_for_events(self) -> bool:
        """Ask a person for the events that idle steps wait for, though their types are no answers: only from outside
        can they come, unless code of the workflow sends them later. Whether anything of that kind is waited for.
        """
        if self.live is None:
            return False
        for step_id, worker in self.live.state.workers.items():
            for waiter in worker.collected_waiters:
                if waiter.resolved_event is not None or waiter.timed_out or self.prompts.knows(waiter.waiter_id):
                    continue
                added: AddWaiter[Any] = AddWaiter(
                    waiter_id=waiter.waiter_id, requirements=waiter.requirements, event_type=waiter.waiting_for_event
                )
                waiter.requirements = self.prompts.tie_late(added, waiter.work_item_id or "").requirements
                self._ask(str(step_id), "", None, None, added)
        return self.prompts.others_may_send

    def _human_answers(self) -> list[tuple[type[Event], list[str]]]:
        """Types a person can send, with the steps that take them."""
        types: dict[type[Event], list[str]] = {}
        if self.live is not None:
            for step_id, worker in self.live.state.workers.items():
                for accepted in worker.config.accepted_events:
                    if isinstance(accepted, type) and issubclass(accepted, HumanResponseEvent):
                        types.setdefault(accepted, []).append(str(step_id))
        return list(types.items())

    # -- what steps send and stream -----------------------------------------------------------------

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
        if isinstance(event, WorkflowTimedOutEvent):
            self.active_steps = list(event.active_steps)
        here = INVOCATION.get()
        by = here[1] if here is not None and here[0] is self else None
        known = self.keys.get(event)
        if known is not None or isinstance(event, StopEvent):
            if known is not None and not isinstance(event, (InputRequiredEvent, StopEvent)):
                self.record("streamed", key=known, by=by)
            return
        active = self.active.get(by) if by else None
        number = active.streamed if active else self._seq
        if active:
            active.streamed += 1
        key = f"{by or 'outside'}.s{number}"
        self.keys.put(event, key)
        self.event(event, key, "streamed", by)
        if isinstance(event, InputRequiredEvent):
            self._asked_by_stream(event, key, by or "", active)

    def store_written(self, op: str, changes: dict[str, Any], **more: Any) -> None:
        """ctx.store was written; `changes` maps a path to [old, new], as JSON."""
        here = INVOCATION.get()
        by = here[1] if here is not None and here[0] is self else None
        step = self.active[by].step if by is not None and by in self.active else None
        if len(self.store_writers) < MOST_WRITERS:
            self.store_writers.update((path.partition(".")[0], step) for path in changes)
        self.record("store_written", op=op, invocation=by, step=step, changes=changes, **more)

    # -- the ends -----------------------------------------------------------------------------------

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
    commit.change_prompt(prompt_id, status="withdrawn")
    commit.run.update(status="running", waiting_since=None, active_since=time.time())
