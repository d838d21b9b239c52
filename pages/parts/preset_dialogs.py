"""Saving what a form holds as a preset, and deleting one: each asks once, in a dialog.

What a dialog is about stays in the session until it is answered or closed: the page may run again meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from inspectors.discovery import WorkflowSource
from inspectors.workbench import Workbench
from parts.callbacks import carried_out
from parts.form_fields import show_refusal
from parts.plain import muted
from parts.refusal import said_if_refused
from parts.words import inert

NAME_LENGTH = 60
_SAVING, _TAKEN, _NAMELESS, _DELETING = "preset-saving", "preset-taken", "preset-nameless", "preset-deleting"
_SAVED = "preset-saved"


@dataclass(frozen=True)
class Unsaved:
    """What a form held when "Save as preset" was pressed."""

    workflow_id: str
    input: dict[str, Any]
    options: dict[str, Any]
    secrets: Sequence[str]
    """Names of fields that are not kept because of their names."""
    refused: Sequence[str]
    """Names of fields whose values the form doesn't take."""
    name: str
    """The preset that the form was started from, or ""."""


@carried_out
def ask_for_name(unsaved: Unsaved) -> None:
    """Open the dialog that saves, at the next run of the page."""
    _forget()
    st.session_state[_SAVING] = unsaved


@carried_out
def ask_to_delete(workflow_id: str, name: str) -> None:
    """Open the dialog that deletes the preset of this name, at the next run of the page."""
    _forget()
    st.session_state[_DELETING] = (workflow_id, name)


def show_preset_dialogs(wb: Workbench, source: WorkflowSource, choice: str) -> None:
    """Draw the dialog that is open, if one is. `choice` is the key of the widget in which presets are chosen."""
    if saved := st.session_state.pop(_SAVED, None):
        st.toast(f"Saved as preset “{inert(saved)}”.", icon=":material/bookmark_added:")
    unsaved = st.session_state.get(_SAVING)
    deleting = st.session_state.get(_DELETING)
    if unsaved is not None and unsaved.workflow_id == source.id:
        _saving(wb, source, unsaved)
    elif deleting is not None and deleting[0] == source.id:
        _deleting(wb, source, deleting[1], choice)
    else:
        _forget()


def _forget() -> None:
    for key in (_SAVING, _TAKEN, _NAMELESS, _DELETING):
        st.session_state.pop(key, None)


@st.dialog("Save as preset", on_dismiss=carried_out(_forget))
def _saving(wb: Workbench, source: WorkflowSource, unsaved: Unsaved) -> None:
    """Ask for a name and save under it; a name that is taken is asked about once more."""
    if st.session_state.get(_SAVING) is None:
        st.rerun()
    taken = st.session_state.get(_TAKEN)
    with st.form(key="preset-form", border=False):
        st.text_input("Name", value=unsaved.name, key="preset-name", max_chars=NAME_LENGTH)
        if st.session_state.get(_NAMELESS):
            show_refusal("A preset needs a name.", "preset-name")
        if taken:
            show_refusal(f"There is a preset “{taken}” already. Replace it, or choose another name.", "preset-name")
        if unsaved.secrets:
            muted(f"Not kept, because of their names: {', '.join(unsaved.secrets)}.", "preset-secrets")
        if unsaved.refused:
            muted(f"Not kept, because their values don’t fit: {', '.join(unsaved.refused)}.", "preset-refused")
        label = "Replace it" if taken else "Save"
        st.form_submit_button(label, type="primary", key="preset-save", on_click=_save, args=(wb, source, unsaved, {}))


@carried_out
@said_if_refused
def _save(wb: Workbench, source: WorkflowSource, unsaved: Unsaved, saved: dict[str, bool]) -> None:
    """`saved` says by name what one drawing of the dialog has saved: begun again, it finds no name taken by itself."""
    name = " ".join(str(st.session_state.get("preset-name") or "").split())
    st.session_state[_NAMELESS] = not name
    if not name:
        return
    replace = st.session_state.get(_TAKEN) == name
    if not saved.get(name):
        saved[name] = wb.store.save_preset(
            workflow=source.name,
            file=source.file,
            name=name,
            input=unsaved.input,
            options=unsaved.options,
            left_out=unsaved.secrets,
            replace=replace,
        )
    if saved[name]:
        # What the form was filled from stays chosen: another choice would empty it of what is not kept.
        st.session_state[_SAVED] = name
        _forget()
    else:
        st.session_state[_TAKEN] = name


@st.dialog("Delete this preset?", on_dismiss=carried_out(_forget))
def _deleting(wb: Workbench, source: WorkflowSource, name: str, choice: str) -> None:
    """Ask once before a preset is forgotten."""
    if st.session_state.get(_DELETING) is None:
        st.rerun()
    st.text(f"“{name}” is forgotten. Runs that were started from it are kept.")
    with st.container(horizontal=True):
        st.button(
            "Delete preset", type="primary", key="preset-delete-now", on_click=_delete, args=(wb, source, name, choice)
        )
        st.button("Keep it", key="preset-keep", on_click=carried_out(_forget))


@carried_out
@said_if_refused
def _delete(wb: Workbench, source: WorkflowSource, name: str, choice: str) -> None:
    wb.store.delete_preset(workflow=source.name, file=source.file, name=name)
    wb.forget_files()
    st.session_state.pop(choice, None)
    _forget()
