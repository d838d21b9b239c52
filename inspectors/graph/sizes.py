"""How large a node is drawn, from what is written in it. The same everywhere: page, file, tests."""

from __future__ import annotations

from typing import Any

from inspectors.graph.letters import text_width
from inspectors.graph.words import shown_name

NAME, EVENT, SECOND = 14.0, 12.5, 12.0
"""Sizes of text in px: a step's name, an event's, and second lines, tags and labels of edges."""
TAG_BELOW = 9.0
"""How far tags hang below their step."""
STACK = 6.0
"""How far the sheet behind a child workflow or a stack of steps stands out, above and to the right."""
ROOMY_STEP = 148.0
"""Room for the longest usual second line during a run, "had 11 of 12 · 0.84 s": nothing may move while it goes on."""


def node_size(node: dict[str, Any], *, roomy: bool = False) -> tuple[float, float]:
    """Width and height in px. `roomy` leaves steps the room of a second line that a run will write."""
    kind, role, name = node.get("kind"), node.get("role"), node.get("label") or shown_name(node)
    if role in ("start", "stop") and kind == "event":
        return _whole(text_width(name, EVENT) + 46, 28)
    if kind == "event":
        return _whole(text_width(name, EVENT) + 28, 26)
    if kind == "external":
        return 118.0, 52.0 if roomy else 44.0
    if kind in ("step", "workflow"):
        return _step_size(node, name, roomy)
    return _whole(text_width(name, EVENT) + 32, 32)


def _step_size(node: dict[str, Any], name: str, roomy: bool) -> tuple[float, float]:
    tags, second = node.get("tags") or [], str(node.get("second") or "")
    beneath = sum(text_width(tag, SECOND) + 12 + 4 for tag in tags) - 4 + 16 if tags else 0
    least = ROOMY_STEP if roomy else 92.0
    width = max(least, text_width(name, NAME) + 30, text_width(second, SECOND) + 22, beneath)
    height = 48.0 if roomy or second else 38.0
    return _whole(width, height + (12 if tags else 0))


def _whole(width: float, height: float) -> tuple[float, float]:
    """Even numbers, so that middles fall on whole pixels."""
    return 2.0 * round(width / 2), float(height)


def extents(node: dict[str, Any], size: tuple[float, float]) -> tuple[float, float, float, float]:
    """How far a node reaches from its middle: left, right, up, down, with all that hangs on it."""
    across, down = size[0] / 2, size[1] / 2
    ring = 3.0 if node.get("kind") == "event" and node.get("role") == "stop" else 0.0
    behind = STACK if node.get("kind") == "workflow" or node.get("members") else 0.0
    return (
        across + ring,
        across + ring + behind,
        down + ring + behind,
        down + ring + (TAG_BELOW if node.get("tags") else 0),
    )
