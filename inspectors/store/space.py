"""The room that the database takes on its disk, and giving back what deleting has freed."""

from __future__ import annotations

import os
import sqlite3
import time

from inspectors.store.connections import Connections

STEP_PAGES = 400
"""Pages moved in one transaction: runners must not wait long for their turn."""
FOR_A_READER_MS = 200


class Space(Connections):
    """Sizes are bytes."""

    def file_size(self) -> int:
        """What the database takes on its disk, with the log beside it."""
        names = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(os.path.getsize(name) for name in names if name.exists())

    def used_size(self) -> int:
        """What of it is in use: the rest is free for new records, or can be given back."""
        with self.reading() as db:
            pages = _number(db, "page_count") - _number(db, "freelist_count")
            return pages * _number(db, "page_size")

    def gives_back(self) -> bool:
        """Whether freed room can be given back little by little; files of earlier versions must be rewritten once."""
        with self.reading() as db:
            return _number(db, "auto_vacuum") == 2

    def give_back(self, seconds: float = 60.0) -> None:
        """Give freed room back to the disk, in short transactions, for so long at most; the rest is for new records."""
        deadline = time.monotonic() + seconds
        free = 1
        while free and self.gives_back() and time.monotonic() < deadline:
            with self.writing() as db:
                before = _number(db, "freelist_count")
                db.execute(f"PRAGMA incremental_vacuum({STEP_PAGES})").fetchall()
                free = _number(db, "freelist_count")
            if free == before:
                break
        self._shorten_log()

    def rewrite(self) -> None:
        """Write the whole file anew, without what is free. Nobody else can write meanwhile; it takes twice the room."""
        with self.reading() as db:
            db.execute("PRAGMA auto_vacuum=INCREMENTAL")
            db.execute("VACUUM")
        self._shorten_log()

    def _shorten_log(self) -> None:
        """Bring the log into the file and cut it off, unless somebody reads it just now: then the next one does it."""
        with self.reading() as db:
            waits = _number(db, "busy_timeout")
            try:
                db.execute(f"PRAGMA busy_timeout={FOR_A_READER_MS}")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise
            finally:
                db.execute(f"PRAGMA busy_timeout={waits}")


def _number(db: sqlite3.Connection, pragma: str) -> int:
    return int(db.execute(f"PRAGMA {pragma}").fetchone()[0])
