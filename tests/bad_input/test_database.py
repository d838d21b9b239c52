"""A database that can't be used, at the start or while pages are open: a sentence, and nothing is overwritten."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from inspectors import workbench as workbench_module
from inspectors.store import Store, StoreRefused, database
from inspectors.store.database import known_version
from inspectors.workbench import Workbench, close_workbench
from tests.bad_input.conftest import GOOD, PROJECT, Done

PAGES = PROJECT / "pages"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Don't wait ten seconds for a lock in a test, and leave no workbench behind."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(workbench_module, "_workbench", None)
    yield
    close_workbench()


@contextmanager
def held(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that keeps the whole file to itself."""
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE IF NOT EXISTS other (a)")
        yield other
    finally:
        if other.in_transaction:
            other.execute("ROLLBACK")
        other.close()


def spoilt(path: Path) -> bytes:
    """Overwrite the middle of a database as a failing disk would; gives what is in the file then."""
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 64] = b"\xa5" * 64
    path.write_bytes(data)
    return bytes(data)


def folded(path: Path) -> None:
    """Bring all of the log into the file, so that the file alone is the database."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def browse() -> AppTest:
    """Open Browse as Streamlit would; no exception may reach the page."""
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=100).run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def texts(app: AppTest) -> str:
    return " | ".join(one.value for one in app.text)


BAD = {
    "text": (b"Dear reader, this is a letter.\n" * 100, "it is not a database"),
    "noise": (bytes(range(256)) * 40, "it is not a database"),
    "cut": (None, "damaged|not a database"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_database_is_said_on_the_page_and_left_as_it_is(case: str, own_database: Path) -> None:
    content, reason = BAD[case]
    if content is None:
        Store(own_database).close()
        folded(own_database)
        content = own_database.read_bytes()[:5000]
    own_database.write_bytes(content)
    page = texts(browse())
    assert f"The database {own_database} can't be used: " in page and "Set STEPSCOPE_DB to another file" in page
    assert any(part in page for part in reason.split("|"))
    assert "This page goes on by itself" in page
    assert own_database.read_bytes() == content
    assert [path.name for path in own_database.parent.glob("stepscope.db*")] == ["stepscope.db"]


def test_a_folder_a_newer_one_and_one_of_another_program(own_database: Path) -> None:
    own_database.mkdir()
    assert "it is a folder" in texts(browse())
    own_database.rmdir()
    Store(own_database).close()
    with sqlite3.connect(own_database) as db:
        db.execute(f"PRAGMA user_version={known_version() + 7}")
    db.close()
    assert f"was written by a newer Stepscope (version {known_version() + 7}" in texts(browse())
    own_database.unlink()
    for version in (0, 1):
        with sqlite3.connect(own_database) as db:
            db.execute("CREATE TABLE IF NOT EXISTS songs (title)")
            db.execute(f"PRAGMA user_version={version}")
        db.close()
        assert "it belongs to another program (it holds songs)" in texts(browse())
        with sqlite3.connect(own_database) as db:
            assert [row[0] for row in db.execute("SELECT name FROM sqlite_master")] == ["songs"]
        db.close()


def test_a_lock_is_waited_for_then_said_and_the_page_goes_on_when_it_is_gone(own_database: Path) -> None:
    with held(own_database):
        app = browse()
        assert "another program has locked it. End that program; nothing was changed." in texts(app)
    app.run()
    assert not app.exception and "can't be used" not in texts(app)


def test_a_lock_while_pages_are_open(own_database: Path) -> None:
    Store(own_database).close()
    app = browse()
    assert "can't be used" not in texts(app)
    bench = workbench_module.get_workbench()
    bench.supervisor.close()
    bench.store.close()  # what is open already may be read on; another connection has to ask for the file
    with held(own_database):
        app.run()
        assert "another program has locked it" in texts(app) and not app.exception
    app.run()
    assert "can't be used" not in texts(app) and not app.exception


def test_a_write_to_a_locked_database_says_so(own_database: Path) -> None:
    store = Store(own_database)
    other = sqlite3.connect(own_database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreRefused, match="another program has locked it"):
        store.create_run(workflow="W", module="m", file="f", version="1", input={})
    assert store.count_runs() == 0
    other.execute("ROLLBACK")
    store.create_run(workflow="W", module="m", file="f", version="1", input={})
    assert store.count_runs() == 1
    other.close()
    store.close()


def filled(path: Path) -> None:
    """A database of several hundred pages."""
    store = Store(path)
    for number in range(300):
        store.create_run(workflow=f"W{number}", module="m", file="f", version="1", input={"text": "x" * 3000})
    store.close()
    folded(path)


def test_damage_in_the_middle_at_the_start(own_database: Path) -> None:
    filled(own_database)
    content = spoilt(own_database)
    page = texts(browse())
    assert "it is damaged" in page and "It was left as it is." in page
    assert own_database.read_bytes() == content


def test_damage_while_pages_are_open_and_a_copy_put_back(own_database: Path, tmp_path: Path) -> None:
    filled(own_database)
    copy = tmp_path / "copy.db"
    copy.write_bytes(own_database.read_bytes())
    app = browse()
    assert "can't be used" not in texts(app)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(copy.read_bytes())
    spoilt(damaged)
    os.replace(damaged, own_database)
    for name in own_database.parent.glob("stepscope.db-*"):
        name.unlink()
    app.run()
    assert "it is damaged" in texts(app) and not app.exception
    os.replace(copy, own_database)
    app.run()
    assert "can't be used" not in texts(app) and not app.exception


def test_a_file_that_is_removed_while_pages_are_open_is_not_made_anew(own_database: Path, tmp_path: Path) -> None:
    app = browse()
    aside = tmp_path / "aside.db"
    os.replace(own_database, aside)
    app.run()
    assert "was removed while Stepscope was using it" in texts(app) and not app.exception
    assert not own_database.exists()
    os.replace(aside, own_database)
    app.run()
    assert "was removed" not in texts(app) and not app.exception


NOBODY = """
import os, sys
from inspectors.store import Store, StoreRefused
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    Store(sys.argv[1])
except StoreRefused as refused:
    print(refused)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_file_and_a_read_only_folder(what: str, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    kept = tmp_path / "kept"
    path = kept / "stepscope.db"
    Store(path).close()
    kept.chmod(0o777 if what == "file" else 0o755)
    path.chmod(0o444 if what == "file" else 0o666)
    content = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", NOBODY, str(path)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == (
        f"The database {path} can't be used: it is read-only. "
        "Allow writing to the file and its folder, or set STEPSCOPE_DB to another file.\n"
    )
    assert path.read_bytes() == content


def test_the_command_line_says_the_same(own_database: Path, project: Path, command: Callable[..., Done]) -> None:
    (project / "good.py").write_text(GOOD.format(name="Good"))
    own_database.write_text("Dear reader")
    done = command("run", f"{project / 'good.py'}:Good")
    assert done.stdout == "" and done.returncode != 0
    assert done.stderr == (
        f"The database {own_database} can't be used: it is not a database. "
        "Set STEPSCOPE_DB to another file, or move this one away.\n"
    )
    assert command("graph", str(project / "good.py")).returncode == 0


def test_a_workbench_that_could_not_be_made_leaves_nothing_open(own_database: Path) -> None:
    from inspectors.settings import read_settings

    filled(own_database)
    spoilt(own_database)
    with pytest.raises(StoreRefused):
        Workbench(read_settings([])).catalog()
