"""The last record of a run, written by the runner that has it."""

from __future__ import annotations

import logging
import time
from typing import Any

from workflows.events import StopEvent

from inspectors.recording.errors import short_error
from inspectors.recording.run_log import Session
from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.values import mask
from inspectors.recording.writer import CommitWriter
from inspectors.runner.outcomes import outcome_of, result_of
from inspectors.store import Run, Store, StoreRefused
from inspectors.store.records import Commit

logger = logging.getLogger("stepscope.runner")


def write_end(store: Store, recorder: RunRecorder, outcome: Any) -> None:
    """End a run with what its handler gave or raised."""
    status, result, error = outcome_of(recorder, outcome)
    now = time.time()
    columns: dict[str, Any] = {
        "status": status,
        "ended_at": now,
        "result": result,
        "error": error,
        "loaded": 0,
        "waiting_since": None,
        "active_since": None,
        **worked(store, recorder.run_id, now),
    }

    def edit(commit: Commit) -> None:
        commit.run.update(columns)
        commit.mask = mask

    shown = result_of(outcome, None) if isinstance(outcome, StopEvent) else None
    found = {} if recorder.active_steps is None else {"active_steps": recorder.active_steps}
    recorder.record("run_ended", edit, status=status, result=shown, error=short_error(error), **found)


def worked(store: Store, run_id: str, now: float) -> dict[str, float]:
    """How long the run has worked, as its column; nothing while the database can't be read: it stays as it is then."""
    try:
        run = store.run(run_id)
    except StoreRefused as refused:
        logger.error("How long run %s has worked can't be read now. %s", run_id, refused)
        return {}
    return {"active_s": run.active_at(now)} if run is not None else {}


def write_unstarted_end(writer: CommitWriter, run: Run, root: str, status: str, error: dict[str, Any] | None) -> None:
    """End a run that came to no first step."""
    session = Session(run.run_id, 1, False, None)
    recorder = RunRecorder(writer, run.run_id, next_seq=run.last_seq + 1, root=root, session=session)

    def edit(commit: Commit) -> None:
        commit.run.update(status=status, error=error, ended_at=time.time(), loaded=0)
        commit.mask = mask

    recorder.record("run_ended", edit, status=status, result=None, error=short_error(error))
