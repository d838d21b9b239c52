"""The room between two ranks: where edges change lanes, and where the labels beside them stand.

A gap has no nodes. It begins and ends with a zone in which all its edges run straight; labels stand in these zones,
beside their edge, each in a row of its own if need be. So no label can cover a node or another label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

Rows = list[list[tuple[float, float]]]
"""Of each row of a zone, from where to where across its labels reach."""
LABEL_HEIGHT = 18.0
LEAST = {"TB": 40.0, "LR": 34.0}
"""Pixels between ranks when nothing is written there."""
_CURVE, _LONGEST_CURVE = 30.0, 84.0
_STRAIGHT = 22.0
_ARROW = 8.0
_ROW = 20.0
_BESIDE = 8.0
_MANY = 40
"""Crossings of a gap above which a label no longer looks for the side with fewer lines under it."""


@dataclass
class Crossing:
    """An edge in a gap: it comes at one place across the main direction and leaves at another."""

    edge: int
    start: float
    end: float


class Spot(NamedTuple):
    """Where a label stands: beside the place `across`, in a row of the first or last zone of its gap."""

    zone: int
    row: int
    across: float


@dataclass
class Gap:
    """One gap. Labels are `(edge, width in px, crossing)`."""

    direction: str
    crossings: list[Crossing] = field(default_factory=list)
    turns: int = 0
    """Edges that only turn round in it."""
    spots: dict[int, tuple[Spot, float]] = field(default_factory=dict)
    """Edge -> where its label is, and how wide."""
    _rows: tuple[list[list[tuple[float, float]]], list[list[tuple[float, float]]]] = field(
        default_factory=lambda: ([], [])
    )
    begins: float = 0.0

    def add_label(self, crossing: Crossing, width: float, zones: tuple[int, ...]) -> None:
        """Find a place for the label of a crossing; `zones` are 0 (first) and 1 (last), the better one first."""
        row = 0
        while True:
            free = [
                (self._covered(crossing, zone, low, high), order, zone, low, high)
                for order, (zone, low, high) in enumerate(self._choices(crossing, width, zones))
                if self._is_free(zone, row, low, high)
            ]
            if free:
                _, _, zone, low, high = min(free)
                rows = self._rows[zone]
                while len(rows) <= row:
                    rows.append([])
                rows[row].append((low, high))
                self.spots[crossing.edge] = Spot(zone, row, (low + high) / 2), width
                return
            row += 1

    def _choices(self, crossing: Crossing, width: float, zones: tuple[int, ...]) -> list[tuple[int, float, float]]:
        found = []
        for zone in zones:
            at = crossing.end if zone else crossing.start
            if self.direction == "TB":
                found += [(zone, at + _BESIDE, at + _BESIDE + width), (zone, at - _BESIDE - width, at - _BESIDE)]
            else:
                # Above its line first; below it where something is written there already.
                found += [(zone, at - 3 - LABEL_HEIGHT, at - 3), (zone, at + 3, at + 3 + LABEL_HEIGHT)]
        return found

    def _is_free(self, zone: int, row: int, low: float, high: float) -> bool:
        rows = self._rows[zone]
        return row >= len(rows) or all(high + 4 <= other or low >= until + 4 for other, until in rows[row])

    def _covered(self, crossing: Crossing, zone: int, low: float, high: float) -> int:
        if len(self.crossings) > _MANY:
            return 0
        places = {other.end if zone else other.start for other in self.crossings if other is not crossing}
        return sum(1 for at in places if low - 2 < at < high + 2)

    @property
    def _straight(self) -> bool:
        return all(abs(one.start - one.end) < 1 for one in self.crossings)

    def _zone_size(self, zone: int) -> float:
        rows = len(self._rows[zone])
        if self.direction == "TB":
            return rows * _ROW
        widths = [0.0] * rows
        for spot, width in self.spots.values():
            if spot.zone == zone:
                widths[spot.row] = max(widths[spot.row], width + 8)
        return sum(widths)

    @property
    def _curve(self) -> float:
        if self._straight:
            return _STRAIGHT
        farthest = max(abs(one.start - one.end) for one in self.crossings)
        return min(_LONGEST_CURVE, _CURVE + farthest * 0.05)

    @property
    def size(self) -> float:
        """Pixels from rank to rank."""
        if not self.crossings and not self.turns:
            return LEAST[self.direction]
        needed = self._zone_size(0) + self._curve + self._zone_size(1) + _ARROW
        return max(LEAST[self.direction] + (14 if self.turns else 0), needed)

    @property
    def curve(self) -> tuple[float, float]:
        """Where curves begin and end, along the main direction."""
        spare = self.size - (self._zone_size(0) + self._curve + self._zone_size(1) + _ARROW)
        begin = self.begins + self._zone_size(0)
        return begin, begin + self._curve + spare

    @property
    def middle(self) -> float:
        """Where edges that only turn round run across."""
        begin, end = self.curve
        return (begin + end) / 2

    def label_at(self, edge: int) -> tuple[float, float]:
        """The middle of a label: along and across."""
        spot = self.spots[edge][0]
        end = self.curve[1]
        if self.direction == "LR":
            rows = len(self._rows[spot.zone])
            widths = [
                max(
                    (other + 8 for place, other in self.spots.values() if place.zone == spot.zone and place.row == row),
                    default=0.0,
                )
                for row in range(rows)
            ]
            offset = sum(widths[: spot.row]) + widths[spot.row] / 2
        else:
            offset = (spot.row + 0.5) * _ROW
        if self._straight:
            # Nothing bends here: the label stands in the middle of its line.
            along = self.begins + (self.size - _ARROW - self._zone_size(0) - self._zone_size(1)) / 2 + offset
            along += self._zone_size(0) if spot.zone else 0.0
        else:
            along = end + offset if spot.zone else self.begins + offset
        return along, spot.across
