"""A form as Streamlit widgets, the same for starting a workflow and for answering a prompt.

`show_fields` draws, `read_fields` reads what the widgets hold, also in a callback, before anything is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from inspectors.forms import Chosen, Field, Form
from inspectors.forms.initial import shown
from parts.browser import browser_part, class_of
from parts.form_files import read_contents, read_file
from parts.form_groups import show_field
from parts.form_places import Drawing, Place, Rows, is_there, placed, top
from parts.form_texts import show_left_out, show_refusal, show_takes
from parts.form_widgets import value_of

__all__ = ["read_fields", "show_fields", "show_refusal", "show_takes"]

_focus = browser_part("form_focus")

FOLD_AFTER = 8
"""More optional fields than this fold away."""


def show_fields(
    form: Form, initial: Mapping[str, Any], errors: Mapping[str, str], prefix: str, *, in_form: bool = True
) -> None:
    """Draw the fields of a form, each with its sentence if its value was refused.

    Args:
        form: what to fill in.
        initial: what `inspectors.forms.initial` gives for it.
        errors: sentences by path, as `parse` and the runner give them; the same object until the next attempt.
        prefix: what keys begin with; another one is another form, which begins anew.
        in_form: whether this stands inside `st.form`, which has to be one with `enter_to_submit=False`: its first
            button may be one that adds or removes something.
    """
    drawing = Drawing(placed(form.fields, errors, prefix), in_form)
    shown_first, folded = _fold(form, initial)
    with st.container(key=f"fields-{prefix}"):
        for field in shown_first:
            show_field(field, initial.get(field.name), top(prefix, field.name), drawing)
        if folded:
            keys = [top(prefix, field.name).key for field in folded]
            wrong = any(key == one or key.startswith(f"{one}.") for key in drawing.errors for one in keys)
            with st.expander(f"{len(folded)} more fields, all optional", expanded=wrong):
                for field in folded:
                    show_field(field, initial.get(field.name), top(prefix, field.name), drawing)
        _focus_first_refused(drawing, prefix)
        if not form.open:
            show_left_out([name for name in initial if form.field(name) is None], prefix)


def _focus_first_refused(drawing: Drawing, prefix: str) -> None:
    """Once for each attempt: a rerun for another reason leaves the focus where it is."""
    with st.container(key=f"form-focus-{prefix}"):
        attempt = st.session_state.get(f"{prefix}#attempt", 0) if drawing.errors else 0
        _focus(key=f"{prefix}#focus", data={"attempt": attempt, "place": class_of(f"fields-{prefix}")})


def read_fields(form: Form, prefix: str) -> dict[str, Any]:
    """What the widgets of a form hold now, by name, as `inspectors.forms.parse` reads it."""
    return {field.name: _read(field, top(prefix, field.name)) for field in form.fields if not field.constant}


def _fold(form: Form, initial: Mapping[str, Any]) -> tuple[list[Field], list[Field]]:
    """The fields to show at once, and those to fold away: optional ones, if they are many and hold nothing special."""
    fields = [field for field in form.fields if not field.constant]
    optional = [field for field in fields if not field.required]
    if len(optional) <= FOLD_AFTER:
        return fields, []
    keep = [field for field in fields if field.required] or fields[:FOLD_AFTER]
    filled = [field for field in optional if initial.get(field.name) != shown(field, field.default)]
    first = [field for field in fields if field in keep or field in filled]
    return first, [field for field in fields if field not in first]


def _read(field: Field, place: Place) -> Any:
    """What the widgets of one field hold."""
    match field.kind:
        case "object" if field.fields:
            if not is_there(field, place):
                return None
            more = place.get("more", {}) if field.open else {}
            return {**more, **{one.name: _read(one, place.child(one.name)) for one in field.fields if not one.constant}}
        case "object":
            return {} if is_there(field, place) else None
        case "tuple":
            return [_read(one, place.child(one.name)) for one in field.fields] if is_there(field, place) else None
        case "union":
            chosen = place.get("variant")
            if chosen is None or chosen >= len(field.variants):
                return None
            return Chosen(chosen, _read(field.variants[chosen], place.variant(chosen)))
        case "dict":
            return _read_dict(field, place)
        case "list" if place.get("look") == "rows":
            assert field.item is not None
            items = [_read(field.item, place.item(number)) for number in Rows.of(place).numbers]
            return None if not items and field.nullable and not place.get("empty") else items
    return _read_widget(field, place)


def _read_dict(field: Field, place: Place) -> Any:
    assert field.item is not None and field.names is not None
    rows = [
        (_read(field.names, place.name_of(number)), _read(field.item, place.item(number)))
        for number in Rows.of(place).numbers
    ]
    return None if not rows and field.nullable and not place.get("empty") else rows


def _read_widget(field: Field, place: Place) -> Any:
    """What a single widget holds; where nobody has touched it, the value it would be drawn with now.

    A default may become known after the widget was drawn: when a runner has imported what source doesn't show.
    """
    if field.kind == "bytes":
        return read_contents(place)
    drawn = place.get("drawn")
    if drawn is None:
        return place.held
    look, first, now, value = drawn
    held = place.held
    if field.kind == "file":
        held = read_file(place, held)
    if place.key in st.session_state and held == first and first != now:
        return value
    return value_of(field, look, held, place)
