"""What a query asks of the looks Gantt, Stream and State of a run, and their answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from starlette.datastructures import QueryParams

from inspectors.server.look_views import LookViews
from inspectors.store import Run
from inspectors.trace.gantt import Looked

MOST_ROWS, MOST_BLOCKS = 300, 100
MOST = 2**62
"""No run has so many records."""
WIDEST = 8_000.0

ReadLook = Callable[[LookViews, Run, QueryParams], dict[str, Any]]


class Unreadable(Exception):
    """What the query says can't be understood; the message is a sentence."""


def read_gantt(views: LookViews, run: Run, query: QueryParams) -> dict[str, Any]:
    """`?width=&from=&to=&first=&rows=&open=&closed=&step=&find=`: times in seconds since the start, keys one by one."""
    window = None
    if "from" in query or "to" in query:
        window = (_seconds(query, "from"), _seconds(query, "to"))
        if window[1] <= window[0]:
            raise Unreadable("to is a later moment than from.")
    looked = Looked(
        width=min(WIDEST, max(50.0, _seconds(query, "width", 900.0))),
        window=window,
        rows=(_whole(query, "first", 0), min(MOST_ROWS, _whole(query, "rows", 60))),
        opened=frozenset(query.getlist("open")),
        closed=frozenset(query.getlist("closed")),
        step=query.get("step", ""),
        find=_whole(query, "find", 0),
    )
    return views.gantt(run, looked)


def read_stream(views: LookViews, run: Run, query: QueryParams) -> dict[str, Any]:
    """`?first=&count=&find=&step=&event=&q=`: blocks by number, from the end if below 0; or those around a record."""
    count = min(MOST_BLOCKS, max(1, _whole(query, "count", 40)))
    only = {name: query.get(name, "") for name in ("step", "event", "q")}
    return views.stream(run, _whole(query, "first", 0, least=-MOST), count, _whole(query, "find", 0), only)


def read_state(views: LookViews, run: Run, query: QueryParams) -> dict[str, Any]:
    """`?at=`: the record; without it the last one."""
    return views.state(run, _whole(query, "at", 0))


def _seconds(query: QueryParams, name: str, otherwise: float = 0.0) -> float:
    try:
        value = float(query.get(name, otherwise))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e12:
        raise Unreadable(f"{name} is a number of seconds, or of pixels.")
    return value


def _whole(query: QueryParams, name: str, otherwise: int, least: int = 0) -> int:
    text = query.get(name, str(otherwise))
    if not (text.isascii() and text.removeprefix("-").isdecimal() and len(text) < len(str(MOST))):
        raise Unreadable(f"{name} is a whole number.")
    return max(least, int(text))


LOOKS: dict[str, ReadLook] = {"gantt": read_gantt, "stream": read_stream, "state": read_state}
"""By the last part of their addresses."""
