"""Annotations, as they stand in source, to JSON schema: the same fields as for imported classes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from inspectors.discovery.events import constraints_of
from inspectors.forms.schema_texts import AWARE, EXACT

NAMES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "Decimal": {"type": "number", EXACT: True},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "NoneType": {"type": "null"},
    "bytes": {"type": "string", "format": "binary"},
    "bytearray": {"type": "string", "format": "binary"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "AwareDatetime": {"type": "string", "format": "date-time", AWARE: True},
    "NaiveDatetime": {"type": "string", "format": "date-time"},
    "FutureDate": {"type": "string", "format": "date"},
    "PastDate": {"type": "string", "format": "date"},
    "timedelta": {"type": "string", "format": "duration"},
    "UUID4": {"type": "string", "format": "uuid"},
    "UUID": {"type": "string", "format": "uuid"},
    "Path": {"type": "string", "format": "path"},
    "FilePath": {"type": "string", "format": "file-path"},
    "DirectoryPath": {"type": "string", "format": "directory-path"},
    "NewPath": {"type": "string", "format": "path"},
    "EmailStr": {"type": "string", "format": "email"},
    "HttpUrl": {"type": "string", "format": "uri"},
    "AnyUrl": {"type": "string", "format": "uri"},
    "SecretStr": {"type": "string", "format": "password"},
    "LiteralString": {"type": "string"},
    "PositiveInt": {"type": "integer", "exclusiveMinimum": 0},
    "NonNegativeInt": {"type": "integer", "minimum": 0},
    "PositiveFloat": {"type": "number", "exclusiveMinimum": 0},
    "NonNegativeFloat": {"type": "number", "minimum": 0},
    "NegativeInt": {"type": "integer", "exclusiveMaximum": 0},
    "NegativeFloat": {"type": "number", "exclusiveMaximum": 0},
    "dict": {"type": "object"},
    "Dict": {"type": "object"},
    "Mapping": {"type": "object"},
    "list": {"type": "array"},
    "List": {"type": "array"},
    "tuple": {"type": "array"},
    "Tuple": {"type": "array"},
}
"""Classes by their last name: `datetime.date` and `date` mean the same. Any other is asked for as JSON."""

SEQUENCES = frozenset("list List Sequence Iterable Collection MutableSequence deque".split())
SETS = frozenset("set Set frozenset FrozenSet AbstractSet MutableSet".split())
MAPPINGS = frozenset("dict Dict Mapping MutableMapping OrderedDict defaultdict".split())

CONSTRAINED = {
    "conint": "int",
    "confloat": "float",
    "constr": "str",
    "conlist": "list",
    "conset": "set",
    "conbytes": "bytes",
}
"""Pydantic's older way of writing `Annotated[int, Field(ge=1)]`."""

Lookup = Callable[[ast.expr], "dict[str, Any] | None"]
"""The schema of a name that its file defines, such as an own class; None if it isn't one."""

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


def schema_of(
    annotation: str | ast.expr, constraints: Mapping[str, Any] | None = None, lookup: Lookup | None = None
) -> dict[str, Any]:
    """The JSON schema of an annotation such as "int | None"; {} (anything) where it isn't understood.

    Args:
        annotation: source text, or the expression itself. It is never evaluated.
        constraints: pydantic's, such as {"ge": 1}; they go to the member of a union that isn't None.
        lookup: what names of the file mean.
    """
    try:
        tree = ast.parse(annotation.strip(), mode="eval").body if isinstance(annotation, str) else annotation
        schema = _Annotation(lookup or (lambda name: None)).schema(tree)
    except (SyntaxError, ValueError, TypeError, IndexError, RecursionError, MemoryError):
        return {}
    return _constrain(schema, constraints or {})


class _Annotation:
    """Reads the nodes of an annotation."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    def schema(self, node: ast.expr) -> dict[str, Any]:
        """The schema of one node."""
        match node:
            case ast.Constant(value=None):
                return {"type": "null"}
            case ast.Constant(value=str() as quoted):
                return schema_of(quoted, None, self.lookup)
            case ast.BinOp(op=ast.BitOr()):
                return {"anyOf": self.members(node)}
            case ast.Call(func=called, keywords=keywords) if _last_name(called) in CONSTRAINED:
                inner = ast.Name(CONSTRAINED[_last_name(called)], ast.Load())
                typed = ast.Subscript(inner, node.args[0], ast.Load()) if node.args else inner
                return _constrain(self.schema(typed), _literals(keywords))
            case ast.Subscript(value=base, slice=inner):
                return self.generic(_last_name(base), inner.elts if isinstance(inner, ast.Tuple) else [inner])
        own = self.lookup(node)
        return dict(NAMES.get(_last_name(node), {})) if own is None else own

    def members(self, node: ast.expr) -> list[dict[str, Any]]:
        """The members of `A | B | C`, left to right."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return [*self.members(node.left), *self.members(node.right)]
        return [self.schema(node)]

    def generic(self, name: str, arguments: list[ast.expr]) -> dict[str, Any]:
        """The schema of `name[arguments]`."""
        if name == "Optional":
            return {"anyOf": [*self.members(arguments[0]), {"type": "null"}]}
        if name == "Union":
            return {"anyOf": [member for argument in arguments for member in self.members(argument)]}
        if name == "Annotated":
            return self.annotated(arguments)
        if name in ("Final", "Required", "NotRequired", "ReadOnly"):
            return self.schema(arguments[0])
        if name == "Literal":
            values = [ast.literal_eval(argument) for argument in arguments]
            some = [value for value in values if value is not None]
            if len(some) < len(values):
                return {"anyOf": [{"enum": some}, {"type": "null"}]}
            return {"enum": values}
        if name in SEQUENCES:
            return {"type": "array", "items": self.schema(arguments[0])}
        if name in SETS:
            return {"type": "array", "items": self.schema(arguments[0]), "uniqueItems": True}
        if name in MAPPINGS and len(arguments) == 2:
            names = self.schema(arguments[0])
            known = {"propertyNames": names} if "$ref" in names or "enum" in names or "pattern" in names else {}
            return {"type": "object", "additionalProperties": self.schema(arguments[1]), **known}
        if name in ("tuple", "Tuple"):
            if len(arguments) == 2 and isinstance(arguments[1], ast.Constant) and arguments[1].value is ...:
                return {"type": "array", "items": self.schema(arguments[0])}
            places = [self.schema(argument) for argument in arguments]
            return {"type": "array", "prefixItems": places, "minItems": len(places), "maxItems": len(places)}
        if name == "type" or name == "Callable":
            return {}
        return dict(NAMES.get(name, {}))

    def annotated(self, arguments: list[ast.expr]) -> dict[str, Any]:
        """`Annotated[int, Field(ge=1)]`, also with annotated_types' `Ge(1)` and pydantic's `StringConstraints`."""
        schema = self.schema(arguments[0])
        for metadata in arguments[1:]:
            schema = _constrain(schema, constraints_of(metadata))
        return schema


def _literals(keywords: list[ast.keyword]) -> dict[str, Any]:
    """The keyword arguments of a call that are literals."""
    found = {}
    for keyword in keywords:
        try:
            found[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError):
            continue
    return found


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
            of_dict = of_list.replace("Items", "Properties")
            names = {"array": of_list, "object": of_dict}
            schema[names.get(str(schema.get("type")), of_text)] = constraints[word]
    return schema
