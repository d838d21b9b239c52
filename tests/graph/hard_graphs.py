"""Ten graphs that are hard to draw, and checks by geometry of what must never lie on what."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

Box = tuple[float, float, float, float]
"""left, top, right, bottom"""


def graph(*edges: tuple[str, str, str] | tuple[str, str, str, str], **nodes: dict[str, Any]) -> dict[str, Any]:
    """Graph JSON from (source, target, kind, label); an upper-case name is an event, `person` a person."""
    found: dict[str, dict[str, Any]] = {}

    def add(name: str, kind: str) -> None:
        if name in found:
            return
        aside = {"uses": "resource", "starts": "workflow", "calls": "tool"}.get(kind, "step")
        what = "external" if name == "person" else "event" if name[0].isupper() else aside
        role = {"Start": "start", "Stop": "stop"}.get(name)
        dotted = f"workflows.events.{name}Event" if role else f"flows.{name}"
        title = f"{name}Event" if role else name
        found[name] = {"id": f"{what}:{dotted}", "kind": what, "name": title, "role": role, **nodes.get(name, {})}

    for source, target, kind, *_ in edges:
        add(source, "")
        add(target, kind)
    return {
        "name": "Hard",
        "module": "flows",
        "file": None,
        "line": 1,
        "doc": "",
        "nodes": list(found.values()),
        "edges": [
            {
                "source": found[edge[0]]["id"],
                "target": found[edge[1]]["id"],
                "kind": edge[2],
                "origins": ["declared"],
                "line": None,
                "label": edge[3] if len(edge) > 3 else "",
                "many": False,
            }
            for edge in edges
        ],
    }


def step(name: str, takes: str, *gives: str, label: str = "") -> list[tuple[str, str, str, str]]:
    """The edges of a step that takes events ("A B") and gives some."""
    return [(event, name, "consumes", "") for event in takes.split()] + [
        (name, event, "returns", label) for event in gives
    ]


def chain(steps: int, loops: bool = True) -> dict[str, Any]:
    """A row of steps as people have them: some loop back, some skip ahead, some stream or use something."""
    edges: list[Any] = []
    for number in range(steps):
        event = "Start" if not number else f"E{number}"
        following = "Stop" if number == steps - 1 else f"E{number + 1}"
        edges += step(f"step_{number}", event, following, label="1 → n" if number % 7 == 3 else "")
        if loops and number % 5 == 4:
            edges.append((f"step_{number}", f"E{number - 3}" if number > 3 else "E1", "returns", "again"))
        if loops and number % 9 == 0 and number + 3 < steps:
            edges.append((f"step_{number}", f"E{number + 3}", "sends", ""))
        if number % 11 == 2:
            edges.append((f"step_{number}", f"Progress{number}", "streams", "streams"))
        if number % 13 == 5:
            edges.append((f"step_{number}", f"resource_{number}", "uses", "uses"))
    return graph(*edges)


def _long_names() -> dict[str, Any]:
    long = "a_step_whose_name_is_forty_characters_ab"
    other = "A_step_that_is_called_much_longer_than_anybody_would_ever_read_in_a_picture"
    return graph(
        *step(
            long, "Start", "AnEventWithQuiteALongNameOfItsOwnFortyOne", label="1 → n, up to 12 of whatever comes there"
        ),
        *step(other.lower(), "AnEventWithQuiteALongNameOfItsOwnFortyOne", "Stop", "Other", label="n → 1, waits for 12"),
        *step("short", "Other", "Stop", label="a label that is far too long to be shown as a whole beside an edge"),
    )


def _everything_to_everything() -> dict[str, Any]:
    names = ["alpha", "beta", "gamma", "delta", "epsilon"]
    edges = [edge for name in names for edge in step(name, "Start A B C", "A", "B", "C", "Stop", label="1 → n")]
    return graph(*edges)


def _wide() -> dict[str, Any]:
    kinds = ["read", "load", "fetch", "ask", "guess", "look", "weigh", "count", "taste", "hear"]
    edges = [edge for name in kinds for edge in step(f"{name}_it", "Start", f"{name.title()}Done", label="1 → n")]
    edges += step("join_all", " ".join(f"{name.title()}Done" for name in kinds), "Stop", label="n → 1, waits for 10")
    return graph(*edges)


def _loops_in_loops() -> dict[str, Any]:
    edges: list[Any] = []
    for number in range(6):
        edges += step(f"s{number}", "Start" if not number else f"E{number}", f"E{number + 1}")
        edges += [(f"s{number}", f"E{back}", "returns", f"round {back}") for back in range(1, number + 1)]
    return graph(*edges, *step("last", "E6", "Stop"))


def _people() -> dict[str, Any]:
    edges: list[Any] = []
    for number in range(4):
        edges += step(f"ask_{'abcd'[number]}", "Start" if not number else f"Next{number}", f"Next{number + 1}")
        edges += [
            (f"ask_{'abcd'[number]}", f"Prompt{number}", "prompts", "asks"),
            (f"Prompt{number}", "person", "asks", ""),
        ]
        edges += [
            ("person", f"Answer{number}", "answers", ""),
            (f"Answer{number}", f"ask_{'abcd'[number]}", "waits", "waits"),
        ]
    return graph(*edges, *step("last", "Next4", "Stop"))


def _much_aside() -> dict[str, Any]:
    edges = step("agent", "Start", "Call") + step("act", "Call", "Stop", "Back") + step("agent", "Back")
    edges += [("agent", f"tool_number_{number}", "calls", "calls") for number in range(7)]
    edges += [("act", f"Progress{number}", "streams", "streams") for number in range(5)]
    edges += [("act", "TheResource_of_act".lower(), "uses", "uses"), ("act", "child_workflow", "starts", "starts")]
    return graph(*edges)


def _failing() -> dict[str, Any]:
    edges: list[Any] = []
    for number in range(5):
        edges += step(f"s{number}", "Start" if not number else f"E{number}", f"E{number + 1}")
        edges.append((f"s{number}", "rescue", "fails", "on failure"))
    return graph(*edges, *step("rescue", "StepFailed", "Stop"), *step("last", "E5", "Stop"))


def _itself() -> dict[str, Any]:
    return graph(
        *step("again", "Start Again", "Again", "Done", label="again"),
        ("again", "again", "returns", "Again and again"),
        ("again", "a_resource", "uses", "uses"),
        *step("end", "Done", "Stop"),
        ("end", "end", "returns", "Loop"),
    )


def _in_pieces() -> dict[str, Any]:
    return graph(
        *step("one", "Start", "Stop"), *step("lost", "Nothing", "Nowhere"), *step("lonely", "", "Thing", label="x")
    )


HARD: dict[str, Callable[[], dict[str, Any]]] = {
    "long names": _long_names,
    "everything to everything": _everything_to_everything,
    "wide": _wide,
    "loops in loops": _loops_in_loops,
    "people": _people,
    "much aside": _much_aside,
    "failing": _failing,
    "itself": _itself,
    "in pieces": _in_pieces,
    "forty steps": lambda: chain(40),
}


def node_box(node: dict[str, Any]) -> Box:
    """Where a node is drawn, with the tags under it."""
    x, y, half, high = node["x"], node["y"], node["width"] / 2, node["height"] / 2
    return x - half, y - high, x + half, y + high + (9 if node.get("tags") else 0)


def label_box(edge: dict[str, Any]) -> Box:
    """Where the label of an edge is written."""
    (x, y), half = edge["label_at"], edge["label_width"] / 2
    return x - half, y - 9, x + half, y + 9


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes have room in common; half a pixel is rounding."""
    return min(one[2], other[2]) - max(one[0], other[0]) > 0.5 and min(one[3], other[3]) - max(one[1], other[1]) > 0.5


