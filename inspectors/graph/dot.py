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

    With `sizes` (id -> width, height in px) the source is one for layout only: boxes of these sizes, no text.
    Fonts are then never asked for, so that the same graph is laid out alike on every machine.
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
        if sizes and node["id"] in sizes:
            width, height = sizes[node["id"]]
            attributes |= {"width": f"{width / 72:.4f}", "height": f"{height / 72:.4f}", "fixedsize": "true"}
        label = "" if sizes else graphviz.escape(shown_name(node))
        digraph.node(names[node["id"]], label, **attributes)
    back = back_edges(graph)
    for edge in graph["edges"]:
        if edge["source"] in names and edge["target"] in names:
            attributes = _edge_attributes(edge, (edge["source"], edge["target"]) in back)
            attributes["label"] = _label(edge.get("label") or "", spaced=bool(sizes))
            digraph.edge(names[edge["source"]], names[edge["target"]], **attributes)
    _hang_aside(digraph, graph, names)
    return str(digraph.source)


def back_edges(graph: dict[str, Any]) -> set[tuple[str, str]]:
    """The edges (source, target) that close a loop: into the event's taker, or of a waiter's answer."""
    read = from_json(graph)
    links = step_links(read)
    back = loops_of(links)
    found: set[tuple[str, str]] = set()
    for link in links:
        if link[:2] in back:
            # Out of the step the way goes back: the event lies on it, so its first half is turned round.
            found |= {(link.source, event) for event in link.events}
    found |= {(edge.source, edge.target) for edge in read.edges.values() if edge.kind == "waits"}
    onward = {(link.source, event) for link in links if link[:2] not in back for event in link.events}
    onward_taken = found & onward
    for source, event in onward_taken:
        # One event leads on as well as back: only what takes it earlier is turned round.
        found.discard((source, event))
        found |= {(event, link.target) for link in links if link[:2] in back and event in link.events}
    return found


def _edge_attributes(edge: dict[str, Any], is_back: bool) -> dict[str, str]:
    attributes = {}
    if "declared" not in edge.get("origins", []):
        attributes["style"] = "dashed"
    if edge.get("kind") in _PERSON:
        attributes["color"] = "#B87800"
    if is_back or edge.get("kind") == "fails":
        attributes["constraint"] = "false"
    elif edge.get("kind") not in ASIDE:
        attributes["weight"] = "4"
    return attributes


def _label(text: str, spaced: bool) -> str:
    """An edge label, or an empty table that takes its room."""
    if not spaced or not text:
        return graphviz.escape(one_line(text))  # type: ignore[no-any-return]
    size = f'FIXEDSIZE="TRUE" WIDTH="{len(text) * LETTER + 8:.0f}" HEIGHT="16"'
    return f'<<TABLE BORDER="0" {size}><TR><TD></TD></TR></TABLE>>'


def _hang_aside(digraph: graphviz.Digraph, graph: dict[str, Any], names: dict[str, str]) -> None:
    """Put what a step uses, starts or only streams on the step's own rank."""
    incoming: dict[str, list[dict[str, Any]]] = {}
    outgoing = {edge["source"] for edge in graph["edges"]}
    for edge in graph["edges"]:
        incoming.setdefault(edge["target"], []).append(edge)
    for target, edges in incoming.items():
        users = {edge["source"] for edge in edges}
        only_aside = all(edge["kind"] in ASIDE for edge in edges) and target not in outgoing
        if only_aside and len(users) == 1 and target in names and edges[0]["source"] in names:
            with digraph.subgraph() as side:
                side.attr(rank="same")
                side.node(names[edges[0]["source"]])
                side.node(names[target])


def _rank_separation(graph: dict[str, Any], direction: str) -> str:
    """Inches between ranks: left to right a label needs its length, top down its height."""
    longest = max((len(edge.get("label") or "") for edge in graph["edges"]), default=0)
    pixels = max(44, longest * LETTER + 26 if direction == "LR" and longest else 0)
    return f"{pixels / 72:.3f}"
