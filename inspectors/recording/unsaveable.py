"""Which value keeps a run from being written down, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from workflows.context.serializers import JsonSerializer
from workflows.context.state_store import InMemoryStateStore
from workflows.events import Event
from workflows.runtime.types.ticks import TickAddEvent, TickStepResult, WorkflowTick

from inspectors.recording.errors import root_cause
from inspectors.recording.values import fields_of

_CLASS = re.compile(r"<class '([\w.<>]+)'>|type:? '?([\w.]+)'?")
LONGEST = 200


def why_unsaveable(
    error: Exception, events: Iterable[tuple[Event, str]], store: Any, writers: Mapping[str, str | None]
) -> str:
    """A clause such as `ctx.store["lock"], written by begin, holds a _thread.lock, which can’t be written down`.

    `error` is what the engine's serializer raised; `events` are those it was to write, each with the step that gave it
    ("" if none did); `writers` are the steps that wrote the values of ctx.store, by name.
    """
    for name, value in _stored(store):
        held = _unwritable(value)
        if held:
            by = writers.get(name)
            return _clause(f'ctx.store["{name}"]', f"written by {by}" if by else "", held)
    for event, step in events:
        for name, value in (fields_of(event) or {}).items():
            held = _unwritable(value)
            if held:
                return _clause(f"{type(event).__qualname__}.{name}", f"given by {step}" if step else "", held)
    cause = root_cause(error)
    return f"{type(cause).__name__}: {' '.join(str(cause).split())[:LONGEST]}"


def events_of(tick: WorkflowTick) -> list[tuple[Event, str]]:
    """The events that a tick holds, with the step that gave them."""
    if isinstance(tick, TickAddEvent):
        return [(tick.event, "")]
    if not isinstance(tick, TickStepResult):
        return []
    step = str(tick.step_id)
    given = [getattr(item, name, None) for item in tick.result for name in ("result", "event", "waiter_event")]
    return [
        *((event, step) for event in given if isinstance(event, Event)),
        *((sent.event, step) for sent in tick.sends),
        (tick.event, ""),
    ]


def _stored(store: Any) -> list[tuple[str, Any]]:
    if not isinstance(store, InMemoryStateStore):
        return []
    return list((fields_of(store.checkpoint().state) or {}).items())


def _unwritable(value: Any) -> str:
    """The type in a value that the engine's serializer can't write; "" if it can."""
    try:
        JsonSerializer().serialize(value)
    except Exception as error:  # it raises many kinds
        found = _CLASS.search(str(root_cause(error)))
        named = next((name for name in found.groups() if name), "") if found else ""
        return named or f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return ""


def _clause(what: str, whose: str, held: str) -> str:
    article = "an" if held.rpartition(".")[2][:1].lower() in "aeiou" else "a"
    whose = f", {whose}," if whose else ""
    return f"{what}{whose} holds {article} {held}, which can’t be written down"
