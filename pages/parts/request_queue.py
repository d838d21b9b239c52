"""The queue of waiting requests on the left of Review, and what was answered today below it."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import streamlit as st

from inspectors.store import Prompt, Run
from inspectors.trace.words import plural
from inspectors.workbench import Workbench
from parts.browser import browser_part
from parts.request import Request, answer_words, request_of, subject_of
from parts.words import cut, span

_part = browser_part("request_queue")
_notify = browser_part("notify")
_answered = browser_part("answered_list")

MOST_ANSWERED = 20


def show_queue(requests: list[tuple[Request, Run | None]], chosen: str, begun: set[str], waiting: int) -> None:
    """Draw it.

    Args:
        requests: each with its run, oldest first.
        chosen: the prompt that is open; "" if none is.
        begun: prompts for which something was typed in this browser.
        waiting: how many wait in all.
    """
    now = time.time()
    rows: list[dict[str, Any]] = []
    for request, run in requests:
        prompt = request.prompt
        number = prompt.fields.get("round")
        said = [
            *([f"round {number}"] if isinstance(number, int) and number > 1 else []),
            "you started" if prompt.prompt_id in begun else request.plan.asks,
            *([f"ends in {span(prompt.deadline - now)}"] if prompt.deadline else []),
        ]
        rows.append(
            {
                "url": f"review?prompt={quote(prompt.prompt_id)}",
                "title": cut(request.plan.title, 120),
                "subject": subject_of(run),
                "asks": " · ".join(said),
                "since": prompt.created_at,
                "open": prompt.prompt_id == chosen,
            }
        )
    _part(key="queue-part", data={"rows": rows, "now": now, "more": waiting - len(rows)})


def show_notify(key: str) -> None:
    """A button that has the browser say when one more waits."""
    _notify(key=f"notify-{key}", data={})


def show_answered(wb: Workbench) -> None:
    """What was answered today, folded away."""
    today = time.mktime((*time.localtime()[:3], 0, 0, 0, 0, 0, -1))
    found = wb.store.answered_since(today)
    if not found:
        return
    box = st.expander(f"Answered today: {len(found)}", key="answered-today", on_change="rerun")
    if box.open:
        with box:
            rows = [_answered_row(wb, prompt) for prompt in found[:MOST_ANSWERED]]
            _answered(key="answered-part", data={"rows": rows})
            if len(found) > MOST_ANSWERED:
                st.text(f"and {plural(len(found) - MOST_ANSWERED, 'answer')} before these; Traces has all runs.")


def _answered_row(wb: Workbench, prompt: Prompt) -> dict[str, Any]:
    request = request_of(wb, prompt)
    by = f" by {prompt.answered_by}" if prompt.answered_by else ""
    return {
        "url": f"review?prompt={quote(prompt.prompt_id)}",
        "title": cut(request.plan.title, 90),
        "said": f"{cut(answer_words(wb, prompt), 60)}{by}",
        "at": prompt.answered_at,
    }
