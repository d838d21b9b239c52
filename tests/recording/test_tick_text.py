"""Ticks written by hand read back as the engine's own serializer would have read its own text."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError, field_serializer
from workflows.context.serializers import JsonSerializer, PickleSerializer
from workflows.events import Event, StartEvent, StopEvent
from workflows.runtime.types.results import (
    AddCollectedEvent,
    AddWaiter,
    DeleteCollectedEvent,
    EmissionKey,
    SentEvent,
    StepWorkerFailed,
    StepWorkerResult,
)
from workflows.runtime.types.step_id import StepId
from workflows.runtime.types.ticks import TickAddEvent, TickCancelRun, TickStepResult

from inspectors.recording.event_keys import EventKeys
from inspectors.recording.tick_text import event_text, tick_text


class Colour(Enum):
    """One of two."""

    RED = "red"


class Inner(BaseModel):
    """In an event."""

    name: str


class Plain(Event):
    """Whose fields are written as they are."""

    text: str = ""
    number: int | None = None
    share: float = 0.0
    kind: Literal["a", "b"] = "a"


class Rich(Event):
    """Whose fields aren't."""

    inner: Inner = Inner(name="x")
    colour: Colour = Colour.RED
    many: list[float] = Field(default_factory=list)


class Shouting(Event):
    """Whose author has a say in how it is written."""

    text: str = "quiet"

    @field_serializer("text")
    def loud(self, value: str) -> str:
        """In capitals."""
        return value.upper()


class Anything(Event):
    """Of any type."""

    value: Any = None


class Reserved(Event):
    """With a field that is left out."""

    text: str = "shown"
    hidden: str = Field(default="hidden", exclude=True)


TEXTS = st.text(max_size=20)
EVENTS = st.one_of(
    st.builds(Plain, text=TEXTS, number=st.none() | st.integers(), share=st.floats()),
    st.builds(Rich, many=st.lists(st.floats(), max_size=3)),
    st.builds(Shouting, text=TEXTS),
    st.builds(Reserved, text=TEXTS),
    st.builds(StartEvent, topic=TEXTS, depth=st.integers(), nested=st.dictionaries(TEXTS, st.none() | st.floats())),
    st.builds(StopEvent, result=st.none() | TEXTS | st.lists(st.integers())),
    st.builds(Plain, extra=TEXTS),
)
STEP = StepId.root("größe")
RESULTS = st.one_of(
    st.builds(StepWorkerResult, result=st.none() | EVENTS, fanned_out=st.booleans()),
    st.builds(AddCollectedEvent, event_id=TEXTS, event=EVENTS),
    st.builds(DeleteCollectedEvent, event_id=TEXTS),
    st.builds(StepWorkerFailed, exception=st.builds(ValueError, TEXTS), failed_at=st.just(1.5)),
    st.builds(AddWaiter, waiter_id=TEXTS, event_type=st.just(Plain), waiter_event=st.none() | EVENTS),
)
COUNTS = st.dictionaries(TEXTS, st.integers(0, 9), max_size=2)
STEP_RESULTS = st.builds(
    TickStepResult,
    step_id=st.just(STEP),
    worker_id=st.integers(0, 8),
    event=EVENTS,
    result=st.lists(RESULTS, max_size=3),
    stamped_at=st.none() | st.floats(0, 2e9),
    invocation_id=st.none() | TEXTS,
    sends=st.lists(
        st.builds(
            SentEvent,
            index=st.integers(0, 9),
            event=EVENTS,
            step_id=st.none() | st.just(STEP),
            recovery_counts=COUNTS,
        ),
        max_size=2,
    ),
)
ADDED = st.builds(
    TickAddEvent,
    event=EVENTS,
    step_id=st.none() | st.just(STEP),
    bound_events=st.none() | st.dictionaries(TEXTS, EVENTS, max_size=2),
    attempts=st.none() | st.integers(0, 3),
    first_attempt_at=st.none() | st.floats(0, 2e9),
    last_exception=st.none() | st.builds(ValueError, TEXTS),
    recovery_counts=COUNTS,
    scope_path=st.lists(TEXTS, max_size=2).map(tuple),
    work_item_id=st.none() | TEXTS,
    stamped_at=st.none() | st.floats(0, 2e9),
    emission=st.none() | st.builds(EmissionKey, invocation_id=TEXTS, index=st.integers(0, 5)),
)


def alike(one: Any, other: Any) -> bool:
    """Whether two ticks say the same, judged by the engine's own text of them."""
    return JsonSerializer().serialize(one) == JsonSerializer().serialize(other)


@given(st.one_of(STEP_RESULTS, ADDED, st.just(TickCancelRun())))
def test_a_tick_reads_back_as_from_the_engines_own_text(tick: Any) -> None:
    serializer = JsonSerializer()
    keys = EventKeys()
    if hasattr(tick, "event"):
        keys.put(tick.event, "x1")
        keys.fields(tick.event)  # as its record does
    try:
        expected = serializer.deserialize(serializer.serialize(tick))
    except ValidationError:  # the engine can't read what it writes itself, of an infinite number in a list
        return
    for text_of in (event_text, keys.text):
        read = serializer.deserialize(tick_text(tick, serializer, text_of))
        assert type(read) is type(expected)
        assert alike(read, expected)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None, "\ud800", 2**70, "null"])
def test_values_that_json_has_no_name_for(value: Any) -> None:
    """They come back as the engine's own text has them, which loses some."""
    serializer = JsonSerializer()
    for event in (StartEvent(value=value), Anything(value=value)):
        tick = TickAddEvent(event=event)
        own = serializer.deserialize(serializer.serialize(tick))
        assert repr(serializer.deserialize(tick_text(tick, serializer)).event.value) == repr(own.event.value)


def test_what_json_cannot_write_raises_or_is_pickled() -> None:
    class Odd:
        """Not JSON."""

    tick = TickAddEvent(event=StartEvent(value=Odd))
    with pytest.raises(Exception, match=r"serializ|Odd|type"):
        tick_text(tick, JsonSerializer())
    tick = TickAddEvent(event=StartEvent(value={1, 2}))
    serializer = PickleSerializer()
    assert serializer.deserialize(tick_text(tick, serializer)) is not None


def test_an_events_text_is_kept_while_it_lives() -> None:
    keys = EventKeys()
    event = Plain(text="one")
    keys.put(event, "x1")
    first = keys.text(event)
    keys.put(event, "x1", 5.0)
    assert keys.text(event) is first
    del event
    assert len(keys) == 0
