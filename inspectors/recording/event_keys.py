"""Which event instance is which: keys by identity, without keeping the events alive."""

from __future__ import annotations

import weakref
from typing import Any

from workflows.events import Event

from inspectors.recording.record_text import plain_fields
from inspectors.recording.tick_text import event_text

KEPT_TEXT = 1_000_000
"""Characters of the longest text of an event that is kept for as long as the event lives."""


class _Ref(weakref.ref):  # type: ignore[type-arg]
    __slots__ = ("at", "fields", "ident", "key", "text")
    key: str
    ident: int
    at: float
    fields: str | None
    text: str | None


class EventKeys:
    """A map from live event objects to their keys and the time they were queued (epoch seconds)."""

    def __init__(self) -> None:
        self._refs: dict[int, _Ref] = {}

    def put(self, event: Any, key: str, at: float = 0.0) -> None:
        """Remember the key of an event; a later put for the same object replaces the earlier."""
        ident = id(event)
        ref = self._refs.get(ident)
        if ref is not None and ref() is event:
            ref.key, ref.at = key, at
            return
        ref = _Ref(event, self._drop)
        ref.key, ref.ident, ref.at, ref.fields, ref.text = key, ident, at, None, None
        self._refs[ident] = ref

    def get(self, event: Any) -> str | None:
        """The key of this very object, or None."""
        ref = self._refs.get(id(event))
        return ref.key if ref is not None and ref() is event else None

    def queued_at(self, event: Any) -> float | None:
        """When the event was queued, or None if it isn't known."""
        ref = self._refs.get(id(event))
        return ref.at if ref is not None and ref() is event and ref.at else None

    def fields(self, event: Event) -> str | None:
        """The text of the event's `plain_fields`, kept for `text`; None if they aren't plain."""
        fields = plain_fields(event)
        ref = self._refs.get(id(event))
        if ref is not None and ref() is event:
            ref.fields = fields
        return fields

    def text(self, event: Event) -> str:
        """The event's text (`tick_text.event_text`), written once for all ticks that hold it, if it is known and small.

        A step that changes an event it was given doesn't change what is kept.
        """
        ref = self._refs.get(id(event))
        if ref is None or ref() is not event:
            return event_text(event)
        if ref.text is None:
            text = event_text(event, ref.fields)
            if len(text) > KEPT_TEXT:
                return text
            ref.text = text
        return ref.text

    def _drop(self, ref: _Ref) -> None:
        if self._refs.get(ref.ident) is ref:
            del self._refs[ref.ident]

    def __len__(self) -> int:
        return len(self._refs)


def event_types(events: list[Any]) -> dict[str, int]:
    """How many events there are of each type, in the order in which the types come."""
    counts: dict[str, int] = {}
    for event in events:
        name = type(event).__qualname__
        counts[name] = counts.get(name, 0) + 1
    return counts
