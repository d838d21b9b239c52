"""One field with its name, its help and its refusal; and fields that hold others: objects, lists, dicts, unions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import streamlit as st

from inspectors.forms import Chosen, Field, parse
from inspectors.forms.initial import shown
from inspectors.forms.model import Form
from parts.form_files import show_contents, show_file
from parts.form_places import Drawing, Place, Rows, is_there
from parts.form_texts import show_help, show_left_out, show_name, show_refusal, show_takes
from parts.form_widgets import fits, held_again, held_for, look_of, show_widget, value_of
from parts.plain import muted
from parts.words import inert, short_value

ADD, REMOVE = ":material/add:", ":material/close:"
ROW = 3
"""A tuple of at most so many short items stands in a row."""
NOTHING, LEAVE_OUT = "Nothing", "Leave out"
EMPTY_LIST = "Empty is a value, not nothing"


def show_field(field: Field, value: Any, place: Place, drawing: Drawing) -> None:
    """Draw a field; `value` is what `inspectors.forms.initial` gives for it."""
    if field.constant:
        return
    with st.container(key=f"field-{place.key}"):
        if not drawing.compact:
            show_takes(field.takes, place.key)
        grouped = field.kind in ("object", "tuple", "dict", "union") or look_of(field, value) == "rows"
        if grouped:
            _show_group(field, value, place, drawing)
        else:
            _show_single(field, value, place, drawing)
        for sentence in (drawing.errors.get(place.key), place.get("trouble")):
            if sentence:
                show_refusal(sentence, place.key)
        if not drawing.compact and not grouped:
            show_help(field, place.key)


def _show_single(field: Field, value: Any, place: Place, drawing: Drawing) -> None:
    look = look_of(field, value)
    if field.kind == "bytes":
        show_contents(field, value, place, drawing)
        return
    if not fits(field, value):
        _say_misfit(value, place)
        value = None
    look, value = _carried(field, look, value, place)
    _hold_again(field, look, place)
    held = held_for(field, look, value)
    drawn = place.get("drawn")
    place.keep("drawn", (look, held if drawn is None or drawn[0] != look else drawn[1], held, value))
    place.keep("look", look)
    if look == "file":
        show_file(field, held, place, drawing.compact)
    else:
        show_widget(field, look, held, place, drawing.compact, drawing.hint)
    _show_empty(field, value, place)
    if look in ("date", "time", "datetime") and field.nullable and held is not None:
        # A picker that begins with a value can't be cleared.
        with st.container(key=f"or-empty-{place.key}"):
            st.checkbox("Nothing instead", key=f"{place.key}#none")


def _carried(field: Field, look: str, value: Any, place: Place) -> tuple[str, Any]:
    """The value to draw a field with whose widget has become another one: what was sent before is carried over.

    It happens when a runner knows more of a field than its source shows.
    """
    drawn = place.get("drawn")
    if drawn is None or drawn[0] == look:
        return look, value
    held = st.session_state.pop(place.key, None)
    if held is None or held == drawn[1]:
        return look, value
    before = value_of(replace(field, kind="text") if drawn[0] in ("text", "area") else field, drawn[0], held, place)
    read = parse(Form("", (replace(field, required=True),)), {field.name: before})
    if not read.ok:
        return look, value
    carried = shown(field, read.values.get(field.name))
    if look in ("segments", "checkbox") or look_of(field, carried) == look:
        return look, carried
    return look, value


def _hold_again(field: Field, look: str, place: Place) -> None:
    """Have the widget hold what was kept of it (`form_drafts`), unless the field has become another one meanwhile."""
    kept = st.session_state.pop(f"{place.key}#again", None)
    if kept is None or place.key in st.session_state:
        return
    fitting, held = held_again(field, look, kept)
    if fitting:
        st.session_state[place.key] = held


def _show_empty(field: Field, value: Any, place: Place) -> None:
    """A way to say that empty is meant, where an empty box means that there is nothing."""
    text = field.kind in ("text", "long_text") and field.nullable
    items = field.kind in ("list", "dict") and (field.nullable or field.required)
    if (text or items) and not field.min_length:
        place.keep("empty_first", value in ("", []))
        with st.container(key=f"or-empty-{place.key}"):
            st.checkbox(
                "Empty is a text, not nothing" if text else "Empty is meant" if not field.nullable else EMPTY_LIST,
                value=value in ("", []),
                key=f"{place.key}#empty",
            )


def _say_misfit(value: Any, place: Place) -> None:
    muted(f"The earlier value {short_value(value)} doesn’t fit here, so nothing was filled in.", f"misfit-{place.key}")


# -- fields that hold others --------------------------------------------------------------------------------------


def _show_group(field: Field, value: Any, place: Place, drawing: Drawing) -> None:
    if not drawing.compact:
        show_name(field.name, place.key)
        show_help(field, place.key)
    inside = replace(drawing, compact=False, hint="")
    if field.kind == "union":
        _show_union(field, value, place, inside)
    elif field.kind == "dict":
        _show_dict(field, value, place, inside)
    elif field.kind == "list":
        _show_list(field, value, place, inside)
    else:
        _show_object(field, value, place, inside)


def _show_object(field: Field, value: Any, place: Place, drawing: Drawing) -> None:
    """An object or a tuple: its fields under each other, or a button if it may be left out."""
    given: Mapping[str, Any] = {}
    if field.kind == "tuple" and isinstance(value, Sequence) and not isinstance(value, str):
        given = {one.name: value[at] for at, one in enumerate(field.fields) if at < len(value)}
    elif isinstance(value, Mapping):
        given = value
    elif value not in (None, ""):
        _say_misfit(value, place)
    optional = field.nullable or not field.required
    if optional and place.get("there") is None and given:
        place.keep("there", True)
    if not is_there(field, place):
        called = inert(field.name) or "values"
        drawing.button(f"Add {called}", f"{place.key}#put", _put, place, True, type="tertiary", icon=ADD)
        return
    blank = shown(replace(field, required=True, nullable=False), None)
    in_a_row = field.kind == "tuple" and len(field.fields) <= ROW and all(map(_in_a_row, field.fields))
    with st.container(key=f"group-{place.key}"):
        columns = st.columns(len(field.fields)) if in_a_row else None
        for at, inner in enumerate(field.fields):
            empty = blank[at] if isinstance(blank, list) else blank.get(inner.name)
            with columns[at] if columns else nullcontext():
                show_field(inner, given.get(inner.name, empty), place.child(inner.name), drawing)
        if not field.fields:
            muted("It has no fields.", f"none-{place.key}")
        if field.kind == "object":
            _show_more(field, given, place)
    if optional:
        called = inert(field.name) or "it"
        drawing.button(f"Leave {called} out", f"{place.key}#take", _put, place, False, type="tertiary", icon=REMOVE)


def _show_more(field: Field, given: Mapping[str, Any], place: Place) -> None:
    """Values of names that are no field's: kept where the class keeps them, else said to be left out."""
    known = {inner.name for inner in field.fields}
    more = {name: value for name, value in given.items() if name not in known}
    if field.open:
        place.keep("more", more)
        if more:
            muted(f"Sent along: {', '.join(more)}.", f"more-{place.key}")
    else:
        show_left_out(list(more), place.key)


