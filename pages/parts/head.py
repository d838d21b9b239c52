"""The head of a trace: status and clocks, live; a rerun when what the person can do has changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from inspectors.store import Prompt, Run
from parts.browser import browser_part

_part = browser_part("head")


def situation(run: Run, prompts: list[Prompt]) -> str:
    """What the person can do now, in the words of head.js: a change of it is worth a rerun."""
    if run.ended:
        return run.status
    if run.cancel_asked_at is not None:
        return "cancelling"
    return f"waiting:{prompts[0].prompt_id}" if prompts else "going"


def show_head(run: Run, prompts: list[Prompt], on_change: Callable[[], None] | None = None) -> None:
    """Draw it in a container keyed `run-status`."""
    now = time.time()
    summary: dict[str, Any] = {
        "status": run.status,
        "now": now,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "waiting_since": run.waiting_since,
        "active_s": run.active_s,
        "active_since": run.active_since,
    }
    with st.container(key="run-status"):
        _part(
            key="head-part",
            data={
                "run": run.run_id,
                "short": run.run_id,
                "title": run.workflow,
                "situation": situation(run, prompts),
                "summary": summary,
            },
            on_situation_change=on_change or (lambda: None),
        )
