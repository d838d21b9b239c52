"""The table of the fault suite, as Markdown, printed and written into docs/reliability.md between its markers."""

from __future__ import annotations

import datetime
import os
import platform
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.e2e.app_process import PROJECT
from tests.faults.trial import Outcome

GOAL_P95_MS, GOAL_MS = 50.0, 150.0
"""How old a record may be that a killed runner takes with it."""
NOTE = PROJECT / "docs" / "reliability.md"
BETWEEN = re.compile(r"(<!-- faults: begin -->\n).*(<!-- faults: end -->)", re.DOTALL)
WORDS = {"runner": "runner", "server": "web server", "both": "both, pids reused"}
HEAD = [
    "Workflow",
    "Killed",
    "Kills",
    "Runs right",
    "Records lost, ms: p50 · p95 · max",
    "Returns not taken, ms: p50 · p95 · max",
    "Ran again: in flight",
    "wrongly",
    "Back after, s: p50 · max",
]


@dataclass
class Row:
    """All runs of one workload that were killed in one way."""

    label: str
    what: str
    outcomes: list[Outcome] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Sentences of trials that came to no end."""

    @property
    def kills(self) -> int:
        """How many processes, or pairs of them, were killed."""
        return sum(len(outcome.kills) for outcome in self.outcomes) + len(self.broken)

    @property
    def wrong(self) -> list[str]:
        """Everything that was wrong, by run."""
        return self.broken + [f"{outcome.run_id}: {text}" for outcome in self.outcomes for text in outcome.wrong]

    def cells(self) -> list[str]:
        """The row, in the order of HEAD."""
        right = sum(not outcome.wrong for outcome in self.outcomes)
        died = self.what != "server"
        lost = [age for outcome in self.outcomes for age in outcome.lost_ms]
        untaken = [age for outcome in self.outcomes for age in outcome.untaken_ms]
        seconds = [value for outcome in self.outcomes for value in outcome.resumed_s]
        return [
            self.label,
            WORDS[self.what],
            str(self.kills),
            f"{right} of {len(self.outcomes) + len(self.broken)}",
            _three(lost) if died else "none",
            _three(untaken) if died else "none",
            str(sum(len(outcome.again.in_flight) for outcome in self.outcomes)),
            str(sum(len(outcome.again.wrongly) for outcome in self.outcomes)),
            f"{statistics.median(seconds):.1f} · {max(seconds):.1f}" if seconds else "–",
        ]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that so many of them don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 100 * len(ordered)) // 100) - 1)]


def _three(values: Sequence[float]) -> str:
    if not values:
        return "–"
    return f"{percentile(values, 0.5):.0f} · {percentile(values, 0.95):.0f} · {max(values):.0f}"


def all_lost(rows: Iterable[Row]) -> list[float]:
    """Of every runner that was killed, how old the oldest record was that was lost."""
    return [age for row in rows for outcome in row.outcomes for age in outcome.lost_ms]


def goal(lost: Sequence[float]) -> str:
    """Whether what was lost is as little as promised."""
    reached = percentile(lost, 0.95) <= GOAL_P95_MS and max(lost) <= GOAL_MS
    return f"goal {GOAL_P95_MS:.0f} (p95) and {GOAL_MS:.0f} (max) {'reached' if reached else 'NOT reached'}"


def text(rows: Sequence[Row], seed: str, seconds: float) -> str:
    """The table, and a line that says where and when."""
    lines = [HEAD, ["---"] * 2 + ["---:"] * (len(HEAD) - 2), *(row.cells() for row in rows)]
    today = datetime.datetime.now(datetime.UTC).date()
    load = f"load {os.getloadavg()[1]:.0f} at the end" if hasattr(os, "getloadavg") else ""
    where = f"{os.cpu_count()} cores, {load}, Python {platform.python_version()}, {platform.system()}"
    lost = all_lost(rows)
    said = f"All runners: {_three(lost)} ms lost (p50 · p95 · max of {len(lost)}), {goal(lost)}. " if lost else ""
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{table}\n\n{said}Seed {seed}, {seconds / 60:.0f} minutes, {today}, {where}.\n"


def write(table: str) -> None:
    """Put the table into docs/reliability.md. Raises ValueError if its markers are gone."""
    note = NOTE.read_text(encoding="utf-8")
    if not BETWEEN.search(note):
        raise ValueError(f"{NOTE} has no markers for the table.")
    NOTE.write_text(BETWEEN.sub(lambda found: found.group(1) + table + found.group(2), note), encoding="utf-8")
