"""Opening the file: migrations, refusals in plain sentences, permissions, several processes at once."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from inspectors.store import RunFilter, Store, StoreRefused
from inspectors.store.database import MIGRATIONS, connect, known_version

ROOT = Path(__file__).parents[2]


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    try:
        yield connection
    finally:
        connection.close()


CREATE = """
import sys
from inspectors.store import Store
print("ready", flush=True)
sys.stdin.readline()
store = Store(sys.argv[1])
store.create_run(workflow="W", module="m", file="f", version="1", input={})
store.close()
"""


def test_a_new_database_has_every_migration_and_a_log_beside_it(own_database: Path) -> None:
    Store(own_database).close()
    with opened(own_database) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == known_version()
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = sorted(int(file.name[:4]) for file in MIGRATIONS.glob("*.sql"))
    assert numbers == list(range(1, known_version() + 1))


def test_opening_again_keeps_what_is_there(own_database: Path) -> None:
    store = Store(own_database)
    run_id = store.create_run(workflow="W", module="m", file="f", version="1", input={"n": 1})
    store.close()
    again = Store(own_database)
    run = again.run(run_id)
    again.close()
    assert run is not None and run.input == {"n": 1}


def test_a_failed_migration_leaves_nothing_behind(
    own_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_good.sql").write_text("CREATE TABLE good (a TEXT);\nCREATE TABLE bad (a TEXT;\n")
    monkeypatch.setattr("inspectors.store.database.MIGRATIONS", folder)
    with pytest.raises(StoreRefused, match="can't be used"):
        connect(own_database)
    with opened(own_database) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 0
        assert db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def test_an_older_database_is_brought_up_to_date(
    own_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for file in MIGRATIONS.glob("*.sql"):
        (folder / file.name).write_text(file.read_text())
    store = Store(own_database)
    run_id = store.create_run(workflow="W", module="m", file="f", version="1", input={})
    store.close()
    (folder / f"{known_version() + 1:04}_more.sql").write_text(
        "-- a comment; with a semicolon\nCREATE TABLE more (a);\n"
    )
    monkeypatch.setattr("inspectors.store.database.MIGRATIONS", folder)
    store = Store(own_database)
    assert store.run(run_id) is not None
    store.close()
    with opened(own_database) as db:
        assert db.execute("SELECT count(*) FROM more").fetchone()[0] == 0


@pytest.mark.parametrize("version", range(1, known_version()))
def test_a_database_of_each_earlier_version_goes_on_with_what_it_holds(own_database: Path, version: int) -> None:
    with opened(own_database) as db:
        for file in sorted(MIGRATIONS.glob("*.sql"))[:version]:
            db.executescript(file.read_text())
        db.execute(
            "INSERT INTO run (run_id, workflow, module, file, status, input, created_at)"
            " VALUES ('r1', 'W', 'm', '/f.py', 'done', '{\"topic\": \"Tea\"}', 1.5)"
        )
        db.execute(
            "INSERT INTO runner (runner_id, file, version, token, status, created_at)"
            " VALUES ('n1', '/f.py', 'v', 't', 'ready', 1)"
        )
        db.execute(f"PRAGMA user_version={version}")
        db.commit()
    store = Store(own_database)
    (found,) = store.find_runs(RunFilter(text="tea", workflow="W"), limit=5)
    assert (found.run_id, found.input, found.created_at) == ("r1", {"topic": "Tea"}, 1.5)
    assert store.last_durations("W", "/f.py") == [(0.0, "done")]
    assert [row.doing for row in store.runners()] == [None] and store.usual_start("/f.py") is None
    assert store.save_preset(workflow="W", file="/f.py", name="P", input={}) and store.delete_runs(["r1"]) == 1
    store.close()
    fresh = own_database.with_name("fresh.db")
    Store(fresh).close()
    with opened(own_database) as old, opened(fresh) as new:
        query = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
        assert old.execute(query).fetchall() == new.execute(query).fetchall()


def test_a_newer_database_is_refused_with_a_sentence(own_database: Path) -> None:
    Store(own_database).close()
    with opened(own_database) as db:
        db.execute(f"PRAGMA user_version={known_version() + 1}")
    with pytest.raises(StoreRefused) as refused:
        Store(own_database)
    assert str(refused.value) == (
        f"The database {own_database} was written by a newer Stepscope (version {known_version() + 1}; this one knows "
        f"{known_version()}). Update Stepscope, or set STEPSCOPE_DB to another file."
    )


@pytest.mark.parametrize("content", [b"This is a letter, not a database. " * 40, os.urandom(5000)])
def test_what_is_no_database_is_refused_and_left_alone(own_database: Path, content: bytes) -> None:
    own_database.write_bytes(content)
    with pytest.raises(
        StoreRefused, match=r"can't be used: .* Set STEPSCOPE_DB to another file, or move this one away\."
    ):
        Store(own_database)
    assert own_database.read_bytes() == content


def test_a_folder_in_place_of_the_file_is_refused(own_database: Path) -> None:
    own_database.mkdir()
    with pytest.raises(StoreRefused, match="can't be used"):
        Store(own_database)


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreRefused, match="can't be created"):
        Store(tmp_path / "file" / "stepscope.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreRefused, match="can't be created: Permission denied"):
            Store(tmp_path / "stepscope.db")
    finally:
        tmp_path.chmod(0o700)


def test_folder_and_file_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "stepscope.db"
    before = os.umask(0o000)
    try:
        store = Store(path)
        store.create_run(workflow="W", module="m", file="f", version="1", input={})
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(modes, 0o600)


def test_processes_that_create_the_database_at_once_all_get_it(own_database: Path) -> None:
    command = [sys.executable, "-c", CREATE, str(own_database)]
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        started = [
            stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
            for _ in range(3)
        ]
        for process in started:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
        ended = [process.communicate(timeout=60) for process in _all_told(started)]
    assert [process.returncode for process in started] == [0, 0, 0], ended
    store = Store(own_database)
    assert store.count_runs() == 3
    store.close()


def _all_told(started: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Let all go before any is waited for."""
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return started
