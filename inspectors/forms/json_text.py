"""JSON as people type it, with a sentence for what isn't JSON."""

from __future__ import annotations

import json
from typing import Any


class Refused(ValueError):
    """A value that can't be taken; the text is the sentence to show."""


def load_json(text: str) -> Any:
    """Read JSON, or raise `Refused` with a sentence that says where it stops being JSON."""

    def constant(word: str) -> Any:
        raise Refused(f"Not valid JSON: {word} is not a JSON number.")

    try:
        return json.loads(text, parse_constant=constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        hint = " Text needs double quotes." if text.strip()[:1].isalpha() else ""
        raise Refused(f"Not valid JSON: {error.msg.lower()} at {place}.{hint}") from None
    except RecursionError:
        raise Refused("Not valid JSON: nested too deeply.") from None
    except Refused:
        raise
    except ValueError:  # a number of more digits than Python reads
        raise Refused("Not valid JSON: a number is too long.") from None


def free(value: Any) -> Any:
    """A value of a name that no field describes."""
    if not isinstance(value, str):
        return value
    try:
        return load_json(value)
    except Refused:
        return value


def free_text(value: Any) -> str:
    """Text that `_free` reads as this value."""
    if isinstance(value, str) and value.strip() and free(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
