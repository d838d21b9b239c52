"""What earlier runs of a workflow let expect: how long one works, when it first asks, how many steps it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from inspectors.store import Run, Store
from inspectors.trace.tables import outcome_of
from inspectors.trace.tally import RUNS_AGAIN

RUNS = 5
COUNTED = 3
"""Runs whose steps are counted."""
MOST_RECORDS = 3_000
"""Runs with more records are not counted: reading them takes too long for a hint."""


@dataclass(frozen=True)
class Expected:
    """What is usual; None where earlier runs don't tell."""

    runs: int
    """How many ended well, of the last five."""
    seconds: float | None
    """The median of their work, without the time in which they waited for a person."""
    pauses: int
    """How many of the last five asked a person, among them such as still wait."""
    pause_seconds: float | None
    """The median from their start to the first request, if most asked."""
    steps: int | None = None
    """How many invocations came to an end, the median of the last three that ended well."""

    def json(self) -> dict[str, Any]:
        """As the head of a trace gets it."""
        return {
            "runs": self.runs,
            "seconds": self.seconds,
            "pauses": self.pauses,
            "pause_seconds": self.pause_seconds,
            "steps": self.steps,
        }


def expected(store: Store, workflow: str, file: str, before: float | None = None, *, steps: bool = False) -> Expected:
    """What runs of this workflow usually do; `before` (epoch seconds) takes only those created earlier.

    `steps` counts steps as well, which reads up to `COUNTED` × `MOST_RECORDS` records.
    """
    runs = store.runs(workflow=workflow, file=file, status=("done", "waiting"), before=before, limit=RUNS)
    pauses = [took for run in runs if (took := _until_pause(store, run)) is not None]
    done = [run for run in runs if run.status == "done"]
    work = [run.active_s for run in done if run.active_s]
    return Expected(
        runs=len(work),
        seconds=median(work) if work else None,
        pauses=len(pauses),
        pause_seconds=median(pauses) if len(pauses) * 2 > len(runs) else None,
        steps=_steps(store, done) if steps else None,
    )


def _until_pause(store: Store, run: Run) -> float | None:
    """Seconds from a run's start to its first prompt; None if it had none."""
    prompts = store.prompts(run.run_id, status=None)
    if not prompts or run.started_at is None:
        return None
    return max(0.0, prompts[0].created_at - run.started_at)


def _steps(store: Store, runs: Iterable[Run]) -> int | None:
    short = [run for run in runs if run.last_seq <= MOST_RECORDS][:COUNTED]
    counts = [ended_steps(store.iter_records(run.run_id)) for run in short]
    return round(median(counts)) if counts else None


def ended_steps(records: Iterable[dict[str, Any]]) -> int:
    """How many invocations came to an end that none of the same work item followed."""
    ends = (record for record in records if record["kind"] == "invocation_ended")
    return sum(outcome_of(record) not in RUNS_AGAIN for record in ends)
