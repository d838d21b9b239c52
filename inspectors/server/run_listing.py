"""What the Traces page shows: a window of the runs that a query finds, and an overview of all of them.

A query is what the page's URL holds: `q` text, `workflow` and `file`, `status` (several with commas), `last` (1h, 24h,
7d, 30d) or `from` and `to` (epoch seconds).
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from inspectors.store import RunFilter, Store
from inspectors.store.run_search import WorkflowRuns
from inspectors.trace.run_chart import DAY, HOUR, chart, moment, stretch
from inspectors.trace.run_rows import run_row

LIMIT = 200
"""Rows in one answer at most."""
FIRST = 50
"""Rows that come with the page."""
LONGEST_TEXT = 1_000
MOST = 2**53
LAST = {
    "1h": (HOUR, "last hour"),
    "24h": (DAY, "last 24 h"),
    "7d": (7 * DAY, "last 7 days"),
    "30d": (30 * DAY, "last 30 days"),
}
STATUSES = ("running", "waiting", "failed", "interrupted", "cancelled", "done")
NAMES = ("q", "workflow", "file", "status", "last", "from", "to")
"""The parameters that say which runs are meant."""
RELAXED = (
    (("statuses",), "status", "{runs} with other statuses."),
    (("since", "until"), "time", "{runs} at other times."),
    (("workflow", "file"), "workflow", "{runs} in other workflows."),
    (("statuses", "since", "until", "workflow", "file"), "all", "{runs} without the other filters."),
)
"""What a search without a match offers to leave out: fields of the filter, its name for the page, a sentence."""


class Unreadable(ValueError):
    """A query can't be read; the message is a sentence."""


def filter_of(query: Mapping[str, str], now: float) -> RunFilter:
    """Which runs a query means. Raises Unreadable."""
    statuses = [name for name in query.get("status", "").split(",") if name]
    unknown = next((name for name in statuses if name not in STATUSES), None)
    if unknown is not None:
        raise Unreadable(f"There is no status {unknown[:40]}; there are {', '.join(STATUSES)}.")
    last = query.get("last", "")
    if last and last not in LAST:
        raise Unreadable(f"last is one of {', '.join(LAST)}.")
    since = now - LAST[last][0] if last else _time(query, "from")
    found = tuple(
        dict.fromkeys(each for name in statuses for each in (("starting", name) if name == "running" else (name,)))
    )
    return RunFilter(
        text=query.get("q", "").strip()[:LONGEST_TEXT],
        workflow=query.get("workflow", ""),
        file=query.get("file", ""),
        statuses=found,
        since=since,
        until=None if last else _time(query, "to"),
    )


def _time(query: Mapping[str, str], name: str) -> float | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) < MOST:
        raise Unreadable("from and to are moments in seconds since 1970.")
    return value


def number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A count in a query, bounded. Raises Unreadable."""
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Unreadable(f"{name} is a number from 0 on.")
    return min(int(text), most)


def listing(store: Store, query: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a query: rows from `offset` on, `limit` at most; with `overview=1` the overview as well.

    With `anchor`, the id of a run, the answer says as `place` how many runs come before it. Raises Unreadable.
    """
    now = time.time()
    wanted = filter_of(query, now)
    offset, limit = number(query, "offset", 0, MOST), number(query, "limit", FIRST, LIMIT)
    # The stamp is read first: what changes while the rest is read is told by the feed.
    stamp, known = store.runs_stamp(), store.workflows_with_runs()
    answer: dict[str, Any] = {"now": now, "stamp": stamp, **window(store, wanted, offset, limit, known, now)}
    if query.get("anchor"):
        answer["place"] = store.place_of(query["anchor"], wanted)
    if query.get("overview"):
        answer["overview"] = overview(store, wanted, query, known, now)
        answer["matching"] = answer["overview"]["matching"]
    else:
        answer["matching"] = store.count_found(wanted)
    return answer


