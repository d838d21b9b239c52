"""Invocations as spans of time: lanes, what they wait for, and that records and their texts tell the same."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest

from inspectors.trace.span_columns import BUFFERED, CANCELLED, ERROR, OK, OPEN, WAITING
from inspectors.trace.spans import Spans
from tests.trace.conftest import GOLDEN

NAMES = sorted(path.stem for path in GOLDEN.glob("*.jsonl"))


class Run:
    """Records of a run, a second apart unless said otherwise."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.t = 100.0
        self.then("run_started")

    def then(self, kind: str, after: float = 1.0, **fields: Any) -> Run:
        self.t += after if self.records else 0.0
        self.records.append({"seq": len(self.records) + 1, "t": self.t, "kind": kind, **fields})
        return self

    def event(self, key: str, **fields: Any) -> Run:
        return self.then("event", key=key, type="Part", module="m", **{"via": "sent", "fields": {}, **fields})

    def starts(self, step: str, number: int, item: str = "", **fields: Any) -> Run:
        given = {"consumed": [f"e{number}"], "worker": 0, "workers": 4, "attempt": 1, "queue_ms": None, "takes": {}}
        return self.then(
            "invocation_started",
            invocation=f"invocation_{number}",
            step=step,
            **{**given, "work_item": item or f"w{number}", **fields},
        )

    def ends(self, step: str, number: int, outcome: str = "ok", **fields: Any) -> Run:
        return self.then(
            "invocation_ended",
            invocation=f"invocation_{number}",
            step=step,
            took_ms=1.0,
            gave=[],
            gives={},
            outcome=outcome,
            **fields,
        )

    def spans(self) -> Spans:
        """Folded twice: from records, and from their texts; both must tell the same."""
        folded = Spans()
        for record in self.records:
            folded.apply(record)
        assert as_lists(from_lines(self.records)) == as_lists(folded)
        return folded


def from_lines(records: list[dict[str, Any]]) -> Spans:
    made = Spans()
    for record in records:
        made.apply_lines([json.dumps(record, separators=(",", ":")).encode()], record.get("upto", record["seq"]))
    return made


def as_lists(spans: Spans) -> dict[str, Any]:
    told = {name: [repr(value) for value in values.tolist()] for name, values in vars(spans.columns()).items()}
    return told | {"steps": spans.steps, "ended": spans.ended, "status": spans.status, "seq": spans.seq}


@pytest.mark.parametrize("name", NAMES)
def test_texts_of_real_runs_tell_what_their_records_tell(name: str, golden: Any) -> None:
    records, _ = golden(name)
    folded = Spans()
    for record in records:
        folded.apply(record)
    assert as_lists(from_lines(records)) == as_lists(folded)
    started = [record for record in records if record["kind"] == "invocation_started"]
    assert len(folded) == len(started)
    assert folded.columns().seq.tolist() == [record["seq"] for record in started]
    again = Spans.load(folded.dump())
    assert as_lists(again) == as_lists(folded)


def test_a_span_begins_when_its_event_was_there() -> None:
    columns = Run().starts("work", 1, queue_ms=400.0).ends("work", 1).spans().columns()
    assert columns.queued.tolist() == [pytest.approx(100.6)]
    assert (columns.start.tolist(), columns.end.tolist()) == ([101.0], [102.0])
    assert columns.lane_from.tolist() == [pytest.approx(100.6)] and columns.lane_to.tolist() == [102.0]


def test_attempts_of_one_work_item_share_a_lane() -> None:
    run = Run().starts("work", 1, "w").ends("work", 1, "error", retry_in=1.0)
    columns = run.spans().columns()
    assert math.isnan(columns.lane_to[0])
    columns = run.starts("work", 2, "w", attempt=2).ends("work", 2).spans().columns()
    assert columns.lane.tolist() == [0, 0] and columns.outcome.tolist() == [ERROR, OK]
    assert columns.lane_to.tolist() == [104.0]


