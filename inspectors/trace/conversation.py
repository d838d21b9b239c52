"""What was said to a language model and what it answered, as a conversation."""

from __future__ import annotations

from typing import Any

from inspectors.recording.values import is_more, mark_of
from inspectors.trace.call_words import tokens_text

Record = dict[str, Any]


def conversation(begun: Record | None, ended: Record | None) -> list[dict[str, Any]]:
    """[{"role", "text", "more", "tool_calls", "answers", "note", "left_out"}] of a call to a model, in order.

    `text` is a string or the mark of a cut one (recording/values.py), `more` what a message holds beside text,
    `answers` the key of the tool call that it answers; the last one is the model's own answer, with its tokens in
    `note`. `left_out` is how many messages were too much to keep before this one.
    """
    made = [_message(message) for message in _listed((begun or {}).get("messages"))]
    asked = (begun or {}).get("input")
    if not made and asked is not None:
        made.append(_said("prompt", asked))
    left_out = (begun or {}).get("left_out") or 0
    if left_out and len(made) > 1:
        made[1]["left_out"] = left_out
    if ended is not None and (ended.get("completion") or ended.get("tool_calls")):
        answer = _said("assistant", ended.get("completion") or "")
        answer["tool_calls"] = _calls(ended.get("tool_calls"))
        made.append(answer)
    if made and ended is not None and ended.get("tokens"):
        made[-1]["note"] = tokens_text(ended["tokens"])
    return made


def _listed(value: Any) -> list[Any]:
    return [item for item in value if not is_more(item)] if isinstance(value, list) else []


def _message(message: Any) -> dict[str, Any]:
    if not isinstance(message, dict) or mark_of(message):
        return _said("message", message)
    made = _said(str(message.get("role") or "message"), message.get("content"))
    made["tool_calls"] = _calls(message.get("tool_calls"))
    answers = message.get("tool_call_id")
    made["answers"] = answers if isinstance(answers, str) else None
    return made


def _said(role: str, content: Any) -> dict[str, Any]:
    text, more = _parts(content)
    return {"role": role, "text": text, "more": more, "tool_calls": [], "answers": None, "note": "", "left_out": 0}


def _parts(content: Any) -> tuple[Any, Any]:
    """(text, what else): of blocks the texts joined, and the other blocks."""
    if content is None or isinstance(content, str) or mark_of(content) == "$cut":
        return content or "", None
    if not isinstance(content, list):
        return "", content
    texts: list[str] = []
    others: list[Any] = []
    for block in content:
        text = block.get("text") if isinstance(block, dict) else None
        if isinstance(text, str):
            texts.append(text)
        else:
            others.append(block)
    return "\n".join(texts), others or None


def _calls(calls: Any) -> list[dict[str, Any]]:
    return [
        {"name": str(call.get("name")), "arguments": call.get("arguments")}
        for call in _listed(calls)
        if isinstance(call, dict) and "name" in call
    ]
