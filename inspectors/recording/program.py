"""A program that records its own runs: its row, its commits, and what becomes of them when the database can't be used.

All that touches SQLite happens in threads of ours, never on the program's event loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from workflows import Workflow
from workflows.runtime.types.plugin import ExternalRunAdapter

from inspectors.recording.described_class import described
from inspectors.recording.errors import short_error
from inspectors.recording.output import capture_output
from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.values import mask
from inspectors.recording.writer import CommitWriter
from inspectors.runner.burial import end_run, interruption, running_steps
from inspectors.runner.processes import own_start
from inspectors.store import Answer, Prompt, Store
from inspectors.store.connections import ChangeCounter
from inspectors.store.models import PROGRAM
from inspectors.store.records import Commit, Records

logger = logging.getLogger("stepscope")

TRY_FOR = 15.0
"""Seconds for which a commit is tried again before this program's runs go on unrecorded."""
TRY_AGAIN = 0.5
REST = 30.0
"""Seconds after which a database that could not be used is tried once more, by the next run."""
LOOK_EVERY = 0.2
"""Seconds between two looks for answers and wishes to cancel, while there are runs."""
EXIT_WAIT = 8.0
QUIET = threading.Lock()
"""Held while our threads use SQLite: a process that was forked just then would never get its locks."""


@dataclass
class LiveRun:
    """A run that goes on in this program."""

    program: Program
    recorder: RunRecorder
    workflow: Workflow
    loop: asyncio.AbstractEventLoop
    row: dict[str, Any]
    """What `Runs.create_run` takes, but for what is said of the class."""
    deadline: float | None
    """When its time limit ends it, epoch seconds."""
    adapter: ExternalRunAdapter | None = None
    pausing: asyncio.Task[None] | None = None
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    cancel_asked: bool = False
    output: ExitStack = field(default_factory=ExitStack)
    """Held open while what the run prints and logs is recorded."""


@dataclass
class Clock:
    """How long a run has worked: the time in which it waits for a person doesn't count."""

    worked: float = 0.0
    since: float | None = None

    def follow(self, columns: dict[str, Any]) -> None:
        """Take up what a commit says of the run, and add what it has worked where that is known by now."""
        if "active_since" not in columns:
            return
        if columns["active_since"] is not None:
            self.since = columns["active_since"] if self.since is None else self.since
            return
        since = self.since if self.since is not None else columns.get("started_at")
        until = columns.get("ended_at") or columns.get("waiting_since")
        if since is not None and until is not None:
            self.worked += max(0.0, until - since)
        self.since = None
        columns["active_s"] = self.worked


