"""Where the nodes of a graph go, laid out by the Graphviz library in pygraphviz: no `dot` program needed."""

from __future__ import annotations

import threading
from typing import Any, TypedDict

from inspectors.graph.dot import dot_names, dot_source
from inspectors.graph.words import second_line, shown_name

_STEP_LETTER, _EVENT_LETTER, _SECOND_LETTER = 7.6, 6.8, 6.3
"""Pixels of an average letter at 14/600, 12.5/500 and 12 in Source Sans."""
_SECOND_LINE = "had 11 of 12 · 00.00 s"
"""The widest usual second line: a node must not grow while a run goes on."""

_graphviz = threading.Lock()
"""The Graphviz library keeps global state: one layout at a time."""


class Layout(TypedDict):
    """Pixels, origin at the top left; positions are the middles of nodes."""

    direction: str
    width: float
    height: float
    positions: dict[str, list[float]]
    sizes: dict[str, list[float]]


def node_size(node: dict[str, Any]) -> tuple[float, float]:
    """Width and height of a node in px, from what is written in it."""
    name = shown_name(node)
    kind, role = node.get("kind"), node.get("role")
    if role in ("start", "stop"):
        return max(66.0, len(name) * _STEP_LETTER + 44), 28.0
    if kind == "event":
        return max(60.0, len(name) * _EVENT_LETTER + 28), 26.0
    if kind == "external":
        return 112.0, 44.0
    if kind == "resource":
        return max(72.0, len(name) * _EVENT_LETTER + 28), 32.0
    second = max(len(second_line(node)), len(_SECOND_LINE) if kind == "step" else 0)
    return max(112.0, len(name) * _STEP_LETTER + 28, second * _SECOND_LETTER + 20), 48.0


def lay_out(graph: dict[str, Any], direction: str = "TB") -> Layout:
    """Positions of all nodes of Graph JSON: the same graph always gets the same ones. TB or LR.

    Raises ValueError for another direction.
    """
    if direction not in ("TB", "LR"):
        raise ValueError(f"direction must be TB or LR, not {direction!r}")
    sizes = {node["id"]: node_size(node) for node in graph["nodes"]}
    if not sizes:
        return Layout(direction=direction, width=0, height=0, positions={}, sizes={})
    placed = _positions(graph, direction, sizes)
    left = min(x - sizes[identity][0] / 2 for identity, (x, _) in placed.items())
    top = min(y - sizes[identity][1] / 2 for identity, (_, y) in placed.items())
    positions = {identity: [round(x - left, 1), round(y - top, 1)] for identity, (x, y) in placed.items()}
    return Layout(
        direction=direction,
        width=max(x + sizes[identity][0] / 2 for identity, (x, _) in positions.items()),
        height=max(y + sizes[identity][1] / 2 for identity, (_, y) in positions.items()),
        positions=positions,
        sizes={identity: [round(width, 1), height] for identity, (width, height) in sizes.items()},
    )


def _positions(
    graph: dict[str, Any], direction: str, sizes: dict[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    import pygraphviz  # Imported here: only who lays out a graph needs the library, which is large.

    source = dot_source(graph, direction, sizes)
    with _graphviz:
        drawing = pygraphviz.AGraph(string=source)
        try:
            drawing.layout(prog="dot")
            found = {}
            for identity, name in dot_names(graph).items():
                x, y = drawing.get_node(name).attr["pos"].split(",")[:2]
                found[identity] = (float(x), -float(y))
            return found
        finally:
            drawing.close()
