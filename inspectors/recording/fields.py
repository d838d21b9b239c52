"""The named fields of events, models and dataclasses."""

from __future__ import annotations

import dataclasses
from typing import Any

PROMPT_KEY = "stepscope_prompt"
"""The private field by which an answer finds its own waiter (see recording/waiters.py); not shown."""


class Unreadable:
    """Stands for a field whose reading raised."""

    def __init__(self, error: BaseException) -> None:
        self._why = type(error).__name__

    def __repr__(self) -> str:
        return f"a field whose reading raised {self._why}"


def fields_of(value: Any) -> dict[str, Any] | None:
    """The named fields of a pydantic model, an event or a dataclass; None for anything else. Never raises.

    An event's undeclared fields live in its `_data` (engine: workflows/events.py, DictLikeModel); a plain StopEvent's
    value is its `result`.
    """
    try:
        return _fields_of(value)
    except KeyboardInterrupt:
        raise
    except BaseException:  # a user's class may raise anything, also from what looks like an attribute
        return None


def _read(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Unreadable(error)


def _fields_of(value: Any) -> dict[str, Any] | None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _read(value, field.name) for field in dataclasses.fields(value)}
    declared = getattr(type(value), "model_fields", None)
    if not isinstance(declared, dict):
        return None
    out = {name: _read(value, name) for name in declared}
    extra = getattr(value, "_data", None)
    if isinstance(extra, dict):
        out.update({name: item for name, item in extra.items() if name not in out and name != PROMPT_KEY})
    result = getattr(value, "_result", None)
    if result is not None and "result" not in out:
        out["result"] = result
    return out
