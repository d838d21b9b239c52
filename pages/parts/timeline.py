"""The timeline of a run, as a table. Rows come over the WebSocket and by window, never through Streamlit."""

from __future__ import annotations

import streamlit as st

from parts.browser import browser_part

_part = browser_part("timeline")


def show_timeline(run_id: str) -> None:
    """Draw it in a container keyed `timeline`."""
    with st.container(key="timeline"):
        _part(key="timeline-part", data={"run": run_id})
