"""Waiting for what is meant, never for a time to pass. Other processes share the machine, so patience is long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from inspectors.store import Run
from inspectors.store.runs import Runs

PATIENCE = 60.0
"""Seconds after which what was waited for is taken not to come."""
POLL_SECONDS = 0.01


def until(holds: Callable[[], Any], what: str = "it", seconds: float = PATIENCE) -> Any:
    """What `holds` gives, once it gives something. AssertionError, with `what` was waited for, if that takes longer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"not in {seconds:g} s: {what}")


def until_run(store: Runs, run_id: str, ready: Callable[[Run], object], seconds: float = PATIENCE) -> Run:
    """The run, once it is as asked for. AssertionError, with the run as it is, if that takes longer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = store.run(run_id)
        if run is not None and ready(run):
            return run
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"not in {seconds:g} s; the run is {store.run(run_id)}")


def has_ended(run: Run) -> bool:
    """For `until_run`."""
    return run.ended


def is_let_go(run: Run) -> bool:
    """For `until_run`: it waits for a person and has left its runner's memory."""
    return run.status == "waiting" and not run.loaded
