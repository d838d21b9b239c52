"""A paused run whose code has changed since it asked: says so, and lets the person choose which version answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import streamlit as st

from inspectors.discovery.rereading import shown_version
from inspectors.runner.code_change import CodeChange
from inspectors.store import Prompt
from inspectors.workbench import Workbench
from parts.open_source import watch_file
from parts.plain import muted, strong

Version = Literal["asked", "new"]
NAMES: dict[Version, str] = {"asked": "The version that asked", "new": "The new version"}


def change_of(wb: Workbench, prompt: Prompt) -> CodeChange | None:
    """What became of the code since this was asked; None if nothing that matters for the answer."""
    run = wb.store.run(prompt.run_id)
    return wb.supervisor.code_change(run) if run is not None else None


def chosen_version(change: CodeChange | None, key: str) -> Version | None:
    """Which version the person has chosen for the form with this key; None where there is nothing to choose."""
    if change is None or not change.asked_lives:
        return None
    if change.new_trouble:
        return "asked"
    chosen: Any = st.session_state.get(f"{key}-version", "asked")
    return "new" if chosen == "new" else "asked"


def watch_code(wb: Workbench, prompt: Prompt) -> None:
    """Have the page run again when the file is saved. Draws nothing."""
    watch_file(prompt.file, shown_version(prompt.file, wb.settings.targets))


def show_change(prompt: Prompt, change: CodeChange | None, key: str, *, on_page: str) -> None:
    """Draw it above the decision."""
    # The container is always there, so that what follows keeps its place in the page and isn't made anew.
    with st.container(key=f"changed-code-{key}"):
        if change is None:
            return
        with st.container(key=f"note-changed-{key}", gap="xxsmall"):
            what = Path(prompt.file).name if on_page == "trace" else "The workflow"
            strong(f"{what} was changed after it asked this.", f"{key}-changed")
            if not change.asked_lives:
                muted(_only_new(change), f"{key}-changed-new")
            elif change.new_trouble:
                rest = "The version that asked is still in memory and takes your answer; the new one can’t be read now."
                muted(rest, f"{key}-changed-asked")
            else:
                st.radio(
                    "Answer with",
                    list(NAMES),
                    key=f"{key}-version",
                    format_func=lambda version: NAMES[version],
                    captions=["Still in memory", "As it is saved now"],
                )


def _only_new(change: CodeChange) -> str:
    gone = "The version that asked is no longer in memory"
    if change.new_trouble:
        return f"{gone}, and the new one can’t be read now. Answer once its file is in order."
    return f"{gone}: the new version takes your answer."
