"""How times, counts and statuses are said, and how text of a user's stays text. The same rules as words.js."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

from inspectors.recording.values import is_mark
from inspectors.trace.words import cut, plural, span, value_text
from inspectors.trace.words import duration as milliseconds_in_words

__all__ = ["age", "cut", "duration", "inert", "plural", "short_value", "span"]

_MARKDOWN = re.compile(r"([\\`*{}\[\]()#+\-.!|~<>:$&^=@/]|(?<![^\W_])_|_(?![^\W_]))")
"""An underscore within a word is none: labels are read aloud as they are written, `top_k` without a backslash."""


def inert(text: str) -> str:
    """Text for a label that Streamlit reads as Markdown: every sign stands for itself, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def duration(seconds: float) -> str:
    """`2 ms` `0.84 s` `12 s` `2 min 4 s` `3 h 10 min`: the timeline's own words, from seconds."""
    return milliseconds_in_words(max(0.0, seconds) * 1000)


def age(then: float, now: float | None = None) -> str:
    """`just now` `12 s ago` `4 min ago` `1 h ago` `yesterday` `12 Nov`."""
    moment = time.time() if now is None else now
    seconds = max(0.0, moment - then)
    if seconds < 2:
        return "just now"
    if seconds < 60:
        return f"{int(seconds)} s ago"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    day, today = datetime.fromtimestamp(then).date(), datetime.fromtimestamp(moment).date()  # noqa: DTZ006
    if day == today:
        return f"{int(seconds // 3600)} h ago"
    if (today - day).days == 1:
        return "yesterday"
    return f"{day.day} {day:%b}"


def short_value(value: Any, limit: int = 60) -> str:
    """A value in one line: texts in quotes, large ones by their size."""
    if isinstance(value, str):
        return f"“{cut(value, limit)}”"
    if is_mark(value):
        return value_text(value, limit)
    if isinstance(value, list | dict):
        return plural(len(value), "item" if isinstance(value, list) else "field")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
