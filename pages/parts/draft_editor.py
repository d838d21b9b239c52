"""The draft on its paper: as it was sent, to be edited, and with its changes marked."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from inspectors.forms.difference import difference, words_changed
from inspectors.trace.markdown import is_markdown, markdown_tree
from parts.browser import browser_part
from parts.callbacks import carried_out

_part = browser_part("draft_editor")


def show_draft(
    draft: str, key: str, *, name: str, text: str, prompt: str = "", on_page: str, on_change: Callable[[], None] | None
) -> None:
    """Draw it.

    Args:
        draft: as it was sent.
        key: of the part; a change is in the session's state under it, as `text`.
        name: what the draft is called, for screen readers.
        text: as it is now.
        prompt: where what is typed is kept as it is typed; "" keeps nothing.
        on_page: trace or review; on Trace a long draft is folded at first.
        on_change: called when it was edited; None: it can be read only.
    """
    changes = difference(draft, text) if text != draft else []
    added, removed = words_changed(changes)
    data = {
        "name": name,
        "draft": draft,
        "text": text,
        "tree": markdown_tree(draft) if is_markdown(draft) else None,
        "changes": [[change.how, change.text] for change in changes],
        "added": added,
        "removed": removed,
        "prompt": prompt,
        "editable": on_change is not None,
        "page": on_page,
    }
    _part(key=key, data=data, on_text_change=carried_out(on_change or (lambda: None)))


def text_of(key: str) -> str | None:
    """What the part has said was typed; None if it hasn't been touched."""
    state = st.session_state.get(key)
    text = state.get("text") if state else None
    return text if isinstance(text, str) else None
