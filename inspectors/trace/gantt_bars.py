"""The bars of one lane, and the silhouette of many: how many invocations of a step were at work."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from inspectors.trace.span_columns import BUFFERED, CANCELLED, ERROR, OK, OPEN, WAITING, Columns, Floats, Ints
from inspectors.trace.time_axis import TimeAxis

BUCKET_PX = 3
"""Width of a silhouette's column."""
DENSE_PX = 4
"""Where a step takes one event after the other to gather them, ticks nearer than this are one."""
MOST_WAITS = 200
"""The last ones of a silhouette that are shown."""
PAUSES = {WAITING: "waiting", ERROR: "retry", BUFFERED: "events"}
"""What follows a span in its lane, by how the span ended."""
RAN = {OPEN: "running", ERROR: "failed", CANCELLED: "cancelled"}


@dataclass(frozen=True)
class Bar:
    """From one place to another: queued, ran, running, failed, cancelled, waiting, events or retry."""

    kind: str
    x0: float
    x1: float
    seq: int
    start: float
    end: float | None
    """None while it goes on."""
    attempt: int = 1
    last_seq: int = 0
    """The record with which it ended; 0 if none did."""

    def json(self, began: float) -> dict[str, Any]:
        """{"kind", "x0", "x1", "seq", "from", "to", "attempt", "last_seq"}."""
        return {
            "kind": self.kind,
            "x0": round(self.x0, 2),
            "x1": round(self.x1, 2),
            "seq": self.seq,
            "from": round(self.start - began, 6),
            "to": round(self.end - began, 6) if self.end is not None else None,
            "attempt": self.attempt,
            "last_seq": self.last_seq,
        }


def lane_bars(columns: Columns, lane: int, axis: TimeAxis, end: float, goes_on: bool) -> tuple[list[Bar], int]:
    """The bars of a lane in order, without what is outside the axis, and the worker that had it last (-1: unknown).

    `end` is when the run ended, or now.
    """
    rows = np.nonzero(columns.lane == lane)[0]
    if not len(rows):
        return [], -1
    lane_end = float(columns.lane_to[lane])
    parts: list[Part] = []
    for at, row in enumerate(rows.tolist()):
        before = int(columns.outcome[rows[at - 1]]) if at else OK
        following = float(columns.start[rows[at + 1]]) if at + 1 < len(rows) else lane_end
        parts += _span_parts(columns, row, before, following)
    for ask in np.nonzero(columns.ask_lane == lane)[0].tolist():
        parts.append(
            Part("waiting", float(columns.ask_from[ask]), float(columns.ask_to[ask]), int(columns.ask_seq[ask]))
        )
    until = end if goes_on or math.isnan(lane_end) else lane_end
    return _placed(_gathered(parts), axis, until), int(columns.worker[rows[-1]])


class Part(NamedTuple):
    """A bar before it has a place."""

    kind: str
    start: float
    end: float
    """NaN while it goes on."""
    seq: int
    attempt: int = 1
    last_seq: int = 0


def _span_parts(columns: Columns, row: int, before: int, following: float) -> list[Part]:
    """An invocation: what it waited for, its run, and the pause after it.

    `before` is how the one before it in its lane ended, `following` when the next one starts or the lane ends.
    """
    seq, attempt, outcome = int(columns.seq[row]), int(columns.attempt[row]), int(columns.outcome[row])
    queued, start, ended = float(columns.queued[row]), float(columns.start[row]), float(columns.end[row])
    parts = []
    if not math.isnan(columns.since[row]):
        parts.append(Part("events", float(columns.since[row]), queued, seq, attempt))
    if queued < start and before not in PAUSES:
        parts.append(Part("queued", queued, start, seq, attempt))
    parts.append(Part(RAN.get(outcome, "ran"), start, ended, seq, attempt, int(columns.end_seq[row])))
    if outcome in PAUSES and not following <= ended:
        parts.append(Part(PAUSES[outcome], ended, following, seq, attempt))
    return parts


def _gathered(parts: list[Part]) -> list[Part]:
    """All that a lane waits for events as one part, behind the others: it waits on while it takes one more."""
    waits = [part for part in parts if part.kind == "events"]
    if len(waits) < 2:
        return parts
    one = waits[0]._replace(end=waits[-1].end)
    return [one, *(part for part in parts if part.kind != "events")]


