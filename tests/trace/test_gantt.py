"""The Gantt look: rows, bars and silhouettes in a window of time, and where idle stretches fold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inspectors.trace.gantt import Looked, RunSpans, gantt
from inspectors.trace.spans import Spans
from inspectors.trace.time_axis import FOLD_PX, idle_stretches, time_axis

Record = dict[str, Any]


def run_of(*records: Record, run_id: str = "r", workflow: str = "W", **more: Any) -> RunSpans:
    """Records with `t` and `kind`, numbered; the first is the run's start at 1,000."""
    spans = Spans()
    for seq, record in enumerate([{"t": 0.0, "kind": "run_started"}, *records], 1):
        spans.apply({**record, "seq": seq, "t": 1000.0 + record["t"]})
    return RunSpans(run_id, workflow, spans, spans.columns(), **more)


def begins(t: float, number: int, step: str = "work", **fields: Any) -> Record:
    made = {"t": t, "kind": "invocation_started", "invocation": f"invocation_{number}", "step": step, "attempt": 1}
    return {**made, "work_item": f"w{number}", "worker": 0, "workers": 4, "consumed": ["x"], **fields}


def ends(t: float, number: int, step: str = "work", outcome: str = "ok", **fields: Any) -> Record:
    made = {"t": t, "kind": "invocation_ended", "invocation": f"invocation_{number}", "step": step}
    return {**made, "outcome": outcome, **fields}


def over(t: float, status: str = "done") -> Record:
    return {"t": t, "kind": "run_ended", "status": status}


def many(count: int) -> list[Record]:
    """So many invocations of one step, one after the other, half a second each."""
    pairs = [(begins(number, number), ends(number + 0.5, number)) for number in range(count)]
    return [record for pair in pairs for record in pair]


def bars(row: dict[str, Any]) -> list[tuple[str, float, float]]:
    return [(bar["kind"], bar["x0"], bar["x1"]) for bar in row["bars"]]


def test_a_lane_shows_what_waited_ran_failed_and_paused() -> None:
    run = run_of(
        begins(2.0, 1, queue_ms=1000.0),
        ends(4.0, 1, outcome="error", retry_in=1.0),
        begins(5.0, 2, work_item="w1", attempt=2, worker=2),
        ends(8.0, 2),
        over(10.0),
    )
    picture = gantt(run, Looked(width=1000.0), 2000.0)
    assert [row["kind"] for row in picture["rows"]] == ["only"]
    row = picture["rows"][0]
    expected = [("queued", 100, 200), ("failed", 200, 400), ("retry", 400, 500), ("ran", 500, 800)]
    assert bars(row) == expected
    assert (row["worker"], row["attempts"]) == (2, 2)
    assert [bar["seq"] for bar in row["bars"]] == [2, 2, 2, 4]
    assert row["bars"][1]["last_seq"] == 3
    assert (picture["whole"], picture["ended"], picture["ended_x"], picture["status"]) == (10.0, 10.0, 1000.0, "done")


def test_what_goes_on_reaches_to_now() -> None:
    run = run_of(begins(1.0, 1), begins(2.0, 2, step="ask"), ends(3.0, 2, "ask", "waiting"))
    picture = gantt(run, Looked(width=100.0), 1010.0)
    assert picture["ended"] is None and picture["whole"] == 10.0
    work, ask = picture["rows"]
    assert bars(work) == [("running", 10, 100)] and work["bars"][0]["to"] is None
    assert bars(ask) == [("ran", 20, 30), ("waiting", 30, 100)]


def test_a_run_that_nobody_answered_ends_its_waits() -> None:
    run = run_of(begins(2.0, 2, step="ask"), ends(3.0, 2, "ask", "waiting"), over(5.0, "cancelled"))
    assert bars(gantt(run, Looked(width=100.0), 9999.0)["rows"][0])[-1] == ("waiting", 60, 100)


def test_gathered_events_are_one_wait_behind_the_invocations_that_took_them() -> None:
    collected = [
        record
        for number in range(3)
        for record in (begins(number * 2 + 1, number, "join"), ends(number * 2 + 1.5, number, "join", "buffered"))
    ]
    run = run_of(*collected, begins(8.0, 9, "join"), ends(9.0, 9, "join", joined=["a"]), over(10.0))
    (row,) = gantt(run, Looked(width=100.0), 0.0)["rows"]
    assert bars(row)[0] == ("events", 15, 80)
    assert [bar["kind"] for bar in row["bars"][1:]] == ["ran"] * 4 and row["attempts"] == 4


@pytest.mark.parametrize(("count", "is_open"), [(2, True), (5, True), (6, False)])
def test_more_than_five_lanes_fold_to_a_silhouette(count: int, is_open: bool) -> None:
    run = run_of(*many(count), over(count))
    picture = gantt(run, Looked(), 0.0)
    assert picture["rows"][0]["kind"] == "group" and picture["rows"][0]["open"] is is_open
    assert picture["rows"][0]["count"] == count
    assert picture["rows_in_all"] == (1 + count if is_open else 1)
    other = Looked(closed=frozenset({"work"})) if is_open else Looked(opened=frozenset({"work"}))
    assert gantt(run, other, 0.0)["rows_in_all"] == (1 if is_open else 1 + count)


def test_a_zoomed_window_has_the_lanes_that_are_in_it() -> None:
    run = run_of(*many(100), over(100.0))
    picture = gantt(run, Looked(width=100.0, window=(10.2, 12.2)), 0.0)
    assert picture["rows"][0]["count"] == 3 and picture["rows_in_all"] == 4
    assert bars(picture["rows"][1]) == [("ran", 0, 15)]
    assert picture["window"] == [10.2, 12.2]