def test_a_step_that_waits_for_an_answer_keeps_its_lane_open() -> None:
    run = Run().starts("ask", 1, "w").ends("ask", 1, "waiting").then("prompt", prompt="p", invocation="invocation_1")
    columns = run.spans().columns()
    assert columns.outcome.tolist() == [WAITING] and math.isnan(columns.lane_to[0]) and not len(columns.ask_from)
    columns = run.starts("ask", 2, "w").ends("ask", 2).spans().columns()
    assert columns.lane.tolist() == [0, 0] and columns.lane_to.tolist() == [105.0]


def test_a_returned_prompt_keeps_the_lane_of_its_step_open_until_it_is_answered() -> None:
    run = Run().starts("draft", 1).ends("draft", 1).then("prompt", prompt="p", invocation="invocation_1")
    columns = run.spans().columns()
    assert columns.ask_from.tolist() == [103.0] and math.isnan(columns.ask_to[0]) and math.isnan(columns.lane_to[0])
    columns = run.event("x1", via="answer", prompt="p").spans().columns()
    assert columns.ask_to.tolist() == [104.0] and columns.lane_to.tolist() == [104.0]


def test_what_a_step_gathers_is_one_lane_with_the_invocation_that_joins_it() -> None:
    run = Run()
    for number in (1, 2):
        run.starts("join", number).ends("join", number, "buffered", buffer="default", buffered=f"e{number}")
    spans = run.spans()
    assert spans.columns().lane.tolist() == [0, 0] and math.isnan(spans.columns().lane_to[0])
    assert spans.columns().outcome.tolist() == [BUFFERED, BUFFERED]
    columns = run.starts("join", 3).ends("join", 3, joined=["e1", "e2", "e3"]).spans().columns()
    assert columns.lane.tolist() == [0, 0, 0] and columns.lane_to.tolist()[0] == 106.0
    assert (columns.lane_step >= 0).sum() == 1


def test_one_that_takes_a_list_waits_since_the_first_of_its_events() -> None:
    run = Run().event("e1").event("e2").event("e3")
    columns = run.starts("join", 9, consumed=["e1", "e2", "e3"], queue_ms=500.0).spans().columns()
    assert columns.since.tolist() == [101.0] and columns.lane_from.tolist() == [101.0]


def test_the_end_of_a_run_closes_what_goes_on() -> None:
    run = Run().starts("work", 1).then("run_ended", status="failed")
    spans = run.spans()
    assert (spans.ended, spans.status) == (102.0, "failed")
    assert spans.columns().outcome.tolist() == [CANCELLED] and spans.columns().end.tolist() == [102.0]


def test_a_resumed_run_goes_on_in_the_same_lanes() -> None:
    run = Run().starts("work", 1, "w").then("run_ended", status="interrupted").then("resumed")
    run.starts("work", 2, "w")
    spans = run.spans()
    assert spans.ended == 0.0 and spans.columns().lane.tolist() == [0, 0]
    assert spans.columns().outcome.tolist() == [CANCELLED, OPEN] and math.isnan(spans.columns().lane_to[0])


def test_records_that_are_missing_leave_spans_open_or_away() -> None:
    run = Run().starts("work", 1)
    run.records.append({"seq": 3, "t": 102.0, "kind": "records_missing", "upto": 40, "count": 38})
    run.records.append({"seq": 41, "t": 103.0, "kind": "invocation_ended", "invocation": "invocation_7", "step": "x"})
    spans = run.spans()
    assert spans.seq == 41 and spans.columns().outcome.tolist() == [OPEN]


def test_a_text_that_looks_like_a_record_is_no_record() -> None:
    run = Run()
    forged = '{"seq":9,"t":1.0,"kind":"invocation_started","invocation":"invocation_5","step":"no"'
    run.event("e1", fields={"text": forged}).then("printed", text=forged)
    assert len(run.spans()) == 0


def test_what_is_cut_can_not_be_loaded() -> None:
    import zlib

    dumped = zlib.decompress(Run().starts("work", 1).ends("work", 1).spans().dump())
    with pytest.raises(ValueError):
        Spans.load(zlib.compress(dumped[:-3]))


def test_times_of_events_nobody_takes_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspectors.trace.spans.MOST_TIMES", 10)
    run, numbers = Run(), itertools.count()
    for number in itertools.islice(numbers, 50):
        run.event(f"e{number}")
    assert len(run.spans()._times) <= 10
