"""The face of a workflow's card: picture, summary, badges, file, last run. The link over it is Streamlit's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import streamlit as st

from inspectors.discovery import WorkflowSource
from inspectors.graph.picture import card_picture
from inspectors.store import Run
from parts.browser import browser_part

_part = browser_part("card")


@st.cache_data(max_entries=500, show_spinner=False)
def _picture(graph: dict[str, Any]) -> str:
    return card_picture(graph)


def show_card(source: WorkflowSource, file: str, last: Run | None) -> None:
    """Draw one card in a container keyed by the workflow."""
    with st.container(key=source.key):
        _part(key=f"picture-of-{source.key}", data={"picture": _picture(source.graph)})
        st.page_link(
            "workflow.py", label=escaped_name(source.name), icon="", query_params={"id": source.id}, width="stretch"
        )
        _part(
            key=f"face-of-{source.key}",
            data={
                "summary": source.summary,
                "badges": [{"id": badge.id, "text": badge.text} for badge in source.badges],
                "file": Path(file).as_posix(),
                "last": {"status": last.status, "at": last.ended_at or last.created_at} if last else None,
                "now": time.time(),
            },
        )


def escaped_name(name: str) -> str:
    """A class name for a label: its underscores are no emphasis."""
    return name.replace("_", "\\_")
