"""What changed in the engine's own state since the last record: the `engine` field that records may carry.

It is read from the engine's state and not worked out from its ticks, which would be a second engine. Only what was told
last is remembered, as texts and numbers: nothing here keeps an event alive.

    {"whole": true,                                    forget what was told before: a session begins
     "store": {...},                                   ctx.store as the session found it; only with `whole`
     "steps": {step: {
        "workers": 4,                                  only with `whole`
        "queue": splices of {"work_item", "events": [keys], "attempts"?, "not_before"?},
        "busy": splices of {"invocation", "worker", "work_item", "events", "attempts"?},
        "static": splices of keys,                     what a step with several parameters has of them
        "waiters": splices of {"waiter", "waits_for": type, "work_item", "events", "resolved"?: key, "timed_out"?},
        "buffers": {id: splices of keys}}},            ctx.collect_events
     "streams": {id: {"step", "open", "scope"} | null},        lists whose items are under way; null: closed
     "releases": {id: {"stream"?, "step"?: whose, "keys"?: splices of keys, "released"?} | null}}   what list[E]
                                                    parameters and Collect(...) gather; a new one has its step


A splice is [position, number deleted, [inserted]]; several apply one after the other. `attempts` (0 if left out) are
those that failed, `not_before` (epoch seconds) is when a retry is due. A work item is the same through retries and
waits. Keys of events are those of their records; null, or an empty text in `resolved`, stands for an event that no
record tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from workflows.context.state_store import InMemoryStateStore
from workflows.events import Event
from workflows.runtime.types.internal_state import (
    BrokerState,
    EventAttempt,
    InProgressState,
    InternalStepWorkerState,
)
from workflows.runtime.types.results import CollectionReleasePayload, StepWorkerWaiter

from inspectors.recording.event_keys import EventKeys
from inspectors.recording.values import fields_of, preview

Splices = list[list[Any]]

_work_item = attrgetter("work_item_id")
_attempt = attrgetter("work_item_id", "attempts", "not_before")
_invocation = attrgetter("invocation_id")


class EngineChanges:
    """Tells what is different from what it told last. Use it between ticks, on the thread of the run's event loop."""

    def __init__(self, keys: EventKeys) -> None:
        self._keys = keys
        self._steps: list[_Told] = []
        self._streams: dict[str, int] = {}
        self._releases: dict[str, tuple[int, bool]] = {}
        self._store: dict[str, Any] | None = None

    def begin(self, store: Any) -> None:
        """A session begins with this store of the engine's: what it holds already is told with the first changes."""
        if isinstance(store, InMemoryStateStore):
            self._store = preview(fields_of(store.checkpoint().state) or {})

    def take(self, state: BrokerState) -> dict[str, Any] | None:
        """What is different from the last time, as JSON; None if nothing is. The first time it is everything."""
        workers = state.workers.values()
        whole = len(self._steps) != len(workers)
        if whole:
            self._steps = [_Told(str(step_id), worker) for step_id, worker in state.workers.items()]
        steps: dict[str, Any] = {}
        for told, worker in zip(self._steps, workers, strict=True):
            changes = self._step(told, worker)
            if whole:
                changes = {"workers": worker.config.num_workers, **(changes or {})}
            if changes:
                steps[told.step] = changes
        changed: dict[str, Any] = {}
        if whole:
            changed["whole"] = True
            if self._store is not None:
                changed["store"], self._store = self._store, None
        if steps:
            changed["steps"] = steps
        if state.streams or self._streams:
            self._stream_changes(state, changed)
        if state.collection_release_states or self._releases:
            self._release_changes(state, changed)
        return changed or None

    def _step(self, told: _Told, worker: InternalStepWorkerState) -> dict[str, Any] | None:
        changes: dict[str, Any] = {}
        if worker.queue or told.queue:
            queue = list(map(_attempt if told.retries else _work_item, worker.queue))
            if queue != told.queue:
                changes["queue"] = splices(told.queue, queue, worker.queue, self._queued)
                told.queue = queue
        if worker.in_progress or told.busy:
            busy = list(map(_invocation, worker.in_progress))
            if busy != told.busy:
                changes["busy"] = splices(told.busy, busy, worker.in_progress, self._running)
                told.busy = busy
        if told.joins and (worker.static_collect_events or told.static):
            static = [self._keys.get(event) for event in worker.static_collect_events]
            if static != told.static:
                changes["static"] = splices(told.static, static, static, _itself)
                told.static = static
        if worker.collected_waiters or told.waiters:
            waiters = list(map(self._waiter, worker.collected_waiters))
            if waiters != told.waiters:
                changes["waiters"] = splices(told.waiters, waiters, worker.collected_waiters, self._waiting)
                told.waiters = waiters
        if worker.collect_generations != told.generations or told.unread:
            buffers = self._buffer_changes(told, worker)
            if buffers:
                changes["buffers"] = buffers
        return changes or None

    # -- entries ------------------------------------------------------------------------------------

    def _queued(self, attempt: EventAttempt) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "work_item": attempt.work_item_id,
            "events": self._events(attempt.event, attempt.bound_events, attempt.collection_release_payload),
        }
        if attempt.attempts:
            entry["attempts"] = attempt.attempts
        if attempt.not_before is not None:
            entry["not_before"] = attempt.not_before
        return entry

    def _running(self, running: InProgressState) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "invocation": running.invocation_id,
            "worker": running.worker_id,
            "work_item": running.work_item_id,
            "events": self._events(
                running.event, running.bound_events, running.shared_state.collection_release_payload
            ),
        }
        if running.attempts:
            entry["attempts"] = running.attempts
        return entry

    def _waiter(self, waiter: StepWorkerWaiter[Any]) -> tuple[Any, ...]:
        """What can change of a waiter while it keeps its place."""
        answer = waiter.resolved_event
        return (
            waiter.waiter_id,
            waiter.work_item_id,
            waiter.waiting_for_event.__qualname__,
            None if answer is None else self._keys.get(answer) or "",
            waiter.timed_out,
        )

    def _waiting(self, waiter: StepWorkerWaiter[Any]) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "waiter": waiter.waiter_id,
            "waits_for": waiter.waiting_for_event.__qualname__,
            "work_item": waiter.work_item_id,
            "events": self._events(waiter.event, waiter.bound_events, waiter.collection_release_payload),
        }
        if waiter.resolved_event is not None:
            entry["resolved"] = self._keys.get(waiter.resolved_event) or ""
        if waiter.timed_out:
            entry["timed_out"] = True
        return entry

    def _events(
        self, event: Event, bound: dict[str, Event] | None, payload: CollectionReleasePayload | None
    ) -> list[str | None]:
        if payload is not None:
            return self._all(payload.events)
        return self._all(bound.values()) if bound else [self._keys.get(event)]

    def _all(self, events: Any) -> list[str | None]:
        return [self._keys.get(event) for event in events]

    # -- what gathers -------------------------------------------------------------------------------

    def _buffer_changes(self, told: _Told, worker: InternalStepWorkerState) -> dict[str, Splices]:
        """Buffers of collect_events. Each append and each emptying counts a buffer's generation up by one."""
        changes: dict[str, Splices] = {}
        generations = dict(worker.collect_generations)
        ids = {*generations, *worker.collected_events} if told.unread else generations
        for buffer_id in ids:
            further = generations.get(buffer_id, 0) - told.generations.get(buffer_id, 0)
            if not further and not told.unread:
                continue
            events, before = worker.collected_events.get(buffer_id, []), told.lengths.get(buffer_id, 0)
            if len(events) == before + further:  # nothing but appends
                splice = [before, 0, self._all(events[before:])]
            else:
                splice = [0, before, self._all(events)]
            if splice[1] or splice[2]:
                changes[buffer_id] = [splice]
            told.lengths[buffer_id] = len(events)
        told.generations, told.unread = generations, False
        return changes

    def _stream_changes(self, state: BrokerState, changed: dict[str, Any]) -> None:
        streams = {stream_id: stream.open_work_items for stream_id, stream in state.streams.items()}
        if streams == self._streams:
            return
        changes: dict[str, Any] = {stream_id: None for stream_id in self._streams if stream_id not in streams}
        for stream_id, count in streams.items():
            if self._streams.get(stream_id) != count:
                stream = state.streams[stream_id]
                changes[stream_id] = {"step": str(stream.source_step), "open": count, "scope": list(stream.scope_path)}
        changed["streams"] = changes
        self._streams = streams

    def _release_changes(self, state: BrokerState, changed: dict[str, Any]) -> None:
        """Buffers of list parameters only grow until they are dropped."""
        releases = state.collection_release_states
        now = {release_id: (len(release.buffer), release.released) for release_id, release in releases.items()}
        if now == self._releases:
            return
        changes: dict[str, Any] = {release_id: None for release_id in self._releases if release_id not in now}
        for release_id, (length, released) in now.items():
            before = self._releases.get(release_id)
            if before == (length, released):
                continue
            release, start = releases[release_id], before[0] if before else 0
            entry: dict[str, Any] = {}
            if before is None:
                entry["stream"] = release.stream_id
                binding = state.config.collection_bindings.get(release.binding_id)
                entry["step"] = str(binding.target_step) if binding is not None else None
            if length > start:
                entry["keys"] = [[start, 0, self._all(release.buffer[start:])]]
            if released:
                entry["released"] = True
            changes[release_id] = entry
        changed["releases"] = changes
        self._releases = now


