"""Keys of the events that the engine's state holds, by their places, so that a checkpoint's readers find them again.

A checkpoint holds copies: one event that stands in two places is two objects when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from workflows.events import Event
from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.results import CollectionReleasePayload

from inspectors.recording.event_keys import EventKeys


def held_keys(state: BrokerState, keys: EventKeys) -> dict[str, list[str | None]]:
    """Keys of all events in a state, by place."""
    return {place: [keys.get(event) for event in events] for place, events in _held(state)}


def all_held(state: BrokerState) -> list[Event]:
    """All events that a state holds; one may be there more than once."""
    return [event for _, events in _held(state) for event in events]


def give_keys(state: BrokerState, keys: EventKeys, held: dict[str, list[str | None]]) -> None:
    """Give the events of a state that was read the keys that `held_keys` found when it was saved."""
    for place, events in _held(state):
        for event, key in zip(events, held.get(place, ()), strict=False):
            if key is not None:
                keys.put(event, key)


def work_item_keys(state: BrokerState, keys: EventKeys) -> dict[str, list[str | None]]:
    """Keys of the events that each work item under way is made of."""
    found: dict[str, list[str | None]] = {}
    for worker in state.workers.values():
        made = [
            *(
                (one.work_item_id, _made_of(one.event, one.bound_events, one.collection_release_payload))
                for one in worker.queue
            ),
            *(
                (one.work_item_id, _made_of(one.event, one.bound_events, one.shared_state.collection_release_payload))
                for one in worker.in_progress
            ),
            *(
                (one.work_item_id, _made_of(one.event, one.bound_events, one.collection_release_payload))
                for one in worker.collected_waiters
            ),
        ]
        found.update({item or "": [keys.get(event) for event in events] for item, events in made})
    found.pop("", None)
    return found


def _made_of(event: Event, bound: dict[str, Event] | None, payload: CollectionReleasePayload | None) -> list[Event]:
    if payload is not None:
        return list(payload.events)
    return list(bound.values()) if bound else [event]


def _held(state: BrokerState) -> Iterator[tuple[str, list[Event]]]:
    for step_id, worker in state.workers.items():
        for attempt in worker.queue:
            events = _events(attempt.event, attempt.bound_events, attempt.collection_release_payload)
            yield f"{step_id} queue {attempt.work_item_id}", events
        for running in worker.in_progress:
            payload = running.shared_state.collection_release_payload
            yield f"{step_id} busy {running.invocation_id}", _events(running.event, running.bound_events, payload)
        for waiter in worker.collected_waiters:
            events = _events(waiter.event, waiter.bound_events, waiter.collection_release_payload)
            yield f"{step_id} waiter {waiter.waiter_id}", events
            if waiter.resolved_event is not None:
                yield f"{step_id} resolved {waiter.waiter_id}", [waiter.resolved_event]
        for buffer_id, buffer in worker.collected_events.items():
            yield f"{step_id} buffer {buffer_id}", buffer
        if worker.static_collect_events:
            yield f"{step_id} static", worker.static_collect_events
    for release_id, release in state.collection_release_states.items():
        yield f"release {release_id}", release.buffer


def _events(event: Event, bound: dict[str, Event] | None, payload: CollectionReleasePayload | None) -> list[Event]:
    return [event, *(bound or {}).values(), *(payload.events if payload is not None else ())]