def _put(place: Place, there: bool) -> None:
    place.keep("there", there)
    place.keep("decided", True)


def _show_list(field: Field, value: Any, place: Place, drawing: Drawing) -> None:
    """A list with a row for each item; items that are objects stand in a box each."""
    assert field.item is not None
    items = value if isinstance(value, list) else []
    if value not in (None, "") and not isinstance(value, list):
        _say_misfit(value, place)
    place.keep("look", "rows")
    least = field.min_length or 0
    rows = Rows.of(place, max(len(items), least if field.required else 0))
    blank = shown(replace(field.item, required=True), None)
    with st.container(key=f"items-{place.key}"):
        for at, number in enumerate(rows.numbers):
            item = items[number] if number < len(items) else blank
            _show_item(field.item, item, at, number, rows, drawing)
        _show_add(field, rows, drawing, _called(field))
    if not rows.numbers:
        _show_empty_rows(field, value, place)


def _show_item(item: Field, value: Any, at: int, number: int, rows: Rows, drawing: Drawing) -> None:
    below = rows.place.item(number)
    if _in_a_row(item):
        with st.container(key=f"row-{below.key}", horizontal=True, vertical_alignment="top"):
            with st.container(key=f"row-value-{below.key}"):
                show_field(replace(item, name=f"Item {at + 1}"), value, below, replace(drawing, compact=True))
            _show_remove(rows, number, f"item {at + 1}", drawing)
        return
    called = f"{item.type_text if item.kind == 'object' else 'Item'} {at + 1}"
    with st.container(key=f"item-{below.key}"):
        with st.container(key=f"item-head-{below.key}", horizontal=True, vertical_alignment="center"):
            muted(called, f"item-{below.key}", inline=True)
            _show_remove(rows, number, called, drawing)
        show_field(replace(item, name=""), value, below, replace(drawing, compact=True))


def _in_a_row(item: Field) -> bool:
    return item.kind not in ("object", "tuple", "dict", "list", "union", "file", "bytes", "long_text", "json")


