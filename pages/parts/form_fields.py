"""A form as Streamlit widgets, the same for starting a workflow and for answering a prompt.

Widgets are keyed by the form's prefix and the field's path, so that a callback can read them from session state
before anything is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from inspectors.forms import Field, Form
from parts.plain import muted
from parts.words import inert

FOLD_AFTER = 8
"""More optional fields than this fold away."""


def show_fields(form: Form, initial: Mapping[str, Any], errors: Mapping[str, str], prefix: str) -> None:
    """Draw the fields of a form, each with its sentence if its value was refused."""
    shown, folded = list(form.fields), []
    if len(shown) > FOLD_AFTER:
        shown = [field for field in form.fields if field.required] or list(form.fields[:FOLD_AFTER])
        folded = [field for field in form.fields if field not in shown]
    for field in shown:
        _show(field, initial.get(field.name), errors, prefix, field.name)
    if folded:
        wrong = any(field.name in errors for field in folded)
        with st.expander(f"{len(folded)} more fields, all optional", expanded=wrong):
            for field in folded:
                _show(field, initial.get(field.name), errors, prefix, field.name)


def read_fields(form: Form, prefix: str) -> dict[str, Any]:
    """What the widgets of a form hold now, by name, as `inspectors.forms.parse` reads it."""
    return {field.name: _read(field, prefix, field.name) for field in form.fields}


def show_refusal(sentence: str, key: str) -> None:
    """Why a value was not taken, under its field."""
    with st.container(key=f"refused-{key}"):
        st.text(sentence)


def _key(prefix: str, path: str) -> str:
    return f"{prefix}:{path}"


def show_takes(text: str, key: str) -> None:
    """What a field takes, muted, at the end of its label's line: the label itself stays the field's name."""
    with st.container(key=f"takes-{key}"):
        st.text(text)


def _show(field: Field, value: Any, errors: Mapping[str, str], prefix: str, path: str) -> None:
    if field.kind == "object" and field.fields:
        with st.container(border=True):
            show_takes(field.takes, _key(prefix, path))
            st.markdown(inert(field.name))
            inner = value if isinstance(value, Mapping) else {}
            for child in field.fields:
                _show(child, inner.get(child.name), errors, prefix, f"{path}.{child.name}")
    else:
        show_takes(field.takes, _key(prefix, path))
        _widget(field, value, _key(prefix, path))
    if path in errors:
        show_refusal(errors[path], _key(prefix, path))
    said = field.description or field.help
    if said:
        muted(said, f"help-{_key(prefix, path)}")


def _widget(field: Field, value: Any, key: str) -> None:
    label = inert(field.name)
    if field.kind == "boolean":
        _boolean(field, value, label, key)
    elif field.kind == "choice":
        options = list(field.choices)
        index = options.index(value) if value in options else None
        st.selectbox(label, options, index=index, key=key, format_func=str, placeholder="Choose one")
    elif field.kind == "integer":
        st.number_input(label, value=value if isinstance(value, int) else None, step=1, key=key)
    elif field.kind == "number":
        st.number_input(label, value=float(value) if isinstance(value, int | float) else None, key=key, format="%g")
    elif field.kind in ("long_text", "json", "object", "list"):
        help_line = "One item a line." if field.kind == "list" else None
        st.text_area(label, value=_as_text(field, value), key=key, placeholder=help_line, height=_height(field))
    else:
        hints = {"date": "2026-11-30", "time": "14:30", "datetime": "2026-11-30 14:30"}
        st.text_input(label, value=_as_text(field, value), key=key, placeholder=hints.get(field.kind))


def _boolean(field: Field, value: Any, label: str, key: str) -> None:
    if field.nullable or (field.required and value is None):
        options = [True, False]
        index = options.index(value) if value in options else None
        words = {True: "Yes", False: "No"}
        st.selectbox(label, options, index=index, key=key, format_func=words.__getitem__, placeholder="Choose one")
    else:
        st.checkbox(label, value=bool(value), key=key)


def _as_text(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.kind == "list" and isinstance(value, list):
        if all(isinstance(item, str) and "\n" not in item for item in value):
            return "\n".join(value)
        return json.dumps(value, ensure_ascii=False, indent=1) if value else ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _height(field: Field) -> int:
    return 140 if field.kind == "long_text" else 110


def _read(field: Field, prefix: str, path: str) -> Any:
    if field.kind == "object" and field.fields:
        return {child.name: _read(child, prefix, f"{path}.{child.name}") for child in field.fields}
    return st.session_state.get(_key(prefix, path))
