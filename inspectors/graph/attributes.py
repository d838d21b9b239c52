"""Follows attributes of classes: what `self.x` may be, by the class's body and by what its methods assign."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from inspectors.discovery.modules import Function, Module, installed_module, is_seen_from, parameters_of
from inspectors.discovery.names import Target, dotted_name, lineage, resolve
from inspectors.graph.expressions import Expressions
from inspectors.graph.frames import Frame, is_held, may_grow
from inspectors.graph.makers import Maker, handed, makers_of
from inspectors.graph.values import (
    UNKNOWN,
    ClassValue,
    FunctionValue,
    Instance,
    Mapping,
    Sequence,
    Unknown,
    Value,
    Values,
    is_told,
    items_of,
    joined,
    many,
    union,
    worth_following,
)

_ADDS = ("append", "add", "put", "put_nowait", "appendleft")


@dataclass(frozen=True)
class _Set:
    """One `self.x = value`, or `self.x.append(value)`."""

    function: Function
    value: ast.expr
    how: str
    """set | add | extend | item"""


_index: dict[int, tuple[ast.ClassDef, dict[str, list[_Set]]]] = {}
"""By the identity of a class's node; the node is kept, so that no other one gets its identity."""
_MOST_INDEXED = 2_000


class Attributes(Expressions):
    """Evaluates attributes of the user's own classes."""

    def attribute_of(self, target: Target, name: str, owner: Instance | ClassValue) -> Values:
        """What an attribute of a class of the user's own may be."""
        found = self._inherited(target, name, owner)
        if owner.target != self.shared.workflow and any(_is_abstract(value) for value in found):
            # A method without a body, of an object that was only annotated: it will be one of the classes with one.
            found = union(found, UNKNOWN)
            for derived in _derived(target):
                if isinstance(owner, Instance) and any(_defines(one, name) for one in lineage(derived)[:1]):
                    found = union(found, self._inherited(derived, name, Instance(derived, owner.line, owner.fields)))
        return found

    def _inherited(self, target: Target, name: str, owner: Instance | ClassValue) -> Values:
        for ancestor in lineage(target):
            found = self.own_attribute(ancestor, name, owner)
            if found is not None:
                return found
        return UNKNOWN

    def own_attribute(self, target: Target, name: str, owner: Instance | ClassValue) -> Values | None:
        """What a class's own body says of an attribute; None if nothing."""
        module, node = target.source, target.node
        if module is None or not isinstance(node, ast.ClassDef):
            return None
        for child in node.body:
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and child.name == name:
                registered = [self._method_value(module, target, one, owner) for one in _registered(node, child)]
                return union(self._method_value(module, target, child, owner), *registered)
        if f"{target.qualname}.{name}" in module.classes:
            nested = module.classes[f"{target.qualname}.{name}"]
            return (ClassValue(Target(module.name, f"{target.qualname}.{name}", module, nested)),)
        key = target, name
        if key not in self.shared.attributes:
            self.shared.attributes[key] = ()  # a circle ends here
            found = self._values(module, target, node, name)
            if found is None:
                del self.shared.attributes[key]
                return None
            self.shared.attributes[key] = found
        return self.shared.attributes[key]

    def _method_value(self, module: Module, target: Target, node: Function, owner: Instance | ClassValue) -> Values:
        marks = {(dotted_name(mark) or "").rpartition(".")[2] for mark in node.decorator_list}
        bound: Instance | ClassValue | None = owner
        if "staticmethod" in marks:
            bound = None
        elif "classmethod" in marks:
            bound = ClassValue(owner.target)
        elif isinstance(owner, ClassValue):
            bound = None
        function = self.decorated(FunctionValue(module, node, target.qualname, bound, target))
        if marks & {"property", "cached_property"}:
            return self.invoke(function, [], {}, node.lineno)
        return (function,)

    def decorated(self, function: FunctionValue) -> FunctionValue:
        """A function inside the decorators of the user's own."""
        node = function.node
        for mark in reversed(getattr(node, "decorator_list", [])):
            called = mark.func if isinstance(mark, ast.Call) else mark
            target = resolve(function.module, called, function.scope)
            if target is None or not isinstance(target.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            bare = replace(function, owner=None)
            for value in self.eval(Frame(function.module, function.scope, None, {}), mark):
                for made in self.invoke(value, [(bare,)], {}, mark.lineno):
                    if isinstance(made, FunctionValue):
                        function = replace(made, owner=function.owner, holder=function.holder)
        return function

    def _values(self, module: Module, target: Target, node: ast.ClassDef, name: str) -> Values | None:
        found: list[Values] = []
        annotation: ast.expr | None = None
        for child in node.body:
            if isinstance(child, ast.Assign) and any(_named(one) == name for one in child.targets):
                found.append(self.eval(Frame(module, target.qualname, None, {}), child.value))
            elif isinstance(child, ast.AnnAssign) and _named(child.target) == name:
                annotation = child.annotation
                if child.value is not None:
                    found.append(self.eval(Frame(module, target.qualname, None, {}), child.value))
        for one in assigned(node).get(name, []):
            found = self._assigned(module, target, one, found)
        if annotation is not None and not any(_followed(values) for values in found):
            found.append(self.annotated(module, annotation, target.qualname, node.lineno))
        if found and is_held(found[0]) and may_grow(module, name) and name not in assigned(node):
            found.append(UNKNOWN)
        return union(*found) if found else None

    def _assigned(self, module: Module, target: Target, one: _Set, found: list[Values]) -> list[Values]:
        frame = self._loose(module, target, one.function, one.value)
        values = self.eval(frame, one.value)
        if one.how == "set":
            return [*found, values]
        known = union(*found)
        if one.how == "item":
            mappings = [value for value in known if isinstance(value, Mapping)] or [Mapping()]
            return [(Mapping(value.entries, union(value.rest, values), value.keys),) for value in mappings]
        items = many(values if one.how == "add" else items_of(values), None)
        lists = [value for value in known if isinstance(value, Sequence)] or [Sequence()]
        return [(joined(value, items),) for value in lists]

    def loosely(self, target: Target, function: Function, expr: ast.expr) -> Values:
        """What an expression of a class's method may be, without following the method as a whole."""
        assert target.source is not None
        return self.eval(self._loose(target.source, target, function, expr), expr)

    def _loose(self, module: Module, target: Target, function: Function, expr: ast.expr, depth: int = 3) -> Frame:
        """A frame for one expression of a method that isn't followed as a whole."""
        owner = Instance(target)
        env: dict[str, Values] = {}
        frame = Frame(module, target.qualname, function, env, owner, target)
        arguments = parameters_of(function)
        defaults = dict(
            zip(reversed([one.arg for one in function.args.args]), reversed(function.args.defaults), strict=False)
        )
        defaults |= {
            one.arg: default
            for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
            if default is not None
        }
        wanted = {node.id for node in ast.walk(expr) if isinstance(node, ast.Name)}
        for argument in arguments:
            if argument.arg == "self":
                env["self"] = (owner,)
            elif argument.arg in wanted:
                default = defaults.get(argument.arg)
                said = self.annotated(module, argument.annotation, target.qualname)
                known = self.eval(Frame(module, target.qualname, None, {}), default) if default is not None else ()
                env[argument.arg] = union(said, known)
                if function.name == "__init__" and not is_told(said):
                    env[argument.arg] = union(env[argument.arg], self._handed_in(target, function, argument.arg))
        if depth:
            for statement in ast.walk(function):
                if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                    for one in targets:
                        if isinstance(one, ast.Name) and one.id in wanted and statement.value is not expr:
                            inner = self._loose(module, target, function, statement.value, depth - 1)
                            env[one.id] = union(env.get(one.id, ()), self.eval(inner, statement.value))
        return frame

    def _handed_in(self, target: Target, function: Function, name: str) -> Values:
        """What those who make an object of a class in its own file hand to its constructor, if it leads anywhere."""
        module = target.source
        found: list[Values] = []
        for maker in makers_of(module, target.name) if module is not None else ():
            expr = handed(maker, function, name)
            if expr is None or module is None or not self._makes(maker, module, target):
                continue
            if maker.function is None:
                values = self.eval(Frame(module, maker.scope, None, {}), expr)
            else:
                made_in = Target(module.name, maker.scope, module, module.classes.get(maker.scope))
                values = self.eval(self._loose(module, made_in, maker.function, expr), expr)
            found.append(tuple(value for value in values if worth_following((value,))))
        return union(*found)

    def _makes(self, maker: Maker, module: Module, target: Target) -> bool:
        if maker.is_super:
            # Of a base only what the class at hand hands up, not what its sisters do.
            above = [one.qualname for one in lineage(self.shared.workflow) if one.source is module]
            return maker.scope in above and target.qualname in above[above.index(maker.scope) + 1 :]
        made = resolve(module, maker.call.func, maker.scope)
        return made is not None and target in lineage(made)


def _registered(node: ast.ClassDef, dispatching: Function) -> list[Function]:
    """The methods that `functools.singledispatchmethod` chooses from, by the class of the argument."""
    marks = {(dotted_name(mark) or "").rpartition(".")[2] for mark in dispatching.decorator_list}
    if "singledispatchmethod" not in marks:
        return []
    wanted = f"{dispatching.name}.register"
    return [
        child
        for child in node.body
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        and any(
            dotted_name(mark.func if isinstance(mark, ast.Call) else mark) == wanted for mark in child.decorator_list
        )
    ]


def is_written(body: Iterable[ast.stmt]) -> bool:
    """Whether a body does anything: `...`, `pass`, a docstring or a bare `raise NotImplementedError` do not."""
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Pass):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None and "NotImplemented" in ast.dump(node.exc)[:120]:
            continue
        return True
    return False


