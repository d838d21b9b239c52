"""Follows lists, dicts, comprehensions and what is taken out of them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from inspectors.graph.facts import Counts, added, times_counts
from inspectors.graph.frames import (
    Frame,
    all_of,
)
from inspectors.graph.objects import Objects
from inspectors.graph.values import (
    UNKNOWN,
    ClassValue,
    Instance,
    Literal,
    Mapping,
    Sequence,
    Value,
    Values,
    is_named_tuple,
    items_of,
    joined,
    length_of,
    literal_value,
    many,
    number_of,
    repeated,
    sequence,
    texts_of,
    union,
)


class Containers(Objects):
    """Evaluates what holds several values."""

    def _list(self, frame: Frame, expr: ast.List | ast.Tuple | ast.Set) -> Values:
        if not any(isinstance(element, ast.Starred) for element in expr.elts):
            return (sequence(self.eval(frame, element) for element in expr.elts),)
        found = sequence([])
        for element in expr.elts:
            values = self.eval(frame, element.value if isinstance(element, ast.Starred) else element)
            if not isinstance(element, ast.Starred):
                found = joined(found, sequence([values]))
                continue
            for value in values:
                found = joined(found, value if isinstance(value, Sequence) else many(items_of([value]), None))
        return (found,)

    def _dict(self, frame: Frame, expr: ast.Dict) -> Values:
        entries: dict[Any, Values] = {}
        rest: Values = ()
        keys: list[Values] = []
        for key, value in zip(expr.keys, expr.values, strict=True):
            held = self.eval(frame, value)
            if key is None:
                for inner in held:
                    if isinstance(inner, Mapping):
                        entries |= dict(inner.entries)
                        rest = union(rest, inner.rest)
                        keys.append(inner.keys)
                    else:
                        rest = union(rest, UNKNOWN)
                continue
            named = self.eval(frame, key)
            keys.append(named)
            if len(named) == 1 and isinstance(named[0], (Literal, ClassValue)):
                entries[named[0]] = held
            else:
                rest = union(rest, held)
        return (Mapping(tuple(entries.items()), rest, union(*keys)),)

    def _comprehension(self, frame: Frame, expr: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Values:
        inner = self._inner(frame)
        found, counts, count = self._rounds(inner, expr.generators, lambda: self.eval(inner, expr.elt))
        self.add(counts)
        parts = [many(values, number) for values, number in found]
        total: Sequence = Sequence((), 0, ())
        for part in parts:
            total = joined(total, part)
        places = None
        if all(number == 1 for _, number in found) and total.length is not None:
            places = tuple(values for values, _ in found)
        return (replace(total, length=count, places=places),)

    def _dict_comprehension(self, frame: Frame, expr: ast.DictComp) -> Values:
        inner = self._inner(frame)
        keys: list[Values] = []

        def entry() -> Values:
            keys.append(self.eval(inner, expr.key))
            return self.eval(inner, expr.value)

        found, counts, _ = self._rounds(inner, expr.generators, entry)
        self.add(counts)
        values = union(*(values for values, _ in found))
        return (Mapping((), values, union(*keys) if keys else ()),)

    def _inner(self, frame: Frame) -> Frame:
        return replace(frame, env=dict(frame.env))

    def _rounds(
        self, frame: Frame, generators: list[ast.comprehension], body: Callable[[], Values]
    ) -> tuple[list[tuple[Values, int | None]], Counts, int | None]:
        """Run the body for all rounds of the generators: its values with counts, its sends, the number of rounds."""
        if not generators:
            values, counts = self.apart(lambda: body())
            return [(values, 1)], counts, 1
        first, *rest = generators
        iterated = self.eval(frame, first.iter)
        found: list[tuple[Values, int | None]] = []
        total: Counts = {}
        rounds: int | None = 0
        for values, number in self.rounds_of(iterated):
            self.bind(frame, first.target, values)
            before = dict(frame.env)
            possible = all_of(self.narrow(frame, test, True) for test in first.ifs)
            for test in first.ifs:
                self.eval(frame, test)
            if not possible:
                frame.env = before
                continue
            number = None if first.ifs and number != 1 else number
            inner, counts, count = self._rounds(frame, rest, body)
            found += [(item, None if times is None or number is None else times * number) for item, times in inner]
            counts = times_counts(counts, number if not first.ifs else None)
            total = added(total, counts)
            rounds = None if rounds is None or number is None or count is None else rounds + number * count
            if first.ifs:
                rounds = None
        return found, total, rounds

    def rounds_of(self, iterated: Values) -> list[tuple[Values, int | None]]:
        """What the loop variable is, round by round if the items are known, else all at once with their number."""
        if len(iterated) == 1 and isinstance(iterated[0], Sequence) and iterated[0].places is not None:
            places = iterated[0].places
            if len(places) <= 8 and len(set(places)) > 1:
                return [(values, 1) for values in places]
        values = items_of(iterated)
        length = length_of(iterated)
        # A list that seems to be empty was filled where we didn't see it: nobody loops over nothing.
        return [(values or UNKNOWN, length or None)]

    def _binary(self, frame: Frame, expr: ast.BinOp) -> Values:
        left, right = self.eval(frame, expr.left), self.eval(frame, expr.right)
        lists = [value for value in (*left, *right) if isinstance(value, Sequence)]
        if isinstance(expr.op, ast.Add) or (isinstance(expr.op, ast.BitOr) and lists):
            if lists and len(left) == 1 and len(right) == 1:
                one, other = (
                    side[0] if isinstance(side[0], Sequence) else many(items_of(side), None) for side in (left, right)
                )
                return (joined(one, other),)
            if lists:
                return union(left, right)
            numbers = number_of(left), number_of(right)
            if None not in numbers:
                return (literal_value((numbers[0] or 0) + (numbers[1] or 0)),)
        if isinstance(expr.op, ast.Mult):
            for side, other_side in ((left, right), (right, left)):
                if len(side) == 1 and isinstance(side[0], Sequence):
                    return (repeated(side[0], number_of(other_side)),)
        if isinstance(expr.op, (ast.Sub, ast.BitAnd)) and lists:
            return left
        if isinstance(expr.op, (ast.Sub, ast.FloorDiv, ast.Mod)):
            numbers = number_of(left), number_of(right)
            if isinstance(expr.op, ast.Sub) and None not in numbers:
                return (literal_value((numbers[0] or 0) - (numbers[1] or 0)),)
        if isinstance(expr.op, ast.BitOr) and any(isinstance(value, Mapping) for value in (*left, *right)):
            return (Mapping((), union(*(value.all() for value in (*left, *right) if isinstance(value, Mapping)))),)
        return UNKNOWN

    def _subscript(self, frame: Frame, expr: ast.Subscript) -> Values:
        held = self.eval(frame, expr.value)
        index = self.eval(frame, expr.slice)
        return union(*(self._item(value, index, isinstance(expr.slice, ast.Slice)) for value in held)) or UNKNOWN

    def _item(self, value: Value, index: Values, sliced: bool) -> Values:
        if isinstance(value, Mapping):
            known = dict(value.entries)
            if len(index) == 1 and index[0] in known:
                held: Values = known[index[0]]
                return held
            return value.all() or UNKNOWN
        if isinstance(value, Sequence):
            if sliced:
                return (Sequence(tuple((item, None) for item, _ in value.items), None),)
            number = number_of(index)
            if number is not None and value.places and -len(value.places) <= number < len(value.places):
                return value.places[number]
            return items_of([value]) or UNKNOWN
        if isinstance(value, ClassValue):
            return (value,)
        if isinstance(value, Instance) and is_named_tuple(value):
            return union(*(values for _, values in value.fields)) or UNKNOWN
        if isinstance(value, Instance) and len(texts := texts_of(index)) == 1:
            return value.get(texts[0]) or UNKNOWN
        return UNKNOWN
