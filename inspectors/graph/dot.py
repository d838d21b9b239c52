"""A graph as DOT, for Graphviz and what reads its language.

Nodes are called n0, n1, … in the order of the graph, since DOT reads meaning into colons; labels carry the
names, always escaped, never as HTML-like labels.
"""

from __future__ import annotations

from typing import Any

import graphviz

from inspectors.graph.colours import LIGHT, shape_of
from inspectors.graph.words import LONGEST_NAME, one_line, shown_name

_SHAPES = {"person": "hexagon", "resource": "note", "child": "box3d"}
_PERSON = ("asks", "answers", "prompts", "waits")


def dot_names(graph: dict[str, Any]) -> dict[str, str]:
    """Node id -> its name in the DOT source."""
    return {node["id"]: f"n{position}" for position, node in enumerate(graph["nodes"])}


def dot_source(graph: dict[str, Any], direction: str = "TB") -> str:
    """DOT of Graph JSON, or of what a view shows of it (`view.seen`). `direction` is TB or LR."""
    digraph = graphviz.Digraph(
        name="workflow",
        graph_attr={"rankdir": direction, "nodesep": "0.45", "ranksep": "0.55", "tooltip": " "},
        node_attr={"fontname": "Helvetica", "fontsize": "14", "tooltip": " "},
        edge_attr={"fontname": "Helvetica", "fontsize": "12", "color": LIGHT["page"].line, "tooltip": " "},
    )
    _add(digraph, graph, "")
    return str(digraph.source)


def _add(digraph: graphviz.Digraph, graph: dict[str, Any], prefix: str) -> None:
    names = {identity: prefix + name for identity, name in dot_names(graph).items()}
    for node in graph["nodes"]:
        if node.get("open") and node.get("graph"):
            with digraph.subgraph(name=f"cluster_{names[node['id']]}") as inside:
                inside.attr(label=graphviz.escape(_label(node)), color=LIGHT["child"].line, fontname="Helvetica")
                _add_node(inside, node, names)
                _add(inside, node["graph"], f"{names[node['id']]}_")
        else:
            _add_node(digraph, node, names)
    for edge in graph["edges"]:
        if edge["source"] in names and edge["target"] in names:
            # As graphviz made it: in another type of string a label like "<b>" would be read as HTML.
            attributes = {"label": graphviz.escape(one_line(edge.get("label") or ""))}
            if "declared" not in edge.get("origins", []):
                attributes["style"] = "dashed"
            if edge.get("kind") in _PERSON:
                attributes["color"] = LIGHT["person"].line
            if edge.get("refused"):
                attributes["color"] = LIGHT["refused"].line
            digraph.edge(names[edge["source"]], names[edge["target"]], **attributes)


def _label(node: dict[str, Any]) -> str:
    name = one_line(node["label"], LONGEST_NAME + 20) if node.get("label") else shown_name(node)
    return f"{name} ({one_line(node['second'])})" if node.get("members") else name


def _add_node(digraph: graphviz.Digraph, node: dict[str, Any], names: dict[str, str]) -> None:
    shape = shape_of(node)
    paint = LIGHT["end"] if shape in ("start", "stop") else LIGHT[shape]
    attributes = {
        "shape": _SHAPES.get(shape, "box"),
        "style": "filled" if shape in _SHAPES else "rounded,filled",
        "color": paint.line,
        "fillcolor": paint.tint,
        "fontcolor": paint.text,
    }
    if node.get("streamed_only"):
        attributes["style"] += ",dotted"
    if shape == "stop":
        attributes["peripheries"] = "2"
    digraph.node(names[node["id"]], graphviz.escape(_label(node)), **attributes)
