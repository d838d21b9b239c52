"""The commit writer: quick, in order, and without loss when the database is locked for a while."""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator

import pytest

from inspectors.recording import writer as writing
from inspectors.recording.writer import CommitWriter
from inspectors.store import Store
from inspectors.store.records import Commit
from tests.waiting import until


@pytest.fixture
def writer(store: Store) -> Iterator[CommitWriter]:
    made = CommitWriter(store)
    yield made
    made.close()


def add(writer: CommitWriter, run_id: str, seq: int) -> None:
    def edit(commit: Commit) -> None:
        commit.lines.append(json.dumps({"seq": seq}))

    writer.change(run_id, seq, edit)


def seqs(store: Store, run_id: str) -> list[int]:
    return [record["seq"] for record in store.records(run_id)]


def test_what_is_handed_over_is_committed_without_asking(
    store: Store, writer: CommitWriter, new_run: Callable[..., str]
) -> None:
    run_id = new_run()
    add(writer, run_id, 1)
    until(lambda: seqs(store, run_id))


def test_many_threads_of_many_runs_are_written_in_their_order(
    store: Store, writer: CommitWriter, new_run: Callable[..., str]
) -> None:
    ids = [new_run() for _ in range(6)]

    def work(run_id: str) -> None:
        for seq in range(1, 201):
            add(writer, run_id, seq)

    threads = [threading.Thread(target=work, args=(run_id,)) for run_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert writer.flush()
    for run_id in ids:
        assert seqs(store, run_id) == list(range(1, 201))


def test_a_locked_database_is_tried_again_until_nothing_is_lost(
    store: Store, new_run: Callable[..., str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("inspectors.store.database.BUSY_SECONDS", 0.05)
    monkeypatch.setattr(writing, "RETRY_AFTER", 0.05)
    run_id = new_run()
    impatient = Store(store.path)
    writer = CommitWriter(impatient)
    blocker = sqlite3.connect(store.path, isolation_level=None)
    try:
        blocker.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.CRITICAL, logger="stepscope.writer"):
            for seq in range(1, 6):
                add(writer, run_id, seq)
            assert "locked" in until(lambda: writer.trouble)
            assert not writer.flush(0.05)
            for seq in range(6, 9):
                add(writer, run_id, seq)
            blocker.execute("ROLLBACK")
            assert writer.flush(10)
        assert writer.trouble is None
        assert seqs(store, run_id) == list(range(1, 9))
    finally:
        blocker.close()
        writer.close()
        impatient.close()


def test_one_runs_misfit_does_not_take_the_others_records(
    store: Store, writer: CommitWriter, new_run: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    wrong, right = new_run(), new_run()
    with caplog.at_level(logging.CRITICAL, logger="stepscope.writer"):
        add(writer, wrong, 7)
        add(writer, right, 1)
        assert writer.flush()
    assert seqs(store, wrong) == [] and seqs(store, right) == [1]


def test_closing_writes_what_is_left_and_ends_the_thread(store: Store, new_run: Callable[..., str]) -> None:
    run_id = new_run()
    writer = CommitWriter(store)
    for seq in range(1, 50):
        add(writer, run_id, seq)
    assert writer.close()
    assert seqs(store, run_id) == list(range(1, 50))
    assert "stepscope-writer" not in {thread.name for thread in threading.enumerate()}
