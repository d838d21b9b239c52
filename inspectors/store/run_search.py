"""Finding and counting runs among many, by indexes, without reading what they hold."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import string
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspectors.store.connections import Connections
from inspectors.store.models import ENDED, LIVE, Run, run_of
from inspectors.store.run_filter import RunFilter, has_text

TEXTS_KEPT = 8
EXPORT_BATCH = 100
COLUMNS = ", ".join(f"run.{name}" for name in Run.__dataclass_fields__)
"""All that a Run needs: not the graph, which each row keeps as well."""
LISTING = "run INDEXED BY run_listing"
"""The index holds all that filters ask for; SQLite would sometimes choose to read the rows instead."""
_CAPITALS = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
NEWEST_FIRST = "ORDER BY created_at DESC, run_key DESC"


@dataclass(frozen=True)
class WorkflowRuns:
    """A workflow that has runs, and how many."""

    workflow: str
    file: str
    runs: int


@dataclass(frozen=True)
class Question:
    """What a waiting run asks."""

    text: str
    deadline: float | None


class _Texts:
    """Texts that were looked for, and where they were found."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp = ""
        self._found: OrderedDict[str, list[int]] = OrderedDict()

    def get(self, text: str, stamp: str) -> tuple[str, list[int]] | None:
        """The answer for this text, else for the part of it with the fewest runs; as (text, keys)."""
        with self._lock:
            if stamp != self._stamp:
                return None
            if text in self._found:
                self._found.move_to_end(text)
                return text, self._found[text]
            parts = [(part, keys) for part, keys in self._found.items() if _folded(part) in _folded(text)]
            return min(parts, key=lambda item: len(item[1]), default=None)

    def keep(self, text: str, stamp: str, keys: list[int]) -> None:
        """Keep an answer that holds as long as the stamp does."""
        with self._lock:
            if stamp != self._stamp:
                self._found.clear()
                self._stamp = stamp
            self._found[text] = keys
            while len(self._found) > TEXTS_KEPT:
                self._found.popitem(last=False)


