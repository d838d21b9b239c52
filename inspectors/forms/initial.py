"""What the widgets of a form hold before a person touches them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from inspectors.forms.json_text import free_text
from inspectors.forms.model import Field, Form


def initial(form: Form, example: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What widgets hold at first: the value of `example`, else the default, else empty.

    Texts, dates and JSON are strings; numbers, booleans and choices are themselves or None; lists are lists,
    objects dicts. Names of the example that the form doesn't have follow if it is open. `parse` gives the
    example back, but for values that mean nothing (None or an empty text of an optional field).
    """
    given = example or {}
    raw = {}
    for field in form.fields:
        value = given.get(field.name, field.default if field.has_default else None)
        raw[field.name] = shown(field, value)
    if form.open:
        raw.update({name: free_text(value) for name, value in given.items() if form.field(name) is None})
    return raw


def shown(field: Field, value: Any) -> Any:
    """What the widget of `field` holds for a value."""
    if field.kind == "object":
        given = value if isinstance(value, Mapping) else {}
        return initial(Form("", field.fields), given)
    if field.kind == "list":
        item = field.item or Field("", "json")
        return [shown(item, inner) for inner in value] if isinstance(value, (list, tuple)) else []
    if field.kind in ("integer", "number", "boolean", "choice"):
        return value
    if value is None:
        return ""
    if field.kind == "json":
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return value if isinstance(value, str) else str(value)
