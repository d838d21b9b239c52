"""The ways of edges between nodes that have their places: straight in lanes, bent only between ranks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from inspectors.graph.gaps import Crossing, Gap
from inspectors.graph.lanes import Lane

Point = tuple[float, float]
"""Along the main direction, and across it."""
_RADIUS = 12.0
_TIP = 3.0
"""What is left between the tip of an arrow and its node."""


@dataclass
class Box:
    """A node that has its place. Sizes are halves, in px."""

    rank: int
    across: float
    half_along: float
    half_across: float
    low: float
    high: float
    """From where to where it takes up room across, with what hangs on it."""
    along: float = 0.0


class Line(NamedTuple):
    """An edge to be drawn. `way` is the lane it takes past other ranks, if it needs one."""

    source: str
    target: str
    width: float
    """Of its label, in px; 0 without one."""
    way: Lane | None
    back: bool


@dataclass
class Paths:
    """Finds the ways of all lines: first what each gap must hold, then, with the gaps placed, the curves."""

    boxes: Mapping[str, Box]
    lines: list[Line]
    direction: str
    gaps: dict[int, Gap] = field(default_factory=dict)
    """By the rank before it; -1 is before the first."""
    _ports: dict[tuple[int, bool], float] = field(default_factory=dict)
    """(line, at its start) -> place across."""
    _sides: dict[tuple[int, bool], bool] = field(default_factory=dict)
    """(line that leads back, at its start) -> whether it leaves or enters at the side of the node."""

    def __post_init__(self) -> None:
        by_rank: dict[int, list[Box]] = defaultdict(list)
        for box in self.boxes.values():
            by_rank[box.rank].append(box)
        for index, line in enumerate(self.lines):
            if line.back and line.way:
                ends = self.boxes[line.source], self.boxes[line.target]
                for box, start in zip(ends, (True, False), strict=True):
                    self._sides[index, start] = _is_clear(box, line.way.at, by_rank[box.rank])
                if ends[0].rank == ends[1].rank:
                    self._sides[index, True] = False
        self._set_ports()
        for index, line in enumerate(self.lines):
            self._cross(index, line)
        self._place_labels()

    def gap(self, rank: int) -> Gap:
        """The gap behind a rank."""
        if rank not in self.gaps:
            self.gaps[rank] = Gap(self.direction)
        return self.gaps[rank]

    def _set_ports(self) -> None:
        """Straight edges meet a node in its middle, the others beside it, in the order of where they come from."""
        meeting: dict[tuple[str, bool], list[tuple[float, int, bool]]] = defaultdict(list)
        for index, line in enumerate(self.lines):
            for start in (True, False):
                if self._sides.get((index, start)):
                    continue
                here, other = (line.source, line.target) if start else (line.target, line.source)
                far = line.way.at if line.way else self.boxes[other].across
                # What leads back leaves at the far end and enters at the near one, as everything does.
                meeting[here, start].append((far, index, start))
        for (node, _), found in meeting.items():
            box = self.boxes[node]
            if len(found) == 1:
                self._ports[found[0][1:]] = box.across
                continue
            found.sort()
            for side in (-1, 1):
                there = [one for one in found if (one[0] - box.across) * side > 1]
                there.sort(key=lambda one: -abs(one[0] - box.across))
                room = max(4.0, box.half_across - 12)
                distinct = list(dict.fromkeys(one[0] for one in there))
                for far, index, start in there:
                    place = distinct.index(far)
                    self._ports[index, start] = box.across + side * room * (len(distinct) - place) / (len(distinct) + 1)
            for far, index, start in found:
                if abs(far - box.across) <= 1:
                    self._ports[index, start] = box.across

    def _cross(self, index: int, line: Line) -> None:
        source, target = self.boxes[line.source], self.boxes[line.target]
        if line.back and line.way:
            if not self._sides[index, True]:
                self.gap(source.rank).turns += 1
            if not self._sides[index, False]:
                self.gap(target.rank - 1).turns += 1
        elif line.way:
            at = line.way.at
            self.gap(source.rank).crossings.append(Crossing(index, self._ports[index, True], at))
            self.gap(target.rank - 1).crossings.append(Crossing(index, at, self._ports[index, False]))
        else:
            crossing = Crossing(index, self._ports[index, True], self._ports[index, False])
            self.gap(source.rank).crossings.append(crossing)

    def _place_labels(self) -> None:
        into: dict[str, int] = defaultdict(int)
        for line in self.lines:
            into[line.target] += bool(line.width)
        for index, line in enumerate(self.lines):
            if not line.width:
                continue
            source = self.boxes[line.source]
            if line.back and line.way:
                gap = self.gap(source.rank - 1 if source.rank > self.boxes[line.target].rank else source.rank)
                gap.add_label(Crossing(index, line.way.at, line.way.at), line.width, (1, 0))
                continue
            gap = self.gap(source.rank)
            crossing = next(one for one in gap.crossings if one.edge == index)
            last = line.way is None and into[line.target] == 1
            gap.add_label(crossing, line.width, (1, 0) if last else (0, 1))

    def label_at(self, index: int) -> Point:
        """The middle of the label of a line."""
        line = self.lines[index]
        source, target = self.boxes[line.source], self.boxes[line.target]
        rank = source.rank - 1 if line.back and source.rank > target.rank else source.rank
        return self.gaps[rank].label_at(index)

    def points(self, index: int) -> list[Point]:
        """Cubic curves: 3n + 1 points."""
        line = self.lines[index]
        source, target = self.boxes[line.source], self.boxes[line.target]
        if line.back and line.way:
            return rounded(self._back(index, source, target, line.way))
        start = (source.along + source.half_along, self._ports[index, True])
        end = (target.along - target.half_along - _TIP, self._ports[index, False])
        path = [start]
        if line.way is None:
            _bend(path, self.gaps[source.rank], start[1], end[1])
        else:
            _bend(path, self.gaps[source.rank], start[1], line.way.at)
            _bend(path, self.gaps[target.rank - 1], line.way.at, end[1])
        _straight(path, end)
        return path

    def _back(self, index: int, source: Box, target: Box, way: Lane) -> list[Point]:
        if self._sides[index, True]:
            side = 1 if way.at > source.across else -1
            corners = [(source.along, source.across + side * source.half_across), (source.along, way.at)]
        else:
            turn = self.gaps[source.rank].middle
            port = self._ports[index, True]
            corners = [(source.along + source.half_along, port), (turn, port), (turn, way.at)]
        if self._sides[index, False]:
            side = 1 if way.at > target.across else -1
            return [
                *corners,
                (target.along, way.at),
                (target.along, target.across + side * (target.half_across + _TIP)),
            ]
        turn = self.gaps[target.rank - 1].middle
        port = self._ports[index, False]
        return [*corners, (turn, way.at), (turn, port), (target.along - target.half_along - _TIP, port)]


def _is_clear(box: Box, at: float, others: list[Box]) -> bool:
    """Whether nothing stands between a node and a lane beside it, nor hangs on the node on that side."""
    low, high = (box.across + box.half_across + 8, at) if at > box.across else (at, box.across - box.half_across - 8)
    return low <= high and all(other.high <= low or other.low >= high for other in others)


def _bend(path: list[Point], gap: Gap, start: float, end: float) -> None:
    if abs(start - end) < 0.5:
        return
    begin, until = gap.curve
    _straight(path, (begin, start))
    middle = (begin + until) / 2
    path += [(middle, start), (middle, end), (until, end)]


def _straight(path: list[Point], end: Point) -> None:
    start = path[-1]
    third = ((end[0] - start[0]) / 3, (end[1] - start[1]) / 3)
    path += [(start[0] + third[0], start[1] + third[1]), (end[0] - third[0], end[1] - third[1]), end]


def rounded(corners: list[Point]) -> list[Point]:
    """Cubic curves along straight lines with round corners."""
    path = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(_RADIUS, _length(before, corner) / 2, _length(corner, after) / 2)
        enter, leave = _toward(corner, before, radius), _toward(corner, after, radius)
        _straight(path, enter)
        path += [_toward(corner, enter, radius * 0.45), _toward(corner, leave, radius * 0.45), leave]
    _straight(path, corners[-1])
    return path


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _toward(start: Point, end: Point, length: float) -> Point:
    whole = _length(start, end)
    if not whole:
        return start
    part = min(1.0, length / whole)
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
