"""A tick as the engine's own JsonSerializer would write it, made by hand.

`serializer.serialize(tick)` writes each event three times over, through pydantic's Python callbacks: measured, half of
all that recording costs (recording-facts.md 1). Here each event is written once and its text used again. The text need
not be equal to the engine's: it leaves out what is at its default. It must read back as an equal tick, which
`tests/recording/test_tick_text.py` holds against the engine's own. Ticks of rarer shapes are left to the engine.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticSerializationError
from workflows.context.serializers import BaseSerializer, JsonSerializer, PickleSerializer
from workflows.context.utils import get_qualified_name
from workflows.events import DictLikeModel, Event
from workflows.runtime.types.results import AddCollectedEvent, DeleteCollectedEvent, SentEvent, StepWorkerResult
from workflows.runtime.types.ticks import TickAddEvent, TickStepResult, WorkflowTick

EventText = Callable[[Event], str]

_quoted = json.encoder.encode_basestring_ascii


def event_text(event: Event, fields: str | None = None) -> str:
    """The event as the engine's JsonSerializer writes it; `fields`: the text of its `plain_fields`, if it has them.

    Raises what pydantic raises on values it can't write.
    """
    before, after, plain = _class_text(type(event))
    data = (event.__pydantic_private__ or {}).get("_data")
    if plain and fields is not None and not data:
        return before + fields + after
    if before == "" or (data and "class_name" in data):
        return json.dumps(
            {"__is_component": True, "value": event.to_dict(), "qualified_name": get_qualified_name(event)}
        )
    try:
        value = event.model_dump_json()
    except PydanticSerializationError:  # a lone surrogate, which JSON can escape; what it can't write raises again
        value = "null"
    if "null" in value:  # perhaps not None: infinity and nan become null in this faster way of writing
        value = json.dumps(event.model_dump(mode="json"))
    return before + value + after


_Scalar = (str, int, float, bool, type(None), Any)


@lru_cache(4096)
def _class_text(cls: type[Event]) -> tuple[str, str, bool]:
    """What stands before and after an event's value, "" for what the engine takes for a component; and whether plain
    values of its fields are written as they are, which no serializer of the author's or of a type changes.
    """
    if hasattr(cls, "class_name"):
        return "", "", False
    own = cls.__pydantic_decorators__
    plain = (
        not own.field_serializers
        and not own.computed_fields
        and set(own.model_serializers) <= {"custom_model_dump"}
        and cls.custom_model_dump is DictLikeModel.custom_model_dump
        and all(
            not field.exclude and not field.metadata and _is_scalar(field.annotation)
            for field in cls.model_fields.values()
        )
    )
    name = f"{cls.__module__}.{cls.__name__}"
    return '{"__is_pydantic":true,"value":', f',"qualified_name":{_quoted(name)}}}', plain


def _is_scalar(annotation: Any) -> bool:
    if annotation in _Scalar:
        return True
    origin = get_origin(annotation)
    if origin is Literal:
        return True
    return origin in (Union, UnionType) and all(_is_scalar(one) for one in get_args(annotation))


def tick_text(tick: WorkflowTick, serializer: BaseSerializer, text_of: EventText = event_text) -> str:
    """The tick as text that `serializer.deserialize` reads back as an equal tick.

    `text_of` gives the text of an event, perhaps one kept from before. Raises whatever writing raises on values that
    can't be written.
    """
    if type(serializer) in (JsonSerializer, PickleSerializer):
        made = None
        if isinstance(tick, TickStepResult):
            made = _step_result(tick, text_of)
        elif isinstance(tick, TickAddEvent):
            made = _add_event(tick, text_of)
        if made is not None:
            name = type(tick).__name__
            return f'{{"__is_pydantic":true,"value":{made},"qualified_name":"workflows.runtime.types.ticks.{name}"}}'
    return serializer.serialize(tick)


def _step_result(tick: TickStepResult, text_of: EventText) -> str | None:
    results = []
    for item in tick.result:
        if isinstance(item, StepWorkerResult):
            event = "null" if item.result is None else text_of(item.result)
            fanned = ',"fanned_out":true' if item.fanned_out else ""
            results.append(f'{{"type":"result","result":{event}{fanned}}}')
        elif isinstance(item, AddCollectedEvent):
            results.append(
                f'{{"type":"add_collected","event_id":{_quoted(item.event_id)},"event":{text_of(item.event)}}}'
            )
        elif isinstance(item, DeleteCollectedEvent):
            results.append(f'{{"type":"delete_collected","event_id":{_quoted(item.event_id)}}}')
        else:
            return None
    more = ""
    if tick.sends:
        more += f',"sends":[{",".join(_sent(sent, text_of) for sent in tick.sends)}]'
    return (
        f'{{"type":"step_result","step_id":{_quoted(str(tick.step_id))},"worker_id":{tick.worker_id},'
        f'"event":{text_of(tick.event)},"result":[{",".join(results)}],'
        f'"stamped_at":{_number(tick.stamped_at)},"invocation_id":{_text(tick.invocation_id)}{more}}}'
    )


def _sent(sent: SentEvent, text_of: EventText) -> str:
    step = f',"step_id":{_quoted(str(sent.step_id))}' if sent.step_id is not None else ""
    counts = f',"recovery_counts":{json.dumps(sent.recovery_counts)}' if sent.recovery_counts else ""
    return f'{{"index":{sent.index},"event":{text_of(sent.event)}{step}{counts}}}'


def _add_event(tick: TickAddEvent, text_of: EventText) -> str | None:
    if (
        tick.bound_events is not None
        or tick.last_exception is not None
        or tick.collection_release_payload is not None
        or tick.attempts is not None
    ):
        return None
    more = ""
    if tick.step_id is not None:
        more += f',"step_id":{_quoted(str(tick.step_id))}'
    if tick.emission is not None:
        key = tick.emission
        more += f',"emission":{{"invocation_id":{_quoted(key.invocation_id)},"index":{key.index}}}'
    if tick.scope_path:
        more += f',"scope_path":{json.dumps(tick.scope_path)}'
    if tick.work_item_id is not None:
        more += f',"work_item_id":{_quoted(tick.work_item_id)}'
    if tick.recovery_counts:
        more += f',"recovery_counts":{json.dumps(tick.recovery_counts)}'
    if tick.first_attempt_at is not None:
        more += f',"first_attempt_at":{_number(tick.first_attempt_at)}'
    if tick.last_failed_at is not None:
        more += f',"last_failed_at":{_number(tick.last_failed_at)}'
    return f'{{"type":"add_event","event":{text_of(tick.event)},"stamped_at":{_number(tick.stamped_at)}{more}}}'


def _number(value: float | None) -> str:
    return "null" if value is None else float.__repr__(float(value))


def _text(value: Any) -> str:
    return "null" if value is None else _quoted(value)
