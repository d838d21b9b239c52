"""The list of runs over HTTP: windows, filters, refusals, CSV; and the word of changes over the socket."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from inspectors.server.runs_feed import RunsFeed
from inspectors.store import Store
from inspectors.store.connections import ChangeCounter
from inspectors.store.records import Commit, NewPrompt

Tabs = Callable[[], Any]
Runs = Callable[..., Any]
API = "/stepscope/api/runs"


def ask(client: TestClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"{API}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.fixture
def several(writing: Runs) -> list[str]:
    """Twelve runs, every third failed; the ids, newest first."""
    ids = []
    for number in range(12):
        run = writing(workflow=f"W{number % 2}", file=f"/x/{number % 4}/flows.py", input={"n": f"number {number}"})
        failed = {"status": "failed", "error": {"type": "KeyError", "message": "'x'", "step": "look"}}
        times = {"created_at": 1_700_000_000.0 + 60 * number, "started_at": 1_700_000_000.0 + 60 * number}
        run.commit(1, run={**(failed if number % 3 == 0 else {"status": "done"}), **times, "active_s": 1.5})
        ids.append(run.run_id)
    return ids[::-1]


def test_windows_cover_the_list_once(client: TestClient, several: list[str]) -> None:
    seen = []
    for offset in range(0, 15, 5):
        answer = ask(client, f"?offset={offset}&limit=5")
        assert (answer["first"], answer["matching"]) == (offset, 12)
        seen += [row["run"] for row in answer["rows"]]
        assert "overview" not in answer
    assert seen == several
    assert len(ask(client, "?limit=999999")["rows"]) == 12
    assert ask(client, f"?limit=1&anchor={several[7]}")["place"] == 7
    assert ask(client, "?limit=1&anchor=nobody")["place"] is None


def test_a_row_says_what_a_person_wants_to_know(client: TestClient, several: list[str]) -> None:
    answer = ask(client, f"?q={several[2]}")
    (row,) = answer["rows"]
    assert row["status_text"] == "Failed in look" and row["outcome"] == "KeyError: 'x'"
    assert row["input"] == "n “number 9”" and row["url"] == f"trace?run={several[2]}"
    assert (row["took"], row["place"], row["ended"]) == (1.5, "1/flows.py", True)
    assert answer["sparks"][row["spark"]] == [[1.5, 0], [1.5, 0], [1.5, 1]]


def test_the_overview_counts_with_all_other_filters(client: TestClient, several: list[str]) -> None:
    answer = ask(client, "?overview=1&status=failed&workflow=W0&from=1700000060")
    told = answer["overview"]
    assert (told["total"], told["matching"], answer["matching"]) == (12, 1, 1)
    assert told["counts"] == {"running": 0, "waiting": 0, "failed": 1, "interrupted": 0, "cancelled": 0, "done": 4}
    assert sum(one["runs"] for one in told["workflows"]) == 3
    assert [one["place"] for one in told["workflows"]] == ["0/flows.py", "2/flows.py", "1/flows.py", "3/flows.py"]
    assert sum(bar["failed"] for bar in told["chart"]["bars"]) == 1 and told["relaxed"] is None


def test_a_search_without_a_match_says_what_to_leave_out(client: TestClient, several: list[str]) -> None:
    def relaxed(query: str) -> Any:
        return ask(client, f"?overview=1&{query}")["overview"]["relaxed"]

    assert relaxed("q=number+9&status=done") == {
        "leave_out": "status",
        "count": 1,
        "sentence": "1 run matches with other statuses.",
    }
    assert relaxed("q=number&last=1h")["sentence"] == "12 runs match at other times."
    assert relaxed("q=number+9&workflow=W0")["sentence"] == "1 run matches in other workflows."
    assert relaxed("q=number+9&workflow=W0&status=done")["leave_out"] == "all"
    assert relaxed("q=nowhere") is None


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("status=happy", "status"),
        ("status=failed,%27--", "status"),
        ("last=9y", "last"),
        ("from=x", "from"),
        ("to=nan", "from"),
        ("from=1e400", "from"),
        ("offset=-1", "offset"),
        ("limit=1.5", "limit"),
        ("offset=%D9%A3", "offset"),
        (f"offset={'9' * 40}", "offset"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(client: TestClient, query: str, word: str) -> None:
    answer = client.get(f"{API}?{query}")
    assert answer.status_code == 400
    assert word in answer.json()["error"] and answer.json()["error"].endswith(".")


def test_strange_texts_find_nothing_and_break_nothing(client: TestClient, several: list[str]) -> None:
    for text in ("%25", "_", "'; DROP TABLE run; --", "%00", "%ED%A0%80", "a" * 5_000, "\\", '"'):
        assert client.get(f"{API}?overview=1&q={text}").status_code == 200, text
    assert ask(client)["matching"] == 12


def test_secrets_are_masked_in_rows_and_in_csv_while_a_run_goes_on(client: TestClient, writing: Runs) -> None:
    run = writing(input={"api_key": "sk-123", "nested": {"password": "hush"}})
    run.commit(1)
    assert "sk-123" not in client.get(API).text
    (row,) = table(client.get(f"{API}.csv"))
    assert json.loads(row["input"]) == {"api_key": "•••• masked", "nested": {"password": "•••• masked"}}


def test_csv_holds_what_was_found_or_what_was_named(client: TestClient, several: list[str]) -> None:
    everything = table(client.get(f"{API}.csv"))
    assert [row["id"] for row in everything] == several
    assert list(everything[0]) == [
        "id", "workflow", "file", "status", "started", "ended", "took_s", "input", "result", "error",
    ]  # fmt: skip
    first = everything[-1]
    assert (first["started"], first["took_s"]) == ("2023-11-14T22:13:20.000+00:00", "1.500")
    assert first["error"] == "KeyError: 'x'" and json.loads(first["input"]) == {"n": "number 0"}
    assert len(table(client.get(f"{API}.csv?status=failed&workflow=W0"))) == 2
    named = table(client.post(f"{API}.csv", data={"ids": f"{several[3]},nobody,{several[1]}"}))
    assert [row["id"] for row in named] == [several[3], several[1]]
    others = table(client.post(f"{API}.csv?status=failed", data={"except": several[2]}))
    assert len(others) == 3 and several[2] not in [row["id"] for row in others]
    assert client.get(f"{API}.csv?status=x").status_code == 400
    assert table(client.post(f"{API}.csv")) == []


def test_a_spreadsheet_takes_no_cell_for_a_formula(client: TestClient, writing: Runs, store: Store) -> None:
    for value in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", 'plain, "quoted"\nlines'):
        run = writing(workflow=value)
        run.commit(1, run={"status": "done", "result": {"type": "str", "value": value}})
    cells = [cell for row in table(client.get(f"{API}.csv")) for cell in (row["workflow"], row["result"])]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r"]
    assert "'=1+1" in cells and 'plain, "quoted"\nlines' in cells


def test_foreign_sites_read_no_list_and_no_csv(client: TestClient) -> None:
    for path in (API, f"{API}.csv"):
        for headers in ({"origin": "http://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "cross-site"}):
            assert client.get(path, headers=headers).status_code == 403
            if path.endswith("csv"):
                assert client.post(path, headers=headers).status_code == 403
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.request(method, API).status_code == 404


def test_a_tab_that_shows_a_list_is_told_when_it_would_look_different(tab: Tabs, writing: Runs, store: Store) -> None:
    page = tab()
    page.send(op="watch_runs", stamp=store.runs_stamp())
    run = writing()
    first = page.hear("runs")["stamp"]
    assert first == store.runs_stamp()
    prompt = NewPrompt("p", 1, "Ask", "s", "?", {}, None, {})
    run.commit(1, run={"status": "waiting"}, prompts=[prompt])
    second = page.hear("runs")["stamp"]
    assert second == store.runs_stamp() != first
    store.commit([Commit(run.run_id, 2, run={"status": "done"})])
    store.delete_runs([run.run_id])
    while page.hear("runs")["stamp"] != store.runs_stamp():
        pass


def test_a_list_that_is_older_than_it_says_is_told_at_once_and_others_are_left_alone(
    tab: Tabs, writing: Runs, store: Store
) -> None:
    old = store.runs_stamp()
    run = writing()
    late, ready, left = tab(), tab(), tab()
    for page in (ready, left):
        page.send(op="watch_runs", stamp=store.runs_stamp())
    left.send(op="unwatch_runs")
    late.send(op="watch_runs", stamp=old)
    assert late.hear("runs")["stamp"] == store.runs_stamp()
    run.end()
    assert late.hear("runs")["stamp"] == ready.hear("runs")["stamp"] == store.runs_stamp()
    left.send(op="watch", run=run.run_id)
    while (message := left.receive())["op"] != "state":
        assert message["op"] != "runs"


class SlowTab:
    """A tab whose socket takes a message only when it is let."""

    def __init__(self) -> None:
        self.begun, self.let = asyncio.Event(), asyncio.Event()
        self.heard: list[str] = []

    async def send(self, message: dict[str, Any]) -> None:
        """Take a message."""
        self.begun.set()
        await self.let.wait()
        self.heard.append(message["stamp"])


def test_a_tab_that_joins_takes_no_word_from_one_that_is_being_told(store: Store, writing: Runs) -> None:
    async def join() -> list[str]:
        feed, slow = RunsFeed(store), SlowTab()
        feed.add(slow, "old")
        await slow.begun.wait()
        feed.add(SlowTab(), store.runs_stamp())
        await asyncio.sleep(0)
        slow.let.set()
        await asyncio.sleep(0)
        await feed.stop()
        return slow.heard

    writing()
    assert asyncio.run(asyncio.wait_for(join(), 20)) == [store.runs_stamp()]


def test_a_list_is_watched_on_once_the_database_can_be_read_again(
    store: Store, writing: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspectors.server.runs_feed.AGAIN", 0.01)
    refusals = [sqlite3.OperationalError("locked"), sqlite3.DatabaseError("damaged")]

    read = ChangeCounter.read

    def refusing(counter: ChangeCounter) -> Any:
        if refusals:
            raise refusals.pop()
        return read(counter)

    monkeypatch.setattr(ChangeCounter, "read", refusing)

    async def watch() -> list[str]:
        feed, tab = RunsFeed(store), SlowTab()
        tab.let.set()
        feed.add(tab, "old")
        await tab.begun.wait()
        await feed.stop()
        return tab.heard

    writing()
    assert asyncio.run(asyncio.wait_for(watch(), 20)) == [store.runs_stamp()]
    assert not refusals
