"""How many runs began when: the buckets of the chart over time, and what the chart is called."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

BARS = 50
MINUTE, HOUR, DAY = 60, 3600, 86400
WIDTHS: tuple[tuple[int, str], ...] = (
    (1, "second"),
    (10, "10 seconds"),
    (30, "half minute"),
    (MINUTE, "minute"),
    (2 * MINUTE, "2 minutes"),
    (5 * MINUTE, "5 minutes"),
    (10 * MINUTE, "10 minutes"),
    (HOUR // 2, "half hour"),
    (HOUR, "hour"),
    (2 * HOUR, "2 hours"),
    (4 * HOUR, "4 hours"),
    (12 * HOUR, "half day"),
    (DAY, "day"),
    (7 * DAY, "week"),
    (28 * DAY, "4 weeks"),
    (364 * DAY, "52 weeks"),
)
MONDAY = 4 * DAY
"""1 January 1970 was a Thursday: weeks are counted from the Monday after it."""

GROUPS = {"failed": "failed", "waiting": "waiting", "starting": "running", "running": "running"}
"""What a bar is divided into; every other status has ended."""

Counting = Callable[[float, float], list[tuple[int, str, int]]]


def chart(since: float, until: float, chosen: str, count: Counting) -> dict[str, Any]:
    """The chart of the runs created between two moments.

    `count(start, width)` gives (bucket, status, runs) as `Store.count_buckets` does; `chosen` is how the time was
    chosen, in words for the title ("last 24 h"), empty for all runs. Bars without runs are left out.
    """
    width, unit = next((pair for pair in WIDTHS if (until - since) / pair[0] <= BARS), WIDTHS[-1])
    start = _aligned(since, width)
    bars: dict[int, dict[str, int]] = {}
    for bucket, status, runs in count(start, width):
        bar = bars.setdefault(bucket, {"ended": 0, "failed": 0, "waiting": 0, "running": 0})
        bar[GROUPS.get(status, "ended")] += runs
    size = max(1, math.ceil((until - start) / width), *(bucket + 1 for bucket in bars))
    return {
        "start": start,
        "width": width,
        "size": size,
        "bars": [{"at": bucket, **bar} for bucket, bar in sorted(bars.items())],
        "title": f"Runs per {unit}, {chosen}" if chosen else f"Runs per {unit} since {moment(since, until)}",
    }


def moment(then: float, now: float) -> str:
    """A moment as short as it is clear: `14:05` today, `20 Nov, 14:05`, `3 November 2025`."""
    day, today = _local(then), _local(now)
    if day.date() == today.date():
        return f"{day:%H:%M}"
    if now - then < 2 * DAY:
        return f"{day.day} {day:%b}, {day:%H:%M}"
    return f"{day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")


def stretch(since: float | None, until: float | None, now: float) -> str:
    """A chosen stretch of time in words: `20 Nov, 14:00 to 16:30`."""
    if since is None and until is None:
        return ""
    if until is None:
        return f"since {moment(since or 0.0, now)}"
    if since is None:
        return f"until {moment(until, now)}"
    day, end = _local(since), _local(until)
    first = f"{day:%H:%M}" if day.date() == _local(now).date() else f"{day.day} {day:%b}, {day:%H:%M}"
    return f"{first} to {end:%H:%M}" if day.date() == end.date() else f"{first} to {end.day} {end:%b}, {end:%H:%M}"


def _aligned(since: float, width: int) -> float:
    """The start of the bucket that holds a moment: at full hours, days and weeks of this machine's time zone."""
    offset = (_local(since).utcoffset() or _local(since) - _local(since)).total_seconds()
    shift = offset - (MONDAY if width % (7 * DAY) == 0 else 0)
    return math.floor((since + shift) / width) * width - shift


def _local(then: float) -> datetime:
    return datetime.fromtimestamp(then).astimezone()