def _is_abstract(value: Value) -> bool:
    return (
        isinstance(value, FunctionValue) and not isinstance(value.node, ast.Lambda) and not is_written(value.node.body)
    )


def _derived(target: Target) -> list[Target]:
    """The classes beside a class that derive from it."""
    modules: list[Module | None] = [target.source]
    if target.name == "BaseWorkflowAgent":
        modules = [installed_module(f"{target.module.rpartition('.')[0]}.function_agent")]
    found = []
    for module in modules:
        for name, node in module.classes.items() if module else ():
            if not is_seen_from(name, target.qualname):
                continue
            one = Target(module.name, name, module, node) if module else target
            if target in lineage(one)[1:]:
                found.append(one)
    return found


def _defines(target: Target, name: str) -> bool:
    body = target.node.body if target.node is not None else []
    return any(isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and child.name == name for child in body)


def assigned(node: ast.ClassDef) -> dict[str, list[_Set]]:
    """What the methods of a class assign to attributes of `self`, in the order of the source."""
    known = _index.get(id(node))
    if known is not None and known[0] is node:
        return known[1]
    found: dict[str, list[_Set]] = {}
    for child in node.body:
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for inner in ast.walk(child):
                _note(inner, child, found)
    if len(_index) > _MOST_INDEXED:
        _index.clear()
    _index[id(node)] = node, found
    return found


def _note(node: ast.AST, function: Function, found: dict[str, list[_Set]]) -> None:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if name := _of_self(target):
                    found.setdefault(name, []).append(_Set(function, value, "set"))
                elif isinstance(target, ast.Subscript) and (name := _of_self(target.value)):
                    found.setdefault(name, []).append(_Set(function, value, "item"))
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            if name := _of_self(target):
                found.setdefault(name, []).append(_Set(function, value, "set"))
        case ast.Call(func=ast.Attribute(value=held, attr=method), args=[*_, value]):
            if method in (*_ADDS, "extend") and (name := _of_self(held)):
                how = "extend" if method == "extend" else "add"
                found.setdefault(name, []).append(_Set(function, value, how))


def _of_self(expr: ast.expr) -> str | None:
    if isinstance(expr, ast.Attribute) and isinstance(expr.value, ast.Name) and expr.value.id in ("self", "cls"):
        return expr.attr
    return None


def _named(expr: ast.expr) -> str | None:
    return expr.id if isinstance(expr, ast.Name) else None


def _followed(values: Values) -> bool:
    return any(not isinstance(value, Unknown) for value in values)
