"""Single widgets: which one a field gets, what it shows, and what it holds.

Numbers are typed as text: a number box of the browser drops what it can't read, cuts 1.5 to 1, and rounds what has
more than 15 digits, all without a word. Here what was typed stays, and a sentence says what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime, time
from typing import Any

import streamlit as st

from inspectors.forms import Field, parse
from inspectors.forms.model import Form
from inspectors.forms.scalars import FORMATS
from parts.form_places import Place
from parts.words import inert

SEGMENTS = 4
"""More choices than this are a list that opens."""
SEGMENTS_LENGTH = 46
"""So are choices of more characters in all."""
PILLS = 6

EARLIEST, LATEST = date(1, 1, 1), date(9999, 12, 31)
NOTHING = "null"
"""The choice of nothing, as JSON."""

HINTS = {"date": "2026-11-30", "time": "14:30", "datetime": "2026-11-30 14:30"}


def look_of(field: Field, value: Any) -> str:
    """The widget of a field that holds a value at first. It stays the same as long as both do."""
    match field.kind:
        case "boolean" if not field.nullable and not (field.required and value is None):
            return "checkbox"
        case "boolean":
            return "segments"
        case "choice":
            labels = [field.label(choice) for choice in field.choices]
            few = len(labels) <= SEGMENTS and sum(map(len, labels)) <= SEGMENTS_LENGTH
            return "segments" if few else "select"
        case "date" | "time" | "datetime":
            return field.kind if value in (None, "") or _as_moment(field.kind, value) is not None else "text"
        case "list":
            return _look_of_list(field, value)
        case "long_text" | "json":
            return "area"
        case "file" | "bytes":
            return field.kind
    return "text"


def _look_of_list(field: Field, value: Any) -> str:
    """Choices to click, a box with one item a line, or a row for each item."""
    item = field.item
    items = value if isinstance(value, list) else []
    if item is None or item.kind == "json":
        return "area"
    if item.kind == "choice" and not item.nullable and not item.constant:
        known = all(any(_same(choice, one) for choice in item.choices) for one in items)
        if known and not any(_same(a, b) for at, a in enumerate(items) for b in items[:at]):
            return "pills" if len(item.choices) <= PILLS else "multi"
    plain = item.kind in ("text", "integer", "number") and not item.nullable and not item.secret
    if plain and all(_fits_a_line(one) for one in items):
        return "lines"
    return "rows"


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _fits_a_line(item: Any) -> bool:
    if isinstance(item, str):
        return bool(item.strip()) and item == item.strip() and len(item.splitlines()) == 1 and not item.startswith("[")
    return isinstance(item, int | float) and not isinstance(item, bool)


def held_for(field: Field, look: str, value: Any) -> Any:
    """What the widget holds for a value as `inspectors.forms.initial` gives it."""
    match look:
        case "checkbox":
            return value is True
        case "segments" | "select":
            known = [True, False] if field.kind == "boolean" else field.choices
            if value is None:
                return NOTHING if field.nullable else None
            return next((json.dumps(choice) for choice in known if _same(choice, value)), None)
        case "pills" | "multi":
            return [json.dumps(one) for one in value] if isinstance(value, list) else []
        case "date" | "time" | "datetime":
            return _as_moment(look, value)
        case "lines":
            return "\n".join(map(str, value)) if isinstance(value, list) else _as_text(value)
        case "bytes":
            return None
    return _as_text(value)


def held_again(field: Field, look: str, kept: Any) -> tuple[bool, Any]:
    """What a widget holds for what was kept of it, and first whether it can hold that; "" is an emptied one."""
    match look:
        case "checkbox":
            return isinstance(kept, bool), kept
        case "segments" | "select":
            return kept == "" or kept in _options(field), kept or None
        case "pills" | "multi":
            known = [json.dumps(choice) for choice in field.item.choices] if field.item is not None else []
            return isinstance(kept, list) and all(one in known for one in kept), kept
        case "date" | "time" | "datetime":
            moment = _as_moment(look, kept)
            return kept == "" or moment is not None, moment
    return isinstance(kept, str), kept


def _options(field: Field) -> dict[str, str]:
    """Labels of what can be chosen, by the choice as JSON."""
    known = [True, False] if field.kind == "boolean" else list(field.choices)
    called = {json.dumps(choice): field.label(choice) for choice in known}
    return {**called, NOTHING: "Nothing"} if field.nullable else called


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def value_of(field: Field, look: str, held: Any, place: Place) -> Any:
    """What `inspectors.forms.parse` reads, from what the widget holds."""
    match look:
        case "segments" | "select":
            return None if held is None else json.loads(held)
        case "date" | "time" | "datetime" if place.get("none"):
            return None
        case "pills" | "multi":
            chosen = [json.loads(one) for one in held or []]
            return None if not chosen and field.nullable and not place.get("empty") else chosen
    if isinstance(held, str) and not held and (field.nullable or field.kind == "list"):
        said_empty = bool(place.get("empty"))
        if field.kind in ("text", "long_text"):
            return "" if said_empty else None
        if field.kind == "list" and (said_empty or field.nullable or field.required):
            return [] if said_empty else None
    return held


def _as_moment(kind: str, value: Any) -> Any:
    """A date or time that a picker can hold: seconds and time zones would be lost in one. Else None."""
    readers: dict[str, Callable[[str], Any]] = {
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "datetime": datetime.fromisoformat,
    }
    try:
        moment = readers[kind](value) if isinstance(value, str) else None
    except ValueError:
        return None
    if isinstance(moment, datetime | time) and (moment.second or moment.microsecond or moment.tzinfo):
        return None
    return moment


def fits(field: Field, value: Any) -> bool:
    """Whether the widget can show a value at all."""
    if value in (None, ""):
        return True
    if field.kind in ("choice", "boolean"):
        return parse(Form("", (field,)), {field.name: value}).ok
    return look_of(field, value) not in ("pills", "multi") or isinstance(value, list)


def show_widget(field: Field, look: str, held: Any, place: Place, compact: bool, hint: str = "") -> None:
    """Draw it, filled with `held` unless a person has changed it."""
    label: dict[str, Any] = {"label": inert(field.name) or "Value", "key": place.key}
    if compact:
        label["label_visibility"] = "collapsed"
    said = _hint(field, look) or hint or None
    match look:
        case "checkbox":
            st.checkbox(value=held, **label)
        case "segments" | "select":
            _show_choices(field, look, held, label)
        case "pills" | "multi":
            _show_several(field, look, held, label)
        case "date" | "time" | "datetime":
            _show_picker(look, held, label)
        case "area" | "lines":
            height = 140 if field.kind in ("long_text", "json") else 94
            with st.container(key=f"code-{place.key}") if field.kind == "json" else nullcontext():
                st.text_area(value=held, placeholder=said, height=height, **label)
        case _:
            kind = "password" if field.secret else "default"
            st.text_input(value=held, placeholder=said, type=kind, **label)


def _hint(field: Field, look: str) -> str | None:
    if field.examples:
        return f"such as {field.examples}"
    if look == "lines":
        return "one item a line"
    if field.kind in HINTS:
        return HINTS[field.kind]
    if field.kind == "file":
        return "path on this machine"
    if field.format in FORMATS:
        return FORMATS[field.format][1].rpartition(" like ")[2]
    return "nothing" if field.nullable else None


def _show_choices(field: Field, look: str, held: Any, label: dict[str, Any]) -> None:
    called = _options(field)
    options = list(called)
    if look == "segments":
        st.segmented_control(
            options=options,
            default=held,
            format_func=lambda option: inert(called[option]),
            required=held is not None,
            **label,
        )
    else:
        index = options.index(held) if held in options else None
        st.selectbox(
            options=options,
            index=index,
            format_func=lambda one: called.get(one, one),
            placeholder="Choose one",
            **label,
        )


def _show_several(field: Field, look: str, held: Any, label: dict[str, Any]) -> None:
    assert field.item is not None
    called = {json.dumps(choice): field.item.label(choice) for choice in field.item.choices}
    if look == "pills":
        st.pills(
            options=list(called),
            selection_mode="multi",
            default=held,
            format_func=lambda one: inert(called[one]),
            **label,
        )
    else:
        st.multiselect(
            options=list(called), default=held, format_func=lambda one: called[one], placeholder="Choose any", **label
        )


def _show_picker(look: str, held: Any, label: dict[str, Any]) -> None:
    if look == "date":
        st.date_input(value=held, min_value=EARLIEST, max_value=LATEST, format="YYYY-MM-DD", **label)
    elif look == "time":
        st.time_input(value=held, step=60, **label)
    else:
        st.datetime_input(
            value=held,
            step=60,
            min_value=datetime.combine(EARLIEST, time.min),
            max_value=datetime.combine(LATEST, time(23, 59)),
            format="YYYY-MM-DD",
            **label,
        )
