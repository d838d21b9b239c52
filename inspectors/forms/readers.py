"""The value of one field, or sentences for people that say why it can't be taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from inspectors.forms import scalars
from inspectors.forms.initial import shown, variant_of
from inspectors.forms.json_text import Refused, load_json
from inspectors.forms.model import Chosen, Field

REQUIRED = "This field is required."
_MISSING = object()


class RefusedInside(Exception):
    """Values inside a list, dict or object that can't be taken: `errors` by path from there."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


def read_fields(fields: tuple[Field, ...], raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values by name, and sentences by path: `parent.child` inside an object, `items.2` for the third item."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields:
        value = raw.get(field.name, _MISSING)
        try:
            if field.constant:
                values[field.name] = field.choices[0]
            elif _is_untouched(field, value):
                continue
            elif is_empty(None if value is _MISSING else value):
                _take_empty(field, value, values)
            else:
                values[field.name] = read_value(field, value)
        except Refused as refused:
            errors[field.name] = str(refused)
        except RefusedInside as refused:
            errors.update(_below(field.name, refused.errors))
    return values, errors


def read_value(field: Field, raw: Any) -> Any:
    """The value of a field that isn't empty. Raises Refused or RefusedInside."""
    return READERS[field.kind](field, raw)


def faults(field: Field, value: Any) -> int:
    """How badly a JSON value fits a field: 0 if it does, else a count of what is wrong or unknown."""
    unknown = 0
    if field.kind == "object" and isinstance(value, Mapping):
        known = {inner.name: inner for inner in field.fields}
        unknown = sum(name not in known for name in value)
        tags = [inner for inner in field.fields if inner.constant]
        unknown += sum(10 for tag in tags if value.get(tag.name, tag.choices[0]) != tag.choices[0])
    try:
        read_value(field, shown(field, value))
    except Refused:
        return unknown + 1
    except RefusedInside as refused:
        return unknown + len(refused.errors)
    return unknown


def _is_untouched(field: Field, raw: Any) -> bool:
    """An optional list, dict or object that still is as `initial` shows it without an example."""
    if field.required or field.kind not in ("list", "tuple", "dict", "object", "union"):
        return False
    return bool(raw == shown(field, field.default))


def is_empty(value: Any) -> bool:
    """Nothing was filled in. Space alone is nothing; False, 0 and an empty list are something."""
    return value is None or (isinstance(value, str) and not value.strip())


def _take_empty(field: Field, raw: Any, values: dict[str, Any]) -> None:
    """Leave an optional field out, or give the one value that empty can mean."""
    free = field.kind in ("text", "long_text") and not field.min_length and not field.pattern
    if raw == "" and free and (field.nullable or (not field.required and field.default)):
        values[field.name] = ""  # left out, the default that the person has deleted would be used
        return
    if raw == "" and field.kind == "list" and not field.required and not field.nullable and field.default:
        scalars.has_items(field, 0)
        values[field.name] = []
    elif not field.required:
        if field.nullable and field.has_default and field.default is not None and raw is not _MISSING:
            values[field.name] = None
    elif field.nullable:
        values[field.name] = None
    else:
        raise Refused(REQUIRED)


def _below(name: str, errors: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}.{path}" if path else name: said for path, said in errors.items()}


def _inner(field: Field, raw: Any) -> Any:
    """The value of a field that has a place of its own, such as an item of a list: it can't be left out."""
    if field.constant:
        return field.choices[0]
    if is_empty(raw):
        if field.kind in ("text", "long_text") and isinstance(raw, str):
            return read_value(field, raw)
        if field.nullable:
            return None
        raise Refused(REQUIRED)
    return read_value(field, raw)


def _each(pairs: list[tuple[str, Field, Any]]) -> list[Any]:
    """The values of (path, field, raw); all refusals together."""
    values: list[Any] = []
    errors: dict[str, str] = {}
    for path, field, raw in pairs:
        try:
            values.append(_inner(field, raw))
        except Refused as refused:
            errors[path] = str(refused)
        except RefusedInside as refused:
            errors.update(_below(path, refused.errors))
    if errors:
        raise RefusedInside(errors)
    return values


def _list(field: Field, raw: Any) -> list[Any]:
    """A list, from a list, from JSON or from one item a line."""
    item = field.item or Field("", "json")
    if isinstance(raw, str):
        raw = _lines(item, raw)
    if not isinstance(raw, (list, tuple)):
        raise Refused("Must be a list.")
    values = _each([(str(at), item, value) for at, value in enumerate(raw)])
    if field.unique:
        _refuse_doubles(values)
    scalars.has_items(field, len(values))
    return values


def _refuse_doubles(values: list[Any]) -> None:
    seen: list[Any] = []
    for at, value in enumerate(values):
        if any(type(value) is type(known) and value == known for known in seen):
            raise RefusedInside({str(at): f"{_quoted(value)} is there twice."})
        seen.append(value)


def _lines(item: Field, text: str) -> Any:
    """The items of a list typed into one box. A line of text may start with a bracket without being JSON."""
    if text.lstrip().startswith("["):
        try:
            return load_json(text)
        except Refused:
            if item.kind not in ("text", "long_text"):
                raise
    return [line.strip() for line in text.splitlines() if line.strip()]


def _tuple(field: Field, raw: Any) -> list[Any]:
    """A fixed number of items, each of its own kind."""
    if isinstance(raw, str):
        raw = load_json(raw)
    if not isinstance(raw, (list, tuple)):
        raise Refused("Must be a list.")
    if len(raw) > len(field.fields):
        raise Refused(f"Must have {scalars.count(len(field.fields), 'item')}; this has {len(raw):,}.")
    pairs = []
    for at, inner in enumerate(field.fields):
        value = raw[at] if at < len(raw) else None
        if is_empty(value) and not inner.required and inner.has_default and inner.default is not None:
            value = shown(inner, inner.default)
        pairs.append((str(at), inner, value))
    return _each(pairs)


def _dict(field: Field, raw: Any) -> dict[str, Any]:
    """Names and values, from rows of both or from an object. A row of which nothing was filled in doesn't count."""
    item, names = field.item or Field("", "json"), field.names or Field("", "text")
    if isinstance(raw, str):
        raw = load_json(raw)
    rows = list(raw.items()) if isinstance(raw, Mapping) else raw
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, (list, tuple)) and len(row) == 2 for row in rows):
        raise Refused("Must be names with values.")
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for at, (name, value) in enumerate(rows):
        if is_empty(name) and _is_blank(value):
            continue
        try:
            read = str(_name(names, name))
            if read in values:
                raise Refused(f"The name {_quoted(read)} is there twice.")
            values[read] = _inner(item, value)
        except Refused as refused:
            errors[str(at)] = str(refused)
        except RefusedInside as refused:
            errors.update(_below(str(at), refused.errors))
    if errors:
        raise RefusedInside(errors)
    scalars.has_items(field, len(values), "entry")
    return values


