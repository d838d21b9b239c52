"""What a workflow class takes to be made: its `__init__`, or a factory of its file, read from source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from inspectors.discovery.events import CONSTRAINTS, documentation
from inspectors.discovery.model import ConstructorShape, Factory, StartField, Unfillable
from inspectors.discovery.modules import Function, Module
from inspectors.discovery.names import Target, dotted_name, is_foreign, lineage, resolve
from inspectors.discovery.reads import literal, written

ENGINE_PARAMETERS = frozenset(
    "timeout disable_validation verbose resource_manager num_concurrent_runs runtime workflow_name"
    " skip_graph_checks serializer".split()
)
"""What the engine's own `Workflow.__init__` takes: a run's options, or nobody's business."""

SIMPLE = frozenset(
    "str int float bool None NoneType bytes date datetime time timedelta Decimal UUID Path PurePath LiteralString"
    " SecretStr EmailStr HttpUrl AnyUrl FilePath DirectoryPath"
    " PositiveInt NonNegativeInt NegativeInt PositiveFloat NonNegativeFloat NegativeFloat"
    " dict Dict list List tuple Tuple set Set frozenset FrozenSet".split()
)
"""Types of which a form can give a value, by their last name."""

GENERICS = frozenset(
    "Optional Union Annotated Final dict Dict Mapping MutableMapping list List set Set frozenset FrozenSet tuple Tuple"
    " Sequence MutableSequence Iterable Collection".split()
)
_ALIASES = 8
_ARGUMENT = re.compile(r"^(\s*)(\w+)(?:\s*\([^)]*\))?\s*:\s+(\S.*)$")


def constructor_shape(workflow: Target) -> ConstructorShape:
    """What a form can give to make this class; see `ConstructorShape`. Never raises, never imports."""
    found = _init(workflow)
    if found is None:
        return ConstructorShape()
    module, scope, function = found
    documents = [documentation(node) for node in (workflow.node, function) if node]
    taken = _Parameters(module, scope, function, bound=True, documents=documents).read()
    if not taken.unfillable:
        return ConstructorShape(taken.fields, line=function.lineno)
    assert workflow.source is not None
    for factory, fields in _factories(workflow.source, workflow):
        return ConstructorShape(fields, taken.unfillable, factory, function.lineno)
    return ConstructorShape([], taken.unfillable, None, function.lineno)


def _init(workflow: Target) -> tuple[Module, str, Function] | None:
    """The nearest `__init__` that can be read: the file, the class that holds it, the function."""
    for ancestor in lineage(workflow):
        if is_foreign(ancestor):
            return None  # it may have one, which isn't read
        if ancestor.source is None or not isinstance(ancestor.node, ast.ClassDef):
            continue
        for child in ancestor.node.body:
            if isinstance(child, ast.FunctionDef) and child.name == "__init__":
                return ancestor.source, ancestor.qualname, child
    return None


def _factories(module: Module, workflow: Target) -> Iterator[tuple[Factory, list[StartField]]]:
    """What on module level makes the class, functions before instances; each with what a form gives it."""
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef) and _is(module, node.returns, workflow):
            fields = fillable_parameters(module, node)
            if fields is not None:
                yield Factory(node.name, node.lineno, True), fields
    for node in module.tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if names and _is(module, node.value.func, workflow):
                yield Factory(names[0], node.lineno, False), []


def _is(module: Module, expression: ast.expr | None, workflow: Target) -> bool:
    expression = unquoted(expression)
    return expression is not None and resolve(module, expression) == workflow


