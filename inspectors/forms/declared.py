"""What a file defines itself, as JSON schema: nested models, enums, dataclasses, aliases. Read, never imported."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from inspectors.discovery.events import documentation, fields_of
from inspectors.discovery.model import StartField
from inspectors.discovery.modules import Module, read_module
from inspectors.discovery.names import Target, dotted_name, lineage, resolve
from inspectors.forms.annotations import schema_of
from inspectors.forms.from_schema import MEMBER_NAMES

ALIAS_DEPTH = 8
FACTORIES: dict[str, Any] = {
    "list": [],
    "dict": {},
    "set": [],
    "tuple": [],
    "str": "",
    "int": 0,
    "float": 0.0,
    "bool": False,
}
MADE_FROM_TEXT = frozenset({"Path", "PurePath", "Decimal", "UUID", "SecretStr", "timedelta"})
"""Classes whose instances, made of one literal, JSON writes as that literal."""
MOMENTS: dict[str, Any] = {"date": date, "datetime": datetime, "time": time}


@dataclass
class Declared:
    """Definitions collected while annotations are read: what their `$ref`s name."""

    definitions: dict[str, Any] = field(default_factory=dict)

    def property_of(self, read: StartField) -> dict[str, Any]:
        """The schema of a declared field, with its default as far as source shows it."""
        module = read_module(read.file) if read.file else None
        scope = read.scope
        schema = schema_of(read.annotation or "", read.constraints, lambda name: self._named(module, name, scope))
        known, default = self._default(read, module, scope)
        if known:
            schema = {**schema, "default": default}
        if read.description:
            schema = {**schema, "description": read.description}
        examples = read.constraints.get("examples")
        return {**schema, "examples": examples} if isinstance(examples, list) else schema

    def _named(
        self, module: Module | None, node: ast.expr, scope: str, depth: int = ALIAS_DEPTH
    ) -> dict[str, Any] | None:
        """The schema of a name: an own class's by reference, an alias's by what it stands for."""
        if module is None or not depth or not dotted_name(node):
            return None
        target = resolve(module, node, scope)
        if target is None:
            return None
        if target.source and isinstance(target.node, ast.ClassDef):
            return self._class(target)
        if isinstance(node, ast.Name) and node.id in module.assigns:
            meant = module.assigns[node.id]
            if dotted_name(meant) != node.id:
                return schema_of(meant, None, lambda name: self._named(module, name, scope, depth - 1)) or None
        return None

    def _class(self, target: Target) -> dict[str, Any]:
        """A reference to a class, its schema noted; {} for a class that pydantic can't describe."""
        assert target.source is not None and isinstance(target.node, ast.ClassDef)
        key = target.dotted
        if key not in self.definitions:
            self.definitions[key] = {}  # a class that holds itself refers to what is being made
            self.definitions[key] = self._schema_of_class(target, target.source, target.node)
        return {"$ref": f"#/$defs/{key}"} if self.definitions[key] is not None else {}

    def _schema_of_class(self, target: Target, module: Module, node: ast.ClassDef) -> dict[str, Any]:
        parents = {ancestor.name for ancestor in lineage(target)}
        if parents & {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}:
            return _enum(node, parents)
        described = {"title": node.name, **({"description": said} if (said := documentation(node)) else {})}
        fields = fields_of(target)
        required = [read.name for read in fields if read.required]
        if "NamedTuple" in parents:
            places = [{"title": words_title(read.name), **self.property_of(read)} for read in fields]
            return {"type": "array", "prefixItems": places, "minItems": len(required), "maxItems": len(places)}
        if "TypedDict" in parents:
            required = [read.name for read in fields if not str(read.annotation).startswith("NotRequired")]
            if any(word.arg == "total" and getattr(word.value, "value", True) is False for word in node.keywords):
                required = []
        elif not (parents & {"BaseModel", "Event", "RootModel", "SQLModel"} or _is_dataclass(node)):
            return {}
        properties = {read.name: self.property_of(read) for read in fields}
        return {"type": "object", "properties": properties, "required": required, **described}

    def _default(self, read: StartField, module: Module | None, scope: str) -> tuple[bool, Any]:
        """Whether the default is known, and it as JSON."""
        if read.has_default and (read.default is not None or read.default_source in ("", "None")):
            plain = _plain(read.default)
            return plain is not _UNKNOWN, None if plain is _UNKNOWN else plain
        try:
            tree = ast.parse(read.default_source, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False, None
        if isinstance(tree, ast.Lambda):
            tree = tree.body
        elif isinstance(tree, ast.Name) and tree.id in FACTORIES:
            return True, FACTORIES[tree.id]
        try:
            value = self._value(tree, module, scope)
        except (ValueError, TypeError, OverflowError, RecursionError):  # such as date(2026, 13, 1)
            return False, None
        return value is not _UNKNOWN, None if value is _UNKNOWN else value

    def _value(self, tree: ast.expr, module: Module | None, scope: str) -> Any:
        """What an expression is as JSON: literals, members of own enums, and lists and dicts of those."""
        match tree:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                values = [self._value(item, module, scope) for item in items]
                return _UNKNOWN if _UNKNOWN in values else values
            case ast.Attribute(value=base, attr=name) if module is not None:
                if name == "value" and isinstance(base, ast.Attribute):
                    return self._value(base, module, scope)
                schema = self._named(module, base, scope) or {}
                found = self.definitions.get(str(schema.get("$ref", "")).removeprefix("#/$defs/"), {})
                members = dict(zip(found.get(MEMBER_NAMES, ()), found.get("enum", ()), strict=False))
                return members.get(name, _UNKNOWN)
            case ast.Call(func=func, args=[ast.Constant(value=str() as text)], keywords=[]):
                name = (dotted_name(func) or "").rpartition(".")[2]
                return text if name in MADE_FROM_TEXT else _UNKNOWN
            case ast.Call(func=func, args=numbers, keywords=[]) if numbers:
                made = MOMENTS.get((dotted_name(func) or "").rpartition(".")[2])
                plain = [one.value for one in numbers if isinstance(one, ast.Constant) and isinstance(one.value, int)]
                return made(*plain).isoformat() if made and len(plain) == len(numbers) else _UNKNOWN
        try:
            return _plain(ast.literal_eval(tree))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            return _UNKNOWN


_UNKNOWN = object()


def words_title(name: str) -> str:
    """The title that pydantic gives a field: `first_name` is "First Name"."""
    return name.replace("_", " ").title()


def _plain(value: Any) -> Any:
    """A literal as JSON: sets and tuples are lists, bytes their text."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return _UNKNOWN
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [_plain(item) for item in value]
        return _UNKNOWN if _UNKNOWN in items else items
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return value if value is None or isinstance(value, (str, int, float, bool)) else _UNKNOWN


def _enum(node: ast.ClassDef, parents: set[str]) -> dict[str, Any]:
    """The members of an enum by name; {} if a value isn't a literal, `auto()` aside."""
    members: dict[str, Any] = {}
    for statement in node.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        name = statement.targets[0].id
        if name.startswith("_"):
            continue
        if isinstance(statement.value, ast.Call) and (dotted_name(statement.value.func) or "").endswith("auto"):
            numbers = [value for value in members.values() if isinstance(value, int)]
            members[name] = name.lower() if "StrEnum" in parents else max(numbers, default=0) + 1
            continue
        try:
            members[name] = _plain(ast.literal_eval(statement.value))
        except (ValueError, TypeError, RecursionError):
            return {}
    if not members or any(value is _UNKNOWN or isinstance(value, (list, dict)) for value in members.values()):
        return {}
    schema = {"title": node.name, "enum": list(members.values()), MEMBER_NAMES: list(members)}
    return {**schema, "description": said} if (said := documentation(node)) else schema


def _is_dataclass(node: ast.ClassDef) -> bool:
    """Whether a class is decorated as one, the standard library's or pydantic's."""
    names = [dotted_name(d.func if isinstance(d, ast.Call) else d) or "" for d in node.decorator_list]
    return any(name.rpartition(".")[2] == "dataclass" for name in names)
