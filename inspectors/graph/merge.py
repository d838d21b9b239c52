"""Graphs of one workflow from several readings, made one."""

from __future__ import annotations

from typing import Any

from inspectors.graph.model import Edge, Graph, from_json, ordered_origins


def merge_graphs(*graphs: dict[str, Any]) -> dict[str, Any]:
    """Unite graphs by node id and by (source, target, kind), origins united.

    The order of nodes and edges is that of the first graph, then of what the next ones add. Of two facts on a
    node the first that is not empty stays, so pass the reading with the better facts first.
    """
    if not graphs:
        return Graph("", "").to_json()
    merged = from_json(graphs[0])
    for data in graphs[1:]:
        other = from_json(data)
        for node in other.nodes.values():
            known = merged.add_node(node)
            for key, value in node.more.items():
                if known.more.get(key) in (None, "", []):
                    known.more[key] = value
        for edge in other.edges.values():
            merged.add_edge(edge)
        merged.never |= other.never
    drop_never(merged)
    fold_declared(merged)
    return merged.to_json()


def drop_never(graph: Graph) -> None:
    """Leave out what only annotations say and a body that was read to its end shows to be impossible.

    An event type that nothing else leads to goes with its edge.
    """
    for key in graph.never:
        edge = graph.edges.get(key)
        if edge is None or edge.origins != ["declared"]:
            continue
        del graph.edges[key]
        _forget(graph, edge.target)
        step = graph.nodes.get(edge.source)
        if step is not None:
            step.more["returns"] = [event for event in step.more.get("returns", []) if event != edge.target]


def _forget(graph: Graph, event: str) -> None:
    """Take an event's node away if nothing leads to it, and nothing but a person's question from it."""
    leaving = [edge for edge in graph.edges.values() if edge.source == event]
    if any(edge.target == event for edge in graph.edges.values()) or any(edge.kind != "asks" for edge in leaving):
        return
    for edge in leaving:
        del graph.edges[edge.key]
    graph.nodes.pop(event, None)


def fold_declared(graph: Graph) -> None:
    """Take an annotation for what it is there for: naming an event that the body sends.

    `-> A | None` with `ctx.send_event(A())` declares a return that never is one. Where one of `returns` and
    `sends` is only declared and the other was read or seen, they are one edge.
    """
    for edge in list(graph.edges.values()):
        twin_kind = {"returns": "sends", "sends": "returns"}.get(edge.kind)
        twin = graph.edges.get((edge.source, edge.target, twin_kind or ""))
        if twin and edge.origins == ["declared"] and twin.origins != ["declared"]:
            del graph.edges[edge.key]
            _absorb(twin, edge)


def _absorb(edge: Edge, other: Edge) -> None:
    edge.origins = ordered_origins([*edge.origins, *other.origins])
    edge.label = edge.label or other.label
    edge.many = edge.many or other.many
