"""The steps of a workflow class, its own, inherited and attached ones, with what their decorators say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inspectors.discovery.modules import Function, Module, functions_around, parameters_of, statements_of
from inspectors.discovery.names import Target, classes_of, constant_of, dotted_name, resolve
from inspectors.discovery.reads import literal


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

    def value(self, name: str) -> Any:
        """A keyword of the decorator as a value, also where a constant of the class or the module holds it."""
        expr = self.option(name)
        return constant_value(self.module, expr, self.scope) if expr is not None else None

    @property
    def parameters(self) -> list[ast.arg]:
        """All parameters but self (or cls)."""
        return [argument for argument in parameters_of(self.node) if argument.arg not in ("self", "cls")]


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
        for place, function in _free_functions(module, scope):
            free = _step(module, "", function)
            if free and _attached_to(module, free, node, place):
                own.setdefault(function.name, free)
        for function in _given_by_calls(module, node):
            own.setdefault(function.name, _step(module, "", function))
        for name, step in own.items():
            found.setdefault(name, step)
    return [step for step in found.values() if step]


def _free_functions(module: Module, scope: str) -> Iterator[tuple[str, Function]]:
    """The functions that may be steps of a class: the file's, and those beside it in the functions around it."""
    for function in module.functions.values():
        yield "", function
    for name in functions_around(scope):
        for statement in statements_of(module.around[name]):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f"{name}.<locals>", statement


def _given_by_calls(module: Module, node: ast.ClassDef) -> Iterator[Function]:
    """The steps that functions give a class that they are handed: `shield(Flow)`, with `@step(workflow=flow)` in it."""
    for statement in module.tree.body:
        call = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
        giver = module.functions.get(dotted_name(call.func) or "") if isinstance(call, ast.Call) else None
        if giver is None or not isinstance(call, ast.Call):
            continue
        pairs = zip(parameters_of(giver), call.args, strict=False)
        handed = {one.arg for one, given in pairs if getattr(resolve(module, given), "node", None) is node}
        for inner in statements_of(giver) if handed else ():
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                free = _step(module, "", inner)
                owner = free.option("workflow") if free else None
                if isinstance(owner, ast.Name) and owner.id in handed:
                    yield inner


def method_of(workflow: Target, name: str) -> tuple[Module, Function] | None:
    """A method of a class by name, also an inherited one, with the file that holds it."""
    for module, node in classes_of(workflow):
        for child in node.body:
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and child.name == name:
                return module, child
    return None


def _step(module: Module, scope: str, node: Function) -> StepSource | None:
    for decorator in node.decorator_list:
        found = _engine_decorator(module, decorator)
        if found:
            return StepSource(node.name, module, scope, node, *found)
    return None


def _engine_decorator(module: Module, decorator: ast.expr, depth: int = 3) -> tuple[ast.expr, bool] | None:
    """A decorator written out, if it is the engine's, and whether it catches errors; it may have another name."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    dotted = dotted_name(called)
    target = resolve(module, called) if dotted else None
    if target and target.is_engine("step", "catch_error"):
        return decorator, target.qualname == "catch_error"
    if target and target.source and depth and isinstance(target.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return _made_by(target.source, target.node, decorator, depth - 1)
    constant = constant_of(module, dotted) if dotted and depth and (target is None or target.node is None) else None
    home, made = constant or (module, None)
    if not isinstance(made, ast.Call):
        return None
    # `quick = step(num_workers=2)`, or the same with functools.partial.
    if made.args and (dotted_name(made.func) or "").rpartition(".")[2] == "partial":
        return _engine_decorator(home, ast.copy_location(ast.Call(made.args[0], [], made.keywords), made), depth - 1)
    return _engine_decorator(home, made, depth - 1)


def _made_by(module: Module, function: Function, decorator: ast.expr, depth: int) -> tuple[ast.expr, bool] | None:
    """A decorator of one's own that gives back what the engine's makes: `return step(**options)(function)`."""
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
    for call in (node for value in returned for node in ast.walk(value) if isinstance(node, ast.Call)):
        found = _engine_decorator(module, call, depth)
        if found and isinstance(found[0], ast.Call):
            own = decorator.keywords if isinstance(decorator, ast.Call) else []
            merged = ast.Call(found[0].func, [], [*own, *found[0].keywords])
            return ast.copy_location(merged, decorator), found[1]
    return None


def constant_value(module: Module, expr: ast.expr, scope: str = "", depth: int = 5) -> Any:
    """The value of a literal, or of the constant that a name means; None if it can't be told."""
    known, value = literal(expr)
    if known or not depth:
        return value
    if isinstance(expr, (ast.List, ast.Tuple, ast.Set)):
        return [constant_value(module, item, scope, depth - 1) for item in expr.elts]
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        parts = [constant_value(module, part, scope, depth - 1) for part in (expr.left, expr.right)]
        return [*parts[0], *parts[1]] if all(isinstance(part, (list, tuple)) for part in parts) else None
    dotted = dotted_name(expr) or ""
    node = module.classes.get(scope)
    for statement in node.body if node else ():
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if dotted and any(isinstance(target, ast.Name) and target.id == dotted for target in targets):
            held = getattr(statement, "value", None)
            return constant_value(module, held, scope, depth - 1) if held is not None else None
    constant = constant_of(module, dotted) if dotted else None
    return constant_value(constant[0], constant[1], "", depth - 1) if constant else None


def _attached_to(module: Module, step: StepSource, node: ast.ClassDef, place: str) -> bool:
    owner = step.option("workflow")
    target = resolve(module, owner, place) if owner is not None else None
    return target is not None and target.node is node
