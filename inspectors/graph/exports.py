"""A graph to be taken along: HTML, SVG, PNG, Mermaid, DOT and JSON, for the page and for the command line."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from inspectors.graph.dot import dot_source
from inspectors.graph.mermaid import mermaid_source
from inspectors.graph.png import NotDrawn, png_image
from inspectors.graph.standalone import standalone_html
from inspectors.graph.svg import svg_source
from inspectors.graph.view import View, draw, seen

__all__ = ["FORMATS", "NotDrawn", "export", "plain_graph"]


class Format(NamedTuple):
    """What a format is called where it is stored or sent."""

    ending: str
    media_type: str


FORMATS = {
    "json": Format(".graph.json", "application/json"),
    "mermaid": Format(".mmd", "text/plain; charset=utf-8"),
    "dot": Format(".dot", "text/vnd.graphviz; charset=utf-8"),
    "svg": Format(".svg", "image/svg+xml"),
    "png": Format(".png", "image/png"),
    "html": Format(".html", "text/html; charset=utf-8"),
}


def export(graph: dict[str, Any], form: str, view: View | None = None, theme: str = "light") -> bytes:
    """The graph as a file of one of `FORMATS`, looked at as `view` says; JSON is always the whole graph.

    Raises NotDrawn, with a sentence, if the picture would be larger than can be drawn; KeyError for another format.
    """
    wanted = view or View()
    title = str(graph.get("name") or "Workflow")
    if form == "json":
        return _json({"workflows": [plain_graph(graph)]})
    if form == "mermaid":
        return mermaid_source(seen(graph, wanted), wanted.direction).encode("utf-8", "replace")
    if form == "dot":
        return dot_source(seen(graph, wanted), wanted.direction).encode("utf-8", "replace")
    if form == "html":
        return standalone_html(graph, wanted).encode("utf-8", "replace")
    drawing = draw(graph, wanted)
    if form == "svg":
        return svg_source(drawing, theme=theme, title=title).encode("utf-8", "replace")
    if form == "png":
        return png_image(drawing, theme=theme)
    raise KeyError(form)


def plain_graph(graph: dict[str, Any]) -> dict[str, Any]:
    """Graph JSON as it is exported: what docs/graph.schema.json describes."""
    keys = ("name", "module", "file", "line", "doc", "nodes", "edges")
    return {key: graph.get(key) for key in keys if key in graph}


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")
