"""What changed in the engine's own state since the last record: the `engine` field that records may carry.

It is read from the engine's state and not worked out from its ticks, which would be a second engine. Only what was told
last is remembered, as texts and numbers: nothing here keeps an event alive.

    {"lost": true,                                     the state can't be told any more
     "whole": true,                                    forget what was told before: a session begins
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

import logging
from collections.abc import Callable, Iterable, Sequence
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
from inspectors.recording.record_text import encode, list_text, or_null, quoted
from inspectors.recording.values import fields_of, preview

logger = logging.getLogger("stepscope.recording")

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
        self._lost = False

    def begin(self, store: Any) -> None:
        """A session begins with this store of the engine's: what it holds already is told with the first changes."""
        if isinstance(store, InMemoryStateStore):
            self._store = preview(fields_of(store.checkpoint().state) or {})

    def forget(self) -> None:
        """What was told last has not been kept: the next changes tell everything."""
        self._steps, self._streams, self._releases = [], {}, {}

    def take(self, state: BrokerState) -> str:
        """What is different from the last time, as JSON text; "" if nothing is. The first time it is everything.

        It never raises: of an engine whose state is made otherwise than this one's it tells no more.
        """
        if self._lost:
            return ""
        try:
            return self._take(state)
        except Exception:
            logger.exception("The engine's state can't be read; this run's records don't tell of it from here on")
            self._lost = True
            return '{"lost":true}'

    def _take(self, state: BrokerState) -> str:
        workers = state.workers.values()
        whole = len(self._steps) != len(workers)
        if whole:
            self._steps = [_Told(str(step_id), worker) for step_id, worker in state.workers.items()]
        steps: list[str] = []
        for told, worker in zip(self._steps, workers, strict=True):
            changes = self._step(told, worker)
            if whole:
                changes = f'"workers":{worker.config.num_workers}{"," if changes else ""}{changes}'
            if changes:
                steps.append(f"{quoted(told.step)}:{{{changes}}}")
        changed: list[str] = []
        if whole:
            changed.append('"whole":true')
            if self._store is not None:
                changed.append(f'"store":{encode(self._store)}')
                self._store = None
        if steps:
            changed.append(f'"steps":{{{",".join(steps)}}}')
        if state.streams or self._streams:
            self._stream_changes(state, changed)
        if state.collection_release_states or self._releases:
            self._release_changes(state, changed)
        return f"{{{','.join(changed)}}}" if changed else ""

    def _step(self, told: _Told, worker: InternalStepWorkerState) -> str:
        changes: list[str] = []
        if worker.queue or told.queue:
            text = self._queue_changes(told, worker.queue)
            if text:
                changes.append(f'"queue":{text}')
        if worker.in_progress or told.busy:
            busy = list(map(_invocation, worker.in_progress))
            if busy != told.busy:
                changes.append(f'"busy":{splices(told.busy, busy, worker.in_progress, self._running)}')
                told.busy = busy
        if told.joins and (worker.static_collect_events or told.static):
            static = [self._keys.get(event) for event in worker.static_collect_events]
            if static != told.static:
                changes.append(f'"static":{splices(told.static, static, static, or_null)}')
                told.static = static
        if worker.collected_waiters or told.waiters:
            waiters = list(map(self._waiter, worker.collected_waiters))
            if waiters != told.waiters:
                changes.append(f'"waiters":{splices(told.waiters, waiters, worker.collected_waiters, self._waiting)}')
                told.waiters = waiters
        if worker.collect_generations != told.generations or told.unread:
            buffers = self._buffer_changes(told, worker)
            if buffers:
                changes.append(f'"buffers":{{{",".join(buffers)}}}')
        return ",".join(changes)

    def _queue_changes(self, told: _Told, queue: list[EventAttempt]) -> str:
        """Without retries a queue only grows at its end and loses from its front, so its ends say what happened."""
        if not told.retries:
            kept, length = len(told.queue), len(queue)
            gone = _lost(told.queue, queue[0].work_item_id) if length else kept
            rest = kept - gone
            if length >= rest and (not rest or queue[rest - 1].work_item_id == told.queue[-1]):
                if not gone and rest == length:
                    return ""
                del told.queue[:gone]
                told.queue.extend(map(_work_item, queue[rest:]))
                return _ends(0, gone, rest, queue, self._queued)
        now = list(map(_attempt if told.retries else _work_item, queue))
        if now == told.queue:
            return ""
        text = splices(told.queue, now, queue, self._queued)
        told.queue = now
        return text

    # -- entries ------------------------------------------------------------------------------------

    def _queued(self, attempt: EventAttempt) -> str:
        events = self._events(attempt.event, attempt.bound_events, attempt.collection_release_payload)
        attempts = f',"attempts":{attempt.attempts}' if attempt.attempts else ""
        due = f',"not_before":{attempt.not_before!r}' if attempt.not_before is not None else ""
        return f'{{"work_item":{or_null(attempt.work_item_id)},"events":{events}{attempts}{due}}}'

    def _running(self, running: InProgressState) -> str:
        events = self._events(running.event, running.bound_events, running.shared_state.collection_release_payload)
        attempts = f',"attempts":{running.attempts}' if running.attempts else ""
        return (
            f'{{"invocation":{or_null(running.invocation_id)},"worker":{running.worker_id},'
            f'"work_item":{or_null(running.work_item_id)},"events":{events}{attempts}}}'
        )

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

    def _waiting(self, waiter: StepWorkerWaiter[Any]) -> str:
        events = self._events(waiter.event, waiter.bound_events, waiter.collection_release_payload)
        answer = waiter.resolved_event
        resolved = f',"resolved":{or_null(self._keys.get(answer) or "")}' if answer is not None else ""
        timed_out = ',"timed_out":true' if waiter.timed_out else ""
        return (
            f'{{"waiter":{quoted(waiter.waiter_id)},"waits_for":{quoted(waiter.waiting_for_event.__qualname__)},'
            f'"work_item":{or_null(waiter.work_item_id)},"events":{events}{resolved}'
            f"{timed_out}}}"
        )

    def _events(self, event: Event, bound: dict[str, Event] | None, payload: CollectionReleasePayload | None) -> str:
        if payload is not None:
            return self._all(payload.events)
        return self._all(bound.values()) if bound else f"[{or_null(self._keys.get(event))}]"

    def _all(self, events: Iterable[Event]) -> str:
        get = self._keys.get
        return f"[{','.join([or_null(get(event)) for event in events])}]"

    # -- what gathers -------------------------------------------------------------------------------

    def _buffer_changes(self, told: _Told, worker: InternalStepWorkerState) -> list[str]:
        """Buffers of collect_events. Each append and each emptying counts a buffer's generation up by one."""
        changes: list[str] = []
        generations = dict(worker.collect_generations)
        ids = {*generations, *worker.collected_events} if told.unread else generations
        for buffer_id in ids:
            further = generations.get(buffer_id, 0) - told.generations.get(buffer_id, 0)
            if not further and not told.unread:
                continue
            events, before = worker.collected_events.get(buffer_id, []), told.lengths.get(buffer_id, 0)
            start = before if len(events) == before + further else 0  # nothing but appends, or anything
            if before > start or len(events) > start:
                changes.append(f"{quoted(buffer_id)}:[[{start},{before - start},{self._all(events[start:])}]]")
            told.lengths[buffer_id] = len(events)
        told.generations, told.unread = generations, False
        return changes

    def _stream_changes(self, state: BrokerState, changed: list[str]) -> None:
        streams = {stream_id: stream.open_work_items for stream_id, stream in state.streams.items()}
        if streams == self._streams:
            return
        changes = [f'"{stream_id}":null' for stream_id in self._streams if stream_id not in streams]
        for stream_id, count in streams.items():
            if self._streams.get(stream_id) != count:
                stream = state.streams[stream_id]
                scope = list_text(list(stream.scope_path))
                step = quoted(str(stream.source_step))
                changes.append(f'"{stream_id}":{{"step":{step},"open":{count},"scope":{scope}}}')
        changed.append(f'"streams":{{{",".join(changes)}}}')
        self._streams = streams

    def _release_changes(self, state: BrokerState, changed: list[str]) -> None:
        """Buffers of list parameters only grow until they are dropped."""
        releases = state.collection_release_states
        now = {release_id: (len(release.buffer), release.released) for release_id, release in releases.items()}
        if now == self._releases:
            return
        changes = [f"{quoted(release_id)}:null" for release_id in self._releases if release_id not in now]
        for release_id, (length, released) in now.items():
            before = self._releases.get(release_id)
            if before == (length, released):
                continue
            release, start, entry = releases[release_id], before[0] if before else 0, []
            if before is None:
                binding = state.config.collection_bindings.get(release.binding_id)
                step = or_null(str(binding.target_step) if binding is not None else None)
                entry.append(f'"stream":{quoted(release.stream_id)},"step":{step}')
            if length > start:
                entry.append(f'"keys":[[{start},0,{self._all(release.buffer[start:])}]]')
            if released:
                entry.append('"released":true')
            changes.append(f"{quoted(release_id)}:{{{','.join(entry)}}}")
        changed.append(f'"releases":{{{",".join(changes)}}}')
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


