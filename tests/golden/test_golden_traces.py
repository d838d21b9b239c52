"""Traces of vocabulary version 1 stay readable: today's code reads each of them without loss.

The files are never written again (`tests/golden/write.py`); a test that fails here means that people's old traces
would be shown wrongly.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from inspectors.recording.vocabulary import KINDS
from inspectors.trace.details import details
from inspectors.trace.overlay import Overlay
from inspectors.trace.relations import Relations
from inspectors.trace.results import kind_of
from inspectors.trace.rows import RowContext, row
from tests.golden import write
from tests.golden.write import SCENES, counts_of

FOLDER = Path(__file__).parent
NAMES = sorted(file.stem for file in FOLDER.glob("*.jsonl"))
SIGNS = {"run", "event", "step", "store", "person", "log", "trouble", "interrupted"}
TONES = {"", "failed", "interrupted", "waiting"}
STATES = {"idle", "queued", "running", "waiting", "done", "failed", "retrying", "cancelled", "interrupted"}

Record = dict[str, Any]


class Trace:
    """One golden trace, read by today's code."""

    def __init__(self, name: str) -> None:
        text = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
        self.records: list[Record] = [json.loads(line) for line in text.splitlines()]
        self.beside: dict[str, Any] = json.loads((FOLDER / f"{name}.shown.json").read_text(encoding="utf-8"))
        self.overlay = Overlay(self.beside["graph"])
        for record in self.records:
            self.overlay.apply(record)
        prompts = frozenset(self.overlay.open_prompts)
        self.context = RowContext(self.records[0]["t"], self.overlay.step_ids, prompts)
        self.relations = Relations(self.records)

    def row(self, record: Record) -> dict[str, Any]:
        """The row of a record."""
        return row(record, self.context)

    def details(self, record: Record) -> dict[str, Any]:
        """The details of a record."""
        shown = details(record["seq"], self.relations, self.context)
        assert shown is not None
        return shown

    def first(self, kind: str, **fields: Any) -> Record:
        """The first record of a kind with these fields."""
        found = (record for record in self.records if record["kind"] == kind)
        return next(record for record in found if all(record.get(name) == value for name, value in fields.items()))


@pytest.fixture
def trace(request: pytest.FixtureRequest) -> Trace:
    """The trace of the test's name."""
    return Trace(request.param)


each = pytest.mark.parametrize("trace", NAMES, indirect=True)


def only(name: str) -> Any:
    """The test is about one trace."""
    return pytest.mark.parametrize("trace", [name], indirect=True)


def test_every_scene_has_its_trace_and_none_is_written_twice(tmp_path: Path) -> None:
    assert set(SCENES) <= set(NAMES)
    before = (FOLDER / "store.jsonl").read_bytes()
    with pytest.raises(FileExistsError, match="golden traces are never written again"):
        write.write("store")
    assert write.main(["store"]) == 1 and write.main(["no such scene"]) == 2
    assert (FOLDER / "store.jsonl").read_bytes() == before


@each
def test_every_record_has_a_row_of_known_words(trace: Trace) -> None:
    assert [record["seq"] for record in trace.records] == list(range(1, len(trace.records) + 1))
    for record in trace.records:
        assert record["kind"] in KINDS
        shown = trace.row(record)
        assert shown["seq"] == record["seq"] and shown["what"] and shown["dt"] >= 0
        assert shown["sign"] in SIGNS and shown["tone"] in TONES
        assert record["kind"] == "log" or shown["sign"] != "log", "the plain row of an unknown kind"
        for text in (shown["what"], shown["short"], shown["name"], shown["step"]):
            assert not re.search(r"\bNone\b|\bnull\b|\$cut|\$masked|\$repr|\{'", text), text


@each
def test_every_record_has_details_that_lose_nothing_of_it(trace: Trace) -> None:
    for record in trace.records:
        shown = trace.details(record)
        assert shown["record"] == record
        assert json.loads(json.dumps(shown, allow_nan=False)) == shown
        assert all(fact["text"] and "None" not in fact["text"].split() for fact in shown["facts"])
        assert all(fact["seq"] is None or fact["seq"] in trace.relations.by_seq for fact in shown["facts"])
        if record["kind"] == "event":
            assert shown["fields"] == record["fields"]
        if record["kind"] == "store_written":
            assert set(shown["fields"]) == set(record["changes"])
        if record.get("error"):
            assert shown["error"] == record["error"]


@each
def test_every_field_is_one_that_the_vocabulary_names(trace: Trace) -> None:
    for record in trace.records:
        named = set(re.findall(r"\w+", KINDS[record["kind"]])) | {"seq", "t", "kind", "engine"}
        assert set(record) <= named, record["kind"]


