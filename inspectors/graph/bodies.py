"""What the body of a step does: the events it sends, streams, waits for and returns, and what it starts.

Statements are followed in order with the variables as they are, since branches exclude one another, loops repeat,
and what stands after a `return` never happens.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Callable, Iterator, KeysView
from dataclasses import dataclass, field, replace
from functools import partial

from inspectors.discovery.modules import Function, Module
from inspectors.discovery.names import Target, dotted_name, is_foreign
from inspectors.discovery.reads import written
from inspectors.graph.annotations import is_workflow, may_be_event
from inspectors.graph.attributes import is_written
from inspectors.graph.facts import Counts, Facts, Returned, Streamed, Untold, added, most, times_counts
from inspectors.graph.frames import Frame, Shared, merged
from inspectors.graph.patterns import Patterns
from inspectors.graph.values import (
    UNKNOWN,
    ClassValue,
    FunctionValue,
    Instance,
    Literal,
    Sequence,
    Unknown,
    Values,
    union,
    worth_following,
)

logger = logging.getLogger("stepscope")

Streams = Callable[[Instance], Streamed]

_ROUNDS = 8
"""How often a loop's body is followed at most."""


def read_body(
    function: FunctionValue, shared: Shared, params: dict[str, Values], streams_of: Streams | None = None
) -> Facts:
    """The facts of a step. Code nested too deeply to be followed gives what was found until then."""
    facts = Facts()
    node = function.node
    assert not isinstance(node, ast.Lambda)
    facts.is_written = is_written(node.body)
    reader = Body(shared, facts, streams_of)
    frame = Frame(function.module, function.scope, node, dict(params), function.owner, function.holder, is_step=True)
    try:
        around = reader.decorated(function) if len(node.decorator_list) > 1 else function
        if around.node is not node:
            given = [values for name, values in params.items() if values != (function.owner,)]
            values, facts.sends = reader.apart(lambda: reader.invoke(around, given, {}, node.lineno))
            reader.outer_line = None
            reader.note_returned(values, None)
            return facts
        reader.stack.append(id(node))
        out = reader.block(frame, node.body)
        facts.sends = most([out.left, out.going])
    except (RecursionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Code that nobody foresaw must not keep a person from seeing the rest: the annotations still count.
        logger.warning("The body of step %s could not be followed: %s", node.name, error)
        facts.untold.setdefault(Untold("returns", node.lineno, node.name))
    return facts


def evaluated(module: Module, expr: ast.expr, workflow: Target, streams_of: Streams | None = None) -> Values:
    """What an expression on a file's module level may be; nothing where it can't be followed."""
    try:
        return Body(Shared(workflow), Facts(), streams_of).eval(Frame(module, "", None, {}), expr)
    except (RecursionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        logger.warning("%s line %s could not be followed: %s", module.path.name, expr.lineno, error)
        return ()


@dataclass
class Out:
    """What following statements came to."""

    going: Counts = field(default_factory=dict)
    """The sends of the way that goes on after them."""
    left: Counts = field(default_factory=dict)
    """The sends of the ways that leave before their end."""
    goes_on: bool = True


class Body(Patterns):
    """Follows statements."""

    def __init__(self, shared: Shared, facts: Facts, streams_of: Streams | None = None) -> None:
        super().__init__(shared, facts)
        self._streams_of = streams_of
        self._lambdas: dict[int, tuple[ast.Attribute, ast.Lambda]] = {}
        self.snapshots: list[dict[str, Values]] | None = None
        """The variables after each statement of the innermost `try`: any of them may have failed next."""

    def streams_of(self, workflow: Instance) -> Streamed:
        """The events that a workflow writes to its stream."""
        return self._streams_of(workflow) if self._streams_of else Streamed(told=False)

    def used(self, values: Values, line: int) -> None:
        """Note what a step uses of its workflow."""
        for value in values:
            if isinstance(value, Instance) and is_resource(value.target):
                self.facts.uses.setdefault(value.target, self.line(line))

    def run_body(self, frame: Frame, body: list[ast.stmt]) -> bool:
        """Follow the statements of a helper; False if their end is never reached."""
        snapshots, self.snapshots = self.snapshots, None
        out = self.block(frame, body)
        self.snapshots = snapshots
        self.add(most([out.left, out.going]))
        return out.goes_on

    def block(self, frame: Frame, statements: list[ast.stmt]) -> Out:
        """Follow a statement list."""
        total: Counts = {}
        left: Counts = {}
        for node in statements:
            before, self.acc = self.acc, {}
            try:
                out = self.statement(frame, node)
                own = self.acc
            finally:
                self.acc = before
            left = most([left, added(total, own, out.left)]) if out.left or not out.goes_on else left
            if not out.goes_on:
                return Out({}, left, goes_on=False)
            total = added(total, own, out.going)
            if self.snapshots is not None:
                self.snapshots.append(dict(frame.env))
        return Out(total, left)

    def statement(self, frame: Frame, node: ast.stmt) -> Out:
        """Follow one statement."""
        match node:
            case ast.Expr(value=value):
                self.eval(frame, value)
            case ast.Assign(targets=targets, value=value):
                values = self.eval(frame, value)
                for target in targets:
                    self.bind(frame, target, values)
                    if isinstance(target, ast.Name):
                        self.note_alias(frame, target.id, value, values)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                if value is not None:
                    values = self.eval(frame, value)
                    said = self.annotated(frame.module, annotation, frame.scope, node.lineno)
                    unknown = all(isinstance(one, Unknown) for one in values)
                    self.bind(frame, target, said if unknown else values)
            case ast.AugAssign():
                self._augmented(frame, node)
            case ast.Return(value=value):
                self._returned(frame, value)
                return Out(goes_on=False)
            case ast.Raise():
                for part in (node.exc, node.cause):
                    if part is not None:
                        self.eval(frame, part)
                return Out(goes_on=False)
            case ast.Break() | ast.Continue():
                frame.exits.append(frame.env)
                return Out(goes_on=False)
            case ast.If():
                self.eval(frame, node.test)
                ways = [(node.body, True), (node.orelse, False)]
                return self._branches(frame, [(body, lambda f, h=h: self.narrow(f, node.test, h)) for body, h in ways])  # type: ignore[misc]
            case ast.Match():
                return self._branches(frame, self.ways_of(frame, node))
            case ast.For() | ast.AsyncFor():
                return self._for(frame, node)
            case ast.While():
                return self._while(frame, node)
            case ast.Try() | ast.TryStar():
                return self._try(frame, node)
            case ast.With() | ast.AsyncWith():
                held: list[Instance] = []
                for item in node.items:
                    values, objects = self.entered(frame, item.context_expr)
                    held += objects
                    if item.optional_vars is not None:
                        self.bind(frame, item.optional_vars, values or UNKNOWN)
                out = self.block(frame, node.body)
                self.left_block(held)
                if not out.goes_on and any(_swallows(item.context_expr) for item in node.items):
                    out = Out(out.left, out.left)
                return out
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                frame.env[node.name] = self._marked(frame, node)
            case ast.ClassDef():
                place = ".".join(part for part in (frame.scope, getattr(frame.node, "name", "")) if part)
                qualname = f"{place}.<locals>.{node.name}"
                frame.env[node.name] = (ClassValue(Target(frame.module.name, qualname, frame.module, node)),)
            case ast.Nonlocal(names=names):
                frame.outer.update(names)
            case ast.Delete() | ast.Pass() | ast.Global() | ast.Import() | ast.ImportFrom():
                pass
            case ast.Assert(test=test):
                self.eval(frame, test)
                self.narrow(frame, test, True)
        return Out()

    def _nested(self, frame: Frame, node: Function | ast.Lambda) -> FunctionValue:
        # The variables themselves, not a copy: what is assigned after the definition counts as well.
        closure = frame.env if frame.closure is None else _Around(frame.env, frame.closure)
        return FunctionValue(frame.module, node, frame.scope, None, frame.holder, closure)

    def _marked(self, frame: Frame, node: Function) -> Values:
        """A function in a function, inside its decorators."""
        values: Values = (self._nested(frame, node),)
        for mark in reversed(node.decorator_list):
            made = (self.invoke(one, [values], {}, mark.lineno) for one in self.eval(frame, mark))
            values = tuple(one for one in union(*made) if isinstance(one, FunctionValue)) or values
        return values

    def handed_over(self, frame: Frame, expr: ast.Attribute) -> FunctionValue:
        """A list's method that is not called at once: `add = found.append`, `on_event=found.append`."""
        if id(expr) not in self._lambdas:
            item = "the item"  # which no variable is called
            call = ast.Call(expr, [ast.Name(item, ast.Load())], [])
            arguments = ast.arguments([], [ast.arg(item)], None, [], [], None, [])
            node = ast.fix_missing_locations(ast.copy_location(ast.Lambda(arguments, call), expr))
            self._lambdas[id(expr)] = expr, node
        return self._nested(frame, self._lambdas[id(expr)][1])

    def _augmented(self, frame: Frame, node: ast.AugAssign) -> None:
        current = node.target
        if isinstance(current, ast.Name):
            sum_ = ast.BinOp(ast.Name(current.id, ast.Load()), node.op, node.value)
            values = self.eval(frame, ast.copy_location(sum_, node))
            if self.in_loop:
                values = tuple(
                    replace(value, length=None, places=None, items=tuple((one, None) for one, _ in value.items))
                    if isinstance(value, Sequence)
                    else Unknown()
                    if isinstance(value, Literal)
                    else value
                    for value in values
                )
            frame.env[current.id] = values
        else:
            values = self.eval(frame, node.value)
            if worth_following(values):
                self.bind(frame, current, values)

    def _returned(self, frame: Frame, expr: ast.expr | None) -> None:
        values = self.eval(frame, expr)
        if frame.is_step:
            self.note_returned(values, expr)
        else:
            frame.returns.append(values)

    def note_returned(self, values: Values, expr: ast.expr | None) -> None:
        """Note what the step gives back."""
        for value in values:
            listed: dict[Target, int | None] = {}
            if isinstance(value, Instance) and may_be_event(value.target):
                self._note_return(value.target, value.line, 1, False)
            elif isinstance(value, Sequence):
                for item, count in value.items:
                    if isinstance(item, Instance) and may_be_event(item.target):
                        known = listed.get(item.target, 0)
                        listed[item.target] = None if known is None or count is None else known + count
                        self._note_return(item.target, item.line, listed[item.target], True)
                    elif isinstance(item, Unknown):
                        self._untold_return(expr)
            elif isinstance(value, Unknown):
                self._untold_return(expr)

    def _untold_return(self, expr: ast.expr | None) -> None:
        if expr is not None:
            self.facts.untold.setdefault(Untold("returns", expr.lineno, written(expr)))

    def _note_return(self, target: Target, line: int, count: int | None, listed: bool) -> None:
        known = self.facts.returns.setdefault(target, Returned(line, count, listed))
        known.listed = known.listed or listed
        known.count = None if known.count is None or count is None else max(known.count, count)

    # Ways that part and meet.

    def _branches(self, frame: Frame, ways: list[tuple[list[ast.stmt], Callable[[Frame], bool]]]) -> Out:
        before = frame.env
        outs: list[Out] = []
        after: list[dict[str, Values]] = []
        for body, enter in ways:
            frame.env = dict(before)
            if not enter(frame):
                continue
            out = self.block(frame, body)
            outs.append(out)
            if out.goes_on:
                after.append(frame.env)
        frame.env = merged(after) if after else before
        left = most(part for out in outs for part in (out.left,))
        return Out(most(out.going for out in outs if out.goes_on), left, goes_on=bool(after))

    def _for(self, frame: Frame, node: ast.For | ast.AsyncFor) -> Out:
        iterated = self.eval(frame, node.iter)
        rounds = self.rounds_of(iterated)
        before = dict(frame.env)
        exits, frame.exits = frame.exits, []
        in_loop = self.in_loop
        total: Counts = {}
        left: Counts = {}
        for values, number in rounds:
            self.in_loop = in_loop or number != 1
            start = dict(frame.env)
            enter = partial(self._next, frame, node.target, values)
            out = self._again(frame, node.body, enter, 1 if number == 1 else _ROUNDS)
            total = added(total, times_counts(most([out.going, out.left]), number))
            left = most([left, out.left])
            frame.env = merged([start, frame.env, *frame.exits])
            frame.exits = []
        self.in_loop, frame.exits = in_loop, exits
        if not rounds:
            frame.env = before
        rest = self.block(frame, node.orelse)
        goes_on = rest.goes_on or _breaks(node)
        return Out(added(total, rest.going), most([left, added(total, rest.left)]), goes_on=goes_on)

    def _while(self, frame: Frame, node: ast.While) -> Out:
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        exits, frame.exits = frame.exits, []
        in_loop, self.in_loop = self.in_loop, True
        before = dict(frame.env)
        out = self._again(frame, node.body, lambda: self._goes_on(frame, node.test), _ROUNDS)
        after = [*frame.exits] if endless else [before, frame.env, *frame.exits]
        self.in_loop, frame.exits = in_loop, exits
        if after:
            frame.env = merged(after)
        if not endless:
            self.narrow(frame, node.test, False)
        rest = self.block(frame, node.orelse)
        total = times_counts(most([out.going, out.left]), None)
        return Out(added(total, rest.going), total, goes_on=(rest.goes_on and not endless) or _breaks(node))

    def _next(self, frame: Frame, target: ast.expr, values: Values) -> bool:
        self.bind(frame, target, values)
        return True

    def _goes_on(self, frame: Frame, test: ast.expr) -> bool:
        self.eval(frame, test)
        return self.narrow(frame, test, True)

    def _again(self, frame: Frame, body: list[ast.stmt], enter: Callable[[], bool], rounds: int) -> Out:
        """Follow a loop's body. What a round leaves in variables is there in the next one, as long as it is news."""
        out = Out()
        for number in range(rounds):
            start = dict(frame.env)
            if not enter():
                break
            out = self.block(frame, body)
            left = [frame.env] if out.goes_on else []
            frame.env = after = merged([*left, *frame.exits, start])
            if number and _words(after) == _words(start):
                break
            if all(after[name] is start.get(name) for name in after):
                break
        return out

    def _try(self, frame: Frame, node: ast.Try | ast.TryStar) -> Out:
        before = dict(frame.env)
        outer, self.snapshots = self.snapshots, []
        body = self.block(frame, node.body)
        points, self.snapshots = self.snapshots, outer
        outs, after = [], []
        if body.goes_on:
            rest = self.block(frame, node.orelse)
            body = Out(added(body.going, rest.going), most([body.left, added(body.going, rest.left)]), rest.goes_on)
            if rest.goes_on:
                after.append(frame.env)
        outs.append(body)
        failed = merged([before, *points])
        sent = most([body.going, body.left])
        for handler in node.handlers:
            frame.env = dict(failed)
            if handler.name:
                frame.env[handler.name] = UNKNOWN
            out = self.block(frame, handler.body)
            outs.append(Out(added(sent, out.going), added(sent, out.left), out.goes_on))
            if out.goes_on:
                after.append(frame.env)
        frame.env = merged(after) if after else dict(failed)
        goes_on = bool(after)
        final = self.block(frame, node.finalbody)
        going = added(most(out.going for out in outs if out.goes_on), final.going)
        left = most(added(out.left, final.going) for out in outs)
        return Out(going, most([left, final.left]), goes_on=goes_on and final.goes_on)


class _Around(dict[str, Values]):
    """The variables around a function in a function in a function: the nearest that has a name."""

    def __init__(self, near: dict[str, Values], far: dict[str, Values]) -> None:
        super().__init__()
        self._near, self._far = near, far

    def __contains__(self, name: object) -> bool:
        return name in self._near or name in self._far

    def __getitem__(self, name: str) -> Values:
        return self._near[name] if name in self._near else self._far[name]

    def get(self, name: str, default: Values = ()) -> Values:  # type: ignore[override]
        return self._near.get(name, self._far.get(name, default))

    def __iter__(self) -> Iterator[str]:
        return iter({**self._far, **self._near})

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        return {**self._far, **self._near}.keys()

    def __setitem__(self, name: str, values: Values) -> None:
        (self._far if name in self._far and name not in self._near else self._near)[name] = values


def _words(env: dict[str, Values]) -> set[tuple[str, str]]:
    """The texts that variables may be: what a loop does next is often told by one."""
    return {
        (name, value.value)
        for name, values in env.items()
        for value in values
        if isinstance(value, Literal) and value.kind == "str"
    }


def _breaks(loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Whether a loop may be left by `break`, past its `else`."""
    return any(isinstance(inner, ast.Break) for part in loop.body for inner in ast.walk(part))


def _swallows(expr: ast.expr) -> bool:
    """Whether what stands after `with …` may be reached although its body leaves: an exception ends up there."""
    called = expr.func if isinstance(expr, ast.Call) else expr
    return (dotted_name(called) or "").rpartition(".")[2] in ("suppress", "raises", "ignore", "ignored")


def is_resource(target: Target) -> bool:
    """Whether an attribute of this class is worth showing: not Python's own, not a child workflow, not an event."""
    readable = target.node is not None or is_foreign(target)
    return readable and target.name[:1].isupper() and not is_workflow(target) and not may_be_event(target)
