"""A graph as a Mermaid flowchart, for README files and issues."""

from __future__ import annotations

from typing import Any

from inspectors.graph.dot import dot_names
from inspectors.graph.words import one_line, shown_name

_SHAPES = {
    "step": ("[", "]"),
    "event": ("([", "])"),
    "external": ("{{", "}}"),
    "resource": ("[/", "/]"),
    "workflow": ("[[", "]]"),
}
_CLASSES = (
    "classDef step fill:#FFFFFF,stroke:#5C6B85,color:#1B2230",
    "classDef event fill:#E6F2F3,stroke:#4A868F,color:#1F4E57",
    "classDef endpoint fill:#2E3B52,stroke:#2E3B52,color:#FFFFFF",
    "classDef external fill:#FFF1CC,stroke:#B87800,color:#5E3C00",
    "classDef resource fill:#F3F0E6,stroke:#8C8060,color:#4B4430",
    "classDef workflow fill:#F1ECF8,stroke:#8367AB,color:#4A3566",
)


def mermaid_source(graph: dict[str, Any], direction: str = "TB") -> str:
    """Mermaid of Graph JSON. Solid arrows are declared, dotted ones only read from a body or seen in runs."""
    names = dot_names(graph)
    lines = [f"flowchart {direction}"]
    for node in graph["nodes"]:
        opening, closing = _SHAPES.get(node["kind"], ("[", "]"))
        kind = "endpoint" if node.get("role") in ("start", "stop") else node["kind"]
        style = f":::{kind}" if any(line.startswith(f"classDef {kind} ") for line in _CLASSES) else ""
        lines.append(f'    {names[node["id"]]}{opening}"{escape(shown_name(node))}"{closing}{style}')
    for edge in graph["edges"]:
        if edge["source"] in names and edge["target"] in names:
            arrow = "-->" if "declared" in edge.get("origins", []) else "-.->"
            label = f'|"{escape(edge["label"])}"|' if edge.get("label") else ""
            lines.append(f"    {names[edge['source']]} {arrow}{label} {names[edge['target']]}")
    lines += [f"    {line}" for line in _CLASSES]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text for a quoted Mermaid label: what could end it, or be HTML or Markdown, as an entity code."""
    safe = " .,:;→×·…_-()"
    return "".join(letter if letter.isalnum() or letter in safe else f"#{ord(letter)};" for letter in one_line(text))
