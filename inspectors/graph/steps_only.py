"""A graph seen as steps alone: which step leads to which, with the events between them taken out."""

from __future__ import annotations

from typing import NamedTuple

from inspectors.graph.circles import without_circles
from inspectors.graph.model import Graph

_OUT_OF_STEP = ("returns", "sends", "prompts")


class Link(NamedTuple):
    """One node leads to another. Both are ids of steps, of the person, or of an event at an end."""

    source: str
    target: str
    events: frozenset[str]
    """The event types that go over it."""


def step_links(graph: Graph) -> list[Link]:
    """Which steps and persons lead to which, in the order of the graph.

    A start event leads to its steps; a step leads to the stop events it gives. A `wait_for_event` is part of
    its step: the person it asks hangs on that step and does not make a loop.
    """
    takers: dict[str, list[str]] = {}
    givers: dict[str, list[str]] = {}
    for edge in graph.edges.values():
        if edge.kind == "consumes" or edge.kind == "asks":
            takers.setdefault(edge.source, []).append(edge.target)
        elif edge.kind in _OUT_OF_STEP or edge.kind == "answers":
            givers.setdefault(edge.target, []).append(edge.source)
    found: dict[tuple[str, str], set[str]] = {}
    for node in graph.nodes.values():
        if node.kind != "event":
            continue
        role = node.more.get("role")
        sources = [node.id] if role == "start" else givers.get(node.id, [])
        targets = [node.id] if role == "stop" else takers.get(node.id, [])
        for source in sources:
            for target in targets:
                found.setdefault((source, target), set()).add(node.id)
    for edge in graph.edges.values():
        if edge.kind == "fails":
            found.setdefault((edge.source, edge.target), set())
    return [Link(source, target, frozenset(events)) for (source, target), events in found.items()]


def loops_of(links: list[Link]) -> set[tuple[str, str]]:
    """The links that lead back: those that close a circle when the graph is walked from its start."""
    pairs = [link[:2] for link in links]
    nodes = dict.fromkeys([*(source for source, _ in pairs), *(target for _, target in pairs)])
    return without_circles(list(nodes), pairs, ())
