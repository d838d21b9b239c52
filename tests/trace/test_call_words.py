"""Calls in the timeline and in the panel of details."""

from typing import Any

import pytest

from inspectors.trace.details import details
from inspectors.trace.relations import Relations
from inspectors.trace.rows import RowContext, row

CONTEXT = RowContext(100.0, {"draft": "step:m.W.draft"})
CALL: dict[str, Any] = {"call": "i1.c1", "invocation": "i1", "step": "draft"}
STEP = {"seq": 1, "t": 100.0, "kind": "invocation_started", "invocation": "i1", "step": "draft", "consumed": []}


def started(what: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"seq": 2, "t": 100.5, "kind": "call_started", **CALL, "what": what, "name": name, "parent": None, **fields}


def ended(what: str, name: str, outcome: str = "ok", **fields: Any) -> dict[str, Any]:
    made = {"seq": 3, "t": 101.0, "kind": "call_ended", "took_ms": 500.0, "outcome": outcome}
    return {**made, **CALL, "what": what, "name": name, **fields}


TALK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"text": "Look"}, {"image": "x"}]}]


@pytest.mark.parametrize(
    ("record", "what", "short", "sign"),
    [
        (started("llm", "A.chat", messages=TALK), "A called", "“Look” after 1 message", "llm"),
        (
            started("llm", "A.chat", messages=TALK[:1], left_out=3),
            "A called",
            "“Be brief.” after 3 messages",
            "llm",
        ),
        (started("llm", "A.complete", input="Why?"), "A called", "“Why?”", "llm"),
        (started("embedding", "E.get", input=["a", "b"]), "E called", "2 texts", "tool"),
        (started("tool", "add", input={"a": 1, "b": 2}), "add called", "a 1 · b 2", "tool"),
        (
            started("retriever", "R.retrieve", input={"$cut": "Wh", "size": 9, "type": "str"}),
            "R called",
            "“Wh” (9 characters)",
            "tool",
        ),
        (started("other", "part"), "part called", "", "tool"),
        (
            ended("llm", "A.chat", completion="Yes.", tokens={"prompt": 1200, "completion": 4, "total": 1204}),
            "A answered",
            "“Yes.” · 1,200 tokens in, 4 out",
            "llm",
        ),
        (
            ended("llm", "A.chat", completion="", tool_calls=[{"name": "add", "arguments": {}}], tokens={"total": 1}),
            "A answered",
            "asks for add · 1 token",
            "llm",
        ),
        (
            ended("embedding", "E.get", output={"texts": 3, "dimension": 1536}),
            "E returned",
            "3 vectors of 1,536 numbers",
            "tool",
        ),
        (ended("retriever", "R.retrieve", output=[{}, {"$more": 4}]), "R returned", "5 nodes", "tool"),
        (ended("tool", "add", output="3"), "add returned", "“3”", "tool"),
        (ended("tool", "ask", "waiting"), "ask waits", "", "tool"),
        (ended("llm", "A.chat", "cancelled", completion="Ye"), "A cancelled", "“Ye”", "llm"),
    ],
)
def test_a_row_says_who_was_called_with_what_and_what_came_back(
    record: dict[str, Any], what: str, short: str, sign: str
) -> None:
    shown = row(record, CONTEXT)
    assert (shown["what"], shown["short"], shown["sign"], shown["tone"]) == (what, short, sign, "")
    assert (shown["name"], shown["step"], shown["nodes"]) == (what.split()[0], "draft", ["step:m.W.draft"])
    assert shown["took_ms"] == record.get("took_ms")


def test_a_call_that_failed_looks_so() -> None:
    shown = row(ended("tool", "add", "error", error={"type": "ValueError", "message": "no"}), CONTEXT)
    assert (shown["what"], shown["short"]) == ("add failed", "ValueError: no")
    assert (shown["sign"], shown["tone"]) == ("trouble", "failed")


def test_a_child_without_a_trace_says_why() -> None:
    record = {"seq": 2, "t": 100.5, "kind": "child_not_recorded", "workflow": "Child", "step": "draft", "why": "It is."}
    shown = row(record, CONTEXT)
    assert (shown["what"], shown["short"], shown["sign"]) == ("Child is not recorded", "It is.", "child")


def test_both_records_of_a_call_show_all_of_it() -> None:
    outer = {**started("query", "Q.query", input="Why?"), "seq": 9, "call": "i1.c0"}
    begun = started("llm", "A.chat", model="tiny", messages=TALK, left_out=2, parent="i1.c0", options={"seed": 1})
    over = ended("llm", "A.chat", completion="Yes.", chunks=3, first_ms=120.0, tokens={"prompt": 5, "completion": 2})
    relations = Relations([STEP, begun, over, outer])
    one, other = details(2, relations, CONTEXT), details(3, relations, CONTEXT)
    assert one is not None and other is not None
    assert (one["facts"], one["fields"]) == (other["facts"], other["fields"])
    facts = {fact["label"]: (fact["text"], fact["seq"]) for fact in one["facts"]}
    assert facts == {
        "Called": ("a language model, A.chat", None),
        "Model": ("tiny", None),
        "By": ("draft #1", 1),
        "Inside": ("Q.query #9", 9),
        "Outcome": ("done", None),
        "Took": ("0.50 s", None),
        "Streamed": ("in 3 pieces, the first after 0.12 s", None),
        "Tokens": ("5 tokens in, 2 out", None),
        "": ("2 messages after the first left out: too long to keep", None),
    }
    assert one["fields"] == {"options": {"seed": 1}}
    assert [(said["role"], said["text"], said["more"], said["left_out"], said["note"]) for said in one["messages"]] == [
        ("system", "Be brief.", None, 0, ""),
        ("user", "Look", [{"image": "x"}], 2, ""),
        ("assistant", "Yes.", None, 0, "5 tokens in, 2 out"),
    ]


def test_a_call_that_goes_on_and_one_whose_begin_is_not_at_hand() -> None:
    begun = details(2, Relations([started("tool", "add", input={})]), CONTEXT)
    assert begun is not None and ("Outcome", "not ended yet") in [(one["label"], one["text"]) for one in begun["facts"]]
    error = {"type": "ValueError", "message": "no", "traceback": "", "frames": []}
    over = details(3, Relations([ended("tool", "add", "error", error=error)]), CONTEXT)
    assert over is not None and over["error"] == error and over["title"] == "add"
