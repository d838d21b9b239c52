"""The words that pictures of a graph write: names on one line, cut to a length, no control characters."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

LONGEST_NAME = 40
"""Characters of a name before it is cut: nodes grow up to here (look.md)."""

_ENGINE_EVENTS = {"event:workflows.events.StartEvent": "Start", "event:workflows.events.StopEvent": "Stop"}


@lru_cache(maxsize=20_000)
def one_line(text: object, limit: int = LONGEST_NAME) -> str:
    """Text for a label: no line breaks or control characters, cut with an ellipsis."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def shown_name(node: dict[str, Any]) -> str:
    """What a picture writes in a node: the engine's own start and stop events are "Start" and "Stop"."""
    return _ENGINE_EVENTS.get(str(node.get("id")), "") or one_line(node.get("name", ""))


def second_line(node: dict[str, Any]) -> str:
    """The idle second line of a node: "4 at once · 3 attempts" where that isn't the default; often ""."""
    if node.get("kind") == "workflow":
        steps = node.get("steps")
        counted = f", {steps} step{'' if steps == 1 else 's'}" if isinstance(steps, int) else ""
        return "agent" if node.get("agent") else f"child workflow{counted}"
    return ""
