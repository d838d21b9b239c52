"""The value of one field, or a sentence for people that says why it can't be taken."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

from inspectors.forms.initial import shown
from inspectors.forms.json_text import Refused, load_json
from inspectors.forms.model import Field

REQUIRED = "This field is required."
TRUE_WORDS = frozenset({"true", "yes", "on", "1"})
FALSE_WORDS = frozenset({"false", "no", "off", "0"})


class RefusedInside(Exception):
    """Values inside an object that can't be taken: `errors` by name."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


def read_fields(fields: tuple[Field, ...], raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and sentences by name; a name inside an object is `parent.child`."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields:
        value = raw.get(field.name)
        try:
            if _is_untouched(field, value):
                continue
            if is_empty(value):
                _take_empty(field, value, values)
            else:
                values[field.name] = _value(field, value)
        except Refused as refused:
            errors[field.name] = str(refused)
        except RefusedInside as refused:
            errors.update({f"{field.name}.{name}": said for name, said in refused.errors.items()})
    return values, errors


def _is_untouched(field: Field, raw: Any) -> bool:
    """An optional list or object that still is as `initial` shows it without an example."""
    if field.required or field.kind not in ("list", "object"):
        return False
    return bool(raw == shown(field, field.default))


def is_empty(value: Any) -> bool:
    """Nothing was filled in. Space alone is nothing; False, 0 and an empty list are something."""
    if isinstance(value, Mapping):
        return all(is_empty(inner) for inner in value.values())
    return value is None or (isinstance(value, str) and not value.strip())


def _take_empty(field: Field, raw: Any, values: dict[str, Any]) -> None:
    """Leave an optional field out, or give the one value that empty can mean."""
    cleared = isinstance(raw, str) and field.kind in ("text", "long_text") and bool(field.default)
    if cleared and not field.min_length:
        values[field.name] = ""  # left out, the default that the person has deleted would be used
    elif not field.required:
        return
    elif field.nullable:
        values[field.name] = None
    elif field.kind == "object" and isinstance(raw, Mapping):
        values[field.name] = _value(field, raw)  # which says what is missing inside, if anything is
    else:
        raise Refused(REQUIRED)


def _value(field: Field, raw: Any) -> Any:
    """The value of a field that isn't empty."""
    return READERS[field.kind](field, raw)


def _text(field: Field, raw: Any) -> str:
    if not isinstance(raw, str):
        raw = json.dumps(raw, ensure_ascii=False) if isinstance(raw, (list, dict, bool)) else str(raw)
    text: str = raw
    if field.min_length is not None and len(text) < field.min_length:
        raise Refused(f"Must have at least {_count(field.min_length, 'character')}.")
    if field.max_length is not None and len(text) > field.max_length:
        raise Refused(f"Must have at most {_count(field.max_length, 'character')}; this has {len(text):,}.")
    if field.pattern is not None and not _matches(field.pattern, text):
        raise Refused(f"Must match the pattern {field.pattern}")
    return text


def _integer(field: Field, raw: Any) -> int:
    if isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer()):
        raise Refused("Must be a whole number.")
    try:
        number = int(raw)
    except (TypeError, ValueError, OverflowError):
        raise Refused("Must be a whole number.") from None
    _within(field, number)
    return number


def _number(field: Field, raw: Any) -> int | float:
    if isinstance(raw, bool):
        raise Refused("Must be a number.")
    try:
        number = float(raw)
    except (TypeError, ValueError, OverflowError):
        hint = ", with a point before the decimals." if isinstance(raw, str) and "," in raw else "."
        raise Refused(f"Must be a number{hint}") from None
    if not math.isfinite(number):
        raise Refused("Must be a number.")
    _within(field, number)
    if isinstance(raw, int) or (isinstance(raw, str) and raw.strip().lstrip("+-").isdecimal()):
        return int(raw)
    # A widget makes 10.0 of 10; a workflow that says range(ev.get("limit", 10)) needs the 10.
    whole = isinstance(raw, float) and raw.is_integer() and not isinstance(field.default, float)
    return int(number) if whole else number


def _within(field: Field, number: float) -> None:
    """Refuse a number outside its bounds."""
    low, high = field.minimum, field.maximum
    if low is not None and (number <= low if field.exclusive_minimum else number < low):
        raise Refused(f"Must be {'more than' if field.exclusive_minimum else 'at least'} {_shown_number(low)}.")
    if high is not None and (number >= high if field.exclusive_maximum else number > high):
        raise Refused(f"Must be {'less than' if field.exclusive_maximum else 'at most'} {_shown_number(high)}.")