def unquoted(expression: ast.expr | None) -> ast.expr | None:
    """An annotation, also one that stands in quotes."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        try:
            return ast.parse(expression.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return expression


def fillable_parameters(module: Module, function: ast.FunctionDef) -> list[StartField] | None:
    """What a form gives to a function; None if it needs what no form can give."""
    taken = _Parameters(module, "", function, documents=[documentation(function)]).read()
    return None if taken.unfillable else taken.fields


@dataclass
class _Parameters:
    """The parameters of one function, sorted into those that a form can give and those that it can't."""

    module: Module
    scope: str
    function: Function
    bound: bool = False
    """The first parameter is `self`."""
    documents: list[str] = field(default_factory=list)
    fields: list[StartField] = field(default_factory=list)
    unfillable: list[Unfillable] = field(default_factory=list)

    def read(self) -> _Parameters:
        told = {name: text for document in self.documents for name, text in described_arguments(document).items()}
        for argument, default in self._arguments():
            if argument.arg in ENGINE_PARAMETERS:
                continue
            found = self._field(argument, default, told.get(argument.arg, ""))
            if found is not None:
                self.fields.append(found)
            elif default is None:
                annotation = written(argument.annotation) if argument.annotation else None
                self.unfillable.append(Unfillable(argument.arg, annotation, argument.lineno))
        self.fields.sort(key=lambda one: not one.required)
        return self

    def _arguments(self) -> Iterator[tuple[ast.arg, ast.expr | None]]:
        """Each parameter that can be given by name or place, with its default."""
        given = self.function.args
        placed = [*given.posonlyargs, *given.args]
        defaults = [None] * (len(placed) - len(given.defaults)) + list(given.defaults)
        pairs = list(zip(placed, defaults, strict=True))
        yield from pairs[1:] if self.bound else pairs
        yield from zip(given.kwonlyargs, given.kw_defaults, strict=True)

    def _field(self, argument: ast.arg, default: ast.expr | None, description: str) -> StartField | None:
        """A field for a parameter; None if a form can't give it."""
        known, value = literal(default)
        if argument.annotation is None:
            if not known or not isinstance(value, (str, int, float, bool, list, dict)):
                return None  # nothing says what it takes
            annotation: str | None = None
        else:
            annotation = self._fillable(argument.annotation, _ALIASES)
            if annotation is None:
                return None
        if default is not None and not known:
            known, value = self._member(default)
        options = self._metadata(argument.annotation)
        told = options.pop("description", "")
        return StartField(
            name=argument.arg,
            annotation=annotation,
            required=default is None,
            default=value,
            has_default=known,
            step="",
            line=argument.lineno,
            read_as="",
            description=told if isinstance(told, str) and told else description,
            constraints={name: value for name, value in options.items() if name in CONSTRAINTS},
            default_source=written(default) if default is not None else "",
            file=str(self.module.path),
            scope=self.scope,
        )

    def _metadata(self, annotation: ast.expr | None) -> dict[str, Any]:
        """What `Annotated[..., Field(...)]` says in literals."""
        annotation = unquoted(annotation)
        if not isinstance(annotation, ast.Subscript) or _last(annotation) != "Annotated":
            return {}
        inner = annotation.slice.elts[1:] if isinstance(annotation.slice, ast.Tuple) else []
        calls = [call for call in inner if isinstance(call, ast.Call) and _last(call.func) == "Field"]
        told = [(word.arg, *literal(word.value)) for call in calls for word in call.keywords if word.arg]
        return {str(name): value for name, known, value in told if known}

    def _fillable(self, annotation: ast.expr | None, depth: int) -> str | None:
        """The annotation as a form can use it, enums written as their values; None if no form can give one."""
        annotation = unquoted(annotation)
        if annotation is None or not depth:
            return None
        if isinstance(annotation, ast.Constant):
            return "None" if annotation.value is None else "..." if annotation.value is ... else None
        if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
            return self._joined(" | ", [annotation.left, annotation.right], depth)
        if isinstance(annotation, ast.Subscript):
            return self._generic(annotation, depth)
        return self._named(annotation, depth)

    def _joined(self, sign: str, members: list[ast.expr], depth: int) -> str | None:
        texts = [self._fillable(member, depth) for member in members]
        return None if None in texts else sign.join(str(text) for text in texts)

    def _generic(self, annotation: ast.Subscript, depth: int) -> str | None:
        name, inner = _last(annotation), annotation.slice
        members = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if name == "Literal":
            return written(annotation)
        if name == "Annotated" and members:
            return self._fillable(members[0], depth)
        if name not in GENERICS:
            return None
        joined = self._joined(", ", members, depth)
        return None if joined is None else f"{name}[{joined}]"

    def _named(self, annotation: ast.expr, depth: int) -> str | None:
        """A class or an alias."""
        target = resolve(self.module, annotation, self.scope)
        if target is None:
            return None
        alias = self.module.assigns.get(dotted_name(annotation) or "")
        if alias is not None and target.node is None:
            return self._fillable(alias, depth - 1)
        if isinstance(target.node, ast.ClassDef):
            return _own_class(target)
        return target.name if target.name in SIMPLE and not target.engine else None

    def _member(self, default: ast.expr) -> tuple[bool, Any]:
        """The value of `Mode.FAST`."""
        if isinstance(default, ast.Attribute):
            target = resolve(self.module, default.value, self.scope)
            if target and target.source and isinstance(target.node, ast.ClassDef) and _is_enum(target):
                values = _values(target.node)
                return default.attr in values, values.get(default.attr)
        return False, None


def _own_class(target: Target) -> str | None:
    """A class of the user's own: an enum by its values, a model or dataclass by its name, else None."""
    assert isinstance(target.node, ast.ClassDef)
    if _is_enum(target):
        values = list(_values(target.node).values())
        return f"Literal[{', '.join(map(repr, values))}]" if values else target.name
    bases = {ancestor.name for ancestor in lineage(target)[1:]}
    decorators = {_last(call.func if isinstance(call, ast.Call) else call) for call in target.node.decorator_list}
    plain = bases & {"BaseModel", "TypedDict", "NamedTuple"} or "dataclass" in decorators
    return target.name if plain and not any(ancestor.engine for ancestor in lineage(target)) else None


def _is_enum(target: Target) -> bool:
    return any(ancestor.module == "enum" for ancestor in lineage(target)[1:])


def _values(node: ast.ClassDef) -> dict[str, Any]:
    """The literal values of an enum's members; {} if one isn't literal, so that no choice is missing."""
    values = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            known, value = literal(statement.value)
            if not known:
                return {}
            values[statement.targets[0].id] = value
    return values


def _last(expression: ast.expr) -> str:
    return (dotted_name(expression) or "").rpartition(".")[2]


def described_arguments(document: str) -> dict[str, str]:
    """What a docstring says of each argument, in Google's style: name -> text on one line."""
    _, found, below = document.partition("Args:\n")
    told: dict[str, str] = {}
    name, depth = "", -1
    for line in below.splitlines() if found else []:
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent == 0:
            break
        entry = _ARGUMENT.match(line)
        if entry and (depth < 0 or indent <= depth):
            depth, name = indent, entry[2]
            told[name] = entry[3].strip()
        elif name and line.strip():
            told[name] += f" {line.strip()}"
    return told
