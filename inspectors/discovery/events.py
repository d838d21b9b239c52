"""The declared fields of an event class, its documentation and its role, read from source."""

from __future__ import annotations

import ast
import inspect
import json
from typing import Any

from inspectors.discovery.model import StartField
from inspectors.discovery.modules import Module
from inspectors.discovery.names import Target, classes_of, dotted_name, inherits, resolve
from inspectors.discovery.reads import literal, written

CONSTRAINTS = (
    "ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "examples", "title",
)  # fmt: skip

_WORDS = {"MinLen": "min_length", "MaxLen": "max_length", "MultipleOf": "multiple_of"}

_ROLES = (
    ("StartEvent", "start"),
    ("StopEvent", "stop"),
    ("InputRequiredEvent", "prompt"),
    ("HumanResponseEvent", "answer"),
)


def role_of(event: Target) -> str | None:
    """What an event class means to the engine: start, stop, prompt, answer or nothing special."""
    return next((role for base, role in _ROLES if inherits(event, base)), None)


def documentation(node: ast.AST | None) -> str:
    """The docstring of a class or function, cleaned of its indentation, or ""."""
    if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return ""
    try:
        return inspect.cleandoc(ast.get_docstring(node, clean=False) or "")
    except (TypeError, ValueError):
        return ""


def fields_of(event: Target) -> list[StartField]:
    """The annotated fields of an event class and of its bases: base fields first, as in pydantic."""
    found: dict[str, StartField] = {}
    for module, node in reversed(list(classes_of(event))):
        for position, statement in enumerate(node.body):
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                name = statement.target.id
                if name.startswith("_") or name == "model_config" or _is_class_variable(statement):
                    continue
                following = node.body[position + 1] if position + 1 < len(node.body) else None
                found[name] = _field(module, node, statement, _text_below(following))
    return list(found.values())


def field_json(field: StartField) -> dict[str, Any]:
    """A field as Graph JSON writes it."""
    return {
        "name": field.name,
        "type": field.annotation or "",
        "required": field.required,
        "default": _as_json(field.default) if field.has_default else None,
        "description": field.description,
    }


def _as_json(value: Any) -> Any:
    """A literal as JSON can hold it: bytes, sets and the like as they are written."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def _is_class_variable(statement: ast.AnnAssign) -> bool:
    name = dotted_name(statement.annotation) or ""
    if isinstance(statement.annotation, ast.Constant):
        name = str(statement.annotation.value).partition("[")[0]
    return name.rpartition(".")[2] in ("ClassVar", "PrivateAttr")


def _text_below(statement: ast.stmt | None) -> str:
    """The plain string under a field, which authors use to describe it."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    text = value.value if isinstance(value, ast.Constant) else None
    return inspect.cleandoc(text) if isinstance(text, str) else ""


def _field(module: Module, owner: ast.ClassDef, statement: ast.AnnAssign, below: str) -> StartField:
    assert isinstance(statement.target, ast.Name)
    annotation, metadata = _annotated(module, statement.annotation)
    calls = [call for call in [*metadata, statement.value] if _is_field_call(module, call)]
    options: dict[str, ast.expr] = {}
    for call in calls:
        assert isinstance(call, ast.Call)
        if call.args:
            options["default"] = call.args[0]
        options.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
    value = statement.value
    default = options.get("default") if value is None or value in calls else value
    if isinstance(default, ast.Constant) and default.value is ...:
        default = None
    factory = options.get("default_factory")
    known, plain = literal(default)
    if factory is not None and default is None and dotted_name(factory) in ("list", "dict", "str", "int"):
        known, plain = True, {"list": [], "dict": {}, "str": "", "int": 0}[dotted_name(factory) or "str"]
    description = literal(options.get("description"))[1]
    told = {name: literal(options.get(name)) for name in CONSTRAINTS}
    constraints = {name: value for call in metadata for name, value in constraints_of(call).items()}
    constraints |= {name: value for name, (known_value, value) in told.items() if known_value}
    source = default if default is not None else factory
    return StartField(
        name=statement.target.id,
        annotation=annotation,
        required=default is None and factory is None,
        default=plain,
        has_default=known,
        step="",
        line=statement.lineno,
        read_as="",
        description=description if isinstance(description, str) else below,
        constraints=constraints,
        default_source=written(source) if source is not None else "",
        file=str(module.path),
        scope=owner.name,
    )


def constraints_of(metadata: ast.expr) -> dict[str, Any]:
    """The limits in `Annotated[...]`: `Field(ge=1)`, `Ge(1)`, `Len(1, 3)`, `StringConstraints(max_length=5)`."""
    if not isinstance(metadata, ast.Call):
        return {}
    found = {word.arg: literal(word.value) for word in metadata.keywords if word.arg in CONSTRAINTS}
    name = (dotted_name(metadata.func) or "").rpartition(".")[2]
    words = ["min_length", "max_length"] if name == "Len" else [_WORDS.get(name, name.lower())]
    found |= {word: literal(value) for word, value in zip(words, metadata.args, strict=False) if word in CONSTRAINTS}
    return {word: value for word, (known, value) in found.items() if known and word}


def _annotated(module: Module, annotation: ast.expr) -> tuple[str, list[ast.expr]]:
    """The text of an annotation without `Annotated[...]`, and the metadata in it."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value, []
    outer = (dotted_name(annotation) or "").rpartition(".")[2]
    if outer == "Annotated" and isinstance(annotation, ast.Subscript):
        inner = annotation.slice
        if isinstance(inner, ast.Tuple) and inner.elts:
            return written(inner.elts[0]), inner.elts[1:]
    return written(annotation), []


def _is_field_call(module: Module, expr: ast.expr | None) -> bool:
    if not isinstance(expr, ast.Call):
        return False
    target = resolve(module, expr.func)
    return target is not None and target.name == "Field"