def _shown_number(number: float) -> str:
    """`0`, `1,284`, `0.5`."""
    return f"{int(number) if float(number).is_integer() else number:,}"


def _boolean(field: Field, raw: Any) -> bool:
    word = str(raw).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise Refused("Must be yes or no.")


def _choice(field: Field, raw: Any) -> Any:
    for choice in field.choices:
        if type(choice) is type(raw) and choice == raw:  # True is not 1 here
            return choice
    for choice in field.choices:
        if isinstance(raw, str) and raw.strip() == str(choice):
            return choice
    raise Refused("Must be one of: " + ", ".join(str(choice) for choice in field.choices) + ".")


def _date(field: Field, raw: Any) -> str:
    return _moment(raw, date, date.fromisoformat, "a date like 2026-11-20")


def _datetime(field: Field, raw: Any) -> str:
    return _moment(raw, datetime, datetime.fromisoformat, "a date and time like 2026-11-20 22:51")


def _time(field: Field, raw: Any) -> str:
    return _moment(raw, time, time.fromisoformat, "a time like 22:51")


def _moment(raw: Any, kind: type[date | time], read: Callable[[str], date | time], example: str) -> str:
    """A date or a time as ISO 8601 text, from a widget's object or from text."""
    if isinstance(raw, (date, time)) and type(raw) is kind:
        return raw.isoformat()
    try:
        return read(str(raw).strip()).isoformat()
    except ValueError:
        raise Refused(f"Must be {example}.") from None


def _list(field: Field, raw: Any) -> list[Any]:
    """A list, from a list, from JSON or from one item a line."""
    item = field.item or Field("", "json")
    if isinstance(raw, str):
        raw = _lines(item, raw)
    if not isinstance(raw, (list, tuple)):
        raise Refused("Must be a list.")
    values = []
    for number, value in enumerate(raw, start=1):
        try:
            values.append(None if value is None and item.nullable else _value(item, value))
        except Refused as refused:
            raise Refused(f"Item {number}: {refused}") from None
        except RefusedInside as refused:
            name, said = next(iter(refused.errors.items()))
            raise Refused(f"Item {number}, {name}: {said}") from None
    _sized(field, values)
    return values


def _lines(item: Field, text: str) -> Any:
    """The items of a list typed into one box. A line of text may start with a bracket without being JSON."""
    if text.lstrip().startswith("["):
        try:
            return load_json(text)
        except Refused:
            if item.kind not in ("text", "long_text"):
                raise
    return [line.strip() for line in text.splitlines() if line.strip()]


def _object(field: Field, raw: Any) -> dict[str, Any]:
    if isinstance(raw, str):
        raw = load_json(raw)
    if not isinstance(raw, Mapping):
        raise Refused("Must be a JSON object.")
    values, errors = read_fields(field.fields, raw)
    if errors:
        raise RefusedInside(errors)
    known = {inner.name for inner in field.fields}
    return {**values, **{str(name): value for name, value in raw.items() if name not in known}}


def _json(field: Field, raw: Any) -> Any:
    value = load_json(raw) if isinstance(raw, str) else _plain(raw)
    if field.json_type == "object" and not isinstance(value, dict):
        raise Refused('Must be a JSON object, like {"name": "value"}.')
    if field.json_type == "array":
        if not isinstance(value, list):
            raise Refused('Must be a JSON list, like ["a", "b"].')
        _sized(field, value)
    return value


def _plain(value: Any) -> Any:
    """`value` as JSON would give it back, or a refusal."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise Refused("Can't be written as JSON.") from None


def _sized(field: Field, values: list[Any]) -> None:
    """Refuse a list that is too short or too long."""
    if field.min_length is not None and len(values) < field.min_length:
        raise Refused(f"Must have at least {_count(field.min_length, 'item')}.")
    if field.max_length is not None and len(values) > field.max_length:
        raise Refused(f"Must have at most {_count(field.max_length, 'item')}; this has {len(values):,}.")


READERS: dict[str, Callable[[Field, Any], Any]] = {
    "text": _text,
    "long_text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "choice": _choice,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "list": _list,
    "object": _object,
    "json": _json,
}


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> SchemaValidator | None:
    """Pydantic's own matcher, linear in time: a backtracking one could stop the server. None: no pattern."""
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError:
        return None


def _matches(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the text; True for a pattern that only the runner can judge."""
    matcher = _pattern(pattern)
    if matcher is None:
        return True
    try:
        matcher.validate_python(text)
    except ValidationError:
        return False
    return True


def _count(number: int, noun: str) -> str:
    """`1 item`, `1,284 characters`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
