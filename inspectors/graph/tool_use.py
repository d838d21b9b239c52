"""What the tools of an agent do with the context that they are handed: they write, wait and send for `call_tool`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from inspectors.discovery.modules import Function, is_of_a_library, parameters_of
from inspectors.discovery.names import Target, lineage, resolve
from inspectors.graph.bodies import Body, Streams
from inspectors.graph.facts import Facts, added
from inspectors.graph.frames import Shared
from inspectors.graph.values import (
    CONTEXT,
    FunctionValue,
    Instance,
    Partial,
    Sequence,
    Values,
    items_of,
    union,
    worth_following,
)

CALLS_TOOLS = "call_tool"
"""The step of LlamaIndex's agents and teams that does."""
_TOOLS, _TEAM = ("tools", "tools_or_functions"), "agents"


def tool_facts(agent: Instance, streams_of: Streams) -> Facts:
    """What the tools of an agent, or of a team's agents, do."""
    facts = Facts()
    reader = Body(Shared(agent.target), facts, streams_of)
    for function in _functions_of(agent):
        words = dict.fromkeys(_contexts_of(function), CONTEXT)
        if words:
            line = function.node.lineno
            _, counts = reader.apart(lambda one=function, words=words, line=line: reader.invoke(one, [], words, line))  # type: ignore[misc]
            facts.sends = added(facts.sends, counts)
            reader.outer_line = None
    return facts


def with_facts(facts: Facts, more: Facts) -> Facts:
    """Both together."""
    return replace(
        facts,
        sends=added(facts.sends, more.sends),
        lines=more.lines | facts.lines,
        streams=more.streams | facts.streams,
        waits=facts.waits | more.waits,
        starts=more.starts | facts.starts,
        started=more.started | facts.started,
        untold=facts.untold | more.untold,
    )


def made_as(workflow: Target, streams_of: Streams) -> Instance | None:
    """How a user's own class makes itself an agent: the tools or the team it hands to its base; None if it doesn't."""
    own = [one for one in lineage(workflow) if one.source is not None and not is_of_a_library(one.source)]
    fields: dict[str, Values] = {}
    reader = Body(Shared(workflow), Facts(), streams_of)
    for target in own:
        assert target.source is not None
        for name in (*_TOOLS, _TEAM):
            handed = [reader.loosely(target, function, expr) for function, expr in _handed_up(target, name)]
            found = union(reader.own_attribute(target, name, Instance(workflow)) or (), *handed)
            if any(isinstance(value, Sequence) and worth_following((value,)) for value in found):
                fields.setdefault(name, found)
    return Instance(workflow, fields=tuple(sorted(fields.items(), key=lambda one: one[0]))) if fields else None


def _handed_up(target: Target, name: str) -> Iterator[tuple[Function, ast.expr]]:
    """`super().__init__(tools=…)` of a class's own constructor."""
    for child in target.node.body if isinstance(target.node, ast.ClassDef) else ():
        if isinstance(child, ast.FunctionDef) and child.name == "__init__":
            for call in ast.walk(child):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
                    yield from ((child, word.value) for word in call.keywords if word.arg == name)


def _functions_of(agent: Instance) -> Iterator[FunctionValue]:
    for name in _TOOLS:
        for value in items_of(tuple(one for one in agent.get(name) if isinstance(one, Sequence))):
            for held in (value, *(value.get("fn") if isinstance(value, Instance) else ())):
                function = held.function if isinstance(held, Partial) else held
                if isinstance(function, FunctionValue):
                    yield function
    for value in items_of(tuple(one for one in agent.get(_TEAM) if isinstance(one, Sequence))):
        if isinstance(value, Instance):
            yield from _functions_of(value)


def _contexts_of(function: FunctionValue) -> list[str]:
    """The parameters that a tool is handed the context for."""
    found = []
    for one in parameters_of(function.node):
        annotation = one.annotation
        if annotation is not None:
            target = resolve(function.module, annotation, function.scope)
            if target is not None and target.is_engine("Context"):
                found.append(one.arg)
    return found
