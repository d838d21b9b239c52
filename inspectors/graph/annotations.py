"""What the annotations of a step say: the events it takes and gives, its context and its resources."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from inspectors.discovery.modules import Module, functions_around
from inspectors.discovery.names import Target, constant_of, dotted_name, inherits, is_foreign, lineage, resolve
from inspectors.discovery.reads import literal
from inspectors.discovery.steps import StepSource

_DEPTH = 12


@dataclass(frozen=True)
class Member:
    """One type of an annotation; of `list[A] | B | None` there are two."""

    target: Target
    listed: bool = False
    """True for the A of `list[A]`."""


@dataclass(frozen=True)
class Taken:
    """An event parameter of a step."""

    param: str
    members: list[Member]
    line: int
    take: int | None = None
    """The n of `Collect(Take(n))`."""


@dataclass(frozen=True)
class Resource:
    """A parameter that the engine injects."""

    param: str
    name: str
    """What the picture writes: the annotated type, or else the factory."""
    target: Target
    line: int
    typed: Target | None = None
    """The annotated class."""


@dataclass
class Signature:
    """All that a step's annotations say."""

    takes: list[Taken] = field(default_factory=list)
    gives: list[Member] = field(default_factory=list)
    gives_line: int | None = None
    context: str = "ctx"
    state: Target | None = None
    """The class of `Context[State]`."""
    resources: list[Resource] = field(default_factory=list)
    others: dict[str, Target] = field(default_factory=dict)
    """Parameters of any other class, such as a child workflow."""


def read_signature(step: StepSource) -> Signature:
    """The signature of a step, as the engine would read it."""
    signature = Signature()
    doubtful: list[Taken] = []
    for parameter in step.parameters:
        if parameter.annotation is not None:
            _read_parameter(step, parameter, parameter.annotation, signature, doubtful)
    if not signature.takes:
        # Classes of packages that aren't read: with nothing better, one named like an event is an event.
        signature.takes = doubtful[:1]
    if step.node.returns is not None:
        members = members_of(step.module, step.node.returns, step.scope)
        signature.gives = [member for member in members if member.target.module != "builtins"]
        signature.gives_line = step.node.returns.lineno
    return signature


def members_of(module: Module, annotation: ast.expr, scope: str = "", depth: int = _DEPTH) -> list[Member]:
    """The classes of an annotation, without None and doubles: unions, Optional, list, Annotated, strings."""
    found: list[Member] = []
    for member in _members(module, annotation, scope, depth, False):
        if member not in found:
            found.append(member)
    return found


def is_event(target: Target) -> bool:
    """Whether a class surely is an event."""
    return inherits(target, "Event")


def may_be_event(target: Target) -> bool:
    """Whether a class is an event, or can't be read and is named like one."""
    unreadable = is_foreign(target) or not target.known or _has_unread_base(target)
    return is_event(target) or (unreadable and target.name.endswith("Event"))


def is_workflow(target: Target) -> bool:
    """Whether a class is a workflow, or comes from a package and is named like one."""
    named_so = target.name.endswith(("Workflow", "Agent"))
    return inherits(target, "Workflow") or (is_foreign(target) and named_so)


def _has_unread_base(target: Target) -> bool:
    return any(is_foreign(ancestor) or not ancestor.known for ancestor in lineage(target)[1:])


def _members(module: Module, expr: ast.expr, scope: str, depth: int, listed: bool) -> list[Member]:
    if not depth:
        return []
    if isinstance(expr, ast.Constant):
        return _of_text(module, expr, scope, depth, listed)
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.BitOr):
        left = _members(module, expr.left, scope, depth - 1, listed)
        return left + _members(module, expr.right, scope, depth - 1, listed)
    if isinstance(expr, ast.Subscript):
        return _of_subscript(module, expr, scope, depth, listed)
    name = dotted_name(expr)
    if not name:
        return []
    found = _alias(module, name, scope)
    if found is not None and isinstance(found[1], (ast.BinOp, ast.Subscript)):
        return _members(*found, "" if found[0] is not module else scope, depth - 1, listed)
    target = resolve(module, expr, scope)
    return [Member(target, listed)] if target else []


