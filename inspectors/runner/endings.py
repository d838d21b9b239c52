"""Runners that Stepscope ends itself on behalf of a run, and what is said of the runs in a runner that is gone."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from inspectors.runner.burial import bury, end_run, siblings
from inspectors.runner.links import RunnerLinks
from inspectors.runner.memory import VARIABLE, size_text
from inspectors.runner.processes import end_process, end_remains
from inspectors.runner.resuming import progress_of
from inspectors.runner.stacks import crash_place
from inspectors.store import Run, RunnerRow, Store

GRACE_SECONDS = 5.0
"""How long a cancelled run may take to end before its runner is ended."""


class Endings:
    """Ends runners and buries them; safe to use from any thread.

    Why a runner is ended stands in its row before it is: whichever server finds it dead then says the same.
    """

    def __init__(self, store: Store, links: RunnerLinks, logs: Path) -> None:
        self._store = store
        self._links = links
        self._logs = logs
        self._lock = threading.Lock()

    def for_cancel(self, run: Run) -> None:
        """End the runner of a run that does not react to Cancel."""
        self._end(run.runner_id or "", {"kind": "cancel", "run": run.run_id})

    def for_memory(self, runner_id: str, limit: int, runs: list[str]) -> None:
        """End a runner that uses more memory than it may, on behalf of these runs; [] if nobody knows whose it is."""
        self._end(runner_id, {"kind": "memory", "limit": limit, "runs": runs})

    def _end(self, runner_id: str, ending: dict[str, Any]) -> None:
        with self._lock:
            row = self._store.runner(runner_id)
            if row is None or row.is_program:
                return
            if row.ending is None:
                self._store.update_runner(runner_id, ending={**ending, "at": time.time()})
            self._links.leave(runner_id)
            importing = row.status == "starting" and ending["kind"] == "memory"
            if importing:
                # Before it is ended: whoever finds it dead fails the runs that wait for it, and says why.
                self._fail_import(row, ending)
            if row.pid is not None:
                end_process(row.pid, row.process_started)
            if importing:
                self._fail_import(row, ending)  # again: it may have said in the meantime that it was ready
                return
        self.bury(runner_id, "it was ended")

    def _fail_import(self, row: RunnerRow, ending: dict[str, Any]) -> None:
        error = too_large(int(ending.get("limit", 0)), [], f" while it imported {Path(row.file).name}")
        self._store.update_runner(row.runner_id, status="failed", error=error)

    def bury(self, runner_id: str, how: str) -> None:
        """End what a dead runner's steps left running, and say what became of its runs; `how` it ended, in words."""
        with self._lock:
            row = self._store.runner(runner_id)
            if row is None:  # buried already; a run may have been given to it since, just before its end was seen
                late = siblings(self._store, runner_id)
                if late:
                    bury(self._store, runner_id, "it had just been ended", take_up=late)
                return
            if not row.is_program:
                end_remains(runner_id, row.pid, row.created_at)
            ending = row.ending or {}
            if ending.get("kind") == "cancel":
                self._bury_cancelled(runner_id, str(ending["run"]))
            elif ending.get("kind") == "memory":
                self._bury_too_large(runner_id, int(ending["limit"]), list(ending.get("runs") or []))
            else:
                place = crash_place(stack_file(self._logs, runner_id))
                bury(self._store, runner_id, f"{how} in {place}" if place else how)
            stack_file(self._logs, runner_id).unlink(missing_ok=True)

    def _bury_cancelled(self, runner_id: str, run_id: str) -> None:
        for run in children_of(self._store, run_id, runner_id):
            end_run(self._store, run, "cancelled", None)
        others = siblings(self._store, runner_id, run_id)
        bury(self._store, runner_id, f"run {run_id} in it did not react to Cancel", run_id, others)

    def _bury_too_large(self, runner_id: str, limit: int, blamed: list[str]) -> None:
        ending = f"it used more than {size_text(limit)}"
        for run in self._store.live_runs():
            if run.runner_id != runner_id or not run.loaded or run.status == "waiting":
                continue
            progress = progress_of(self._store, run)
            if (run.run_id in blamed) if blamed else bool(progress.running):
                steps = sorted(set(progress.running.values()))
                error = too_large(limit, steps)
                end_run(self._store, run, "interrupted", error, progress=progress)
        bury(self._store, runner_id, ending, take_up=siblings(self._store, runner_id))


def too_large(limit: int, steps: list[str], doing: str = "") -> dict[str, Any]:
    """The error of a run whose runner used more memory than it may."""
    while_ = f" while {' and '.join(steps)} {'was' if len(steps) == 1 else 'were'} running" if steps else doing
    return {
        "type": "MemoryLimit",
        "message": (
            f"The runner used more than {size_text(limit)} and was ended{while_}. Let it hold less at once, or raise "
            f"{VARIABLE} and start Stepscope again."
        ),
        "step": steps[0] if len(steps) == 1 else None,
        "traceback": "",
        "frames": [],
    }


def children_of(store: Store, run_id: str, runner_id: str) -> list[Run]:
    """The runs that a run's steps have started, and theirs, as far as they go on in this runner."""
    live = [run for run in store.live_runs() if run.loaded and run.runner_id == runner_id]
    found: list[Run] = []
    parents = {run_id}
    for run in live:  # oldest first: a parent comes before its children
        if run.parent_run in parents:
            parents.add(run.run_id)
            found.append(run)
    return found


def stack_file(logs: Path, runner_id: str) -> Path:
    """Where a runner leaves its stacks (`stacks.py`)."""
    return logs / f"{runner_id}.stacks"
