"""A drawing as PNG, painted by the Graphviz library in pygraphviz at the places that the drawing has: no browser."""

from __future__ import annotations

import threading
from typing import Any

import graphviz

from inspectors.graph.colours import PALETTES, Paint, Palette, shape_of
from inspectors.graph.layout import Drawing
from inspectors.graph.sizes import EVENT, NAME, SECOND
from inspectors.graph.svg import NEVER, line_look
from inspectors.graph.words import one_line

_DOTS = 144.0
"""Dots per inch, twice those of a screen; less for what would be too large."""
_MOST_PIXELS, _LONGEST = 40_000_000, 30_000
_graphviz = threading.Lock()
"""The Graphviz library keeps global state: one picture at a time."""
_SHAPES = {"person": "hexagon", "resource": "note", "child": "box3d"}


class NotDrawn(Exception):
    """The picture is too large; the message is a sentence."""


def png_image(drawing: Drawing, *, theme: str = "light") -> bytes:
    """PNG of a drawing; `theme` is light or dark. Raises NotDrawn for one that is too large to be read as a picture."""
    import pygraphviz  # Imported here: only who asks for a PNG needs the library, which is large.

    dots = _dots(drawing)
    with _graphviz:
        picture = pygraphviz.AGraph(string=_source(drawing, PALETTES[theme], dots))
        try:
            picture.has_layout = True
            return bytes(picture.draw(format="png", prog="nop2"))
        finally:
            picture.close()


def _dots(drawing: Drawing) -> float:
    width, height = max(1.0, drawing["width"]), max(1.0, drawing["height"])
    scale = min(_DOTS / 72, (_MOST_PIXELS / (width * height)) ** 0.5, _LONGEST / max(width, height))
    if scale < 0.5:
        raise NotDrawn("This graph is too large for a PNG that could be read. Export it as SVG or HTML.")
    return float(scale * 72)


def _source(drawing: Drawing, colours: Palette, dots: float) -> str:
    height = drawing["height"]
    dot = graphviz.Digraph(
        graph_attr={
            "dpi": f"{dots:.2f}",
            "bgcolor": colours["page"].tint,
            "pad": "0.2",
            "splines": "true",
            "outputorder": "edgesfirst",
        },
        node_attr={"fixedsize": "true", "fontname": "Helvetica", "penwidth": "1.4", "style": "filled"},
        edge_attr={"arrowsize": "0.6"},
    )
    names = {node["id"]: f"n{place}" for place, node in enumerate(drawing["nodes"])}
    for node in sorted(drawing["nodes"], key=lambda one: not one.get("open")):
        dot.node(names[node["id"]], **_node(node, colours, height))
        if node.get("tags"):
            dot.node(f"{names[node['id']]}t", **_tags(node, colours, height))
    for edge in drawing["edges"]:
        dot.edge(names[edge["source"]], names[edge["target"]], **_edge(edge, colours, height))
    for place, edge in enumerate(drawing["edges"]):
        if "label_at" in edge:
            dot.node(f"e{place}", **_edge_label(edge, colours, height))
    return str(dot.source)


def _node(node: dict[str, Any], colours: Palette, height: float) -> dict[str, str]:
    shape = shape_of(node)
    paint: Paint = colours["end"] if shape in ("start", "stop") else colours[shape]
    words = graphviz.escape(one_line(node["label"], 80))
    if node.get("second") and not node.get("open"):
        words = graphviz.escape(f"{one_line(node['label'], 80)}") + "\\n" + graphviz.escape(one_line(node["second"]))
    size = NAME if shape in ("step", "child") else EVENT
    if "\\n" in words and len(node["second"]) > len(node["label"]):
        size = SECOND  # all lines of a label have one size, and the second was measured with its own
    rounded = shape in ("step", "event", "start", "stop")
    found = {
        "label": words,
        "shape": _SHAPES.get(shape, "box") if not node.get("open") else "box",
        "style": ("rounded,filled" if rounded or node.get("open") else "filled")
        + (",dotted" if node.get("streamed_only") else ""),
        "pos": f"{node['x']},{height - node['y']}",
        "width": f"{node['width'] / 72:.4f}",
        "height": f"{node['height'] / 72:.4f}",
        "fillcolor": paint.tint,
        "color": paint.line,
        "fontcolor": paint.text,
        # Helvetica is wider than the letters that the node was measured with.
        "fontsize": f"{size - 1.5}",
        "labelloc": "t" if node.get("open") else "c",
    }
    return found | ({"peripheries": "2"} if shape == "stop" or node.get("members") else {})


def _tags(node: dict[str, Any], colours: Palette, height: float) -> dict[str, str]:
    return {
        "label": graphviz.escape(" · ".join(node["tags"])),
        "shape": "plaintext",
        "pos": f"{node['x']},{height - node['y'] - node['height'] / 2 - 1}",
        "fontsize": f"{SECOND - 2}",
        "fontcolor": colours["muted"].text,
        "fillcolor": colours["page"].tint,
        "fixedsize": "false",
        "width": "0.1",
        "height": "0.2",
        "margin": "0.03,0",
    }


def _edge(edge: dict[str, Any], colours: Palette, height: float) -> dict[str, str]:
    colour, width, dashes, _ = line_look(edge, colours)
    points = [(x, height - y) for x, y in edge["points"]]
    tip = points[-1]
    # Graphviz draws the arrow from the end of the curve to the tip.
    before = next(
        (one for one in reversed(points[:-1]) if abs(one[0] - tip[0]) + abs(one[1] - tip[1]) > 0.5), points[0]
    )
    away = ((before[0] - tip[0]) ** 2 + (before[1] - tip[1]) ** 2) ** 0.5 or 1.0
    points[-1] = (tip[0] + (before[0] - tip[0]) / away * 6, tip[1] + (before[1] - tip[1]) / away * 6)
    found = {
        "pos": f"e,{tip[0]:.1f},{tip[1]:.1f} " + " ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        "color": colour,
        "penwidth": str(width),
    }
    if dashes:
        found["style"] = "dotted" if dashes == NEVER else "dashed"
    return found


def _edge_label(edge: dict[str, Any], colours: Palette, height: float) -> dict[str, str]:
    """A node that holds the label: Graphviz draws all nodes over all lines, and a line would run through its words."""
    x, y = edge["label_at"]
    return {
        "label": graphviz.escape(edge["label"]),
        "shape": "box",
        "pos": f"{x},{height - y}",
        "width": f"{max(1.0, edge['label_width'] - 4) / 72:.4f}",
        "height": f"{15 / 72:.4f}",
        "fontsize": f"{SECOND - 1}",
        "fontcolor": line_look(edge, colours)[3],
        "fillcolor": colours["page"].tint,
        "color": colours["page"].tint,
        "penwidth": "0",
    }