def overlaps(drawing: dict[str, Any]) -> list[str]:
    """Each pair of nodes or labels that lie on each other, in words. What is inside of a frame may lie on its frame."""
    frames = {node["id"] for node in drawing["nodes"] if node.get("open")}
    boxes = [(f"node {node['name']}", node_box(node)) for node in drawing["nodes"] if node["id"] not in frames]
    boxes += [(f"label {edge['label']}", label_box(edge)) for edge in drawing["edges"] if "label_at" in edge]
    boxes.sort(key=lambda named: named[1][1])
    found = []
    for index, (name, box) in enumerate(boxes):
        for other_name, other in boxes[index + 1 :]:
            if other[1] > box[3]:
                break
            if meet(box, other):
                found.append(f"{name} and {other_name}")
    return found


def crossed_nodes(drawing: dict[str, Any]) -> list[str]:
    """Each edge that runs over a node which isn't one of its ends, in words."""
    found = []
    boxes = [(node, node_box(node)) for node in drawing["nodes"] if not node.get("open")]
    for edge in drawing["edges"]:
        xs, ys = zip(*edge["points"], strict=True)
        around = (min(xs), min(ys), max(xs) + 1, max(ys) + 1)
        ends = (edge["source"], edge["target"])
        near = [(node, box) for node, box in boxes if node["id"] not in ends and meet(box, around)]
        points = sampled(edge["points"]) if near else []
        for node, (left, top, right, bottom) in near:
            if any(left + 1 < x < right - 1 and top + 1 < y < bottom - 1 for x, y in points):
                found.append(f"{edge['source']} → {edge['target']} over {node['name']}")
    return found


def sampled(points: list[list[float]], steps: int = 12) -> list[tuple[float, float]]:
    """Places along cubic curves, at most some pixels from each other."""
    found = []
    for start in range(0, len(points) - 1, 3):
        a, b, c, d = points[start : start + 4]
        length = sum(abs(one[0] - two[0]) + abs(one[1] - two[1]) for one, two in pairwise((a, b, c, d)))
        count = max(steps, int(length / 6))
        for part in range(count + 1):
            t = part / count
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            found.append(
                (
                    sum(weight * point[0] for weight, point in zip(weights, (a, b, c, d), strict=True)),
                    sum(weight * point[1] for weight, point in zip(weights, (a, b, c, d), strict=True)),
                )
            )
    return found
