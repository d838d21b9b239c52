"""Where we are while a body is followed: the function, its variables, and what steps tell each other."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from inspectors.discovery.modules import Function, Module
from inspectors.discovery.names import Target
from inspectors.graph.values import (
    ClassValue,
    Instance,
    Literal,
    Mapping,
    Sequence,
    Value,
    Values,
    items_of,
    union,
)

DEPTH = 9
"""How many calls deep helpers are followed."""
BUDGET = 40_000
"""Expressions that are looked at for one step: code that needs more is not written by people."""


@dataclass
class Frame:
    """One function that is being followed."""

    module: Module
    scope: str
    node: Function | ast.Lambda | None
    env: dict[str, Values]
    owner: Instance | ClassValue | None = None
    holder: Target | None = None
    is_step: bool = False
    closure: dict[str, Values] | None = None
    returns: list[Values] = field(default_factory=list)
    yields: list[tuple[Values, int | None]] = field(default_factory=list)
    attributes: dict[str, Values] | None = None
    """What `self.x = …` set, while a constructor of the user's own is followed."""
    exits: list[dict[str, Values]] = field(default_factory=list)
    """The variables at each `break` and `continue` of the innermost loop."""
    outer: set[str] = field(default_factory=set)
    """Names that the function declared `nonlocal`."""
    also: dict[str, ast.expr] = field(default_factory=dict)
    """Variable -> where the list or dict that it is can be found as well: `rows = self.rows`."""


@dataclass
class Shared:
    """What the steps of one workflow tell each other."""

    workflow: Target
    state: Target | None = None
    """The class of `Context[State]`."""
    store: dict[str, Values] = field(default_factory=dict)
    """Key of ctx.store -> what was put there."""
    fields: dict[tuple[Target, str], Values] = field(default_factory=dict)
    """Event class and field -> what events, classes and functions it was given."""
    missed: bool = False
    """Whether something was asked for before it was known: then reading once more tells more."""
    attributes: dict[tuple[Target, str], Values] = field(default_factory=dict)
    streams: dict[Target, list[Target]] = field(default_factory=dict)
    given: dict[tuple[Target, str], Values] = field(default_factory=dict)
    """Class and attribute -> what objects of it were given after they were made: `board.best = draft`."""
    asked: set[tuple[Target, str]] = field(default_factory=set)
    """Those that were asked for, so that what is given later counts only in another reading."""
    again: bool = False
    """Whether that happened."""
    tools_made: set[int] = field(default_factory=set)
    """The functions, by the identity of their node, that were taken for called where a tool was made of them."""
    tools_called: set[int] = field(default_factory=set)
    """Those of tools that a step calls by itself."""
    derived: list[Target] = field(default_factory=list)
    """Event classes of the workflow's own file, for parameters that take subclasses as well."""


def all_of(outcomes: Iterable[bool]) -> bool:
    """Like `all`, but looks at each: narrowing has effects."""
    return False not in list(outcomes)


def flat(values: Values) -> Values:
    """Classes, also those in a tuple of them."""
    return union(*(items_of([value]) if isinstance(value, Sequence) else (value,) for value in values))


def is_nothing(value: Value) -> bool:
    """Whether a value surely is None."""
    return isinstance(value, Literal) and value.kind == "NoneType"


def is_false(value: Value) -> bool:
    """Whether a value surely counts as false."""
    return isinstance(value, Literal) and not value.value


def put(mapping: Mapping, key: Values, values: Values) -> Mapping:
    """A dict after `mapping[key] = values`."""
    if len(key) == 1 and isinstance(key[0], (Literal, ClassValue)):
        entries = {**dict(mapping.entries), key[0]: union(dict(mapping.entries).get(key[0], ()), values)}
        return replace(mapping, entries=tuple(entries.items()), keys=union(mapping.keys, key))
    return replace(mapping, rest=union(mapping.rest, values), keys=union(mapping.keys, key))


def merged(envs: Iterable[dict[str, Values]]) -> dict[str, Values]:
    """The variables where several ways meet."""
    first, *others = envs
    if not others:
        return first
    found = dict(first)
    for env in others:
        for name, values in env.items():
            known = found.get(name)
            if known is not values:
                found[name] = values if known is None else union(known, values)
    return found


def is_held(values: Values) -> bool:
    """Whether a value is a list or dict, which can be changed where it isn't bound."""
    return any(isinstance(value, (Sequence, Mapping)) for value in values)


def may_grow(module: Module, name: str) -> bool:
    """Whether anything in a file puts more into the list or dict of a name: `TABLE["b"] = B`, `x.items.append(…)`."""
    found = _GROWS.get(id(module))
    if found is None or found[0] is not module:
        if len(_GROWS) > 5_000:
            _GROWS.clear()
        names = {one or other for one, other in _GROWING.findall(module.text)}
        found = _GROWS[id(module)] = module, names
    return name in found[1]


_GROWS: dict[int, tuple[Module, set[str]]] = {}
_GROWING = re.compile(
    r"\b(\w+)\s*\[[^\]\n]*\]\s*=(?!=)|\b(\w+)\.(?:append|add|update|extend|insert|setdefault|appendleft|put)\("
)


def is_builtin(name: str) -> bool:
    """Whether Python itself has a name."""
    return hasattr(builtins, name)
