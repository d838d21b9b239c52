"""Calls of models, embeddings, retrievers and tools as rows of the timeline and as details of one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inspectors.recording.values import is_more, mark_of
from inspectors.trace.words import duration, fields_text, plural, value_text

if TYPE_CHECKING:
    from inspectors.trace.rows import Record, Row, RowContext

_WHAT = {
    "llm": "a language model",
    "embedding": "an embedding",
    "retriever": "a retriever",
    "tool": "a tool",
    "query": "a query engine",
}
LONG = 120
"""Characters of a question or an answer in a row."""


def call_started(record: Record, context: RowContext) -> Row:
    """The row of a call that begins: who is called, with what."""
    return _row(record, context, "called", asked_text(record))


def call_ended(record: Record, context: RowContext) -> Row:
    """The row of a call that is over: what came back, and how long it took."""
    outcome, error = record.get("outcome"), record.get("error") or {}
    if outcome == "error":
        made = _row(record, context, "failed", f"{error.get('type')}: {error.get('message')}")
        made.update(sign="trouble", tone="failed")
    else:
        words = {"ok": "answered" if record.get("what") == "llm" else "returned", "waiting": "waits"}
        made = _row(record, context, words.get(str(outcome), str(outcome)), answer_text(record))
    made["took_ms"] = record.get("took_ms")
    return made


def child_not_recorded(record: Record, context: RowContext) -> Row:
    """The row of a child run that has no trace of its own."""
    made = _of_step(record, context)
    what = f"{record.get('workflow')} is not recorded"
    return {**made, "sign": "child", "name": str(record.get("workflow")), "what": what, "short": str(record.get("why"))}


def _row(record: Record, context: RowContext, word: str, short: str) -> Row:
    name = _short_name(record)
    sign = "llm" if record.get("what") == "llm" else "tool"
    return {**_of_step(record, context), "sign": sign, "name": name, "what": f"{name} {word}", "short": short}


def _short_name(record: Record) -> str:
    """Who was called. The method only says how LlamaIndex does it, and its name is long; the details have it."""
    name = str(record.get("name"))
    return name.rpartition(".")[0] or name if record.get("what") in ("llm", "embedding", "retriever", "query") else name


def _of_step(record: Record, context: RowContext) -> Row:
    step = record.get("step") or ""
    node = context.step_ids.get(step)
    return {"step": step, "nodes": [node] if node else []}


def asked_text(record: Record) -> str:
    """What went into a call, on one line; of messages the last."""
    messages = record.get("messages")
    if isinstance(messages, list) and messages:
        last = messages[-1]
        text = _text_of(last.get("content")) if isinstance(last, dict) else last
        more = len(messages) + (record.get("left_out") or 0) - 1
        return value_text(text, LONG) + (f" after {plural(more, 'message')}" if more else "")
    given = record.get("input")
    if isinstance(given, dict) and not mark_of(given):
        return fields_text(given)
    if record.get("what") == "embedding" and isinstance(given, list) and len(given) != 1:
        return plural(_count(given), "text")
    return value_text(given, LONG) if given is not None else ""


def _text_of(content: Any) -> Any:
    """Of a message in blocks its text."""
    if isinstance(content, list):
        texts = [block["text"] for block in content if isinstance(block, dict) and isinstance(block.get("text"), str)]
        return "\n".join(texts) if texts else content
    return content


def answer_text(record: Record) -> str:
    """What came out of a call, on one line."""
    parts = []
    if record.get("completion"):
        parts.append(value_text(record["completion"], LONG))
    wanted = [call.get("name") for call in record.get("tool_calls") or [] if isinstance(call, dict) and "name" in call]
    if wanted:
        parts.append(f"asks for {', '.join(str(name) for name in wanted)}")
    tokens = tokens_text(record.get("tokens") or {})
    output = record.get("output")
    if record.get("what") == "embedding" and isinstance(output, dict):
        parts.append(vectors_text(output))
    elif record.get("what") == "retriever" and isinstance(output, list):
        parts.append(plural(_count(output), "node"))
    elif output is not None:
        parts.append(value_text(output, LONG))
    return " · ".join([*parts, *([tokens] if tokens else [])])


def _count(items: list[Any]) -> int:
    return len(items) - 1 + items[-1]["$more"] if items and is_more(items[-1]) else len(items)


def vectors_text(output: dict[str, Any]) -> str:
    """`3 vectors of 512 numbers`."""
    made = plural(output.get("texts") or 0, "vector")
    return f"{made} of {output['dimension']:,} numbers" if output.get("dimension") else made


def tokens_text(tokens: dict[str, int]) -> str:
    """`120 tokens in, 14 out`; only the total where there is nothing else."""
    if "prompt" in tokens and "completion" in tokens:
        return f"{plural(tokens['prompt'], 'token')} in, {tokens['completion']:,} out"
    one = next(iter(tokens.items()), None)
    where = {"prompt": " in", "completion": " out"}
    return f"{plural(one[1], 'token')}{where.get(one[0], '')}" if one else ""


def call_details(
    begun: Record | None, ended: Record | None, outer: Record | None, step: Record | None, context: RowContext
) -> dict[str, Any]:
    """Facts, fields and error of a call, the same for both of its records.

    `outer` is the call_started of the call around it, `step` the invocation_started of the step that made it.
    """
    call = {**(begun or {}), **(ended or {})}
    facts = [_fact("Called", _WHAT.get(str(call.get("what")), "a part of the program") + f", {call.get('name')}")]
    if call.get("model"):
        facts.append(_fact("Model", str(call["model"])))
    if step is not None:
        facts.append(_fact("By", f"{step['step']} #{step['seq']}", step["seq"], context.step_ids.get(step["step"])))
    if outer is not None:
        facts.append(_fact("Inside", f"{outer['name']} #{outer['seq']}", outer["seq"]))
    facts.append(_fact("Outcome", _outcome(ended)))
    if ended is not None:
        facts.append(_fact("Took", duration(ended.get("took_ms") or 0)))
    if call.get("chunks") is not None:
        first = f", the first after {duration(call['first_ms'])}" if call.get("first_ms") is not None else ""
        facts.append(_fact("Streamed", f"in {plural(call['chunks'], 'piece')}{first}"))
    if call.get("tokens"):
        facts.append(_fact("Tokens", tokens_text(call["tokens"])))
    if call.get("left_out"):
        facts.append(_fact("", f"{plural(call['left_out'], 'message')} after the first left out: too long to keep"))
    shown = {
        "messages": call.get("messages"),
        "input": call.get("input"),
        "options": call.get("options"),
        "completion": call.get("completion") or None,
        "tool calls": call.get("tool_calls"),
        "output": call.get("output"),
    }
    fields = {name: value for name, value in shown.items() if value is not None}
    return {"facts": facts, "fields": fields, "fields_title": "In and out", "error": call.get("error")}


def _outcome(ended: Record | None) -> str:
    if ended is None:
        return "not ended yet"
    words = {
        "ok": "done",
        "error": "failed",
        "cancelled": "not carried to its end",
        "waiting": "waits for an answer; the step runs again from the top when the answer is there",
    }
    return words.get(str(ended.get("outcome")), str(ended.get("outcome")))


def _fact(label: str, text: str, seq: int | None = None, node: str | None = None) -> dict[str, Any]:
    return {"label": label, "text": text, "seq": seq, "node": node}
