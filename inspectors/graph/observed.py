"""What records of runs show: edges that were taken and how often, and events that no source tells of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from inspectors.graph.merge import fold_declared
from inspectors.graph.model import Edge, Node, from_json, node_id

Key = tuple[str, str, str]
"""source, target and kind of an edge."""

_GIVEN = {"returned": "returns", "fanned_out": "returns", "sent": "sends", "streamed": "streams", "prompt": "prompts"}


def taken_edges(records: Iterable[dict[str, Any]], workflow: str, children: Iterable[str] = ()) -> Counter[Key]:
    """How often each edge was taken in the records of one run.

    `workflow` is its class as `module.qualname`. `children` are classes of child runs with the step that started each,
    as `step|module.qualname`: they are runs of their own, so that this run's records don't name them.
    """
    reader = _Reader(workflow)
    for record in records:
        reader.read(record)
    for child in children:
        step, _, dotted = child.partition("|")
        reader.count(reader.step(step), node_id("workflow", dotted), "starts")
    return reader.taken


class _Reader:
    """Folds the records of one run."""

    def __init__(self, workflow: str) -> None:
        self.workflow = workflow
        self.person = node_id("external", f"{workflow}.person")
        self.taken: Counter[Key] = Counter()
        self.events: dict[str, str] = {}
        """Key of an event -> id of its type."""
        self.steps: dict[str, str] = {}
        """Invocation -> step."""
        self.had: dict[tuple[str, str], set[str]] = {}
        """Step and work item -> keys that earlier invocations of it took; one event is one item of several steps."""
        self.items: dict[str, str] = {}
        """Invocation -> work item."""
        self.waited: set[tuple[str, str]] = set()
        """Steps and their work items that have waited for an answer."""
        self.asking: dict[str, list[str]] = {}

    def step(self, name: str) -> str:
        return node_id("step", f"{self.workflow}.{name}")

    def count(self, source: str | None, target: str | None, kind: str) -> None:
        if source and target:
            self.taken[source, target, kind] += 1

    def read(self, record: dict[str, Any]) -> None:
        fold = getattr(self, f"_{record['kind']}", None)
        if fold is not None:
            fold(record)

    def _event(self, record: dict[str, Any]) -> None:
        event = node_id("event", f"{record['module']}.{record['type']}")
        self.events[record["key"]] = event
        kind = _GIVEN.get(record["via"])
        if kind and record.get("from_step"):
            self.count(self.step(record["from_step"]), event, kind)
        if record["via"] == "answer":
            self.count(self.person, event, "answers")

    def _streamed(self, record: dict[str, Any]) -> None:
        step = self.steps.get(record.get("by") or "")
        if step:
            self.count(self.step(step), self.events.get(record["key"]), "streams")

    def _prompt(self, record: dict[str, Any]) -> None:
        if record.get("event"):
            self.count(self.events.get(record["event"]), self.person, "asks")

    def _invocation_started(self, record: dict[str, Any]) -> None:
        step, invocation = record["step"], record["invocation"]
        item = record.get("work_item") or invocation
        self.steps[invocation], self.items[invocation] = step, item
        had = self.had.setdefault((step, item), set())
        kind = "waits" if (step, item) in self.waited else "consumes"
        for key in record["consumed"]:
            if key not in had:
                had.add(key)
                self.count(self.events.get(key), self.step(step), kind)

    def _invocation_ended(self, record: dict[str, Any]) -> None:
        if record["outcome"] == "waiting":
            self.waited.add((record["step"], self.items.get(record["invocation"], record["invocation"])))
        if record.get("handled_by"):
            self.count(self.step(record["step"]), self.step(record["handled_by"]), "fails")


def add_observed(graph: dict[str, Any], edges: Iterable[Key], events: Iterable[str] = ()) -> dict[str, Any]:
    """A copy of Graph JSON in which each edge (source, target, kind) that was seen has the origin `observed`.

    `events` are ids of event types that were seen. What the graph doesn't know yet is added by its id.
    """
    merged = from_json(graph)
    for identity in events:
        _ensure(merged.nodes, identity)
    for source, target, kind in edges:
        _ensure(merged.nodes, source)
        _ensure(merged.nodes, target)
        label = kind if kind in ("streams", "uses", "starts") else ""
        merged.add_edge(Edge(source, target, kind, ["observed"], None, label))
    fold_declared(merged)
    return merged.to_json()


def edge_key(source: str, target: str, kind: str) -> str:
    """The key of an edge in live counts: `source|target|kind`."""
    return f"{source}|{target}|{kind}"


def _ensure(nodes: dict[str, Node], identity: str) -> None:
    if identity in nodes:
        return
    kind, _, dotted = identity.partition(":")
    name = "A person" if kind == "external" else dotted.rpartition(".")[2] or identity
    more: dict[str, Any] = {}
    if kind == "event":
        more = {"role": None, "doc": "", "file": None, "line": None, "fields": [], "streamed_only": False}
    nodes[identity] = Node(identity, kind, name, more)
