"""What recording costs: the bare engine, Stepscope's runner and the official server, side by side.

Each run has a process of its own (`record_process`). Recorded runs stand between bare ones; a ratio is a run's time
over the mean of the bare runs just before and after it, and a figure is the median of such ratios. Baseline: the
official `WorkflowServer` with its `SqliteWorkflowStore`, measured the same way.

`steps_ratio`: a chain of 2,000 steps. `fanout_ratio`: a fan-out to 300 and its join, the worse of
`fanout_ratio_list` (a list is returned and taken) and `fanout_ratio_sent` (`send_event` and `collect_events`).
`stream_ratio`: 2,000 events that one step writes to the stream.
`bytes_per_event`, `bytes_per_event_fanout` (the worse of both): growth of the database file, its write-ahead log
written back, by the workflow's events. The journal is deleted when a run ends, but the pages it had stay in the file,
so it counts in full.
`memory_growth_mb`: resident memory of the runner from the 10,000th step of a chain to its 200,000th. Baseline: the bare
engine, a tenth of the steps, scaled up.
`commit_lag_p95_ms`, `commit_lag_max_ms`: under the chain, from a record's time to that of the commit that holds it,
read from the database; the largest of all runs.
"""

from __future__ import annotations

import json
import pstats
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from inspectors.store import Store

PROJECT = Path(__file__).parents[1]
TIMEOUT = 1_800


@dataclass(frozen=True)
class Workload:
    """A workflow of `record_workloads`, how large it is run, and how many events it then makes."""

    workflow: str
    size: int
    small: int
    events_each: int = 1

    def events(self, size: int) -> int:
        """Those of a run of this size, the start and the stop event included."""
        return size * self.events_each + 2


WORKLOADS = {
    "chain": Workload("ChainWorkflow", 2_000, 40),
    "stream": Workload("StreamWorkflow", 2_000, 40),
    "list": Workload("FanListWorkflow", 300, 10, events_each=2),
    "sent": Workload("FanSentWorkflow", 300, 10, events_each=2),
}
LONG = Workload("LongChainWorkflow", 200_000, 1_000)
BARE_SHARE = 10
"""The bare engine keeps all it has done; it runs this part of the long chain."""

ORDER = [*["bare", "stepscope"] * 9, "bare", "official", "bare"]
SMALL_ORDER = ["bare", *["stepscope"] * 3]
BESIDE_OFFICIAL = ("chain", "sent")
"""Workloads that are small also run on the official server; it takes seconds to start."""


@dataclass
class Taken:
    """One measured run."""

    column: str
    seconds: float
    cpu: float
    bytes: int
    memory: list[tuple[int, float]]
    threads: dict[str, float]
    lags: list[float]
    """Milliseconds of each record; Stepscope's only."""


def measure(small: bool) -> list[Figure]:
    """The figures of this benchmark; `small` for CI, with fewer steps and repetitions."""
    sizes = {name: load.small if small else load.size for name, load in WORKLOADS.items()}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2 if small else 1) as at_once:
        grown = at_once.submit(_memory, Path(folder), LONG.small if small else LONG.size)
        waiting = {
            name: [
                at_once.submit(_run, Path(folder), column, load, sizes[name])
                for column in (_small_order(name) if small else ORDER)
            ]
            for name, load in WORKLOADS.items()
        }
        taken = {name: [run.result() for run in runs] for name, runs in waiting.items()}
        memory = grown.result()
    events = {name: load.events(sizes[name]) for name, load in WORKLOADS.items()}
    steps, stream = _ratio("steps_ratio", taken["chain"], 1.3), _ratio("stream_ratio", taken["stream"], 2.5)
    fans = [_ratio(f"fanout_ratio_{name}", taken[name], 1.25) for name in ("list", "sent")]
    space = {name: _bytes("bytes_per_event_fanout", taken[name], events[name], 200) for name in ("list", "sent")}
    return [
        steps,
        _worst("fanout_ratio", fans),
        *fans,
        stream,
        _bytes("bytes_per_event", taken["chain"], events["chain"], 150),
        _worst("bytes_per_event_fanout", list(space.values())),
        memory,
        *_lags(taken["chain"]),
    ]


def _small_order(name: str) -> list[str]:
    return [*SMALL_ORDER, "official"] if name in BESIDE_OFFICIAL else SMALL_ORDER


