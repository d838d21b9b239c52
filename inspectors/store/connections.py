"""A small pool of connections, so that script threads, the event loop and the supervisor don't wait for one another."""

from __future__ import annotations

import queue
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inspectors.store.database import connect, transaction


class Connections:
    """Lends connections to one database file; safe to use from any thread."""

    KEPT = 8

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue(maxsize=self.KEPT)
        self._closed = False
        with self.reading():
            pass

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; every statement sees the newest commit."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = connect(self.path)
        try:
            yield connection
        finally:
            self._give_back(connection)

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
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return
