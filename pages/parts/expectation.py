"""What to expect of a run, from earlier ones: how long until it ends, or until it first asks a person."""

from __future__ import annotations

from statistics import median

from inspectors.discovery import WorkflowSource
from inspectors.store import Run
from inspectors.workbench import Workbench
from parts.words import duration, plural

RUNS = 5


def expectation(wb: Workbench, source: WorkflowSource) -> str:
    """`Usually 2.1 s to the first pause (5 runs)`; "" without runs."""
    runs = wb.store.runs(workflow=source.name, file=source.file, status=("done", "waiting"), limit=RUNS)
    pauses = [took for run in runs if (took := _until_pause(wb, run)) is not None]
    whole = [run.active_s for run in runs if run.status == "done" and run.active_s]
    if len(pauses) * 2 > len(runs):
        return f"Usually {duration(median(pauses))} to the first pause ({plural(len(pauses), 'run')})"
    if whole:
        return f"Usually {duration(median(whole))} ({plural(len(whole), 'run')})"
    return ""


def _until_pause(wb: Workbench, run: Run) -> float | None:
    """Seconds from a run's start to its first prompt; None if it had none."""
    prompts = wb.store.prompts(run.run_id, status=None)
    if not prompts or run.started_at is None:
        return None
    return max(0.0, prompts[0].created_at - run.started_at)