def window(
    store: Store, wanted: RunFilter, offset: int, limit: int, known: list[WorkflowRuns], now: float
) -> dict[str, Any]:
    """Rows of the runs found, with the last durations of their workflows."""
    runs = store.find_runs(wanted, limit=limit, offset=offset)
    questions = store.questions([run.run_id for run in runs if run.status == "waiting"])
    pairs = list(dict.fromkeys((run.workflow, run.file) for run in runs))
    places = _places(known)
    rows = [
        {
            **run_row(run, questions.get(run.run_id), now),
            "place": places.get((run.workflow, run.file), ""),
            "spark": pairs.index((run.workflow, run.file)),
        }
        for run in runs
    ]
    return {"first": offset, "rows": rows, "sparks": [_spark(store, *pair) for pair in pairs]}


def overview(
    store: Store, wanted: RunFilter, query: Mapping[str, str], known: list[WorkflowRuns], now: float
) -> dict[str, Any]:
    """Counts, workflows, chart, and what the database holds. Counts of a filter respect all the others."""
    counts = store.count_statuses(wanted.without("statuses"))
    matching = sum(count for name, count in counts.items() if not wanted.statuses or name in wanted.statuses)
    counts["running"] = counts.get("running", 0) + counts.pop("starting", 0)
    everything = store.first_and_last(RunFilter())
    since, until = _stretch_of(store, wanted, now)
    chosen = LAST[query["last"]][1] if query.get("last") else stretch(wanted.since, wanted.until, now)
    return {
        "total": sum(one.runs for one in known),
        "since": moment(everything[0], now) if everything else "",
        "bytes": store.bytes_used(),
        "matching": matching,
        "counts": {name: counts.get(name, 0) for name in STATUSES},
        "workflows": _workflows(store, wanted, known),
        "chosen": chosen,
        "chart": chart(since, until, chosen, lambda start, width: store.count_buckets(wanted, start, width)),
        "relaxed": None if matching else _relaxed(store, wanted),
    }


def _stretch_of(store: Store, wanted: RunFilter, now: float) -> tuple[float, float]:
    """The stretch that the chart covers: what was chosen, else from the first run (that is found) until now."""
    since, until = wanted.since, wanted.until
    if since is None or until is None:
        found = store.first_and_last(wanted) or store.first_and_last(RunFilter())
        first = found[0] if found else now - HOUR
        until = now if until is None else until
        since = first if since is None else since
    return min(since, until - 10), until


def _workflows(store: Store, wanted: RunFilter, known: list[WorkflowRuns]) -> list[dict[str, Any]]:
    """The workflows to choose from: those with runs, and how many of them the other filters find."""
    others = wanted.without("workflow", "file")
    counted = {(one.workflow, one.file): one.runs for one in known}
    found = counted if others == RunFilter() else store.count_workflows(others)
    places = _places(known)
    return [
        {
            "workflow": one.workflow,
            "file": one.file if (one.workflow, one.file) in places else "",
            "place": places.get((one.workflow, one.file), ""),
            "runs": found.get((one.workflow, one.file), 0),
        }
        for one in known
    ]


def _places(known: list[WorkflowRuns]) -> dict[tuple[str, str], str]:
    """For workflows of one name in several files: the end of each path, as long as it takes to tell them apart."""
    several = Counter(one.workflow for one in known)
    places: dict[tuple[str, str], str] = {}
    for name in (name for name, count in several.items() if count > 1):
        files = [one.file for one in known if one.workflow == name]
        size = 1
        while len({_end(file, size) for file in files}) < len(files):
            size += 1
        places.update({(name, file): _end(file, size) for file in files})
    return places


def _end(file: str, size: int) -> str:
    return "/".join(PurePath(file).parts[-size:])


def _spark(store: Store, workflow: str, file: str) -> list[list[float]]:
    """[seconds, 1 if it failed] of the last ended runs, oldest first."""
    return [[round(seconds, 4), int(status == "failed")] for seconds, status in store.last_durations(workflow, file)]


def _relaxed(store: Store, wanted: RunFilter) -> dict[str, Any] | None:
    """Which filters to leave out so that runs are found, and how many; None if nothing helps."""
    for fields, name, sentence in RELAXED:
        count = store.count_found(wanted.without(*fields)) if any(getattr(wanted, field) for field in fields) else 0
        if count:
            runs = f"{count:,} run matches" if count == 1 else f"{count:,} runs match"
            if not wanted.text:
                runs = f"{count:,} run is here" if count == 1 else f"{count:,} runs are here"
            return {"leave_out": name, "count": count, "sentence": sentence.format(runs=runs)}
    return None
