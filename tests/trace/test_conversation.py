"""A call of a language model as a conversation."""

from typing import Any

import pytest

from inspectors.trace.conversation import conversation

CUT = {"$cut": "once upon", "size": 90_000}


@pytest.mark.parametrize(
    ("content", "text", "more"),
    [
        ("hello", "hello", None),
        ("", "", None),
        (None, "", None),
        (CUT, CUT, None),
        ([{"text": "a"}, {"text": "b"}], "a\nb", None),
        ([{"block_type": "image"}, {"text": "what is it?"}], "what is it?", [{"block_type": "image"}]),
        ({"odd": 1}, "", {"odd": 1}),
        (7, "", 7),
    ],
)
def test_content_of_any_shape_is_text_and_what_else_there_is(content: Any, text: Any, more: Any) -> None:
    (said,) = conversation({"messages": [{"role": "user", "content": content}]}, None)
    assert (said["role"], said["text"], said["more"]) == ("user", text, more)


def test_tool_calls_and_their_answers_belong_to_their_messages() -> None:
    wanted = {"role": "assistant", "content": "", "tool_calls": [{"name": "add", "arguments": {"a": 1}}, {"$more": 3}]}
    answered = {"role": "tool", "content": "2", "tool_call_id": "call_1"}
    over = {
        "completion": "",
        "tool_calls": [{"name": "mul", "arguments": "{}"}],
        "tokens": {"prompt": 9, "completion": 4},
    }
    first, second, last = conversation({"messages": [wanted, answered, {"$more": 2}]}, over)
    assert first["tool_calls"] == [{"name": "add", "arguments": {"a": 1}}]
    assert second["answers"] == "call_1"
    assert (last["role"], last["tool_calls"]) == ("assistant", [{"name": "mul", "arguments": "{}"}])
    assert last["note"] == "9 tokens in, 4 out"


def test_a_prompt_is_a_conversation_of_two() -> None:
    said = conversation({"input": "Why?"}, {"completion": CUT})
    assert [(one["role"], one["text"]) for one in said] == [("prompt", "Why?"), ("assistant", CUT)]


def test_what_is_not_there_is_not_invented() -> None:
    assert conversation(None, None) == [] and conversation({}, {"completion": "", "tokens": {"total": 3}}) == []
    (said,) = conversation(None, {"completion": "Yes."})
    assert said["text"] == "Yes."
    assert conversation({"messages": ["odd", {"$masked": True}]}, None)[0]["text"] == "odd"
