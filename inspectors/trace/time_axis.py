"""Where a moment stands in a picture of some width, with idle stretches folded away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspectors.trace.span_columns import Columns, Floats

FOLD_SHARE = 0.2
"""An idle stretch that takes a greater part of the width is folded."""
SHORTEST = 1.0
"""Seconds; nobody minds less."""
FOLD_PX = 64.0
MOST_IDLE = 50
"""More can't each be a fifth of what is left, nor find room."""


@dataclass(frozen=True)
class TimeAxis:
    """A window of time in pixels; between its `times` the scale is even."""

    times: Floats
    places: Floats
    folds: list[tuple[float, float]]

    def x(self, times: Floats) -> Floats:
        """Pixels from the left; what is outside the window stands at its edge."""
        placed: Floats = np.interp(times, self.times, self.places)
        return placed

    def time(self, places: Floats) -> Floats:
        """The moments at these pixels."""
        told: Floats = np.interp(places, self.places, self.times)
        return told

    def json(self) -> dict[str, list[list[float]]]:
        """{"points": [[seconds, px]], "folds": [[from, to]]}."""
        points = [[round(float(t), 6), round(float(x), 2)] for t, x in zip(self.times, self.places, strict=True)]
        return {"points": points, "folds": [[round(a, 6), round(b, 6)] for a, b in self.folds]}


def idle_stretches(columns: Columns, first: float, last: float) -> list[tuple[float, float]]:
    """Where, between two moments, nothing was queued or ran; the longest first."""
    if not len(columns.queued):
        return []
    over, begins = columns.idle
    earliest, latest = float(columns.queued.min()), float(np.where(np.isnan(columns.end), np.inf, columns.end).max())
    over = np.concatenate(([-np.inf], over, [latest]))
    begins = np.concatenate(([earliest], begins, [np.inf]))
    over, begins = np.maximum(over, first), np.minimum(begins, last)
    gaps = np.nonzero(begins > over)[0]
    longest = gaps[np.argsort(over[gaps] - begins[gaps], kind="stable")[:MOST_IDLE]]
    return [(float(over[i]), float(begins[i])) for i in longest]


def time_axis(first: float, last: float, width: float, idle: list[tuple[float, float]]) -> TimeAxis:
    """The axis from one moment to another; of the idle stretches, given longest first, those are folded that are long.

    Long is what would take more than a fifth of the width, where what is longer is folded already.
    """
    shown = max(last - first, 1e-6)
    last = first + shown
    folds: list[tuple[float, float]] = []
    for begin, end in idle:
        if shown - (end - begin) <= 1e-9:  # nothing but idleness is looked at: what stays is its length
            break
        if end - begin <= max(SHORTEST, FOLD_SHARE * shown) or (len(folds) + 1) * FOLD_PX > width / 2:
            break
        folds.append((begin, end))
        shown = max(shown - (end - begin), 1e-6)
    folds.sort()
    scale = (width - len(folds) * FOLD_PX) / shown
    times, places = [first], [0.0]
    for begin, end in folds:
        at = places[-1] + (begin - times[-1]) * scale
        if begin > times[-1]:
            times.append(begin)
            places.append(at)
        times.append(end)
        places.append(at + FOLD_PX)
    if last > times[-1]:
        times.append(last)
        places.append(width)
    return TimeAxis(np.array(times), np.array(places), folds)
