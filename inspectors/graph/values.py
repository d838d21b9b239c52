"""What an expression in a step's body gives: which events, how many, and of which class an object is.

Only what the function itself shows is followed: constructors, variables, lists, loops, own helpers with a
return annotation. An expression that can't be told gives nothing, never a guess.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from inspectors.discovery.modules import Function, Module
from inspectors.discovery.names import Target, classes_of, dotted_name, resolve
from inspectors.discovery.reads import literal
from inspectors.discovery.steps import method_of
from inspectors.graph.annotations import is_event, may_be_event, members_of

_DEPTH = 8
_SAME_LENGTH = {"list", "tuple", "sorted", "reversed", "enumerate", "set", "iter"}


@dataclass(frozen=True)
class Made:
    """An event that an expression gives."""

    target: Target
    line: int
    times: int | None = 1
    """How many; None if it can't be told."""
    listed: bool = False


def times(one: int | None, other: int | None) -> int | None:
    """Two counts multiplied; unknown if either is."""
    return None if one is None or other is None else one * other


class Values:
    """Follows expressions of one function."""

    def __init__(
        self,
        module: Module,
        function: Function,
        workflow: Target,
        params: dict[str, list[Target]],
        scope: str = "",
        attributes: dict[str, Target] | None = None,
    ) -> None:
        self.module, self.function, self.workflow = module, function, workflow
        self.attributes = attributes_of(workflow) if attributes is None else attributes
        self.params, self.scope = params, scope
        self.assigned: dict[str, list[ast.expr]] = {}
        self.elements: dict[str, list[ast.expr]] = {}
        """Variable -> what is appended to it."""
        self.looped: dict[str, list[ast.expr]] = {}
        """Loop variable -> what is looped over."""
        for node in ast.walk(function):
            self._index(node)

    def made(self, expr: ast.expr | None, depth: int = _DEPTH) -> list[Made]:
        """The events that an expression gives; several alternatives if it branches."""
        if expr is None or not depth:
            return []
        inner = depth - 1
        match expr:
            case ast.Call():
                return self._of_call(expr, inner)
            case ast.Name(id=name):
                return self._of_name(name, inner)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return [self._listed(made) for element in elements for made in self.made(element, inner)]
            case (
                ast.ListComp(elt=element, generators=generators) | ast.GeneratorExp(elt=element, generators=generators)
            ):
                count = self.rounds(generators)
                return [self._listed(made, count) for made in self.made(element, inner)]
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                repeated, number = (left, right) if self.made(left, inner) else (right, left)
                return [self._listed(made, self.number(number)) for made in self.made(repeated, inner)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.made(left, inner) + self.made(right, inner)
            case ast.IfExp(body=body, orelse=other):
                return self.made(body, inner) + self.made(other, inner)
            case ast.BoolOp(values=values):
                return [made for value in values for made in self.made(value, inner)]
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self.made(value, inner)
            case ast.Subscript(value=value):
                return [replace(made, listed=False, times=1) for made in self._items(value, inner)]
        return []

    def class_of(self, expr: ast.expr, depth: int = _DEPTH) -> Target | None:
        """The class an expression is an instance of, if a constructor or an annotation shows it."""
        if not depth:
            return None
        if isinstance(expr, ast.Await):
            return self.class_of(expr.value, depth - 1)
        if isinstance(expr, ast.Call):
            target = resolve(self.module, expr.func, self.scope)
            return target if target and not isinstance(target.node, Function) else None
        if isinstance(expr, ast.Name):
            for value in self.bound(expr.id):
                if found := self.class_of(value, depth - 1):
                    return found
            taken = self.params.get(expr.id, [])
            return taken[0] if len(taken) == 1 else None
        if isinstance(expr, ast.Attribute) and isinstance(expr.value, ast.Name) and expr.value.id == "self":
            return self.attributes.get(expr.attr)
        return None

    def number(self, expr: ast.expr | None) -> int | None:
        """An integer literal, or a variable or module constant that is one."""
        if isinstance(expr, ast.Name):
            known = self.bound(expr.id)
            expr = known[0] if len(known) == 1 and not isinstance(known[0], ast.Name) else None
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name) and expr.func.id == "len":
            return self.length(expr.args[0]) if expr.args else None
        value = literal(expr)[1]
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def length(self, expr: ast.expr | None, depth: int = _DEPTH) -> int | None:
        """How many items something has that is looped over: `range(3)`, a literal, a name of one."""
        if not depth or expr is None:
            return None
        if isinstance(expr, (ast.List, ast.Tuple, ast.Set)):
            return None if any(isinstance(item, ast.Starred) for item in expr.elts) else len(expr.elts)
        if isinstance(expr, ast.Dict):
            return len(expr.keys)
        if isinstance(expr, ast.Name):
            if self.elements.get(expr.id):
                return None
            known = self.bound(expr.id)
            return self.length(known[0], depth - 1) if len(known) == 1 else None
        if isinstance(expr, ast.ListComp):
            return self.rounds(expr.generators)
        if not isinstance(expr, ast.Call):
            return None
        name = dotted_name(expr.func) or ""
        if name == "range":
            return self._range([self.number(argument) for argument in expr.args])
        if name == "zip":
            lengths = [self.length(argument, depth - 1) for argument in expr.args]
            return min((length for length in lengths if length is not None), default=None)
        if name in _SAME_LENGTH and expr.args:
            return self.length(expr.args[0], depth - 1)
        if isinstance(expr.func, ast.Attribute) and expr.func.attr in ("items", "keys", "values"):
            return self.length(expr.func.value, depth - 1)
        return None

    def rounds(self, generators: list[ast.comprehension]) -> int | None:
        """How often a comprehension goes round; unknown if it has a condition."""
        count: int | None = 1
        for generator in generators:
            count = times(count, None if generator.ifs else self.length(generator.iter))
        return count

    def bound(self, name: str) -> list[ast.expr]:
        """What a variable of the function, or else of the module, is bound to."""
        in_module = [self.module.assigns[name]] if name in self.module.assigns else []
        return self.assigned.get(name) or in_module

    def _index(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.assigned.setdefault(target.id, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.assigned.setdefault(name, []).append(value)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                self.assigned.setdefault(name, []).append(value)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                self.elements.setdefault(name, []).append(value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[value]):
                if method in ("append", "extend", "add"):
                    self.elements.setdefault(name, []).append(value)
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                for part in ast.walk(node.target):
                    if isinstance(part, ast.Name):
                        self.looped.setdefault(part.id, []).append(node.iter)

    def _items(self, expr: ast.expr, depth: int) -> list[Made]:
        return [made for made in self.made(expr, depth) if made.listed]

    def _listed(self, made: Made, count: int | None = 1) -> Made:
        return replace(made, listed=True, times=times(made.times, count))

    def _of_call(self, call: ast.Call, depth: int) -> list[Made]:
        if (dotted_name(call.func) or "") in _SAME_LENGTH and call.args:
            return [self._listed(made) for made in self.made(call.args[0], depth)]
        target = resolve(self.module, call.func, self.scope)
        if target and not isinstance(target.node, Function) and may_be_event(target):
            return [Made(target, call.lineno)]
        helper = self.helper(call)
        if helper is None or helper[1].returns is None:
            return []
        module, function = helper
        assert function.returns is not None
        return [
            Made(member.target, call.lineno, None if member.listed else 1, member.listed)
            for member in members_of(module, function.returns)
            if is_event(member.target)
        ]

    def helper(self, call: ast.Call) -> tuple[Module, Function] | None:
        """The own method or function of the file that a call runs, with its file."""
        func = call.func
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "self":
            return method_of(self.workflow, func.attr)
        target = resolve(self.module, func, self.scope)
        if target and target.source and isinstance(target.node, Function):
            return target.source, target.node
        return None

    def _of_name(self, name: str, depth: int) -> list[Made]:
        found: list[Made] = []
        for value in self.assigned.get(name, []):
            found += self.made(value, depth)
        for value in self.elements.get(name, []):
            found += [replace(made, listed=True, times=None) for made in self.made(value, depth)]
        for iterated in self.looped.get(name, []):
            found += [replace(made, listed=False, times=1) for made in self._items(iterated, depth)]
        if not found and name in self.params:
            line = self.function.lineno
            found = [Made(target, line) for target in self.params[name] if may_be_event(target)]
        return found

    @staticmethod
    def _range(numbers: list[int | None]) -> int | None:
        known = [number for number in numbers if number is not None]
        if not known or len(known) != len(numbers) or len(known) > 3 or known[2:] == [0]:
            return None
        return len(range(*known))


def attributes_of(workflow: Target) -> dict[str, Target]:
    """The class of each attribute that a constructor shows: `llm = OfflineLLM()`, `self.llm = Other()`."""
    found: dict[str, Target] = {}
    for module, node in classes_of(workflow):
        for statement in ast.walk(node):
            if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
                continue
            if not isinstance(statement.value, ast.Call):
                continue
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            made = resolve(module, statement.value.func)
            for target in targets:
                name = _attribute(target, statement in node.body)
                if name and made and not isinstance(made.node, Function):
                    found.setdefault(name, made)
    return found


def _attribute(target: ast.expr, in_class_body: bool) -> str | None:
    if in_class_body and isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        return target.attr
    return None
