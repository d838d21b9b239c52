"""What the runs of a workflow took of its graph: how often, how long, with which errors, and what never.

Counts are pure functions over records. `History` adds the runs of a store up and keeps what ended runs came to, so
that asking again reads only what is new.
"""

from __future__ import annotations

import statistics
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from inspectors.graph.model import node_id
from inspectors.graph.observed import Key, add_observed, edge_key, taken_edges
from inspectors.store import Run, Store

SHOWN_BY_RECORDS = ("consumes", "returns", "sends", "streams", "prompts", "waits", "asks", "answers", "fails", "starts")
"""Kinds of edges that records tell of. Of the others (uses, calls, hands_off) nobody can say that none was taken."""

MOST_RUNS = 2_000
"""Runs that are read for one history, the newest: more would make a page wait."""
_MOST_KEPT = 5_000


@dataclass
class RunCounts:
    """What one run took."""

    edges: Counter[Key] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    """Step id -> invocations."""
    took_ms: dict[str, list[float]] = field(default_factory=dict)
    """Step id -> how long each invocation took that ended well."""
    errors: dict[str, Counter[str]] = field(default_factory=dict)
    """Step id -> type of the error -> how often, retries included."""


def counts_of(records: Iterable[dict[str, Any]], workflow: str, children: Iterable[str] = ()) -> RunCounts:
    """What the records of one run show. `workflow` is `module.qualname`; `children` as for `taken_edges`."""
    counts = RunCounts()
    kept = list(records)
    counts.edges = taken_edges(kept, workflow, children)
    items: set[tuple[str, str]] = set()
    for record in kept:
        if record["kind"] == "invocation_started":
            step = node_id("step", f"{workflow}.{record['step']}")
            # After a wait the same piece of work goes on; after a failure it is another attempt.
            item = step, f"{record.get('work_item') or record['invocation']}#{record.get('attempt', 1)}"
            if item not in items:
                items.add(item)
                counts.steps[step] += 1
        elif record["kind"] == "invocation_ended":
            step = node_id("step", f"{workflow}.{record['step']}")
            if record["outcome"] == "error":
                named = (record.get("error") or {}).get("type") or "error"
                counts.errors.setdefault(step, Counter())[named] += 1
            elif record["outcome"] in ("ok", "buffered") and record.get("took_ms") is not None:
                counts.took_ms.setdefault(step, []).append(record["took_ms"])
    return counts


def summary(graph: dict[str, Any], runs: Sequence[RunCounts], of: int | None = None) -> dict[str, Any]:
    """The `history` of Graph JSON (docs/architecture.md): counts by node and edge, and what was never taken.

    `of` is how many runs there are in all, if not all of them were read.
    """
    edges: Counter[Key] = Counter()
    in_runs: Counter[Key] = Counter()
    steps: Counter[str] = Counter()
    step_runs: Counter[str] = Counter()
    took: dict[str, list[float]] = {}
    errors: dict[str, Counter[str]] = {}
    for run in runs:
        edges += run.edges
        in_runs.update(run.edges.keys())
        steps += run.steps
        step_runs.update(run.steps.keys())
        for step, times in run.took_ms.items():
            took.setdefault(step, []).extend(times)
        for step, named in run.errors.items():
            errors.setdefault(step, Counter()).update(named)
    drawn = _drawn(graph)
    renamed = _as_drawn(edges, drawn)
    edges, in_runs = _renamed(edges, renamed), _renamed(in_runs, renamed)
    given: Counter[tuple[str, str]] = Counter()
    for (source, _, kind), count in edges.items():
        given[source, _family(kind)] += count
    total = max(len(runs), 1)
    known = [node["id"] for node in graph["nodes"] if node["kind"] == "step"]
    return {
        "runs": len(runs),
        "of": len(runs) if of is None else of,
        "coverage": {
            "edges": _coverage(drawn, edges),
            "steps": _coverage(known, steps),
        },
        "nodes": {
            step: {
                "count": steps[step],
                "runs": step_runs[step],
                "share": round(step_runs[step] / total, 4),
                "median_ms": _rounded(statistics.median(took[step])) if took.get(step) else None,
                "p95_ms": _rounded(_p95(took[step])) if took.get(step) else None,
                "errors": sum(errors.get(step, Counter()).values()),
                "error_types": dict(errors.get(step, Counter()).most_common()),
            }
            for step in dict.fromkeys([*known, *steps])
        },
        "edges": {
            edge_key(*key): {
                "count": edges[key],
                "runs": in_runs[key],
                "share": round(in_runs[key] / total, 4),
                "of_source": round(edges[key] / given[key[0], _family(key[2])], 4) if edges[key] else 0.0,
            }
            for key in dict.fromkeys([*drawn, *edges])
        },
        "never": [edge_key(*key) for key in drawn if not edges[key]],
        "never_steps": [step for step in known if not steps[step]],
        "not_drawn": [edge_key(*key) for key in edges if key not in drawn],
    }


