"""What the widgets of a form hold before a person touches them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from inspectors.forms.json_text import free_text
from inspectors.forms.model import Chosen, Field, Form


def initial(form: Form, example: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What widgets hold at first: the value of `example`, else the default, else empty.

    Texts, dates and JSON are strings; numbers, booleans and choices are themselves or None; lists and tuples are
    lists, objects dicts, dicts lists of (name, value), unions `Chosen`. None is nothing: an optional object that is
    not there. A value of another shape, such as a text where a list is taken, stays as it is: `parse` refuses it, and
    a page says so. Names of the example that the form doesn't have follow. `parse` gives the example back, but for
    values that mean nothing.
    """
    given = example or {}
    raw = {}
    for field in form.fields:
        value = given.get(field.name, field.default if field.has_default else None)
        raw[field.name] = shown(field, value)
    for name, value in given.items():
        if form.field(name) is None:
            raw[name] = free_text(value) if form.open else value
    return raw


def shown(field: Field, value: Any) -> Any:
    """What the widget of `field` holds for a value; None for the value is nothing."""
    if value is None:
        return _nothing(field)
    match field.kind:
        case "object":
            return initial(Form("", field.fields), value) if isinstance(value, Mapping) else value
        case "list":
            item = field.item or Field("", "json")
            return [shown(item, inner) for inner in value] if isinstance(value, (list, tuple)) else value
        case "tuple":
            return _shown_tuple(field, value)
        case "dict":
            item = field.item or Field("", "json")
            return [(str(n), shown(item, v)) for n, v in value.items()] if isinstance(value, Mapping) else value
        case "union":
            variant = variant_of(field, value)
            return value if variant is None else Chosen(variant, shown(field.variants[variant], value))
        case "integer" | "number" | "boolean" | "choice" | "bytes":
            return value
        case "json":
            return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _nothing(field: Field) -> Any:
    """What widgets hold where no value is known. A field that has to be filled in shows its inner fields at once."""
    match field.kind:
        case "object":
            return initial(Form("", field.fields)) if field.required and not field.nullable else None
        case "tuple":
            return _shown_tuple(field, []) if field.required and not field.nullable else None
        case "list" | "dict":
            return None if field.nullable else []
        case "union":
            if not field.required or field.nullable:
                return None
            return Chosen(0, _nothing(field.variants[0]))
        case "integer" | "number" | "boolean" | "bytes":
            return None
        case "choice":
            return field.choices[0] if field.constant else None
    return None if field.nullable else ""


def _shown_tuple(field: Field, value: Any) -> Any:
    """A widget a place: a tuple that is too short is filled up, what is too much stays and is refused."""
    if not isinstance(value, (list, tuple)):
        return value
    known = [
        shown(inner, value[at] if at < len(value) else inner.default if inner.has_default else None)
        for at, inner in enumerate(field.fields)
    ]
    return [*known, *value[len(known) :]]


def variant_of(field: Field, value: Any) -> int | None:
    """The variant of a union that a value belongs to; None if it is of none of their shapes.

    Among several of its shape the one with the fewest missing, refused and unknown names, the first of equals.
    """
    from inspectors.forms.readers import faults  # reading and showing a union need each other

    fitting = [number for number, variant in enumerate(field.variants) if _has_shape(variant, value)]
    scores = {number: faults(field.variants[number], value) for number in fitting}
    return min(fitting, key=lambda number: (scores[number], number), default=None)


def _has_shape(field: Field, value: Any) -> bool:
    """Whether a JSON value is of the sort that a field takes, its limits aside."""
    match field.kind:
        case "object" | "dict":
            return isinstance(value, Mapping)
        case "list" | "tuple":
            return isinstance(value, (list, tuple))
        case "union":
            return any(_has_shape(variant, value) for variant in field.variants)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            plain = isinstance(value, (int, float)) and not isinstance(value, bool)
            return plain or (field.exact and isinstance(value, str))
        case "choice":
            return any(type(choice) is type(value) and choice == value for choice in field.choices)
        case "bytes":
            return isinstance(value, (str, Mapping))
        case "json":
            return True
    return isinstance(value, str)
