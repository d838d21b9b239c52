"""Opening the SQLite file: permissions, settings, numbered migrations, transactions."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 10.0


MOVE_AWAY = "Set STEPSCOPE_DB to another file, or move this one away."


class StoreRefused(sqlite3.OperationalError):
    """The database can't be used, at all or for now; the message is a sentence for the person who uses Stepscope.

    Whatever was refused left the file as it was, so it may be tried again.
    """


def refusal(error: sqlite3.Error, path: Path) -> StoreRefused:
    """The sentence for an error of SQLite's: what is wrong with the file, and what to do."""
    if isinstance(error, StoreRefused):
        return error
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _refused(path, "another program has locked it", "End that program; nothing was changed.")
    if code == sqlite3.SQLITE_READONLY:
        return _read_only(path)
    if code == sqlite3.SQLITE_NOTADB:
        return _refused(path, "it is not a database", MOVE_AWAY)
    if code == sqlite3.SQLITE_CORRUPT:
        return _refused(path, f"it is damaged ({error})", f"It was left as it is. {MOVE_AWAY}")
    if code == sqlite3.SQLITE_FULL:
        return _refused(path, "its disk is full", "Free some space; nothing that was committed is lost.")
    if code == sqlite3.SQLITE_IOERR:
        return _refused(path, f"its disk fails ({error})", "Look after the disk, or set STEPSCOPE_DB to another file.")
    if path.is_dir():
        return _refused(path, "it is a folder", "Set STEPSCOPE_DB to a file in it.")
    return _refused(path, str(error), MOVE_AWAY)


def is_damage(refused: StoreRefused) -> bool:
    """Whether it was refused since what the file holds is damaged."""
    return getattr(refused.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT


def _read_only(path: Path) -> StoreRefused:
    what_to_do = "Allow writing to the file and its folder, or set STEPSCOPE_DB to another file."
    return _refused(path, "it is read-only", what_to_do)


def _refused(path: Path, reason: str, what_to_do: str) -> StoreRefused:
    return StoreRefused(f"The database {path} can't be used: {reason}. {what_to_do}")


def connect(path: Path, create: bool = True) -> sqlite3.Connection:
    """Open the database, creating (unless told not to) and migrating it if needed.

    The file and its folder are made for the owner only. Raises StoreRefused with a plain sentence when the file
    is from a newer Stepscope, isn't a database of ours, is locked for long, or can't be opened.
    """
    if create:
        _make_private(path)
    if path.is_file() and not os.access(path, os.W_OK):
        raise _read_only(path)  # SQLite would say so only when something is written
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            if not connection.execute("PRAGMA page_count").fetchone()[0]:
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # later it takes a VACUUM, too
            _write_ahead(connection)
            for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        raise refusal(error, path) from (None if isinstance(error, StoreRefused) else error)
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a new database to WAL. SQLite doesn't wait for its turn here when others switch at the same time."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _make_private(path: Path) -> None:
    """Create folder and file readable by their owner only: records hold what people typed."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreRefused(
            f"The database {path} can't be created: {error.strerror}. Set STEPSCOPE_DB to a file that can be written."
        ) from error


def known_version() -> int:
    """The number of the newest migration of this installation."""
    return max(int(file.name[:4]) for file in MIGRATIONS.glob("[0-9]*.sql"))


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the database up to `known_version()`; safe when several processes start at once."""
    if _version(connection) == known_version():
        return
    with transaction(connection):
        found = _version(connection)
        if found > known_version():
            raise StoreRefused(
                f"The database {path} was written by a newer Stepscope (version {found}; this one knows "
                f"{known_version()}). Update Stepscope, or set STEPSCOPE_DB to another file."
            )
        _refuse_foreign(connection, path, found)
        for file in sorted(MIGRATIONS.glob("[0-9]*.sql")):
            number = int(file.name[:4])
            if number > found:
                for statement in _statements(file.read_text(encoding="utf-8")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number}")


def _refuse_foreign(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Leave another program's database alone: ours is empty when it is new, and has its runs from then on."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%'")
    names = sorted(str(row[0]) for row in rows)
    if ("run" not in names) if version else names:
        some = ", ".join(names[:3]) or "nothing of ours"
        raise _refused(path, f"it belongs to another program (it holds {some})", MOVE_AWAY)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """Split a migration; `executescript` would commit the transaction that guards it."""
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction that takes the lock at once, so that it never fails half way for want of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(
            sqlite3.Error
        ):  # a full disk, among others, has ended it already; the first error is the one to tell
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise
