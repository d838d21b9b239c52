"""A process killed at any commit, without one: what is in the database then is copied, and the copy goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from inspectors.runner.burial import interrupt
from inspectors.runner.resuming import ResumePlan, plan_of, reopen
from inspectors.store import Store
from inspectors.store.records import Commit
from tests.recording.lab import Lab


class Copies:
    """Copies of a lab's database, one after each commit whose number is asked for, counted from 1."""

    def __init__(self, lab: Lab, folder: Path, after: set[int]) -> None:
        self.count = 0
        self.made: list[Path] = []
        folder.mkdir()
        self.folder = folder
        self._lab, self._after = lab, after
        self._commit = lab.store.commit
        lab.store.commit = self._commit_and_copy  # type: ignore[method-assign]

    def _commit_and_copy(self, commits: list[Commit]) -> None:
        self._commit(commits)
        self.count += 1
        if self.count in self._after:
            self.made.append(copy_of(self._lab.store.path, self.folder / f"killed-{self.count}.db"))


def copy_of(path: Path, to: Path) -> Path:
    """What another process finds in the database now."""
    to.unlink(missing_ok=True)
    for suffix in ("-wal", "-shm"):
        to.with_name(to.name + suffix).unlink(missing_ok=True)
    source, target = sqlite3.connect(path), sqlite3.connect(to)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return to


def found_dead(store: Store, run_id: str, ending: str = "it was killed") -> ResumePlan:
    """What becomes of a run whose runner is gone; and the plan that its page shows."""
    run = store.run(run_id)
    assert run is not None
    if not run.ended:
        interrupt(store, run, ending)
    run = store.run(run_id)
    assert run is not None
    return plan_of(store, run)


def resumed(store: Store, run_id: str, by: str = "tester") -> ResumePlan:
    """Make an interrupted run live again, as the supervisor does; a runner has to take it up."""
    plan = found_dead(store, run_id)
    run = store.run(run_id)
    assert run is not None
    assert plan.possible, plan.why
    assert reopen(store, run, plan, by)
    return plan


def committed(lab: Lab, run_id: str) -> dict[str, Any]:
    """Outcomes of the invocations whose end is committed."""
    records = lab.store.records(run_id)
    return {record["invocation"]: record["step"] for record in records if record["kind"] == "invocation_ended"}
