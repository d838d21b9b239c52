"""What stands around the widgets of a form: names, what they take, help, refusals."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from inspectors.forms import Field
from inspectors.forms.scalars import NOT_BLANK
from parts.plain import muted


def show_refusal(sentence: str, key: str) -> None:
    """Why a value was not taken, under its field."""
    with st.container(key=f"refused-{key}"):
        st.text(sentence)


def show_takes(text: str, key: str) -> None:
    """What a field takes, muted, at the end of its label's line: the label itself stays the field's name."""
    with st.container(key=f"takes-{key}"):
        st.text(text)


def show_name(text: str, key: str) -> None:
    """The name of a field that is a group of others."""
    with st.container(key=f"group-name-{key}"):
        st.text(text)


def show_help(field: Field, key: str) -> None:
    """What the author says of a field, or the pattern it has to match, and where it is read."""
    described = field.description.strip()
    pattern = (
        f"Must match the pattern {field.pattern}" if field.pattern not in (None, NOT_BLANK) and not described else ""
    )
    said = [described, pattern, field.help]
    text = " ".join(part if part.endswith((".", "?", "!", ":")) else f"{part}." for part in said if part)
    if text:
        muted(text, f"help-{key}")


def show_left_out(names: Sequence[str], key: str) -> None:
    """Names of an earlier input that nothing on the form stands for."""
    if names:
        said = ", ".join(names)
        muted(f"Left out of the earlier input, because nothing takes it here: {said}.", f"left-out-{key}")
