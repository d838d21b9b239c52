"""A graph as a `pyvis.network.Network`: for notebooks, and for whoever goes on from the engine's own pyvis helper.

Stepscope's pages don't use it: pyvis's own HTML asks other hosts for its scripts and executes titles.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from inspectors.graph.colours import LIGHT, Palette, shape_of
from inspectors.graph.view import View, draw

if TYPE_CHECKING:
    from pyvis.network import Network

OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "nodes": {"shape": "box", "font": {"multi": False}},
    "edges": {"arrows": {"to": {"enabled": True, "scaleFactor": 0.6}}, "font": {"multi": False}},
}
"""`multi: False` matters: it makes vis-network write labels as they are, without reading HTML or Markdown."""

_PAINTS = {"start": "end", "stop": "end"}


def network(graph: dict[str, Any], view: View | None = None, colours: Palette = LIGHT) -> Network:
    """Graph JSON as Stepscope draws it: its places in px, its colours, physics off, no titles.

    Nodes and edges of `.nodes` and `.edges` keep "kind", edges their "origins" too; inferred edges are dashed.
    """
    from pyvis.network import Network  # Slow to import, and only who asks for it needs it.

    drawing = draw(graph, view)
    made = Network(directed=True, cdn_resources="in_line")
    made.set_options(json.dumps(OPTIONS))
    for node in drawing["nodes"]:
        shape = shape_of(node)
        paint = colours[_PAINTS.get(shape, shape)]
        made.add_node(
            node["id"],
            label=node["label"],
            shape="box",
            kind=node["kind"],
            x=node["x"],
            y=node["y"],
            physics=False,
            color={"background": paint.tint, "border": paint.line},
            font={"color": paint.text},
        )
    for edge in drawing["edges"]:
        made.add_edge(
            edge["source"],
            edge["target"],
            label=edge["label"],
            kind=edge["kind"],
            origins=edge["origins"],
            dashes="declared" not in edge["origins"],
        )
    return made
