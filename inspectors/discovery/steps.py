"""The steps of a workflow class, its own, inherited and attached ones, with what their decorators say."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from inspectors.discovery.modules import Function, Module
from inspectors.discovery.names import Target, classes_of, dotted_name, resolve


@dataclass(frozen=True)
class StepSource:
    """One step as written."""

    name: str
    module: Module
    """The file that holds it: another one than the workflow's for an inherited step."""
    scope: str
    """The qualified name of the class that holds it; "" for a free function."""
    node: Function
    decorator: ast.expr
    catches_errors: bool
    """True for a `@catch_error` handler."""

    def option(self, name: str) -> ast.expr | None:
        """A keyword of the decorator, such as `num_workers`."""
        keywords = self.decorator.keywords if isinstance(self.decorator, ast.Call) else []
        return next((keyword.value for keyword in keywords if keyword.arg == name), None)

    @property
    def parameters(self) -> list[ast.arg]:
        """All parameters but self (or cls)."""
        arguments = self.node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return [argument for argument in every if argument.arg not in ("self", "cls")]


def steps_of(workflow: Target) -> list[StepSource]:
    """The steps of a workflow class, in the order of the source, inherited ones last.

    As in Python, the nearest definition of a name wins: an override without `@step` is no step.
    """
    found: dict[str, StepSource | None] = {}
    for module, node in classes_of(workflow):
        scope = next((name for name, known in module.classes.items() if known is node), node.name)
        own: dict[str, StepSource | None] = {}
        for child in node.body:
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                own[child.name] = _step(module, scope, child)
        for function in module.functions.values():
            free = _step(module, "", function)
            if free and _attached_to(module, free, node):
                own.setdefault(function.name, free)
        for name, step in own.items():
            found.setdefault(name, step)
    return [step for step in found.values() if step]


def method_of(workflow: Target, name: str) -> tuple[Module, Function] | None:
    """A method of a class by name, also an inherited one, with the file that holds it."""
    for module, node in classes_of(workflow):
        for child in node.body:
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and child.name == name:
                return module, child
    return None


def _step(module: Module, scope: str, node: Function) -> StepSource | None:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        target = resolve(module, called) if dotted_name(called) else None
        if target and target.is_engine("step", "catch_error"):
            return StepSource(node.name, module, scope, node, decorator, target.qualname == "catch_error")
    return None


def _attached_to(module: Module, step: StepSource, node: ast.ClassDef) -> bool:
    owner = step.option("workflow")
    target = resolve(module, owner) if owner is not None else None
    return target is not None and target.node is node
