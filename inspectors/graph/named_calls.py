"""What a call names, and what it is given."""

from __future__ import annotations

import ast

from inspectors.discovery.names import dotted_name, resolve
from inspectors.graph.frames import Frame
from inspectors.graph.library import LIBRARY, Given
from inspectors.graph.tool_calls import ToolCalls
from inspectors.graph.values import UNKNOWN, Literal, Mapping, Sequence, items_of, union


class NamedCalls(ToolCalls):
    """Reads the two sides of a call: its function's name and its arguments."""

    def _is_variable(self, frame: Frame, name: str) -> bool:
        return name in frame.env or (frame.closure is not None and name in frame.closure)

    def _is_module(self, frame: Frame, func: ast.Attribute) -> bool:
        """Whether `a.b.c` starts with an imported module, so that it is a name and not a method."""
        dotted = dotted_name(func) if not isinstance(func.value, ast.Subscript) else None
        head = (dotted or "").partition(".")[0]
        if not dotted or self._is_variable(frame, head) or head not in frame.module.imports:
            return False
        target = resolve(frame.module, func, frame.scope)
        if target is None or target.engine or target.node is not None:
            return True
        parent = resolve(frame.module, func.value, frame.scope)
        # `Class.method` of an own class is a method; `asyncio.gather` is not.
        return parent is None or (parent.node is None and not parent.engine)

    def _library(self, frame: Frame, func: ast.expr) -> str | None:
        dotted = dotted_name(func)
        if not dotted or self._is_variable(frame, dotted.partition(".")[0]):
            return None
        head, _, rest = dotted.partition(".")
        imported = frame.module.imports.get(head)
        full = f"{imported}.{rest}" if imported and rest else imported or ""
        return full if full in LIBRARY else None

    def _given(self, frame: Frame, call: ast.Call) -> Given:
        given = Given(call, [], {})
        for argument in call.args:
            if not isinstance(argument, ast.Starred):
                given.args.append(self.eval(frame, argument))
                continue
            values = self.eval(frame, argument.value)
            given.starred.append(values)
            places = values[0].places if len(values) == 1 and isinstance(values[0], Sequence) else None
            if places is not None:
                given.args += places
            else:
                given.words["*"] = union(given.words.get("*", ()), items_of(values) or UNKNOWN)
        for keyword in call.keywords:
            values = self.eval(frame, keyword.value)
            if keyword.arg is not None:
                given.words[keyword.arg] = values
                continue
            for value in values:
                if isinstance(value, Mapping):
                    given.words |= {
                        key.value: held
                        for key, held in value.entries
                        if isinstance(key, Literal) and isinstance(key.value, str)
                    }
        return given
