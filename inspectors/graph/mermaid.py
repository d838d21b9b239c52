"""A graph as a Mermaid flowchart, for README files and issues: GitHub draws it."""

from __future__ import annotations

from typing import Any

from inspectors.graph.colours import LIGHT, shape_of
from inspectors.graph.dot import dot_names
from inspectors.graph.words import LONGEST_NAME, one_line, shown_name

MOST_EDGES = 500
"""GitHub draws no flowchart with more edges, and takes no setting that says otherwise."""

_SHAPES = {
    "step": ("(", ")"),
    "event": ("([", "])"),
    "start": ("([", "])"),
    "stop": ("([", "])"),
    "person": ("{{", "}}"),
    "resource": ("[/", "/]"),
    "child": ("[[", "]]"),
}
# Every name here is ours and none is a word of Mermaid's own: a class or node called "end" would break the chart.
_CLASSES = {"step": "step", "event": "event", "start": "edgeOfRun", "stop": "edgeOfRun", "person": "person"}
_PAINTS = {
    "step": "step",
    "event": "event",
    "edgeOfRun": "end",
    "person": "person",
    "resource": "resource",
    "child": "child",
}


def mermaid_source(graph: dict[str, Any], direction: str = "TB") -> str:
    """Mermaid of Graph JSON, or of what a view shows of it (`view.seen`).

    Solid arrows are declared, dotted ones only read from a body or seen in runs. Above 500 edges a comment says that
    GitHub will not draw it.
    """
    lines = [f"flowchart {direction}"]
    if len(graph["edges"]) > MOST_EDGES:
        lines.append(f"    %% {len(graph['edges'])} edges: GitHub draws at most {MOST_EDGES}. Steps only are fewer.")
    used: dict[str, None] = {}
    lines += _lines(graph, "", "    ", used)
    for name in used:
        paint = LIGHT[_PAINTS[name]]
        lines.append(f"    classDef {name} fill:{paint.tint},stroke:{paint.line},color:{paint.text}")
    return "\n".join(lines) + "\n"


def _lines(graph: dict[str, Any], prefix: str, indent: str, used: dict[str, None]) -> list[str]:
    names = {identity: prefix + name for identity, name in dot_names(graph).items()}
    lines = []
    for node in graph["nodes"]:
        shape = shape_of(node)
        opening, closing = _SHAPES[shape]
        kind = _CLASSES.get(shape, shape)
        used[kind] = None
        lines.append(f'{indent}{names[node["id"]]}{opening}"{escape(_label(node))}"{closing}:::{kind}')
        if node.get("open") and node.get("graph"):
            lines.append(f'{indent}subgraph {names[node["id"]]}s["{escape(_label(node))}"]')
            lines += _lines(node["graph"], f"{names[node['id']]}_", indent + "    ", used)
            lines.append(f"{indent}end")
    for edge in graph["edges"]:
        if edge["source"] in names and edge["target"] in names:
            arrow = "-->" if "declared" in edge.get("origins", []) else "-.->"
            label = f'|"{escape(edge["label"])}"|' if edge.get("label") else ""
            lines.append(f"{indent}{names[edge['source']]} {arrow}{label} {names[edge['target']]}")
    return lines


def _label(node: dict[str, Any]) -> str:
    name = one_line(node["label"], LONGEST_NAME + 20) if node.get("label") else shown_name(node)
    return f"{name}, {one_line(node['second'])}" if node.get("members") else name


def escape(text: str) -> str:
    """Text for a quoted Mermaid label: what could end it, or be HTML or Markdown, as an entity code.

    A full stop or a bracket after a number would make it a Markdown list, which Mermaid refuses to draw.
    """
    safe = " ,:;→×·…-("
    line = one_line(text, LONGEST_NAME + 40)
    codes = [letter if _is_plain(letter, safe) else f"#{ord(letter)};" for letter in line]
    return "#45;" + "".join(codes[1:]) if line.startswith("- ") else "".join(codes)


def _is_plain(letter: str, safe: str) -> bool:
    return letter.isalnum() or letter in safe or letter == "_"
