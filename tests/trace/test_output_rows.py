"""What was printed and logged, as the timeline and the details show it."""

from typing import Any

import pytest

from inspectors.trace.details import details
from inspectors.trace.relations import Relations
from inspectors.trace.rows import RowContext, row

CONTEXT = RowContext(100.0, {"draft": "step:m.W.draft"})
STARTED = {"seq": 1, "t": 100.0, "kind": "invocation_started", "invocation": "i1", "step": "draft", "consumed": []}
OF_STEP = {"invocation": "i1", "step": "draft"}


def record(kind: str, **fields: Any) -> dict[str, Any]:
    return {"seq": 2, "t": 101.0, "kind": kind, "invocation": None, "step": None, **fields}


def looked_at(made: dict[str, Any]) -> dict[str, Any]:
    shown = details(2, Relations([STARTED, made]), CONTEXT)
    assert shown is not None
    return shown


@pytest.mark.parametrize(
    ("made", "what", "short", "tone"),
    [
        (record("printed", stream="stdout", text="one\ntwo\n\nthree"), "Printed", "one … and 2 lines more", ""),
        (record("printed", stream="stderr", text="\x1b[31mred\x1b[0m"), "Printed to stderr", "red", ""),
        (record("logged", level="WARNING", logger="m", text="careful"), "Warning logged", "careful", ""),
        (record("logged", level="ERROR", logger="m", text="gone"), "Error logged", "gone", "failed"),
        (record("logged", level="CRITICAL", logger="m", text="gone"), "Critical logged", "gone", "failed"),
        (
            record("output_left_out", what="printed", lines=None, characters=None, log="/x.log"),
            "More was printed than is recorded",
            "what is printed from here on is only in the runner's log",
            "",
        ),
        (
            record("output_left_out", what="logged", lines=1, characters=12_000, log=None),
            "More was logged than is recorded",
            "1 line, 12,000 characters more: not kept here",
            "",
        ),
    ],
)
def test_output_is_one_row_with_its_first_line(made: dict[str, Any], what: str, short: str, tone: str) -> None:
    shown = row(made, CONTEXT)
    assert (shown["what"], shown["short"], shown["tone"], shown["sign"]) == (what, short, tone, "log")


def test_output_of_a_step_is_shown_with_the_step() -> None:
    shown = row(record("printed", stream="stdout", text="hello", **OF_STEP), CONTEXT)
    assert (shown["step"], shown["nodes"]) == ("draft", ["step:m.W.draft"])


@pytest.mark.parametrize(
    ("made", "fact"),
    [
        (record("printed", stream="stdout", text="x", **OF_STEP), ("Printed by", "draft #1", 1)),
        (record("logged", level="INFO", logger="m", text="x", **OF_STEP), ("Logged by", "draft #1", 1)),
        (
            record("printed", stream="stdout", text="x"),
            ("Printed by", "the engine, or a thread that the code started itself", None),
        ),
        (record("printed", stream="stdout", text="x", shared=False), ("Printed by", "a subprocess, or C code", None)),
    ],
)
def test_details_say_whose_output_it_is(made: dict[str, Any], fact: tuple[str, str, int | None]) -> None:
    facts = [(it["label"], it["text"], it["seq"]) for it in looked_at(made)["facts"]]
    assert facts[0] == fact


def test_details_hold_the_whole_text_and_the_exception_that_was_logged() -> None:
    error = {"type": "ValueError", "message": "no", "traceback": "", "frames": []}
    shown = looked_at(record("logged", level="ERROR", logger="m.n", text="one\ntwo", error=error, **OF_STEP))
    assert (shown["fields"], shown["fields_title"], shown["error"]) == ({"text": "one\ntwo"}, "Message", error)
    assert [it["text"] for it in shown["facts"][1:]] == ["ERROR", "m.n"]
    cut = looked_at(record("printed", stream="stdout", text={"$cut": "abc", "size": 5_000, "type": "str"}))
    assert cut["fields"] == {"text": "abc… (the first 3 of 5,000 characters)"}


def test_output_that_several_runs_share_says_so() -> None:
    shown = looked_at(record("printed", stream="stderr", text="x", shared=True))
    assert "Several runs were active" in shown["facts"][1]["text"]
