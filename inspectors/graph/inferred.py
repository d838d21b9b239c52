"""The graph of a workflow class as its source tells it: annotations are `declared`, bodies `inferred`."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any

from inspectors.discovery.collecting import without_collecting
from inspectors.discovery.events import documentation, field_json, fields_of, role_of
from inspectors.discovery.modules import Module, is_of_a_library, source_lines
from inspectors.discovery.names import Target, inherits, lineage
from inspectors.discovery.reads import written
from inspectors.discovery.steps import StepSource, steps_of
from inspectors.graph.agents import acting_step, add_agent
from inspectors.graph.annotations import Member
from inspectors.graph.bodies import evaluated
from inspectors.graph.model import Edge, Graph, Node, count_label, join_label, node_id
from inspectors.graph.retries import retry_text
from inspectors.graph.step_readings import StepReading, own_agent, read_steps, streams_of, with_tools
from inspectors.graph.values import (
    Instance,
    plus,
)

_HEADER = re.compile(r"^\s*(?:async\s+)?def\s+\w+\s*(\([^#]*\)(?:\s*->[^#]+)?):\s*$")
ENGINE_WORKERS = 4
"""How many invocations of a step run at once if its decorator says nothing."""


def read_graph(workflow: Target, readings: list[StepReading] | None = None) -> Graph:
    """The graph of a workflow class found in a file."""
    with without_collecting():
        graph = _Builder(workflow, read_steps(workflow) if readings is None else readings).build()
        agent = own_agent(workflow)
        if agent is not None:
            add_agent(graph, acting_step(graph, workflow, agent), agent, workflow.module)
        return graph


def read_made_graph(workflow: Target, readings: list[StepReading], module: Module, call: ast.Call | None) -> Graph:
    """The graph of a workflow that a call on module level makes: with the tools and the team that it is made with."""
    made = evaluated(module, call, workflow, streams_of) if call is not None else ()
    agents = [one for one in made if isinstance(one, Instance) and inherits(one.target, "Workflow") and one.fields]
    for agent in agents:
        readings = with_tools(readings, agent)
    graph = read_graph(workflow, readings)
    for agent in agents:
        add_agent(graph, acting_step(graph, workflow, agent), agent, module.name)
    return graph


class _Builder:
    """Adds nodes and edges step by step."""

    def __init__(self, workflow: Target, readings: list[StepReading]) -> None:
        self.workflow, self.readings = workflow, readings
        source = workflow.source
        self.graph = Graph(
            name=workflow.name,
            module=workflow.module,
            file=str(source.path) if source else None,
            line=workflow.node.lineno if workflow.node else None,
            doc=documentation(workflow.node),
        )
        self.person = node_id("external", f"{workflow.dotted}.person")
        self.events: dict[str, Target] = {}
        self.names = {reading.step.name for reading in readings}

    def build(self) -> Graph:
        for reading in sorted(self.readings, key=lambda reading: not reading.takes("StartEvent")):
            self._consumed(reading)
            self.graph.add_node(self._step(reading))
            self._given(reading)
            self._done(reading)
        self._addressed()
        self._subclasses()
        self._failures()
        self._answered()
        self._mark_streamed()
        self._mark_refused()
        self.graph.list_ends()
        return self.graph

    def step_id(self, name: str) -> str:
        return node_id("step", f"{self.workflow.dotted}.{name}")

    def _edge(
        self,
        source: str,
        target: str,
        kind: str,
        origin: str,
        line: int | None,
        label: str = "",
        many: bool = False,
    ) -> None:
        self.graph.add_edge(Edge(source, target, kind, [origin], line, label, many))

    def _event(self, target: Target) -> str:
        identity = node_id("event", target.dotted)
        if identity not in self.graph.nodes:
            self.events[identity] = target
            more: dict[str, Any] = {
                "role": role_of(target),
                "doc": documentation(target.node),
                "file": str(target.source.path) if target.source else None,
                "line": target.node.lineno if target.node else None,
                "fields": [field_json(field) for field in fields_of(target)],
                "streamed_only": False,
            }
            self.graph.add_node(Node(identity, "event", target.name, more))
        return identity

    def _step(self, reading: StepReading) -> Node:
        step = reading.step
        first, last = source_lines(step.module, step.node)
        workers = step.value("num_workers")
        default = 1 if step.catches_errors else ENGINE_WORKERS
        lines = step.module.lines[first - 1 : last]
        more = {
            "doc": documentation(step.node),
            "signature": f"{step.name}{_signature_text(step)}",
            "file": str(step.module.path),
            "line": first,
            "end_line": last,
            "source": inspect.cleandoc("\n" + "\n".join(lines)),
            "num_workers": workers if isinstance(workers, int) else default,
            "retries": retry_text(step.module, step.option("retry_policy")),
            "accepts": [],
            "returns": [],
            "unknown": [{"kind": one.kind, "line": one.line, "source": one.text} for one in reading.facts.untold],
        }
        return Node(self.step_id(step.name), "step", step.name, more)

    def _consumed(self, reading: StepReading) -> None:
        takes = reading.signature.takes
        for taken in takes:
            for member in taken.members:
                label = ""
                if member.listed:
                    label = join_label(taken.take)
                elif len(takes) > 1:
                    label = join_label(len(takes))
                else:
                    label = self._collected(reading, member)
                step = self.step_id(reading.step.name)
                self._edge(self._event(member.target), step, "consumes", "declared", taken.line, label)

    def _collected(self, reading: StepReading, member: Member) -> str:
        for collected in reading.facts.collects:
            if member.target in collected.targets:
                return join_label(collected.total)
        return ""

    def _given(self, reading: StepReading) -> None:
        """What annotations and `return` statements give."""
        step, signature, facts = self.step_id(reading.step.name), reading.signature, reading.facts
        sent = {target for target, _ in facts.sends}
        untold = {one.kind for one in facts.untold}
        for member in signature.gives:
            returned = member.target in facts.returns
            told = facts.is_written and "returns" not in untold
            if told and not returned and member.target not in sent and "sends" not in untold:
                never = Edge(step, event_id(member.target), "returns", ["declared"], signature.gives_line)
                self.graph.never[never.key] = never
                continue
            if not returned and not member.listed and (member.target in sent or (told and "sends" in untold)):
                # Declared in the annotation so that the engine knows it, but the body sends it.
                self._edge(step, self._event(member.target), "sends", "declared", None)
            else:
                label = count_label(None if member.listed else 1)
                event = self._event(member.target)
                self._edge(step, event, "returns", "declared", signature.gives_line, label, member.listed)
            self._asks(member.target, "declared", signature.gives_line)
        for target, made in facts.returns.items():
            many_of_it = made.listed and made.count != 1
            label = count_label(made.count) if made.listed else ""
            self._edge(step, self._event(target), "returns", "inferred", made.line, label, many_of_it)
            self._asks(target, "inferred", made.line)

    def _done(self, reading: StepReading) -> None:
        """What a body does by the way: sends, streams, waits, starts, uses."""
        step, facts = self.step_id(reading.step.name), reading.facts
        totals: dict[Target, int | None] = {}
        for (target, _), count in facts.sends.items():
            totals[target] = plus(totals.get(target, 0), count)
        for target, address in facts.sends:
            count, line = totals[target], facts.lines.get((target, address))
            self._edge(step, self._event(target), "sends", "inferred", line, count_label(count), count != 1)
            self._asks(target, "inferred", line)
        for target, line in facts.streams.items():
            self._edge(step, self._event(target), "streams", "inferred", line, "streams")
            self._asks(target, "inferred", line)
        for wait in facts.waits:
            self._edge(self._event(wait.answer), step, "waits", "inferred", wait.line)
            if wait.prompt:
                self._edge(step, self._event(wait.prompt), "prompts", "inferred", wait.line)
                self._edge(self._event(wait.prompt), self._person(), "asks", "inferred", wait.line)
            if wait.prompt or inherits(wait.answer, "HumanResponseEvent"):
                self._edge(self._person(), self._event(wait.answer), "answers", "inferred", wait.line)
        for target, line in facts.starts.items():
            child = self._child(target)
            self._edge(step, child, "starts", "inferred", line, "starts")
            if target in facts.started:
                add_agent(self.graph, child, facts.started[target], reading.step.module.name)
        for resource in reading.signature.resources:
            identity = self._resource(resource.target, resource.name)
            self._edge(step, identity, "uses", "declared", resource.line, "uses")
        # What an agent of a library uses inside is no concern of whoever looks at the flow.
        uses = {} if is_of_a_library(reading.step.module) else facts.uses
        for target, line in uses.items():
            self._edge(step, self._resource(target, target.name), "uses", "inferred", line, "uses")

    def _resource(self, target: Target, name: str) -> str:
        identity = node_id("resource", target.dotted)
        more = {
            "doc": documentation(target.node),
            "file": str(target.source.path) if target.source else None,
            "line": target.node.lineno if target.node else None,
        }
        self.graph.add_node(Node(identity, "resource", name, more))
        return identity

    def _child(self, target: Target) -> str:
        identity = node_id("workflow", target.dotted)
        more = {
            "doc": documentation(target.node),
            "file": str(target.source.path) if target.source else None,
            "line": target.node.lineno if target.node else None,
            "steps": len(steps_of(target)) if target.node else None,
        }
        self.graph.add_node(Node(identity, "workflow", target.name, more))
        return identity

    def _person(self) -> str:
        self.graph.add_node(Node(self.person, "external", "A person"))
        return self.person

    def _asks(self, target: Target, origin: str, line: int | None) -> None:
        if inherits(target, "InputRequiredEvent"):
            self._edge(self._event(target), self._person(), "asks", origin, line)

    def _answered(self) -> None:
        for reading in self.readings:
            for _, target in reading.takes("HumanResponseEvent"):
                event = self._event(target)
                edges = self.graph.edges.values()
                if not any(edge.target == event and edge.kind in ("returns", "sends") for edge in edges):
                    line = reading.step.node.lineno
                    self._edge(self._person(), event, "answers", "declared", line)

    def _addressed(self) -> None:
        """`send_event(x, step="s")` reaches s, also if its annotation names another type."""
        for reading in self.readings:
            for target, address in reading.facts.sends:
                if address in self.names:
                    line = reading.facts.lines.get((target, address))
                    event, step = self._event(target), self.step_id(address)
                    self._edge(event, step, "consumes", "inferred", line)

    def _subclasses(self) -> None:
        """A step with `accept_event_subclasses=True` takes each derived event there is, but no stop event."""
        for reading in self.readings:
            if reading.step.value("accept_event_subclasses") is not True:
                continue
            taken = [member.target for part in reading.signature.takes for member in part.members]
            line, step = reading.step.node.lineno, self.step_id(reading.step.name)
            for event, target in self.events.items():
                derived = any(base in taken for base in lineage(target)[1:])
                if derived and role_of(target) != "stop":
                    self._edge(event, step, "consumes", "declared", line)
                for wait in reading.facts.waits:
                    if wait.answer in lineage(target)[1:]:
                        self._edge(event, step, "waits", "inferred", wait.line)

    def _failures(self) -> None:
        steps = [reading.step for reading in self.readings]
        handlers = {step.name: step for step in steps if step.catches_errors}
        claimed: dict[str, str] = {}
        for name, handler in handlers.items():
            covered = handler.value("for_steps")
            claimed.update({step: name for step in covered or [] if isinstance(step, str)})
        for reading in self.readings:
            if reading.step.catches_errors:
                continue
            everyone = [name for name, handler in handlers.items() if _covers_all(handler)]
            name = claimed.get(reading.step.name) or next(iter(everyone), "")
            if name:
                line, source = handlers[name].node.lineno, self.step_id(reading.step.name)
                self._edge(source, self.step_id(name), "fails", "declared", line, "when it fails")

    def _mark_refused(self) -> None:
        """The engine wants each event that a step takes to be in some annotation, unless it comes from outside."""
        declared = {member.target for reading in self.readings for member in reading.signature.gives}
        taken = {
            member.target for reading in self.readings for part in reading.signature.takes for member in part.members
        }
        for edge in self.graph.edges.values():
            event = self.events.get(edge.target)
            if edge.kind == "sends" and event in taken and event not in declared:
                edge.refused = not inherits(event, "HumanResponseEvent", "StartEvent", "StepFailedEvent")

    def _mark_streamed(self) -> None:
        kinds: dict[str, set[str]] = {}
        for edge in self.graph.edges.values():
            kinds.setdefault(edge.source, set()).add(edge.kind)
            kinds.setdefault(edge.target, set()).add(edge.kind)
        for node in self.graph.nodes.values():
            if node.kind == "event":
                node.more["streamed_only"] = kinds.get(node.id) == {"streams"}


def _covers_all(handler: StepSource) -> bool:
    option = handler.option("for_steps")
    return option is None or (isinstance(option, ast.Constant) and option.value is None)


def event_id(target: Target) -> str:
    """The id of an event class's node."""
    return node_id("event", target.dotted)


def _signature_text(step: StepSource) -> str:
    node, line = step.node, step.module.lines[step.node.lineno - 1]
    # As it is written where it is written on one line, which takes no time.
    header = _HEADER.search(line) if node.body[0].lineno > node.lineno else None
    if header is not None:
        return header[1].rstrip()
    returns = f" -> {written(node.returns)}" if node.returns is not None else ""
    try:
        return f"({ast.unparse(node.args)}){returns}"
    except (RecursionError, ValueError):
        return f"(…){returns}"
