"""Runs as rows that link to their traces; the same on Traces and under Past runs."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from inspectors.store import Prompt, Run
from inspectors.trace.words import STATUS_WORDS
from parts.browser import browser_part
from parts.words import ENDED, cut, short_input, short_value

_part = browser_part("run_list")


def outcome(run: Run, asked: str = "") -> str:
    """What came of a run, in one line: its result, its error, or what it asks."""
    if run.error:
        return cut(f"{run.error.get('type', 'Error')}: {run.error.get('message', '')}", 160)
    if run.result:
        if "fields" in run.result:
            return cut(f"{run.result['type']}: {short_input(run.result['fields'])}", 160)
        value = run.result.get("value")
        return cut(value if isinstance(value, str) else str(run.result.get("text") or short_value(value)), 160)
    return cut(asked, 160)


def status_text(run: Run) -> str:
    """The status as a list says it: "Failed in search_web"."""
    if run.status == "failed" and run.error and run.error.get("step"):
        return f"Failed in {run.error['step']}"
    if run.status == "cancelled" and run.cancelled_by:
        return f"Cancelled by {run.cancelled_by}"
    words = STATUS_WORDS.get(run.status, run.status)
    return f"{words}, from a script" if run.status == "done" and run.origin == "script" else words


def _row(run: Run, now: float, asked: str) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "url": f"trace?run={quote(run.run_id)}",
        "workflow": run.workflow,
        "status": run.status,
        "status_text": status_text(run),
        "input": short_input(run.input),
        "outcome": outcome(run, asked),
        "started": run.started_at or run.created_at,
        "took": run.active_at(now) if run.status in ENDED or run.status == "waiting" else None,
    }


def show_runs(runs: list[Run], prompts: list[Prompt], *, key: str, compact: bool = False) -> None:
    """Draw them. `prompts` are the open ones: a waiting run says what it asks."""
    now = time.time()
    asked = {prompt.run_id: prompt.text for prompt in prompts}
    rows = [_row(run, now, asked.get(run.run_id, "")) for run in runs]
    _part(key=key, data={"rows": rows, "now": now, "compact": compact})
