"""A row for every kind of record: plain text, with what happened and to which step."""

from typing import Any

import pytest

from inspectors.recording.vocabulary import KINDS
from inspectors.trace.rows import _ROWS, RowContext, row

CONTEXT = RowContext(100.0, {"draft": "step:m.W.draft"}, frozenset({"p-1"}))
SIGNS = {"step", "event", "run", "store", "person", "log", "trouble", "llm", "tool", "child"}
KEYS = {"seq", "t", "dt", "kind", "sign", "name", "what", "step", "short", "took_ms", "tone", "nodes"}

LEAST: dict[str, dict[str, Any]] = {
    "event": {"key": "x1", "type": "Part", "module": "m", "fields": {}, "via": "start"},
    "invocation_started": {"invocation": "i1", "step": "draft", "consumed": []},
    "invocation_ended": {"invocation": "i1", "step": "draft", "outcome": "ok"},
    "prompt": {"prompt": "p-1"},
    "call_started": {"call": "i1.c1", "what": "llm", "name": "EchoLLM.chat", "step": "draft"},
    "call_ended": {"call": "i1.c1", "what": "llm", "name": "EchoLLM.chat", "step": "draft", "outcome": "ok"},
    "child_not_recorded": {"workflow": "Child"},
}


def made(kind: str, **fields: Any) -> dict[str, Any]:
    return row({"seq": 3, "t": 101.5, "kind": kind, **LEAST.get(kind, {}), **fields}, CONTEXT)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_the_vocabulary_has_a_row_of_its_own(kind: str) -> None:
    assert kind in _ROWS
    shown = made(kind)
    assert set(shown) >= KEYS
    assert shown["sign"] in SIGNS and shown["tone"] in ("", "failed", "waiting")
    assert (shown["seq"], shown["dt"], shown["kind"]) == (3, 1.5, kind)
    assert shown["what"] and shown["name"] in shown["what"]
    assert all(isinstance(shown[name], str) for name in ("what", "short", "step", "name"))


def test_no_row_is_made_for_a_kind_that_the_vocabulary_lacks() -> None:
    assert set(_ROWS) == set(KINDS)


def test_a_kind_from_a_later_version_is_shown_as_it_is() -> None:
    shown = made("model_asked", model="gpt", tokens=12)
    assert (shown["what"], shown["sign"], shown["short"]) == ("Model asked", "log", "model “gpt” · tokens 12")


@pytest.mark.parametrize(
    ("fields", "what", "short", "sign"),
    [
        ({"gives": {"Part": 3, "Stop": 1}}, "draft done", "gave Part × 3 and Stop", "step"),
        ({}, "draft done", "gave nothing", "step"),
        (
            {"outcome": "error", "error": {"type": "ValueError", "message": "no"}, "retry_in": 1.5},
            "draft failed",
            "ValueError: no · next attempt in 1.50 s",
            "trouble",
        ),
        ({"outcome": "error", "error": None}, "draft failed", "None: None", "trouble"),
        ({"outcome": "cancelled"}, "draft cancelled", "", "step"),
        ({"outcome": "buffered"}, "draft done", "keeps the event until the others are there", "step"),
        ({"outcome": "from the future"}, "draft from the future", "", "step"),
    ],
)
def test_an_ended_step_says_what_came_of_it(fields: dict[str, Any], what: str, short: str, sign: str) -> None:
    shown = made("invocation_ended", took_ms=4.0, **fields)
    assert (shown["what"], shown["short"], shown["sign"], shown["took_ms"]) == (what, short, sign, 4.0)
    assert shown["nodes"] == ["step:m.W.draft"]
    assert (shown["tone"] == "failed") == (sign == "trouble")


def test_a_started_step_says_attempt_wait_and_worker() -> None:
    shown = made("invocation_started", attempt=2, queue_ms=250.0, worker=0, workers=4)
    assert shown["short"] == "attempt 2 · waited 0.25 s · worker 1 of 4"


@pytest.mark.parametrize(
    ("prompt", "what", "tone"), [("p-1", "Waiting for you", "waiting"), ("p-2", "A person was asked", "")]
)
def test_a_prompt_waits_only_while_it_is_open(prompt: str, what: str, tone: str) -> None:
    shown = made("prompt", prompt=prompt, text="Well?")
    assert (shown["what"], shown["tone"], shown["short"]) == (what, tone, "Well?")


@pytest.mark.parametrize(
    ("fields", "what", "short", "tone"),
    [
        ({"status": "done", "result": {"type": "str", "value": "fine"}}, "Run done", "“fine”", ""),
        ({"status": "done", "result": {"type": "Out", "fields": {"n": 1}}}, "Run done", "Out: n 1", ""),
        ({"status": "failed", "error": {"type": "E", "message": "m"}}, "Run failed", "E: m", "failed"),
        ({"status": "cancelled"}, "Run cancelled", "", ""),
        ({"status": "interrupted", "error": {"message": "gone"}}, "Run interrupted", "gone", "interrupted"),
    ],
)
def test_the_end_of_a_run_says_how(fields: dict[str, Any], what: str, short: str, tone: str) -> None:
    shown = made("run_ended", **fields)
    assert (shown["what"], shown["short"], shown["tone"]) == (what, short, tone)


def test_store_writes_are_written_as_the_author_would() -> None:
    assert made("store_written", changes={"n": [1, 2]})["short"] == 'ctx.store["n"] = 2'
    shown = made("store_written", changes={"a": [None, "x"], "token": {"$masked": True}})
    assert shown["what"] == "2 values written"
    assert shown["short"] == 'ctx.store["a"] = “x” · ctx.store["token"] = •••• masked'
