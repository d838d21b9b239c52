"""A graph as data for vis-network, gathered in a `pyvis.network.Network`; never as pyvis's own HTML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from inspectors.graph.dot import back_edges
from inspectors.graph.layout import Layout, lay_out
from inspectors.graph.observed import edge_key
from inspectors.graph.words import one_line, second_line, shown_name

if TYPE_CHECKING:
    from pyvis.network import Network

OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {"hover": True, "dragNodes": True, "tooltipDelay": 300},
    "nodes": {"shape": "box", "font": {"multi": False}},
    "edges": {"arrows": {"to": {"enabled": True, "scaleFactor": 0.6}}, "font": {"multi": False}},
}
"""`multi: False` matters: it makes vis-network write labels as they are, without reading HTML or Markdown."""


def network(graph: dict[str, Any], layout: Layout | None = None) -> Network:
    """A pyvis Network of Graph JSON with fixed positions, physics off and no titles."""
    from pyvis.network import Network  # Slow to import, and only who draws needs it.

    placed = layout or lay_out(graph)
    drawn = Network(directed=True, cdn_resources="local")
    drawn.set_options(json.dumps(OPTIONS))
    known = set()
    for node in graph["nodes"]:
        x, y = placed["positions"][node["id"]]
        width, height = placed["sizes"][node["id"]]
        known.add(node["id"])
        drawn.add_node(
            node["id"],
            label=shown_name(node),
            shape="box",
            kind=node["kind"],
            role=node.get("role"),
            second=second_line(node),
            streamed_only=bool(node.get("streamed_only")),
            x=x,
            y=y,
            width=width,
            height=height,
            physics=False,
        )
    back = back_edges(graph)
    for edge in graph["edges"]:
        if edge["source"] in known and edge["target"] in known:
            drawn.add_edge(
                edge["source"],
                edge["target"],
                id=edge_key(edge["source"], edge["target"], edge["kind"]),
                kind=edge["kind"],
                label=one_line(edge.get("label") or ""),
                origins=list(edge.get("origins", [])),
                many=bool(edge.get("many")),
                dashes="declared" not in edge.get("origins", []),
                back=(edge["source"], edge["target"]) in back,
            )
    return drawn


def network_data(graph: dict[str, Any], layout: Layout | None = None) -> dict[str, Any]:
    """What our page hands to vis-network: `{"nodes", "edges", "options", "width", "height"}`, plain data."""
    placed = layout or lay_out(graph)
    drawn = network(graph, placed)
    return {
        "nodes": drawn.nodes,
        "edges": drawn.edges,
        "options": OPTIONS,
        "width": placed["width"],
        "height": placed["height"],
    }
