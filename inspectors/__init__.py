"""The library behind Stepscope: everything that is not a page. Importing it loads nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspectors.trace.loaded import LoadedRun

__all__ = ["load_run"]


def load_run(run_id: str, db: str | Path | None = None) -> LoadedRun:
    """A run as pandas DataFrames, for a notebook or a script. It may still be going on: it is read as committed now.

    `run_id` is the one that the page's address ends in. `db` is the database's file; without it STEPSCOPE_DB, or the
    one that the app uses.

    What comes back has `.run` (workflow, status, input, result, error, started_at, ended_at, active_s, …) and:

    `.records`      a row a record: seq, t, dt (seconds since the first), kind, step, invocation, record (all of it)
    `.invocations`  a row an execution of a step: invocation, step, outcome, attempt, queue_ms, took_ms, started, ended,
                    worker (from 0), work_item (the same through retries and waits), takes and gives (events by type),
                    error_type, error, retry_in_ms, handled_by, seq, ended_seq
    `.events`       a row an event: key, type, module, via, from_step, by (invocation), t, fields, taken_by, seq
    `.steps`        a row a step: invocations, done, errors (all, mended or not), retried, waited (for an answer),
                    cancelled, running; median_ms, p95_ms and total_ms of those done; queue_median_ms, queue_p95_ms
    `.event_types`  a row an event type: events, streamed, taken, wait_median_ms and wait_p95_ms (in a step's queue)

    Outcomes are ok, buffered (its event is kept until others are there), waiting (for an answer; it runs again),
    retried, recovered (by a @catch_error step), failed, again (thrown away by the engine, and run anew), cancelled,
    unfinished (the run ended first) and running. Moments are timestamps in UTC, columns in `_ms` milliseconds.

    Raises LookupError if there is no such run, FileNotFoundError if there is no such file, StoreRefused if the file
    can't be used, each with a sentence.
    """
    from inspectors.trace.loaded import load

    return load(run_id, db)
