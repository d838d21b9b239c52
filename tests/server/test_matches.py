"""Filters, order and jumps over HTTP, over runs that go on, that have ended, and that nobody has folded yet."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from inspectors.server import run_views
from inspectors.server.routes import feed
from inspectors.store import Store
from inspectors.store.records import Commit
from inspectors.trace.matching import RecordFilter

Runs = Callable[..., Any]
Tabs = Callable[[], Any]


def ask(client: TestClient, run: Any, of: str = "matches", /, status: int = 200, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/stepscope/api/runs/{run.run_id}/{of}", params=query)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def seqs(answer: dict[str, Any]) -> list[int]:
    return [row["seq"] for row in answer["rows"]]


def counted(client: TestClient, run: Any, **query: Any) -> dict[str, Any]:
    """Ask until all records were looked at, as a page does."""
    deadline = time.monotonic() + 60
    while not (answer := ask(client, run, **query))["done"]:
        assert time.monotonic() < deadline, answer
    return answer


@pytest.fixture
def run(writing: Runs) -> Any:
    """101 records: a start, then 50 invocations that begin (even) and end (odd)."""
    made = writing()
    made.commit(60)
    made.commit(41)
    return made


def test_windows_of_matches_cover_them_once(client: TestClient, run: Any) -> None:
    first = ask(client, run, q="work done", **{"from": 0, "to": 29})
    assert (first["count"], first["of"], first["done"]) == (50, 101, True)
    rest = ask(client, run, q="work done", **{"from": 30, "to": 59})
    assert seqs(first) + seqs(rest) == list(range(3, 102, 2))
    assert seqs(ask(client, run, q="work done", tail=3)) == [97, 99, 101]
    assert ask(client, run, q="work done", near=50)["at"] == 24  # record 51
    assert ask(client, run, q="work done", near=5000)["at"] == 49
    assert ask(client, run, q="nothing of the kind") == {
        "count": 0, "seen": 101, "of": 101, "done": True, "first": 0, "rows": [], "at": None,
    }  # fmt: skip


def test_rows_of_matches_are_those_of_the_timeline(client: TestClient, run: Any) -> None:
    shown = {row["seq"]: row for row in ask(client, run, "rows", **{"from": 1, "to": 101})["rows"]}
    for row in ask(client, run, kind="step", sort="took", desc="1", to=199)["rows"]:
        assert row == shown[row["seq"]]
    assert shown[2]["size"] > 50 and "worker" not in shown[2]


def test_the_order_holds_over_windows(client: TestClient, run: Any) -> None:
    down = ask(client, run, sort="seq", desc="1", to=9, near=100)
    assert (seqs(down)[0], down["at"]) == (101, 1)
    took = [row["took_ms"] for row in ask(client, run, sort="took", **{"from": 45, "to": 55})["rows"]]
    assert took == [1.0] * 5 + [None] * 6


def test_new_records_of_a_live_run_are_found(client: TestClient, run: Any) -> None:
    assert ask(client, run, kind="step")["count"] == 100
    run.commit(4)
    assert seqs(ask(client, run, kind="step", tail=2)) == [104, 105]
    run.end()
    assert seqs(ask(client, run, kind="run", to=9)) == [1, 106]


@pytest.mark.parametrize(
    ("what", "query", "words"),
    [
        ("matches", {"q": "[", "regex": "1"}, "no regular expression"),
        ("matches", {"q": "[", "regex": "1", "try": "1"}, "no regular expression"),
        ("matches", {"kind": "x"}, "no kind of record"),
        ("matches", {"sort": "shoe size"}, "sorted by “shoe size”"),
        ("matches", {"from": "-1"}, "number of a record"),
        ("matches", {"to": "²"}, "number of a record"),
        ("next", {"what": "what?"}, "no jump"),
    ],
)
def test_wrong_questions_are_answered_in_words(
    client: TestClient, run: Any, what: str, query: dict[str, str], words: str
) -> None:
    assert words in ask(client, run, what, status=400, **query)["error"]


def test_other_runs_are_not_there(client: TestClient, run: Any) -> None:
    run.run_id = "nobody"
    for what in ("matches", "next", "choices"):
        assert "no run nobody" in ask(client, run, what, status=404)["error"]


def test_a_try_says_nothing_of_a_filter_that_works(client: TestClient, run: Any) -> None:
    assert ask(client, run, q="w.rk", regex="1", **{"try": "1"}) == {}


def test_choices_are_counted(client: TestClient, run: Any) -> None:
    assert ask(client, run, "choices") == {"steps": [["work", 100]], "events": [], "kinds": [["step", 100], ["run", 1]]}


def test_jumps_go_from_error_to_error(client: TestClient, run: Any) -> None:
    assert ask(client, run, "next", what="error", **{"from": 0})["seq"] is None
    run.seq += 1
    failed = {"seq": run.seq, "t": time.time(), "kind": "run_ended", "status": "failed"}
    ended = {"status": "failed", "ended_at": time.time()}
    run.store.commit([Commit(run.run_id, run.seq, [json.dumps(failed)], run=ended)])
    assert ask(client, run, "next", what="error", **{"from": 3})["seq"] == 102
    assert ask(client, run, "next", what="error", back="1", **{"from": 103})["seq"] == 102
    assert ask(client, run, "next", what="error", step="work", **{"from": 3})["seq"] is None


def test_a_long_run_shows_rows_at_once_is_counted_beside_it_and_only_once(
    client: TestClient, tab: Tabs, run: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_views, "LONG", 20)
    monkeypatch.setattr(run_views, "PIECE", 7)
    run.end()
    page = tab()
    page.send(op="watch", run=run.run_id, tail=200)
    state = page.hear("state")
    assert [row["seq"] for row in state["rows"]] == list(range(1, 103))
    if page.summary["counted"] != 102:  # or it was counted before it was told
        page.until(lambda: page.summary["counted"] == 102)
    assert page.summary["notice"] is None
    assert counted(client, run, step="work")["count"] == 100
    view = feed().views.get(store.run(run.run_id))  # type: ignore[arg-type]
    view.catch_up()
    view._thread.join()
    assert store.kept_fold(run.run_id, 102, run_views.FORMAT) is not None
    # Another server, or this one later, reads it back: the same counts, the same matches.
    again = run_views.RunViews(store).get(store.run(run.run_id))  # type: ignore[arg-type]
    assert again.overlay.restored and again.overlay.json() == view.overlay.json()
    assert again.rows(50, 60) == view.rows(50, 60)
    assert len(again.matches.seqs(RecordFilter(step="work"), "seq", False, 60)[0]) == 100
    # A run that goes on after all is folded anew.
    run.commit(3, run={"status": "running", "ended_at": None})
    again.advance(105)
    assert not again.overlay.restored and again.overlay.seq == 105
    assert store.kept_fold(run.run_id, 105, run_views.FORMAT) is None
    store.delete_runs([run.run_id])
