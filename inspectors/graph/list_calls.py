"""Methods of lists, queues and dicts that hold what a step sends later."""

from __future__ import annotations

import ast
from dataclasses import replace

from inspectors.discovery.names import dotted_name
from inspectors.graph.context_calls import ContextCalls
from inspectors.graph.frames import Frame, put
from inspectors.graph.library import Given
from inspectors.graph.values import (
    ADDS,
    NONE,
    UNKNOWN,
    Instance,
    Mapping,
    Sequence,
    StoreValue,
    Values,
    items_of,
    joined,
    many,
    sequence,
    union,
)

_TAKES = {"pop", "popleft", "get", "get_nowait"}


class ListCalls(ContextCalls):
    """Evaluates methods of what holds several values."""

    in_loop = False
    """Whether we may come here several times."""

    def _of_sequence(self, frame: Frame, receiver: Sequence, func: ast.Attribute, given: Given) -> Values:
        name, last = func.attr, given.args[-1] if given.args else UNKNOWN
        changed: Sequence | None = None
        if name in ADDS:
            number = None if self.in_loop else 1
            item = many(last, number)
            changed = joined(receiver, sequence([last]) if number == 1 else item)
        elif name in ("extend", "update"):
            changed = receiver
            for value in last:
                changed = joined(changed, value if isinstance(value, Sequence) else many(items_of([value]), None))
        if changed is not None:
            if self.in_loop:
                changed = replace(changed, length=None, places=None)
            if isinstance(func.value, ast.Name):
                self.change(frame, func.value.id, receiver, changed)
            return NONE
        if name in _TAKES:
            return items_of([receiver]) or UNKNOWN
        return (receiver,) if name == "copy" else UNKNOWN

    def _of_mapping(self, frame: Frame, receiver: Mapping, func: ast.Attribute, given: Given) -> Values:
        name = func.attr
        if name in ("get", "pop", "setdefault"):
            default = given.args[1] if len(given.args) > 1 else NONE if name == "get" else ()
            key = given.args[0] if given.args else UNKNOWN
            known = dict(receiver.entries)
            if name == "setdefault" and isinstance(func.value, ast.Name):
                self.change(frame, func.value.id, receiver, put(receiver, key, default))
            if len(key) == 1 and key[0] in known:
                held: Values = known[key[0]]
                return held
            return union(receiver.all(), default) or UNKNOWN
        length = len(receiver.entries) if not receiver.rest else None
        if name == "values":
            if length is not None:
                return (sequence(values for _, values in receiver.entries),)
            return (many(receiver.all(), None),)
        if name == "items":
            if length is not None:
                return (sequence((sequence([(key,), values]),) for key, values in receiver.entries),)
            return (many((sequence([receiver.keys or UNKNOWN, receiver.all()]),), None),)
        if name == "keys":
            return (many(receiver.keys or UNKNOWN, length),)
        if name == "update" and isinstance(func.value, ast.Name):
            other = [value for values in given.args for value in values if isinstance(value, Mapping)]
            words = tuple(given.words.items())
            rest = union(receiver.rest, *(one.all() for one in other), *(values for _, values in words))
            self.change(frame, func.value.id, receiver, replace(receiver, rest=rest))
            return NONE
        return (receiver,) if name == "copy" else UNKNOWN

    def _added_inside(self, frame: Frame, holder: ast.expr, item: Values) -> bool:
        """`groups[key].append(item)` and `state.items.append(item)`; False if it is neither."""
        if isinstance(holder, ast.Subscript) and isinstance(holder.value, ast.Name):
            name, key = holder.value.id, self.eval(frame, holder.slice)
            mappings = [value for value in frame.env.get(name, ()) if isinstance(value, Mapping)]
            if mappings:
                added = (many(item, None),)
                frame.env[name] = tuple(put(mapping, key, added) for mapping in mappings)
                return True
        if isinstance(holder, ast.Subscript) and isinstance(holder.value, ast.Attribute) and dotted_name(holder.value):
            if any(isinstance(value, Instance) for value in self.eval(frame, holder)):
                return False  # an object with such a method of its own
            self.bind_item(frame, holder.value, self.eval(frame, holder.slice), (many(item, None),))
            return True
        if isinstance(holder, ast.Attribute) and dotted_name(holder.value):
            for value in self.eval(frame, holder.value):
                if isinstance(value, Instance) and not any(
                    isinstance(one, Instance) for one in self.get(frame, value, holder.attr, holder.lineno)
                ):
                    self.give(value, holder.attr, (many(item, None),))
        inner, text = None, ""
        if isinstance(holder, ast.Attribute):
            inner, text = holder.value, holder.attr
        elif isinstance(holder, ast.Subscript) and isinstance(holder.slice, ast.Constant):
            inner, text = holder.value, str(holder.slice.value)
        if isinstance(inner, ast.Name):
            held = frame.env.get(inner.id, ())
            if any(isinstance(value, StoreValue) for value in held):
                self.store(text, (many(item, None),))
                return True
        return False
