"""The queue of waiting requests on the left of Review."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from inspectors.store import Run
from parts.browser import browser_part
from parts.review_form import Request
from parts.words import cut, span

_part = browser_part("request_queue")


def subject_of(run: Run | None) -> str:
    """What a run is about: the shortest text of its input."""
    texts = [value for value in (run.input if run else {}).values() if isinstance(value, str) and value.strip()]
    return cut(min(texts, key=len), 80) if texts else ""


def show_queue(requests: list[tuple[Request, Run | None]], chosen: str) -> None:
    """Draw it; `chosen` is the prompt that is open."""
    now = time.time()
    rows: list[dict[str, Any]] = []
    for request, run in requests:
        prompt = request.prompt
        ends = f" · ends in {span(prompt.deadline - now)}" if prompt.deadline else ""
        rows.append(
            {
                "url": f"review?prompt={quote(prompt.prompt_id)}",
                "title": cut(request.plan.title, 90),
                "subject": subject_of(run),
                "asks": request.plan.asks + ends,
                "waits": span(now - prompt.created_at),
                "since": prompt.created_at,
                "open": prompt.prompt_id == chosen,
            }
        )
    _part(key="queue-part", data={"rows": rows})
