"""The details panel: whatever is selected in graph or timeline."""

from __future__ import annotations

from typing import Any

from inspectors.editor import editor_link
from parts.browser import browser_part

_part = browser_part("details")
_KEPT = ("id", "kind", "role", "name", "doc", "signature", "file", "line", "accepts", "returns")


def show_details(run_id: str, graph: dict[str, Any]) -> None:
    """Draw it. The graph tells about nodes that have no record yet."""
    nodes = [{name: node[name] for name in _KEPT if node.get(name)} for node in graph.get("nodes", [])]
    _part(key="details-part", data={"run": run_id, "nodes": nodes, "editor": editor_link()})
