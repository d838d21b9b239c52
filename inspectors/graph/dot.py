"""The one DOT source of a graph: what is laid out, drawn and exported.

Nodes are called n0, n1, … in the order of the graph, since DOT reads meaning into colons; labels carry the
names, always escaped, never as HTML-like labels.
"""

from __future__ import annotations

from typing import Any

import graphviz

from inspectors.graph.model import from_json
from inspectors.graph.steps_only import loops_of, step_links
from inspectors.graph.words import one_line, shown_name

ASIDE = ("uses", "starts", "streams", "calls")
"""Kinds of edges whose target hangs off the side of its step."""

LETTER = 6.2
"""Pixels of an average letter of an edge label, 12/500."""

_SHAPES = {
    "step": {"shape": "box", "style": "rounded,filled", "color": "#5C6B85", "fillcolor": "#FFFFFF"},
    "event": {"shape": "box", "style": "rounded,filled", "color": "#4A868F", "fillcolor": "#E6F2F3"},
    "external": {"shape": "hexagon", "style": "filled", "color": "#B87800", "fillcolor": "#FFF1CC"},
    "resource": {"shape": "note", "style": "filled", "color": "#8C8060", "fillcolor": "#F3F0E6"},
    "workflow": {"shape": "box3d", "style": "filled", "color": "#8367AB", "fillcolor": "#F1ECF8"},
}
_END = {
    "shape": "box",
    "style": "rounded,filled",
    "color": "#2E3B52",
    "fillcolor": "#2E3B52",
    "fontcolor": "#FFFFFF",
}
_PERSON = ("asks", "answers", "prompts", "waits")


def dot_names(graph: dict[str, Any]) -> dict[str, str]:
    """Node id -> its name in the DOT source."""
    return {node["id"]: f"n{position}" for position, node in enumerate(graph["nodes"])}


def dot_source(
    graph: dict[str, Any], direction: str = "TB", sizes: dict[str, tuple[float, float]] | None = None
) -> str:
    """DOT of Graph JSON. `direction` is TB or LR.

    With `sizes` (id -> width, height in px) the source is one for layout only: boxes of these sizes and what
    decides where they stand. Without text no fonts are asked for, so that the same graph is laid out alike on
    every machine; and Graphviz 14 crashes on labelled edges within a rank, so there must be none.
    """
    names = dot_names(graph)
    digraph = graphviz.Digraph(
        name="workflow",
        graph_attr={
            "rankdir": direction,
            "nodesep": "0.45",
            "ranksep": _rank_separation(graph, direction),
            "tooltip": " ",
        },
        node_attr={"fontname": "Helvetica", "fontsize": "14", "tooltip": " "},
        edge_attr={"fontname": "Helvetica", "fontsize": "12", "color": "#868FA1", "tooltip": " "},
    )
    for node in graph["nodes"]:
        attributes = dict(_END if node.get("role") in ("start", "stop") else _SHAPES.get(node["kind"], {}))
        if sizes:
            width, height = sizes[node["id"]]
            attributes = {"width": f"{width / 72:.4f}", "height": f"{height / 72:.4f}", "fixedsize": "true"}
        digraph.node(names[node["id"]], "" if sizes else graphviz.escape(shown_name(node)), **attributes)
    if sizes:
        digraph.attr(splines="false")
        _add_order(digraph, graph, names)
    else:
        _add_edges(digraph, graph, names)
    return str(digraph.source)


def _add_edges(digraph: graphviz.Digraph, graph: dict[str, Any], names: dict[str, str]) -> None:
    for edge in graph["edges"]:
        if edge["source"] in names and edge["target"] in names:
            # As graphviz made it: in another type of string a label like "<b>" would be read as HTML.
            attributes = {"label": graphviz.escape(one_line(edge.get("label") or ""))}
            if "declared" not in edge.get("origins", []):
                attributes["style"] = "dashed"
            if edge.get("kind") in _PERSON:
                attributes["color"] = "#B87800"
            digraph.edge(names[edge["source"]], names[edge["target"]], **attributes)


def _add_order(digraph: graphviz.Digraph, graph: dict[str, Any], names: dict[str, str]) -> None:
    """The edges that put one node after another: each once, and not those that lead back or to a handler."""
    beside = _beside(graph)
    left_out = back_edges(graph)
    order: dict[tuple[str, str], None] = {}
    for edge in graph["edges"]:
        ends = edge["source"], edge["target"]
        known = ends[0] in names and ends[1] in names and ends[0] != ends[1]
        if known and ends not in left_out and edge.get("kind") != "fails" and (ends[1], ends[0]) not in order:
            order[ends] = None
    for source, target in order:
        if beside.get(target) != source:
            digraph.edge(names[source], names[target], weight="4")
    hung: dict[str, int] = {}
    for target, source in beside.items():
        hung[source] = hung.get(source, 0) + 1
        # Within a rank an edge points right: the first hangs on the right of its step, the next on its left.
        ends = (source, target) if hung[source] % 2 else (target, source)
        with digraph.subgraph() as side:
            side.attr(rank="same")
            side.edge(names[ends[0]], names[ends[1]])


def back_edges(graph: dict[str, Any]) -> set[tuple[str, str]]:
    """The edges (source, target) that close a loop, and those of a waiter's answer back into its step.

    A loop runs over an event. If other steps lead on with that event, the way back is the step's edge to it;
    if not, the event belongs behind its step and the way back is the edge out of the event.
    """
    read = from_json(graph)
    links = step_links(read)
    back = loops_of(links)
    onward = {(event, link.target) for link in links if link[:2] not in back for event in link.events}
    found = {(edge.source, edge.target) for edge in read.edges.values() if edge.kind == "waits"}
    for link in links:
        if link[:2] in back:
            found |= {
                (link.source, event) if (event, link.target) in onward else (event, link.target)
                for event in link.events
            }
    return found


def _beside(graph: dict[str, Any]) -> dict[str, str]:
    """What one step alone uses, starts or streams, and nothing takes -> that step; it hangs off its side."""
    incoming: dict[str, list[dict[str, Any]]] = {}
    outgoing = {edge["source"] for edge in graph["edges"]}
    known = {node["id"] for node in graph["nodes"]}
    for edge in graph["edges"]:
        incoming.setdefault(edge["target"], []).append(edge)
    found: dict[str, str] = {}
    for target, edges in incoming.items():
        users = {edge["source"] for edge in edges}
        only_aside = all(edge["kind"] in ASIDE for edge in edges) and target not in outgoing
        if only_aside and len(users) == 1 and {target, *users} <= known:
            found[target] = edges[0]["source"]
    return found


def _rank_separation(graph: dict[str, Any], direction: str) -> str:
    """Inches between ranks: left to right a label needs its length, top down its height."""
    longest = max((len(edge.get("label") or "") for edge in graph["edges"]), default=0)
    pixels = max(44, longest * LETTER + 26 if direction == "LR" and longest else 0)
    return f"{pixels / 72:.3f}"
