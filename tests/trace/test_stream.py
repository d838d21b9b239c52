"""What was written to the stream: tokens become text, other events keep their fields, nothing is mixed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inspectors.trace.stream import LONGEST, Stream, block_of


def folded(*events: dict[str, Any]) -> Stream:
    """Records made of these, folded as records and as texts: both must give the same blocks."""
    records = [{"seq": 1, "t": 0.0, "kind": "run_started"}]
    for seq, event in enumerate(events, 2):
        records.append({"seq": seq, "t": float(seq), "kind": "event", "module": "m", **event})
    stream, read = Stream(), Stream()
    for record in records:
        stream.apply(record)
        read.apply_lines([json.dumps(ordered(record), separators=(",", ":")).encode()], record["seq"])
    assert window(stream) == window(read)
    return stream


def ordered(record: dict[str, Any]) -> dict[str, Any]:
    """With the fields in the order that the recorder writes them."""
    first = ("seq", "t", "kind", "key", "type", "module", "via")
    return {**{name: record[name] for name in first if name in record}, **record}


def streamed(key: str, type: str = "Token", by: str = "i1", step: str = "write", **fields: Any) -> dict[str, Any]:
    return {"key": key, "type": type, "via": "streamed", "by": by, "from_step": step, "fields": fields}


def window(stream: Stream) -> list[dict[str, Any]]:
    return [block.json() for block in stream.blocks]


def texts(stream: Stream) -> list[Any]:
    return [block.get("text", block.get("fields")) for block in window(stream)]


def test_tokens_in_a_row_are_one_text() -> None:
    stream = folded(*(streamed(f"k{n}", delta=word) for n, word in enumerate(["Ri", "vers ", "carry", " sand"])))
    (block,) = window(stream)
    assert block["text"] == "Rivers carry sand"
    assert (block["seq"], block["last_seq"], block["pieces"]) == (2, 5, 4)
    assert (block["type"], block["step"], stream.written) == ("Token", "write", 4)


@pytest.mark.parametrize("name", ["delta", "token", "text", "chunk", "response"])
def test_pieces_are_found_under_their_usual_names(name: str) -> None:
    assert texts(folded(streamed("a", **{name: "one "}), streamed("b", **{name: "two"}))) == ["one two"]


def test_an_agents_delta_is_joined_though_each_event_holds_the_whole_response() -> None:
    pieces = [
        streamed("a", "AgentStream", delta="Hel", response="Hel", tool_calls=[]),
        streamed("b", "AgentStream", delta="lo", response="Hello", tool_calls=[]),
        streamed("c", "AgentStream", delta="", response="Hello", tool_calls=[]),
    ]
    assert texts(folded(*pieces)) == ["Hello"]


def test_another_event_ends_a_text() -> None:
    stream = folded(streamed("a", delta="one"), streamed("b", "Progress", msg="half"), streamed("c", delta="two"))
    assert texts(stream) == ["one", {"msg": "half"}, "two"]


def test_two_steps_that_stream_at_once_are_not_mixed() -> None:
    pieces = [streamed(f"{n}{by}", by=by, step=by, delta=f"{by}{n} ") for n in range(3) for by in ("left", "right")]
    assert texts(folded(*pieces)) == ["left0 left1 left2 ", "right0 right1 right2 "]


def test_messages_in_a_text_field_stay_apart() -> None:
    stream = folded(streamed("a", "Note", text="Reading sources"), streamed("b", "Note", text="Writing it down"))
    assert texts(stream) == ["Reading sources", "Writing it down"]


def test_a_long_text_goes_on_in_another_block() -> None:
    stream = folded(*(streamed(f"k{n}", delta="x" * 1000) for n in range(30)))
    lengths = [len(text) for text in texts(stream)]
    assert sum(lengths) == 30_000 and len(lengths) == 2 and lengths[0] <= LONGEST + 1000


def test_an_event_with_a_record_of_its_own_is_shown_when_it_is_streamed() -> None:
    sent = {"key": "i1.0", "type": "Done", "via": "returned", "by": "i1", "from_step": "work", "fields": {"n": 1}}
    stream = folded(sent, {"kind": "streamed", "key": "i1.0", "by": "i1"})
    (block,) = window(stream)
    assert (block["seq"], block["type"], block["fields"]) == (3, "Done", {"n": 1})
    assert texts(folded(sent)) == []


def test_prompts_are_written_to_the_stream() -> None:
    asked = {"key": "i1.0", "type": "Ask", "via": "returned", "by": "i1", "from_step": "a", "fields": {"prefix": "?"}}
    returned = folded(asked, {"kind": "prompt", "prompt": "p", "event": "i1.0", "step": "a", "text": "?"})
    assert texts(returned) == [{"prefix": "?"}]
    waited = folded({**asked, "via": "prompt"}, {"kind": "prompt", "prompt": "p", "event": "i1.0", "step": "a"})
    assert texts(waited) == [{"prefix": "?"}]


def test_the_block_of_a_record_is_found() -> None:
    stream = folded(streamed("a", delta="one"), streamed("b", delta="two"), streamed("c", "Progress", n=1))
    assert [block_of(stream.blocks, seq) for seq in (1, 2, 3, 4, 5)] == [None, 0, 0, 1, None]


def test_blocks_are_chosen_by_step_type_and_text() -> None:
    stream = folded(streamed("a", delta="Ri"), streamed("b", delta="vers"), streamed("c", "Note", step="x", msg="É"))
    assert [block.seq for block in stream.chosen(q="rivers")] == [2]
    assert [block.seq for block in stream.chosen(q="é")] == [4] == [block.seq for block in stream.chosen(step="x")]
    assert [block.seq for block in stream.chosen(event="Token")] == [2]
    assert stream.chosen(step="x", event="Token") == []
