"""The line that says how an open workflow's source and runner are doing, and what keeps its page true to the file.

It hears when the file or a local import is saved, deleted or back, and has the page run again. It keeps the chosen node
and tab in the URL without an entry in the browser's history.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import streamlit as st

from inspectors.discovery.rereading import Reading
from inspectors.runner.supervisor import RunnerStatus
from parts.browser import browser_part

_part = browser_part("open_source")
_run_of_page = itertools.count()


def show_source_state(
    reading: Reading, status: RunnerStatus, *, node: str | None, tab: str, problems: int, stopped: bool
) -> None:
    """Draw it. `problems` is counted in the label of their tab; `stopped`: the workflow can't run as it is."""
    data = {
        "file": reading.source.file,
        "version": reading.version,
        "state": "unreadable" if reading.trouble else "failed" if stopped else status.state,
        "saved": _saved(reading.source.file),
        "now": time.time(),
        "node": node,
        "tab": tab,
        "problems": problems,
        # New at each rerun, or the browser would not be told to write the URL or to ask again.
        "run": next(_run_of_page),
    }
    with st.container(key="open-source"):
        _part(key="open-source-part", data=data, width="content", on_changed_change=lambda: None)


def watch_file(file: str, version: str) -> None:
    """Only have the page run again when this file changes: for a page that has nothing else to show of it."""
    data: dict[str, Any] = {"file": file, "version": version, "state": "", "run": next(_run_of_page)}
    with st.container(key="open-source"):
        _part(key="open-source-part", data=data, width="content", on_changed_change=lambda: None)


def _saved(file: str) -> float | None:
    try:
        return Path(file).stat().st_mtime
    except OSError:
        return None