def _lost(told: list[Any], first: str | None) -> int:
    """How many of the entries told last are gone from the front of a queue, given the one that is first now."""
    try:
        return told.index(first)
    except ValueError:
        return len(told)


def _ends(start: int, gone: int, end: int, items: Sequence[Any], entry: Callable[[Any], str]) -> str:
    """Splices that take some away at `start`, and put in at `end` what stands there now."""
    taken = f"[{start},{gone},[]]" if gone else ""
    if end >= len(items):
        return f"[{taken}]"
    return f"[{taken}{',' if taken else ''}[{end},0,[{','.join([entry(item) for item in items[end:]])}]]]"


def splices(old: list[Any], new: list[Any], items: Sequence[Any], entry: Callable[[Any], str]) -> str:
    """How to make `new` of `old`, as JSON text, with entries made of `items`, which stand where `new` has them.

    Quick for what queues do: grow at the end, lose some at the front or in the middle.
    """
    kept, length = len(old), len(new)
    if length >= kept and new[:kept] == old:
        return _ends(0, 0, kept, items, entry)
    start = 0
    while start < kept and start < length and old[start] == new[start]:
        start += 1
    if start < length:
        again = start + _lost(old[start:], new[start])
        rest = kept - again
        if rest and old[again:] == new[start : start + rest]:
            return _ends(start, again - start, start + rest, items, entry)
    tail = 0
    while tail < min(kept, length) - start and old[kept - 1 - tail] == new[length - 1 - tail]:
        tail += 1
    added = ",".join([entry(item) for item in items[start : length - tail]])
    return f"[[{start},{kept - tail - start},[{added}]]]"
