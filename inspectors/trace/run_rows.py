"""A run as a row of a list: its status in words, its input and what came of it, each on one line."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from inspectors.recording.values import mask
from inspectors.store.models import Run
from inspectors.store.run_search import Question
from inspectors.trace.words import STATUS_WORDS, cut, span, value_text

OUTCOME = 160
FIELDS = 3


def run_row(run: Run, question: Question | None, now: float) -> dict[str, Any]:
    """What a list shows of a run; `question` is what it waits for. Times are epoch seconds, durations seconds."""
    still = run.ended or run.status == "waiting"
    return {
        "run": run.run_id,
        "url": f"trace?run={quote(run.run_id)}",
        "workflow": run.workflow,
        "status": run.status,
        "status_text": status_text(run, question, now),
        "ended": run.ended,
        "input": input_text(run.input),
        "outcome": outcome(run, question.text if question else ""),
        "started": run.started_at or run.created_at,
        "took": run.active_at(now) if still else None,
        "active_s": run.active_s,
        "active_since": run.active_since,
    }


def status_text(run: Run, question: Question | None = None, now: float = 0.0) -> str:
    """The status as a list says it: "Failed in search_web", "Waiting, 26 min left"."""
    if run.status == "failed" and run.error and run.error.get("step"):
        return f"Failed in {run.error['step']}"
    if run.status == "cancelled" and run.cancelled_by:
        return f"Cancelled by {run.cancelled_by}"
    if run.status == "waiting" and question is not None and question.deadline is not None:
        return f"Waiting, {span(question.deadline - now)} left"
    words = STATUS_WORDS.get(run.status, run.status)
    return f"{words}, from a script" if run.status == "done" and run.origin == "script" else words


def input_text(values: dict[str, Any]) -> str:
    """An input on one line, secrets masked: topic “AI regulation”, max_rounds 5."""
    said = [f"{name} {value_text(value)}" for name, value in list(mask(values).items())[:FIELDS]]
    return ", ".join(said) + (" …" if len(values) > FIELDS else "")


def outcome(run: Run, asked: str = "") -> str:
    """What came of a run on one line: its result, its error, or what it asks."""
    if run.error:
        return cut(error_text(run.error), OUTCOME)
    if run.result:
        if "fields" in run.result:
            return cut(f"{run.result['type']}: {input_text(run.result['fields'])}", OUTCOME)
        value = run.result.get("value")
        return cut(value if isinstance(value, str) else str(run.result.get("text") or value_text(mask(value))), OUTCOME)
    return cut(asked, OUTCOME)


def error_text(error: dict[str, Any]) -> str:
    """`ConnectionError: patents.example did not answer`; only the message where the type says nothing."""
    message = str(error.get("message", ""))
    kind = error.get("type")
    return f"{kind}: {message}" if kind and kind != "Interrupted" else message
