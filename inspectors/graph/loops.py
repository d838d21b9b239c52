"""What of a graph leads back, and what hangs at the side of a step: neither decides where the others stand."""

from __future__ import annotations

from typing import Any

from inspectors.graph.circles import Pair
from inspectors.graph.model import from_json
from inspectors.graph.steps_only import loops_of, step_links

ASIDE = ("uses", "starts", "streams", "calls")
"""Kinds of edges whose target hangs off the side of its step."""


def back_edges(graph: dict[str, Any]) -> set[Pair]:
    """The edges (source, target) that close a loop, and those of a waiter's answer back into its step.

    A loop runs over an event. If other steps lead on with that event, the way back is the step's edge to it;
    if not, the event belongs behind its step and the way back is the edge out of the event.
    """
    read = from_json(graph)
    links = step_links(read)
    back = loops_of(links)
    onward = {(event, link.target) for link in links if link[:2] not in back for event in link.events}
    found = {(edge.source, edge.target) for edge in read.edges.values() if edge.kind == "waits"}
    for link in links:
        if link[:2] in back:
            found |= {
                (link.source, event) if (event, link.target) in onward else (event, link.target)
                for event in link.events
            }
    return found


def beside(graph: dict[str, Any]) -> dict[str, str]:
    """What one step alone uses, starts or streams, and nothing takes -> that step; it hangs off its side."""
    incoming: dict[str, list[dict[str, Any]]] = {}
    outgoing = {edge["source"] for edge in graph["edges"]}
    known = {node["id"]: node["kind"] for node in graph["nodes"]}
    for edge in graph["edges"]:
        incoming.setdefault(edge["target"], []).append(edge)
    found: dict[str, str] = {}
    for target, edges in incoming.items():
        users = {edge["source"] for edge in edges}
        only_aside = all(edge["kind"] in ASIDE for edge in edges) and target not in outgoing
        if only_aside and len(users) == 1 and {target, *users} <= known.keys():
            found[target] = edges[0]["source"]
    # What hangs off something that hangs itself would have no place.
    return {target: step for target, step in found.items() if step not in found}
