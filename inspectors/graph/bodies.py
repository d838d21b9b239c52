"""What the body of a step does: the events it sends, streams, waits for and returns, and what it starts."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from inspectors.discovery.modules import Function, Module
from inspectors.discovery.names import Target, inherits, is_foreign, resolve
from inspectors.discovery.reads import literal
from inspectors.graph.values import Made, Values, times

Key = tuple[Target, str]
"""An event type and the step it is addressed to, "" for whoever takes it."""
Counts = dict[Key, int | None]
"""How often each is sent at most; None if it can't be told."""


@dataclass(frozen=True)
class Wait:
    """A `ctx.wait_for_event`."""

    answer: Target
    prompt: Target | None
    line: int


@dataclass(frozen=True)
class Collected:
    """A `ctx.collect_events`: what it waits for, and how many in all (None if it can't be told)."""

    targets: list[Target]
    total: int | None
    line: int


@dataclass
class Facts:
    """All that was found in a body."""

    sends: Counts = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    """Where each is sent first."""
    returns: list[Made] = field(default_factory=list)
    streams: dict[Target, int] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)
    collects: list[Collected] = field(default_factory=list)
    starts: dict[Target, int] = field(default_factory=dict)
    uses: dict[Target, int] = field(default_factory=dict)


def read_body(
    module: Module,
    function: Function,
    workflow: Target,
    params: dict[str, list[Target]],
    scope: str = "",
    attributes: dict[str, Target] | None = None,
) -> Facts:
    """The facts of a function. Code nested too deeply to be followed gives what was found until then."""
    facts = Facts()
    body = _Body(Values(module, function, workflow, params, scope, attributes), facts, {id(function)})
    with suppress(RecursionError):
        facts.sends = body.block(function.body)
    return facts


def _plus(*parts: Counts) -> Counts:
    total: Counts = {}
    for part in parts:
        for key, count in part.items():
            known = total.get(key, 0)
            total[key] = None if known is None or count is None else known + count
    return total


def _most(branches: Iterable[Counts]) -> Counts:
    """Of branches of which one is taken: for each event the largest count."""
    most: Counts = {}
    for branch in branches:
        for key, count in branch.items():
            known = most.get(key, 0)
            most[key] = None if known is None or count is None else max(known, count)
    return most


def _repeated(counts: Counts, rounds: int | None) -> Counts:
    return {key: times(count, rounds) for key, count in counts.items()}