def test_rows_are_given_by_window() -> None:
    run = run_of(*many(500), over(500.0))
    picture = gantt(run, Looked(rows=(100, 20), opened=frozenset({"work"})), 0.0)
    assert (picture["rows_in_all"], picture["first_row"], len(picture["rows"])) == (501, 100, 20)
    assert picture["rows"][0]["seq"] == 2 + 2 * 99


def test_the_row_of_a_record_is_found_in_open_and_folded_groups() -> None:
    run = run_of(*many(50), over(50.0))
    folded = gantt(run, Looked(find=20), 0.0)["found"]
    assert folded == {"row": 0, "from": 9.0, "to": 9.5, "seq": 20}
    opened = gantt(run, Looked(find=21, opened=frozenset({"work"})), 0.0)["found"]
    assert (opened["row"], opened["seq"]) == (10, 20)
    assert gantt(run, Looked(find=1), 0.0)["found"] is None


def test_only_one_step_is_shown_when_it_is_asked_for() -> None:
    run = run_of(begins(0.0, 1), ends(1.0, 1), begins(1.0, 2, "other"), ends(2.0, 2, "other"), over(2.0))
    assert [row["name"] for row in gantt(run, Looked(step="other"), 0.0)["rows"]] == ["other"]


def test_a_silhouette_says_how_many_were_at_work() -> None:
    pairs = [(begins(0.0, number), ends(10.0 if number < 4 else 5.0, number)) for number in range(8)]
    run = run_of(*[first for first, _ in pairs], *sorted((last for _, last in pairs), key=lambda r: r["t"]), over(10.0))
    row = gantt(run, Looked(width=300.0), 0.0)["rows"][0]
    assert row["levels"] == [[0.0, 150.0, 8.0], [150.0, 300.0, 4.0]] and row["peak"] == 8.0


def test_what_is_shorter_than_a_pixel_is_seen_in_a_silhouette() -> None:
    short = [record for n in range(10) for record in (begins(n, n), ends(n + 1e-6, n, outcome="error"))]
    row = gantt(run_of(*short, over(10_000.0)), Looked(width=100.0, window=(0.0, 10_000.0)), 0.0)["rows"][0]
    assert row["levels"] and row["levels"][0][2] > 0
    assert row["failures"] == 10 and row["failed"] == [0.0]


def test_lanes_of_a_child_run_stand_under_the_lane_that_started_it() -> None:
    child = run_of(begins(2.0, 1, "inner"), ends(3.0, 1, "inner"), over(3.0), run_id="c", workflow="Child")
    run = run_of(begins(1.0, 7, "outer"), ends(4.0, 7, "outer"), over(4.0), children={7: [child]})
    picture = gantt(run, Looked(width=400.0), 0.0)
    assert [(row["kind"], row["depth"], row["name"], row["run"]) for row in picture["rows"]] == [
        ("only", 0, "outer", "r"),
        ("child", 1, "Child", "c"),
        ("only", 2, "inner", "c"),
    ]
    assert bars(picture["rows"][2]) == [("ran", 200, 300)]
    assert gantt(run, Looked(closed=frozenset({"c/"})), 0.0)["rows_in_all"] == 2


def test_a_run_without_invocations_has_no_rows() -> None:
    assert gantt(run_of(over(1.0)), Looked(), 0.0)["rows"] == []
    empty = Spans()
    assert gantt(RunSpans("r", "W", empty, empty.columns()), Looked(), 5.0)["rows_in_all"] == 0


# -- the axis --


def test_an_idle_stretch_longer_than_a_fifth_folds() -> None:
    run = run_of(begins(0.0, 1), ends(2.0, 1), begins(242.0, 2, "late"), ends(244.0, 2, "late"), over(244.0))
    picture = gantt(run, Looked(width=1000.0), 0.0)
    assert picture["folds"] == [[2.0, 242.0]]
    half = (1000.0 - FOLD_PX) / 2
    assert bars(picture["rows"][0]) == [("ran", 0, half)]
    assert bars(picture["rows"][1]) == [("ran", half + FOLD_PX, 1000)]


@pytest.mark.parametrize(
    ("busy", "folds"),
    [
        ([(0, 5), (6, 10)], []),
        ([(0, 4), (8, 10)], [(4, 8)]),
        ([(0, 1), (100, 101), (1000, 1001)], [(1, 100), (101, 1000)]),
        ([(0, 0.1), (0.5, 0.6)], []),
        ([(0, 10), (1, 2)], []),
        ([], []),
    ],
)
def test_idle_stretches_fold_one_after_the_other(busy: list[Any], folds: list[Any]) -> None:
    records = [(begins(a, n), ends(b, n)) for n, (a, b) in enumerate(busy)]
    columns = run_of(*sorted((record for pair in records for record in pair), key=lambda r: r["t"])).columns
    last = float(max((end for _, end in busy), default=10.0))
    axis = time_axis(1000.0, 1000.0 + last, 1000.0, idle_stretches(columns, 1000.0, 1000.0 + last))
    assert [(a - 1000, b - 1000) for a, b in axis.folds] == folds
    assert axis.places[0] == 0.0 and axis.places[-1] == pytest.approx(1000.0)
    assert (np.diff(axis.places) > 0).all() and (np.diff(axis.times) > 0).all()
    moments = np.linspace(1000.0, 1000.0 + last, 50)
    assert axis.time(axis.x(moments)) == pytest.approx(moments)