class Program:
    """This process as a source of runs in one database."""

    def __init__(
        self,
        database: Path,
        deliver: Callable[[LiveRun, Prompt, Answer], None],
        cancel: Callable[[LiveRun, str], None],
    ) -> None:
        """`deliver` and `cancel` are called on a run's own event loop."""
        self.database = database
        self.live: dict[str, LiveRun] = {}
        self.refusals: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        """Prompts whose answer the workflow could not take, and why."""
        self.name, self.path = program_name()
        self._deliver, self._cancel = deliver, cancel
        self._store: Store | None = None
        self._runner_id = ""
        self._unwritten: dict[str, LiveRun] = {}
        self._clocks: dict[str, Clock] = {}
        self._left: list[str] = []
        """Runs whose end could not be written."""
        self._said: set[str] = set()
        self._resting_until = 0.0
        self._leaving = threading.Event()
        self._some = threading.Event()
        self.writer = CommitWriter(cast(Records, self))
        self._watcher = threading.Thread(target=self._watch, name="stepscope-elsewhere", daemon=True)
        self._watcher.start()

    @property
    def usable(self) -> bool:
        """Whether runs can be recorded now."""
        return time.monotonic() >= self._resting_until

    def add(self, run: LiveRun) -> None:
        """A run begins; its row is written with its first records."""
        run_id = run.recorder.run_id
        self._unwritten[run_id] = self.live[run_id] = run
        run.output.enter_context(capture_output())
        self._some.set()

    def remove(self, run_id: str) -> None:
        """A run is over, or not recorded any more."""
        run = self.live.pop(run_id, None)
        if run is not None:
            run.output.close()

    # -- writing, on the writer's thread --------------------------------------------------------------

    def commit(self, commits: list[Commit]) -> None:
        """Write what runs have to say; never raises. What can't be written for long is given up, with a warning."""
        until = time.monotonic() + (EXIT_WAIT / 2 if self._leaving.is_set() else TRY_FOR)
        while commits and self.usable:
            try:
                with QUIET:
                    store = self._opened()
                    while commits:
                        self._write(store, commits[0])
                        del commits[0]
            except sqlite3.Error as error:
                if self._store is None or time.monotonic() > until:
                    self._give_up(str(error))
                else:
                    time.sleep(TRY_AGAIN)
            except Exception as error:  # a recorder's fault must not become the program's
                logger.exception("Stepscope")
                self._give_up(f"{type(error).__name__}: {error}")

    def _opened(self) -> Store:
        if self._store is not None:
            return self._store
        store = Store(self.database)
        try:
            row = store.create_runner(file=self.path, version="", owner_pid=os.getpid(), owner_started=own_start())
            store.update_runner(row.runner_id, status=PROGRAM, pid=os.getpid(), process_started=own_start())
            self._runner_id = row.runner_id
            for run_id in self._left:
                self._interrupt(store, run_id, "the rest of it could not be recorded")
            self._left.clear()
        except BaseException:
            store.close()
            raise
        self._store = store
        return store

    def _write(self, store: Store, commit: Commit) -> None:
        new = self._unwritten.get(commit.run_id)
        if new is not None:
            if not self._create(store, new):
                return
            self._unwritten.pop(commit.run_id, None)
        clock = self._clocks.get(commit.run_id)
        if clock is not None:
            clock.follow(commit.run)
        run = self.live.get(commit.run_id)
        for prompt in commit.prompts:
            ends = [moment for moment in (prompt.deadline, run.deadline if run else None) if moment is not None]
            prompt.deadline = min(ends, default=None)
        try:
            store.commit([commit])
        except ValueError as error:  # somebody took this process for dead and wrote the run's end
            self._leave(commit.run_id)
            self._warn(f"The rest of a run of {self.name} is not recorded: {error}.")
        if "ended_at" in commit.run:
            self._clocks.pop(commit.run_id, None)

    def _create(self, store: Store, run: LiveRun) -> bool:
        said, run_id = described(type(run.workflow)), run.recorder.run_id
        try:
            store.create_run(
                run_id=run_id,
                workflow=said.name,
                module=said.module,
                file=said.file,
                version=said.version,
                graph=said.graph,
                runner_id=self._runner_id,
                loaded=True,
                **run.row,
            )
        except sqlite3.IntegrityError:  # one chance in four billion for each run that is kept
            self._unwritten.pop(run_id, None)
            self._leave(run_id)
            self._warn(f"A run of {self.name} is not recorded: another run already has the id {run_id}.")
            return False
        self._clocks[run_id] = Clock()
        return True

    # -- when the database can't be used --------------------------------------------------------------

    def _give_up(self, reason: str) -> None:
        self._resting_until = time.monotonic() + REST
        self._warn(f"Stepscope doesn't record the runs of {self.name}; they go on without it. {reason}")
        for run_id in list(self.live):
            if run_id not in self._unwritten:
                self._left.append(run_id)
            self._leave(run_id)
        self._unwritten.clear()
        self._clocks.clear()
        store, self._store = self._store, None
        if store is not None:
            store.close()  # this program's row stays: whoever looks at it finds that the process is gone, some time

    def _leave(self, run_id: str) -> None:
        run = self.live.get(run_id)
        if run is not None:
            run.recorder.ended = True  # nothing is kept for it any more
        self.remove(run_id)

    def _warn(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            logger.warning("%s", sentence)

    def _interrupt(self, store: Store, run_id: str, why: str) -> None:
        row = store.run(run_id)
        if row is not None and not row.ended:
            end_run(store, row, "interrupted", interruption(running_steps(store, run_id), why, "The recording"))

    # -- what people want of runs ---------------------------------------------------------------------

    def _watch(self) -> None:
        counter = ChangeCounter(self.database)
        seen: object = None
        while self._sleep():
            store = self._store
            if store is None:
                continue
            try:
                self._end_those_without_a_loop()
                with QUIET:
                    self._refuse(store)
                    now = counter.read()
                    if now != seen:
                        self._look(store)
                        seen = now
            except Exception as error:  # a locked database: the next look is soon
                logger.debug("What people want of runs can't be read now: %s", error)
        counter.close()

    def _sleep(self) -> bool:
        """Until the next look, and as long as there is nothing to look for; False when the program ends."""
        if not self.live and self.refusals.empty():
            self._some.clear()
            if not self.live and not self._leaving.is_set():
                self._some.wait()
        return not self._leaving.wait(LOOK_EVERY)

    def _look(self, store: Store) -> None:
        for run_id, by in store.cancels_asked(self._runner_id):
            run = self.live.get(run_id)
            if run is not None and not run.cancel_asked:
                run.cancel_asked = self._on_loop(run, self._cancel, run, by)
        if any(len(run.recorder.prompts) for run in list(self.live.values())):
            for prompt, answer in store.undelivered():
                run = self.live.get(prompt.run_id)
                if run is not None:
                    self._on_loop(run, self._deliver, run, prompt, answer)

    def _refuse(self, store: Store) -> None:
        while not self.refusals.empty():
            prompt_id, sentence = self.refusals.get()
            store.refuse_answer(prompt_id, sentence)

    def _on_loop(self, run: LiveRun, function: Callable[..., None], *values: Any) -> bool:
        try:
            run.loop.call_soon_threadsafe(function, *values)
        except RuntimeError:  # the loop is closed; the next look ends the run
            return False
        return True

    def _end_those_without_a_loop(self) -> None:
        for run in list(self.live.values()):
            if run.loop.is_closed():
                self.end_unfinished(run, "its event loop was closed")

    def end_unfinished(self, run: LiveRun, why: str) -> None:
        """Write the end of a run that nothing goes on with."""
        self.remove(run.recorder.run_id)
        steps = {active.step for active in list(run.recorder.active.values())}
        write_end(run.recorder, "interrupted", interruption(steps, why, "The program"))

    # -- the program's end ----------------------------------------------------------------------------

    def close(self) -> None:
        """Write what is left, and that unfinished runs are interrupted. Takes some seconds at most."""
        self._leaving.set()
        for run in list(self.live.values()):
            self.end_unfinished(run, "it did not wait for the run")
        self._some.set()
        if not self.writer.flush(EXIT_WAIT):
            self._warn(f"Stepscope could not record the end of the runs of {self.name}: {self.database} took too long.")
            return
        self.writer.close(0.5)
        self._watcher.join(1.0)
        store, self._store = self._store, None
        if store is not None:
            with suppress(sqlite3.Error):
                store.forget_runner(self._runner_id)
            store.close()


def write_end(
    recorder: RunRecorder,
    status: str,
    error: dict[str, Any] | None,
    result: dict[str, Any] | None = None,
    shown: dict[str, Any] | None = None,
) -> None:
    """The last record of a run, with its row. `shown` is as much of the result as a record holds."""

    def edit(commit: Commit) -> None:
        commit.run.update(
            status=status,
            ended_at=time.time(),
            result=result,
            error=error,
            loaded=0,
            waiting_since=None,
            active_since=None,
        )
        commit.mask = mask

    found = {} if recorder.active_steps is None else {"active_steps": recorder.active_steps}
    recorder.record("run_ended", edit, status=status, error=short_error(error), result=shown, **found)


def program_name() -> tuple[str, str]:
    """What people call this process, and the file that was started, "" if there is none."""
    if "ipykernel" in sys.modules:
        return "a notebook", ""
    started = Path(sys.argv[0]) if sys.argv and sys.argv[0] else Path("-c")
    if not started.is_file():
        return "python", ""
    name = started.parent.name if started.name == "__main__.py" else started.name
    return name, str(started.resolve())
