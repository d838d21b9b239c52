"""What a page shows while its database can't be used: why, in words; it goes on by itself once that has changed."""

from __future__ import annotations

import itertools

import streamlit as st

from parts.browser import browser_part
from parts.plain import muted, strong

_part = browser_part("refusal")
_run_of_page = itertools.count()


def show_refusal(sentence: str) -> None:
    """Draw the reason; the page runs again every few seconds."""
    with st.container(key="error", gap="xsmall"):
        strong(sentence, "database-refused")
        muted("This page goes on by itself as soon as the database can be used.", "database-again")
        # The counter makes the data new at each rerun, or the browser would not be told to ask again.
        _part(key="database-refusal", data={"run": next(_run_of_page)}, on_again_change=lambda: None)
