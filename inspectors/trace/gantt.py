"""The Gantt look of a run: which lanes there are in a window of time, and the bars of those in view.

Pure functions over spans (spans.py). Times are seconds since the run began, places are pixels of the width asked for. A
lane is a work item with all its attempts; a step with more than five of them in the window is folded to its silhouette,
how many were at work, unless it was opened.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from inspectors.trace.gantt_bars import Bar, lane_bars, silhouette
from inspectors.trace.span_columns import Columns, Ints
from inspectors.trace.spans import Spans
from inspectors.trace.time_axis import TimeAxis, idle_stretches, time_axis

FOLDED_ABOVE = 5
DEEPEST = 3
"""Child runs of child runs of child runs; deeper ones are on their own pages."""


@dataclass(frozen=True)
class Looked:
    """What is looked at."""

    width: float = 900.0
    window: tuple[float, float] | None = None
    """Seconds since the start; None for the whole run."""
    rows: tuple[int, int] = (0, 60)
    """The first row and how many, of all there are."""
    opened: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    """Keys of groups and child runs that the person opened, or closed."""
    step: str = ""
    """Only this step; "" for all."""
    find: int = 0
    """The record whose row is asked for; 0 for none."""


@dataclass(frozen=True)
class RunSpans:
    """A run with its spans and the runs that its steps started."""

    run_id: str
    workflow: str
    spans: Spans
    columns: Columns
    children: Mapping[int, list[RunSpans]] = field(default_factory=dict)
    """By the engine's number of the invocation that started them."""

    def end(self, now: float) -> float:
        """When it ended, else now; epoch seconds."""
        return self.spans.ended or max(now, self.spans.last)


class Row(NamedTuple):
    """A row of the picture, before its bars are drawn."""

    kind: str
    """group | lane | only (the one lane of a step) | child."""
    of: RunSpans
    step: int
    lane: int
    depth: int
    key: str
    lanes: Ints | None = None
    is_open: bool = False


class _Rows:
    """Lays out the rows of a run and of what it started."""

    def __init__(self, looked: Looked, first: float, last: float, now: float) -> None:
        self.rows: list[Row] = []
        self._looked, self._first, self._last, self._now = looked, first, last, now

    def add(self, run: RunSpans, depth: int) -> None:
        """All rows of a run."""
        columns = run.columns
        ends = np.where(np.isnan(columns.lane_to), run.end(self._now), columns.lane_to)
        shown = np.nonzero((columns.lane_step >= 0) & (columns.lane_from <= self._last) & (ends >= self._first))[0]
        by_step = columns.lane_step[shown]
        for step, name in enumerate(run.spans.steps):
            if self._looked.step and not depth and name != self._looked.step:
                continue
            lanes = shown[by_step == step]
            key = name if not depth else f"{run.run_id}/{name}"
            if len(lanes) == 1:
                self.rows.append(Row("only", run, step, int(lanes[0]), depth, key))
                self._add_children(run, int(lanes[0]), depth)
                continue
            is_open = self._is_open(key, 0 < len(lanes) <= FOLDED_ABOVE)
            self.rows.append(Row("group", run, step, -1, depth, key, lanes, is_open))
            if is_open:
                for lane in lanes.tolist():
                    self.rows.append(Row("lane", run, step, lane, depth, key))
                    if run.children:
                        self._add_children(run, lane, depth)

    def _is_open(self, key: str, by_itself: bool) -> bool:
        return key in self._looked.opened or (by_itself and key not in self._looked.closed)

    def _add_children(self, run: RunSpans, lane: int, depth: int) -> None:
        if not run.children or depth >= DEEPEST:
            return
        numbers = run.columns.number[run.columns.lane == lane].tolist()
        children = [child for number in numbers for child in run.children.get(number, [])]
        for child in children:
            key = f"{child.run_id}/"
            is_open = self._is_open(key, len(children) <= FOLDED_ABOVE)
            self.rows.append(Row("child", child, -1, lane, depth + 1, key, None, is_open))
            if is_open:
                self.add(child, depth + 2)


