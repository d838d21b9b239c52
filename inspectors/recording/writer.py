"""The commit writer: a thread that writes what runs have to say, every 20 ms at most.

A thread beside a busy event loop starves, since the loop takes the interpreter lock back at once; so when the oldest
record is 33 ms old, the loop's thread waits up to 5 ms for the writer (recording-facts.md 1, "Commit lag").
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence

from inspectors.store.records import Commit, Records

logger = logging.getLogger("stepscope.writer")

INTERVAL = 0.020
BUSY_INTERVAL = 0.030
"""Seconds from one commit to the next where many records come: each costs a busy loop its share of the interpreter."""
BUSY = 30
"""Records in a commit that make it a busy one."""
HAND_OVER_AFTER = 0.033
HAND_OVER_WAIT = 0.005
HAND_OVER_REST = 0.100
SETTLE_EVERY = 0.250
SETTLE_WAIT = 0.010
RETRY_AFTER = 0.5


class CommitWriter:
    """Collects what is to be committed and commits it; safe to use from any thread."""

    def __init__(self, store: Records) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._pending: dict[str, Commit] = {}
        self._oldest = 0.0
        self._rest_until = 0.0
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._settled_at = 0.0
        self._flushed = threading.Event()
        self._closing = False
        self.trouble: str | None = None
        """Why the last commit failed; None while all is well."""
        self._thread = threading.Thread(target=self._run, name="stepscope-writer", daemon=True)
        self._thread.start()

    def append(
        self,
        run_id: str,
        seq: int,
        line: str,
        edit: Callable[[Commit], None] | None = None,
        journal: Sequence[str] = (),
    ) -> None:
        """Let the run commit record number `seq` next, with journal lines and what `edit` adds to the same commit."""
        with self._lock:
            commit = self._pending.get(run_id)
            if commit is None:
                commit = self._pending[run_id] = Commit(run_id, seq)
            commit.lines.append(line)
            if journal:
                commit.journal += journal
            if edit is not None:
                edit(commit)
            late = self._is_late()
        self._awake(late)

    def journal(self, run_id: str, next_seq: int, lines: list[str]) -> None:
        """Let the run commit journal lines next, with the record number `next_seq` or before it."""
        with self._lock:
            commit = self._pending.get(run_id)
            if commit is None:
                commit = self._pending[run_id] = Commit(run_id, next_seq)
            commit.journal += lines
            late = self._is_late()
        self._awake(late)

    def change(self, run_id: str, next_seq: int, edit: Callable[[Commit], None]) -> None:
        """Let `edit` add to what the run commits next; `next_seq` is the seq its next record will have."""
        with self._lock:
            commit = self._pending.get(run_id)
            if commit is None:
                commit = self._pending[run_id] = Commit(run_id, next_seq)
            edit(commit)
            late = self._is_late()
        self._awake(late)

    def _is_late(self) -> bool:
        now = time.monotonic()
        if not self._oldest:
            self._oldest = now
        return now - self._oldest > HAND_OVER_AFTER and now > self._rest_until

    def _awake(self, late: bool) -> None:
        if not self._wake.is_set():  # setting takes a lock of its own, and this is done for each record
            self._wake.set()
        if late and threading.current_thread() is not self._thread:
            self._hand_over()

    def _hand_over(self) -> None:
        self._flushed.clear()
        self._urgent.set()  # or it would sleep on until its interval is over
        if not self._flushed.wait(HAND_OVER_WAIT):
            self._rest_until = time.monotonic() + HAND_OVER_REST

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all that was handed over is committed; False if it isn't within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with self._lock:
                if not self._pending and not self._oldest:
                    return True
            self._flushed.clear()
            self._urgent.set()
            self._wake.set()
            self._flushed.wait(0.01)
        return False

    def settle(self) -> None:
        """Have what is pending committed before a step's own code runs, at the cost of a few milliseconds.

        At most every 250 ms, so that a busy run doesn't feel it; a step that ends its process is named this way.
        """
        now = time.monotonic()
        if now - self._settled_at > SETTLE_EVERY:
            self._settled_at = now
            self.flush(SETTLE_WAIT)

    def close(self, timeout: float = 5.0) -> bool:
        """Commit what is left and stop; False if it could not be committed in time."""
        done = self.flush(timeout)
        self._closing = True
        self._wake.set()
        self._thread.join(timeout)
        return done

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                batch = list(self._pending.values())
                self._pending = {}
            if batch:
                self._commit(batch)
            with self._lock:
                self._oldest = time.monotonic() if self._pending else 0.0
            self._flushed.set()
            busy = sum(len(commit.lines) for commit in batch) > BUSY
            self._urgent.wait(BUSY_INTERVAL if busy else INTERVAL)
            self._urgent.clear()

    def _commit(self, batch: list[Commit]) -> None:
        while True:
            try:
                self._store.commit(batch)
                self.trouble = None
                return
            except sqlite3.Error as error:  # full disk, locked or read-only file: nothing may be lost, so try again
                self.trouble = f"{type(error).__name__}: {error}"
                logger.error("Records could not be committed, trying again in %s s: %s", RETRY_AFTER, self.trouble)
                if self._closing:
                    return
                time.sleep(RETRY_AFTER)
            except ValueError as error:  # one run's records don't fit the database; the others' must still be written
                self.trouble = str(error)
                logger.error("Records of a run don't follow those in the database: %s", error)
                if len(batch) == 1:
                    return
                for commit in batch:
                    self._commit([commit])
                return


def set_columns(**columns: object) -> Callable[[Commit], None]:
    """An edit for `CommitWriter.change` that sets columns of the run row."""
    return lambda commit: commit.run.update(columns)
