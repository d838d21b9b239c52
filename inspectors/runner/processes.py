"""Processes by pid and start time, so that a pid that was given out again isn't taken for a runner."""

from __future__ import annotations

import contextlib
import os

import psutil

from inspectors.runner.process_start import since_boot

EPOCH = 1e9
"""Greater numbers are epoch seconds; no machine has been up so long."""


def own_start() -> float:
    """When this process started: a number that tells it from others with its pid, see `started_at`."""
    return started_at(os.getpid()) or 0.0


def started_at(pid: int) -> float | None:
    """When the process with this pid started, or None if there is none.

    Seconds since the machine's start on Linux, where epoch seconds would move with the clock; elsewhere epoch seconds.
    """
    started = since_boot(pid)
    if started is not None:
        return started
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def _is_same(process: psutil.Process, started: float) -> bool:
    if started > EPOCH:  # not Linux, or a row that an earlier Stepscope has written
        return abs(process.create_time() - started) < 1.5
    now = since_boot(process.pid)
    return now is not None and abs(now - started) < 0.005


def is_alive(pid: int | None, started: float | None) -> bool:
    """Whether the very process that was registered still runs."""
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        same = started is None or _is_same(process, started)
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def end_process(pid: int, started: float | None) -> None:
    """Kill a process and its children, if it is the registered one."""
    if not is_alive(pid, started):
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for child in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.Error):
                child.kill()