def _name(names: Field, raw: Any) -> Any:
    """The name of an entry. Text around it is kept: " a" is another name than "a"."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        raise Refused("A value needs a name.")
    return read_value(names, raw)


def _is_blank(value: Any) -> bool:
    """Whether nothing was filled in, however deep."""
    if isinstance(value, Chosen):
        return _is_blank(value.value)
    if isinstance(value, Mapping):
        return all(_is_blank(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return all(_is_blank(inner) for inner in value)
    return is_empty(value) or value is False


def _object(field: Field, raw: Any) -> dict[str, Any]:
    """A value by field, and those of other names as they are."""
    if isinstance(raw, str):
        raw = load_json(raw)
    if not isinstance(raw, Mapping):
        raise Refused("Must be a JSON object.")
    values, errors = read_fields(field.fields, raw)
    if errors:
        raise RefusedInside(errors)
    known = {inner.name for inner in field.fields}
    return {**values, **{str(name): value for name, value in raw.items() if name not in known}}


def _union(field: Field, raw: Any) -> Any:
    """The value of the variant that was chosen, or of the one that fits."""
    if isinstance(raw, Chosen) and 0 <= raw.variant < len(field.variants):
        return _inner(field.variants[raw.variant], raw.value)
    variant = variant_of(field, raw)
    if variant is None:
        raise Refused("Must be one of: " + ", ".join(variant.name for variant in field.variants) + ".")
    chosen = field.variants[variant]
    return read_value(chosen, shown(chosen, raw))


def _json(field: Field, raw: Any) -> Any:
    value = load_json(raw) if isinstance(raw, str) else _plain(raw)
    if field.json_type == "object" and not isinstance(value, dict):
        raise Refused('Must be a JSON object, like {"name": "value"}.')
    if field.json_type == "array":
        if not isinstance(value, list):
            raise Refused('Must be a JSON list, like ["a", "b"].')
        scalars.has_items(field, len(value))
    return value


def _plain(value: Any) -> Any:
    """`value` as JSON would give it back, or a refusal."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise Refused("Can't be written as JSON.") from None


def _quoted(value: Any) -> str:
    return f"“{value}”"


READERS: dict[str, Callable[[Field, Any], Any]] = {
    "text": scalars.text,
    "long_text": scalars.text,
    "integer": scalars.integer,
    "number": scalars.number,
    "boolean": scalars.boolean,
    "choice": scalars.choice,
    "date": scalars.a_date,
    "datetime": scalars.a_datetime,
    "time": scalars.a_time,
    "file": scalars.path,
    "bytes": scalars.contents,
    "list": _list,
    "tuple": _tuple,
    "dict": _dict,
    "object": _object,
    "union": _union,
    "json": _json,
}
