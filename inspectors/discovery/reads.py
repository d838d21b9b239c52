"""Which fields a function reads of an event, and the words it compares them with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from inspectors.discovery.model import StartField

_METHODS = {
    "get", "keys", "items", "values", "to_dict", "dict", "json", "copy", "model_dump", "model_dump_json",
    "model_copy", "model_fields", "model_config", "model_fields_set", "model_extra",
}  # fmt: skip
_TEXT_METHODS = {"strip", "lstrip", "rstrip", "upper", "lower", "casefold", "title", "capitalize"}


def assignments(function: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that are assigned in a function, each with its value, in the order of `ast.walk`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets: list[ast.expr] = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            targets = [node.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:
                yield target.id, node.value


@dataclass
class Read:
    """All that a function does with one field of an event."""

    name: str
    line: int
    read_as: str
    required: bool = True
    default: Any = None
    has_default: bool = False
    default_source: str = ""
    literals: list[str] = field(default_factory=list)

    def as_field(self, step: str) -> StartField:
        """The field of a form that asks for it, as the step of this name reads it."""
        return StartField(
            name=self.name,
            annotation=None,
            required=self.required,
            default=self.default,
            has_default=self.has_default,
            step=step,
            line=self.line,
            read_as=self.read_as,
            default_source=self.default_source,
        )


def literal(expr: ast.expr | None) -> tuple[bool, Any]:
    """Whether an expression is a literal, and its value."""
    if expr is None:
        return False, None
    try:
        return True, ast.literal_eval(expr)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None


def written(expr: ast.AST) -> str:
    """An expression as source on one line, cut at 80 characters."""
    try:
        text = _plain(expr) or " ".join(ast.unparse(expr).split())
    except (RecursionError, ValueError, AttributeError):
        return ""
    return text if len(text) <= 80 else text[:79] + "…"


def _plain(expr: ast.AST) -> str:
    """What most annotations are, `a.B | None`, in a tenth of the time that `ast.unparse` takes; "" for all else."""
    if isinstance(expr, ast.Name):
        return expr.id
    if isinstance(expr, ast.Constant) and expr.value is None:
        return "None"
    if isinstance(expr, ast.Attribute):
        owner = _plain(expr.value)
        return f"{owner}.{expr.attr}" if owner and owner != "None" and "|" not in owner else ""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.BitOr) and not isinstance(expr.right, ast.BinOp):
        left, right = _plain(expr.left), _plain(expr.right)
        return f"{left} | {right}" if left and right else ""
    return ""


def reads_of(function: ast.AST, param: str) -> dict[str, Read]:
    """The fields a function reads of the variable `param`, in the order of the source.

    `ev.topic` and `ev["topic"]` are required; `ev.get("topic", d)` and `getattr(ev, "topic", d)` are not.
    A field read both ways is optional: the function copes without it.
    """
    reader = _Reader(param)
    # Code nested too deeply to be followed gives what was found until then.
    with suppress(RecursionError):
        reader.aliases(function)
        reader.visit(function)
    return dict(sorted(reader.found.items(), key=lambda item: item[1].line))


class _Reader(ast.NodeVisitor):
    """Walks one function body for one event variable."""

    def __init__(self, param: str) -> None:
        self.names = {param}
        self.fields: dict[str, str] = {}
        """Local variable -> the field it was read from, so that comparisons of it count."""
        self.found: dict[str, Read] = {}

    def aliases(self, function: ast.AST) -> None:
        """Note local variables that hold the event or one of its fields."""
        for name, value in assignments(function):
            self._alias(name, value)

    def _alias(self, name: str, value: ast.expr) -> None:
        if isinstance(value, ast.Name) and value.id in self.names:
            self.names.add(name)
        elif field_name := self.field_of(value):
            self.fields[name] = field_name

    def field_of(self, expr: ast.expr) -> str | None:
        """The field an expression reads, seen through `.strip().upper()`, `str(...)`, `or ""`."""
        if isinstance(expr, ast.Name):
            return self.fields.get(expr.id)
        if isinstance(expr, ast.BoolOp):
            return self.field_of(expr.values[0])
        if isinstance(expr, ast.NamedExpr):
            return self.field_of(expr.value)
        read = self._read(expr)
        if read:
            return read.name
        if isinstance(expr, ast.Call):
            func = expr.func
            if isinstance(func, ast.Attribute) and func.attr in _TEXT_METHODS:
                return self.field_of(func.value)
            if isinstance(func, ast.Name) and func.id == "str" and len(expr.args) == 1:
                return self.field_of(expr.args[0])
        return None

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.expr) and (read := self._read(node)):
            self._note(read)
        if isinstance(node, ast.Compare):
            self._compare(node)
        elif isinstance(node, ast.Match):
            self._match(node)
        elif isinstance(node, ast.Call):
            self._starts_with(node)
        self.generic_visit(node)

    def _is_event(self, expr: ast.expr) -> bool:
        return isinstance(expr, ast.Name) and expr.id in self.names

    def _read(self, expr: ast.expr) -> Read | None:
        if isinstance(expr, ast.Attribute) and isinstance(expr.ctx, ast.Load) and self._is_event(expr.value):
            if expr.attr in _METHODS or expr.attr.startswith("_"):
                return None
            return Read(expr.attr, expr.lineno, written(expr))
        if isinstance(expr, ast.Subscript) and self._is_event(expr.value):
            name = literal(expr.slice)[1]
            return Read(name, expr.lineno, written(expr)) if isinstance(name, str) else None
        return self._called(expr) if isinstance(expr, ast.Call) else None

    def _called(self, call: ast.Call) -> Read | None:
        """`ev.get("x", d)`, `ev.get("x", default=d)` or `getattr(ev, "x"[, d])`."""
        func, args = call.func, call.args
        if isinstance(func, ast.Attribute) and func.attr == "get" and self._is_event(func.value):
            absent: ast.expr | None = ast.Constant(None)
        elif isinstance(func, ast.Name) and func.id == "getattr" and args and self._is_event(args[0]):
            args, absent = args[1:], None
        else:
            return None
        name = literal(args[0])[1] if args else None
        if not isinstance(name, str):
            return None
        named = next((keyword.value for keyword in call.keywords if keyword.arg == "default"), None)
        default = args[1] if len(args) > 1 else named if named is not None else absent
        known, value = literal(default)
        text = written(default) if default is not None else ""
        return Read(name, call.lineno, written(call), default is None, value, known, text)

    def _note(self, read: Read) -> None:
        known = self.found.setdefault(read.name, read)
        if known.required and not read.required:
            known.required, known.default, known.has_default = False, read.default, read.has_default
            known.default_source = read.default_source

    def _note_all(self, expr: ast.expr) -> None:
        for inner in ast.walk(expr):
            if isinstance(inner, ast.expr) and (read := self._read(inner)):
                self._note(read)

    def _words(self, name: str, expressions: list[ast.expr]) -> None:
        read = self.found.get(name)
        for expr in expressions:
            value = literal(expr)[1]
            values = sorted(map(str, value)) if isinstance(value, (set, frozenset)) else value
            for word in values if isinstance(values, (list, tuple)) else [values]:
                if read and isinstance(word, str) and word not in read.literals:
                    read.literals.append(word)

    def _compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for name in filter(None, (self.field_of(side) for side in sides)):
            for side in sides:
                self._note_all(side)
            self._words(name, sides)

    def _match(self, node: ast.Match) -> None:
        if not (name := self.field_of(node.subject)):
            return
        self._note_all(node.subject)
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, ast.MatchValue):
                    self._words(name, [pattern.value])

    def _starts_with(self, node: ast.Call) -> None:
        func = node.func
        if not isinstance(func, ast.Attribute) or func.attr not in ("startswith", "endswith"):
            return
        if name := self.field_of(func.value):
            self._note_all(func.value)
            self._words(name, node.args[:1])
