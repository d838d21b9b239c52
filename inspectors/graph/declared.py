"""The graph that an imported workflow class declares. Used inside a runner: only the engine and this package.

Where the engine's step configuration can't be read (it is not a documented part of it), its public
`get_workflow_representation` still gives nodes and edges by name.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from typing import Any

from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.representation import get_workflow_representation

from inspectors.graph.model import Edge, Graph, Node, count_label, join_label, node_id

_ROLES = (
    (StartEvent, "start"),
    (StopEvent, "stop"),
    (InputRequiredEvent, "prompt"),
    (HumanResponseEvent, "answer"),
)


def declared_graph(workflow: type) -> dict[str, Any]:
    """Graph JSON of what the annotations of a workflow class say; ids agree with those read from source."""
    doc = inspect.getdoc(workflow) or ""
    graph = Graph(workflow.__name__, workflow.__module__, _file(workflow), _line(workflow), doc)
    try:
        _ClassReader(workflow, graph).read()
    except (AttributeError, TypeError, ValueError):
        graph.nodes.clear()
        graph.edges.clear()
        _by_name(workflow, graph)
    return graph.to_json()


def event_id(event: type) -> str:
    """The node id of an event class: `event:module.qualname`."""
    return node_id("event", f"{event.__module__}.{event.__qualname__}")


def step_id(workflow: type, step: str) -> str:
    """The node id of a step: `step:module.qualname.step`, of the workflow's own class also if inherited."""
    return node_id("step", f"{workflow.__module__}.{workflow.__qualname__}.{step}")


def person_id(workflow: type) -> str:
    """The node id of the person a workflow asks."""
    return node_id("external", f"{workflow.__module__}.{workflow.__qualname__}.person")


def event_node(event: type) -> Node:
    """An event class as a node."""
    more = {
        "role": next((role for base, role in _ROLES if issubclass(event, base)), None),
        "doc": _own_doc(event),
        "file": None if event.__module__.startswith("workflows.") else _file(event),
        "line": None if event.__module__.startswith("workflows.") else _line(event),
        "fields": _fields(event),
        "streamed_only": False,
    }
    return Node(event_id(event), "event", event.__name__, more)


class _ClassReader:
    """Turns the step configurations of a class into nodes and edges."""

    def __init__(self, workflow: type, graph: Graph) -> None:
        self.workflow, self.graph = workflow, graph
        members = inspect.getmembers(workflow, inspect.isfunction)
        functions = [member for member in members if hasattr(member[1], "_step_config")]
        free = getattr(workflow, "_step_functions", {})
        functions += [item for item in dict(free).items() if item[0] not in dict(functions)]
        # In the order of the source, not of the alphabet.
        self.steps: dict[str, Any] = dict(sorted(functions, key=lambda item: _line(item[1]) or 0))
        if not self.steps and get_workflow_representation(workflow).nodes:
            raise AttributeError("the engine keeps step configurations elsewhere")

    def read(self) -> None:
        """Fill the graph."""
        order = sorted(self.steps, key=lambda name: not self._starts(self.steps[name]._step_config))
        for name in order:
            config = self.steps[name]._step_config
            self._accepted(name, config)
            self.graph.add_node(self._step(name, self.steps[name]))
            self._returned(name, config)
            self._resources(name, config)
        for name in order:
            self._subclasses(name, self.steps[name]._step_config)
        self._failures()
        self._answers()
        self.graph.list_ends()

    def _starts(self, config: Any) -> bool:
        return any(issubclass(event, StartEvent) for event in _classes(config.accepted_events))

    def _event(self, event: type) -> str:
        identity = event_id(event)
        if identity not in self.graph.nodes:
            self.graph.add_node(event_node(event))
        return identity

    def _edge(self, source: str, target: str, kind: str, line: int | None, label: str = "") -> None:
        many = label.startswith("1 → ")
        self.graph.add_edge(Edge(source, target, kind, ["declared"], line, label, many))

    def _person(self) -> str:
        return self.graph.add_node(Node(person_id(self.workflow), "external", "A person")).id

    def _step(self, name: str, function: Callable[..., Any]) -> Node:
        config = function._step_config  # type: ignore[attr-defined]
        source, first = _source(function)
        more = {
            "doc": inspect.getdoc(function) or "",
            "signature": f"{name}{inspect.signature(function)}",
            "file": _file(function),
            "line": first,
            "end_line": first + source.count("\n") if first and source else None,
            "source": inspect.cleandoc("\n" + source) if source else "",
            "num_workers": config.num_workers,
            "retries": _retries(config.retry_policy),
            "accepts": [],
            "returns": [],
        }
        return Node(step_id(self.workflow, name), "step", name, more)

    def _accepted(self, name: str, config: Any) -> None:
        label = ""
        if config.collection_param:
            label = join_label(getattr(getattr(config.collection_policy, "cardinality", None), "n", None))
        elif config.collect_params:
            label = join_label(len(config.collect_params))
        for event in _classes(config.accepted_events):
            line = _line(self.steps[name])
            self._edge(self._event(event), step_id(self.workflow, name), "consumes", line, label)

    def _returned(self, name: str, config: Any) -> None:
        line = _line(self.steps[name])
        for event in _classes(config.return_types):
            listed = config.is_fan_out and event not in config.bare_return_types
            label = count_label(None if listed else 1)
            self._edge(step_id(self.workflow, name), self._event(event), "returns", line, label)
            if issubclass(event, InputRequiredEvent):
                self._edge(event_id(event), self._person(), "asks", line)

    def _resources(self, name: str, config: Any) -> None:
        for definition in config.resources:
            factory = getattr(definition.resource, "_factory", None)
            typed = definition.type_annotation
            named = factory if hasattr(factory, "__qualname__") else typed
            module, qualname = getattr(named, "__module__", ""), getattr(named, "__qualname__", str(named))
            label = getattr(definition.resource, "label", None)
            shown = label if isinstance(label, str) else getattr(typed, "__name__", qualname)
            more = {"doc": inspect.getdoc(named) or "", "file": _file(named), "line": _line(named)}
            node = Node(node_id("resource", f"{module}.{qualname}"), "resource", shown, more)
            self.graph.add_node(node)
            self._edge(step_id(self.workflow, name), node.id, "uses", _line(self.steps[name]), "uses")

    def _subclasses(self, name: str, config: Any) -> None:
        if not getattr(config, "accept_event_subclasses", False):
            return
        configs = [function._step_config for function in self.steps.values()]
        known = [event for one in configs for event in _classes([*one.accepted_events, *one.return_types])]
        for event in known:
            if issubclass(event, tuple(_classes(config.accepted_events))) and not issubclass(event, StopEvent):
                line = _line(self.steps[name])
                self._edge(event_id(event), step_id(self.workflow, name), "consumes", line)

    def _failures(self) -> None:
        configs = {name: function._step_config for name, function in self.steps.items()}
        handlers = {name: config for name, config in configs.items() if config.role == "catch_error"}
        for name in configs:
            if name in handlers:
                continue
            claims = [one for one, config in handlers.items() if name in (config.catch_error_for_steps or [])]
            everyone = [one for one, config in handlers.items() if config.catch_error_for_steps is None]
            for handler in (claims or everyone)[:1]:
                source, target = step_id(self.workflow, name), step_id(self.workflow, handler)
                self._edge(source, target, "fails", _line(self.steps[handler]), "when it fails")

    def _answers(self) -> None:
        produced = {edge.target for edge in self.graph.edges.values() if edge.kind == "returns"}
        for name, function in self.steps.items():
            for event in _classes(function._step_config.accepted_events):
                if issubclass(event, HumanResponseEvent) and event_id(event) not in produced:
                    self._edge(self._person(), event_id(event), "answers", _line(self.steps[name]))