def _run(folder: Path, column: str, load: Workload, size: int, profile: Path | None = None) -> Taken:
    """One run in a process of its own.

    Raises RuntimeError, with what it said, if it failed, and if an event wasn't recorded: that would be cheap indeed.
    """
    place = Path(tempfile.mkdtemp(dir=folder))
    job = {
        "column": column,
        "workflow": load.workflow,
        "size": size,
        "db": str(place / "x.db"),
        "out": str(place / "out"),
    }
    command = [sys.executable, "-m", "benchmarks.record_process"]
    process = subprocess.Popen(
        [*command, json.dumps({**job, "profile": str(profile) if profile else None})],
        cwd=PROJECT,
        stdin=subprocess.PIPE,  # its end would tell the runner that its owner is gone
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        process.wait(TIMEOUT)
        if process.returncode:
            said = process.stderr.read() if process.stderr else ""
            log = place / "x.log"
            raise RuntimeError(f"{column} on {load.workflow} failed: {said}{log.read_text() if log.exists() else ''}")
    finally:
        process.kill()
        process.communicate()
    values: dict[str, Any] = json.loads((place / "out").read_text(encoding="utf-8"))
    run_id = values.pop("run", None)
    taken = Taken(column, lags=[], **values)
    if run_id is not None and load is not LONG:
        records, taken.lags = _recorded(place / "x.db", run_id)
        kept = sum(record["kind"] == "event" for record in records)
        if kept != load.events(size):
            raise RuntimeError(f"{load.workflow}: {kept} of {load.events(size)} events were recorded")
    return taken


def _recorded(db: Path, run_id: str) -> tuple[list[dict[str, Any]], list[float]]:
    """A run's records, and of each the milliseconds from its time to that of its commit."""
    store = Store(db)
    try:
        with store.reading() as connection:
            rows = connection.execute("SELECT first_seq, last_seq, committed_at FROM block").fetchall()
        records = store.records(run_id)
    finally:
        store.close()
    commits = {seq: row["committed_at"] for row in rows for seq in range(row["first_seq"], row["last_seq"] + 1)}
    return records, [(commits[record["seq"]] - record["t"]) * 1000 for record in records]


def _ratios(taken: Sequence[Taken], column: str, value: str = "seconds") -> list[float]:
    """Of each run of a column to the bare runs nearest before and after it."""
    bare = [index for index, run in enumerate(taken) if run.column == "bare"]
    ratios = []
    for index, run in enumerate(taken):
        if run.column == column:
            near = [[at for at in bare if at < index][-1:], [at for at in bare if at > index][:1]]
            beside = statistics.mean(getattr(taken[at], value) for side in near for at in side)
            ratios.append(getattr(run, value) / beside)
    return ratios


def _ratio(name: str, taken: Sequence[Taken], goal: float) -> Figure:
    ratios = _ratios(taken, "stepscope")
    seconds = statistics.median(run.seconds for run in taken if run.column == "bare")
    note = (
        f"{min(ratios):.2f}–{max(ratios):.2f} in {len(ratios)} runs, of CPU time "
        f"{statistics.median(_ratios(taken, 'stepscope', 'cpu')):.2f}; bare {seconds:.3f} s"
    )
    official = _ratios(taken, "official")
    baseline = round(statistics.median(official), 2) if official else None
    return Figure(name, round(statistics.median(ratios), 2), "× bare", baseline, goal, note)


def _bytes(name: str, taken: Sequence[Taken], events: int, goal: float) -> Figure:
    ours, official = ([run.bytes / events for run in taken if run.column == at] for at in ("stepscope", "official"))
    baseline = round(statistics.median(official), 1) if official else None
    return Figure(
        name, round(statistics.median(ours), 1), "bytes", baseline, goal, f"{events} events; records and journal"
    )


def _worst(name: str, figures: Sequence[Figure]) -> Figure:
    worst = max(figures, key=lambda figure: figure.value)
    baseline = next((one.baseline for one in (worst, *figures) if one.baseline is not None), None)
    return Figure(name, worst.value, worst.unit, baseline, worst.goal, worst.note)


def _memory(folder: Path, size: int) -> Figure:
    """Growth after the first twentieth of a long chain: by then all that is loaded once is loaded."""
    ours = _run(folder, "stepscope", LONG, size).memory
    bare = _run(folder, "bare", LONG, size // BARE_SHARE).memory
    grown, bare_grown = (samples[-1][1] - samples[0][1] for samples in (ours, bare))
    course = " ".join(f"{value:.0f}" for _, value in ours)
    note = f"from step {ours[0][0]} to {ours[-1][0]}: {course}"
    return Figure("memory_growth_mb", round(grown, 1), "MB", round(bare_grown * BARE_SHARE, 1), 10, note)


def _lags(taken: Sequence[Taken]) -> list[Figure]:
    runs = [sorted(run.lags) for run in taken if run.column == "stepscope"]
    late = [lags[int(len(lags) * 0.95)] for lags in runs]
    longest = [lags[-1] for lags in runs]
    return [
        Figure("commit_lag_p95_ms", round(max(late), 1), "ms", None, 50, f"median {statistics.median(late):.1f}"),
        Figure(
            "commit_lag_max_ms", round(max(longest), 1), "ms", None, 150, f"median {statistics.median(longest):.1f}"
        ),
    ]


def profile(small: bool) -> str:
    """Where the time of the recorded chain goes: functions by own time, beside the bare chain's."""
    load = WORKLOADS["chain"]
    with tempfile.TemporaryDirectory() as name:
        times: dict[str, dict[str, tuple[int, float, float]]] = {}
        spent: dict[str, Taken] = {}
        for column in ("bare", "stepscope"):
            file = Path(name) / f"{column}.prof"
            spent[column] = _run(Path(name), column, load, load.small if small else load.size, file)
            times[column] = _functions(file)
    ours, bare = times["stepscope"], times["bare"]
    lines = [f"{'recorded':>9} {'bare':>9} {'more':>9} {'calls':>9} {'with calls':>10}  function"]
    for name in sorted(ours, key=lambda name: -ours[name][1])[:40]:
        calls, own, whole = ours[name]
        before = bare.get(name, (0, 0.0, 0.0))[1]
        lines.append(f"{_columns(own, before)} {calls:9} {whole * 1000:10.1f}  {name}")
    lines += ["", f"{'recorded':>9} {'bare':>9} {'more':>9}  own time by module or package"]
    packages = {column: _by_package(functions) for column, functions in times.items()}
    for package, own in sorted(packages["stepscope"].items(), key=lambda item: -item[1])[:25]:
        lines.append(f"{_columns(own, packages['bare'].get(package, 0.0))}  {package}")
    threads = ", ".join(f"{name} {cpu:.2f} s" for name, cpu in spent["stepscope"].threads.items() if cpu >= 0.005)
    lines += ["", f"All times in ms under cProfile, of the thread of the event loop. CPU by thread: {threads}."]
    return "\n".join(lines)


def _columns(own: float, before: float) -> str:
    """Milliseconds recorded, bare, and what recording adds."""
    return " ".join(f"{seconds * 1000:9.1f}" for seconds in (own, before, own - before))


def _functions(file: Path) -> dict[str, tuple[int, float, float]]:
    """Calls, own seconds and seconds with what it called, by place and name of a function."""
    found: dict[str, tuple[int, float, float]] = {}
    for (path, line, name), (_, calls, own, whole, _) in pstats.Stats(str(file)).stats.items():  # type: ignore[attr-defined]
        place = name if path == "~" else f"{_short(path)}:{line} {name}"
        known = found.get(place, (0, 0.0, 0.0))
        found[place] = (known[0] + calls, known[1] + own, known[2] + whole)
    return found


def _short(path: str) -> str:
    for start in (f"{PROJECT}/", "site-packages/", f"{Path(json.__file__).parents[1]}/"):
        if start in path:
            return path.split(start, 1)[1]
    return path


def _by_package(functions: dict[str, tuple[int, float, float]]) -> dict[str, float]:
    """Own seconds by module of ours, or by package of another's."""
    totals: dict[str, float] = {}
    for name, (_, own, _) in functions.items():
        place = name.split(":", 1)[0]
        if " " in name and ".py:" in name:
            package = place if place.startswith("inspectors/") else place.split("/")[0]
        else:
            package = "built-in functions"
        totals[package] = totals.get(package, 0.0) + own
    return totals
