"""A database that can't be written for a while, or is damaged in places: what can be is kept, the rest is said."""

from __future__ import annotations

import json
import logging
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from inspectors.recording import writer as writing
from inspectors.recording.writer import CommitWriter
from inspectors.server.run_views import RunViews
from inspectors.store import Store, StoreRefused, Unreadable, connections, database
from inspectors.store.records import Commit, NewPrompt
from inspectors.trace.engine_state import EngineState
from tests.waiting import until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody waits ten seconds for a lock in a test; what the writer logs is asked for, not shown."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(writing, "RETRY_AFTER", 0.02)
    monkeypatch.setattr(writing, "RETRY_AT_MOST", 0.05)
    caplog.set_level(logging.CRITICAL, logger="stepscope.writer")


@contextmanager
def full(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No page more than there is: what SQLite says is what it says of a full disk."""
    with closing(sqlite3.connect(path)) as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    with ruled(f"PRAGMA max_page_count={pages}", monkeypatch):
        yield


@contextmanager
def ruled(pragma: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every connection that is opened meanwhile obeys a pragma; those before are closed by the caller."""
    real = database.connect

    def connect(path: Path, create: bool = True) -> sqlite3.Connection:
        made = real(path, create)
        made.execute(pragma)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(connections, "connect", connect)
        yield


@contextmanager
def locked(path: Path, _monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another program writes for longer than anybody waits."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only(_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing can be written through any connection."""
    with ruled("PRAGMA query_only=1", monkeypatch):
        yield


FAULTS = {
    "full": (full, "its disk is full. Free some space"),
    "locked": (locked, "another program has locked it. End that program"),
    "read-only": (read_only, "it is read-only. Allow writing to the file and its folder"),
}


def line(seq: int, **fields: object) -> str:
    return json.dumps({"seq": seq, "t": 1000.0 + seq, "kind": "printed", "text": "x" * 50, **fields})


def noise(seq: int, size: int = 3000) -> str:
    """A record that no packing makes small."""
    return line(seq, text=random.Random(seq).randbytes(size).hex())


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_refused_for_a_while_is_all_there_afterwards(
    fault: str, store: Store, new_run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make, words = FAULTS[fault]
    ids = [new_run(), new_run()]
    store.close()
    with make(store.path, monkeypatch):
        writer = CommitWriter(Store(store.path))
        for seq in range(1, 41):
            for run_id in ids:
                writer.append(run_id, seq, noise(seq, 5000), journal=[f"t {seq} tick"])  # more than a free page holds
            if seq == 20:
                until(lambda: writer.trouble, seconds=20)
        state = writer.state()
        assert state is not None and words in state["sentence"] and str(store.path) in state["sentence"]
        until(lambda: writer.held == 80, seconds=20)
        assert state["left_out"] == 0 and not writer.is_full
        writer._store._close_idle()  # type: ignore[attr-defined]  # the next connection finds the disk as it is then
    assert writer.flush(20) and writer.close()
    assert writer.trouble is None and writer.state() is None and writer.held == 0
    after = Store(store.path)
    for run_id in ids:
        assert [record["seq"] for record in after.records(run_id)] == list(range(1, 41))
        assert after.journal(run_id) == [f"t {seq} tick" for seq in range(1, 41)]
    after.close()


def test_what_there_is_no_room_for_is_missing_and_said(store: Store, new_run: Callable[..., str]) -> None:
    run_id, other = new_run(), new_run()
    store.commit([Commit(run_id, 1, [line(1)], journal=["t 1 a"], checkpoint=(1, {}, {}))])
    writer = CommitWriter(Store(store.path))
    writer._held.limit = 40_000
    before = time.time()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        writer.append(run_id, 2, line(2), journal=["t 2 b"])
        until(lambda: writer.trouble, seconds=20)
        left_out = {seq for seq in range(3, 2000) if not writer.append(run_id, seq, noise(seq), journal=["more"])}
        seq = 2000
        assert len(left_out) > 1000 and writer.state()["left_out"] == len(left_out)  # type: ignore[index]
        assert sum(commit.size() for commit in writer._held.commits.values()) < 60_000
        # What a run asks and how it ends is kept all the same; so is another run's, as far as it is such.
        ask = NewPrompt("p-1", seq, "Ask", "s", "Well?", {}, None, {})
        assert writer.append(run_id, seq, line(seq, kind="prompt"), lambda commit: commit.prompts.append(ask))
        if not writer.append(run_id, seq + 1, noise(seq + 1)):
            left_out.add(seq + 1)
        writer.append(other, 1, line(1, kind="run_ended"), lambda commit: commit.run.update(status="done"))
        blocker.execute("ROLLBACK")
    assert writer.flush(20)
    last = seq + 1
    records = store.records(run_id)
    gaps = [record for record in records if record["kind"] == "records_missing"]
    assert {seq for gap in gaps for seq in range(gap["seq"], gap["upto"] + 1)} == left_out
    assert sum(gap["count"] for gap in gaps) == len(left_out)
    assert before <= gaps[0]["since"] <= gaps[0]["until"] <= time.time() and "locked" in gaps[0]["why"]
    expected = 1
    for record in records:
        assert record["seq"] == expected
        expected = record.get("upto", expected) + 1
    assert expected == last + 1
    run, ended = store.run(run_id), store.run(other)
    assert run is not None and ended is not None and (run.last_seq, ended.status) == (last, "done")
    assert [prompt.prompt_id for prompt in store.prompts(run_id)] == ["p-1"]
    # A journal with a hole is none, and the checkpoint before it would lead back to what is over.
    assert store.journal(run_id) == [] and store.checkpoint(run_id) is None
    writer.append(run_id, last + 1, line(last + 1), journal=["t 9 late"])
    keep = lambda commit: commit.keep_checkpoint({"now": 1}, {})  # noqa: E731
    writer.append(run_id, last + 2, line(last + 2), keep, journal=["t 10 before"])
    writer.append(run_id, last + 3, line(last + 3), journal=["t 11 after"])
    assert writer.close()
    assert store.journal(run_id) == ["t 11 after"]
    assert store.checkpoint(run_id) == (last + 2, {"now": 1}, {})


def test_the_engines_state_is_unknown_from_a_gap_until_it_is_told_as_a_whole() -> None:
    state = EngineState()
    whole = {"whole": True, "steps": {"s": {"workers": 1}}}
    state.apply({"seq": 1, "t": 0.0, "kind": "run_started", "engine": whole})
    assert state.json()["known"]
    state.apply({"seq": 2, "t": 0.0, "kind": "records_missing", "upto": 9, "count": 8})
    assert not state.json()["known"] and state.seq == 9
    state.apply({"seq": 10, "t": 0.0, "kind": "event", "engine": whole})
    assert state.json()["known"]


@pytest.fixture
def damaged(store: Store, new_run: Callable[..., str]) -> Callable[..., str]:
    """A run of four blocks with 5 records each, the second of which has been spoilt by some SQL."""

    def make(sql: str) -> str:
        run_id = new_run()
        for first in range(1, 20, 5):
            store.commit([Commit(run_id, first, [line(seq) for seq in range(first, first + 5)], journal=["t 1 a"])])
        with store.writing() as db:
            db.execute(
                sql.format(
                    block="block SET records",
                    here="WHERE first_seq = 6 AND run_key = (SELECT run_key FROM run WHERE run_id = ?)",
                ),
                (run_id,),
            )
        return run_id

    return make


SPOILT = [
    "UPDATE {block} = randomblob(length(records)) {here}",
    "UPDATE {block} = substr(records, 1, length(records) / 2) {here}",
    "UPDATE {block} = substr(records, 1, 20) || x'A5A5A5A5' || substr(records, 25) {here}",
    "UPDATE {block} = x'' {here}",
    "UPDATE {block} = 'words' {here}",
    "UPDATE block SET records = (SELECT records FROM block b WHERE b.first_seq = 1 LIMIT 1) {here}",
    "DELETE FROM block {here}",
]


@pytest.mark.parametrize("sql", SPOILT)
def test_a_damaged_block_is_one_row_and_all_else_is_there(
    sql: str, store: Store, new_run: Callable[..., str], damaged: Callable[..., str]
) -> None:
    other, run_id = new_run(), damaged(sql)
    store.commit([Commit(other, 1, [line(1)])])
    seqs = [record["seq"] for record in store.records(run_id)]
    assert seqs == [*range(1, 7), *range(11, 21)]
    assert [record["seq"] for record in store.records(run_id, 8, 12)] == [6, 11, 12]
    assert [record["seq"] for record in store.records(run_id, 8, 9)] == [6]
    run = store.run(run_id)
    assert run is not None
    view = RunViews(store).get(run)
    rows = view.advance(20)
    row = next(row for row in rows if row["seq"] == 6)
    assert (row["what"], row["upto"], row["tone"]) == ("Records 6–10 can’t be read", 10, "failed")
    assert len(rows) == 16 and view.overlay.seq == 20 and view.summary(run)["spans"] == [[6, 10]]
    found = view.details(6)
    assert found is not None and found["title"] == "Records 6–10 can’t be read"
    assert [record["seq"] for record in store.records(other)] == [1]


def test_the_last_block_may_be_gone_too(store: Store, damaged: Callable[..., str]) -> None:
    run_id = damaged("DELETE FROM block WHERE first_seq >= 16 AND run_key = (SELECT run_key FROM run WHERE run_id = ?)")
    assert [record.get("upto", record["seq"]) for record in store.records(run_id)][-2:] == [15, 20]


def test_a_damaged_page_takes_no_more_with_it_than_its_block(store: Store, new_run: Callable[..., str]) -> None:
    run_id, other = new_run(), new_run()
    texts = [random.Random(seq).randbytes(20_000).hex() for seq in range(1, 5)]
    for seq, text in enumerate(texts, start=1):
        store.commit([Commit(run_id, seq, [line(seq, text=text)]), Commit(other, seq, [line(seq)])])
    with store.reading() as db:
        page = db.execute("PRAGMA page_size").fetchone()[0]
        packed = db.execute("SELECT records FROM block WHERE length(records) > 15000 AND first_seq = 2").fetchone()[0]
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    store.close()
    data = bytearray(store.path.read_bytes())
    at = data.index(packed[10_000:10_100]) // page * page  # one of the pages that hold the rest of the block
    data[at : at + 4] = b"\x7f\xff\xff\xff"  # where it says which page is next
    store.path.write_bytes(bytes(data))
    again = Store(store.path)
    assert [(r["seq"], r["kind"]) for r in again.records(run_id)] == [
        (1, "printed"),
        (2, "records_unreadable"),
        (3, "printed"),
        (4, "printed"),
    ]
    assert [record["kind"] for record in again.records(other)] == ["printed"] * 4
    again.close()


@pytest.mark.parametrize("place", ["journal SET lines", "checkpoint SET context", "checkpoint SET recorder"])
def test_what_a_run_is_taken_up_from_says_that_it_is_damaged(
    place: str, store: Store, new_run: Callable[..., str]
) -> None:
    run_id = new_run()
    store.commit([Commit(run_id, 1, [line(1)], checkpoint=(1, {"a": 1}, {"b": 2}))])
    store.commit([Commit(run_id, 2, [line(2)], journal=["t 1 a", "t 2 b"])])
    assert store.journal(run_id) and store.checkpoint(run_id)
    with store.writing() as db:
        db.execute(f"UPDATE {place} = substr({place.split()[-1]}, 1, 9) || x'00A5'")
    with pytest.raises(Unreadable, match=f"What was saved of run {run_id} is damaged"):
        (store.journal(run_id), store.checkpoint(run_id))
    assert len(store.records(run_id)) == 2


def test_an_error_that_sqlite_has_rolled_back_for_is_the_one_that_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch, new_run: Callable[..., str]
) -> None:
    run_id = new_run()
    store.close()
    with full(store.path, monkeypatch):
        tight = Store(store.path)
        with pytest.raises(StoreRefused, match="its disk is full"):
            tight.commit([Commit(run_id, 1, [noise(seq) for seq in range(1, 200)])])
        assert tight.run(run_id).last_seq == 0  # type: ignore[union-attr]
        tight.close()
