"""The journal read back: what the engine's state was, with the keys of its events, when the last line was committed.

As `BasicRuntime.restore` does it, tick by tick, so that each event's key is known where its tick says it, and each
waiter takes the event that it took then (journal.py says why a journal of nothing but ticks isn't enough).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from workflows import Workflow
from workflows.context.context_types import SerializedContext
from workflows.context.serializers import BaseSerializer
from workflows.context.state_store import apply_state_patch
from workflows.errors import WorkflowCancelledByUser, WorkflowTimeoutError
from workflows.events import Event, StopEvent
from workflows.runtime.control_loop import rebuild_state_from_ticks
from workflows.runtime.types.internal_state import BrokerState, InProgressState
from workflows.runtime.types.results import AddCollectedEvent, StepWorkerFailed, StepWorkerResult, StepWorkerWaiter
from workflows.runtime.types.ticks import (
    TickAddEvent,
    TickCancelRun,
    TickStepResult,
    TickTimeout,
    WorkflowTick,
    WorkflowTickAdapter,
)

from inspectors.recording.event_keys import EventKeys
from inspectors.recording.held_events import give_keys, held_keys, work_item_keys
from inspectors.recording.waiters import ANSWERED, place_of

_NO_EVENT = {"_stepscope_replay": ANSWERED}
"""The requirement of a waiter that took none of the events that came: no event meets it."""


class JournalGap(Exception):
    """Lines of the journal are missing, or don't fit the code as it is now; the message is a sentence."""


@dataclass
class Restored:
    """What a session begins with."""

    context: dict[str, Any]
    """As `Context.to_dict` gives it."""
    known: dict[str, Any]
    """As `RunRecorder.snapshot` gives it."""
    over: Any = None
    """The StopEvent or exception that the run had ended with, if only its last record is missing; else None."""


@dataclass
class _Fold:
    state: BrokerState
    keys: EventKeys
    waiters: dict[str, dict[str, Any]]
    store: dict[str, Any]
    over: Any = None
    last: WorkflowTick | None = None
    taken: set[str] | None = None
    """Places of the waiters that take the event of the next tick; None: not told."""
    timed_out: set[str] = field(default_factory=set)


def restore(
    workflow: Workflow,
    serializer: BaseSerializer,
    saved: tuple[dict[str, Any], dict[str, Any]] | None,
    lines: Iterable[str],
) -> Restored:
    """The state after the journal's last line. `saved`: context and known of the checkpoint that it follows, if any.

    Raises JournalGap, and whatever the engine raises on a class that isn't there any more or was changed.
    """
    context, known = saved if saved is not None else ({}, {})
    fold = _Fold(_state_of(workflow, serializer, context), EventKeys(), dict(known.get("waiters", {})), {})
    fold.store = context.get("state") or {}
    give_keys(fold.state, fold.keys, known.get("held", {}))
    for waiter, place in _waiters(fold.state):
        waiter.timed_out = place in known.get("timed_out", ())
    for line in lines:
        _apply(fold, line, serializer)
    return Restored(_context_of(fold, serializer), _known_of(fold, known), fold.over)


def _state_of(workflow: Workflow, serializer: BaseSerializer, context: dict[str, Any]) -> BrokerState:
    if not context:
        return BrokerState.from_workflow(workflow)
    parsed = SerializedContext.from_dict_auto(context, serializer)
    return BrokerState.from_serialized(parsed, workflow, serializer)


def _apply(fold: _Fold, line: str, serializer: BaseSerializer) -> None:
    kind, _, rest = line.partition(" ")
    if kind == "t":
        number, _, text = rest.partition(" ")
        if int(number) > fold.state.journal_seq:
            raise JournalGap(f"the journal lacks tick {fold.state.journal_seq}")
        if int(number) == fold.state.journal_seq and fold.over is None:
            with serializer.validation_context():
                tick: WorkflowTick = WorkflowTickAdapter.validate_python(serializer.deserialize(text))
            _reduce(fold, tick)
    elif kind == "m":
        fold.taken = {place_of(*place) for place in json.loads(rest.partition(" ")[2])}
    elif kind == "w":
        place, waiter = json.loads(rest)
        fold.waiters[place_of(*place)] = waiter
    elif kind == "k" and isinstance(fold.last, TickAddEvent):
        fold.keys.put(fold.last.event, rest)
    elif kind == "s":
        fold.store = json.loads(rest)
    elif kind == "p":
        fold.store = apply_state_patch(fold.store, json.loads(rest))


