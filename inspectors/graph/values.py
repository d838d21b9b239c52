"""What an expression of a step's body may be: events, classes, functions, lists of them, the context.

Values are told apart only as far as a graph needs it. What can't be told is UNKNOWN, never a guess.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, Union

from inspectors.discovery.modules import Function, Module
from inspectors.discovery.names import Target

MOST = 40
"""Alternatives of one value that are kept; code with more is generated."""


@dataclass(frozen=True)
class Instance:
    """An object of a class: an event, a workflow, a class of the user's own."""

    target: Target
    line: int = field(default=0, compare=False)
    fields: tuple[tuple[str, Values], ...] = ()
    """Those that hold something worth following."""

    def get(self, name: str) -> Values:
        """What a field holds, as far as the constructor showed it."""
        return next((values for known, values in self.fields if known == name), ())


@dataclass(frozen=True)
class ClassValue:
    """A class itself, such as one out of a dict of event classes."""

    target: Target


@dataclass(frozen=True)
class FunctionValue:
    """A function or lambda, bound to what it is a method of."""

    module: Module
    node: Function | ast.Lambda
    scope: str = ""
    """The qualified name of the class that holds it, for names in it."""
    owner: Instance | ClassValue | None = None
    holder: Target | None = None
    """The class that defines it, for `super()`."""
    closure: dict[str, Values] | None = field(default=None, compare=False)
    """The variables around a nested function."""


@dataclass(frozen=True)
class Partial:
    """`functools.partial`."""

    function: Value
    args: tuple[Values, ...]
    words: tuple[tuple[str, Values], ...]


@dataclass(frozen=True)
class Sequence:
    """A list, tuple, set, generator or queue."""

    items: tuple[tuple[Value, int | None], ...] = ()
    """Each with how many of it there are at most; None if it can't be told."""
    length: int | None = None
    places: tuple[Values, ...] | None = field(default=None, compare=False)
    """What stands where, if that is known."""


ADDS = {"append", "appendleft", "add", "put", "put_nowait", "insert", "push"}
"""Methods that put one thing into a list, set or queue."""


@dataclass(frozen=True)
class Mapping:
    """A dict: what is under which literal key, and what is under others."""

    entries: tuple[tuple[Any, Values], ...] = ()
    rest: Values = ()
    keys: Values = ()

    def all(self) -> Values:
        """Everything it may give."""
        return union(*(values for _, values in self.entries), self.rest)


@dataclass(frozen=True)
class ContextValue:
    """The run's context."""


@dataclass(frozen=True)
class ContextMethod:
    """A method of the context as a value, such as `send = ctx.send_event`."""

    name: str


@dataclass(frozen=True)
class StoreValue:
    """`ctx.store`."""


@dataclass(frozen=True)
class Run:
    """The handler of a workflow that was started."""

    workflow: Instance


@dataclass(frozen=True)
class SuperValue:
    """`super()`, seen from a class."""

    owner: Instance | ClassValue
    holder: Target


@dataclass(frozen=True)
class Literal:
    """A string, number, True, False or None."""

    value: Any
    kind: str
    """The type's name, since True == 1."""


@dataclass(frozen=True)
class Unknown:
    """What can't be told."""


Value: TypeAlias = Union[  # noqa: UP007 -- its members name it before it is
    Instance, ClassValue, FunctionValue, Partial, Sequence, Mapping, ContextValue, StoreValue, Run, SuperValue,
    ContextMethod, Literal, Unknown,
]  # fmt: skip
Values = tuple[Value, ...]
"""Alternatives, without doubles."""

UNKNOWN: Values = (Unknown(),)
CONTEXT: Values = (ContextValue(),)
NONE: Values = (Literal(None, "NoneType"),)
NOTHING_KNOWN = Sequence(((Unknown(), None),))


def literal_value(value: Any) -> Value:
    """A constant of the source; UNKNOWN if it is none that is followed."""
    return Literal(value, type(value).__name__) if isinstance(value, (str, int, bool, type(None))) else Unknown()


