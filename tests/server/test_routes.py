"""The JSON routes and assets: windows, details, and plain 404s for all that isn't there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from inspectors.server.assets import PARTS, asset_path, version
from inspectors.server.routes import METHODS
from inspectors.store import Store
from inspectors.store.records import Commit

Runs = Callable[..., Any]
HUGE = 10**30


WINDOWS = [
    ("", range(1, 501)),
    ("?from=1&to=3", range(1, 4)),
    ("?from=0&to=2", range(1, 3)),
    ("?from=-7&to=2", range(1, 3)),
    ("?from=600&to=9999", range(600, 651)),
    ("?from=600", range(600, 651)),
    ("?from=650&to=650", [650]),
    ("?from=651&to=700", []),
    ("?from=5&to=4", []),
    ("?from=100&to=9999", range(100, 600)),
    (f"?from={HUGE}&to={HUGE}", []),
    (f"?from=-{HUGE}&to={HUGE}", range(1, 501)),
    ("?from=3&to=-1", []),
]


def test_rows_are_given_by_window(client: TestClient, writing: Runs) -> None:
    run = writing()
    run.commit(400)
    run.commit(250)
    for query, expected in WINDOWS:
        answer = client.get(f"/stepscope/api/runs/{run.run_id}/rows{query}")
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store", query
        assert [row["seq"] for row in answer.json()["rows"]] == list(expected), query
        assert answer.json()["upto"] == 650


def test_what_is_no_number_is_refused_with_a_sentence(client: TestClient, writing: Runs) -> None:
    run = writing()
    for query in ("?from=a", "?to=1.5", "?from=", "?from=1&to=x", f"?from={'9' * 5000}"):
        answer = client.get(f"/stepscope/api/runs/{run.run_id}/rows{query}")
        assert answer.status_code == 400, query
        assert answer.json() == {"error": "from and to are numbers of records."}


def test_rows_count_their_time_from_the_start_of_the_run(client: TestClient, writing: Runs) -> None:
    run = writing()
    run.commit(600)
    rows = client.get(f"/stepscope/api/runs/{run.run_id}/rows?from=599&to=600").json()["rows"]
    assert all(0 <= row["dt"] < 60 for row in rows)


def test_rows_grow_with_the_run(client: TestClient, writing: Runs) -> None:
    run = writing()
    for size in (2, 3):
        run.commit(size)
        answer = client.get(f"/stepscope/api/runs/{run.run_id}/rows").json()
        assert len(answer["rows"]) == answer["upto"] == run.seq


def test_details_of_a_record_link_to_others(client: TestClient, writing: Runs) -> None:
    run = writing()
    run.commit(5)
    shown = client.get(f"/stepscope/api/runs/{run.run_id}/records/2").json()
    assert (shown["seq"], shown["title"], shown["sign"]) == (2, "work", "step")
    outcome = next(fact for fact in shown["facts"] if fact["label"] == "Outcome")
    assert (outcome["text"], outcome["seq"]) == ("done", 3)
    assert shown["record"]["kind"] == "invocation_started"


def test_details_keep_what_is_hostile_as_text(client: TestClient, writing: Runs, store: Store) -> None:
    run = writing()
    text = "<script>alert(1)</script> \ud800 \u2028"
    event = {"kind": "event", "key": "x1", "type": "A", "module": "m", "via": "start", "fields": {"q": text}}
    line = json.dumps({"seq": 1, "t": 1.0, **event})
    store.commit([Commit(run.run_id, 1, lines=[line])])
    answer = client.get(f"/stepscope/api/runs/{run.run_id}/records/1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["fields"] == {"q": text}
    (row,) = client.get(f"/stepscope/api/runs/{run.run_id}/rows").json()["rows"]
    assert row["short"] == "q “<script>alert(1)</script> \ud800”"


def test_a_prompt_stops_waiting_in_rows_and_details_once_the_run_is_over(client: TestClient, writing: Runs) -> None:
    run = writing()
    run.seq = 1
    asked = {"seq": 1, "t": 1.0, "kind": "prompt", "prompt": "p", "event": None, "step": "s", "text": "?"}
    run.store.commit([Commit(run.run_id, 1, lines=[json.dumps(asked)])])

    def shown() -> tuple[str, str]:
        base = f"/stepscope/api/runs/{run.run_id}"
        return client.get(f"{base}/rows").json()["rows"][0]["what"], client.get(f"{base}/records/1").json()["title"]

    assert shown() == ("Waiting for you", "Waiting for you")
    run.end()
    assert shown() == ("A person was asked", "A person was asked")


def test_a_record_that_is_not_there_is_a_404(client: TestClient, writing: Runs) -> None:
    run = writing()
    run.commit(5)
    for seq in ("0", "6", "99999999999999999999", str(HUGE), "9" * 5000, "-1", "x", "1.5", "%D9%A3"):
        answer = client.get(f"/stepscope/api/runs/{run.run_id}/records/{seq}")
        assert answer.status_code == 404 and answer.json()["error"], seq


def test_a_run_that_is_not_there_is_a_404(client: TestClient) -> None:
    for run_id in ("nobody", "%00", "..%2f..", "'%20OR%201=1", "a" * 3000, "%ED%A0%80"):
        for rest in ("rows", "records/1"):
            answer = client.get(f"/stepscope/api/runs/{run_id}/{rest}")
            assert answer.status_code == 404 and answer.json()["error"], (run_id, rest)


def test_anything_unknown_is_a_404_in_json_whatever_the_method(client: TestClient) -> None:
    for path in ("", "/", "/x", "/api", "/api/runs/", "/api/runs/a", "/api/runs/a/rows/b", "/assets", "/live/x"):
        for method in METHODS:
            answer = client.request(method, f"/stepscope{path}", follow_redirects=False)
            assert answer.status_code == 404, (method, path)
            if method != "HEAD":
                assert answer.json() == {"error": f"There is nothing at /stepscope{path}."}


def test_routes_that_read_take_no_writing_methods(client: TestClient, writing: Runs) -> None:
    run = writing()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, f"/stepscope/api/runs/{run.run_id}/rows").status_code == 404


def test_assets_are_served_with_their_types_and_kept_for_ever(client: TestClient) -> None:
    for script in sorted(PARTS.glob("*.js")):
        answer = client.get("/" + asset_path(f"parts/{script.name}"))
        assert answer.status_code == 200 and answer.content == script.read_bytes()
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_older_version_gets_what_there_is_but_may_not_keep_it(client: TestClient) -> None:
    answer = client.get("/stepscope/assets/000000000000/parts/graph.js")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"


OUTSIDE = [
    "../routes.py",
    "parts/../../app.py",
    "parts/../../../pyproject.toml",
    "%2e%2e/%2e%2e/app.py",
    "..%2f..%2fapp.py",
    "parts/..%2f..%2fapp.py",
    "parts/%2e%2e%5capp.py",
    "%2fetc%2fpasswd",
    "/etc/passwd",
    "parts/graph.py",
    "parts",
    "parts/",
    "",
    "parts/graph.js%00",
    "PARTS/graph.js",
]


def test_no_path_leads_out_of_the_assets(client: TestClient) -> None:
    for name in OUTSIDE:
        answer = client.get(f"/stepscope/assets/{version()}/{name}")
        assert answer.status_code == 404, name
        assert b"import" not in answer.content and b"root:" not in answer.content
        if answer.headers["content-type"] == "application/json":
            assert answer.json()["error"]


def test_a_second_start_in_one_process_reads_its_own_database(
    app: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        monkeypatch.setenv("STEPSCOPE_DB", str(tmp_path / f"{name}.db"))
        store = Store(tmp_path / f"{name}.db")
        run_id = store.create_run(workflow="W", module="m", file="f", version="1", input={})
        store.close()
        with TestClient(app, base_url="http://127.0.0.1:8501") as client:
            assert client.get(f"/stepscope/api/runs/{run_id}/rows").status_code == 200
            assert client.get("/stepscope/api/health").json() == {"stepscope": True}
