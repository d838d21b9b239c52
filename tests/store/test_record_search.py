"""Records that name something, found in packed blocks."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from inspectors.store import Store
from inspectors.store.records import Commit


@pytest.fixture
def run(tmp_path: Path) -> Any:
    store = Store(tmp_path / "x.db")
    run_id = store.create_run(workflow="W", module="m", file="f.py", version="1", input={})
    for first in range(1, 1_001, 10):  # more blocks than are read at once
        lines = [
            json.dumps(
                {"seq": seq, "t": 0.0, "kind": "event" if seq % 2 else "logged", "key": f"i{seq}", "text": 'é"\\'}
            )
            for seq in range(first, first + 10)
        ]
        store.commit([Commit(run_id, first, lines=lines)])
    yield store, run_id
    store.close()


def test_records_are_found_by_whole_strings_and_by_kind(run: Any) -> None:
    store, run_id = run
    found = [record["seq"] for record in store.naming(run_id, ["i1", "i999", "i2", "i99"], ["event"])]
    assert found == [1, 99, 999]
    assert len(list(store.naming(run_id, ['é"\\'], ["event", "logged"]))) == 1_000
    assert not list(store.naming(run_id, ["event"], ["logged"])), "a kind is no text of another kind's record"


def test_nothing_is_asked_for_and_nothing_is_there(run: Any) -> None:
    store, run_id = run
    assert not list(store.naming(run_id, [], ["event"])) and not list(store.naming(run_id, ["i1"], []))
    assert not list(store.naming("nope", ["i1"], ["event"]))


def test_a_damaged_block_is_left_out(run: Any) -> None:
    store, run_id = run
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE block SET records = x'00ff' WHERE first_seq = 1")
    assert [record["seq"] for record in store.naming(run_id, ["i1", "i11"], ["event"])] == [11]
