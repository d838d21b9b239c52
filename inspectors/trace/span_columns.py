"""All spans of a run as arrays (spans.py folds them), with what pictures of many need in order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OPEN, OK, ERROR, WAITING, CANCELLED, BUFFERED = range(6)
"""How a span ended."""


@dataclass
class Columns:
    """All spans as arrays, and the lanes they stand in.

    A lane is a work item with all its attempts, or what a step gathers with the invocation that joins it.
    """

    queued: Floats
    """When its events were there, epoch seconds; as `start` if that isn't known."""
    start: Floats
    end: Floats
    """NaN while it goes on."""
    since: Floats
    """For one that joins several events, when the first of them was there; NaN for others."""
    seq: Ints
    end_seq: Ints
    """0 while it goes on."""
    lane: Ints
    worker: Ints
    """From 0; -1 if it isn't known."""
    attempt: Ints
    outcome: Ints
    number: Ints
    """The engine's number of the invocation; -1 if it has none."""
    lane_step: Ints
    """-1 for a lane that has become part of another."""
    lane_from: Floats
    lane_to: Floats
    """NaN while something of it goes on, or waits."""
    ask_lane: Ints
    """The lane that asked a person by what its step returned."""
    ask_seq: Ints
    ask_from: Floats
    ask_to: Floats
    """NaN while nobody has answered."""

    @cached_property
    def idle(self) -> tuple[Floats, Floats]:
        """Where stretches begin and end in which nothing was queued or ran, from the first span on to the last."""
        order = np.argsort(self.queued, kind="stable")
        ends = np.where(np.isnan(self.end), np.inf, self.end)[order]
        over = np.maximum.accumulate(ends)[:-1]
        begins = self.queued[order][1:]
        gaps = begins > over
        return over[gaps], begins[gaps]

    @cached_property
    def by_step(self) -> dict[int, StepTimes]:
        """When spans of each step began and ended."""
        steps = self.lane_step[self.lane]
        order = np.argsort(steps, kind="stable")
        borders = np.append(np.nonzero(np.diff(steps[order], prepend=-2))[0], len(order))
        parts = [order[a:b] for a, b in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True)]
        return {int(steps[rows[0]]): StepTimes.of(self, rows) for rows in parts}


@dataclass(frozen=True)
class StepTimes:
    """Moments of one step's spans, each in order, as seconds since `origin`, and their sums."""

    origin: float
    starts: Floats
    ends: Floats
    """Of those that have ended."""
    start_sums: Floats
    end_sums: Floats
    failed: Floats

    @classmethod
    def of(cls, columns: Columns, rows: Ints) -> StepTimes:
        """Of these spans."""
        origin = float(columns.start[rows[0]])
        starts = np.sort(columns.start[rows]) - origin
        ended = columns.end[rows]
        failed = np.sort(ended[columns.outcome[rows] == ERROR]) - origin
        ends = np.sort(ended[~np.isnan(ended)]) - origin
        return cls(origin, starts, ends, _sums(starts), _sums(ends), failed)

    def busy(self, times: Floats) -> tuple[Floats, Ints]:
        """Seconds that all spans together had taken up to each moment, and how many were there between each two."""
        times = times - self.origin
        begun, over = np.searchsorted(self.starts, times, "right"), np.searchsorted(self.ends, times, "left")
        taken = begun * times - self.start_sums[begun] - (over * times - self.end_sums[over])
        there = begun[:-1] - over[:-1] + np.diff(np.searchsorted(self.starts, times, "left"))
        return taken, there


def _sums(moments: Floats) -> Floats:
    return np.append(0.0, np.cumsum(moments))
