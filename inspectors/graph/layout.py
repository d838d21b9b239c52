"""Where everything in the picture of a graph stands: nodes, the ways of edges, the labels beside them.

One geometry for the page, the files that are taken along, and the tests that look for overlaps.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from inspectors.graph.circles import without_circles
from inspectors.graph.edge_paths import Box, Line, Paths, Point
from inspectors.graph.lanes import Lane, beside_each_other, lanes_of, ranks_of, spread
from inspectors.graph.letters import text_width
from inspectors.graph.loops import back_edges, beside
from inspectors.graph.sizes import SECOND, extents, node_size
from inspectors.graph.words import one_line

DIRECTIONS = ("TB", "LR")
_LABEL_HEIGHT = 18.0
_LABEL_PADDING = 10.0
_BETWEEN = 12.0
"""Pixels between things that hang at the same side of a step."""
_FRAME, _FRAME_HEAD = 14.0, 34.0
"""Room around what is drawn inside of an opened workflow, and above it for its name."""
_LOOP = 30.0
"""How far an edge from a step to itself stands out."""

Drawing = dict[str, Any]


def lay_out(graph: dict[str, Any], direction: str = "TB", *, roomy: bool = False) -> Drawing:
    """The drawing of Graph JSON: the same graph always gets the same one. TB (top-down) or LR (left to right).

    `{"direction", "width", "height", "nodes", "edges"}`, in px from the top left: nodes as they came with "x", "y"
    (their middles), "width" and "height"; edges with "points" (cubic curves, 3n + 1 of them), "back" and, if they have
    a label, "label_at" (its middle) and "label_width". A workflow with a "graph" of its own that is "open" has what is
    in it drawn inside: these nodes have "inside", the id of the frame, and "of", their own id.
    Raises ValueError for another direction.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction must be TB or LR, not {direction!r}")
    return _Layout(graph, direction, roomy).drawing()


@dataclass
class _Hung:
    """What hangs at one side of a step."""

    nodes: list[str]
    label: float
    """Pixels of the widest label on the edges to it."""
    along: float
    across: float


