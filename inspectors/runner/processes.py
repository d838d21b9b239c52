"""Processes by pid and start time, so that a pid that was given out again isn't taken for a runner."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import psutil

from inspectors.runner.process_start import since_boot

RUNNER_MARK = "STEPSCOPE_RUNNER"
"""The variable that holds a runner's id, in its environment and that of what its steps start (`child.py` sets it)."""
GONE_SECONDS = 3.0
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
    """Kill a process, its subprocesses and its process group, if it is the registered one; it is gone on return.

    One that the system doesn't let go of (it waits for a disk, say) is waited for 3 s.
    """
    if not is_alive(pid, started):
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        children = process.children(recursive=True)
        if os.name == "posix" and os.getpgid(pid) == pid:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        for one in [process, *children]:
            with contextlib.suppress(psutil.Error):
                one.kill()
    deadline = time.monotonic() + GONE_SECONDS
    while is_alive(pid, started) and time.monotonic() < deadline:
        time.sleep(0.01)


def end_remains(runner_id: str, pid: int | None, created_at: float) -> int:
    """End what a dead runner's steps have started and left running; how many processes that were.

    They are known by the process group of the runner (not on Windows) and by RUNNER_MARK in their environment. A group
    of an earlier start of the machine belongs to somebody else by now.
    """
    grouped = os.name == "posix" and pid is not None and not psutil.pid_exists(pid) and psutil.boot_time() < created_at
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or process.create_time() < created_at - 1:
                continue
            in_group = grouped and os.getpgid(process.pid) == pid
            if in_group or process.environ().get(RUNNER_MARK) == runner_id:
                found.append(process)
    for process in found:
        with contextlib.suppress(psutil.Error):
            if process.pid != pid:
                process.kill()
    return len(found)
