"""JSON schema, as pydantic writes it, to fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inspectors.forms import schema_texts as texts
from inspectors.forms.model import Field, Form
from inspectors.forms.scalars import count

Schema = Mapping[str, Any]

MEMBER_NAMES = "x-names"
"""Beside `enum`: what its members are called, which JSON schema has no word for."""

HIDDEN = "*" * 10
"""What pydantic writes for any secret."""

NESTING_LIMIT = 6
"""What is nested deeper than this is asked for as JSON: nobody fills in seven boxes inside each other."""

RECURSION_LIMIT = 2
"""How often a class may occur inside itself before it is asked for as JSON."""


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


def _hides(default: Any) -> bool:
    """Whether a secret is written as asterisks in it: sent back, they would take the secret's place."""
    if isinstance(default, Mapping):
        return any(map(_hides, default.values()))
    return any(map(_hides, default)) if isinstance(default, list) else default == HIDDEN


def required_first(fields: list[Field]) -> tuple[Field, ...]:
    """Optional fields after required ones, each group in its own order."""
    return tuple(sorted(fields, key=lambda field: not field.required))


class _Reader:
    """Turns schemas into fields; knows the definitions that references name.

    `path` is what led to a schema: a reference, or "" for each list, object and dict that has no name.
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
        has_default = "default" in outer and not _hides(outer["default"])
        common: dict[str, Any] = {
            "name": name,
            "required": required,
            "nullable": nullable,
            "default": outer["default"] if has_default else None,
            "has_default": has_default,
            "description": str(outer.get("description") or inner.get("description") or ""),
            "examples": _example(outer.get("examples") or inner.get("examples")),
        }
        too_deep = len(path) >= NESTING_LIMIT or (reference and path.count(reference) >= RECURSION_LIMIT)
        if too_deep and inner.get("type") in ("object", "array", None) and self._choices(inner) is None:
            return Field(kind="json", type_text="JSON", **common)
        kind = self._type(name, inner, (*path, reference) if reference else path)
        return Field(**{**kind, **common})

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
                    inner, nullable = self._without_null(rest[0])
                    return {**beside, **inner}, nullable or len(rest) < len(members)
                return {**beside, key: rest}, len(rest) < len(members)
        return schema, False

    def _type(self, name: str, schema: Schema, path: tuple[str, ...]) -> dict[str, Any]:
        """The arguments of `Field` that follow from the type alone."""
        choices = self._choices(schema)
        if choices is not None:
            values, labels = choices
            return {"kind": "choice", "choices": values, "labels": labels, "type_text": f"one of {len(values)}"}
        union = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(union, list):
            return self._union(union, path)
        match schema.get("type"):
            case "string":
                return texts.of_string(name, schema)
            case "integer" | "number" as kind:
                return texts.of_number(kind, schema)
            case "boolean":
                return {"kind": "boolean", "type_text": "yes or no"}
            case "array":
                return self._array(name, schema, (*path, ""))
            case "object":
                return self._object(schema, path if "properties" in schema and path else (*path, ""))
            case list() as kinds:  # JSON schema's own short way of writing a union
                return self._union([{**schema, "type": kind} for kind in kinds], path)
        return {"kind": "json", "type_text": "JSON"}

    def _choices(self, schema: Schema) -> tuple[tuple[Any, ...], tuple[str, ...]] | None:
        """The values of an enum, a constant or a union of those with what they are called, else None."""
        values = schema.get("enum")
        if isinstance(values, list) and values:
            names = schema.get(MEMBER_NAMES)
            named = isinstance(names, list) and len(names) == len(values)
            called = names if named and names else [""] * len(values)
            return tuple(values), tuple(texts.choice_label(v, str(n)) for v, n in zip(values, called, strict=True))
        if "const" in schema:
            return (schema["const"],), (texts.choice_label(schema["const"], ""),)
        union = schema.get("anyOf") or schema.get("oneOf")
        if not isinstance(union, list) or not union:
            return None
        merged: dict[str, tuple[Any, str]] = {}
        for member in union:
            found = self._choices(self.resolve(member)) if isinstance(member, Mapping) else None
            if found is None:
                return None
            for value, label in zip(*found, strict=True):
                merged.setdefault(repr(value), (value, label))
        return tuple(value for value, _ in merged.values()), tuple(label for _, label in merged.values())

    def _union(self, members: list[Any], path: tuple[str, ...]) -> dict[str, Any]:
        """A union: a number if all its members are, anything if one of them is, else a choice of variants."""
        resolved = [self.resolve(member) for member in members if isinstance(member, Mapping)]
        if {str(member.get("type")) for member in resolved} == {"integer", "number"}:
            return texts.of_number("number", {})
        variants = [self.field("", member, True, path) for member in members]
        if len(variants) < 2 or any(variant.kind == "json" and not variant.json_type for variant in variants):
            return {"kind": "json", "type_text": "JSON"}
        named: list[Field] = []
        for variant, schema in zip(variants, resolved, strict=True):
            label = texts.variant_label(variant, schema)
            taken = sum(other.name.split(" · ")[0] == label for other in named)
            named.append(replace(variant, name=f"{label} · {taken + 1}" if taken else label))
        return {"kind": "union", "variants": tuple(named), "type_text": f"one of {len(named)} kinds"}

    def _array(self, name: str, schema: Schema, path: tuple[str, ...]) -> dict[str, Any]:
        """A list of one kind of item, or a tuple. Items that may be anything are JSON."""
        places = schema.get("prefixItems")
        if isinstance(places, list) and places and not schema.get("items"):
            return self._tuple(places, schema, path)
        lengths = {"min_length": schema.get("minItems"), "max_length": schema.get("maxItems")}
        size = texts.length_text(lengths["min_length"], lengths["max_length"], "item")
        items = schema.get("items")
        open_list = {"kind": "json", "json_type": "array", "type_text": f"JSON list{size}", **lengths}
        if places or not isinstance(items, Mapping) or not items:
            return open_list
        item = self.field("", items, True, path)
        if item.kind == "json" and not item.json_type:
            return open_list
        unique = bool(schema.get("uniqueItems"))
        each = f"any of {len(item.choices)}" if item.kind == "choice" else f"list, each {item.type_text}"
        return {"kind": "list", "item": item, "unique": unique, "type_text": each + size, **lengths}

    def _tuple(self, places: list[Any], schema: Schema, path: tuple[str, ...]) -> dict[str, Any]:
        """A fixed number of items; those after `minItems` have defaults."""
        needed = schema.get("minItems")
        least = needed if isinstance(needed, int) else len(places)
        fields = []
        for at, place in enumerate(places):
            title = place.get("title") if isinstance(place, Mapping) else None
            name = str(title).lower().replace(" ", "_") if title and "$ref" not in place else str(at + 1)
            fields.append(self.field(name, place, at < least, path))
        return {"kind": "tuple", "fields": tuple(fields), "type_text": count(len(fields), "item")}

    def _object(self, schema: Schema, path: tuple[str, ...]) -> dict[str, Any]:
        """An object with fields, a dict of one kind of value, or JSON if its values may be anything."""
        fields = self.properties(schema, path)
        more = schema.get("additionalProperties")
        if fields:
            title = texts.words(str(schema.get("title", "")))
            return {"kind": "object", "fields": fields, "open": bool(more), "type_text": title or "group"}
        if "properties" in schema and not more and schema.get("title"):  # a class without fields
            return {"kind": "object", "open": False, "type_text": texts.words(str(schema["title"]))}
        lengths = {"min_length": schema.get("minProperties"), "max_length": schema.get("maxProperties")}
        size = texts.length_text(lengths["min_length"], lengths["max_length"], "entry")
        item = self.field("", more, True, path) if isinstance(more, Mapping) and more else None
        if item is None or (item.kind == "json" and not item.json_type):
            return {"kind": "json", "json_type": "object", "type_text": "JSON object"}
        known = schema.get("propertyNames")
        named = {"type": "string", **known} if isinstance(known, Mapping) else {"type": "string"}
        names = self.field("", named, True, path)
        if names.kind not in ("text", "long_text", "choice"):
            names = Field("", "text", type_text="text")
        said = f"entries, each {item.type_text}{size}"
        return {"kind": "dict", "item": item, "names": names, "type_text": said, **lengths}


def _example(examples: Any) -> str:
    """The first example in few characters."""
    first = examples[0] if isinstance(examples, list) and examples else None
    return "" if first is None or isinstance(first, (list, Mapping)) else str(first)[:60]