@dataclass
class _Layout:
    graph: dict[str, Any]
    direction: str
    roomy: bool
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    sizes: dict[str, tuple[float, float]] = field(default_factory=dict)
    inner: dict[str, Drawing] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    hung: dict[str, dict[int, _Hung]] = field(default_factory=dict)
    """Step -> side (1 or -1) -> what hangs there."""
    loops: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Step -> its edge to itself."""

    def drawing(self) -> Drawing:
        """All of it."""
        self.nodes = {node["id"]: node for node in self.graph["nodes"]}
        if not self.nodes:
            return {"direction": self.direction, "width": 0, "height": 0, "nodes": [], "edges": []}
        for identity, node in self.nodes.items():
            self.sizes[identity] = self._size(node)
        edges = [edge for edge in self.graph["edges"] if {edge["source"], edge["target"]} <= self.nodes.keys()]
        self.loops = {edge["source"]: edge for edge in edges if edge["source"] == edge["target"]}
        aside = beside(self.graph)
        self._hang(aside, edges)
        main = [identity for identity in self.nodes if identity not in aside]
        flow = [edge for edge in edges if edge["target"] not in aside]
        lines = self._place(main, [edge for edge in flow if edge["source"] != edge["target"]])
        paths = Paths(self.boxes, lines, self.direction)
        self._place_along(paths)
        drawn: list[dict[str, Any]] = []
        places = iter(range(len(lines)))
        for edge in edges:
            if edge["source"] == edge["target"]:
                drawn.append(self._loop(edge))
            elif edge["target"] in aside:
                drawn.append(self._aside_edge(edge))
            else:
                index = next(places)
                found = self._edge(edge, paths.points(index), paths.label_at(index) if lines[index].width else None)
                drawn.append({**found, "back": lines[index].back})
        return self._whole(drawn)

    # --- sizes ---

    def _size(self, node: dict[str, Any]) -> tuple[float, float]:
        if not (node.get("open") and node.get("graph")):
            return node_size(node, roomy=self.roomy)
        inner = lay_out(node["graph"], self.direction, roomy=self.roomy)
        self.inner[node["id"]] = inner
        least = node_size(node, roomy=self.roomy)[0] + 24
        return max(least, inner["width"] + 2 * _FRAME), inner["height"] + _FRAME + _FRAME_HEAD

    def _turned(self, pair: tuple[float, float]) -> tuple[float, float]:
        """Width and height as along and across."""
        return pair if self.direction == "LR" else (pair[1], pair[0])

    def _label_width(self, edge: dict[str, Any]) -> float:
        label = one_line(edge.get("label") or "")
        return text_width(label, SECOND) + _LABEL_PADDING if label else 0.0

    # --- what hangs at the side ---

    def _hang(self, aside: dict[str, str], edges: list[dict[str, Any]]) -> None:
        labels: dict[str, float] = defaultdict(float)
        for edge in edges:
            labels[edge["target"]] = max(labels[edge["target"]], self._label_width(edge))
        by_step: dict[str, list[str]] = defaultdict(list)
        for identity in self.nodes:
            if identity in aside:
                by_step[aside[identity]].append(identity)
        for step, found in by_step.items():
            # The first hangs on the right of its step, the next on its left; many fill the right side first.
            half = (len(found) + 1) // 2
            for side, nodes in ((1, found[:half]), (-1, found[half:])):
                if nodes:
                    self.hung.setdefault(step, {})[side] = self._stacked(nodes, labels)

    def _stacked(self, nodes: list[str], labels: dict[str, float]) -> _Hung:
        turned = [self._turned(self.sizes[node]) for node in nodes]
        widest = max(labels[node] for node in nodes)
        if self.direction == "LR":
            along = sum(max(size[0], labels[node]) for node, size in zip(nodes, turned, strict=True))
            room = (_LABEL_HEIGHT + 26.0) if widest else 30.0
        else:
            along = sum(size[0] for size in turned)
            room = widest + (44.0 if len(nodes) > 1 else 36.0) if widest else 38.0
        along += _BETWEEN * (len(nodes) - 1)
        return _Hung(nodes, room, along, max(size[1] for size in turned))

    # --- places ---

    def _place(self, main: list[str], edges: list[dict[str, Any]]) -> list[Line]:
        """Give nodes their rank and lane; the lines between them."""
        known = set(main)
        pairs = list(dict.fromkeys((edge["source"], edge["target"]) for edge in edges))
        led_back = back_edges(self.graph)
        ahead = [pair for pair in pairs if pair not in led_back]
        starts = [node["id"] for node in self.graph["nodes"] if node.get("role") == "start" and node["id"] in known]
        circles = without_circles(main, ahead, starts)
        order = [pair for pair in ahead if pair not in circles]
        rank = ranks_of(main, order)
        stops = {node["id"] for node in self.graph["nodes"] if node.get("role") == "stop"}
        lanes = lanes_of(main, order, rank, stops)
        following = {pair for lane in lanes for pair in zip(lane.nodes, lane.nodes[1:], strict=False)}
        ways: dict[tuple[str, bool], Lane] = {}
        near: list[tuple[str, str]] = []
        way_of: dict[tuple[str, str], Lane] = {}
        for source, target in pairs:
            if (source, target) in following or rank[target] - rank[source] == 1:
                near.append((source, target))
                continue
            back = rank[target] <= rank[source]
            first, last = (rank[target], rank[source]) if back else (rank[source] + 1, rank[target] - 1)
            way = ways.setdefault((target, back), Lane(first, last, ends=[(first if back else last, target)]))
            way.first, way.last = min(way.first, first), max(way.last, last)
            way.ends.append((rank[source], source))
            way_of[source, target] = way
        lanes += ways.values()
        place = {identity: index for index, identity in enumerate(self.nodes)}
        row = beside_each_other(lanes, near, rank, place)
        reach = {identity: self._reach(identity) for identity in main}
        spread(row, lanes[0], reach, rank)
        for lane in lanes:
            for identity in lane.nodes:
                half = [size / 2 for size in self._turned(self.sizes[identity])]
                low, high = reach[identity]
                self.boxes[identity] = Box(rank[identity], lane.at, half[0], half[1], lane.at - low, lane.at + high)
        return [self._line(edge, way_of, rank) for edge in edges]

    def _line(self, edge: dict[str, Any], ways: dict[tuple[str, str], Lane], rank: dict[str, int]) -> Line:
        source, target = edge["source"], edge["target"]
        back = rank[target] <= rank[source]
        return Line(source, target, self._label_width(edge), ways.get((source, target)), back)

    def _reach(self, identity: str) -> tuple[float, float]:
        """How far a node reaches to both sides, with what hangs there."""
        left, right, up, down = extents(self.nodes[identity], self.sizes[identity])
        low, high = (up, down) if self.direction == "LR" else (left, right)
        sides = self.hung.get(identity, {})
        if identity in self.loops:
            label = (_LABEL_HEIGHT if self.direction == "LR" else self._label_width(self.loops[identity])) + 8
            high += _LOOP + label if 1 not in sides else 0.0
            low += _LOOP + label if 1 in sides else 0.0
        for side, hung in sides.items():
            more = hung.label + hung.across + 6
            low, high = (low, high + more) if side == 1 else (low + more, high)
        return low, high

    def _place_along(self, paths: Paths) -> None:
        """Give ranks and gaps their places, then all that hangs on a step."""
        before: dict[int, float] = defaultdict(float)
        behind: dict[int, float] = defaultdict(float)
        for identity, box in self.boxes.items():
            left, right, up, down = extents(self.nodes[identity], self.sizes[identity])
            low, high = (left, right) if self.direction == "LR" else (up, down)
            half = max((hung.along / 2 for hung in self.hung.get(identity, {}).values()), default=0.0)
            if identity in self.loops and self.direction == "LR":
                half = max(half, self._label_width(self.loops[identity]) / 2 + 4)
            before[box.rank] = max(before[box.rank], low, half)
            behind[box.rank] = max(behind[box.rank], high, half)
        at = 0.0
        middles: dict[int, float] = {}
        for rank in range(max(before, default=-1) + 1):
            gap = paths.gap(rank - 1)
            gap.begins = at
            at += gap.size if rank or gap.turns else 0.0
            at += before[rank]
            middles[rank] = at
            at += behind[rank]
        paths.gap(max(before)).begins = at
        for box in self.boxes.values():
            box.along = middles[box.rank]
        for step, sides in self.hung.items():
            for side, hung in sides.items():
                self._place_hung(self.boxes[step], side, hung)

    def _place_hung(self, step: Box, side: int, hung: _Hung) -> None:
        along = step.along - hung.along / 2
        for identity in hung.nodes:
            length, across = self._turned(self.sizes[identity])
            taken = length
            if self.direction == "LR":
                widths = [self._label_width(edge) for edge in self.graph["edges"] if edge["target"] == identity]
                taken = max(length, *widths)
            at = step.across + side * (step.half_across + hung.label + across / 2)
            self.boxes[identity] = Box(step.rank, at, length / 2, across / 2, at, at, along + taken / 2)
            along += taken + _BETWEEN

    # --- edges ---

    def _edge(self, edge: dict[str, Any], points: list[Point], label_at: Point | None) -> dict[str, Any]:
        found = {**edge, "points": [self._xy(point) for point in points], "back": False}
        if label_at is not None:
            found["label"] = one_line(edge["label"])
            found["label_at"] = self._xy(label_at)
            found["label_width"] = round(self._label_width(edge), 1)
        return found

    def _xy(self, point: Point) -> list[float]:
        along, across = point
        return [along, across] if self.direction == "LR" else [across, along]

    def _aside_edge(self, edge: dict[str, Any]) -> dict[str, Any]:
        """From the side of a step to what hangs there; its label stands on the line, close to the end."""
        step, target = self.boxes[edge["source"]], self.boxes[edge["target"]]
        side = 1 if target.across > step.across else -1
        start = (step.along, step.across + side * step.half_across)
        end = (target.along, target.across - side * (target.half_across + 3))
        width = self._label_width(edge)
        size = _LABEL_HEIGHT if self.direction == "LR" else width
        if abs(start[0] - end[0]) < 1:
            points = [start, *(_between(start, end, part) for part in (1 / 3, 2 / 3)), end]
            middle = (start[1] + end[1]) / 2
        else:
            bent = (end[0], end[1] - side * (size + 12))
            reach = (bent[1] - start[1]) * 0.55
            points = [start, (start[0], start[1] + reach), (bent[0], bent[1] - reach), bent]
            points += [*(_between(bent, end, part) for part in (1 / 3, 2 / 3)), end]
            middle = end[1] - side * (size / 2 + 10)
        return self._edge(edge, points, (end[0], middle) if width else None)

    def _loop(self, edge: dict[str, Any]) -> dict[str, Any]:
        """From a node round to itself."""
        box = self.boxes[edge["source"]]
        side = -1 if 1 in self.hung.get(edge["source"], {}) else 1
        edge_at = box.across + side * box.half_across
        out, third = edge_at + side * _LOOP, box.half_along * 0.5
        points = [
            (box.along + third, edge_at),
            (box.along + third, out),
            (box.along - third, out),
            (box.along - third, edge_at + side * 3),
        ]
        width = self._label_width(edge)
        room = _LABEL_HEIGHT if self.direction == "LR" else width
        return {
            **self._edge(edge, points, (box.along, edge_at + side * (_LOOP * 0.75 + 5 + room / 2)) if width else None),
            "back": True,
        }

    # --- the whole ---

    def _whole(self, edges: list[dict[str, Any]]) -> Drawing:
        nodes = []
        bounds = _Bounds()
        for identity, node in self.nodes.items():
            box = self.boxes[identity]
            x, y = self._xy((box.along, box.across))
            width, height = self.sizes[identity]
            left, right, up, down = extents(node, (width, height))
            bounds.add(x - left, y - up, x + right, y + down)
            kept = {key: value for key, value in node.items() if key != "graph"}
            nodes.append({**kept, "x": x, "y": y, "width": width, "height": height})
        for edge in edges:
            for x, y in edge["points"]:
                bounds.add(x, y, x, y)
            if "label_at" in edge:
                (x, y), half = edge["label_at"], edge["label_width"] / 2
                bounds.add(x - half, y - _LABEL_HEIGHT / 2, x + half, y + _LABEL_HEIGHT / 2)
        left, top = bounds.left - 4, bounds.top - 4
        for node in nodes:
            node["x"], node["y"] = round(node["x"] - left, 1), round(node["y"] - top, 1)
        for edge in edges:
            edge["points"] = [[round(x - left, 1), round(y - top, 1)] for x, y in edge["points"]]
            if "label_at" in edge:
                edge["label_at"] = [round(edge["label_at"][0] - left, 1), round(edge["label_at"][1] - top, 1)]
        drawing = {
            "direction": self.direction,
            "width": round(bounds.right - left + 4, 1),
            "height": round(bounds.bottom - top + 4, 1),
            "nodes": nodes,
            "edges": edges,
        }
        for node in nodes:
            if node["id"] in self.inner:
                _put_inside(drawing, node, self.inner[node["id"]])
        return drawing


@dataclass
class _Bounds:
    left: float = float("inf")
    top: float = float("inf")
    right: float = float("-inf")
    bottom: float = float("-inf")

    def add(self, left: float, top: float, right: float, bottom: float) -> None:
        self.left, self.top = min(self.left, left), min(self.top, top)
        self.right, self.bottom = max(self.right, right), max(self.bottom, bottom)


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _put_inside(drawing: Drawing, frame: dict[str, Any], inner: Drawing) -> None:
    """Add the drawing of an opened workflow, moved to where its frame stands."""
    left = frame["x"] - inner["width"] / 2
    top = frame["y"] - frame["height"] / 2 + _FRAME_HEAD

    def moved(point: list[float]) -> list[float]:
        return [round(point[0] + left, 1), round(point[1] + top, 1)]

    def named(identity: str) -> str:
        return f"{frame['id']}>{identity}"

    for node in inner["nodes"]:
        x, y = moved([node["x"], node["y"]])
        inside = named(node["inside"]) if "inside" in node else frame["id"]
        of = node.get("of", node["id"])
        drawing["nodes"].append({**node, "id": named(node["id"]), "x": x, "y": y, "inside": inside, "of": of})
    for edge in inner["edges"]:
        placed = {**edge, "source": named(edge["source"]), "target": named(edge["target"])}
        placed["points"] = [moved(point) for point in edge["points"]]
        if "label_at" in edge:
            placed["label_at"] = moved(edge["label_at"])
        drawing["edges"].append(placed)