def gantt(run: RunSpans, looked: Looked, now: float) -> dict[str, Any]:
    """The picture as JSON (docs/architecture.md, "Looks"). `now` is epoch seconds, for what goes on."""
    spans, columns = run.spans, run.columns
    began, end = spans.began, run.end(now)
    whole = max(end - began, 1e-3)
    first, last = looked.window or (0.0, whole)
    axis = time_axis(began + first, began + last, looked.width, idle_stretches(columns, began + first, began + last))
    laid = _Rows(looked, began + first, began + last, now)
    laid.add(run, 0)
    start, count = looked.rows
    shown = laid.rows[start : start + count]
    told = axis.json()
    return {
        "upto": spans.seq,
        "began": began,
        "window": [round(first, 6), round(last, 6)],
        "whole": round(whole, 6),
        "points": [[round(t - began, 6), x] for t, x in told["points"]],
        "folds": [[round(a - began, 6), round(b - began, 6)] for a, b in told["folds"]],
        "ended": round(spans.ended - began, 6) if spans.ended else None,
        "ended_x": round(float(axis.x(np.array([spans.ended]))[0]), 2) if spans.ended else None,
        "status": spans.status,
        "rows_in_all": len(laid.rows),
        "first_row": start,
        "rows": [_row_json(row, axis, now, began) for row in shown],
        "found": _find(laid.rows, run, looked.find) if looked.find else None,
    }


def _find(rows: list[Row], run: RunSpans, seq: int) -> dict[str, Any] | None:
    """Where the invocation stands that a record belongs to: its row, and when it was."""
    columns = run.columns
    at = np.nonzero((columns.seq == seq) | (columns.end_seq == seq))[0]
    if not len(at):
        return None
    span = int(at[0])
    lane, step = int(columns.lane[span]), int(columns.lane_step[columns.lane[span]])
    found = None
    for number, row in enumerate(rows):
        if row.of is run and row.step == step and (row.kind == "group" or row.lane == lane):
            found = number
            if row.lane == lane:
                break
    end = columns.end[span]
    began = run.spans.began
    return {
        "row": found,
        "from": round(float(columns.queued[span]) - began, 6),
        "to": round(float(end) - began, 6) if not math.isnan(end) else None,
        "seq": int(columns.seq[span]),
    }


def _row_json(row: Row, axis: TimeAxis, now: float, began: float) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": row.kind, "depth": row.depth, "key": row.key, "run": row.of.run_id}
    columns, spans = row.of.columns, row.of.spans
    if row.kind == "child":
        end = row.of.end(now)
        x0, x1 = axis.x(np.array([spans.began, end])).tolist()
        kind = {"": "running", "failed": "failed", "done": "ran"}.get(spans.status, "cancelled")
        bar = Bar(kind, x0, x1, 1, spans.began, end if spans.ended else None)
        told["status"] = spans.status or "running"
        return {**told, "name": row.of.workflow, "open": row.is_open, "bars": [bar.json(began)]}
    told |= {"name": spans.steps[row.step], "workers": spans.workers.get(spans.steps[row.step], 0)}
    if row.kind == "group":
        assert row.lanes is not None
        return {
            **told,
            "open": row.is_open,
            "count": len(row.lanes),
            **silhouette(columns, row.step, row.lanes, axis, row.of.end(now)),
        }
    bars, worker = lane_bars(columns, row.lane, axis, row.of.end(now), not spans.ended)
    told["attempts"] = int((columns.lane == row.lane).sum())
    return {**told, "worker": worker, "seq": bars[0].seq if bars else 0, "bars": [bar.json(began) for bar in bars]}


Labels = Callable[[str, list[int]], dict[int, str]]
"""Of a run and the records with which lanes begin: what each is about."""


def with_labels(picture: dict[str, Any], labels: Labels) -> dict[str, Any]:
    """The picture with a `label` for each lane."""
    asked: dict[str, list[int]] = {}
    for row in picture["rows"]:
        if row["kind"] == "lane" and row["seq"]:
            asked.setdefault(row["run"], []).append(row["seq"])
    known = {run_id: labels(run_id, seqs) for run_id, seqs in asked.items()}
    for row in picture["rows"]:
        if row["kind"] == "lane":
            row["label"] = known.get(row["run"], {}).get(row["seq"], "")
    return picture
