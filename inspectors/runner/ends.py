"""The last record of a run, written by the runner that has it."""

from __future__ import annotations

import time
from typing import Any

from workflows.events import StopEvent

from inspectors.recording.errors import short_error
from inspectors.recording.run_log import Session
from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.values import mask
from inspectors.recording.writer import CommitWriter
from inspectors.runner.outcomes import outcome_of, result_of
from inspectors.store import Run, Store
from inspectors.store.records import Commit


def write_end(store: Store, recorder: RunRecorder, outcome: Any) -> None:
    """End a run with what its handler gave or raised."""
    status, result, error = outcome_of(recorder, outcome)
    now = time.time()
    run = store.run(recorder.run_id)
    columns: dict[str, Any] = {
        "status": status,
        "ended_at": now,
        "result": result,
        "error": error,
        "loaded": 0,
        "waiting_since": None,
        "active_since": None,
        "active_s": run.active_at(now) if run is not None else 0.0,
    }

    def edit(commit: Commit) -> None:
        commit.run.update(columns)
        commit.mask = mask

    shown = result_of(outcome, None) if isinstance(outcome, StopEvent) else None
    found = {} if recorder.active_steps is None else {"active_steps": recorder.active_steps}
    recorder.record("run_ended", edit, status=status, result=shown, error=short_error(error), **found)


def write_unstarted_end(writer: CommitWriter, run: Run, root: str, status: str, error: dict[str, Any] | None) -> None:
    """End a run that came to no first step."""
    session = Session(run.run_id, 1, False, None)
    recorder = RunRecorder(writer, run.run_id, next_seq=run.last_seq + 1, root=root, session=session)

    def edit(commit: Commit) -> None:
        commit.run.update(status=status, error=error, ended_at=time.time(), loaded=0)
        commit.mask = mask

    recorder.record("run_ended", edit, status=status, result=None, error=short_error(error))
