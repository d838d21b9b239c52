"""`python -m inspectors prune`: by age, number and size, while others write, and in sentences."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspectors.__main__ import main
from inspectors.commands.prune import bytes_of, seconds_of
from inspectors.recording.writer import CommitWriter
from inspectors.runner.kept_files import kept_folder
from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt

PROJECT = Path(__file__).resolve().parents[2]
DAY = 86_400.0


@pytest.fixture
def store(own_database: Path) -> Iterator[Store]:
    made = Store(own_database)
    yield made
    made.close()


def add(store: Store, days: float, status: str = "done", kilobytes: int = 1, parent: str | None = None) -> str:
    """A run that ended so many days ago, or goes on since then."""
    ended = time.time() - days * DAY
    run_id = store.create_run(
        workflow="W", module="m", file="f", version="1", input={}, parent_run=parent, created_at=ended - 1
    )
    text = random.Random(run_id).randbytes(kilobytes * 500).hex()
    columns = {"status": status, "ended_at": ended if status in ("done", "failed", "interrupted") else None}
    store.commit(
        [Commit(run_id, 1, [json.dumps({"seq": 1, "kind": "printed", "t": ended, "text": text})], run=columns)]
    )
    return run_id


def prune(*arguments: str) -> int:
    return main(["prune", *arguments])


def left(store: Store) -> set[str]:
    return {run.run_id for run in store.runs(limit=100_000)}


def test_by_age(store: Store, capsys: pytest.CaptureFixture[str]):
    old, older, young = add(store, 31), add(store, 90, "failed"), add(store, 29)
    assert prune("--older-than", "30d", "--dry-run") == 0
    said = capsys.readouterr().out
    assert re.match(
        r"Would delete 2 runs, ended from [\d-]+ to [\d-]+; about [\d.]+ kB would be given back\. 1 run st", said
    )
    assert left(store) == {old, older, young}
    assert prune("--older-than", "30d") == 0
    assert left(store) == {young}
    assert re.match(r"Deleted 2 runs, ended from .* given back\. 1 run stays\.\n", capsys.readouterr().out)
    assert prune("--older-than", "4w") == 0
    assert left(store) == set()
    assert prune("--older-than", "12h") == 0
    assert capsys.readouterr().out.endswith("Nothing to delete. 0 runs stay.\n")


def test_the_newest_stay_whatever_else_is_asked(store: Store):
    runs = [add(store, days) for days in range(50, 40, -1)]
    assert prune("--older-than", "30d", "--keep", "4") == 0
    assert left(store) == set(runs[-4:])
    assert prune("--keep", "3") == 0
    assert left(store) == set(runs[-3:])
    assert prune("--max-size", "1kB", "--keep", "2") == 0
    assert left(store) == set(runs[-2:])


def test_by_size_the_oldest_go_until_it_fits_and_the_file_shrinks(store: Store, capsys: pytest.CaptureFixture[str]):
    runs = [add(store, 60 - number / 10, kilobytes=40) for number in range(200)]
    before = store.file_size()
    assert prune("--max-size", "3MB", "--dry-run") == 0
    told = int(re.match(r"Would delete (\d+) runs", capsys.readouterr().out)[1])  # type: ignore[index]
    assert prune("--max-size", "3MB") == 0
    stay = left(store)
    assert stay == set(runs[-len(stay) :]) and abs(200 - len(stay) - told) < 15
    assert 2_500_000 < store.file_size() <= 3_100_000 < before
    assert [record["seq"] for run_id in stay for record in store.records(run_id)] == [1] * len(stay)


def test_what_goes_on_waits_or_could_be_resumed_stays(store: Store, capsys: pytest.CaptureFixture[str]):
    live, waiting = add(store, 99, "running"), add(store, 99, "waiting")
    store.commit([Commit(waiting, 2, prompts=[NewPrompt("p", 1, "Ask", "s", "?", {}, None, {})])])
    resumable, hopeless = add(store, 99, "interrupted"), add(store, 99, "interrupted")
    store.commit([Commit(resumable, 2, journal=["t 1 a"], checkpoint=(1, {}, {}))])
    parent, family = add(store, 99), add(store, 99)
    child, other = add(store, 99, "running", parent=parent), add(store, 2, parent=family)
    assert prune("--older-than", "1d") == 0
    assert left(store) == {live, waiting, resumable, parent, child}
    said = capsys.readouterr().out
    assert said.startswith("Deleted 3 runs (1 of them started by others), ended on ")
    assert said.endswith(
        "1 interrupted run stays, since it can still be resumed; --with-interrupted deletes such runs, too.\n"
    )
    assert hopeless not in left(store) and other not in left(store)
    assert prune("--keep", "0", "--with-interrupted") == 0
    assert left(store) == {live, waiting, parent, child}


def test_files_that_only_deleted_runs_named_go_with_them(store: Store):
    folder = kept_folder(store.path) / ("ab" * 16)
    folder.mkdir(parents=True)
    (folder / "photo.png").write_bytes(b"x" * 100_000)
    os.utime(folder, (1, 1))
    run_id = add(store, 40)
    with store.writing() as db:
        db.execute("UPDATE run SET input = ?", (json.dumps({"photo": str(folder / "photo.png")}),))
    add(store, 1)
    assert prune("--older-than", "50d") == 0 and folder.exists()
    assert prune("--max-size", "150kB", "--keep", "1") == 0
    assert not folder.exists() and run_id not in left(store)


def test_two_at_once_while_runs_are_recorded(store: Store, own_database: Path):
    """Nobody is refused, nothing is deleted twice, and no record is lost."""
    for number in range(600):
        add(store, 60 - number / 100)
    live = store.create_run(workflow="W", module="m", file="f", version="1", input={})
    writer = CommitWriter(Store(own_database))
    command = [sys.executable, "-m", "inspectors", "prune", "--older-than", "30d", "--keep", "10"]
    told: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: told.append(
                subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
            )
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    seq = 0
    while any(thread.is_alive() for thread in threads):
        seq += 1
        writer.append(live, seq, json.dumps({"seq": seq, "t": time.time(), "kind": "printed", "text": "x"}))
        time.sleep(0.001)  # a run that goes on, no faster than real ones
    assert writer.close() and writer.trouble is None
    assert [record["seq"] for record in store.records(live)] == list(range(1, seq + 1))
    counts = [int(found[1].replace(",", "")) for text in told if (found := re.match(r"Deleted ([\d,]+) run", text))]
    assert len(told) == 2 and sum(counts) == 590 and len(left(store)) == 11


def test_a_file_of_an_earlier_version_is_rewritten_when_nobody_uses_it(
    store: Store, capsys: pytest.CaptureFixture[str]
):
    for _ in range(50):
        add(store, 40, kilobytes=20)
    with store.reading() as db:
        db.execute("PRAGMA auto_vacuum=NONE")
        db.execute("VACUUM")
    assert not store.gives_back()
    row = store.create_runner(file="/f.py", version="1", owner_pid=os.getpid(), owner_started=0.0)
    store.update_runner(row.runner_id, status="ready", pid=os.getpid())
    assert prune("--older-than", "30d") == 0
    assert "given back once prune is run while nothing else uses it." in capsys.readouterr().out
    store.forget_runner(row.runner_id)
    store.close()
    assert prune("--older-than", "30d") == 0
    again = Store(store.path)
    assert again.gives_back() and again.file_size() < 300_000
    again.close()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Say what is to be deleted: give --older-than, --keep or --max-size"),
        (["--older-than", "soon"], "--older-than soon is no age: a number and one of min, h, d or w, such as 30d."),
        (["--older-than", "30"], "--older-than 30 is no age"),
        (["--keep", "-1"], "--keep -1 is no number of runs, such as 100."),
        (["--keep", "many"], "--keep many is no number of runs"),
        (["--max-size", "2 stone"], "--max-size 2 stone is no size"),
    ],
)
def test_what_can_not_be_meant(arguments: list[str], sentence: str, store: Store, capsys: pytest.CaptureFixture[str]):
    assert prune(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == "" and sentence in said.err


def test_no_database_is_made_and_none_that_is_not_ours_touched(own_database: Path, capsys: pytest.CaptureFixture[str]):
    assert prune("--keep", "1") == 2
    assert f"There is no database {own_database}." in capsys.readouterr().err and not own_database.exists()
    own_database.write_text("Dear reader")
    assert prune("--keep", "1") == 2
    assert "it is not a database" in capsys.readouterr().err and own_database.read_text() == "Dear reader"


def test_ages_and_sizes():
    assert [seconds_of(text) for text in ("90s", "5min", "12h", "1.5d", "2W")] == [90, 300, 43_200, 129_600, 1_209_600]
    assert [bytes_of(text) for text in ("500MB", "2GB", "1.5 kB", "3g", "7", "1KiB", "2GiB", "1tb")] == [
        500_000_000,
        2_000_000_000,
        1_500,
        3_000_000_000,
        7,
        1_024,
        2_147_483_648,
        1_000_000_000_000,
    ]