def _placed(parts: list[Part], axis: TimeAxis, end: float) -> list[Bar]:
    """The parts that are in view as bars; of those that fall on one pixel, the first and what failed."""
    first, last = float(axis.times[0]), float(axis.times[-1])
    gathers = parts[0].kind == "events"
    bars: list[Bar] = []
    for part in parts:
        goes_on = math.isnan(part.end)
        until = end if goes_on else part.end
        if until < first or part.start > last:
            continue
        x0, x1 = axis.x(np.array([part.start, max(part.start, until)])).tolist()
        near = DENSE_PX if gathers else 1
        tiny = bars and x1 - x0 < near and x1 - bars[-1].x0 < near and "failed" not in (part.kind, bars[-1].kind)
        if not tiny or bars[-1].kind == "events":
            over = None if goes_on else part.end
            bars.append(Bar(part.kind, x0, x1, part.seq, part.start, over, part.attempt, part.last_seq))
    return bars


def silhouette(columns: Columns, step: int, lanes: Ints, axis: TimeAxis, end: float) -> dict[str, Any]:
    """{"peak", "levels": [[x0, x1, level]], "failed": [x], "failures", "waiting": [[x0, x1]]} of a step.

    A level is how many were at work on average over a column's time; runs of equal levels are one entry.
    """
    times = columns.by_step.get(step)
    if times is None:
        return {"peak": 0.0, "levels": [], "failures": 0, "failed": [], "waiting": []}
    edges = np.append(np.arange(0.0, axis.places[-1], BUCKET_PX), axis.places[-1])
    moments = axis.time(edges)
    taken, there = times.busy(moments)
    busy = np.diff(taken) / np.maximum(np.diff(moments), 1e-9)
    # What is too short for a column's average is seen all the same.
    levels = np.where(there > 0, np.maximum(np.round(busy, 1), 0.1), 0.0)
    first, last = axis.times[0] - times.origin, axis.times[-1] - times.origin
    failed = times.failed[np.searchsorted(times.failed, first) : np.searchsorted(times.failed, last, "right")]
    places = np.unique(np.floor(axis.x(failed + times.origin) / BUCKET_PX))
    return {
        "peak": round(float(levels.max()), 1),
        "levels": _stretches(edges, levels),
        "failures": len(failed),
        "failed": [float(place * BUCKET_PX) for place in places.tolist()],
        "waiting": _waiting(columns, lanes, axis, end),
    }


def _stretches(edges: Floats, levels: Floats) -> list[list[float]]:
    changes = np.append(np.nonzero(np.diff(levels))[0] + 1, len(levels))
    found, begin = [], 0
    for change in changes.tolist():
        if levels[begin] > 0:
            found.append(
                [round(float(edges[begin]), 1), round(float(edges[change]), 1), round(float(levels[begin]), 1)]
            )
        begin = change
    return found


def _waiting(columns: Columns, lanes: Ints, axis: TimeAxis, end: float) -> list[list[float]]:
    """Where lanes wait for a person: stretches in pixels that don't overlap."""
    rows = np.nonzero(columns.outcome == WAITING)[0]
    rows = rows[np.isin(columns.lane[rows], lanes)][-MOST_WAITS:]
    asks = np.nonzero(np.isin(columns.ask_lane, lanes))[0][-MOST_WAITS:]
    waits = list(zip(columns.ask_from[asks].tolist(), columns.ask_to[asks].tolist(), strict=True))
    for row in rows.tolist():
        lane = int(columns.lane[row])
        later = columns.start[(columns.lane == lane) & (columns.start > columns.end[row])]
        waits.append((float(columns.end[row]), float(later.min()) if len(later) else float(columns.lane_to[lane])))
    found: list[list[float]] = []
    for begin, until in sorted(waits):
        x0, x1 = axis.x(np.array([begin, end if math.isnan(until) else until])).round(1).tolist()
        if found and x0 <= found[-1][1]:
            found[-1][1] = max(found[-1][1], x1)
        elif x1 > x0:
            found.append([x0, x1])
    return found
