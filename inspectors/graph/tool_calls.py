"""Tools that a step makes and calls by itself: calling one calls the function that it was made of."""

from __future__ import annotations

import ast

from inspectors.discovery.names import Target, lineage
from inspectors.graph.frames import Frame
from inspectors.graph.handing import Handing
from inspectors.graph.library import Given
from inspectors.graph.values import UNKNOWN, FunctionValue, Instance, SuperValue, Value, Values, union

TOOL_CALLS = ("call", "acall", "__call__")
"""The methods that call a tool."""
_FUNCTION = "fn"
_HOLDS = (_FUNCTION, "async_fn", "real_fn", "_fn", "_async_fn", "_real_fn")
"""What LlamaIndex's own class calls it, which classes derived from it make use of."""


def is_tool(target: Target) -> bool:
    """Whether a class is LlamaIndex's tool made of a function, or derives from it."""
    return any(one.name == "FunctionTool" and one.node is None for one in lineage(target))


class ToolCalls(Handing):
    """Follows what is in a tool where the tool is called, else where it is made: somebody will call it."""

    def make_tool(self, target: Target, given: Given) -> Instance:
        """A tool, with the functions that it is made of and its name."""
        fields = {**self._kept(given), "name": given.words.get("name", ())}
        return Instance(target, given.call.lineno, tuple((name, values) for name, values in fields.items() if values))

    def _kept(self, given: Given) -> dict[str, Values]:
        functions = _functions(given)
        known = {id(one.node) for one in functions if isinstance(one, FunctionValue)}
        if not known & self.shared.tools_called:
            self.shared.tools_made |= known
            self.escape(given)
        return dict.fromkeys(_HOLDS, functions) if functions else {}

    def call_tool(self, tool: Instance, args: list[Values], words: dict[str, Values], line: int, name: str) -> Values:
        """`tool.acall(…)`: the method that a derived class has for it, else the tool's function."""
        functions = tool.get(_FUNCTION)
        for one in functions:
            if isinstance(one, FunctionValue) and id(one.node) not in self.shared.tools_called:
                self.shared.tools_called.add(id(one.node))
                # A step before this one took it for called where it was made.
                self.shared.again |= id(one.node) in self.shared.tools_made
        own = self.attribute_of(tool.target, name, tool)
        methods = tuple(one for one in own if isinstance(one, FunctionValue))
        for one in methods or functions:
            self.invoke(one, args, words, line)
        return UNKNOWN

    def left_to_tool(self, frame: Frame, above: SuperValue, name: str, given: Given) -> bool:
        """What a class derived from a tool leaves to it: to keep a function, or to call it; False if neither."""
        tool = above.owner
        if not isinstance(tool, Instance) or not is_tool(tool.target):
            return False
        if name == "__init__" and frame.attributes is not None:
            frame.attributes |= self._kept(given)
            return True
        for one in tool.get(_FUNCTION) if name in TOOL_CALLS else ():
            self.invoke(one, given.args, given.words, given.call.lineno)
        return name in TOOL_CALLS

    def invoke(
        self, value: Value, args: list[Values], words: dict[str, Values], line: int, given: Given | None = None
    ) -> Values:
        """What calling a value gives."""
        raise NotImplementedError


def holds_function(value: Instance) -> bool:
    """Whether an object is a tool of which it is known what it calls."""
    return bool(value.get(_FUNCTION)) and (value.target.node is None or is_tool(value.target))


def has_constructor(target: Target) -> bool:
    """Whether a class says itself how its objects are made."""
    nodes = [one.node for one in lineage(target) if isinstance(one.node, ast.ClassDef)]
    return any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for node in nodes for one in node.body)


def _functions(given: Given) -> Values:
    found = union(given.get(0, _FUNCTION) or (), given.words.get("async_fn", ()))
    return found if any(isinstance(value, FunctionValue) for value in found) else ()