class RunSearch(Connections):
    """Runs by filter: windows of them, counts, buckets of time, durations."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._texts = _Texts()

    def find_runs(self, wanted: RunFilter, *, limit: int, offset: int = 0) -> list[Run]:
        """Runs that the filter finds, newest first."""
        with self.reading() as db:
            where, values = wanted.where(self._keys(db, wanted.text))
            rows = db.execute(
                f"SELECT {COLUMNS} FROM"
                f" (SELECT run_key AS found FROM {LISTING} {where} {NEWEST_FIRST} LIMIT ? OFFSET ?)"
                f" JOIN run ON run_key = found {NEWEST_FIRST}",
                (*values, limit, offset),
            ).fetchall()
        return [run_of(row) for row in rows]

    def find_ids(self, wanted: RunFilter) -> list[str]:
        """The ids of all runs that the filter finds, newest first."""
        with self.reading() as db:
            where, values = wanted.where(self._keys(db, wanted.text))
            return [row[0] for row in db.execute(f"SELECT run_id FROM {LISTING} {where} {NEWEST_FIRST}", values)]

    def count_found(self, wanted: RunFilter) -> int:
        """How many runs the filter finds."""
        return sum(self.count_statuses(wanted).values())

    def count_statuses(self, wanted: RunFilter) -> dict[str, int]:
        """How many runs the filter finds in each status that occurs."""
        with self.reading() as db:
            where, values = wanted.where(self._keys(db, wanted.text))
            return dict(
                db.execute(f"SELECT status, count(*) FROM {LISTING} {where} GROUP BY status", values).fetchall()
            )

    def count_workflows(self, wanted: RunFilter) -> dict[tuple[str, str], int]:
        """How many runs the filter finds of each workflow that occurs, by (name, file)."""
        with self.reading() as db:
            where, values = wanted.where(self._keys(db, wanted.text))
            rows = db.execute(
                f"SELECT workflow, file, count(*) FROM {LISTING} {where} GROUP BY workflow, file", values
            ).fetchall()
        return {(row[0], row[1]): row[2] for row in rows}

    def workflows_with_runs(self) -> list[WorkflowRuns]:
        """All workflows that have runs, by name, then file."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT workflow, file, count(*) FROM run INDEXED BY run_durations GROUP BY workflow, file"
            ).fetchall()
        found = [WorkflowRuns(*row) for row in rows]
        return sorted(found, key=lambda one: (one.workflow.lower(), one.workflow, one.file))

    def count_buckets(self, wanted: RunFilter, start: float, width: float) -> list[tuple[int, str, int]]:
        """(bucket, status, runs) of the runs found, none of them older than `start`.

        Bucket 0 begins at `start`, and all are `width` seconds wide.
        """
        with self.reading() as db:
            where, values = wanted.where(self._keys(db, wanted.text))
            rows = db.execute(
                "SELECT CAST((created_at - ?) / ? AS INTEGER) AS bucket, status, count(*)"
                f" FROM {LISTING} {where} GROUP BY bucket, status ORDER BY bucket",
                (start, width, *values),
            ).fetchall()
        return [(row[0], row[1], row[2]) for row in rows]

    def first_and_last(self, wanted: RunFilter) -> tuple[float, float] | None:
        """When the oldest and the newest of the runs found were created; None if none is."""
        with self.reading() as db:
            where, values = wanted.where(self._keys(db, wanted.text))
            row = db.execute(f"SELECT min(created_at), max(created_at) FROM {LISTING} {where}", values).fetchone()
        return None if row[0] is None else (row[0], row[1])

    def place_of(self, run_id: str, wanted: RunFilter) -> int | None:
        """How many of the runs found come before this one; None if there is no such run any more."""
        with self.reading() as db:
            here = db.execute("SELECT created_at, run_key FROM run WHERE run_id = ?", (run_id,)).fetchone()
            if here is None:
                return None
            where, values = wanted.where(self._keys(db, wanted.text))
            before = "(created_at, run_key) > (?, ?)"
            query = f"SELECT count(*) FROM {LISTING} {f'{where} AND' if where else 'WHERE'} {before}"
            return int(db.execute(query, (*values, here[0], here[1])).fetchone()[0])

    def last_durations(self, workflow: str, file: str, limit: int = 20) -> list[tuple[float, str]]:
        """(seconds of work, status) of the last ended runs of a workflow, oldest first."""
        marks = ",".join("?" * len(ENDED))
        with self.reading() as db:
            rows = db.execute(
                f"SELECT active_s, status FROM run WHERE workflow = ? AND file = ? AND status IN ({marks})"
                " ORDER BY created_at DESC LIMIT ?",
                (workflow, file, *ENDED, limit),
            ).fetchall()
        return [(row[0], row[1]) for row in reversed(rows)]

    def questions(self, run_ids: Sequence[str]) -> dict[str, Question]:
        """What those of the runs that wait for a person ask first."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT r.run_id, p.text, p.deadline FROM prompt p JOIN run r USING (run_key)"
                " LEFT JOIN answer a USING (prompt_id) WHERE p.status = 'open' AND a.prompt_id IS NULL"
                " AND r.run_id IN (SELECT value FROM json_each(?)) ORDER BY p.created_at DESC",
                (json.dumps(list(run_ids)),),
            ).fetchall()
        return {row[0]: Question(row[1], row[2]) for row in rows}

    def iter_runs(self, run_ids: Sequence[str]) -> Iterator[Run]:
        """The runs with these ids that still exist, in this order, a hundred in memory at a time."""
        for start in range(0, len(run_ids), EXPORT_BATCH):
            batch = list(run_ids[start : start + EXPORT_BATCH])
            with self.reading() as db:
                rows = db.execute(
                    f"SELECT {COLUMNS} FROM run WHERE run_id IN (SELECT value FROM json_each(?))", (json.dumps(batch),)
                ).fetchall()
            found = {row["run_id"]: row for row in rows}
            for run_id in batch:
                if run_id in found:
                    yield run_of(found[run_id])

    def runs_stamp(self) -> str:
        """A text that changes when a run is created, changes its status or is deleted."""
        with self.reading() as db:
            return _stamp(db)

    def bytes_used(self) -> int:
        """Bytes of the database file that hold something; what deleted runs left free isn't counted."""
        with self.reading() as db:
            pages, free, size = (
                int(db.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_count", "freelist_count", "page_size")
            )
        return (pages - free) * size

    # -- texts ----------------------------------------------------------------------------------------

    def _keys(self, db: sqlite3.Connection, text: str) -> Sequence[int] | None:
        """Keys of the runs that hold a text; None for no text.

        Reading inputs and results is what takes long, so the last few answers are kept until a run changes, and a
        longer text is looked for only where a shorter part of it was found: that is what typing does.
        """
        if not text:
            return None
        stamp = _stamp(db)
        kept = self._texts.get(text, stamp)
        if kept is not None and kept[0] == text:
            return kept[1]
        where, values = has_text(text)
        if kept is not None:
            where += " AND run_key IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(kept[1]))
        keys = [row[0] for row in db.execute(f"SELECT run_key FROM run WHERE {where}", values)]
        self._texts.keep(text, stamp, keys)
        return keys


def _folded(text: str) -> str:
    """A text as LIKE compares it: it knows capitals of ASCII only."""
    return text.translate(_CAPITALS)


def _stamp(db: sqlite3.Connection) -> str:
    counts = db.execute("SELECT status, count(*), max(run_key) FROM run GROUP BY status").fetchall()
    live = db.execute(
        f"SELECT run_key, status FROM run WHERE status IN ({','.join('?' * len(LIVE))}) ORDER BY run_key", LIVE
    ).fetchall()
    said = json.dumps([[tuple(row) for row in counts], [tuple(row) for row in live]])
    return hashlib.sha256(said.encode()).hexdigest()[:16]
