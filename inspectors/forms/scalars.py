"""Single values, from what a widget holds or from JSON, or a sentence for people that says why not."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

from inspectors.forms.json_text import Refused
from inspectors.forms.model import Field
from inspectors.runner.kept_files import MARK

TRUE_WORDS = frozenset({"true", "yes", "on", "1"})
FALSE_WORDS = frozenset({"false", "no", "off", "0"})

NOT_BLANK = r"\S"
"""The pattern authors write for "not only blanks": said in words, as the sign means nothing to people."""

FORMATS: dict[str, tuple[SchemaValidator, str]] = {
    "uuid": (SchemaValidator(core_schema.uuid_schema()), "a UUID like 123e4567-e89b-12d3-a456-426614174000"),
    "uri": (SchemaValidator(core_schema.url_schema()), "a web address like https://example.org"),
    "duration": (SchemaValidator(core_schema.timedelta_schema()), "a duration like 01:30:00 or PT1H30M"),
}
"""What pydantic itself accepts, and how to say it."""


def text(field: Field, raw: Any) -> str:
    """A text within its limits."""
    if not isinstance(raw, str):
        raw = json.dumps(raw, ensure_ascii=False) if isinstance(raw, (list, dict, bool)) else str(raw)
    value: str = raw
    _has_length(field, len(value), "character")
    if field.pattern is not None and not _matches(field.pattern, value):
        if field.pattern == NOT_BLANK:
            raise Refused("Must be more than blanks.")
        raise Refused(f"Must match the pattern {field.pattern}")
    if field.format in FORMATS:
        validator, example = FORMATS[field.format]
        try:
            validator.validate_python(value)
        except ValidationError:
            raise Refused(f"Must be {example}.") from None
    if field.format == "email" and ("@" not in value.strip("@") or " " in value.strip()):
        raise Refused("Must be an email address like ada@example.org.")
    return value


def integer(field: Field, raw: Any) -> int:
    """A whole number of any size."""
    if isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer()):
        raise Refused("Must be a whole number.")
    try:
        number = int(raw)
    except (TypeError, ValueError, OverflowError):
        raise Refused("Must be a whole number.") from None
    _within(field, number)
    return number


def number(field: Field, raw: Any) -> int | float | str:
    """A number; an exact one as the text it was typed as."""
    if isinstance(raw, bool):
        raise Refused("Must be a number.")
    try:
        value = float(raw)
    except (TypeError, ValueError, OverflowError):
        hint = ", with a point before the decimals." if isinstance(raw, str) and "," in raw else "."
        raise Refused(f"Must be a number{hint}") from None
    if not math.isfinite(value):
        raise Refused("Must be a number.")
    if field.exact:
        return _exact(field, raw)
    whole = isinstance(raw, int) or (isinstance(raw, str) and raw.strip().lstrip("+-").isdecimal())
    if whole:
        try:
            value = int(raw)
        except ValueError:  # more digits than Python reads
            raise Refused("Must be a number.") from None
    elif value.is_integer() and isinstance(raw, float) and not isinstance(field.default, float):
        value = int(value)  # a workflow that says range(ev.get("limit", 10)) needs the 10 of a 10.0
    _within(field, value)
    return value


def _exact(field: Field, raw: Any) -> str | int | float:
    if not isinstance(raw, str):
        _within(field, raw)
        return raw  # type: ignore[no-any-return]
    try:
        value = Decimal(raw.strip())
    except InvalidOperation:
        raise Refused("Must be a number.") from None
    _within(field, value)
    return raw.strip()


def _within(field: Field, number: float | Decimal) -> None:
    """Refuse a number outside its bounds or between its steps."""
    low, high = field.minimum, field.maximum
    if low is not None and (number <= low if field.exclusive_minimum else number < low):
        raise Refused(f"Must be {'more than' if field.exclusive_minimum else 'at least'} {shown_number(low)}.")
    if high is not None and (number >= high if field.exclusive_maximum else number > high):
        raise Refused(f"Must be {'less than' if field.exclusive_maximum else 'at most'} {shown_number(high)}.")
    if field.multiple_of and not _is_multiple(number, field.multiple_of):
        raise Refused(f"Must be a multiple of {shown_number(field.multiple_of)}.")


def _is_multiple(number: float | Decimal, step: float) -> bool:
    """As pydantic judges it: whole numbers exactly, others up to a billionth."""
    if isinstance(number, int) and float(step).is_integer():
        return number % int(step) == 0
    rest = float(number) % step
    tolerance = abs(float(number)) / 1e9
    return abs(rest) <= tolerance or abs(rest - step) <= tolerance


def shown_number(number: float) -> str:
    """`0`, `1,284`, `0.5`."""
    return f"{int(number) if float(number).is_integer() else number:,}"


def boolean(field: Field, raw: Any) -> bool:
    """Yes or no."""
    word = str(raw).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise Refused("Must be yes or no.")


def choice(field: Field, raw: Any) -> Any:
    """One of the choices, by value or by its text."""
    for known in field.choices:
        if type(known) is type(raw) and known == raw:  # True is not 1 here
            return known
    for known in field.choices:
        if isinstance(raw, str) and raw.strip() == str(known):
            return known
    raise Refused("Must be one of: " + ", ".join(field.label(known) for known in field.choices) + ".")


def a_date(field: Field, raw: Any) -> str:
    """A date as ISO 8601 text."""
    return _moment(raw, date, date.fromisoformat, "a date like 2026-11-20")


def a_datetime(field: Field, raw: Any) -> str:
    """A date and time as ISO 8601 text, with this machine's offset where a time zone is needed and none was given."""
    said = _moment(raw, datetime, datetime.fromisoformat, "a date and time like 2026-11-20 22:51")
    if field.format == "aware":
        try:
            moment = datetime.fromisoformat(said)
            return (moment if moment.tzinfo else moment.astimezone()).isoformat()
        except (OverflowError, ValueError, OSError):
            raise Refused("Needs a time zone, like 2026-11-20 22:51+01:00.") from None
    return said


