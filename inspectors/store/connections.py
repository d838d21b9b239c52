"""A small pool of connections, so that script threads, the event loop and the supervisor don't wait for one another."""

from __future__ import annotations

import os
import queue
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inspectors.store.database import StoreRefused, connect, refusal, transaction


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from one that has taken its place; None if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def removed(path: Path) -> StoreRefused:
    """The sentence for a database that is gone."""
    return StoreRefused(
        f"The database {path} was removed while Stepscope was using it. Put it back, or start Stepscope again to begin "
        "with an empty one."
    )


class ChangeCounter:
    """Tells whether others have changed a database: SQLite's own counter, read in microseconds. For one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None
        self._connection: sqlite3.Connection | None = None

    def read(self) -> tuple[tuple[int, int] | None, int]:
        """Something that differs after a commit of another connection, and after the file was replaced.

        Raises StoreRefused, or sqlite3.Error, if the file can't be used; it may be asked again.
        """
        now = identity(self._path)
        if now is None:
            self.close()
            raise removed(self._path)
        if self._connection is None or now != self._file:
            self.close()
            self._connection, self._file = connect(self._path, create=False), now
        return now, int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close its connection; the next `read` opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Connections:
    """Lends connections to one database file; safe to use from any thread."""

    KEPT = 8

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue(maxsize=self.KEPT)
        self._closed = False
        self._give_back(connect(self.path))
        self._file = identity(self.path)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; every statement sees the newest commit.

        Raises StoreRefused if the file can't be used any more, or for now.
        """
        self._check_file()
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = connect(self.path, create=False)
        usable = True
        try:
            yield connection
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, StoreRefused):
            raise
        except sqlite3.DatabaseError as error:
            usable = False
            raise refusal(error, self.path) from error
        finally:
            if usable:
                self._give_back(connection)
            else:
                connection.close()  # it may remember what is no longer so once the file is mended

    def _check_file(self) -> None:
        """Notice that the file was removed or replaced: open connections would go on with the one that is gone."""
        now = identity(self.path)
        if now == self._file:
            return
        if now is None:
            raise removed(self.path)
        self._close_idle()
        self._file = now

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a write transaction, committed on exit and rolled back on an error."""
        with self.reading() as connection, transaction(connection):
            yield connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed:
            connection.close()
            return
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()

    def close(self) -> None:
        """Close what is idle now; connections still lent are closed when they come back."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return
