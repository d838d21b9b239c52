"""Where the time of a work item went: queued, at work, waiting for an answer, between attempts.

A work item is what an invocation is made for; after a retry or a wait another invocation goes on with the same one.
"""

from __future__ import annotations

from typing import Any

from inspectors.trace.tables import outcome_of
from inspectors.trace.words import duration

Record = dict[str, Any]
Pair = tuple[Record, Record | None]

WORDS = {
    "queued": "queued",
    "ran": "ran",
    "failed": "ran and failed",
    "waited": "waited for an answer",
    "retry": "between attempts",
    "going": "running",
}


def time_split(pairs: list[Pair], run_ended_at: float | None) -> dict[str, Any] | None:
    """{"total_ms", "parts": [{"kind", "ms"}], "sums": [{"kind", "ms", "text"}], "since"}; None without a beginning.

    `pairs` are the work item's invocations in order, each with its end if it has one. `since` is when the last part
    began (epoch seconds) if it goes on, with 0 ms then, else null: its time up to now is the reader's to add.
    """
    if not pairs:
        return None
    parts: list[dict[str, Any]] = []
    goes_on: float | None = None
    _add(parts, "queued", pairs[0][0].get("queue_ms") or 0.0)
    for place, (started, ended) in enumerate(pairs):
        if ended is None:
            goes_on = _open(parts, "going", started["t"], run_ended_at)
            continue
        took = ended.get("took_ms")
        took = (ended["t"] - started["t"]) * 1000 if took is None else took
        _add(parts, "failed" if outcome_of(ended) in ("failed", "retried", "recovered") else "ran", took)
        kind = "retry" if ended.get("retry_in") is not None else "waited" if ended["outcome"] == "waiting" else ""
        if place + 1 < len(pairs):
            _add(parts, kind or "queued", (pairs[place + 1][0]["t"] - ended["t"]) * 1000)
        elif kind:
            goes_on = _open(parts, kind, ended["t"], run_ended_at)
    total = sum(part["ms"] for part in parts)
    return {"total_ms": round(total, 3), "parts": parts, "sums": _sums(parts), "since": goes_on}


def _add(parts: list[dict[str, Any]], kind: str, ms: float) -> None:
    if ms > 0:
        parts.append({"kind": kind, "ms": round(ms, 3)})


def _open(parts: list[dict[str, Any]], kind: str, since: float, run_ended_at: float | None) -> float | None:
    """Add what nothing has ended but the run; gives since when it goes on."""
    ms = 0.0 if run_ended_at is None else (run_ended_at - since) * 1000
    parts.append({"kind": kind, "ms": round(max(0.0, ms), 3)})
    return since if run_ended_at is None else None


def _sums(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each kind once, with its words: `queued 0.72 s`, `ran and failed 3 × 1.00 s`, `between attempts 2.00 s`."""
    made = []
    for kind, words in WORDS.items():
        times = [part["ms"] for part in parts if part["kind"] == kind]
        if times:
            several = f"{len(times)} times, {duration(sum(times))}" if len(times) > 1 else duration(times[0])
            text = f"{words} {several}" if sum(times) else words
            made.append({"kind": kind, "ms": round(sum(times), 3), "text": text})
    return made


def attempts(pairs: list[Pair], began: float) -> list[dict[str, Any]]:
    """[{"seq", "attempt", "dt", "outcome", "took_ms", "error"}]: a work item's invocations, if it had several."""
    if len(pairs) < 2:
        return []
    return [
        {
            "seq": (ended or started)["seq"],
            "attempt": started.get("attempt") or 1,
            "dt": round(started["t"] - began, 6),
            "outcome": outcome_of(ended) if ended is not None else "running",
            "took_ms": (ended or {}).get("took_ms"),
            "error": ((ended or {}).get("error") or {}).get("type"),
        }
        for started, ended in pairs
    ]
