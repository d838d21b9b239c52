"""Annotations, as they stand in source, to JSON schema: the same fields as for imported classes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

NAMES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "Decimal": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "NoneType": {"type": "null"},
    "bytes": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "UUID": {"type": "string", "format": "uuid"},
    "Path": {"type": "string", "format": "path"},
    "EmailStr": {"type": "string", "format": "email"},
    "HttpUrl": {"type": "string", "format": "uri"},
    "AnyUrl": {"type": "string", "format": "uri"},
    "SecretStr": {"type": "string"},
    "LiteralString": {"type": "string"},
    "PositiveInt": {"type": "integer", "exclusiveMinimum": 0},
    "NonNegativeInt": {"type": "integer", "minimum": 0},
    "PositiveFloat": {"type": "number", "exclusiveMinimum": 0},
    "NonNegativeFloat": {"type": "number", "minimum": 0},
    "dict": {"type": "object"},
    "Dict": {"type": "object"},
    "Mapping": {"type": "object"},
    "list": {"type": "array"},
    "List": {"type": "array"},
    "tuple": {"type": "array"},
    "Tuple": {"type": "array"},
}
"""Classes by their last name: `datetime.date` and `date` mean the same. Any other is asked for as JSON."""

SEQUENCES = frozenset("list List set Set frozenset FrozenSet Sequence Iterable Collection MutableSequence".split())

NUMBER_WORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
}
"""Pydantic's constraints and what JSON schema calls them."""

LENGTH_WORDS = {"min_length": ("minLength", "minItems"), "max_length": ("maxLength", "maxItems")}
"""Those that are called differently for a text and for a list."""


def schema_of(annotation: str, constraints: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON schema of an annotation such as "int | None"; {} (anything) where it isn't understood.

    Args:
        annotation: source text. It is parsed, never evaluated.
        constraints: pydantic's, such as {"ge": 1}; they go to the member of a union that isn't None.
    """
    try:
        tree = ast.parse(annotation.strip(), mode="eval").body
        schema = _schema(tree)
    except (SyntaxError, ValueError, TypeError, IndexError, RecursionError, MemoryError):
        return {}
    return _constrain(schema, constraints or {})


def _schema(node: ast.expr) -> dict[str, Any]:
    """The schema of one node of an annotation."""
    match node:
        case ast.Constant(value=None):
            return {"type": "null"}
        case ast.Constant(value=str() as quoted):
            return schema_of(quoted)
        case ast.BinOp(op=ast.BitOr()):
            return {"anyOf": _members(node)}
        case ast.Subscript(value=base, slice=inner):
            return _generic(_last_name(base), inner.elts if isinstance(inner, ast.Tuple) else [inner])
    return dict(NAMES.get(_last_name(node), {}))


def _members(node: ast.expr) -> list[dict[str, Any]]:
    """The members of `A | B | C`, left to right."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_members(node.left), *_members(node.right)]
    return [_schema(node)]


def _generic(name: str, arguments: list[ast.expr]) -> dict[str, Any]:
    """The schema of `name[arguments]`."""
    if name == "Optional":
        return {"anyOf": [*_members(arguments[0]), {"type": "null"}]}
    if name == "Union":
        return {"anyOf": [member for argument in arguments for member in _members(argument)]}
    if name in ("Annotated", "Final", "Required", "NotRequired") and arguments:
        return _schema(arguments[0])
    if name == "Literal":
        values = [ast.literal_eval(argument) for argument in arguments]
        some = [value for value in values if value is not None]
        if len(some) < len(values):
            return {"anyOf": [{"enum": some}, {"type": "null"}]}
        return {"enum": values}
    if name in SEQUENCES:
        return {"type": "array", "items": _schema(arguments[0])}
    if name in ("tuple", "Tuple"):
        alike = len(arguments) == 2 and isinstance(arguments[1], ast.Constant) and arguments[1].value is ...
        return {"type": "array", "items": _schema(arguments[0])} if alike else {"type": "array"}
    return dict(NAMES.get(name, {}))


def _last_name(node: ast.expr) -> str:
    """`date` of both `date` and `datetime.date`; "" if it is neither."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _constrain(schema: dict[str, Any], constraints: Mapping[str, Any]) -> dict[str, Any]:
    """Write constraints into a schema, in a union into each member that isn't None."""
    if not constraints or not schema:
        return schema
    if "anyOf" in schema:
        return {"anyOf": [_constrain(member, constraints) for member in schema["anyOf"]]}
    if schema.get("type") == "null":
        return schema
    schema = dict(schema)
    for word, name in NUMBER_WORDS.items():
        if constraints.get(word) is not None:
            schema[name] = constraints[word]
    for word, (of_text, of_list) in LENGTH_WORDS.items():
        if constraints.get(word) is not None:
            schema[of_list if schema.get("type") == "array" else of_text] = constraints[word]
    return schema
