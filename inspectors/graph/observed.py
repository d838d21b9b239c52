"""What records of runs show: edges that were taken, and events that no source tells of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inspectors.graph.merge import fold_declared
from inspectors.graph.model import Edge, Node, from_json


def add_observed(
    graph: dict[str, Any], edges: Iterable[tuple[str, str, str]], events: Iterable[str] = ()
) -> dict[str, Any]:
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
