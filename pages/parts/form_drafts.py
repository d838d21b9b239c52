"""What a person has put into a form and not sent: what there is to keep of it, and putting it back.

All is kept under the place of its widget, as the widget's key says it after the form's prefix. Beside the widgets are
kept: the rows of lists and dicts, whether what may be left out is there, and what was chosen in a union.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from inspectors.forms import Field, Form
from parts.form_places import Place, Rows, is_there, top

TEXT_LOOKS = ("text", "area", "lines", "file")
"""Looks that are text boxes: what is typed into them, the browser knows first."""
PRESSED = {"rows": ("rows", "last"), "decided": ("decided", "there"), "chosen": ("chosen", "variant")}
"""What a place remembers of its buttons, by what it only remembers once one was pressed."""
BESIDE = ("empty", "none")
"""Checkboxes beside a widget."""
SHAPES: dict[str, type] = {
    "rows": list,
    "last": int,
    "decided": bool,
    "there": bool,
    "chosen": bool,
    "variant": int,
    **dict.fromkeys(BESIDE, bool),
}
"""All that is kept beside widgets, and of which type."""


def text_boxes(form: Form, prefix: str) -> dict[str, str]:
    """Keys of the text boxes of a form that is drawn, by the names of their places."""
    return {name: place.key for name, place in _all(form, prefix) if place.get("look") in TEXT_LOOKS}


def changes(form: Form, prefix: str) -> dict[str, Any]:
    """What a person has changed besides texts, as JSON values by name; None for what is as the form began."""
    return {f"{name}{what}": value for name, place in _all(form, prefix) for what, value in _changed(place).items()}


def put_back(kept: Mapping[str, Any], prefix: str) -> None:
    """Before a form is drawn for the first time: have it begin with what was kept of it, texts and all else."""
    for name, value in kept.items():
        key = f"{prefix}:{name}"
        what = name.rpartition("#")[2]
        if not name.endswith(tuple(f"#{one}" for one in SHAPES)):
            st.session_state[f"{key}#again"] = value  # taken by the widget, if it is still one that can hold it
        elif isinstance(value, SHAPES[what]) and (what != "rows" or all(isinstance(one, int) for one in value)):
            st.session_state[key] = value


def _all(form: Form, prefix: str) -> Iterator[tuple[str, Place]]:
    """Every place that is there, with the name to keep it under."""
    for field in form.fields:
        for place in _within(field, top(prefix, field.name)):
            yield place.key.removeprefix(f"{prefix}:"), place


def _within(field: Field, place: Place) -> Iterator[Place]:
    if field.constant or field.secret:
        return  # a password is not written down before it is sent
    yield place
    if field.kind in ("object", "tuple") and is_there(field, place):
        for inner in field.fields:
            yield from _within(inner, place.child(inner.name))
    elif field.kind == "union":
        chosen = place.get("variant")
        if chosen is not None and chosen < len(field.variants):
            yield from _within(field.variants[chosen], place.variant(chosen))
    elif field.kind == "dict" or (field.kind == "list" and place.get("look") == "rows"):
        for number in Rows.of(place).numbers:
            if field.names is not None:
                yield from _within(field.names, place.name_of(number))
            if field.item is not None:
                yield from _within(field.item, place.item(number))


def _changed(place: Place) -> dict[str, Any]:
    """What is changed of one place, by what to add to its name: nothing for its widget."""
    found: dict[str, Any] = {}
    drawn = place.get("drawn")
    if drawn is not None and drawn[0] not in TEXT_LOOKS and place.key in st.session_state:
        found[""] = _as_json(place.held) if place.held != drawn[1] else None
    for pressed, memories in PRESSED.items():
        known = place.get(pressed) is not None
        found.update({f"#{what}": place.get(what) if known else None for what in memories})
    for box in BESIDE:
        ticked = place.get(box)
        found[f"#{box}"] = ticked if ticked != place.get(f"{box}_first", False) else None
    return found


def _as_json(held: Any) -> Any:
    """What a widget holds; "" where it was emptied."""
    if held is None:
        return ""
    return held.isoformat() if hasattr(held, "isoformat") else held
