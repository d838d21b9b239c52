"""Texts and numbers of a JSON schema to fields, and how a label says what each takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from inspectors.forms.files import CONTENTS_LIMIT_MB
from inspectors.forms.model import Field, Format, Kind
from inspectors.forms.scalars import count, shown_number

LONG_NAMES = frozenset(
    "text draft content body comment comments feedback message prompt description notes article document "
    "instructions".split()
)
"""A text whose name holds one of these words gets a large box."""

LONG_LIMIT = 200
"""A text that may grow past this many characters gets a large box."""

FORMATS: dict[str, tuple[Kind, Format, str]] = {
    "date": ("date", "", "date"),
    "date-time": ("datetime", "", "date and time"),
    "time": ("time", "", "time"),
    "email": ("text", "email", "email address"),
    "uri": ("text", "uri", "web address"),
    "uuid": ("text", "uuid", "UUID"),
    "duration": ("text", "duration", "duration"),
    "path": ("file", "", "file"),
    "file-path": ("file", "existing file", "file"),
    "directory-path": ("text", "", "path of a folder"),
    "binary": ("bytes", "", f"file of at most {CONTENTS_LIMIT_MB} MB"),
    "password": ("text", "", "text, hidden"),
    "base64": ("long_text", "", "base64 text"),
}
"""Formats by what pydantic calls them."""

EXACT = "x-exact"
"""Beside a number: it is a Decimal."""
AWARE = "x-aware"
"""Beside a date and time: it needs a time zone."""


def of_string(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `Field` for a text, a date, a time or a file."""
    kind, rule, said = FORMATS.get(str(schema.get("format")), ("text", "", "text"))
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    if kind == "text" and said == "text":
        words_of_name = set(name.lower().split("_"))
        default = schema.get("default")
        roomy = isinstance(longest, int) and longest > LONG_LIMIT
        tight = isinstance(longest, int) and not roomy
        if roomy or (isinstance(default, str) and "\n" in default) or (not tight and words_of_name & LONG_NAMES):
            kind = "long_text"
    if schema.get(AWARE):
        rule, said = "aware", "date and time, in this machine’s time zone"
    noun = "byte" if kind == "bytes" else "character"
    least = shortest if isinstance(shortest, int) and shortest > 1 else None  # one character is what "required" says
    if rule != "uri":
        said += length_text(least, longest, noun)
    return {
        "kind": kind,
        "format": rule,
        "secret": schema.get("format") == "password",
        "min_length": shortest,
        "max_length": longest,
        "pattern": schema.get("pattern"),
        "type_text": said,
    }


def of_number(kind: Kind, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A whole or any number with its bounds. Where a bound is given both ways the exclusive one is kept."""
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    low = above if above is not None else schema.get("minimum")
    high = below if below is not None else schema.get("maximum")
    step = schema.get("multipleOf")
    noun = "whole number" if kind == "integer" else "number"
    steps = f", in steps of {shown_number(step)}" if isinstance(step, (int, float)) and step > 0 else ""
    return {
        "kind": kind,
        "minimum": low,
        "maximum": high,
        "exclusive_minimum": above is not None,
        "exclusive_maximum": below is not None,
        "multiple_of": step if steps else None,
        "exact": bool(schema.get(EXACT)),
        "type_text": noun + _range_text(low, high, above is not None, below is not None) + steps,
    }


def _range_text(low: Any, high: Any, above: bool, below: bool) -> str:
    """The bounds as a label says them: ", 1 to 9", ", more than 0"."""
    if low is not None and high is not None and not above and not below:
        return f", {shown_number(low)} to {shown_number(high)}"
    parts = []
    if low is not None:
        parts.append(f"{'more than' if above else 'at least'} {shown_number(low)}")
    if high is not None:
        parts.append(f"{'less than' if below else 'at most'} {shown_number(high)}")
    return "".join(f", {part}" for part in parts)


def length_text(least: Any, most: Any, noun: str) -> str:
    """A length as a label says it: ", 3 to 80 characters", ", at most 5 items"."""
    low = least if isinstance(least, int) and least > 0 else None
    high = most if isinstance(most, int) else None
    if low is not None and high is not None:
        return f", {count(low, noun)}" if low == high else f", {low:,} to {count(high, noun)}"
    if high is not None:
        return f", at most {count(high, noun)}"
    return f", at least {count(low, noun)}" if low is not None else ""


def choice_label(value: Any, member: str) -> str:
    """What a choice is called: an enum's member by its name, with its value where that says something else."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if not member:
        return str(value)
    called = words(member)
    same = re.sub(r"[\W_]+", " ", str(value)).strip().casefold() == called.casefold()
    return called if same else f"{called} · {value}"


def variant_label(variant: Field, schema: Mapping[str, Any]) -> str:
    """What a variant of a union is called: its class, or what it takes."""
    if variant.kind in ("object", "choice") and schema.get("title"):
        return words(str(schema["title"]))
    return variant.type_text[:1].upper() + variant.type_text[1:]


def words(name: str) -> str:
    """A name of code in sentence case: `NEEDS_WORK` and `NeedsWork` are "Needs work"."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip()
    if not apart:
        return name
    lowered = " ".join(part if part.isupper() and not name.isupper() else part.lower() for part in apart.split())
    return lowered[:1].upper() + lowered[1:]
