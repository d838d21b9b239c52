"""What stands under a step where it isn't the engine's default: "3 at once", "3 attempts"."""

from __future__ import annotations

import re
from typing import Any


def tags_of(node: dict[str, Any]) -> list[str]:
    """The tags of a node: "3 at once", "3 attempts, 1 s apart"; none for what isn't a step."""
    if node.get("kind") != "step":
        return []
    tags = []
    workers = node.get("num_workers")
    if workers and declares_workers(node):
        tags.append("one at a time" if workers == 1 else f"{workers} at once")
    return [*tags, *([str(node["retries"])] if node.get("retries") else [])]


def declares_workers(node: dict[str, Any]) -> bool:
    """Whether the decorator says how many run at once; the engine's own 4 is no news."""
    decorator = re.split(r"^\s*(?:async\s+)?def\s", str(node.get("source") or ""), maxsplit=1, flags=re.MULTILINE)[0]
    return "num_workers" in decorator
