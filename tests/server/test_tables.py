"""The summary of a run over HTTP, and its tables as files."""

import csv
import io
from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from inspectors.trace.table_csv import TABLES


def test_the_summary_follows_what_is_committed(client: TestClient, writing: Callable[..., Any]) -> None:
    run = writing()
    run.commit(5)
    summary = client.get(f"/stepscope/api/runs/{run.run_id}/summary").json()
    assert summary["upto"] == 5 and [step["done"] for step in summary["steps"]] == [2]
    run.commit(3)
    summary = client.get(f"/stepscope/api/runs/{run.run_id}/summary").json()
    (step,) = summary["steps"]
    assert summary["upto"] == 8 and (step["done"], step["running"], step["median_ms"]) == (3, 1, 1.0)
    run.end()
    (step,) = client.get(f"/stepscope/api/runs/{run.run_id}/summary").json()["steps"]
    assert (step["running"], step["cancelled"]) == (0, 1)


def test_each_table_is_a_file(client: TestClient, writing: Callable[..., Any]) -> None:
    run = writing()
    run.commit(7)
    for name, (columns, _) in TABLES.items():
        answer = client.get(f"/stepscope/api/runs/{run.run_id}/tables/{name}.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == f'attachment; filename="stepscope-{run.run_id}-{name}.csv"'
        assert answer.text.splitlines()[0] == ",".join(columns)
    assert len(list(csv.reader(io.StringIO(answer.text)))) == 8, "the records, and their header"


def test_what_is_not_there_is_said(client: TestClient, writing: Callable[..., Any]) -> None:
    run = writing()
    for path, sentence in (
        ("nope/summary", "There is no run nope."),
        ("nope/tables/steps.csv", "There is no run nope."),
        (f"{run.run_id}/tables/runs.csv", "A run has no table runs. Its tables are event_types, events, invocations"),
    ):
        answer = client.get(f"/stepscope/api/runs/{path}")
        assert answer.status_code == 404 and answer.json()["error"].startswith(sentence)
    other = client.get(f"/stepscope/api/runs/{run.run_id}/tables/steps.csv", headers={"Host": "evil.example"})
    assert other.status_code == 403