@each
def test_the_graph_shows_the_counts_that_it_showed_then(trace: Trace) -> None:
    assert counts_of(trace.records, trace.beside["graph"]) == trace.beside["counts"]
    assert all(state in STATES for state, _ in trace.beside["counts"]["nodes"].values())


@each
def test_its_result_is_read_as_what_it_is(trace: Trace) -> None:
    ended = trace.records[-1]
    assert ended["kind"] == "run_ended"
    if ended["status"] == "done":
        result = ended["result"]
        value = result["fields"] if "fields" in result else result["value"]
        kinds = {"str": "text", "dict": "fields", "list": "tree", "bool": "flag", "int": "number", "Order": "fields"}
        assert kind_of(value) == kinds[result["type"]]


@only("approval")
def test_a_question_leads_to_its_answer(trace: Trace) -> None:
    prompt = trace.first("prompt")
    facts = {fact["label"]: fact["seq"] for fact in trace.details(prompt)["facts"]}
    assert facts["Answered"] == trace.first("event", via="answer")["seq"]


@only("fan_out")
def test_a_collected_event_leads_to_who_joined_it(trace: Trace) -> None:
    sent = trace.first("event", via="sent")
    takers = [fact["seq"] for fact in trace.details(sent)["facts"] if fact["label"] == "Taken by"]
    join = next(record for record in trace.records if record.get("joined"))
    begun = trace.first("invocation_started", invocation=join["invocation"])
    assert takers[-1] == begun["seq"]


@only("retries")
def test_each_attempt_keeps_its_error_and_its_cause(trace: Trace) -> None:
    errors = [record["error"] for record in trace.records if record.get("outcome") == "error"]
    assert [error["earlier"][0]["type"] for error in errors] == ["KeyError"] * 3
    assert trace.row(trace.first("invocation_ended"))["short"].endswith("next attempt in 10 ms")


@only("recovers")
def test_a_recovered_failure_is_told_apart(trace: Trace) -> None:
    ended = trace.first("invocation_ended", outcome="error")
    assert trace.row(ended)["what"] == "risky failed, recovered"


@only("timeout")
def test_the_time_limit_found_these_at_work(trace: Trace) -> None:
    facts = {fact["label"]: fact["text"] for fact in trace.details(trace.records[-1])["facts"]}
    assert facts["At work then"] == "doze"


@only("child")
def test_a_child_knows_its_parent(trace: Trace) -> None:
    begun = Trace("child_inner").records[0]
    assert begun["parent_invocation"] == trace.first("invocation_started")["invocation"]


LATER: list[Record] = [
    {"kind": "budget_spent", "currency": "CHF", "amount": 1.5, "by": {"step": "work", "list": [1, 2]}},
    {"kind": "event", "key": "x99", "type": "Teleported", "module": "m", "via": "teleported", "by": None,
     "from_step": None, "fields": {"a": 1}, "mood": "curious"},
    {"kind": "invocation_started", "invocation": "i99", "step": "new", "consumed": ["x99"], "gpu": 3},
    {"kind": "invocation_ended", "invocation": "i99", "step": "new", "outcome": "delegated", "took_ms": 1.0, "to": "B"},
    {"kind": "store_written", "op": "merge", "invocation": None, "step": None, "changes": {"a": {"$future": 1}}},
    {"kind": "run_ended", "status": "archived", "result": None, "error": None, "where": "attic"},
]  # fmt: skip


@each
def test_what_later_versions_write_is_kept_and_shown(trace: Trace) -> None:
    """A record of an unknown kind, unknown fields and words of known kinds, after any trace."""
    first = len(trace.records) + 1
    later = [{"seq": first + n, "t": trace.records[-1]["t"] + n, **record} for n, record in enumerate(LATER)]
    for record in later:
        trace.overlay.apply(record)
    relations = Relations([*trace.records, *later])
    rows = [row(record, trace.context) for record in later]
    shown = [details(record["seq"], relations, trace.context) for record in later]
    for record, one in zip(later, shown, strict=True):
        assert one is not None and one["record"] == record, "nothing is lost"
    assert (rows[0]["what"], rows[0]["sign"]) == ("Budget spent", "log")
    assert "CHF" in rows[0]["short"] and "1.5" in rows[0]["short"]
    assert shown[0]["fields"] == {"currency": "CHF", "amount": 1.5, "by": {"step": "work", "list": [1, 2]}}  # type: ignore[index]
    assert rows[3]["what"] == "new delegated" and rows[5]["what"] == "Run archived"
    assert ("Sent by", "teleported") in [(fact["label"], fact["text"]) for fact in shown[1]["facts"]]  # type: ignore[index]
    assert json.dumps(trace.overlay.json())
