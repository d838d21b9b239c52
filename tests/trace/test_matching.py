"""Columns of a run's records, and which of them a filter lets through, in which order."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from inspectors.trace import columns as module
from inspectors.trace.columns import Columns, lines_with
from inspectors.trace.matching import Matching, RecordFilter, WrongFilter, next_marked
from inspectors.trace.rows import RowContext, row

Golden = Callable[[str], tuple[list[dict[str, Any]], dict[str, Any]]]
RECORDS: list[dict[str, Any]] = [
    {"kind": "run_started", "timeout": 30.0},
    {"kind": "event", "type": "Chunk", "module": "m", "via": "returned", "from_step": "split", "key": "i1.0",
     "fields": {"text": "Ein Käse\nund “Brot”", "deep": {"list": [1, {"word": "needle"}]}}},
    {"kind": "invocation_started", "invocation": "i2", "step": "embed", "worker": 1, "workers": 4, "attempt": 2},
    {"kind": "invocation_ended", "invocation": "i2", "step": "embed", "outcome": "error", "took_ms": 40.0,
     "error": {"type": "ValueError", "message": "bad chunk (7)"}},
    {"kind": "invocation_ended", "invocation": "i3", "step": "split", "outcome": "ok", "took_ms": 5.0, "gives": {}},
    {"kind": "prompt", "prompt": "p1", "step": "ask", "text": "Is it good?"},
    {"kind": "logged", "level": "ERROR", "text": "\x1b[31mcould not\x1b[0m write", "step": "embed"},
    {"kind": "call_ended", "call": "llm", "step": "embed", "took_ms": 900.0, "output": "a long reply"},
    {"kind": "run_ended", "status": "failed", "error": {"type": "ValueError", "message": "bad chunk (7)"}},
]  # fmt: skip


def columns_of(records: list[dict[str, Any]], first: int = 1) -> Columns:
    made = Columns()
    for seq, record in enumerate(records, first):
        full = {"seq": seq, "t": 100.0 + seq, **record}
        made.append(full, row(full, RowContext(100.0)))
    return made


def found(columns: Columns, sort: str = "seq", descending: bool = False, **wanted: Any) -> list[int]:
    """The seqs of what matches."""
    matching = Matching(RecordFilter(**wanted))
    assert matching.look(columns, 60)
    return [columns.seqs[line] for line in matching.ordered(columns, sort, descending)]


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        ({"step": "embed"}, [3, 4, 7, 8]),
        ({"step": "nobody"}, []),
        ({"event": "Chunk"}, [2]),
        ({"event": "None of them"}, []),
        ({"kind": "step"}, [3, 4, 5]),
        ({"kind": "error"}, [4, 7, 9]),
        ({"kind": "person"}, [6]),
        ({"kind": "llm"}, [8]),
        ({"kind": "error", "step": "embed"}, [4, 7]),
        ({"q": "needle"}, [2]),  # deep inside the fields
        ({"q": "KÄSE und"}, [2]),  # letters of any size, one line
        ({"q": "bad chunk (7)"}, [4, 9]),  # signs mean themselves
        ({"q": "could not write"}, [7]),  # without the codes of colours
        ({"q": "embed failed"}, [4]),  # as the row says it
        ({"q": "waiting for you"}, [6]),
        ({"q": "kind"}, []),  # names of our own fields are no text
        ({"q": "i2"}, [3, 4]),
        ({"q": "k.se|needle", "regex": True}, [2]),
        ({"q": r"bad chunk \(\d\)$", "regex": True}, [4, 9]),
        ({"q": "^EMBED", "regex": True, "kind": "step"}, [3, 4]),
        ({"q": "bad", "step": "embed"}, [4]),
        ({}, list(range(1, 10))),
    ],
)
def test_a_filter_lets_through_what_it_says(wanted: dict[str, Any], seqs: list[int]):
    assert found(columns_of(RECORDS), **wanted) == seqs


@pytest.mark.parametrize(
    ("sort", "descending", "seqs"),
    [
        ("seq", True, [8, 7, 4, 3]),
        ("time", False, [3, 4, 7, 8]),
        ("took", True, [8, 4, 3, 7]),  # those without a duration come last
        ("took", False, [4, 8, 3, 7]),
        ("what", False, [4, 3, 7, 8]),
        ("step", False, [3, 4, 7, 8]),
    ],
)
def test_matches_are_sorted(sort: str, descending: bool, seqs: list[int]):
    assert found(columns_of(RECORDS), sort, descending, step="embed") == seqs


def test_records_of_no_step_come_last_by_step():
    assert found(columns_of(RECORDS), "step") == [6, 3, 4, 7, 8, 2, 5, 1, 9]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"q": "(", "regex": True}, "no regular expression: missing ) at character 2"),
        ({"q": "x" * 501}, "longer than 500"),
        ({"kind": "banana"}, "no kind of record called “banana”"),
    ],
)
def test_a_wrong_filter_is_refused_in_words(wanted: dict[str, Any], words: str):
    with pytest.raises(WrongFilter, match=words.replace("(", r"\(").replace(")", r"\)")):
        Matching(RecordFilter(**wanted))
    with pytest.raises(WrongFilter, match="sorted by “size”"):
        found(columns_of(RECORDS), "size")


def test_an_expression_that_tries_for_ever_is_given_up():
    columns = columns_of([{"kind": "printed", "text": "a" * 40 + "!", "step": "s"}])
    began = time.monotonic()
    with pytest.raises(WrongFilter, match="takes too long"):
        Matching(RecordFilter(q=r"(a|aa)+$", regex=True)).look(columns, 60)
    assert time.monotonic() - began < 30, "it would take longer than anybody lives"


def test_more_is_found_when_more_is_there_and_nothing_is_looked_at_twice():
    columns = columns_of(RECORDS)
    matching = Matching(RecordFilter(step="embed"))
    assert matching.look(columns, 60) and len(matching.lines) == 4
    for seq, record in enumerate(RECORDS, 10):
        full = {"seq": seq, "t": 100.0, **record}
        columns.append(full, row(full, RowContext(100.0)))
    assert matching.look(columns, 60)
    assert [columns.seqs[line] for line in matching.lines] == [3, 4, 7, 8, 12, 13, 16, 17]


def test_texts_of_many_chunks_are_searched_little_by_little(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "CHUNK", 4)
    monkeypatch.setattr("inspectors.trace.matching.CHUNK", 4)
    columns = columns_of(RECORDS * 5)
    assert len(columns.texts) == 11 and len(columns.open_texts) == 1
    matching = Matching(RecordFilter(q="needle"))
    looks = 1
    while not matching.look(columns, 0):
        looks += 1
    assert looks == 12, "one chunk for each look that has no time"
    assert [columns.seqs[line] for line in matching.lines] == [2, 11, 20, 29, 38]


def test_columns_are_the_same_after_they_were_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "CHUNK", 4)
    monkeypatch.setattr("inspectors.trace.matching.CHUNK", 4)
    made = columns_of(RECORDS)
    again = Columns.load(*made.dump())
    for wanted in ({"q": "needle"}, {"q": "bad", "kind": "error"}, {"step": "embed"}, {"event": "Chunk"}):
        assert found(again, **wanted) == found(made, **wanted) != []
    assert again.dump() == made.dump()
    names, _packed, texts = made.dump()
    with pytest.raises(ValueError, match="cut"):
        Columns.load(names, zlib.compress(b"xyz"), texts)


@pytest.mark.parametrize("hits", [0, 1, 30, 900])
def test_lines_are_told_apart_however_many_match(hits: int):
    lines = [b"x" if number >= hits else b"abcabc" for number in range(1000)]
    assert lines_with(b"\n".join(lines), b"abc") == list(range(hits))


def test_jumps_go_over_the_whole_run_and_within_a_filter():
    columns = columns_of(RECORDS)
    assert [next_marked(columns, "error", seq, True) for seq in (0, 4, 8, 9)] == [4, 7, 9, None]
    assert [next_marked(columns, "error", seq, False) for seq in (10, 9, 7, 4)] == [9, 7, 4, None]
    assert next_marked(columns, "prompt", 0, True) == 6
    logs = Matching(RecordFilter(kind="log"))
    logs.look(columns, 60)
    assert next_marked(columns, "error", 0, True, logs.ordered(columns, "seq", False)) == 7
    with pytest.raises(WrongFilter, match="no jump"):
        next_marked(columns, "elephant", 0, True)


def test_every_record_of_a_kept_run_is_found_by_what_its_row_says(golden: Golden):
    records, graph = golden("approval")
    steps = {node["name"]: node["id"] for node in graph["nodes"] if node["kind"] == "step"}
    columns = Columns()
    shown = [row(record, RowContext(records[0]["t"], steps)) for record in records]
    for record, made in zip(records, shown, strict=True):
        columns.append(record, made)
    for made in shown:
        assert made["seq"] in found(columns, q=made["what"])
        if made["step"]:
            assert made["seq"] in found(columns, step=made["step"])
