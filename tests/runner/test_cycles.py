"""Starting and stopping, again and again: processes, threads, handles, files and rows are where they were."""

from __future__ import annotations

import gc
import sys
import threading
from pathlib import Path

import psutil
import pytest

from inspectors.store import Store
from inspectors.workbench import Workbench
from tests.runner.conftest import Bench, settings_for
from tests.waiting import until

CYCLES = 20
STARTS = 4
"""Cycles that start a runner as well, which takes a second or two."""


def handles() -> int:
    """Open files, pipes, sockets and events of this process."""
    gc.collect()
    process = psutil.Process()
    return process.num_handles() if sys.platform == "win32" else process.num_fds()


def beside(path: Path) -> list[str]:
    """What is in the database's folder; of what SQLite keeps beside it while it is open, nothing."""
    return sorted(str(found.relative_to(path.parent)) for found in path.parent.rglob("*"))


def one_cycle(folder: Path, with_run: bool) -> None:
    bench = Bench(Workbench(settings_for(folder)))
    try:
        if with_run:
            assert bench.ended(bench.start("Sleeps", seconds=0.0)).status == "done"
    finally:
        bench.workbench.close()


def test_twenty_starts_and_stops_leave_everything_where_it_was(tmp_path: Path):
    until(lambda: not any(one.name == "stepscope-reaper" for one in threading.enumerate()))  # an earlier test's
    one_cycle(tmp_path, with_run=True)  # what is imported and made once
    before = (
        handles(),
        threading.active_count(),
        len(psutil.Process().children(recursive=True)),
        beside(tmp_path / "x"),
    )
    for number in range(CYCLES):
        one_cycle(tmp_path, with_run=number % (CYCLES // STARTS) == 0)
    after = (
        handles(),
        threading.active_count(),
        len(psutil.Process().children(recursive=True)),
        beside(tmp_path / "x"),
    )
    assert after == before
    store = Store(tmp_path / "stepscope.db")
    assert store.registered() == [] and store.count_runs() == 1 + STARTS
    with store.reading() as db:
        left = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("journal", "checkpoint")}
    assert left == {"journal": 0, "checkpoint": 0}
    store.close()


def test_deleting_a_run_deletes_all_it_left(bench: Bench):
    first = bench.start("Sleeps", seconds=0.0)
    bench.ended(first)
    bench.store.delete_runs([first])
    size = bench.store.used_size()  # with the row of the runner, which describes its file
    paused, done = bench.start("AsksTwice"), bench.start("Sleeps", seconds=0.01)
    bench.let_go(paused)
    bench.supervisor.answer(bench.store.prompts(paused)[0].prompt_id, {"number": 1})
    bench.wait(paused, lambda run: run.status == "waiting" and bench.store.undelivered(paused) == [])
    bench.supervisor.cancel(paused)
    bench.ended(paused), bench.ended(done)
    assert bench.store.delete_runs([paused, done]) == 2
    with bench.store.reading() as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
        assert db.execute("PRAGMA freelist_count").fetchone()[0] == 0, "the room is given back"
    assert {table for table, count in counts.items() if count} <= {"runner", "runner_start"}
    assert bench.store.used_size() <= size + 8192


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can't be deleted there; the next start does it")
def test_a_runner_whose_server_was_killed_leaves_nothing_either(tmp_path: Path):
    from tests.runner.conftest import FAULTY
    from tests.runner.other_server import OtherServer

    with OtherServer(tmp_path / "stepscope.db", FAULTY) as other:
        sign = tmp_path / "over"
        run_id = other.does("start", "Sleeps", {"sign": str(sign)})
        store = Store(tmp_path / "stepscope.db")
        bench = Bench.__new__(Bench)
        bench.store = store
        bench.wait(run_id, lambda run: run.status == "running")
        other.kill()
        sign.touch()
        assert bench.ended(run_id).status == "done"
        bench.until(lambda: store.registered() == [])
        bench.until(lambda: list((tmp_path / "stepscope.db.runners").iterdir()) == [])
        store.close()