def _leaves(statements: list[ast.stmt]) -> bool:
    """Whether what follows a block isn't reached after it."""
    return bool(statements) and isinstance(statements[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


class _Body:
    """Walks statements in order, since branches exclude one another and loops repeat."""

    def __init__(self, values: Values, facts: Facts, visiting: set[int], is_step: bool = True) -> None:
        self.values, self.facts, self.visiting, self.is_step = values, facts, visiting, is_step

    def block(self, statements: list[ast.stmt]) -> Counts:
        """The sends of a statement list; notes all other facts by the way."""
        total: Counts = {}
        for position, node in enumerate(statements):
            if isinstance(node, ast.If):
                total = _plus(total, self.expression(node.test))
                branches = [self.block(node.body), self.block(node.orelse)]
                if _leaves(node.body):
                    branches[1] = _plus(branches[1], self.block(statements[position + 1 :]))
                    return _plus(total, _most(branches))
                total = _plus(total, _most(branches))
            else:
                total = _plus(total, self.statement(node))
        return total

    def statement(self, node: ast.stmt) -> Counts:
        """The sends of one statement."""
        match node:
            case ast.For() | ast.AsyncFor():
                rounds = self.values.length(node.iter)
                inner = _repeated(self.block(node.body), rounds)
                return _plus(self.expression(node.iter), inner, self.block(node.orelse))
            case ast.While():
                inner = _repeated(self.block(node.body), None)
                return _plus(self.expression(node.test), inner, self.block(node.orelse))
            case ast.Match():
                cases = _most(self.block(case.body) for case in node.cases)
                return _plus(self.expression(node.subject), cases)
            case ast.Try() | ast.TryStar():
                handlers = _most(self.block(handler.body) for handler in node.handlers)
                rest = self.block([*node.orelse, *node.finalbody])
                return _plus(self.block(node.body), handlers, rest)
            case ast.With() | ast.AsyncWith():
                heads = [self.expression(item.context_expr) for item in node.items]
                return _plus(*heads, self.block(node.body))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                # A return in there is not the step's.
                inner_body = _Body(self.values, self.facts, self.visiting, is_step=False)
                return inner_body.block(node.body)
            case ast.ClassDef():
                return {}
            case ast.Return():
                if self.is_step:
                    self.facts.returns += self.values.made(node.value)
                return self.expression(node.value)
        children = ast.iter_child_nodes(node)
        return _plus(*(self.expression(child) for child in children if isinstance(child, ast.expr)))

    def expression(self, expr: ast.expr | None) -> Counts:
        """The sends inside an expression."""
        if expr is None:
            return {}
        inner: list[Counts] = []
        for child in ast.iter_child_nodes(expr):
            if isinstance(child, ast.expr):
                inner.append(self.expression(child))
            elif isinstance(child, ast.keyword):
                inner.append(self.expression(child.value))
            elif isinstance(child, ast.comprehension):
                inner.append(self.expression(child.iter))
        total = _most(inner) if isinstance(expr, ast.IfExp) else _plus(*inner)
        if isinstance(expr, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return _repeated(total, self.values.rounds(expr.generators))
        if isinstance(expr, ast.Attribute):
            self._use(expr)
        return _plus(total, self._call(expr)) if isinstance(expr, ast.Call) else total

    def _call(self, call: ast.Call) -> Counts:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "send_event":
            return self._send(call)
        if name == "write_event_to_stream":
            for made in self.values.made(_argument(call, 0, "ev")):
                self.facts.streams.setdefault(made.target, call.lineno)
        elif name == "wait_for_event":
            self._wait(call)
        elif name == "collect_events":
            self._collect(call)
        elif name == "run" and isinstance(call.func, ast.Attribute):
            self._start(call.func.value, call.lineno)
        return self._helper(call)

    def _send(self, call: ast.Call) -> Counts:
        address = literal(_argument(call, 1, "step"))[1]
        found: Counts = {}
        for made in self.values.made(_argument(call, 0, "message")):
            key = made.target, address if isinstance(address, str) else ""
            found[key] = made.times
            self.facts.lines.setdefault(key, call.lineno)
        return found

    def _wait(self, call: ast.Call) -> None:
        expected = _argument(call, 0, "event_type")
        target = self._type(expected) if expected is not None else None
        prompts = self.values.made(_argument(call, 1, "waiter_event"))
        if target:
            asked: list[Target | None] = [made.target for made in prompts]
            self.facts.waits += [Wait(target, prompt, call.lineno) for prompt in asked or [None]]

    def _type(self, expr: ast.expr) -> Target | None:
        target = resolve(self.values.module, expr, self.values.scope)
        return target if target and target.module != "builtins" else None

    def _collect(self, call: ast.Call) -> None:
        expected = _argument(call, 1, "expected")
        if expected is not None:
            targets, total = self._expected(expected, 6)
            self.facts.collects.append(Collected(targets, total, call.lineno))

    def _expected(self, expr: ast.expr, depth: int) -> tuple[list[Target], int | None]:
        """The types and the number of them in `[A] * 3`, `[A, B]` and the like."""
        if not depth:
            return [], None
        if isinstance(expr, ast.Name):
            known = self.values.bound(expr.id)
            return self._expected(known[0], depth - 1) if known else ([], None)
        if isinstance(expr, (ast.List, ast.Tuple)):
            targets = [target for element in expr.elts if (target := self._type(element))]
            return list(dict.fromkeys(targets)), len(expr.elts)
        if isinstance(expr, ast.ListComp):
            target = self._type(expr.elt)
            return [target] if target else [], self.values.rounds(expr.generators)
        if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Mult):
            swapped = isinstance(expr.right, ast.List)
            types, number = (expr.right, expr.left) if swapped else (expr.left, expr.right)
            targets, total = self._expected(types, depth - 1)
            return targets, times(total, self.values.number(number))
        if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
            left, right = self._expected(expr.left, depth - 1), self._expected(expr.right, depth - 1)
            total = None if left[1] is None or right[1] is None else left[1] + right[1]
            return list(dict.fromkeys(left[0] + right[0])), total
        return [], None

    def _start(self, receiver: ast.expr, line: int) -> None:
        target = self.values.class_of(receiver)
        if target and is_workflow(target):
            self.facts.starts.setdefault(target, line)

    def _use(self, expr: ast.Attribute) -> None:
        """`self.llm`, where the class shows what `llm` is, is something the step uses."""
        if isinstance(expr.value, ast.Name) and expr.value.id == "self" and isinstance(expr.ctx, ast.Load):
            target = self.values.attributes.get(expr.attr)
            if target and _is_resource(target):
                self.facts.uses.setdefault(target, expr.lineno)

    def _helper(self, call: ast.Call) -> Counts:
        """The sends of an own function that a step calls, if the step hands over its context."""
        helper = self.values.helper(call)
        passed = {argument.id for argument in call.args if isinstance(argument, ast.Name)}
        passed |= {keyword.value.id for keyword in call.keywords if isinstance(keyword.value, ast.Name)}
        if helper is None or not passed.intersection({"ctx", "context"}) or id(helper[1]) in self.visiting:
            return {}
        module, function = helper
        values = Values(module, function, self.values.workflow, {}, attributes=self.values.attributes)
        return _Body(values, self.facts, self.visiting | {id(function)}, is_step=False).block(function.body)


def is_workflow(target: Target) -> bool:
    """Whether a class is a workflow, or comes from a package and is named like one."""
    named_so = target.name.endswith(("Workflow", "Agent"))
    return inherits(target, "Workflow") or (is_foreign(target) and named_so)


def _is_resource(target: Target) -> bool:
    """Whether an attribute of this class is worth showing: not Python's own, not a child workflow."""
    readable = target.node is not None or is_foreign(target)
    return readable and target.name[:1].isupper() and not is_workflow(target)


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