def union(*parts: Iterable[Value]) -> Values:
    """All alternatives, without doubles."""
    if len(parts) == 1 and isinstance(parts[0], tuple):
        return parts[0]
    found: dict[Value, None] = {}
    for part in parts:
        found.update(dict.fromkeys(part))
    return tuple(found) if len(found) <= MOST else (*list(found)[:MOST], Unknown())


def times(one: int | None, other: int | None) -> int | None:
    """Two counts multiplied; unknown if either is."""
    return None if one is None or other is None else one * other


def plus(one: int | None, other: int | None) -> int | None:
    """Two counts added; unknown if either is."""
    return None if one is None or other is None else one + other


def sequence(places: Iterable[Values]) -> Sequence:
    """A list of which every item is known."""
    known = tuple(places)
    items: dict[Value, int | None] = {}
    for values in known:
        for value in values:
            items[value] = plus(items.get(value, 0), 1)
    return Sequence(tuple(items.items()), len(known), known if len(known) <= MOST else None)


def is_named_tuple(value: Instance) -> bool:
    """Whether what an object holds can be taken out by place as well."""
    bases = (base for base in getattr(value.target.node, "bases", ()) if isinstance(base, (ast.Name, ast.Attribute)))
    return any(ast.unparse(base).endswith("NamedTuple") for base in bases)


def many(values: Values, count: int | None) -> Sequence:
    """A list of `count` items, each of which is one of the values."""
    return Sequence(tuple((value, count) for value in values), count)


def joined(left: Sequence, right: Sequence) -> Sequence:
    """`left + right`."""
    items: dict[Value, int | None] = dict(left.items)
    for value, count in right.items:
        items[value] = plus(items.get(value, 0), count)
    places = left.places + right.places if left.places is not None and right.places is not None else None
    return Sequence(tuple(items.items()), plus(left.length, right.length), places)


def repeated(one: Sequence, count: int | None) -> Sequence:
    """`one * count`."""
    items = tuple((value, times(number, count)) for value, number in one.items)
    return Sequence(items, times(one.length, count))


def items_of(values: Iterable[Value]) -> Values:
    """What iterating over a value may give, each way once."""
    found: list[Values] = []
    for value in values:
        if isinstance(value, Sequence):
            found.append(tuple(item for item, _ in value.items))
        elif isinstance(value, Mapping):
            found.append(value.keys or UNKNOWN)
        elif not (isinstance(value, Literal) and value.value is None):
            found.append(UNKNOWN)
    return union(*found) if found else ()


def length_of(values: Values) -> int | None:
    """How many items a value has, if all alternatives agree."""
    lengths = set()
    for value in values:
        if isinstance(value, Sequence):
            lengths.add(value.length)
        elif isinstance(value, Mapping):
            lengths.add(len(value.entries) if not value.rest else None)
        else:
            lengths.add(None)
    return lengths.pop() if len(lengths) == 1 else None


def number_of(values: Values) -> int | None:
    """The integer that a value surely is."""
    if len(values) == 1 and isinstance(values[0], Literal) and values[0].kind == "int":
        return int(values[0].value)
    return None


def texts_of(values: Values) -> list[str]:
    """The strings that a value may be."""
    return [value.value for value in values if isinstance(value, Literal) and value.kind == "str"]


def is_told(values: Values) -> bool:
    """Whether all alternatives are known."""
    return bool(values) and not any(isinstance(value, Unknown) for value in values)


def worth_following(values: Values, depth: int = 4) -> bool:
    """Whether something in a value can lead to an event."""
    for value in values:
        if isinstance(value, (Instance, ClassValue, FunctionValue, Partial, ContextValue, ContextMethod, Run)):
            return True
        if isinstance(value, Sequence) and depth:
            if worth_following(tuple(item for item, _ in value.items), depth - 1):
                return True
        elif isinstance(value, Mapping) and depth and worth_following(value.all(), depth - 1):
            return True
    return False


def without_line(instance: Instance, line: int) -> Instance:
    """The same object as met on another line."""
    return replace(instance, line=line)
