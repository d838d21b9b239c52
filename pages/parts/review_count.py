"""Keeps the count of waiting requests in the navigation and the tab's title right, without a rerun."""

from __future__ import annotations

import streamlit as st

from parts.browser import browser_part

_part = browser_part("review_count")


def keep_review_count(count: int, *, rerun: bool) -> None:
    """Mount it once per page. With `rerun` the page runs again when the count changes: the queue is on it."""
    with st.container(key="review-count"):
        _part(key="review-count-part", data={"count": count, "rerun": rerun}, on_count_change=lambda: None)
