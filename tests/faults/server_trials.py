"""Kills the web server, alone or with its runners as a power cut does, under an open page in a real Chromium."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from playwright.sync_api import Page

from inspectors.store import Run, Store
from tests.e2e.app_process import AppProcess
from tests.faults.checks import Kill
from tests.faults.killing import kill_all
from tests.faults.open_page import OpenPage
from tests.faults.trial import Outcome, examine
from tests.faults.truth import Truth
from tests.faults.workloads import FAN_OUT, SAMPLES, Workload
from tests.waiting import PATIENCE, until

LOOK_EVERY_MS = 20


class ServerTrials:
    """Runs started, answered and resumed on one page that is never loaded anew, while servers come and go."""

    def __init__(self, folder: Path, page: Page, every: int = 1) -> None:
        self.truth = Truth(folder / "truth")
        self.every = every
        self.app = AppProcess(folder / "stepscope.db", [str(SAMPLES), str(FAN_OUT)]).start()
        self.store = Store(self.app.database)
        self.page = page
        self.person = OpenPage(page, self.app.url)
        self.pids: set[int] = set()
        """Of every runner that was seen."""

    def length(self, workload: Workload) -> float:
        """Seconds from the click on Run to the end, when nobody disturbs."""
        run_id = self.person.start(workload.source, **workload.input)
        began = time.monotonic()
        self._drive(run_id, lambda: False, 0.0)
        return time.monotonic() - began

    def one(self, workload: Workload, what: str, chance: random.Random, length: float) -> Outcome | None:
        """One run, killed once; None if it had ended before its moment came. `what`: server or both."""
        since = self.truth.size()
        run_id = self.person.start(workload.source, **workload.input)
        moment = time.monotonic() + chance.uniform(0.0, length)
        slowness = chance.uniform(0.0, 0.5)
        if not self._drive(run_id, lambda: time.monotonic() >= moment, slowness):
            return None
        kill = self._kill(what)
        time.sleep(chance.uniform(0.0, 1.0))
        self.app.start()
        began = time.monotonic()
        self.person.is_back()
        seconds = [time.monotonic() - began] if what == "server" else []
        if what == "both":
            seconds += self._resume(run_id)
        self._drive(run_id, lambda: False, slowness)
        self.page.wait_for_selector(f".st-key-run-status:has-text('Done'):has-text('{run_id}')")
        run = self._run(run_id)
        outcome = examine(workload, self.store, run, self.truth.deeds(since), [kill], self.every)
        outcome.wrong += self.person.faults(run)
        outcome.resumed_s = seconds
        return outcome

    def close(self) -> list[str]:
        """Stop the server as Ctrl-C does; what is left of it that should not be."""
        self._see()
        self.app.stop()
        with suppress(AssertionError):  # said below, with what is left
            until(lambda: not any(map(psutil.pid_exists, self.pids)), "no process is left", 20.0)
        wrong = [f"Process {pid} is left." for pid in self.pids if psutil.pid_exists(pid)]
        wrong += [f"The row of runner {row.runner_id} is left." for row in self.store.runners()]
        self.store.close()
        return wrong

    # -- driving ------------------------------------------------------------------------------------

    def _run(self, run_id: str) -> Run:
        run = self.store.run(run_id)
        assert run is not None
        return run

    def _drive(self, run_id: str, moment: Callable[[], bool], slowness: float) -> bool:
        """Answer on the page what is asked, until the moment comes (True) or the run has ended (False)."""
        deadline, asked = time.monotonic() + PATIENCE, 0.0
        while time.monotonic() < deadline:
            self._see()
            if self._run(run_id).ended:
                return False
            if moment():
                return True
            if self.store.prompts(run_id) and self.person.asks():
                asked = asked or time.monotonic()
                if time.monotonic() - asked >= slowness:
                    self.person.approve_if_there()
            self.page.wait_for_timeout(LOOK_EVERY_MS)
        raise AssertionError(f"Not ended in {PATIENCE:.0f} s: {self._run(run_id)}")

    def _see(self) -> None:
        self.pids |= {row.pid for row in self.store.runners() if row.pid is not None}

    def _kill(self, what: str) -> Kill:
        """`kill -9`, and for `both` what a boot does: the numbers of the runners' processes belong to others now."""
        self._see()
        runners = [row.pid for row in self.store.runners() if row.pid is not None] if what == "both" else []
        kill = Kill(kill_all(runners), what)
        self.app.kill()
        if what == "both":
            give_pids_to(os.getpid(), self.store.path)
        return kill

    def _resume(self, run_id: str) -> list[float]:
        """The run is in the right state as soon as the page is back: press Resume if it is interrupted."""
        until(lambda: self._is_settled(run_id), f"run {run_id} is in no runner, or in a new one")
        run = self._run(run_id)
        if run.status != "interrupted":
            return []
        self.page.locator(".st-key-resume-run button").click()
        began = time.monotonic()
        until(
            lambda: any(record["kind"] == "run_started" for record in self.store.records(run_id, run.last_seq + 1)),
            f"run {run_id} goes on after Resume",
        )
        return [time.monotonic() - began]

    def _is_settled(self, run_id: str) -> bool:
        run = self._run(run_id)
        row = self.store.runner(run.runner_id) if run.runner_id else None
        return run.ended or not run.loaded or (row is not None and row.pid not in (None, os.getpid()))


def give_pids_to(pid: int, database: Path) -> None:
    """Have the rows of all runners name another process, as if the machine had given their numbers out again."""
    connection = sqlite3.connect(database, timeout=30)
    with connection:
        connection.execute("UPDATE runner SET pid = ? WHERE pid IS NOT NULL", (pid,))
    connection.close()
