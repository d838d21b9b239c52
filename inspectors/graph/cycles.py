"""Which nodes of a graph a run can come back to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

BESIDE = frozenset({"uses", "calls", "starts", "hands_off", "streams"})
"""Kinds of edges along which no event comes to a step."""


def in_cycles(graph: dict[str, Any]) -> set[str]:
    """Ids of nodes from which events can lead to the same node again."""
    ways: dict[str, list[str]] = {node["id"]: [] for node in graph.get("nodes", [])}
    for edge in graph.get("edges", []):
        if edge["kind"] not in BESIDE and edge["source"] in ways and edge["target"] in ways:
            ways[edge["source"]].append(edge["target"])
    found: set[str] = set()
    for group in _strongly_connected(ways):
        if len(group) > 1 or group[0] in ways[group[0]]:
            found.update(group)
    return found


def _strongly_connected(ways: dict[str, list[str]]) -> Iterator[list[str]]:
    """Tarjan's algorithm without recursion: a chain of a thousand steps is no deeper than one of two."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in ways:
        if root in number:
            continue
        work = [(root, iter(ways[root]))]
        number[root] = lowest[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            following = next((target for target in rest if target not in number or target in on_stack), None)
            if following is not None and following not in number:
                number[following] = lowest[following] = len(number)
                stack.append(following)
                on_stack.add(following)
                work.append((following, iter(ways[following])))
            elif following is not None:
                lowest[node] = min(lowest[node], number[following])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[node])
                if lowest[node] == number[node]:
                    at = stack.index(node)
                    yield stack[at:]
                    on_stack.difference_update(stack[at:])
                    del stack[at:]
