"""The JSON text of what is in every record, made without going through dicts: most of recording's cost was that.

Text here is what `json.dumps` would write with short separators.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from inspectors.recording.values import NAMES, PROMPT_KEY, is_secret

encode = json.JSONEncoder(separators=(",", ":")).encode
"""Any JSON value as text."""
quoted = json.encoder.encode_basestring_ascii
"""A string as text, with its quotes."""

PLAIN_TEXT = 1_000
"""Characters of the longest string of a plain event."""
PLAIN_FIELDS = 50


def _flat_encoder() -> Callable[[Any], str]:
    """`encode` for what can't go round in circles: without a table of what it has met, in half the time."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encode
    c_encode = make(None, json.JSONEncoder().default, quoted, None, ":", ",", False, False, True)
    return lambda value: "".join(c_encode(value, 0))


flat = _flat_encoder()
"""A dict or list of plain values as text."""


def plain_fields(event: Any) -> str | None:
    """The text of an event's fields where all are small plain values under names that need no care; None elsewhere.

    It then equals the text of `preview(fields_of(event))`, which costs ten times as much.
    """
    fields, private = event.__dict__, event.__pydantic_private__
    if private:
        if private.get("_result") is not None:
            return None
        extra = private.get("_data")
        if extra:
            fields = (
                {**extra, **fields} if not fields else {**fields, **{n: v for n, v in extra.items() if n not in fields}}
            )
    if len(fields) > PLAIN_FIELDS:
        return None
    for name, value in fields.items():
        kind = type(value)
        if kind is str:
            if len(value) > PLAIN_TEXT:
                return None
        elif kind is int:
            if not -(2**63) <= value < 2**63:
                return None
        elif kind is float:
            if not math.isfinite(value):
                return None
        elif value is not None and kind is not bool:
            return None
        if not _is_plain(name):
            return None
    return flat(fields)


@lru_cache(4096)
def _is_plain(name: Any) -> bool:
    return type(name) is str and len(name) < 200 and name not in NAMES and name != PROMPT_KEY and not is_secret(name)


@lru_cache(4096)
def type_text(cls: type) -> str:
    """`"type":…,"module":…` of a class."""
    return f'"type":{quoted(cls.__qualname__)},"module":{quoted(cls.__module__)}'


def or_null(value: str | None) -> str:
    """A string as text, or null."""
    return "null" if value is None else quoted(value)


def list_text(values: Sequence[str | None]) -> str:
    """A list of strings, or null in places, as text."""
    if len(values) == 1:
        return f"[{or_null(values[0])}]"
    return flat(values)