def _by_name(workflow: type, graph: Graph) -> None:
    """What the engine's own representation says, its names resolved in the module of the workflow."""
    try:
        shown = get_workflow_representation(workflow)
    except Exception:
        # Whatever an unknown engine raises here, a runner without a graph is better than no runner.
        return
    ids: dict[str, str] = {}
    for node in shown.nodes:
        event = _named(workflow, node.label)
        kind = "resource" if node.node_type == "resource_config" else node.node_type
        if kind == "event" and event:
            ids[node.id] = graph.add_node(event_node(event)).id
        elif kind == "external":
            ids[node.id] = graph.add_node(Node(person_id(workflow), "external", "A person")).id
        elif kind == "step":
            more = {"doc": "", "accepts": [], "returns": []}
            ids[node.id] = graph.add_node(Node(step_id(workflow, node.label), "step", node.label, more)).id
        else:
            identity = node_id(kind, f"{workflow.__module__}.{node.label}")
            ids[node.id] = graph.add_node(Node(identity, kind, node.label)).id
    kinds = {
        ("event", "step"): "consumes",
        ("step", "event"): "returns",
        ("event", "external"): "asks",
        ("external", "event"): "answers",
    }
    for edge in shown.edges:
        source, target = ids.get(edge.source), ids.get(edge.target)
        if source and target:
            pair = source.partition(":")[0], target.partition(":")[0]
            graph.add_edge(Edge(source, target, kinds.get(pair, "uses"), ["declared"]))


def _named(workflow: type, name: str) -> type | None:
    found = getattr(sys.modules.get(workflow.__module__), name, None) or getattr(
        sys.modules.get("workflows.events"), name, None
    )
    return found if isinstance(found, type) and issubclass(found, Event) else None


def _classes(types: Any) -> list[type[Event]]:
    return [one for one in types if isinstance(one, type) and issubclass(one, Event)]


def _own_doc(event: type) -> str:
    # An engine class has a page of documentation with examples: the graph needs none of it.
    return "" if event.__module__.startswith("workflows.") else inspect.cleandoc(event.__doc__ or "")


def _fields(event: type) -> list[dict[str, Any]]:
    found = []
    for name, info in getattr(event, "model_fields", {}).items():
        required = bool(info.is_required())
        annotation = info.annotation
        shown = annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
        found.append(
            {
                "name": name,
                "type": shown,
                "required": required,
                "default": None if required else _plain(info.default),
                "description": info.description or "",
            }
        )
    return found


def _plain(value: Any) -> Any:
    """A default if JSON can carry it, else None."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return None


def _retries(policy: Any) -> str | None:
    if policy is None:
        return None
    attempts = getattr(getattr(policy, "stop", None), "max_attempt_number", None)
    return f"{attempts} attempts" if isinstance(attempts, int) else "retries"


def _file(thing: Any) -> str | None:
    try:
        return inspect.getsourcefile(inspect.unwrap(thing))
    except (TypeError, ValueError):
        return None


def _source(thing: Any) -> tuple[str, int | None]:
    try:
        lines, first = inspect.getsourcelines(inspect.unwrap(thing))
    except (OSError, TypeError, ValueError, SyntaxError):
        return "", None
    return "".join(lines).rstrip("\n"), first


def _line(thing: Any) -> int | None:
    return _source(thing)[1]
