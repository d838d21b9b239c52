"""ctx.store at any record, what changed it last, and the changes before and after."""

from __future__ import annotations

import json
import random
from typing import Any

from inspectors.trace.engine_state import state_at
from inspectors.trace.state import EVERY, StoreHistory


def writes(*changes: dict[str, Any], every: int = 1) -> list[dict[str, Any]]:
    """A run whose every so many-th record writes to the store."""
    records: list[dict[str, Any]] = [{"seq": 1, "t": 0.0, "kind": "run_started"}]
    for change in changes:
        for _ in range(every - 1):
            records.append({"seq": len(records) + 1, "t": 0.0, "kind": "printed", "text": "x"})
        given = {"op": "set", "step": "work", "invocation": "i1", **change}
        records.append({"seq": len(records) + 1, "t": 0.0, "kind": "store_written", **given})
    return records


def history(records: list[dict[str, Any]]) -> StoreHistory:
    """Folded from texts; from records it must be the same."""
    made, other = StoreHistory(), StoreHistory()
    for record in records:
        made.apply_lines([json.dumps(record, separators=(",", ":")).encode()], record["seq"])
        other.apply(record)
    last = records[-1]["seq"]
    assert made.at(last) == other.at(last)
    return made


def test_the_store_is_as_it_was_when_a_record_was_written() -> None:
    told = history(writes({"changes": {"a": [None, 1]}}, {"changes": {"a": [1, 2], "b": [None, "x"]}}, every=3))
    assert told.at(3)["store"] == {} and told.at(3)["last"] is None
    assert told.at(4)["store"] == {"a": 1} == told.at(6)["store"]
    at_end = told.at(7)
    assert at_end["store"] == {"a": 2, "b": "x"}
    assert (at_end["write"], at_end["writes"]) == (2, 2)
    assert at_end["last"]["changes"] == {"a": [1, 2], "b": [None, "x"]} and at_end["last"]["step"] == "work"


def test_changes_before_and_after_are_named() -> None:
    told = history(writes(*({"changes": {"a": [n, n + 1]}} for n in range(3)), every=2))
    assert [(told.at(seq)["previous"], told.at(seq)["next"]) for seq in (1, 3, 4, 5, 7)] == [
        (None, 3),
        (None, 5),
        (None, 5),
        (3, 7),
        (5, None),
    ]


def test_what_is_removed_is_gone() -> None:
    gone = {"op": "clear", "changes": {"a": [1, None]}, "removed": ["a"]}
    told = history(writes({"changes": {"a": [None, 1], "b": [None, 1]}}, gone))
    assert told.at(3)["store"] == {"b": 1} and told.at(3)["last"]["removed"] == ["a"]


def test_namespaces_are_apart() -> None:
    told = history(writes({"changes": {"a": [None, 1]}}, {"changes": {"a": [None, 2]}, "namespace": "child"}))
    assert told.at(3)["store"] == {"a": 1} and told.at(3)["namespaces"] == {"child": {"a": 2}}


def test_a_session_begins_with_the_store_that_was_saved() -> None:
    records = writes({"changes": {"a": [None, 1]}})
    records.append({"seq": 3, "t": 0.0, "kind": "run_started", "engine": {"whole": True, "store": {"a": 1, "c": 3}}})
    told = history(records)
    assert told.at(3)["store"] == {"a": 1, "c": 3} and told.at(3)["writes"] == 1


def test_missing_records_are_said() -> None:
    records = writes({"changes": {"a": [None, 1]}})
    assert not history(records).at(2)["missing"]
    records.append({"seq": 3, "t": 0.0, "kind": "records_missing", "upto": 9, "count": 7})
    assert history(records).at(3)["missing"]


def test_a_run_without_writes_says_so() -> None:
    told = history([{"seq": 1, "t": 0.0, "kind": "run_started"}]).at(1)
    assert (told["writes"], told["store"], told["last"], told["previous"], told["next"]) == (0, {}, None, None, None)


def test_any_moment_of_many_writes_is_as_the_engine_state_has_it() -> None:
    chance = random.Random(7)
    changes = [{"changes": {f"k{chance.randrange(9)}": [None, n]}} for n in range(3 * EVERY + 7)]
    records = writes(*changes, every=2)
    told = history(records)
    for seq in [
        1,
        2 * EVERY,
        2 * EVERY + 1,
        2 * EVERY + 2,
        len(records),
        *(chance.randrange(1, len(records)) for _ in range(20)),
    ]:
        assert told.at(seq)["store"] == state_at(records, seq)["store"], seq
