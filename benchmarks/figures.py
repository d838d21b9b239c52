"""A figure: a measured value beside its goal and, where there is one, its baseline."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value. `baseline` is what it is compared with, measured in the same run."""

    name: str
    value: float
    unit: str
    baseline: float | None
    goal: float
    note: str = ""

    def line(self) -> str:
        """One line for people."""
        reached = "reached" if self.value <= self.goal else "NOT reached"
        ratio = f" · {self.value / self.baseline:.2f} × of {self.baseline:g} {self.unit}" if self.baseline else ""
        note = f" · {self.note}" if self.note else ""
        return f"{self.name} {self.value:g} {self.unit} · goal ≤ {self.goal:g} {self.unit}, {reached}{ratio}{note}"


def as_json(figures: Sequence[Figure]) -> str:
    """A list of {name, value, unit, baseline, goal}."""
    return json.dumps([{name: value for name, value in asdict(item).items() if name != "note"} for item in figures])


def median(values: Sequence[float]) -> float:
    """The median, to a tenth: single values of a noisy machine say little."""
    return round(statistics.median(values), 1)


def p95(values: Sequence[float]) -> float:
    """What one in twenty exceeds, to a tenth; 99,999 where nothing was measured."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1) if ordered else 99_999.0


def spread(values: Sequence[float]) -> str:
    """The smallest and the largest of the values, and how many there are."""
    return f"{min(values):.0f}–{max(values):.0f} in {len(values)} runs"
