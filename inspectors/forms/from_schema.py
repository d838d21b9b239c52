"""JSON schema, as pydantic writes it, to fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspectors.forms.model import Field, Form, Kind

Schema = Mapping[str, Any]

LONG_NAMES = frozenset(
    "text draft content body comment comments feedback message prompt description notes article document "
    "instructions".split()
)
"""A text whose name holds one of these words gets a large box."""

LONG_LIMIT = 200
"""A text that may grow past this many characters gets a large box."""

FORMATS: dict[str, tuple[Kind, str]] = {
    "date": ("date", "date"),
    "date-time": ("datetime", "date and time"),
    "time": ("time", "time"),
    "email": ("text", "email address"),
    "uri": ("text", "web address"),
    "uuid": ("text", "UUID"),
    "path": ("text", "path of a file"),
    "file-path": ("text", "path of a file"),
    "directory-path": ("text", "path of a folder"),
}

NESTING_LIMIT = 6
"""Objects nested deeper than this are asked for as JSON: nobody fills in seven boxes inside each other."""


def form_from_schema(schema: Schema, *, doc: str = "", open: bool | None = None) -> Form:
    """The form of an object's schema.

    Args:
        schema: what `Model.model_json_schema()` gives. Other JSON schema is taken as far as it is understood;
            what isn't is asked for as JSON, never dropped.
        doc: what to say about it; its own description if "".
        open: whether values of other names are taken; what `additionalProperties` says if None.
    """
    root = _Reader(schema.get("$defs") or schema.get("definitions") or {})
    resolved = root.resolve(schema)
    if open is None:
        open = bool(resolved.get("additionalProperties", False))
    return Form(
        title=str(resolved.get("title", "")),
        fields=root.properties(resolved, ()),
        open=open,
        doc=doc or str(resolved.get("description", "")),
    )


def field_from_schema(
    name: str, schema: Schema, *, required: bool, definitions: Mapping[str, Any] | None = None
) -> Field:
    """One field of a schema; `definitions` holds what its `$ref`s name."""
    return _Reader(definitions or {}).field(name, schema, required, ())


def required_first(fields: list[Field]) -> tuple[Field, ...]:
    """Optional fields after required ones, each group in its own order."""
    return tuple(sorted(fields, key=lambda field: not field.required))


class _Reader:
    """Turns schemas into fields; knows the definitions that references name.

    `path` is the chain of references that led to a schema: one that occurs in its own chain is recursive, and
    is asked for as JSON.
    """

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions

    def resolve(self, schema: Schema) -> Schema:
        """Follow `$ref` and a lone `allOf`; what stands beside them wins over what they lead to."""
        for _ in range(len(self.definitions) + 8):
            parts = schema.get("allOf")
            if "$ref" in schema:
                name = str(schema["$ref"]).rsplit("/", 1)[-1]
                target = self.definitions.get(name, {})
            elif isinstance(parts, list) and len(parts) == 1:
                target = parts[0]
            else:
                break
            beside = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
            schema = {**target, **beside} if isinstance(target, Mapping) else beside
        return schema

    def properties(self, schema: Schema, path: tuple[str, ...]) -> tuple[Field, ...]:
        """The fields of an object's schema."""
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            return ()
        required = schema.get("required")
        names = set(required) if isinstance(required, list) else set()
        return required_first([self.field(str(n), s, n in names, path) for n, s in properties.items()])

    def field(self, name: str, schema: Any, required: bool, path: tuple[str, ...]) -> Field:
        """The field of one property."""
        if not isinstance(schema, Mapping):  # `true`, which allows anything, among others
            schema = {}
        reference = str(schema["$ref"]) if "$ref" in schema else ""
        outer = self.resolve(schema)
        inner, nullable = self._without_null(outer)
        reference = reference or (str(inner["$ref"]) if "$ref" in inner else "")
        inner = self.resolve(inner)
        common: dict[str, Any] = {
            "name": name,
            "required": required,
            "nullable": nullable,
            "default": outer.get("default"),
            "has_default": "default" in outer,
            "description": str(outer.get("description") or inner.get("description") or ""),
        }
        if (reference and reference in path) or len(path) >= NESTING_LIMIT:
            return Field(kind="json", type_text="JSON", **common)
        return Field(**{**self._type(name, inner, (*path, reference) if reference else path), **common})

    def _without_null(self, schema: Schema) -> tuple[Schema, bool]:
        """A union without its null, and whether there was one. A union of one is that one."""
        types = schema.get("type")
        if isinstance(types, list) and "null" in types:
            rest = [kind for kind in types if kind != "null"]
            return {**schema, "type": rest[0] if len(rest) == 1 else rest}, True
        for key in ("anyOf", "oneOf"):
            members = schema.get(key)
            if isinstance(members, list) and members:
                rest = [m for m in members if not (isinstance(m, Mapping) and m.get("type") == "null")]
                beside = {k: v for k, v in schema.items() if k != key}
                if len(rest) == 1 and isinstance(rest[0], Mapping):
                    return {**beside, **rest[0]}, len(rest) < len(members)
                return {**beside, key: rest}, len(rest) < len(members)
        return schema, False

    def _type(self, name: str, schema: Schema, path: tuple[str, ...]) -> dict[str, Any]:
        """The arguments of `Field` that follow from the type alone."""
        choices = self._choices(schema)
        if choices is not None:
            return {"kind": "choice", "choices": choices, "type_text": f"one of {len(choices)}"}
        union = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(union, list):
            return self._union(name, union, path)
        match schema.get("type"):
            case "string":
                return _text(name, schema)
            case "integer" | "number" as kind:
                return _number(kind, schema)
            case "boolean":
                return {"kind": "boolean", "type_text": "yes or no"}
            case "array":
                return self._array(schema, path)
            case "object":
                fields = self.properties(schema, path)
                if fields:
                    return {"kind": "object", "fields": fields, "type_text": "group"}
                return {"kind": "json", "json_type": "object", "type_text": "JSON object"}
        return {"kind": "json", "type_text": "JSON"}

    def _choices(self, schema: Schema) -> tuple[Any, ...] | None:
        """The values of an enum, a constant or a union of those, else None."""
        values = schema.get("enum")
        if isinstance(values, list) and values:
            return tuple(values)
        if "const" in schema:
            return (schema["const"],)
        union = schema.get("anyOf") or schema.get("oneOf")
        if not isinstance(union, list) or not union:
            return None
        merged: list[Any] = []
        for member in union:
            if not isinstance(member, Mapping):
                return None
            found = self._choices(self.resolve(member))
            if found is None:
                return None
            merged.extend(value for value in found if value not in merged)
        return tuple(merged)

    def _union(self, name: str, members: list[Any], path: tuple[str, ...]) -> dict[str, Any]:
        """A union: a number or a text if all its members are written as one, else JSON."""
        resolved = [self.resolve(member) for member in members if isinstance(member, Mapping)]
        kinds = {str(member.get("type")) for member in resolved}
        if kinds == {"integer", "number"}:
            return _number("number", {})
        if "string" in kinds and kinds <= {"string", "integer", "number", "boolean"}:
            return _text(name, {})
        return {"kind": "json", "type_text": "JSON"}

    def _array(self, schema: Schema, path: tuple[str, ...]) -> dict[str, Any]:
        """A list of one kind of item; a tuple, whose items differ, is JSON."""
        lengths = {"min_length": schema.get("minItems"), "max_length": schema.get("maxItems")}
        items = schema.get("items")
        if "prefixItems" in schema or not isinstance(items, Mapping) or not items:
            return {"kind": "json", "json_type": "array", "type_text": "JSON list", **lengths}
        item = self.field("", items, True, path)
        if item.kind == "json" and not item.json_type:
            return {"kind": "json", "json_type": "array", "type_text": "JSON list", **lengths}
        return {"kind": "list", "item": item, "type_text": f"list, each {item.type_text}", **lengths}


