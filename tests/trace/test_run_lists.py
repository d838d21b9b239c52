"""Runs as rows and the chart over time: what is written, and where bars begin and end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from inspectors.store import Run, Store
from inspectors.store.records import Commit
from inspectors.store.run_search import Question
from inspectors.trace.run_chart import BARS, DAY, HOUR, WIDTHS, chart, moment, stretch
from inspectors.trace.run_csv import csv_lines, safe_cell
from inspectors.trace.run_rows import run_row

NOON = datetime(2026, 11, 20, 12, 0).astimezone().timestamp()


@pytest.fixture(params=["UTC", "Europe/Amsterdam", "Asia/Kolkata", "America/St_Johns"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This machine's time zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def a_run(own_database: Any, **columns: Any) -> Run:
    """A run with these columns, through the store."""
    store = Store(own_database)
    run_id = store.create_run(workflow="W", module="m", file="f", version="1", input=columns.pop("input", {}))
    store.commit([Commit(run_id, 1, run=columns)])
    run = store.run(run_id)
    store.close()
    assert run is not None
    return run


@pytest.mark.parametrize(
    ("columns", "question", "status", "outcome"),
    [
        ({"status": "done", "result": {"type": "str", "value": "All\nwell."}}, None, "Done", "All well."),
        ({"status": "done", "result": {"type": "int", "value": 7}}, None, "Done", "7"),
        ({"status": "done", "result": {"type": "Paid", "fields": {"sum": 3}}}, None, "Done", "Paid: sum 3"),
        ({"status": "done", "result": {"type": "dict", "value": {"api_key": "x"}}}, None, "Done", "{api_key}"),
        ({"status": "done", "origin": "script"}, None, "Done, from a script", ""),
        (
            {"status": "failed", "error": {"type": "E", "message": "no", "step": "look"}},
            None,
            "Failed in look",
            "E: no",
        ),
        ({"status": "interrupted", "error": {"type": "Interrupted", "message": "Gone."}}, None, "Interrupted", "Gone."),
        ({"status": "cancelled", "cancelled_by": "Reviewer 1"}, None, "Cancelled by Reviewer 1", ""),
        ({"status": "waiting"}, Question("Ready?", None), "Waiting for you", "Ready?"),
        ({"status": "waiting"}, Question("Ready?", NOON + 1_600), "Waiting, 26 min left", "Ready?"),
        ({"status": "running"}, None, "Running", ""),
    ],
)  # fmt: skip
def test_a_row_says_its_status_and_what_came_of_it(
    own_database: Any, columns: dict[str, Any], question: Question | None, status: str, outcome: str
) -> None:
    row = run_row(a_run(own_database, **columns), question, NOON)
    assert (row["status_text"], row["outcome"]) == (status, outcome)


def test_an_input_is_short_and_has_no_secret(own_database: Any) -> None:
    given = {"api_key": "sk-1", "topic": "word " * 5_000, "n": 3, "more": True}
    row = run_row(a_run(own_database, input=given), None, NOON)
    assert row["input"].startswith("api_key •••• masked, topic “word word") and row["input"].endswith("n 3 …")
    assert len(row["input"]) < 140 and row["took"] is None


def count_of(moments: list[tuple[float, str]]) -> Any:
    """What the store would count."""

    def count(start: float, width: float) -> list[tuple[int, str, int]]:
        found: dict[tuple[int, str], int] = {}
        for at, status in moments:
            bucket = (int((at - start) / width), status)
            found[bucket] = found.get(bucket, 0) + 1
        return [(at, status, runs) for (at, status), runs in found.items()]

    return count


@pytest.mark.parametrize("span", [10, 90, HOUR, 5 * HOUR, DAY, 7 * DAY, 30 * DAY, 400 * DAY, 9_000 * DAY])
def test_bars_are_few_start_at_full_hours_and_days_and_cover_everything(zone: str, span: int) -> None:
    moments = [(NOON - span * part / 17, "failed" if part % 4 == 0 else "done") for part in range(18)]
    drawn = chart(NOON - span, NOON, "", count_of(moments))
    assert drawn["start"] <= NOON - span < drawn["start"] + drawn["width"]
    assert drawn["start"] + drawn["size"] * drawn["width"] >= NOON
    assert span <= drawn["width"] or drawn["size"] <= BARS + 2 or drawn["width"] == WIDTHS[-1][0]
    assert sum(bar["ended"] + bar["failed"] for bar in drawn["bars"]) == 18
    assert sum(bar["failed"] for bar in drawn["bars"]) == 5
    assert all(0 <= bar["at"] < drawn["size"] for bar in drawn["bars"])
    local = datetime.fromtimestamp(drawn["start"]).astimezone()
    if drawn["width"] in (HOUR // 2, HOUR, 2 * HOUR):
        assert local.minute % 30 == 0 and local.second == 0
    if drawn["width"] == 7 * DAY:
        assert local.weekday() == 0


def test_titles_say_unit_and_time() -> None:
    assert chart(NOON - DAY, NOON, "last 24 h", count_of([]))["title"] == "Runs per half hour, last 24 h"
    assert chart(NOON - 7 * DAY, NOON, "last 7 days", count_of([]))["title"] == "Runs per 4 hours, last 7 days"
    assert chart(NOON - 30 * DAY, NOON, "last 30 days", count_of([]))["title"] == "Runs per day, last 30 days"
    assert chart(NOON - 17 * DAY, NOON, "", count_of([]))["title"] == "Runs per half day since 3 November"


def test_moments_and_stretches_are_as_short_as_they_are_clear() -> None:
    assert moment(NOON - 600, NOON) == "11:50"
    assert moment(NOON - DAY, NOON) == "19 Nov, 12:00"
    assert moment(NOON - 17 * DAY, NOON) == "3 November"
    assert moment(NOON - 400 * DAY, NOON) == "16 October 2025"
    assert stretch(NOON - HOUR, NOON, NOON) == "11:00 to 12:00"
    assert stretch(NOON - DAY, NOON, NOON) == "19 Nov, 12:00 to 20 Nov, 12:00"
    assert stretch(None, None, NOON) == ""
    assert stretch(NOON - HOUR, None, NOON) == "since 11:00"
    assert stretch(None, NOON, NOON) == "until 12:00"


def test_csv_is_made_a_line_at_a_time(own_database: Any) -> None:
    def runs() -> Iterator[Run]:
        yield a_run(own_database, status="done")
        raise AssertionError("the second run was asked for before the first line was read")

    lines = csv_lines(runs())
    assert next(lines).startswith("id,workflow,file,status,started,ended,took_s,input,result,error")
    assert next(lines).split(",")[1:4] == ["W", "f", "done"]


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_what_could_be_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(f"a{text}") == f"a{text}"
