"""What a server looks after by itself: runners that start, die or hang, cancels, answers that nobody has carried."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from inspectors.runner.burial import end_run, interrupt
from inspectors.runner.carrying import Carrier
from inspectors.runner.endings import GRACE_SECONDS, Endings
from inspectors.runner.link import RunnerLink
from inspectors.runner.links import RunnerLinks
from inspectors.runner.processes import is_alive
from inspectors.store import RunnerRow, Store

logger = logging.getLogger("stepscope.supervisor")

ROUND, CALM_ROUND = 0.1, 0.3
"""Seconds from one round to the next: while a runner starts or a run is ended at once, and else."""


class Watch:
    """A thread that looks at everything again and again; made with a first look at what earlier servers left."""

    def __init__(self, store: Store, links: RunnerLinks, carrier: Carrier, endings: Endings) -> None:
        self._store = store
        self._endings = endings
        self._hurried: set[str] = set()
        self._links = links
        self._carrier = carrier
        self._stop = threading.Event()
        self._bury_the_dead()
        self._links.forget_old_logs()
        self._thread = threading.Thread(target=self._watch, name="stepscope-supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(5.0)

    def _watch(self) -> None:
        looks: dict[Callable[[], None], float] = {
            self._settle_starting: ROUND,
            self._find_dead: CALM_ROUND,
            self._enforce_cancels: CALM_ROUND,
            self._carrier.carry_waiting: 1.0,
            self._links.retire: 1.0,
            self._links.look_for_trouble: 1.0,
            self._bury_the_dead: 5.0,
        }
        due = {look: time.monotonic() + every for look, every in looks.items()}
        while not self._stop.wait(ROUND if self._links.starting() or self._hurried else CALM_ROUND):
            for look, every in looks.items():
                now = time.monotonic()
                if now >= due[look] - ROUND / 2 or (self._hurried and look == self._enforce_cancels):
                    due[look] = now + every
                    self._guarded(look)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:  # a locked database must not end the watch; the next round tries again
            logger.exception("The supervisor's %s failed; it is tried again", step.__name__)

    def _settle_starting(self) -> None:
        for link in self._links.starting():
            if link.settle() and link.state == "failed":
                self.fail_unstarted(link)
                self._carrier.refuse_answers(link)
            elif link.state == "ready":
                self._store.note_start(link.file, time.time() - link.created_at)

    def fail_unstarted(self, link: RunnerLink) -> None:
        """End the runs that wait for a runner which could not start, or was killed while it started."""
        killed = link.killed() and (link.error or {}).get("type") not in ("MemoryLimit", "Interpreter")
        for run in self._store.live_runs():
            if run.runner_id == link.runner_id and run.status == "starting" and killed:
                interrupt(self._store, run, link.ending())
            elif run.runner_id == link.runner_id and run.status == "starting":
                end_run(
                    self._store,
                    run,
                    "failed",
                    link.error
                    or {
                        "type": "RunnerEnded",
                        "message": "The runner could not be started.",
                        "traceback": "",
                        "frames": [],
                    },
                )

    def _find_dead(self) -> None:
        for link in self._links.take_dead():
            self._endings.bury(link.runner_id, link.ending())
            link.close()
            self._links.forget_log(link.runner_id)

    def _bury_the_dead(self) -> None:
        """Runs whose runner is gone, whoever started it."""
        known = self._links.known()
        for row in self._store.registered():
            if row.runner_id not in known and not _is_held(row):
                self._endings.bury(row.runner_id, "its process is gone")
                self._links.forget_log(row.runner_id)

    def bury_program(self, run_id: str) -> bool:
        """Whether a program of the user's ran this run and is gone: whoever wants something of it is told at once."""
        run = self._store.run(run_id)
        row = self._store.runner(run.runner_id) if run is not None and run.loaded and run.runner_id else None
        if row is None or not row.is_program or is_alive(row.pid, row.process_started):
            return False
        self._endings.bury(row.runner_id, "its process is gone")
        return True

    def hurry(self, run_id: str) -> None:
        """Don't wait any longer for a cancelled run: its runner is ended with the next round."""
        self._hurried.add(run_id)

    def _enforce_cancels(self) -> None:
        now = time.time()
        live = self._store.live_runs()
        self._hurried &= {run.run_id for run in live}
        for run in live:
            if run.cancel_asked_at is None:
                continue
            if not run.loaded and run.status in ("waiting", "starting"):
                end_run(self._store, run, "cancelled", None)  # it left its runner's memory just as it was asked
                continue
            patient = now - run.cancel_asked_at < GRACE_SECONDS and run.run_id not in self._hurried
            if not run.loaded or patient:
                continue
            row = self._store.runner(run.runner_id) if run.runner_id else None
            if row is None:
                end_run(self._store, run, "cancelled", None)
            elif not row.is_program:  # a program is the user's own process: it is asked, never ended
                self._endings.for_cancel(run)


def _is_held(row: RunnerRow) -> bool:
    """Whether the process of a row is there, or the server that is about to start it or to tell of its failure."""
    if row.pid is not None and row.status != "failed":
        return is_alive(row.pid, row.process_started)
    return is_alive(row.owner_pid, row.owner_started)
