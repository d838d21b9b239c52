"""Variables while a body is followed: what is assigned to them, and what a condition leaves of them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from inspectors.discovery.names import is_foreign, lineage
from inspectors.graph.facts import Counts, Facts, added
from inspectors.graph.frames import (
    BUDGET,
    Frame,
    Shared,
    all_of,
    flat,
    is_false,
    is_held,
    is_nothing,
    put,
)
from inspectors.graph.values import (
    UNKNOWN,
    ClassValue,
    FunctionValue,
    Instance,
    Literal,
    Mapping,
    Sequence,
    Unknown,
    Value,
    Values,
    is_named_tuple,
    is_told,
    items_of,
    joined,
    many,
    union,
)


class Variables:
    """Binds and narrows variables; expressions are left to who derives from it."""

    def __init__(self, shared: Shared, facts: Facts) -> None:
        self.shared, self.facts = shared, facts
        self.acc: Counts = {}
        """The sends of what was evaluated since it was last set apart."""
        self.left = BUDGET
        self.stack: list[int] = []
        self.constants: dict[tuple[int, str], Values] = {}
        self.around: dict[tuple[int, str], dict[str, Values]] = {}

    def apart(self, evaluate: Callable[[], Values]) -> tuple[Values, Counts]:
        """Evaluate something and keep its sends apart."""
        before, self.acc = self.acc, {}
        try:
            return evaluate(), self.acc
        finally:
            self.acc = before

    def add(self, counts: Counts) -> None:
        """Count sends where we are."""
        if counts:
            self.acc = added(self.acc, counts)

    def eval(self, frame: Frame, expr: ast.expr | None) -> Values:
        """What an expression may be; its sends are counted by the way."""
        raise NotImplementedError

    def bind(self, frame: Frame, target: ast.expr, values: Values) -> None:
        """Assign values to a name, an attribute, or to several by unpacking."""
        match target:
            case ast.Name(id=name):
                if name in frame.outer and frame.closure is not None and name in frame.closure:
                    self.rebind(frame, name, values)
                else:
                    frame.env[name] = values
            case ast.Starred(value=value):
                self.bind(frame, value, (many(items_of(values), None),))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for position, part in enumerate(parts):
                    self.bind(frame, part, self._unpacked(values, position, parts))
            case ast.Attribute():
                self.bind_attribute(frame, target, values)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                key = self.eval(frame, index)
                for held in held_by(frame, name):
                    self.change(frame, name, held, _with_item(held, key, values))
            case ast.Subscript(value=ast.Attribute() as holder, slice=index):
                self.bind_item(frame, holder, self.eval(frame, index), values)
            case ast.Subscript(value=ast.Subscript() as outer, slice=index):
                key = self.eval(frame, index)
                self.bind(frame, outer, tuple(_with_item(held, key, values) for held in self.eval(frame, outer)))

    def rebind(self, frame: Frame, name: str, values: Values) -> None:
        """Change a variable of the function around."""
        raise NotImplementedError

    def change(self, frame: Frame, name: str, value: Value, changed: Value) -> None:
        """Something is done to one of the lists or dicts that a variable, here or of the function around, may be."""
        values = union(tuple(one for one in held_by(frame, name) if one != value), (changed,))
        if name not in frame.env and frame.closure is not None and name in frame.closure:
            self.rebind(frame, name, values)
        else:
            frame.env[name] = values
        origin = frame.also.pop(name, None)
        if origin is not None:
            if not isinstance(origin, ast.Name):
                self.bind(frame, origin, values)
            elif value in held_by(frame, origin.id):
                self.change(frame, origin.id, value, changed)
            frame.also[name] = origin

    def note_alias(self, frame: Frame, name: str, expr: ast.expr, values: Values) -> None:
        """`rows = self.rows` and the like: what is put into the one is in the other."""
        frame.also.pop(name, None)
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "setdefault":
            expr = ast.Subscript(expr.func.value, expr.args[0], ast.Store()) if expr.args else expr
        if isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)) and is_held(values):
            frame.also[name] = expr

    def bind_attribute(self, frame: Frame, target: ast.Attribute, values: Values) -> None:
        """`holder.attr = values`."""
        raise NotImplementedError

    def bind_item(self, frame: Frame, holder: ast.Attribute, key: Values, values: Values) -> None:
        """`holder.attr[key] = values`."""
        raise NotImplementedError

    def store(self, key: str, values: Values) -> None:
        """Remember what was put into ctx.store."""
        followed = tuple(value for value in values if not isinstance(value, (Unknown, Literal)))
        self.shared.store[key] = union(self.shared.store.get(key, ()), followed)

    def _unpacked(self, values: Values, position: int, parts: list[ast.expr]) -> Values:
        found: list[Values] = []
        starred = any(isinstance(part, ast.Starred) for part in parts)
        for value in values:
            if isinstance(value, Sequence) and value.places is not None and not starred:
                if position < len(value.places):
                    found.append(value.places[position])
            elif isinstance(value, Sequence):
                found.append(items_of([value]))
            elif isinstance(value, Instance) and is_named_tuple(value):
                found.append(union(*(values for _, values in value.fields)))
            else:
                found.append(UNKNOWN)
        return union(*found) or UNKNOWN

    def narrow(self, frame: Frame, test: ast.expr, holds: bool) -> bool:
        """Leave only what variables can be if a condition holds, or doesn't; False if it can't be so at all."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.narrow(frame, operand, not holds)
            case ast.BoolOp(op=op, values=parts):
                if isinstance(op, ast.And) == holds:
                    return all_of(self.narrow(frame, part, holds) for part in parts)
                return True
            case ast.Constant(value=value):
                return bool(value) is holds
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), classes]):
                return self.narrow_class(frame, name, self.eval(frame, classes), holds)
            case ast.Compare(
                left=ast.Call(func=ast.Name(id="type"), args=[ast.Name(id=name)]), ops=[op], comparators=[cls]
            ):
                if isinstance(op, (ast.Is, ast.Eq, ast.IsNot, ast.NotEq)):
                    same = isinstance(op, (ast.Is, ast.Eq)) == holds
                    return self.narrow_class(frame, name, self.eval(frame, cls), same, exact=True)
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=value)]
            ):
                return self.narrow_equal(frame, name, [value], isinstance(test.ops[0], ast.Eq) == holds)
            case ast.Compare(
                left=ast.Name(id=name),
                ops=[ast.In() | ast.NotIn()],
                comparators=[ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts)],
            ) if all(isinstance(part, ast.Constant) for part in parts):
                words: list[object] = [part.value for part in parts if isinstance(part, ast.Constant)]
                return self.narrow_equal(frame, name, words, isinstance(test.ops[0], ast.In) == holds)
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
                is_none = isinstance(test.ops[0], ast.Is) == holds
                return self._narrow_name(frame, left, lambda value: is_none == is_nothing(value))
            case ast.Name() | ast.NamedExpr():
                if holds:
                    return self._narrow_name(frame, test, lambda value: not is_false(value))
                return self._narrow_name(
                    frame, test, lambda value: not isinstance(value, (Instance, ClassValue, FunctionValue))
                )
        return True

    def narrow_equal(self, frame: Frame, name: str, constants: list[object], holds: bool) -> bool:
        """Keep what is, or is not, one of some constants; False if a variable surely is something else."""
        values = frame.env.get(name)
        if not values or not all(isinstance(value, Literal) and value.kind == "str" for value in values):
            return True
        kept = tuple(value for value in values if isinstance(value, Literal) and (value.value in constants) == holds)
        if kept:
            frame.env[name] = kept
        return bool(kept)

    def _narrow_name(self, frame: Frame, expr: ast.expr, keep: Callable[[Value], bool]) -> bool:
        name = expr.target.id if isinstance(expr, ast.NamedExpr) else expr.id if isinstance(expr, ast.Name) else ""
        values = frame.env.get(name)
        if not values:
            return True
        kept = tuple(value for value in values if isinstance(value, Unknown) or keep(value))
        if not kept:
            return False
        frame.env[name] = kept
        return True

    def narrow_class(self, frame: Frame, name: str, classes: Values, holds: bool, exact: bool = False) -> bool:
        """Keep what is, or is not, an instance of one of the classes."""
        values = frame.env.get(name)
        if values is None:
            return True
        wanted = [value.target for value in flat(classes) if isinstance(value, ClassValue)]
        if not wanted or not is_told(flat(classes)):
            return True
        kept: list[Value] = []
        for value in values:
            if isinstance(value, Instance):
                order = [value.target] if exact else lineage(value.target)
                fits = any(target in order for target in wanted)
                if fits == holds or (holds and any(is_foreign(one) for one in order)):
                    kept.append(value)
                elif holds:
                    # The parameter's class is only a base of what is asked for.
                    kept += [Instance(target, value.line) for target in wanted if value.target in lineage(target)[1:]]
            elif isinstance(value, Unknown):
                if holds:
                    kept += [Instance(target) for target in wanted if target.module != "builtins"] or [value]
                else:
                    kept.append(value)
            elif not holds or isinstance(value, (Sequence, Mapping, Literal)):
                kept.append(value)
        if kept:
            frame.env[name] = union(kept)
        return bool(kept)


def held_by(frame: Frame, name: str) -> Values:
    """What a variable, here or of the function around, may be."""
    if name in frame.env or frame.closure is None:
        return frame.env.get(name, ())
    return frame.closure.get(name, ())


def _with_item(holder: Value, key: Values, values: Values) -> Value:
    if isinstance(holder, Mapping):
        return put(holder, key, values)
    if isinstance(holder, Sequence):
        return replace(joined(holder, many(values, holder.length)), length=holder.length, places=None)
    return holder
