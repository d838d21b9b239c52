"""What a page shows while its database can't be used: why, in words; it goes on by itself once that has changed."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import streamlit as st

from inspectors.store import StoreRefused
from parts.browser import browser_part
from parts.plain import muted, strong
from parts.words import inert

_part = browser_part("refusal")
_run_of_page = itertools.count()


def show_refused_database(sentence: str) -> None:
    """Draw the reason; the page runs again every few seconds."""
    with st.container(key="error", gap="xsmall"):
        strong(sentence, "database-refused")
        muted("This page goes on by itself as soon as the database can be used.", "database-again")
        # The counter makes the data new at each rerun, or the browser would not be told to ask again.
        _part(key="database-refusal", data={"run": next(_run_of_page)}, on_again_change=lambda: None)


def said_if_refused(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback of a button that says so if the database refuses what it does; the page stays as it was.

    A callback runs before the page, so nothing of the page could catch it.
    """

    @functools.wraps(callback)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            callback(*args, **kwargs)
        except StoreRefused as refused:
            st.toast(inert(str(refused)), icon=":material/error:", duration="infinite")

    return guarded
