"""What can be seen of runners from outside: whether they answer, and how much memory they use."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import psutil

from inspectors.runner.endings import Endings, stack_file
from inspectors.runner.holdups import HoldUp, Working, blamed
from inspectors.runner.link import RunnerLink
from inspectors.runner.links import RunnerLinks
from inspectors.runner.memory import MemoryGauge
from inspectors.runner.resuming import progress_of
from inspectors.runner.stacks import HELD_AFTER, WIND, read_stacks
from inspectors.store import Run, RunnerRow, Store

logger = logging.getLogger("stepscope.supervisor")

LOOK, LONELY_LOOK = 0.2, 1.0
"""Seconds from one look to the next, and while there is no runner."""
SILENT_AFTER = 3.2
"""Seconds after its last heartbeat from which on a runner with runs is asked whether it still answers."""
ANSWER_SECONDS = 0.5
TOLD_FROM = 0.8
"""Of the memory limit from which on pages tell how much is used."""


class Vitals:
    """A thread that looks after the runners that this server has links to."""

    def __init__(self, store: Store, links: RunnerLinks, endings: Endings, logs: Path, memory_limit: int) -> None:
        """`memory_limit` in bytes; 0 for none."""
        self._store = store
        self._links = links
        self._endings = endings
        self._logs = logs
        self._limit = memory_limit
        self._gauges: dict[str, MemoryGauge] = {}
        self._silence_looked: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stepscope-vitals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(5.0)

    def _watch(self) -> None:
        while not self._stop.wait(LOOK if self._links.known() else LONELY_LOOK):
            try:
                self._look()
            except Exception:  # a locked database, say; the next look tries again
                logger.exception("Runners could not be looked after; it is tried again")

    def _look(self) -> None:
        known = self._links.known()
        rows = [row for row in self._store.runners() if row.runner_id in known and not row.is_program] if known else []
        gauges = self._gauges
        self._gauges = {row.runner_id: gauges.get(row.runner_id) or MemoryGauge(row.pid) for row in rows if row.pid}
        for row in rows:
            if self._limit and row.runner_id in self._gauges:
                self._weigh(row, self._gauges[row.runner_id])
        now = time.time()
        silent = [row for row in rows if row.heartbeat and row.status == "ready" and now - row.heartbeat > SILENT_AFTER]
        if silent:
            loaded = [run for run in self._store.live_runs() if run.loaded]
            for row in silent:
                runs = [run for run in loaded if run.runner_id == row.runner_id]
                if runs:
                    self._listen(row, runs)

    # -- memory -------------------------------------------------------------------------------------

    def _weigh(self, row: RunnerRow, gauge: MemoryGauge) -> None:
        used = gauge.read()
        if used > self._limit and gauge.read_shared_once() > self._limit:
            self._endings.for_memory(row.runner_id, self._limit, self._users(row))
        elif used > TOLD_FROM * self._limit:
            if row.memory is None or abs(used - row.memory) > self._limit / 100:
                self._store.update_runner(row.runner_id, memory=used, memory_limit=self._limit)
        elif row.memory is not None:
            self._store.update_runner(row.runner_id, memory=None)

    def _users(self, row: RunnerRow) -> list[str]:
        """The runs whose code is on a stack of the runner just now, if it can say so."""
        link = self._link_to(row)
        reply = link.ask("at_work", ANSWER_SECONDS) if link is not None else None
        return [str(run) for run in (reply or {}).get("runs", [])]

    def _link_to(self, row: RunnerRow) -> RunnerLink | None:
        run = next((run for run in self._store.live_runs() if run.loaded and run.runner_id == row.runner_id), None)
        return self._links.link_of(run) if run is not None else None

    # -- silence ------------------------------------------------------------------------------------

    def _listen(self, row: RunnerRow, runs: list[Run]) -> None:
        """Say what holds a runner up that has not given a sign of life for long, unless it answers after all."""
        if time.monotonic() - self._silence_looked.get(row.runner_id, -9.0) < 1.0:
            return
        self._silence_looked[row.runner_id] = time.monotonic()
        assert row.heartbeat is not None and row.pid is not None
        if row.holdup is not None and row.holdup.get("place") and row.holdup["since"] >= row.heartbeat:
            return  # said already, with all that can be known
        link = self._links.link_of(runs[0])
        if link is not None and link.ask("status", ANSWER_SECONDS) is not None:
            return  # it lives, and only the database does not take its heartbeats
        self._store.note_silence(row.runner_id, row.heartbeat, self._silence(row, runs).as_json())

    def _silence(self, row: RunnerRow, runs: list[Run]) -> HoldUp:
        assert row.heartbeat is not None and row.pid is not None
        if _is_stopped(row.pid):
            return HoldUp("stopped", row.heartbeat)
        working = [
            Working(run.run_id, step, number)
            for run in runs
            for number, step in enumerate(progress_of(self._store, run).running.values())
        ]
        file = stack_file(self._logs, row.runner_id)
        written = file.stat().st_mtime if file.exists() else 0.0
        fresh = written > row.heartbeat
        since = max(row.heartbeat, written - HELD_AFTER - WIND) if fresh else row.heartbeat
        one, place = blamed(read_stacks(file) if fresh else [], working)
        if one is None and len(working) == 1:
            one = working[0]
        return HoldUp("lock", since, one.run if one else None, one.step if one else None, place)


def _is_stopped(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return False
