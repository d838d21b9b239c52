"""What becomes of runs whose runner is gone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from inspectors.recording.errors import short_error
from inspectors.recording.values import mask
from inspectors.store import Run, Store
from inspectors.store.records import Commit


def bury(store: Store, runner_id: str, ending: str, cancelled: str = "") -> None:
    """Mark the runs that were loaded in a dead runner, and forget the runner.

    A run that only waited for a person, and was saved, can be taken up by another runner and stays waiting. `cancelled`
    is the run on whose behalf the runner was ended.
    """
    row = store.runner(runner_id)
    who = "The program" if row is not None and row.is_program else "The runner"
    for run in store.live_runs():
        if run.runner_id != runner_id or not run.loaded:
            continue
        if run.status == "waiting" and store.checkpoint(run.run_id) is not None and run.run_id != cancelled:
            store.release_run(run.run_id)
        elif run.run_id == cancelled:
            end_run(store, run, "cancelled", None)
        else:
            end_run(store, run, "interrupted", interruption(running_steps(store, run.run_id), ending, who))
    store.forget_runner(runner_id)


def end_run(store: Store, run: Run, status: str, error: dict[str, Any] | None) -> None:
    """Write the last record of a run that no runner will end itself. Status: failed, cancelled or interrupted."""
    now = time.time()
    record = {
        "seq": run.last_seq + 1,
        "t": round(now, 6),
        "kind": "run_ended",
        "status": status,
        "result": None,
        "error": short_error(error),
    }
    commit = Commit(run.run_id, run.last_seq + 1, lines=[json.dumps(record)])
    commit.run.update(
        status=status,
        error=error,
        ended_at=now,
        loaded=0,
        waiting_since=None,
        active_since=None,
        active_s=run.active_at(now),
    )
    if status == "interrupted":
        commit.prompt_changes = {prompt.prompt_id: {"status": "withdrawn"} for prompt in store.prompts(run.run_id)}
    else:
        commit.mask = mask
    store.commit([commit])


def running_steps(store: Store, run_id: str) -> set[str]:
    """The steps that had begun and not ended, as far as is recorded."""
    running: dict[str, str] = {}
    for record in store.iter_records(run_id):
        if record["kind"] == "invocation_started":
            running[record["invocation"]] = record["step"]
        elif record["kind"] == "invocation_ended":
            running.pop(record["invocation"], None)
    return set(running.values())


def interruption(running: Iterable[str], ending: str, who: str) -> dict[str, Any]:
    """The error of an interrupted run: who ended, in which steps, and how."""
    steps = sorted(running)
    where = f" while {' and '.join(steps)} {'was' if len(steps) == 1 else 'were'} running" if steps else ""
    return {
        "type": "Interrupted",
        "message": f"{who} ended{where}: {ending}.",
        "step": steps[0] if len(steps) == 1 else None,
        "traceback": "",
        "frames": [],
    }
