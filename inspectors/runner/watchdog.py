"""Watches the event loop from a thread of its own: heartbeats, and what keeps the loop from turning."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from inspectors.recording.run_log import RunLog
from inspectors.recording.run_output import active_outputs, live_outputs
from inspectors.runner.holdups import HoldUp, Working, blamed
from inspectors.runner.stacks import HELD_AFTER, WIND, Stack, StackFile, stack_of
from inspectors.store import Store

logger = logging.getLogger("stepscope.runner")

LOOK = 0.25
BEAT = 0.2
BLOCKED_AFTER = 1.5
HEARTBEAT = 1.0
IDLE_HEARTBEAT = 2.5
"""Seconds between two heartbeats in the runner's row, with and without steps at work."""
MANY = 100
"""Events waiting in queues from which on the engine's own work is felt."""


class Watchdog:
    """Notices within two seconds that a step doesn't let the event loop turn, and says so in its run.

    It is a Python thread: where code doesn't let go of the interpreter's lock, it can't say anything either. Then a
    server does (`vitals.py`), and the record of it is written as soon as the loop turns again.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, store: Store, runner_id: str, stacks: Path) -> None:
        self._loop = loop
        self._store = store
        self._runner_id = runner_id
        self._beat = time.monotonic()
        self._noted: tuple[HoldUp, RunLog | None] | None = None
        self._lock = threading.Lock()
        """Held while what is noted changes: the loop's thread ends what the watching one has begun."""
        self._told: HoldUp | None = None
        self._wound = self._last_heartbeat = 0.0
        self._looked = time.monotonic()
        self._stop = threading.Event()
        self._loop_thread = threading.get_ident()
        self._stacks = _stack_file(stacks)
        self._thread = threading.Thread(target=self._watch, name="stepscope-watchdog", daemon=True)

    def start(self) -> None:
        """Begin; called on the event loop's thread."""
        self._loop_beats()
        self.expect_work()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._stacks is not None:
            self._stacks.stop()

    # -- on the event loop --------------------------------------------------------------------------

    def _loop_beats(self) -> None:
        now = time.monotonic()
        late, self._beat = now - self._beat - BEAT, now
        if late > BLOCKED_AFTER:
            self._turns_again(late)
        self._loop.call_later(BEAT, self._loop_beats)

    def _turns_again(self, late: float) -> None:
        """The loop stood still: end what was noted of it; note it now if the watching thread had no turn either."""
        with self._lock:
            noted, self._noted = self._noted, None
            stacks = self._stacks.take() if self._stacks is not None else []
            if noted is None and stacks:
                noted = self._blame(stacks, "lock", time.time() - late)
                self._record(noted, late)
        if noted is not None and noted[1] is not None:
            noted[1].record("unblocked", seconds=round(time.time() - noted[0].since, 1))

    # -- beside it ----------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._stop.wait(LOOK):
            try:
                self._look()
            except sqlite3.Error as error:  # a locked database, say: it is said as soon as it can be
                logger.info("The runner's state could not be kept: %s", error)

    def _look(self) -> None:
        now, before = time.monotonic(), self._looked
        self._looked = now
        at_work = bool(live_outputs())
        if now - before > HELD_AFTER:
            return  # code held the interpreter, and the loop's thread comes next: it tells of it, by the stacks
        self._wind(now, at_work)
        with self._lock:
            late = now - self._beat - BEAT
            if late > BLOCKED_AFTER and self._noted is None:
                self._noted = self._found(late)
                if self._noted is not None:
                    self._record(self._noted, late)
            elif self._noted is not None:
                self._noted = self._counted_again(*self._noted)
            held = self._noted[0] if self._noted is not None else None
        if held != self._told or now - self._last_heartbeat > (HEARTBEAT if at_work else IDLE_HEARTBEAT):
            self._last_heartbeat = now
            self._store.update_runner(
                self._runner_id, heartbeat=time.time(), holdup=held.as_json() if held is not None else None
            )
            self._told = held

    def expect_work(self) -> None:
        """A run is about to be started: its first step may hold the interpreter before this thread has had a turn."""
        self._wind(time.monotonic(), at_work=True)

    def _wind(self, now: float, at_work: bool) -> None:
        if self._stacks is None:
            return
        if at_work and now - self._wound > WIND:
            self._wound = now
            self._stacks.wind(HELD_AFTER)
        elif not at_work and now - self._wound > 2 * WIND:
            self._stacks.stop()

    def _found(self, late: float) -> tuple[HoldUp, RunLog | None] | None:
        """What holds the loop up now; None if nothing that has to do with a run does."""
        since = time.time() - late
        noted = self._blame([stack_of(self._loop_thread)], "step", since)
        overloaded = _overloaded(since) if noted[0].step is None else None
        return overloaded or (noted if noted[0].step is not None or noted[0].place else None)

    def _blame(self, stacks: list[Stack], kind: str, since: float) -> tuple[HoldUp, RunLog | None]:
        runs = {output.run.run_id: output.run for output in active_outputs()}
        working = [
            Working(run.run_id, active.step, active.started)
            for run in runs.values()
            for active in list(run.active.values())
        ]
        one, place = blamed(stacks, working)
        held = HoldUp(kind, round(since, 3), one.run if one else None, one.step if one else None, place)
        return held, runs.get(one.run) if one is not None else None

    def _counted_again(self, held: HoldUp, run: RunLog | None) -> tuple[HoldUp, RunLog | None]:
        """How many events wait by now, told once a second at most."""
        if held.kind == "engine" and run is not None and time.monotonic() - self._last_heartbeat > HEARTBEAT:
            return replace(held, queued=_queued(run)), run
        return held, run

    def _record(self, noted: tuple[HoldUp, RunLog | None], late: float) -> None:
        held, run = noted
        if run is None:
            return
        values: dict[str, Any] = {"step": held.step, "seconds": round(late, 1), "since": held.since}
        if held.place:
            values["place"] = held.place
        if held.kind == "engine":
            values["queued"] = held.queued
        if held.kind == "lock":
            values["lock"] = True
        run.record("blocked", **values)


def runs_on_stacks() -> list[str]:
    """Ids of the runs of which a step's function is on the stack of some thread just now."""
    threads = [stack_of(thread.ident or 0) for thread in threading.enumerate()]
    names = {frame.name for stack in threads for frame in stack if frame.foreign}
    outputs = active_outputs()
    return [
        output.run.run_id
        for output in outputs
        if any(active.step in names for active in list(output.run.active.values()))
    ]


def _overloaded(since: float) -> tuple[HoldUp, RunLog] | None:
    """The run whose queues keep the engine itself busy: it copies them all at every event."""
    counted = [(_queued(output.run), output.run) for output in live_outputs()]
    most = max(counted, key=lambda one: one[0], default=None)
    if most is None or most[0] < MANY:
        return None
    return HoldUp("engine", round(since, 3), most[1].run_id, queued=most[0]), most[1]


def _queued(run: RunLog) -> int:
    if run.live is None:
        return 0
    state = run.live.state
    return sum(len(worker.queue) for worker in state.workers.values()) + len(state.deliveries)


def _stack_file(path: Path) -> StackFile | None:
    try:
        return StackFile(path)
    except OSError as error:
        logger.warning("Where code holds the interpreter can't be told: %s", error)
        return None
