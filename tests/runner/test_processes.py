"""What tells a runner from another process: its pid was given out again, the clock was set, the machine is another."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from inspectors.runner import processes
from inspectors.runner.processes import end_process, is_alive, own_start, started_at
from tests.waiting import until


@pytest.fixture
def other():
    """Another process, as a pid that was given out again would name one."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


def test_a_process_is_known_again_by_its_start(other: subprocess.Popen[bytes]):
    started = started_at(other.pid)
    assert is_alive(other.pid, started) and is_alive(os.getpid(), own_start())
    other.kill()
    until(lambda: not is_alive(other.pid, started))  # a zombie isn't alive, though it is there
    other.wait()
    assert not is_alive(other.pid, started) and started_at(other.pid) is None


def test_a_pid_that_was_given_out_again_is_neither_taken_for_the_runner_nor_killed(other: subprocess.Popen[bytes]):
    started = started_at(other.pid)
    assert started is not None
    assert not is_alive(other.pid, started - 30.0) and not is_alive(other.pid, time.time() - 30.0)
    end_process(other.pid, started - 30.0)
    assert other.poll() is None


def test_rows_of_earlier_versions_hold_epoch_seconds(other: subprocess.Popen[bytes]):
    assert is_alive(other.pid, psutil.Process(other.pid).create_time())


@pytest.mark.skipif(sys.platform != "linux", reason="only there does the start of a process move with the clock")
def test_a_clock_that_is_set_makes_no_runner_another_process(
    other: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
):
    started = started_at(other.pid)
    real = psutil.Process.create_time
    monkeypatch.setattr(processes.psutil.Process, "create_time", lambda self: real(self) + 3600.0)
    assert is_alive(other.pid, started)
