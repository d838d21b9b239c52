"""The commit writer: a thread that writes what runs have to say, every 20 ms at most.

A thread beside a busy event loop starves, since the loop takes the interpreter lock back at once; so when the oldest
record is 33 ms old, the loop's thread waits up to 5 ms for the writer (recording-facts.md 1, "Commit lag").

What the database doesn't take is tried again until it does, and kept meanwhile as far as there is room (held_commits).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Sequence
from typing import Any

from inspectors.recording.held_commits import Edit, HeldCommits, Part
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
RETRY_AFTER, RETRY_AT_MOST = 0.5, 2.0
"""Seconds after which a refused commit is tried again: at first, and after many times."""
STUCK_AFTER = 3.0
"""Seconds after which a commit that has not come back counts as one that can't be written."""
MISFITS = (ValueError, OverflowError, sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)
"""What no waiting mends: one run's records don't fit those in the database."""


class CommitWriter:
    """Collects what is to be committed and commits it; safe to use from any thread."""

    def __init__(self, store: Records) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held = HeldCommits(self._why_stuck)
        self._oldest = 0.0
        self._rest_until = 0.0
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._settled_at = 0.0
        self._flushed = threading.Event()
        self._closing = threading.Event()
        self._committing: list[Commit] = []
        self._committing_since = 0.0
        self._refused_since = 0.0
        self.trouble: str | None = None
        """Why nothing can be committed now, in a sentence; None while all is well."""
        self._thread = threading.Thread(target=self._run, name="stepscope-writer", daemon=True)
        self._thread.start()

    def append(self, run_id: str, seq: int, line: str, edit: Edit | None = None, journal: Sequence[str] = ()) -> bool:
        """Let the run commit record number `seq` next, with journal lines and what `edit` adds to the same commit.

        False if there was no room for the record.
        """
        with self._lock:
            kept = self._held.add(run_id, seq, line, journal, edit)
            late = self._is_late()
        self._awake(late)
        return kept

    def extend(self, run_id: str, next_seq: int, parts: Sequence[Part]) -> bool:
        """Let the run commit all these at once; the first record among them has the number `next_seq`.

        False if there was no room for a record.
        """
        with self._lock:
            kept = all([self._held.add(run_id, next_seq, *part) for part in parts])  # noqa: C419
            late = self._is_late()
        self._awake(late)
        return kept

    def journal(self, run_id: str, next_seq: int, lines: list[str]) -> None:
        """Let the run commit journal lines next, with the record number `next_seq` or before it."""
        with self._lock:
            self._held.add(run_id, next_seq, "", lines)
            late = self._is_late()
        self._awake(late)

    def change(self, run_id: str, next_seq: int, edit: Edit) -> None:
        """Let `edit` add to what the run commits next; `next_seq` is the seq its next record will have."""
        with self._lock:
            self._held.add(run_id, next_seq, "", (), edit)
            late = self._is_late()
        self._awake(late)

    @property
    def is_full(self) -> bool:
        """Whether records are left out, since the database has not taken any for long."""
        return self.trouble is not None and self._held.is_full()

    @property
    def held(self) -> int:
        """How many records the database doesn't take now; 0 while all is well."""
        if self.trouble is None:
            return 0
        with self._lock:
            return self._held.count() + sum(commit.kept() for commit in self._committing)

    def state(self) -> dict[str, Any] | None:
        """What is wrong: {"sentence", "since" (epoch seconds), "held", "left_out" (records)}; None if all is well."""
        sentence = self.trouble
        if sentence is None:
            return None
        return {
            "sentence": sentence,
            "since": self._refused_since,
            "held": self.held,
            "left_out": self._held.left_out,
        }

    def _why_stuck(self) -> str:
        if self.trouble is not None:
            return self.trouble
        stuck = self._committing and time.monotonic() - self._committing_since > STUCK_AFTER
        return "The database did not answer." if stuck else ""

    def _is_late(self) -> bool:
        now = time.monotonic()
        if not self._oldest:
            self._oldest = now
        return now - self._oldest > HAND_OVER_AFTER and now > self._rest_until and self.trouble is None

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
                if not self._held.commits and not self._oldest:
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
        if now - self._settled_at > SETTLE_EVERY and self.trouble is None:
            self._settled_at = now
            self.flush(SETTLE_WAIT)

    def close(self, timeout: float = 5.0) -> bool:
        """Commit what is left and stop; False if it could not be committed in time."""
        done = self.flush(timeout)
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout)
        return done

    def _run(self) -> None:
        patience = RETRY_AFTER
        while not self._closing.is_set():
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                batch = self._committing = self._held.take()
                self._committing_since = time.monotonic()
            refused = self._commit(batch) if batch else []
            with self._lock:
                self._committing = []
                self._held.put_back(refused)
                self._oldest = time.monotonic() if self._held.commits else 0.0
            self._flushed.set()
            if not refused:
                patience = RETRY_AFTER
                busy = sum(commit.kept() for commit in batch) > BUSY
                self._urgent.wait(BUSY_INTERVAL if busy else INTERVAL)
            else:
                self._closing.wait(patience)
                patience = min(patience * 1.5, RETRY_AT_MOST)
                self._wake.set()
            self._urgent.clear()

    def _commit(self, batch: list[Commit]) -> list[Commit]:
        """Write a batch; gives what the database doesn't take now."""
        try:
            self._store.commit(batch)
        except MISFITS as error:
            if len(batch) == 1:
                logger.error("Records of a run don't follow those in the database: %s", error)
                return []
            # One run's misfit: the others' records must still be written.
            return [refused for commit in batch for refused in self._commit([commit])]
        except sqlite3.Error as error:  # a full disk, a locked, read-only or damaged file: nothing may be lost
            self._refused(error)
            return batch
        self._taken()
        return []

    def _refused(self, error: sqlite3.Error) -> None:
        sentence = str(error)
        if self.trouble is None:
            self._refused_since = time.time()
        if sentence != self.trouble:
            logger.error("Records can't be committed and are tried again until they can. %s", sentence)
        self.trouble = sentence

    def _taken(self) -> None:
        if self.trouble is None:
            return
        missing = self._held.left_out
        logger.error(
            "Records are committed again after %.0f s; %s.",
            time.time() - self._refused_since,
            f"{missing:,} are missing" if missing else "none is missing",
        )
        self._held.left_out = 0
        self.trouble = None


def set_columns(**columns: object) -> Edit:
    """An edit for `CommitWriter.change` that sets columns of the run row."""
    return lambda commit: commit.run.update(columns)
