"""The WebSocket: what a tab is told is what is in the store, once, in order, however quickly a run writes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt

Tabs = Callable[[], Any]
Runs = Callable[..., Any]


def prompt(prompt_id: str) -> NewPrompt:
    return NewPrompt(prompt_id, 1, "Ask", "work", "Well?", {}, None, {"type": "Reply"})


def test_a_tab_is_told_the_state_then_each_commit(tab: Tabs, writing: Runs) -> None:
    run, page = writing(), tab()
    run.commit(3, run={"status": "running"})
    page.send(op="watch", run=run.run_id, tail=200)
    state = page.hear("state")
    assert (state["first"], state["upto"], state["summary"]["status"]) == (1, 3, "running")
    run.commit(2)
    commit = page.until(lambda: page.upto == 5)
    assert (commit["first"], commit["upto"], [row["seq"] for row in commit["rows"]]) == (4, 5, [4, 5])
    run.end()
    page.follow()
    assert page.summary["ended_at"] is not None
    assert abs(page.summary["now"] - time.time()) < 60


def test_the_graph_of_a_live_run_moves_with_its_records(tab: Tabs, writing: Runs) -> None:
    graph = {"nodes": [{"id": "step:m.W.work", "kind": "step", "name": "work"}], "edges": []}
    run, page = writing(graph=graph), tab()
    run.commit(2)
    page.send(op="watch", run=run.run_id)
    assert page.hear("state")["graph"]["nodes"]["step:m.W.work"]["state"] == "running"
    run.commit(1)
    page.until(lambda: page.upto == 3)
    node = page.graph["nodes"]["step:m.W.work"]
    assert (node["state"], node["count"]) == ("done", 1)


def test_nothing_is_missed_or_doubled_while_a_run_writes_quickly(tab: Tabs, writing: Runs, store: Store) -> None:
    run, early = writing(), tab()
    early.send(op="watch", run=run.run_id, tail=200)
    early.hear("state")
    watched = threading.Event()
    thread = threading.Thread(target=run.hurry, args=(2_000, watched))
    thread.start()
    late = tab()
    while not store.last_seqs([run.run_id])[run.run_id][0]:
        time.sleep(0.001)
    late.send(op="watch", run=run.run_id, tail=0)
    late.hear("state")
    watched.set()
    early.follow()
    late.follow()
    thread.join(60)
    expected = [record["seq"] for record in store.records(run.run_id)]
    assert expected == list(range(1, 2_002))
    assert sorted(early.rows) == expected
    assert early.upto == late.upto == 2_001
    assert sorted(late.rows) == list(range(min(late.rows), 2_002))
    assert early.commits > 1


def test_a_tail_is_bounded_and_the_rest_is_fetched_by_window(tab: Tabs, writing: Runs) -> None:
    run, page = writing(), tab()
    for _ in range(7):
        run.commit(100)
    for tail, first in ((10, 691), (0, 701), (10_000, 201), (-3, 701)):
        page.send(op="watch", run=run.run_id, tail=tail)
        assert page.hear("state")["first"] == first
    run.commit(900)
    message = page.until(lambda: page.upto == 1_600)
    assert len(message["rows"]) <= 500
    assert sorted(page.rows)[-900:] == list(range(701, 1_601))


def test_two_tabs_on_one_run_are_told_the_same(tab: Tabs, writing: Runs) -> None:
    run, one, two = writing(), tab(), tab()
    for page in (one, two):
        page.send(op="watch", run=run.run_id)
        page.hear("state")
    run.commit(5)
    run.commit(5)
    run.end()
    one.follow()
    two.follow()
    assert one.rows == two.rows and len(one.rows) == 11
    assert one.graph == two.graph


def test_a_run_that_is_no_longer_watched_is_no_longer_told(tab: Tabs, writing: Runs) -> None:
    left, kept, page = writing(), writing(), tab()
    for run in (left, kept):
        page.send(op="watch", run=run.run_id)
        page.hear("state")
    page.send(op="unwatch", run=left.run_id)
    page.send(op="watch", run=kept.run_id)  # its answer says that the other has been heard, too
    page.hear("state")
    left.commit(3)
    kept.commit(1)
    kept.end()
    while page.summary.get("status") != "done":
        message = page.receive()
        assert message["op"] == "reviews" or message["run"] == kept.run_id
        page.merge(message)


def test_a_run_that_is_not_there_or_goes_is_said_to_be_gone(tab: Tabs, writing: Runs, store: Store) -> None:
    run, page = writing(), tab()
    page.send(op="watch", run="nobody")
    assert page.hear("gone") == {"op": "gone", "run": "nobody"}
    page.send(op="watch", run=run.run_id)
    page.hear("state")
    with store.writing() as db:
        db.execute("DELETE FROM run WHERE run_id = ?", (run.run_id,))
    assert page.hear("gone")["run"] == run.run_id


def test_a_tab_hears_nothing_while_nothing_changes(tab: Tabs, writing: Runs, store: Store) -> None:
    run, other, page = writing(), writing(), tab()
    run.commit(2)
    page.send(op="watch", run=run.run_id)
    page.hear("state")
    if page.summary["expected"] is None:  # it is found in a thread, perhaps before the first message
        page.until(lambda: page.summary["expected"] is not None)
    for _ in range(3):
        other.commit(1)
        page.send(op="watch", run="nobody")
        assert page.receive() == {"op": "gone", "run": "nobody"}


def test_a_change_of_status_without_a_record_is_told(tab: Tabs, writing: Runs, store: Store) -> None:
    run, page = writing(), tab()
    run.commit(1, run={"status": "running"})
    page.send(op="watch", run=run.run_id)
    page.hear("state")
    assert store.ask_cancel(run.run_id, "maria")
    message = page.until(lambda: page.summary["cancel_asked"])
    assert message["rows"] == [] and message["first"] == message["upto"] + 1
    assert message["summary"]["cancel_asked"] and "Cancelling." in message["summary"]["notice"]


def test_every_tab_knows_how_many_prompts_wait(tab: Tabs, writing: Runs, store: Store) -> None:
    run, page = writing(), tab()
    assert page.hear("reviews")["count"] == 0
    run.commit(1, prompts=[prompt("p-1"), prompt("p-2")])
    assert page.hear("reviews")["count"] == 2
    assert tab().hear("reviews")["count"] == 2
    store.add_answer("p-1", {}, "maria")
    assert page.hear("reviews")["count"] == 1
    store.refuse_answer("p-1", "no")
    assert page.hear("reviews")["count"] == 2
    store.commit([Commit(run.run_id, 2, run={"status": "done"}, mask=lambda value: value)])
    assert page.hear("reviews")["count"] == 0


def test_the_prompt_of_a_waiting_run_is_named(tab: Tabs, writing: Runs) -> None:
    run, page = writing(), tab()
    run.commit(1, run={"status": "waiting", "waiting_since": time.time()}, prompts=[prompt("p-1")])
    page.send(op="watch", run=run.run_id)
    summary = page.hear("state")["summary"]
    assert (summary["prompt_id"], summary["status_text"]) == ("p-1", "Waiting for you")
    assert summary["waiting_since"] is not None


NOT_UNDERSTOOD: list[str | bytes] = [
    "{",
    "",
    "[]",
    "null",
    '"watch"',
    "7",
    '{"op": "watch", "run": "x", "tail": "many"}',
    '{"op": "watch", "run": "x", "tail": null}',
    '{"op": "watch", "run": "x", "tail": 1e999}',
    '{"op": "watch", "run": "x", "tail": NaN}',
    '{"op": "watch", "run": "\\ud800"}',
    b"\x00\xff",
    b'{"op": "watch"}',
    "[" * 20_000,
]


def test_what_is_not_understood_closes_the_socket_and_hurts_no_other(tab: Tabs, writing: Runs) -> None:
    run, other = writing(), tab()
    for text in NOT_UNDERSTOOD:
        wrong = tab()
        wrong.socket.send(text)
        wrong.hear("reviews")  # told to every tab on connecting
        with pytest.raises(ConnectionClosed) as closed:
            wrong.receive()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4400, text[:50]
    other.send(op="watch", run=run.run_id)
    assert other.hear("state")["run"] == run.run_id


def test_an_unknown_request_is_passed_over(tab: Tabs, writing: Runs) -> None:
    run, page = writing(), tab()
    for message in ({"op": "sing"}, {}, {"op": "unwatch", "run": "never watched"}, {"op": None}):
        page.send(**message)
    page.send(op="watch", run=run.run_id)
    assert page.hear("state")["run"] == run.run_id


def _opened(port: int, headers: dict[str, str]) -> str:
    with connect(
        f"ws://127.0.0.1:{port}/stepscope/live", additional_headers=headers, proxy=None, open_timeout=60
    ) as socket:
        return str(json.loads(socket.recv(timeout=60))["op"])


def test_a_foreign_page_gets_no_socket(served: int) -> None:
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        with pytest.raises(InvalidStatus) as refused:
            _opened(served, headers)
        assert refused.value.response.status_code == 403, headers


def test_our_own_page_gets_one(served: int) -> None:
    assert _opened(served, {"Origin": f"http://127.0.0.1:{served}", "Sec-Fetch-Site": "same-origin"}) == "reviews"


def test_a_hidden_tab_is_told_only_what_its_title_says(tab: Tabs, writing: Runs) -> None:
    run, page = writing(), tab()
    run.commit(3, run={"status": "running"})
    page.send(op="watch", run=run.run_id)
    page.hear("state")
    page.send(op="unwatch", run=run.run_id, title=True)
    page.send(op="unwatch", run="never watched", title=True)
    page.send(op="watch", run="not here")
    page.hear("gone")  # what was sent before it has been obeyed
    before = page.commits  # what earlier runs let expect may be told while it is still watched
    run.commit(2)
    run.commit(2, run={"status": "failed", "error": {"type": "E", "message": "m", "step": "work"}})
    status = page.hear("status")
    assert (status["run"], status["status"], status["status_text"]) == (run.run_id, "failed", "Failed in work")
    assert page.commits == before, "records are for tabs that somebody looks at"
    page.send(op="watch", run=run.run_id)
    assert page.hear("state")["upto"] == 7
    page.send(op="unwatch", run=run.run_id)
    other = writing()
    page.send(op="watch", run=other.run_id)
    page.hear("state")
    run.commit(1, run={"status": "done", "error": None})
    other.commit(1)
    assert page.receive()["op"] == "commit", "a run that was left altogether is told of no more"


def test_a_live_run_is_told_with_what_earlier_runs_let_expect(tab: Tabs, writing: Runs) -> None:
    for seconds in (2.0, 4.0, 3.0):
        earlier = writing()
        earlier.commit(5, run={"started_at": time.time(), "active_s": seconds})
        earlier.end()
    run, page = writing(), tab()
    run.commit(2, run={"status": "running"})
    page.send(op="watch", run=run.run_id)
    page.hear("state")
    if page.summary["expected"] is None:  # it is found in a thread, perhaps before the first message
        page.until(lambda: page.summary["expected"] is not None)
    assert page.summary["expected"] == {"runs": 3, "seconds": 3.0, "pauses": 0, "pause_seconds": None, "steps": 2}
    run.end()
    page.follow()
    assert page.summary["expected"] is None
