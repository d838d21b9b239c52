"""`kill -9` of several processes in one moment that is known."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

from tests.waiting import until


def kill_all(pids: Iterable[int]) -> float:
    """Kill processes; the moment (epoch seconds) after which none of them did anything.

    They are stopped first: between a look at the clock and the signal they would go on, on a busy machine for long.
    """
    stopped = [pid for pid in pids if _send(pid, signal.SIGSTOP)]
    until(lambda: all(_stands_still(pid) for pid in stopped), "processes that were told to stop stand still")
    moment = time.time()
    for pid in stopped:
        _send(pid, signal.SIGKILL)
    return moment


def _send(pid: int, what: signal.Signals) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, what)
        return True
    return False


def _stands_still(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    return True
