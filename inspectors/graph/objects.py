"""What objects, and the variables around a function, are given while a body is followed."""

from __future__ import annotations

import ast
from dataclasses import replace

from inspectors.discovery.modules import Function, Module, parameters_of
from inspectors.discovery.names import Target, lineage
from inspectors.graph.annotations import is_event
from inspectors.graph.facts import Facts
from inspectors.graph.frames import Frame, Shared
from inspectors.graph.values import (
    Instance,
    Literal,
    Mapping,
    StoreValue,
    Unknown,
    Values,
    union,
    worth_following,
)
from inspectors.graph.variables import Variables


class Objects(Variables):
    """Remembers assignments to attributes and to variables of functions around."""

    def __init__(self, shared: Shared, facts: Facts) -> None:
        super().__init__(shared, facts)
        self.rebound: dict[str, tuple[Values, Module, int]] = {}
        """Variables that a nested function changed, by name, with the file and the line of that function."""

    def get(self, frame: Frame, value: Instance, name: str, line: int) -> Values:
        """What `value.name` may be."""
        raise NotImplementedError

    def bind_attribute(self, frame: Frame, target: ast.Attribute, values: Values) -> None:
        """`holder.attr = values`."""
        holder, attr = target.value, target.attr
        held = self.eval(frame, holder)
        if frame.attributes is not None and frame.owner is not None and held == (frame.owner,):
            frame.attributes[attr] = values
            return
        name = holder.id if isinstance(holder, ast.Name) and holder.id in frame.env else ""
        for value in held:
            if isinstance(value, StoreValue):
                self.store(attr, values)
            elif isinstance(value, Instance) and (not name or value == frame.owner or _is_parameter(frame, name)):
                self.give(value, attr, values)
        if name and any(isinstance(value, Instance) and value != frame.owner for value in held):
            frame.env[name] = tuple(
                _with_field(value, attr, values) if isinstance(value, Instance) and value != frame.owner else value
                for value in held
            )

    def bind_item(self, frame: Frame, holder: ast.Attribute, key: Values, values: Values) -> None:
        """`holder.attr[key] = values`."""
        for value in self.eval(frame, holder.value):
            held: Values = (Mapping((), values, key),)
            if isinstance(value, StoreValue):
                self.store(holder.attr, held)
            elif isinstance(value, Instance) and worth_following(values):
                self.give(value, holder.attr, held)

    def give(self, value: Instance, name: str, values: Values) -> None:
        """Remember what an object's attribute was set to: any object of its class may be that one."""
        followed = tuple(one for one in values if not isinstance(one, (Unknown, Literal)))
        if not worth_following(followed):
            return
        key = value.target, name
        if is_event(value.target):
            self.shared.fields[key] = union(self.shared.fields.get(key, ()), followed)
            return
        known = self.shared.given.get(key, ())
        self.shared.given[key] = union(known, followed)
        if key in self.shared.asked and self.shared.given[key] != known:
            self.shared.again = True

    def given_to(self, target: Target, name: str) -> Values:
        """What objects of a class were given under a name."""
        self.shared.asked.add((target, name))
        if not self.shared.given:
            return ()
        return union(*(self.shared.given.get((one, name), ()) for one in lineage(target)))

    # Variables of functions around.

    def rebind(self, frame: Frame, name: str, values: Values) -> None:
        """Change a variable of the function around."""
        assert frame.closure is not None
        values = union(frame.closure[name], values)
        frame.closure[name] = values
        if frame.node is not None:
            self.rebound[name] = values, frame.module, frame.node.lineno

    def take_rebound(self, frame: Frame) -> None:
        """After a call: what functions in this one did to its variables is so now, also where ways parted since."""
        for name, (values, module, line) in list(self.rebound.items()):
            node = frame.node
            holds = isinstance(node, Function) and node.lineno < line <= (node.end_lineno or 0)
            if holds and name in frame.env and frame.module is module:
                frame.env[name] = union(frame.env[name], values)
                del self.rebound[name]


def _with_field(value: Instance, name: str, values: Values) -> Instance:
    kept = {known: held for known, held in value.fields if known != name}
    if worth_following(values):
        kept[name] = values
    return replace(value, fields=tuple(sorted(kept.items(), key=lambda one: one[0])))


def _is_parameter(frame: Frame, name: str) -> bool:
    return frame.node is not None and any(one.arg == name for one in parameters_of(frame.node))
