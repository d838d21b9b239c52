"""What goes into a call and what comes out of it, as bounded JSON without secrets.

Vectors are never kept, only how many there were and of what length.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from workflows import Context

from inspectors.recording.values import preview

CALL_LIMIT = 16_000
"""Characters kept of what goes into a call, and as many of what comes out."""
OPTIONS_LIMIT = 2_000
"""Characters kept of a language model's further arguments, such as temperature or the tools it may call."""

_PROMPT_NAMES = ("prompt_tokens", "input_tokens", "prompt_token_count", "inputTokens", "promptTokenCount")
_COMPLETION_NAMES = (
    "completion_tokens",
    "output_tokens",
    "candidates_token_count",
    "outputTokens",
    "candidatesTokenCount",
)
_TOTAL_NAMES = ("total_tokens", "total_token_count", "totalTokens", "totalTokenCount")


def arguments_of(bound: inspect.BoundArguments) -> dict[str, Any]:
    """The arguments of a call by name, without the run's own Context."""
    given: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            given.update(value)
        elif kind is not inspect.Parameter.VAR_POSITIONAL:
            given[name] = value
        else:
            given.update({f"argument {place}": item for place, item in enumerate(value, 1)})
    return {name: value for name, value in given.items() if not isinstance(value, Context)}


def subject_of(arguments: dict[str, Any]) -> Any:
    """What the call is about: a model's messages or prompt, or its first argument, such as a retriever's query."""
    return arguments.get(_subject_name(arguments) or "")


def _subject_name(arguments: dict[str, Any]) -> str | None:
    return next((name for name in ("messages", "prompt", *arguments) if name in arguments), None)


def asked(what: str, arguments: dict[str, Any], instance: object) -> dict[str, Any]:
    """The fields of `call_started` that say what goes in."""
    made: dict[str, Any] = {}
    model = _model(instance) if what in ("llm", "embedding") else None
    if model:
        made["model"] = model
    if what == "llm":
        first = _subject_name(arguments)
        options = {
            name: value for name, value in arguments.items() if name not in (first, "formatted") and value is not None
        }
        subject = subject_of(arguments)
        made.update({"input": preview(subject, CALL_LIMIT)} if isinstance(subject, str) else _messages(subject))
        if options:
            made["options"] = preview({name: _tools(name, value) for name, value in options.items()}, OPTIONS_LIMIT)
    elif what in ("tool", "other"):
        made["input"] = preview({name: _query(value) for name, value in arguments.items()}, CALL_LIMIT)
    else:
        made["input"] = preview(_query(subject_of(arguments)), CALL_LIMIT)
    return made


def answered(what: str, result: Any) -> dict[str, Any]:
    """The fields of `call_ended` that say what came out."""
    if result is None:
        return {}
    if what == "llm":
        return completion(result)
    if what == "embedding":
        return {"output": _vectors(result)}
    if what == "tool" and hasattr(result, "raw_output"):
        return {"output": preview(result.content, CALL_LIMIT)}
    text = getattr(result, "response", None)  # query engines, chat engines and synthesizers
    return {"output": preview(text if isinstance(text, str) else result, CALL_LIMIT)}


def completion(response: Any, joined: str = "") -> dict[str, Any]:
    """What a model answered. `joined` are the pieces of a stream, whose last response may hold only the last piece."""
    message = getattr(response, "message", None)
    text = getattr(message, "content", None) if message is not None else getattr(response, "text", None)
    text = text if isinstance(text, str) and len(text) >= len(joined) else joined
    made: dict[str, Any] = {"completion": preview(text, CALL_LIMIT)}
    calls = tool_calls(message) if message is not None else []
    if calls:
        made["tool_calls"] = calls
    tokens = tokens_of(response)
    if tokens:
        made["tokens"] = tokens
    return made


def tool_error(result: Any) -> dict[str, Any] | None:
    """The error that a tool gives back instead of raising it, in its ToolOutput."""
    if getattr(result, "is_error", False) is not True:
        return None
    error = getattr(result, "exception", None)
    return {
        "type": type(error).__qualname__ if error is not None else "tool error",
        "message": str(getattr(result, "content", ""))[:4_000],
    }


# -- messages --------------------------------------------------------------------------------------------


def _messages(given: Any) -> dict[str, Any]:
    """`messages` as much as fits: the last, the first (often the system's), then backwards; `left_out` are between."""
    if not isinstance(given, Sequence):
        return {"input": preview(given, CALL_LIMIT)}
    last = len(given) - 1
    kept: dict[int, Any] = {}
    left = CALL_LIMIT
    for place in dict.fromkeys([last, 0, *range(last - 1, 0, -1)]):
        if left <= 0 or place < 0:
            break
        kept[place] = _message(given[place], left)
        left -= len(json.dumps(kept[place]))
    made: dict[str, Any] = {"messages": [kept[place] for place in sorted(kept)]}
    return {**made, "left_out": len(given) - len(kept)} if len(kept) < len(given) else made