def a_time(field: Field, raw: Any) -> str:
    """A time of day as ISO 8601 text."""
    return _moment(raw, time, time.fromisoformat, "a time like 22:51")


def _moment(raw: Any, kind: type[date | time], read: Callable[[str], date | time], example: str) -> str:
    """A date or a time as ISO 8601 text, from a widget's object or from text."""
    if isinstance(raw, (date, time)) and type(raw) is kind:
        return raw.isoformat()
    try:
        return read(str(raw).strip()).isoformat()
    except ValueError:
        raise Refused(f"Must be {example}.") from None


def path(field: Field, raw: Any) -> str:
    """The path of a file; `~` is the person's own folder."""
    if not isinstance(raw, str) or "\x00" in raw:
        raise Refused("Must be the path of a file.")
    said = os.path.expanduser(raw.strip()) if raw.strip().startswith("~") else raw
    where = Path(said)
    if field.format and where.is_absolute():
        is_there = where.is_file() if field.format == "existing file" else where.is_dir()
        if not is_there:
            raise Refused(f"There is no {'file' if field.format == 'existing file' else 'folder'} {said}.")
    return said


def contents(field: Field, raw: Any) -> Any:
    """The contents of a file: a reference to a kept one, or a short text that stands for itself."""
    if isinstance(raw, Mapping) and isinstance(raw.get(MARK), str) and isinstance(raw.get("size"), int):
        _has_length(field, raw["size"], "byte")
        return dict(raw)
    if isinstance(raw, str):
        _has_length(field, len(raw.encode("utf-8", "surrogatepass")), "byte")
        return raw
    raise Refused("Must be a file.")


def _has_length(field: Field, length: int, noun: str) -> None:
    """Refuse a length outside its bounds."""
    if field.min_length is not None and length < field.min_length:
        raise Refused(f"Must have at least {count(field.min_length, noun)}.")
    if field.max_length is not None and length > field.max_length:
        raise Refused(f"Must have at most {count(field.max_length, noun)}; this has {length:,}.")


def has_items(field: Field, length: int, noun: str = "item") -> None:
    """Refuse a list or a dict that is too short or too long."""
    _has_length(field, length, noun)


def count(number: int, noun: str) -> str:
    """`1 item`, `2 entries`, `1,284 characters`."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> SchemaValidator | None:
    """Pydantic's own matcher, linear in time: a backtracking one could stop the server. None: no pattern."""
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError:
        return None


def _matches(pattern: str, value: str) -> bool:
    """Whether the pattern occurs in the text; True for a pattern that only the runner can judge."""
    matcher = _pattern(pattern)
    if matcher is None:
        return True
    try:
        matcher.validate_python(value)
    except ValidationError:
        return False
    return True
