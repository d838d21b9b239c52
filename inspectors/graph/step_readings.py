"""The steps of a workflow class with all that their annotations and bodies tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspectors.discovery.collecting import without_collecting
from inspectors.discovery.events import role_of
from inspectors.discovery.modules import Module, is_of_a_library, is_seen_from
from inspectors.discovery.names import Target, inherits, lineage
from inspectors.discovery.steps import StepSource, steps_of
from inspectors.graph.annotations import Signature, read_signature
from inspectors.graph.bodies import read_body
from inspectors.graph.facts import Facts, Streamed
from inspectors.graph.frames import Shared
from inspectors.graph.tool_use import CALLS_TOOLS, made_as, tool_facts, with_facts
from inspectors.graph.values import (
    CONTEXT,
    UNKNOWN,
    FunctionValue,
    Instance,
    Value,
    Values,
    many,
    union,
    worth_following,
)


@dataclass(frozen=True)
class StepReading:
    """A step with all that was read of it."""

    workflow: Target
    step: StepSource
    signature: Signature
    facts: Facts

    def takes(self, *engine_names: str) -> list[tuple[str, Target]]:
        """Parameters of this step that take an event derived from one of the engine's, with the type."""
        return [
            (taken.param, member.target)
            for taken in self.signature.takes
            for member in taken.members
            if inherits(member.target, *engine_names)
        ]


def read_steps(workflow: Target) -> list[StepReading]:
    """Every step of a workflow class with its annotations and its body. Never raises for odd code."""
    is_fixed = workflow.source is not None and is_of_a_library(workflow.source)
    known = _of_libraries.get(workflow.dotted) if is_fixed else None
    if known is not None and known[0] is workflow.node:
        return known[1]
    with without_collecting():
        found = _read_steps(workflow)
    if is_fixed:
        _of_libraries[workflow.dotted] = workflow.node, found
    return found


_of_libraries: dict[str, tuple[object, list[StepReading]]] = {}
"""Read once: an agent's own source is long, and changes with its installation only."""


def _read_steps(workflow: Target) -> list[StepReading]:
    steps = [(step, read_signature(step)) for step in steps_of(workflow)]
    states = (signature.state for _, signature in steps if signature.state is not None)
    shared = Shared(workflow, state=next(states, None))
    readings = [_reading(workflow, step, signature, shared) for step, signature in steps]
    late = shared.store or any(worth_following(values) for values in shared.fields.values())
    if shared.again or (shared.missed and late):
        # A step that comes first in the file may read what a later one puts into the store or into an event.
        shared.attributes.clear()
        readings = [_reading(workflow, step, signature, shared) for step, signature in steps]
    agent = own_agent(workflow)
    return with_tools(readings, agent) if agent is not None else readings


def own_agent(workflow: Target) -> Instance | None:
    """A class that is an agent or a team, with the tools or the agents that its own source hands it."""
    steps = steps_of(workflow)
    if not any(step.name == CALLS_TOOLS and is_of_a_library(step.module) for step in steps):
        return None
    return made_as(workflow, streams_of)


def with_tools(readings: list[StepReading], agent: Instance) -> list[StepReading]:
    """The steps of an agent with what its tools do: they run in the step that calls them."""
    facts = tool_facts(agent, streams_of)
    return [
        replace(reading, facts=with_facts(reading.facts, facts)) if reading.step.name == CALLS_TOOLS else reading
        for reading in readings
    ]


def _reading(workflow: Target, step: StepSource, signature: Signature, shared: Shared) -> StepReading:
    owner = Instance(workflow)
    holder = Target(step.module.name, step.scope, step.module, step.module.classes[step.scope]) if step.scope else None
    function = FunctionValue(step.module, step.node, step.scope, owner if step.scope else None, holder)
    line = step.node.lineno
    params: dict[str, Values] = {argument.arg: UNKNOWN for argument in step.parameters}
    for taken in signature.takes:
        values: list[Value] = []
        for member in taken.members:
            targets = [member.target]
            if step.value("accept_event_subclasses") is True:
                targets += derived_of(member.target, step.module, step.scope)
            made: Values = tuple(Instance(target, line) for target in targets)
            values += (many(made, None),) if member.listed else made
        params[taken.param] = union(values)
    for name, target in signature.others.items():
        params[name] = (Instance(target, line),)
    for resource in signature.resources:
        params[resource.param] = (Instance(resource.typed, line),) if resource.typed else UNKNOWN
    arguments = [*step.node.args.posonlyargs, *step.node.args.args]
    if step.scope and arguments and arguments[0].arg in ("self", "cls"):
        params[arguments[0].arg] = (owner,)
    if signature.context in params:
        params[signature.context] = CONTEXT
    return StepReading(workflow, step, signature, read_body(function, shared, params, streams_of))


def derived_of(base: Target, module: Module, scope: str) -> list[Target]:
    """The event classes of a file that derive from another, as far as a scope knows them."""
    found = [
        Target(module.name, name, module, node) for name, node in module.classes.items() if is_seen_from(name, scope)
    ]
    return [target for target in found if target != base and base in lineage(target)[1:] and role_of(target) != "stop"]


_streams: dict[tuple[str, int], Streamed] = {}
_reading_streams: set[str] = set()
_MOST_STREAMS = 1_000


def streams_of(workflow: Instance) -> Streamed:
    """The event types that a workflow writes to its stream: what it streams, prompts with and ends with."""
    found = _streams_of_class(workflow.target)
    tools = tool_facts(workflow, streams_of) if workflow.fields else None
    if tools is None or not (tools.streams or tools.waits or tools.untold):
        return found
    more = [*tools.streams, *(wait.prompt for wait in tools.waits if wait.prompt)]
    told = found.told and not any(one.kind == "streams" for one in tools.untold)
    return Streamed(tuple(dict.fromkeys([*found.targets, *more])), told)


def _streams_of_class(target: Target) -> Streamed:
    key = target.dotted, id(target.node)
    if key in _streams:
        return _streams[key]
    if target.node is None or target.dotted in _reading_streams:
        return Streamed(told=target.node is not None)
    _reading_streams.add(target.dotted)
    try:
        found: dict[Target, None] = {}
        told = True
        for reading in read_steps(target):
            facts = reading.facts
            told = told and not any(one.kind == "streams" for one in facts.untold)
            found |= dict.fromkeys(facts.streams)
            found |= dict.fromkeys(wait.prompt for wait in facts.waits if wait.prompt)
            given = [*facts.returns, *(member.target for member in reading.signature.gives)]
            found |= dict.fromkeys(one for one in given if inherits(one, "InputRequiredEvent", "StopEvent"))
    finally:
        _reading_streams.discard(target.dotted)
    if len(_streams) >= _MOST_STREAMS:
        _streams.clear()
    _streams[key] = Streamed(tuple(found), told)
    return _streams[key]
