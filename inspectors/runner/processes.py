"""Processes by pid and start time, so that a pid that was given out again isn't taken for a runner."""

from __future__ import annotations

import contextlib
import os

import psutil


def own_start() -> float:
    """When this process started, epoch seconds."""
    return float(psutil.Process(os.getpid()).create_time())


def started_at(pid: int) -> float | None:
    """When the process with this pid started (epoch seconds), or None if there is none."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def is_alive(pid: int | None, started: float | None) -> bool:
    """Whether the very process that was registered still runs."""
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        same = started is None or abs(process.create_time() - started) < 1.5
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
