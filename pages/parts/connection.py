"""What every page says while the server is gone, and a rerun once it is back."""

from __future__ import annotations

import time

import streamlit as st

from parts.browser import browser_part

_part = browser_part("connection")


def keep_connection() -> None:
    """Mount it once per page. A server that was started anew learns by the rerun what this tab shows."""
    with st.container(key="connection"):
        _part(key="connection-part", data={"drawn": time.time()}, on_back_change=lambda: None)
