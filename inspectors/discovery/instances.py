"""Workflows that a file makes of a class from elsewhere: `agent = FunctionAgent(...)`, or a function that gives one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from inspectors.discovery.constructor import fillable_parameters, unquoted
from inspectors.discovery.events import documentation
from inspectors.discovery.model import ConstructorShape, Factory, StartField
from inspectors.discovery.modules import Function, Module
from inspectors.discovery.names import Target, inherits, resolve


@dataclass(frozen=True)
class MadeWorkflow:
    """A name on module level that holds, or makes, an instance of a workflow class of another file."""

    name: str
    target: Target
    """The class."""
    line: int
    end_line: int
    made_by: ast.Call | None
    """The call that makes it, where it stands on module level or is all that the function returns."""
    is_function: bool
    fields: tuple[StartField, ...] = ()
    """What a form gives to the function."""
    doc: str = ""

    @property
    def constructor(self) -> ConstructorShape:
        """It needs nothing but itself, or what the function takes."""
        return ConstructorShape(list(self.fields), [], Factory(self.name, self.line, self.is_function), self.line)


def made_workflows(module: Module) -> Iterator[MadeWorkflow]:
    """The workflows that a file makes of classes which it doesn't define, in the order of the source.

    An agent that is handed to another, such as to a team, is part of that one.
    """
    found = list(_made(module))
    parts = {name for one in found if one.made_by is not None for name in _names_in(one.made_by)}
    return iter([one for one in found if one.name not in parts or one.is_function])


def _names_in(call: ast.Call) -> set[str]:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return {node.id for value in given for node in ast.walk(value) if isinstance(node, ast.Name)}


def _made(module: Module) -> Iterator[MadeWorkflow]:
    for node in module.tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
            names = node.targets if isinstance(node, ast.Assign) else [node.target]
            target = _class_made(module, node.value)
            for name in names:
                # What a file keeps to itself is part of something else.
                if target is not None and isinstance(name, ast.Name) and not name.id.startswith("_"):
                    line, end = node.lineno, node.end_lineno or node.lineno
                    yield MadeWorkflow(name.id, target, line, end, node.value, False)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            made = _given_by(module, node)
            if made is not None:
                yield made


def makes_something(module: Module) -> bool:
    """Whether it is worth asking which workflows a file makes."""
    return any(isinstance(value, ast.Call) for value in module.assigns.values()) or any(
        function.returns is not None for function in module.functions.values()
    )


def _class_made(module: Module, call: ast.Call) -> Target | None:
    """The class that a call makes an object of: `Class(...)` or `Class.from_something(...)`."""
    for expression in (call.func, call.func.value if isinstance(call.func, ast.Attribute) else None):
        target = resolve(module, expression) if expression is not None else None
        if target is not None and _is_from_elsewhere(module, target):
            return target
    return None


def _is_from_elsewhere(module: Module, target: Target) -> bool:
    is_class = isinstance(target.node, ast.ClassDef) and target.source is not None
    return is_class and target.source is not module and inherits(target, "Workflow")


def _given_by(module: Module, node: ast.FunctionDef) -> MadeWorkflow | None:
    returns = unquoted(node.returns)
    target = resolve(module, returns) if returns is not None else None
    if target is None or not _is_from_elsewhere(module, target):
        return None
    fields = fillable_parameters(module, node)
    if fields is None:
        return None
    call = _returned(node)
    made = _class_made(module, call) if call is not None else None
    line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    end = node.end_lineno or node.lineno
    shown = call if made == target else None
    return MadeWorkflow(node.name, target, line, end, shown, True, tuple(fields), documentation(node))


def _returned(node: Function) -> ast.Call | None:
    found = [child.value for child in ast.walk(node) if isinstance(child, ast.Return)]
    return found[0] if len(found) == 1 and isinstance(found[0], ast.Call) else None