def _show_remove(rows: Rows, number: int, called: str, drawing: Drawing) -> None:
    """A cross; what it removes is there for those who hear it."""
    key = f"remove-{rows.place.item(number).key}"
    drawing.button(inert(f"Remove {called}"), key, rows.remove, number, type="tertiary", icon=REMOVE)


def _show_add(field: Field, rows: Rows, drawing: Drawing, what: str) -> None:
    full = field.max_length is not None and len(rows.numbers) >= field.max_length
    drawing.button(
        f"Add {inert(what)}", f"{rows.place.key}#add", rows.add, type="tertiary", icon=ADD, disabled=full,
        help=f"There are {field.max_length} already, which is as many as it takes" if full else None,
    )  # fmt: skip


def _called(field: Field) -> str:
    """What an item of a list is called on the button that adds one."""
    item = field.item
    return item.type_text.lower() if item is not None and item.kind == "object" else "an item"


def _show_empty_rows(field: Field, value: Any, place: Place) -> None:
    if field.nullable:
        _show_empty(field, value, place)


def _show_dict(field: Field, value: Any, place: Place, drawing: Drawing) -> None:
    """Rows of a name and a value; values that are objects stand in a box with their name."""
    assert field.item is not None and field.names is not None
    entries = value if isinstance(value, list) and all(isinstance(one, tuple) for one in value) else []
    if value not in (None, "") and value != entries:
        _say_misfit(value, place)
    least = field.min_length or 0
    rows = Rows.of(place, max(len(entries), least if field.required else 0))
    blank = shown(replace(field.item, required=True), None)
    compact = replace(drawing, compact=True)
    with st.container(key=f"items-{place.key}"):
        for at, number in enumerate(rows.numbers):
            name, item = entries[number] if number < len(entries) else ("", blank)
            named = replace(field.names, name=f"Name {at + 1}")
            below = place.item(number)
            if _in_a_row(field.item):
                with st.container(key=f"row-{below.key}", horizontal=True, vertical_alignment="top"):
                    with st.container(key=f"row-name-{below.key}"):
                        show_field(named, name, place.name_of(number), replace(compact, hint="name"))
                    with st.container(key=f"row-value-{below.key}"):
                        valued = replace(field.item, name=f"Value {at + 1}")
                        show_field(valued, item, below, replace(compact, hint="value"))
                    _show_remove(rows, number, f"entry {at + 1}", drawing)
            else:
                with st.container(key=f"item-{below.key}"):
                    with st.container(key=f"item-head-{below.key}", horizontal=True, vertical_alignment="center"):
                        with st.container(key=f"row-name-{below.key}"):
                            show_field(named, name, place.name_of(number), replace(compact, hint="name"))
                        _show_remove(rows, number, f"entry {at + 1}", drawing)
                    show_field(replace(field.item, name=""), item, below, compact)
        _show_add(field, rows, drawing, "an entry")
    if not rows.numbers:
        _show_empty_rows(field, value, place)


def _show_union(field: Field, value: Any, place: Place, drawing: Drawing) -> None:
    """Buttons to choose the variant, then what the chosen one takes."""
    given = value if isinstance(value, Chosen) else None
    if given is None and value not in (None, ""):
        _say_misfit(value, place)
    if place.get("variant") is None and place.get("chosen") is None and given is not None:
        place.keep("variant", given.variant)
    chosen = place.get("variant")
    optional = field.nullable or not field.required
    with st.container(key=f"variants-{place.key}", horizontal=True, gap="xxsmall"):
        for number, variant in enumerate(field.variants):
            _show_variant(variant.name, number, chosen == number, place, drawing)
        if optional:
            _show_variant(NOTHING if field.nullable else LEAVE_OUT, None, chosen is None, place, drawing)
    if chosen is None or chosen >= len(field.variants):
        return
    variant = field.variants[chosen]
    inner = given.value if given is not None and given.variant == chosen else shown(variant, None)
    with st.container(key=f"variant-{place.key}"):
        single = replace(variant, name=variant.type_text[:1].upper() + variant.type_text[1:])
        grouped = variant.kind in ("object", "tuple", "dict")
        show_field(variant if grouped else single, inner, place.variant(chosen), replace(drawing, compact=True))


def _show_variant(label: str, number: int | None, on: bool, place: Place, drawing: Drawing) -> None:
    state = "on" if on else "off"
    with st.container(key=f"variant-{state}-{place.key}-{number}", width="content"):
        icon = ":material/check:" if on else None
        drawing.button(inert(label), f"{place.key}#variant-{number}", _choose, place, number, icon=icon)


def _choose(place: Place, number: int | None) -> None:
    place.keep("variant", number)
    place.keep("chosen", True)
