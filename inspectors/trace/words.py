"""Values, durations and states in a few words, as the timeline and its details write them."""

from __future__ import annotations

import json
import re
from typing import Any

from inspectors.recording.values import is_more, mark_of

SHORT = 160

STATUS_WORDS = {
    "starting": "Starting",
    "running": "Running",
    "waiting": "Waiting for you",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "interrupted": "Interrupted",
}


def duration(milliseconds: float) -> str:
    """`2 ms`, `0.84 s`, `12 s`, `2 min 4 s`, `3 h 10 min`."""
    seconds = milliseconds / 1000
    if milliseconds < 1:
        return "< 1 ms"
    if round(milliseconds) < 100:
        return f"{milliseconds:.0f} ms"
    if round(seconds, 2) < 10:
        return f"{seconds:.2f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days"


def span(seconds: float) -> str:
    """A waiting time in whole units: `58 s` `11 min` `3 h` `2 days`."""
    value = int(max(0, seconds))
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if value >= size * (2 if unit == "days" else 1):
            return f"{value // size} {unit}"
    return f"{value} s"


def time_limit(seconds: float) -> str:
    """A limit as somebody set it: `8 s`, `0.5 s`, `5 min`; no decimals that nobody wrote."""
    return f"{seconds:g} s" if seconds < 60 else duration(seconds * 1000)


READABLE = 2_000
"""Characters of one text that `readable` keeps."""


def readable(value: Any) -> Any:
    """JSON data as people read it: marks of `recording/values.py` become words, long texts are cut and say so."""
    if isinstance(value, str) and len(value) > READABLE:
        return f"{value[:READABLE]}… (the first {READABLE:,} of {len(value):,} characters)"
    if isinstance(value, list):
        return [readable(item) for item in value]
    if not isinstance(value, dict):
        return value
    if mark_of(value) == "$cut":
        return f"{value['$cut'][:READABLE]}… (the first {READABLE:,} of {value['size']:,} characters)"
    mark = _mark_text(value, READABLE)
    if mark is not None:
        return mark
    if is_more(value):
        return f"… and {value['$more']:,} more"
    return {("… and more" if name == "$more" else name): readable(item) for name, item in value.items()}


def value_text(value: Any, limit: int = 60) -> str:
    """A value of a preview on one line: texts in quotes, long ones cut, marks of `recording/values.py` in words."""
    if isinstance(value, str):
        line = " ".join(value.split())
        return f"“{line[:limit].rstrip()}…”" if len(line) > limit else f"“{line}”"
    if isinstance(value, dict):
        return _mark_text(value, limit) or f"{{{', '.join(_names(value))}}}"
    if isinstance(value, list):
        more = value[-1]["$more"] - 1 if value and is_more(value[-1]) else 0
        return f"{len(value) + more:,} items" if len(value) != 1 else f"1 item: {value_text(value[0], limit)}"
    return json.dumps(value)


def _names(value: dict[str, Any]) -> list[str]:
    """The first names of a mapping, and that there are more where some were cut."""
    names = [str(name) for name in value if name != "$more"][:6]
    return [*names, "…"] if "$more" in value else names


def _mark_text(value: dict[str, Any], limit: int) -> str | None:
    mark = mark_of(value)
    if mark == "$masked":
        return "•••• masked"
    if mark == "$cut":
        return f"{value_text(value['$cut'], limit)} ({value['size']:,} characters)"
    if mark == "$bytes":
        return f"{value['$bytes']:,} bytes"
    if mark == "$repr":
        return str(value["$repr"])[:limit]
    if mark == "$table":
        columns = value.get("width", len(value["columns"]))
        return f"table of {plural(value['rows'], 'row')} × {plural(columns, 'column')}"
    if mark == "$image":
        return image_text(value)
    return None


_TERMINAL_CODES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\^_])")


def plain_output(text: Any) -> str:
    """Printed text as kept in a record, without the codes that colour a terminal; a cut text says so."""
    if mark_of(text) == "$cut":
        return f"{plain_output(text['$cut'])}… (the first {len(text['$cut']):,} of {text['size']:,} characters)"
    return _TERMINAL_CODES.sub("", str(text or "")).replace("\x1b", "")


def first_line(text: Any) -> str:
    """Printed text on one line: its first line, and how many follow."""
    lines = [line for line in plain_output(text).split("\n") if line.strip()]
    if not lines:
        return ""
    more = f" … and {plural(len(lines) - 1, 'line')} more" if len(lines) > 1 else ""
    return cut(lines[0], SHORT) + more


def plural(count: int, one: str, many: str = "") -> str:
    """`1 run`, `1,284 runs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def cut(text: str, limit: int) -> str:
    """One line of at most `limit` characters."""
    line = " ".join(text[: limit * 8].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def size_text(count: int) -> str:
    """A size in bytes as people say it: `812 bytes`, `14 kB`, `2.1 MB`."""
    if count < 1_000:
        return plural(count, "byte")
    value, unit = (count / 1_000, "kB") if count < 1_000_000 else (count / 1_000_000, "MB")
    return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"


def image_text(image: dict[str, Any]) -> str:
    """A picture in words: `image, 800 × 600, 14 kB`."""
    words = [f"{image['$image'].rpartition('/')[2].upper()} image"]
    if image.get("width"):
        words.append(f"{image['width']:,} × {image['height']:,}")
    if image.get("bytes"):
        words.append(size_text(image["bytes"]))
    return ", ".join(words)


def fields_text(fields: dict[str, Any]) -> str:
    """Fields on one line: `topic “AI regulation” · max_rounds 5`."""
    line = " · ".join(f"{name} {value_text(value)}" for name, value in fields.items())
    return line if len(line) <= SHORT else line[: SHORT - 1].rstrip() + "…"


def types_text(types: dict[str, int]) -> str:
    """Counted event types: `SearchEvent × 3 and StopEvent`."""
    return " and ".join(name if count == 1 else f"{name} × {count}" for name, count in types.items())
