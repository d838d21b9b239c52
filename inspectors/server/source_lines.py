"""The lines of the user's source around the place where an error was raised, as long as they are what ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

BEFORE, AFTER = 3, 2
MOST_FRAMES = 3
"""Frames, newest first, that get lines around theirs."""
MOST_BYTES = 1_000_000


def with_source(error: dict[str, Any], raised_at: float) -> dict[str, Any]:
    """The error with `lines` [{"line", "text"}] in the newest of the user's own frames.

    Files that were changed after `raised_at` (epoch seconds), or whose line isn't the one that was recorded, are left
    as they are: the recorded line is all that is known of what ran.
    """
    frames = [dict(frame) for frame in error.get("frames") or []]
    own = [frame for frame in frames if frame.get("own") and str(frame.get("file", "")).endswith(".py")]
    for frame in own[-MOST_FRAMES:]:
        lines = _lines(Path(frame["file"]), int(frame.get("line") or 0), str(frame.get("code") or ""), raised_at)
        if lines:
            frame["lines"] = lines
    return {**error, "frames": frames}


def _lines(path: Path, line: int, code: str, raised_at: float) -> list[dict[str, Any]]:
    try:
        found = path.stat()
        if found.st_mtime > raised_at or found.st_size > MOST_BYTES:
            return []
        texts = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):  # gone, not readable, not a text: what was recorded is shown
        return []
    if not 1 <= line <= len(texts) or not code or not texts[line - 1].strip().startswith(code):
        return []
    first, last = max(1, line - BEFORE), min(len(texts), line + AFTER)
    return [{"line": number, "text": texts[number - 1]} for number in range(first, last + 1)]