def _message(message: Any, limit: int) -> Any:
    role = getattr(message, "role", None)
    if role is None:
        return preview(message, limit)
    made = {"role": str(getattr(role, "value", role)), "content": preview(_content(message), limit)}
    calls = tool_calls(message)
    if calls:
        made["tool_calls"] = calls
    answers = getattr(message, "additional_kwargs", {}).get("tool_call_id")
    if answers:
        made["tool_call_id"] = preview(answers, 200)
    return made


def _content(message: Any) -> Any:
    """A text, or a list of blocks where there is more than text, such as pictures or thoughts."""
    blocks = [block for block in getattr(message, "blocks", ()) if getattr(block, "block_type", "") != "tool_call"]
    if all(getattr(block, "block_type", "") == "text" for block in blocks):
        return getattr(message, "content", None) or ""
    return [
        {name: getattr(block, name) for name in type(block).model_fields if getattr(block, name) is not None}
        for block in blocks
    ]


def tool_calls(message: Any) -> list[dict[str, Any]]:
    """The tools a model wants called: [{"name", "arguments"}]."""
    found = [
        {"name": block.tool_name, "arguments": block.tool_kwargs}
        for block in getattr(message, "blocks", ())
        if getattr(block, "block_type", "") == "tool_call"
    ]
    if not found:  # where integrations kept them before there were blocks for them
        for call in getattr(message, "additional_kwargs", {}).get("tool_calls") or ():
            function = _get(call, "function") or call
            name = _get(function, "name") or _get(function, "tool_name")
            arguments = _get(function, "arguments") or _get(function, "tool_kwargs") or _get(function, "input")
            found.append({"name": name, "arguments": arguments})
    kept: list[dict[str, Any]] = preview(found, CALL_LIMIT // 4)
    return kept


# -- the rest --------------------------------------------------------------------------------------------


def tokens_of(response: Any) -> dict[str, int]:
    """{"prompt", "completion", "total"} as far as the response says."""
    raw = getattr(response, "raw", None)
    for usage in (_get(raw, "usage"), _get(raw, "usage_metadata"), _get(raw, "usageMetadata"), _extra(response)):
        if usage is not None:
            counts = {
                "prompt": _count(usage, _PROMPT_NAMES),
                "completion": _count(usage, _COMPLETION_NAMES),
                "total": _count(usage, _TOTAL_NAMES),
            }
            if counts["total"] is None and counts["prompt"] is not None and counts["completion"] is not None:
                counts["total"] = counts["prompt"] + counts["completion"]
            found = {name: count for name, count in counts.items() if count is not None}
            if found:
                return found
    return {}


def _extra(response: Any) -> Any:
    return getattr(response, "additional_kwargs", None) or None


def _count(usage: Any, names: tuple[str, ...]) -> int | None:
    for name in names:
        value = _get(usage, name)
        if isinstance(value, int) and not isinstance(value, bool):
            return int(value)
    return None


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _model(instance: object) -> str | None:
    for name in ("model", "model_name"):
        text = getattr(instance, name, None)
        if isinstance(text, str) and text and text != "unknown":
            return text[:200]
    try:
        text = instance.metadata.model_name  # type: ignore[attr-defined]  # a language model's own property
    except Exception:  # a user's code, or an embedding, which has none
        return None
    return text[:200] if isinstance(text, str) and text != "unknown" else None


def _tools(name: str, value: Any) -> Any:
    """Of tools that a model is offered their names: their schemas are long, and the same every time."""
    if name != "tools" or not isinstance(value, list):
        return value
    names = [_get(_get(tool, "function") or _get(tool, "metadata") or tool, "name") for tool in value]
    return names if all(isinstance(text, str) for text in names) else value


def _query(value: Any) -> Any:
    """The text of a QueryBundle, which may hold an embedding, too; anything else as it is."""
    text = getattr(value, "query_str", None)
    return text if isinstance(text, str) else value


def _vectors(result: Any) -> dict[str, int]:
    try:
        first = result[0]
    except (IndexError, KeyError, TypeError):
        return {"texts": 1 if isinstance(result, Mapping) else 0}
    if isinstance(first, Mapping):
        return {"texts": len(result)}
    if hasattr(first, "__len__"):
        return {"texts": len(result), "dimension": len(first)}
    return {"texts": 1, "dimension": len(result)}
