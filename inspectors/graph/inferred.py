"""The graph of a workflow class as its source tells it: annotations are `declared`, bodies `inferred`."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import Any

from inspectors.discovery.events import documentation, field_json, fields_of, role_of
from inspectors.discovery.modules import source_lines
from inspectors.discovery.names import Target, inherits, lineage
from inspectors.discovery.reads import literal, written
from inspectors.discovery.steps import StepSource, steps_of
from inspectors.graph.annotations import Member, Signature, read_signature
from inspectors.graph.bodies import Facts, read_body
from inspectors.graph.model import Edge, Graph, Node, count_label, join_label, node_id
from inspectors.graph.retries import retry_text
from inspectors.graph.values import attributes_of

ENGINE_WORKERS = 4
"""How many invocations of a step run at once if its decorator says nothing."""


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
    readings = []
    attributes = attributes_of(workflow)
    for step in steps_of(workflow):
        signature = read_signature(step)
        params = {taken.param: [member.target for member in taken.members] for taken in signature.takes}
        params |= {name: [target] for name, target in signature.others.items()}
        facts = read_body(step.module, step.node, workflow, params, step.scope, attributes)
        readings.append(StepReading(workflow, step, signature, facts))
    return readings


def read_graph(workflow: Target, readings: list[StepReading] | None = None) -> Graph:
    """The graph of a workflow class found in a file."""
    return _Builder(workflow, read_steps(workflow) if readings is None else readings).build()


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
        workers = literal(step.option("num_workers"))[1]
        default = 1 if step.catches_errors else ENGINE_WORKERS
        lines = step.module.text.splitlines()[first - 1 : last]
        more = {
            "doc": documentation(step.node),
            "signature": f"{step.name}{_signature_text(step.node)}",
            "file": str(step.module.path),
            "line": first,
            "end_line": last,
            "source": inspect.cleandoc("\n" + "\n".join(lines)),
            "num_workers": workers if isinstance(workers, int) else default,
            "retries": retry_text(step.module, step.option("retry_policy")),
            "accepts": [],
            "returns": [],
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
        step, signature = self.step_id(reading.step.name), reading.signature
        sent = {target for target, _ in reading.facts.sends}
        returned = {made.target for made in reading.facts.returns}
        for member in signature.gives:
            event = self._event(member.target)
            if member.target in sent and member.target not in returned and not member.listed:
                # Declared in the annotation so that the engine knows it, but the body sends it.
                self._edge(step, event, "sends", "declared", None)
            else:
                label = count_label(None if member.listed else 1)
                self._edge(step, event, "returns", "declared", signature.gives_line, label, member.listed)
            self._asks(member.target, "declared", signature.gives_line)
        for target in dict.fromkeys(made.target for made in reading.facts.returns):
            mades = [made for made in reading.facts.returns if made.target == target]
            listed = [made for made in mades if made.listed]
            counts = [made.times for made in listed]
            count = None if None in counts else sum(number or 0 for number in counts) if counts else 1
            many = bool(listed) and count != 1
            label = count_label(count) if listed else ""
            self._edge(step, self._event(target), "returns", "inferred", mades[0].line, label, many)
            self._asks(target, "inferred", mades[0].line)

    def _done(self, reading: StepReading) -> None:
        """What a body does by the way: sends, streams, waits, starts, uses."""
        step, facts = self.step_id(reading.step.name), reading.facts
        totals: dict[Target, int | None] = {}
        for (target, _), count in facts.sends.items():
            known = totals.get(target, 0)
            totals[target] = None if known is None or count is None else known + count
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
            self._edge(step, self._child(target), "starts", "inferred", line, "starts")
        for resource in reading.signature.resources:
            identity = self._resource(resource.target, resource.name)
            self._edge(step, identity, "uses", "declared", resource.line, "uses")
        for target, line in facts.uses.items():
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
            if literal(reading.step.option("accept_event_subclasses"))[1] is not True:
                continue
            taken = [member.target for part in reading.signature.takes for member in part.members]
            line, step = reading.step.node.lineno, self.step_id(reading.step.name)
            for event, target in self.events.items():
                derived = any(base in taken for base in lineage(target)[1:])
                if derived and role_of(target) != "stop":
                    self._edge(event, step, "consumes", "declared", line)

    def _failures(self) -> None:
        steps = [reading.step for reading in self.readings]
        handlers = {step.name: step for step in steps if step.catches_errors}
        claimed: dict[str, str] = {}
        for name, handler in handlers.items():
            covered = literal(handler.option("for_steps"))[1]
            claimed.update({step: name for step in covered or [] if isinstance(step, str)})
        for reading in self.readings:
            if reading.step.catches_errors:
                continue
            everyone = [name for name, handler in handlers.items() if _covers_all(handler)]
            name = claimed.get(reading.step.name) or next(iter(everyone), "")
            if name:
                line, source = handlers[name].node.lineno, self.step_id(reading.step.name)
                self._edge(source, self.step_id(name), "fails", "declared", line, "when it fails")

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


def _signature_text(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    returns = f" -> {written(node.returns)}" if node.returns is not None else ""
    try:
        return f"({ast.unparse(node.args)}){returns}"
    except (RecursionError, ValueError):
        return f"(…){returns}"
