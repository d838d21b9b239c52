"""Answers about the records of a run that a filter lets through, from a view that was folded as far as it goes.

Plain functions: `routes` calls them in threads.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from starlette.datastructures import QueryParams

from inspectors.server.run_views import RunView
from inspectors.store import Run
from inspectors.trace.columns import FAILED, INTERRUPTED, KINDS
from inspectors.trace.matching import RecordFilter, WrongFilter

LOOK_SECONDS = 0.5
"""How long one request may look through records; the browser asks again until all were looked at."""
WINDOW = 200


def filter_of(query: QueryParams) -> RecordFilter:
    """The filter that a query describes."""
    q, step, event, kind = (query.get(name, "") for name in ("q", "step", "event", "kind"))
    return RecordFilter(q=q, regex=query.get("regex") == "1" and bool(q), step=step, event=event, kind=kind)


def found_records(view: RunView, run: Run, query: QueryParams) -> dict[str, Any]:
    """`{"count", "seen", "of", "done", "first", "rows", "at"}`: rows `from` to `to` (from 0) of those that match.

    `tail=n` asks for the last n instead, `at` is the place of the first match from record `near` on, or of the last
    one before it. Not done: more may match, ask again. `try=1` only tries the filter and gives `{}`.
    Raises WrongFilter.
    """
    if query.get("try"):
        view.matches.seqs(filter_of(query), "seq", False, LOOK_SECONDS)
        return {}
    first, last, tail, near = (_number(query, name) for name in ("from", "to", "tail", "near"))
    sort, descending = query.get("sort") or "seq", query.get("desc") == "1"
    seqs, seen, done = view.matches.seqs(filter_of(query), sort, descending, LOOK_SECONDS)
    if tail:
        first, last = max(0, len(seqs) - min(tail, WINDOW)), len(seqs) - 1
    chosen = [int(seq) for seq in seqs[first : min(last, first + WINDOW - 1) + 1]]
    behind = view.behind(run.last_seq)
    return {
        "count": len(seqs),
        "seen": seen,
        "of": run.last_seq,
        "done": done and not behind,
        "first": first,
        "rows": view.rows_at(chosen),
        "at": _place(seqs, near, sort, descending) if near else None,
    }


def _place(seqs: Any, near: int, sort: str, descending: bool) -> int | None:
    if not len(seqs):
        return None
    if sort != "seq":
        there = np.flatnonzero(seqs == near)
        return int(there[0]) if len(there) else None
    ascending = seqs[::-1] if descending else seqs
    at = min(int(np.searchsorted(ascending, near)), len(seqs) - 1)
    return len(seqs) - 1 - at if descending else at


def next_record(view: RunView, run: Run, query: QueryParams) -> dict[str, Any]:
    """`{"seq"}` of the next `what` (error or prompt) after record `from`, before it with `back=1`; null if none."""
    forward = query.get("back") != "1"
    seq = view.matches.next(query.get("what", ""), _number(query, "from"), forward, filter_of(query), LOOK_SECONDS)
    return {"seq": seq, "done": not view.behind(run.last_seq)}


def choices(view: RunView, _run: Run, _query: QueryParams) -> dict[str, Any]:
    """`{"steps", "events", "kinds"}`: what can be chosen to filter by, each [name, number of records]."""
    with view.lock:
        columns = view.columns()
        steps, types = Counter(columns.steps), Counter(columns.types)
        kinds, marks = Counter(columns.kinds), Counter(columns.marks)
    errors = sum(number for mark, number in marks.items() if mark & (FAILED | INTERRUPTED))
    return {
        "steps": sorted([columns.step.names[code], number] for code, number in steps.items() if 0 < code < 65_535),
        "events": sorted([columns.type.names[code], number] for code, number in types.items() if 0 < code < 65_535),
        "kinds": [[KINDS[code], kinds[code]] for code in sorted(kinds) if code]
        + ([["error", errors]] if errors else []),
    }


def _number(query: QueryParams, name: str) -> int:
    text = query.get(name) or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise WrongFilter(f"“{name}” is the number of a record.")
    return int(text)