def _reduce(fold: _Fold, tick: WorkflowTick) -> None:
    """Reduce one tick, with events named and waiters prepared as they were when it was reduced first."""
    ran = fold.state.is_running
    if isinstance(tick, TickAddEvent):
        _name_added(fold, tick)
        _prepare_waiters(fold)
    elif isinstance(tick, TickStepResult):
        _name_result(fold, tick)
    fold.state = rebuild_state_from_ticks(fold.state, [tick])
    fold.last, fold.taken = tick, None
    if isinstance(tick, TickCancelRun):
        fold.over = WorkflowCancelledByUser()
    elif ran and not fold.state.is_running:
        fold.over = _ending(tick)


def _name_added(fold: _Fold, tick: TickAddEvent) -> None:
    key = f"x{fold.state.journal_seq}"
    if tick.emission is not None:
        key = f"{tick.emission.invocation_id}.{tick.emission.index}"
    elif tick.work_item_id is not None:  # a step is asked again what it waits for
        key = (work_item_keys(fold.state, fold.keys).get(tick.work_item_id) or [None])[0] or key
    fold.keys.put(tick.event, key)


def _prepare_waiters(fold: _Fold) -> None:
    if fold.taken is None:
        return  # written by an earlier version: the engine matches by type
    for waiter, place in _waiters(fold.state):
        waiter.requirements = {} if place in fold.taken else dict(_NO_EVENT)


def _name_result(fold: _Fold, tick: TickStepResult) -> None:
    """A tick holds copies of the events that its step worked on: they are named like those."""
    running = next((one for one in _busy(fold.state, tick) if one.invocation_id == tick.invocation_id), None)
    if running is None:
        raise JournalGap(f"the code is not what it was when {tick.step_id} ran, so what was saved can't be read")
    worked_on = [running.event, *(running.bound_events or {}).values()]
    for event in [tick.event, *(item.event for item in tick.result if isinstance(item, AddCollectedEvent))]:
        same = next((one for one in worked_on if one == event), running.event)
        key = fold.keys.get(same)
        if key is not None:
            fold.keys.put(event, key)


def _busy(state: BrokerState, tick: TickStepResult) -> list[InProgressState]:
    worker = state.workers.get(tick.step_id)
    return worker.in_progress if worker is not None else []


def _ending(tick: WorkflowTick) -> Any:
    """What a run ended with that a tick has ended."""
    if isinstance(tick, TickTimeout):
        return WorkflowTimeoutError(f"Operation timed out after {tick.timeout} seconds.")
    for item in tick.result if isinstance(tick, TickStepResult) else ():
        if isinstance(item, StepWorkerResult) and isinstance(item.result, StopEvent):
            return item.result
        if isinstance(item, StepWorkerFailed):
            return item.exception
    return RuntimeError("The run had ended when its runner did; how is not known.")


def _waiters(state: BrokerState) -> list[tuple[StepWorkerWaiter[Event], str]]:
    return [
        (waiter, place_of(str(step_id), waiter.waiter_id))
        for step_id, worker in state.workers.items()
        for waiter in worker.collected_waiters
    ]


def _context_of(fold: _Fold, serializer: BaseSerializer) -> dict[str, Any]:
    for waiter, place in _waiters(fold.state):
        waiter.requirements = {}
        waiter.has_requirements = bool(fold.waiters.get(place, {}).get("required", waiter.has_requirements))
    context = fold.state.to_serialized(serializer).model_dump(mode="python")
    context["state"] = fold.store
    return dict(context)


def _known_of(fold: _Fold, known: dict[str, Any]) -> dict[str, Any]:
    there = {place for _, place in _waiters(fold.state)}
    return {
        **known,
        "work_items": work_item_keys(fold.state, fold.keys),
        "buffers": {},
        "held": held_keys(fold.state, fold.keys),
        "waiters": {place: waiter for place, waiter in fold.waiters.items() if place in there},
        "timed_out": [place for waiter, place in _waiters(fold.state) if waiter.timed_out],
    }
