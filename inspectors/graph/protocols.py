"""Objects of the user's own in `for` and `with`: `__iter__`, `__enter__`, and what goes with them."""

from __future__ import annotations

import ast

from inspectors.graph.calls import Calls
from inspectors.graph.frames import Frame
from inspectors.graph.values import NONE, FunctionValue, Instance, Sequence, Values, items_of, many, union

_ITERATORS = (("__aiter__", "__anext__"), ("__iter__", "__next__"))


class Protocols(Calls):
    """Follows the methods that Python itself calls."""

    def rounds_of(self, iterated: Values) -> list[tuple[Values, int | None]]:
        """What the loop variable is, round by round if the items are known, else all at once with their number."""
        if any(isinstance(value, Instance) for value in iterated):
            iterated = union(*(self._items(value) if isinstance(value, Instance) else (value,) for value in iterated))
        return super().rounds_of(iterated)

    def _items(self, value: Instance) -> Values:
        for begin, following in _ITERATORS:
            iterator = self._special(value, begin)
            if iterator is None:
                continue
            lists = tuple(one for one in iterator if isinstance(one, Sequence))
            if lists:
                return lists
            items = self._special(value, following)
            return (many(items, None),) if items else (value,)
        return (value,)

    def entered(self, frame: Frame, expr: ast.expr) -> tuple[Values, list[Instance]]:
        """What `with … as` binds, and the objects that hear of the block's end."""
        found: list[Values] = []
        held: list[Instance] = []
        for value in self.eval(frame, expr):
            if isinstance(value, Sequence):
                found.append(items_of([value]))  # a generator of `contextmanager`
                continue
            bound = None
            if isinstance(value, Instance):
                bound = self._special(value, "__aenter__") or self._special(value, "__enter__")
                held.append(value)
            found.append(bound or (value,))
        return union(*found), held

    def left_block(self, held: list[Instance]) -> None:
        """The block is over."""
        for value in held:
            for name in ("__aexit__", "__exit__"):
                self._special(value, name, [NONE, NONE, NONE])

    def _special(self, value: Instance, name: str, args: list[Values] | None = None) -> Values | None:
        """What a method of this name gives; None if the class, as far as it can be read, has none."""
        if value.target.node is None:
            return None
        methods = [one for one in self.attribute_of(value.target, name, value) if isinstance(one, FunctionValue)]
        if not methods:
            return None
        return union(*(self.invoke(one, args or [], {}, value.line) for one in methods))