def _text(name: str, schema: Schema) -> dict[str, Any]:
    """A text, a date or a time."""
    kind, type_text = FORMATS.get(str(schema.get("format")), ("text", "text"))
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    if kind == "text":
        words = set(name.lower().split("_"))
        default = schema.get("default")
        roomy = isinstance(longest, int) and longest > LONG_LIMIT
        tight = isinstance(longest, int) and not roomy
        if roomy or (isinstance(default, str) and "\n" in default) or (not tight and words & LONG_NAMES):
            kind = "long_text"
        if longest is not None:
            type_text += f", at most {longest:,} characters"
    return {
        "kind": kind,
        "min_length": shortest,
        "max_length": longest,
        "pattern": schema.get("pattern"),
        "type_text": type_text,
    }


def _number(kind: Kind, schema: Schema) -> dict[str, Any]:
    """A whole or any number with its bounds. Where a bound is given both ways the exclusive one is kept."""
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    low = above if above is not None else schema.get("minimum")
    high = below if below is not None else schema.get("maximum")
    noun = "whole number" if kind == "integer" else "number"
    return {
        "kind": kind,
        "minimum": low,
        "maximum": high,
        "exclusive_minimum": above is not None,
        "exclusive_maximum": below is not None,
        "type_text": noun + _range_text(low, high, above is not None, below is not None),
    }


def _range_text(low: Any, high: Any, above: bool, below: bool) -> str:
    """The bounds as a label says them: ", 1 to 9", ", more than 0"."""
    if low is not None and high is not None and not above and not below:
        return f", {low} to {high}"
    parts = []
    if low is not None:
        parts.append(f"{'more than' if above else 'at least'} {low}")
    if high is not None:
        parts.append(f"{'less than' if below else 'at most'} {high}")
    return "".join(f", {part}" for part in parts)
