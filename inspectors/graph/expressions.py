"""Follows expressions of a function: what each may be, with the variables as they are at that point."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from inspectors.discovery.modules import Function, Module, functions_around, statements_of
from inspectors.discovery.names import Target, constant_of, dotted_name, inherits, is_foreign, lineage, resolve
from inspectors.graph.annotations import is_event, may_be_event, members_of
from inspectors.graph.containers import Containers
from inspectors.graph.facts import Counts, Facts, most
from inspectors.graph.frames import (
    Frame,
    is_false,
    is_held,
    may_grow,
    merged,
)
from inspectors.graph.values import (
    ADDS,
    NONE,
    UNKNOWN,
    ClassValue,
    ContextMethod,
    ContextValue,
    FunctionValue,
    Instance,
    Literal,
    Run,
    Sequence,
    StoreValue,
    SuperValue,
    Unknown,
    Value,
    Values,
    items_of,
    literal_value,
    many,
    union,
    worth_following,
)


class Expressions(Containers):
    """Evaluates expressions; calls are left to who derives from it."""

    # What other parts give.

    def call(self, frame: Frame, call: ast.Call) -> Values:
        """What a call gives."""
        raise NotImplementedError

    def invoke(self, value: Value, args: list[Values], words: dict[str, Values], line: int) -> Values:
        """What calling a value gives."""
        raise NotImplementedError

    def attribute_of(self, target: Target, name: str, owner: Instance | ClassValue) -> Values:
        """What an attribute of a class of the user's own may be."""
        raise NotImplementedError

    # Expressions.

    def eval(self, frame: Frame, expr: ast.expr | None) -> Values:
        """What an expression may be; its sends are counted by the way."""
        if expr is None:
            return NONE
        self.left -= 1
        if self.left < 0:
            return UNKNOWN
        method = _METHODS.get(type(expr))
        found: Values = method(self, frame, expr) if method else self._parts(frame, expr)
        return found

    def _parts(self, frame: Frame, expr: ast.expr) -> Values:
        """An expression of which only the parts matter, such as an f-string or a comparison."""
        for child in ast.iter_child_nodes(expr):
            if isinstance(child, ast.expr):
                self.eval(frame, child)
        return UNKNOWN

    def _constant(self, frame: Frame, expr: ast.Constant) -> Values:
        return (literal_value(expr.value),)

    def _name(self, frame: Frame, expr: ast.Name) -> Values:
        name = expr.id
        if name in frame.env:
            return frame.env[name]
        if frame.closure is not None and name in frame.closure:
            return frame.closure[name]
        return self.global_name(frame.module, name, frame.scope)

    def global_name(self, module: Module, name: str, scope: str = "") -> Values:
        """What a name of a module means: a class, a function, or what a constant was set to."""
        key = id(module), f"{scope}:{name}"
        if key in self.constants:
            return self.constants[key]
        self.constants[key] = UNKNOWN  # a circle ends here
        self.constants[key] = found = self._global(module, name, scope)
        return found

    def _global(self, module: Module, name: str, scope: str) -> Values:
        for function in functions_around(scope):
            held = self._variables_of(module, function).get(name)
            if held is not None:
                return held
        target = resolve(module, name, scope)
        if target and (target.engine or target.node is not None):
            return self.of_target(target)
        constant = constant_of(module, name)
        if constant:
            home, value = constant
            found = self.eval(Frame(home, "", None, {}), value)
            return self._grown(home, name, found) if may_grow(home, name) and is_held(found) else found
        if target and target.known and target.module != "builtins":
            return (ClassValue(target),) if target.name[:1].isupper() else UNKNOWN
        return UNKNOWN

    def _grown(self, module: Module, name: str, found: Values) -> Values:
        """A file's table with what the file itself puts into it further down, and whatever its functions do."""
        frame = Frame(module, "", None, {name: found})
        for node in statements_of(module.tree):
            match node:
                case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=held)) as target], value=value):
                    if held == name:
                        self.bind(frame, target, self.eval(frame, value))
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=held))) as call) if held == name:
                    self.eval(frame, call)
        return union(frame.env[name], UNKNOWN)

    def _variables_of(self, module: Module, function: str) -> dict[str, Values]:
        """What a function that defines a class has in its variables, for the class's methods."""
        key = id(module), function
        if key not in self.around:
            env = self.around[key] = {}
            node = module.around.get(function)
            facts, self.facts = self.facts, Facts()
            self.apart(lambda: self._set_variables(Frame(module, f"{function}.<locals>", node, env)) if node else ())
            self.facts = facts
        return self.around[key]

    def _set_variables(self, frame: Frame) -> Values:
        for statement in statements_of(frame.node) if frame.node is not None else ():
            if isinstance(statement, Function):
                function = FunctionValue(frame.module, statement, frame.scope, None, None, frame.env)
                frame.env[statement.name] = (function,)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        held = self.eval(frame, statement.value)
                        frame.env[target.id] = union(frame.env.get(target.id, ()), held)
        return ()

    def of_target(self, target: Target) -> Values:
        """A class or function that a name was found to mean."""
        if target.source and isinstance(target.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            scope = target.qualname.rpartition(".")[0]
            return (FunctionValue(target.source, target.node, scope),)
        return (ClassValue(target),)

    def annotated(self, module: Module, annotation: ast.expr | None, scope: str = "", line: int = 0) -> Values:
        """What a parameter or variable with an annotation may be; UNKNOWN unless it names what is followed."""
        if annotation is None:
            return UNKNOWN
        found: list[Value] = []
        for member in members_of(module, annotation, scope):
            value = self._of_class(member.target, line)
            found.append(many((value,), None) if member.listed else value)
        return union(found) if found else UNKNOWN

    def _of_class(self, target: Target, line: int) -> Value:
        if target.is_engine("Context"):
            return ContextValue()
        if target.is_engine("Event", "StartEvent", "Workflow") and not target.is_engine("StartEvent"):
            return Unknown()
        if is_event(target) or target.node is not None or inherits(target, "Workflow") or may_be_event(target):
            return Instance(target, line) if not isinstance(target.node, Function) else Unknown()
        if is_foreign(target) and target.name[:1].isupper():
            return Instance(target, line)
        return Unknown()

    def _attribute(self, frame: Frame, expr: ast.Attribute) -> Values:
        dotted = dotted_name(expr)
        head = dotted.partition(".")[0] if dotted else ""
        local = head in frame.env or (frame.closure is not None and head in frame.closure)
        if head and not local and (head in frame.module.imports or head in frame.module.classes):
            target = resolve(frame.module, expr, frame.scope)
            if target and (target.engine or target.node is not None):
                return self.of_target(target)
            constant = constant_of(frame.module, dotted or "")
            if constant:
                return self.eval(Frame(constant[0], "", None, {}), constant[1])
            if head in frame.module.imports and target and target.known:
                return (ClassValue(target),) if target.name[:1].isupper() else UNKNOWN
        found: list[Values] = []
        for value in self.eval(frame, expr.value):
            if isinstance(value, Sequence) and expr.attr in ADDS:
                found.append((self.handed_over(frame, expr),))
                continue
            values = self.get(frame, value, expr.attr, expr.lineno)
            if value == frame.owner:
                self.used(values, expr.lineno)
            found.append(values)
        return union(*found)

    def handed_over(self, frame: Frame, expr: ast.Attribute) -> FunctionValue:
        """A list's method that is not called at once: `add = found.append`, `on_event=found.append`."""
        raise NotImplementedError

    def used(self, values: Values, line: int) -> None:
        """Note what a step uses of its workflow."""
        raise NotImplementedError

    def get(self, frame: Frame, value: Value, name: str, line: int) -> Values:
        """What `value.name` may be."""
        match value:
            case Instance():
                found = value.get(name)
                if found:
                    return found
                if frame.attributes is not None and value == frame.owner and name in frame.attributes:
                    return frame.attributes[name]
                found = self._of_instance(value, name)
                # Methods stay what they are; anything else may have been set since the object was made.
                if value.target.node is None or is_event(value.target) or _is_method(found):
                    return found
                stored = self.stored(name) if value.target == self.shared.state else ()
                return union(found, self.given_to(value.target, name), stored)
            case Run():
                return (value,) if name == "ctx" else UNKNOWN
            case ClassValue(target=target):
                return self.attribute_of(target, name, value)
            case ContextValue():
                return (StoreValue(),) if name == "store" else (ContextMethod(name),)
            case SuperValue(owner=owner, holder=holder):
                return self._of_super(owner, holder, name)
            case StoreValue():
                return union(self.stored(name), self._of_state(name))
        return UNKNOWN

    def _of_state(self, name: str) -> Values:
        """What the class of the run's state says of an attribute, as far as that leads to an event."""
        if self.shared.state is None:
            return ()
        state = Instance(self.shared.state)
        found = union(self.attribute_of(state.target, name, state), self.given_to(state.target, name))
        return tuple(value for value in found if worth_following((value,)))

    def _of_instance(self, value: Instance, name: str) -> Values:
        if is_event(value.target):
            known = self.shared.fields.get((value.target, name), ())
            if worth_following(known):
                # Who starts a run or answers may put anything into an event.
                outside = inherits(value.target, "StartEvent", "HumanResponseEvent")
                return union(known, UNKNOWN) if outside else known
            if not value.target.engine:
                self.shared.missed = True
            return union(self.attribute_of(value.target, name, value), UNKNOWN)
        return self.attribute_of(value.target, name, value)

    def _of_super(self, owner: Instance | ClassValue, holder: Target, name: str) -> Values:
        order = lineage(owner.target)
        after = order[order.index(holder) + 1 :] if holder in order else order[1:]
        for ancestor in after:
            found = self.own_attribute(ancestor, name, owner)
            if found is not None:
                return found
        return UNKNOWN

    def own_attribute(self, target: Target, name: str, owner: Instance | ClassValue) -> Values | None:
        """What a class's own body says of an attribute; None if nothing."""
        raise NotImplementedError

    def stored(self, key: str) -> Values:
        """What is under a key of ctx.store."""
        if key in self.shared.store:
            return (*self.shared.store[key], *UNKNOWN)
        self.shared.missed = True
        return UNKNOWN

    def _conditional(self, frame: Frame, expr: ast.IfExp) -> Values:
        self.eval(frame, expr.test)
        found: list[Values] = []
        branches: list[Counts] = []
        before = frame.env
        after: list[dict[str, Values]] = []
        for branch, holds in ((expr.body, True), (expr.orelse, False)):
            frame.env = dict(before)
            if self.narrow(frame, expr.test, holds):
                values, counts = self.apart(lambda branch=branch: self.eval(frame, branch))  # type: ignore[misc]
                found.append(values)
                branches.append(counts)
                after.append(frame.env)
        frame.env = merged(after) if after else before
        self.add(most(branches))
        return union(*found) if found else UNKNOWN

    def _either(self, frame: Frame, expr: ast.BoolOp) -> Values:
        found: list[Values] = []
        for position, part in enumerate(expr.values):
            values = self.eval(frame, part)
            last = position == len(expr.values) - 1
            if not last and isinstance(expr.op, ast.Or):
                values = tuple(value for value in values if not is_false(value))
            elif not last:
                values = tuple(value for value in values if not isinstance(value, (Instance, ClassValue)))
            found.append(values)
        return union(*found) or UNKNOWN

    def _walrus(self, frame: Frame, expr: ast.NamedExpr) -> Values:
        values = self.eval(frame, expr.value)
        frame.env[expr.target.id] = values
        return values

    def _await(self, frame: Frame, expr: ast.Await | ast.Starred) -> Values:
        return union(*(self.awaited(value) for value in self.eval(frame, expr.value)))

    def awaited(self, value: Value) -> Values:
        """What awaiting a value gives: a coroutine was followed when it was called."""
        return (value,)

    def _lambda(self, frame: Frame, expr: ast.Lambda) -> Values:
        closure = {**({} if frame.closure is None else frame.closure), **frame.env}
        return (FunctionValue(frame.module, expr, frame.scope, frame.owner, frame.holder, closure),)

    def _call(self, frame: Frame, expr: ast.Call) -> Values:
        return self.call(frame, expr)

    def _text(self, frame: Frame, expr: ast.JoinedStr) -> Values:
        """An f-string: what it starts and ends with, for `getattr(self, f"handle_{kind}")`."""
        self._parts(frame, expr)
        known = [part.value if isinstance(part, ast.Constant) else None for part in expr.values]
        if None not in known:
            return (literal_value("".join(map(str, known))),)
        first, last = (str(known[end] or "") if known else "" for end in (0, -1))
        return (Literal((first, last), "pattern"),) if first or last else UNKNOWN

    def _slice(self, frame: Frame, expr: ast.Slice) -> Values:
        return UNKNOWN

    def _yield(self, frame: Frame, expr: ast.Yield) -> Values:
        frame.yields.append((self.eval(frame, expr.value), None))
        return UNKNOWN

    def _yield_from(self, frame: Frame, expr: ast.YieldFrom) -> Values:
        frame.yields.append((items_of(self.eval(frame, expr.value)), None))
        return UNKNOWN


def _is_method(values: Values) -> bool:
    return len(values) == 1 and isinstance(values[0], FunctionValue) and values[0].owner is not None


_METHODS: dict[type, Callable[[Any, Frame, Any], Values]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.List: Expressions._list,
    ast.Tuple: Expressions._list,
    ast.Set: Expressions._list,
    ast.Dict: Expressions._dict,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.DictComp: Expressions._dict_comprehension,
    ast.BinOp: Expressions._binary,
    ast.IfExp: Expressions._conditional,
    ast.BoolOp: Expressions._either,
    ast.NamedExpr: Expressions._walrus,
    ast.Await: Expressions._await,
    ast.Starred: Expressions._await,
    ast.Subscript: Expressions._subscript,
    ast.Lambda: Expressions._lambda,
    ast.Call: Expressions._call,
    ast.Slice: Expressions._slice,
    ast.JoinedStr: Expressions._text,
    ast.Yield: Expressions._yield,
    ast.YieldFrom: Expressions._yield_from,
}
