"""Folding the engine's state: forms of change one by one, the store, and what other versions wrote."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectors.recording.engine_changes import splices
from inspectors.trace.engine_state import EngineState, state_at

GOLDEN = sorted(path.stem for path in (Path(__file__).parent / "golden").glob("*.jsonl"))


class Fold:
    """Makes records and folds them at once."""

    def __init__(self) -> None:
        self.state = EngineState()
        self.records: list[dict[str, Any]] = []
        self._seq = itertools.count(1)

    def then(self, kind: str = "event", **fields: Any) -> dict[str, Any]:
        """The state after one more record."""
        self.records.append({"seq": next(self._seq), "t": 100.0, "kind": kind, **fields})
        self.state.apply(self.records[-1])
        return self.state.json()

    def tells(self, **engine: Any) -> dict[str, Any]:
        """The state after a record that tells this."""
        return self.then(engine=engine)

    def writes(self, op: str = "set", **fields: Any) -> Any:
        """The store after a record of a write."""
        return self.then("store_written", op=op, **fields)["store"]


@pytest.fixture
def fold() -> Fold:
    return Fold()


@given(st.lists(st.integers(0, 5), max_size=12), st.lists(st.integers(0, 5), max_size=12))
def test_splices_make_any_list_of_any_other(old: list[int], new: list[int]) -> None:
    made = list(old)
    for position, deleted, inserted in json.loads(splices(old, new, [value + 10 for value in new], str)):
        made[position : position + deleted] = [value - 10 for value in inserted]
    assert made == new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("abc", "abcd", [[3, 0, ["d"]]]),
        ("abc", "bc", [[0, 1, []]]),
        ("abcd", "bcde", [[0, 1, []], [3, 0, ["e"]]]),
        ("abcd", "acde", [[1, 1, []], [3, 0, ["e"]]]),
        ("abc", "zabc", [[0, 0, ["z"]]]),
        ("abc", "axc", [[1, 1, ["x"]]]),
        ("abc", "", [[0, 3, []]]),
    ],
)
def test_what_queues_do_is_told_in_few_words(old: str, new: str, expected: list[Any]) -> None:
    assert json.loads(splices(list(old), list(new), list(new), json.dumps)) == expected


def test_entries_get_what_records_leave_out_and_what_an_invocation_consumes(fold: Fold) -> None:
    queued = {"work_item": "w2", "events": ["x1"]}
    busy = {"invocation": "i1", "worker": 0, "work_item": "w1", "events": ["x1"]}
    steps = {"work": {"workers": 2, "queue": [[0, 0, [queued]]], "busy": [[0, 0, [busy]]]}}
    step = fold.tells(whole=True, steps=steps)["steps"]["work"]
    assert step["queue"] == [{**queued, "attempts": 0, "not_before": None}]
    assert step["busy"] == [{**busy, "attempts": 0, "consumed": None, "started": None}]
    assert (step["workers"], step["waiters"], step["static"], step["buffers"]) == (2, [], [], {})

    (begun,) = fold.then("invocation_started", invocation="i1", consumed=["x1", "x2"])["steps"]["work"]["busy"]
    assert (begun["consumed"], begun["started"]) == (["x1", "x2"], 100.0)


def test_buffers_streams_and_releases_come_and_go(fold: Fold) -> None:
    release = {"stream": "s", "step": "join", "keys": [[0, 0, ["a"]]]}
    first = fold.tells(
        whole=True,
        steps={"gather": {"workers": 4, "buffers": {"b": [[0, 0, ["a", "b"]]]}}},
        streams={"s": {"step": "split", "open": 3, "scope": []}},
        releases={"s:1": release},
    )
    assert first["steps"]["gather"]["buffers"] == {"b": ["a", "b"]}
    assert first["streams"]["s"]["open"] == 3
    assert first["releases"] == {"s:1": {**release, "keys": ["a"], "released": False}}
    second = fold.tells(
        steps={"gather": {"buffers": {"b": [[0, 2, []]]}}},
        streams={"s": None},
        releases={"s:1": {"keys": [[1, 0, ["c"]]], "released": True}},
    )
    assert second["steps"]["gather"]["buffers"] == {} and second["streams"] == {}
    assert second["releases"]["s:1"] == {**release, "keys": ["a", "c"], "released": True}
    assert fold.tells(releases={"s:1": None})["releases"] == {}


def test_a_session_that_begins_tells_everything_anew_but_knows_no_more_of_the_store_than_it_says(fold: Fold) -> None:
    fold.tells(whole=True, steps={"old": {"workers": 1}}, streams={"s": {"step": "a", "open": 1, "scope": []}})
    fold.writes(changes={"n": [None, 1]})
    again = fold.tells(whole=True, steps={"new": {"workers": 1}})
    assert list(again["steps"]) == ["new"] and again["streams"] == {} and again["store"] == {"n": 1}
    assert fold.tells(whole=True, store={"m": 2})["store"] == {"m": 2}


def test_writes_to_the_store_follow_their_paths(fold: Fold) -> None:
    assert fold.writes(changes={"user": [None, {"names": ["Ada", "Eve"]}]}) == {"user": {"names": ["Ada", "Eve"]}}
    assert fold.writes(changes={"user.names.1": ["Eve", None]}) == {"user": {"names": ["Ada", None]}}
    assert fold.writes(changes={"user.names.1": [None, "Bo"]}) == {"user": {"names": ["Ada", "Bo"]}}
    assert fold.writes(changes={"a.b.c": [None, 1]})["a"] == {"b": {"c": 1}}
    assert fold.writes("edit_state", changes={"a.b": [None, 2]})["a.b"] == 2
    assert fold.writes(changes={"key": {"$masked": True}})["key"] == {"$masked": True}
    assert fold.writes("clear", changes={"user": [{}, None], "n": [1, None]}, removed=["user", "a", "key"]) == {
        "n": None,
        "a.b": 2,
    }


def test_nothing_is_set_inside_what_a_record_kept_only_in_part(fold: Fold) -> None:
    cut = {"$repr": "<Model>", "type": "Model"}
    assert fold.writes(changes={"model": [None, cut], "list": [None, [1, {"$more": 7}]]})["model"] == cut
    assert fold.writes(changes={"model.field": [1, 2], "list.5": [1, 2], "list.1.deep": [1, 2], "list.1": [1, 2]}) == {
        "model": cut,
        "list": [1, {"$more": 7}],
    }


def test_another_namespace_has_a_store_of_its_own(fold: Fold) -> None:
    fold.writes(changes={"n": [None, 1]})
    state = fold.then("store_written", op="set", changes={"n": [None, 2]}, namespace="child")
    assert state["store"] == {"n": 1} and state["namespaces"] == {"child": {"n": 2}}


def test_what_a_later_version_tells_is_kept(fold: Fold) -> None:
    entry = {"work_item": "w", "events": [], "priority": 3}
    steps = {"a": {"workers": 1, "paused": True, "queue": [[0, 0, [entry]]]}}
    state = fold.tells(whole=True, steps=steps, deliveries=[1])
    assert state["deliveries"] == [1]
    assert state["steps"]["a"]["paused"] is True
    assert state["steps"]["a"]["queue"][0]["priority"] == 3
    assert fold.then("a_later_kind") == state


def test_a_state_that_is_not_told_any_more_is_not_known(fold: Fold) -> None:
    assert fold.tells(whole=True, steps={"a": {"workers": 1}})["known"]
    assert not fold.tells(lost=True)["known"]
    assert fold.tells(whole=True)["known"]


def test_the_state_at_a_seq_is_that_of_the_records_up_to_it_and_nobody_elses(fold: Fold) -> None:
    before = fold.tells(whole=True, steps={"a": {"workers": 1, "static": [[0, 0, ["x1"]]]}})
    kept = json.loads(json.dumps(fold.records))
    after = fold.tells(steps={"a": {"static": [[1, 0, ["x2"]]]}})
    after["steps"]["a"]["static"].append("mine")
    assert state_at(fold.records, 1) == before
    assert state_at(fold.records, 99)["steps"]["a"]["static"] == ["x1", "x2"]
    assert fold.records[:1] == kept


@pytest.mark.parametrize("name", GOLDEN)
def test_a_kept_run_folds_whatever_version_wrote_it(golden: Callable[[str], Any], name: str) -> None:
    records, _ = golden(name)
    state = state_at(records, len(records))
    assert state["known"] is any("engine" in record for record in records)
    if not state["known"]:  # from before records told of the engine
        assert state["steps"] == state["streams"] == state["releases"] == {}