def with_history(graph: dict[str, Any], runs: Sequence[RunCounts], of: int | None = None) -> dict[str, Any]:
    """A copy of Graph JSON with what runs took: edges that were seen have the origin `observed`, and `history`."""
    history = summary(graph, runs, of)
    taken = [tuple(key.split("|")) for key, counts in history["edges"].items() if counts["count"]]
    seen = add_observed(graph, [(source, target, kind) for source, target, kind in taken])
    return {**seen, "history": history}


class History:
    """The histories of the workflows in a store. Safe to be asked from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[str, RunCounts] = OrderedDict()
        """By run id, of runs that are over."""
        self._lock = threading.Lock()

    def counts(
        self, workflow: str, module: str, run_ids: Sequence[str] | None = None, most: int = MOST_RUNS
    ) -> tuple[list[RunCounts], int]:
        """What each run took, the newest `most` or the chosen ones, and how many runs there are.

        May raise StoreRefused.
        """
        if run_ids is None:
            runs = self._store.runs(limit=most, workflow=workflow, module=module)
            of = self._store.count_runs(workflow=workflow, module=module)
        else:
            found = [self._store.run(run_id) for run_id in run_ids]
            runs = [run for run in found if run is not None]
            of = len(runs)
        children = self._store.child_runs([run.run_id for run in runs if run.run_id not in self._kept])
        return [self._counts(run, children.get(run.run_id, [])) for run in runs], of

    def graph(
        self, graph: dict[str, Any], run_ids: Sequence[str] | None = None, most: int = MOST_RUNS
    ) -> dict[str, Any]:
        """Graph JSON of a workflow with its `history`, over all runs or the chosen ones. May raise StoreRefused."""
        counted, of = self.counts(graph["name"], graph["module"], run_ids, most)
        return with_history(graph, counted, of)

    def _counts(self, run: Run, children: list[Run]) -> RunCounts:
        with self._lock:
            known = self._kept.get(run.run_id)
        if known is not None:
            return known
        records = self._store.records(run.run_id)
        steps = {record["invocation"]: record["step"] for record in records if record["kind"] == "invocation_started"}
        started = [
            f"{steps[child.parent_invocation]}|{child.module}.{child.workflow}"
            for child in children
            if child.parent_invocation in steps
        ]
        found = counts_of(records, f"{run.module}.{run.workflow}", started)
        if run.ended:
            with self._lock:
                self._kept[run.run_id] = found
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
        return found


def _drawn(graph: dict[str, Any]) -> list[Key]:
    return [
        (edge["source"], edge["target"], edge["kind"]) for edge in graph["edges"] if edge["kind"] in SHOWN_BY_RECORDS
    ]


def _as_drawn(edges: Iterable[Key], drawn: list[Key]) -> dict[Key, Key]:
    """Where the graph has only the twin of an edge (`returns` for `sends`), what was taken is counted there."""
    known = set(drawn)
    twins = {"returns": "sends", "sends": "returns", "waits": "consumes"}
    renamed = {}
    for key in edges:
        twin = key[0], key[1], twins.get(key[2], "")
        if key not in known and twin in known:
            renamed[key] = twin
    return renamed


def _renamed(counts: Counter[Key], renamed: dict[Key, Key]) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for key, count in counts.items():
        found[renamed.get(key, key)] += count
    return found


def _family(kind: str) -> str:
    """What is chosen between: a step gives one event or another; what it streams is not instead of that."""
    return "gives" if kind in ("returns", "sends") else kind


def _coverage(known: Sequence[Any], taken: Counter[Any]) -> dict[str, Any]:
    count = sum(1 for one in known if taken[one])
    return {"taken": count, "of": len(known), "share": round(count / len(known), 4) if known else None}


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


def _rounded(value: float) -> float:
    return round(value, 3)
