"""How a graph is looked at: what is shown of it, what is folded, in which direction; and the drawing of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspectors.graph.layout import Drawing, lay_out
from inspectors.graph.model import ordered_origins
from inspectors.graph.stacks import stacked
from inspectors.graph.tags import tags_of
from inspectors.graph.taken import with_counts, with_share
from inspectors.graph.words import LONGEST_NAME, one_line, second_line, shown_name

_ALWAYS = ("id", "kind", "name")
_KEPT = ("id", "kind", "role", "name", "streamed_only", "members", "stack", "file", "line", "observed", "second")
"""What a drawing keeps of a node; sources and fields stay where the graph is."""


@dataclass(frozen=True)
class View:
    """What somebody wants to see."""

    direction: str = "TB"
    """TB or LR."""
    steps_only: bool = False
    """Without the events between steps: their names stand on the edges."""
    streams: bool = True
    """Whether events that are only written to the stream are shown."""
    resources: bool = True
    opened: frozenset[str] = frozenset()
    """Ids of child workflows and stacks of steps that are opened in place."""
    roomy: bool = False
    """Whether steps keep room for what a run will write in them."""


def draw(graph: dict[str, Any], view: View | None = None) -> Drawing:
    """The drawing of Graph JSON in a view: see `lay_out`. Raises ValueError for an unknown direction."""
    wanted = view or View()
    return lay_out(seen(graph, wanted), wanted.direction, roomy=wanted.roomy)


def with_children(
    graph: dict[str, Any], graphs: Mapping[str, dict[str, Any]], within: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Graph JSON whose child workflows have their own "graph", where `graphs` (by dotted name) knows it.

    Theirs have, too, but for a workflow that starts itself.
    """
    nodes = []
    for node in graph["nodes"]:
        name = str(node["id"]).partition(":")[2]
        child = graphs.get(name) if node["kind"] == "workflow" and name not in within else None
        if child and not node.get("graph"):
            node = {**node, "graph": with_children(child, graphs, (*within, name))}
        nodes.append(node)
    return {**graph, "nodes": nodes}


def seen(graph: dict[str, Any], view: View, within: tuple[str, ...] = ()) -> dict[str, Any]:
    """The nodes and edges that a view shows, each with what is written on it; at most one edge between two nodes."""
    shown = _without(graph, view)
    shown = stacked(shown, view.opened)
    if view.steps_only:
        shown = steps_only(shown)
    history = graph.get("history") or {}
    names = Counter((node["kind"], node.get("name")) for node in shown["nodes"])
    if history.get("runs"):
        shown = {**shown, "nodes": [with_counts(node, history) for node in shown["nodes"]]}
    nodes = [_node(node, view, names[node["kind"], node.get("name")] > 1, within) for node in shown["nodes"]]
    edges = _united(shown["edges"])
    return {"nodes": nodes, "edges": [with_share(edge, history) for edge in edges] if history.get("runs") else edges}


def steps_only(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph without the events between steps: their names stand on the edges."""
    ends = {node["id"] for node in graph["nodes"] if node["kind"] != "event" or node.get("role") in ("start", "stop")}
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    edges = [edge for edge in graph["edges"] if edge["source"] in ends and edge["target"] in ends]
    onward: dict[str, list[dict[str, Any]]] = {}
    for edge in graph["edges"]:
        if edge["target"] in ends and edge["source"] not in ends:
            onward.setdefault(edge["source"], []).append(edge)
    for first in graph["edges"]:
        if first["source"] in ends and first["target"] not in ends:
            edges += [_through(first, second, names[first["target"]]) for second in onward.get(first["target"], [])]
    return {**graph, "nodes": [node for node in graph["nodes"] if node["id"] in ends], "edges": edges}


def _through(first: dict[str, Any], second: dict[str, Any], name: str) -> dict[str, Any]:
    person = next((edge["kind"] for edge in (first, second) if edge["kind"] in ("asks", "answers")), "returns")
    # "1 → n" and "n → 1, waits for 3" are about the event: they stay with its name.
    counts = [str(edge["label"]) for edge in (first, second) if "→" in str(edge.get("label") or "")]
    both = set(first["origins"]) & set(second["origins"])
    return {
        "source": first["source"],
        "target": second["target"],
        "kind": person,
        "origins": sorted(both or set(first["origins"]) | set(second["origins"])),
        "label": " · ".join([name, *counts]),
        "many": bool(first.get("many") or second.get("many")),
        "refused": bool(first.get("refused") or second.get("refused")),
        # An edge was taken as often as its less taken half.
        "parts": [f"{edge['source']}|{edge['target']}|{edge['kind']}" for edge in (first, second)],
        "through": first["target"],
    }


def _without(graph: dict[str, Any], view: View) -> dict[str, Any]:
    gone = {
        node["id"]
        for node in graph["nodes"]
        if (not view.streams and node.get("streamed_only")) or (not view.resources and node["kind"] == "resource")
    }
    edges = [edge for edge in graph["edges"] if edge["source"] not in gone and edge["target"] not in gone]
    return {**graph, "nodes": [node for node in graph["nodes"] if node["id"] not in gone], "edges": edges}


def _node(node: dict[str, Any], view: View, doubled: bool, within: tuple[str, ...]) -> dict[str, Any]:
    found = {key: node[key] for key in _KEPT if key in _ALWAYS or node.get(key) not in (None, "", False, [])}
    found["label"] = _label(node, doubled)
    found["tags"] = [tag.split(",")[0] for tag in tags_of(node)]
    second = node.get("second") or second_line(node)
    if second:
        found["second"] = second
    child = node.get("graph")
    if child and node["id"] not in within:
        found["opens"] = True
        if node["id"] in view.opened:
            found["open"] = True
            found["graph"] = seen(child, view, (*within, node["id"]))
    elif node.get("members"):
        found["opens"] = True
    return found


def _label(node: dict[str, Any], doubled: bool) -> str:
    """The name; with its module where another node of its kind has the same."""
    if node["kind"] == "external":
        return "A person"
    name = shown_name(node)
    module = str(node["id"]).partition(":")[2].rpartition(".")[0]
    return one_line(f"{name} ({module})", LONGEST_NAME + 20) if doubled and module and not node.get("members") else name


def _united(edges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One edge for all that lead from one node to another."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for edge in edges:
        found.setdefault((edge["source"], edge["target"]), []).append(edge)
    return [_one(group) for group in found.values()]


def _one(group: list[dict[str, Any]]) -> dict[str, Any]:
    first = group[0]
    labels = list(dict.fromkeys(str(edge["label"]) for edge in group if edge.get("label")))
    if any(edge.get("refused") for edge in group):
        labels.append("not declared")
    label = ", ".join(labels)
    if len(labels) > 2 and len(label) > LONGEST_NAME:
        label = f"{labels[0]} and {len(labels) - 1} more"
    edge: dict[str, Any] = {
        "source": first["source"],
        "target": first["target"],
        "kind": first["kind"],
        "kinds": list(dict.fromkeys(one["kind"] for one in group)),
        "origins": ordered_origins(origin for one in group for origin in one.get("origins", [])),
        "parts": [part for one in group for part in one.get("parts") or [_key(one)]],
        "label": label,
    }
    if any(one.get("many") for one in group):
        edge["many"] = True
    if any(one.get("refused") for one in group):
        edge["refused"] = True
    lines = [one["line"] for one in group if one.get("line")]
    return {**edge, "line": min(lines)} if lines else edge


def _key(edge: dict[str, Any]) -> str:
    return f"{edge['source']}|{edge['target']}|{edge['kind']}"