class _Told:
    """What was told last of one step."""

    __slots__ = (
        "busy",
        "generations",
        "joins",
        "lengths",
        "queue",
        "retries",
        "static",
        "step",
        "unread",
        "waiters",
    )

    def __init__(self, step: str, worker: InternalStepWorkerState) -> None:
        self.step = step
        self.retries = worker.config.retry_policy is not None
        """Without retries a work item says all about its place in the queue."""
        self.joins = worker.config.collect_params is not None
        self.queue: list[Any] = []
        self.busy: list[Any] = []
        self.static: list[Any] = []
        self.waiters: list[tuple[Any, ...]] = []
        self.generations: dict[str, int] = {}
        self.lengths: dict[str, int] = {}
        self.unread = bool(worker.collected_events)
        """Whether buffers read from a checkpoint have not been told yet."""


def _itself(value: Any) -> Any:
    return value


def splices(old: list[Any], new: list[Any], items: Sequence[Any], entry: Callable[[Any], Any]) -> Splices:
    """How to make `new` of `old`, with entries made of `items`, which stand where `new` has them.

    Quick for what queues do: grow at the end, lose some at the front or one in the middle.
    """
    kept, length = len(old), len(new)
    if length >= kept and new[:kept] == old:
        return [[kept, 0, [entry(item) for item in items[kept:]]]]
    start = 0
    while start < kept and start < length and old[start] == new[start]:
        start += 1
    if start < length:
        try:
            again = old.index(new[start], start)
        except ValueError:
            again = kept
        rest = kept - again
        if rest and old[again:] == new[start : start + rest]:
            end = start + rest
            added = [[end, 0, [entry(item) for item in items[end:]]]] if end < length else []
            return [[start, again - start, []], *added]
    tail = 0
    while tail < min(kept, length) - start and old[kept - 1 - tail] == new[length - 1 - tail]:
        tail += 1
    return [[start, kept - tail - start, [entry(item) for item in items[start : length - tail]]]]