def _alias(module: Module, name: str, scope: str) -> tuple[Module, ast.expr] | None:
    """What a name of a type was set to, in the class, in the file, or in the file it comes from."""
    if name in module.classes or f"{scope}.{name}" in module.classes:
        return None
    if any(f"{function}.<locals>.{name}" in module.classes for function in functions_around(scope)):
        return None
    held = module.class_values.get(scope, {}).get(name)
    if held is not None:
        return module, held
    return constant_of(module, name)


def _of_text(module: Module, expr: ast.Constant, scope: str, depth: int, listed: bool) -> list[Member]:
    if not isinstance(expr.value, str):
        return []
    try:
        inner = ast.parse(expr.value.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return _members(module, inner, scope, depth - 1, listed)


def _of_subscript(module: Module, expr: ast.Subscript, scope: str, depth: int, listed: bool) -> list[Member]:
    outer = (dotted_name(expr) or "").rpartition(".")[2]
    inner = expr.slice.elts if isinstance(expr.slice, ast.Tuple) else [expr.slice]
    if outer in ("Union", "Optional"):
        return [found for part in inner for found in _members(module, part, scope, depth - 1, listed)]
    if outer in ("list", "List"):
        return [found for part in inner for found in _members(module, part, scope, depth - 1, True)]
    if outer == "Annotated" and inner:
        return _members(module, inner[0], scope, depth - 1, listed)
    target = resolve(module, expr, scope)
    return [Member(target, listed)] if target else []


def _read_parameter(
    step: StepSource, parameter: ast.arg, annotation: ast.expr, signature: Signature, doubtful: list[Taken]
) -> None:
    members = members_of(step.module, annotation, step.scope)
    metadata = _metadata(annotation)
    resource = _resource(step, parameter, members, metadata)
    if resource:
        signature.resources.append(resource)
    elif any(member.target.is_engine("Context") for member in members):
        signature.context = parameter.arg
        if isinstance(annotation, ast.Subscript):
            states = members_of(step.module, annotation.slice, step.scope)
            signature.state = next((state.target for state in states if state.target.node is not None), None)
    elif members and all(is_event(member.target) for member in members):
        signature.takes.append(Taken(parameter.arg, members, parameter.lineno, _take(metadata)))
    elif members and all(may_be_event(member.target) for member in members):
        doubtful.append(Taken(parameter.arg, members, parameter.lineno, _take(metadata)))
    elif members:
        signature.others[parameter.arg] = members[0].target


def _metadata(annotation: ast.expr) -> list[ast.Call]:
    if not isinstance(annotation, ast.Subscript) or not isinstance(annotation.slice, ast.Tuple):
        return []
    if (dotted_name(annotation) or "").rpartition(".")[2] != "Annotated":
        return []
    return [part for part in annotation.slice.elts[1:] if isinstance(part, ast.Call)]


def _resource(step: StepSource, parameter: ast.arg, members: list[Member], metadata: list[ast.Call]) -> Resource | None:
    for call in metadata:
        target = resolve(step.module, call.func)
        if not target or target.name not in ("Resource", "ResourceConfig"):
            continue
        factory = resolve(step.module, call.args[0]) if call.args and target.name == "Resource" else None
        label = next((literal(keyword.value)[1] for keyword in call.keywords if keyword.arg == "label"), None)
        typed = members[0].target if members else None
        named = factory or typed or Target(step.module.name, parameter.arg)
        name = label if isinstance(label, str) else (typed or named).name
        return Resource(parameter.arg, name, named, parameter.lineno, typed)
    return None


def _take(metadata: list[ast.Call]) -> int | None:
    for call in metadata:
        for inner in ast.walk(call):
            if isinstance(inner, ast.Call) and (dotted_name(inner.func) or "").rpartition(".")[2] == "Take":
                first = inner.args[0] if inner.args else None
                value = literal(first if first is not None else _keyword(inner, "n"))[1]
                return value if isinstance(value, int) else None
    return None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
