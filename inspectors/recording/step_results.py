"""Reading a step's result as the control loop got it: the outcome, what the step gave, and whom it asks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from workflows.events import Event, InputRequiredEvent
from workflows.runtime.types.results import (
    AddCollectedEvent,
    AddWaiter,
    DeleteCollectedEvent,
    DeleteWaiter,
    StepWorkerFailed,
    StepWorkerResult,
)
from workflows.runtime.types.ticks import TickStepResult

from inspectors.recording.errors import describe_error
from inspectors.recording.event_keys import event_types

if TYPE_CHECKING:
    from inspectors.recording.run_log import Active
    from inspectors.recording.run_recorder import RunRecorder


class StepResult:
    """What one step result means: its outcome, what it gave, and whom it asks."""

    def __init__(self, run: RunRecorder, tick: TickStepResult, active: Active | None) -> None:
        self.step = str(tick.step_id)
        self.gave = [f"{tick.invocation_id}.{sent.index}" for sent in tick.sends]
        self.gives = event_types([sent.event for sent in tick.sends])
        self.outcome: dict[str, Any] = {"outcome": "ok"}
        self.asked: list[tuple[Event | None, str | None, AddWaiter[Any] | None]] = []
        self._run = run
        self._tick = tick
        self._active = active

    def read(self) -> None:
        """Go through the items in order; returned events are recorded as they are met."""
        for item in self._tick.result:
            if isinstance(item, StepWorkerResult):
                if item.result is not None:
                    self._returned(item.result, item.fanned_out)
            elif isinstance(item, StepWorkerFailed):
                self._failed(item)
            elif isinstance(item, AddWaiter):
                self.outcome["outcome"] = "waiting"
                self.asked.append((item.waiter_event, None, item))
            elif isinstance(item, DeleteWaiter):
                self._run.waiter_resolved(item.waiter_id)
            elif isinstance(item, AddCollectedEvent):
                self.outcome.update(outcome="buffered", buffer=item.event_id, buffered=self._run.keys.get(item.event))
            elif isinstance(item, DeleteCollectedEvent):
                self._joined(item.event_id)

    def _returned(self, event: Event, fanned_out: bool) -> None:
        key = f"{self._tick.invocation_id}.{len(self.gave)}"  # the engine counts sends first, then what is returned
        self.gave.append(key)
        self.gives[type(event).__qualname__] = self.gives.get(type(event).__qualname__, 0) + 1
        before = self._run.keys.get(event)  # an agent streams its output and returns the very same object
        self._run.keys.put(event, key)
        via = "fanned_out" if fanned_out else "returned"
        more = {"same_as": before} if before is not None else {}
        self._run.event(event, key, via, self._tick.invocation_id, self.step, **more)
        if isinstance(event, InputRequiredEvent):
            self.asked.append((event, key, None))

    def _failed(self, item: StepWorkerFailed) -> None:
        known = self._active.error if self._active is not None else None
        self.outcome.update(outcome="error", error=dict(known or describe_error(item.exception, self._run.root)))
        delay = item.retry_decision.delay if item.retry_decision is not None else None
        if delay is not None:
            self.outcome["retry_in"] = delay
            key = self._run.keys.get(self._tick.event)
            if key is not None:
                self._run.keys.put(self._tick.event, key, time.time() + delay)
        elif (handler := self._handler()) is not None:
            self.outcome["handled_by"] = handler

    def _handler(self) -> str | None:
        """The @catch_error step that the engine has just handed the failure to; None if it ended the run."""
        live = self._run.live
        if live is None or not live.state.is_running:
            return None
        handler = live.state.config.handler_for_step.get(self._tick.step_id)
        return str(handler) if handler is not None else None

    def _joined(self, buffer_id: str) -> None:
        state = self._active.state if self._active is not None else None
        kept = state.collected_events.get(buffer_id, []) if state is not None else []
        self.outcome["joined"] = [self._run.keys.get(event) for event in [*kept, self._tick.event]]
