"""What the source says about a node of the graph."""

from __future__ import annotations

from typing import Any

from parts.browser import browser_part

_part = browser_part("node_facts")


def show_node(node: dict[str, Any]) -> None:
    """Docstring, signature, source with its line numbers, fields."""
    _part(key="node-facts", data={"node": node})
