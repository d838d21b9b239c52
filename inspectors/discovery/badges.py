"""The short facts on a workflow's card, read from its graph."""

from __future__ import annotations

from collections.abc import Iterable

from inspectors.discovery.model import Badge
from inspectors.graph.model import Edge, Graph
from inspectors.graph.retries import attempts_of
from inspectors.graph.steps_only import Link, loops_of, step_links

_GIVES = ("returns", "sends")


def badges_of(graph: Graph, missing: Iterable[str]) -> list[Badge]:
    """At most one badge of a kind, what concerns a person first; then one per module that isn't installed."""
    links = step_links(graph)
    loops = loops_of(links)
    badges = []
    if any(edge.kind == "asks" for edge in graph.edges.values()):
        badges.append(Badge("pauses", "Pauses for a person"))
    if _branches(graph, links, loops):
        badges.append(Badge("branches", "Branches"))
    badges += _fans_out(graph)
    if loops:
        badges.append(Badge("loops", "Loops"))
    if any(edge.kind == "streams" for edge in graph.edges.values()):
        badges.append(Badge("streams", "Streams"))
    badges += _retries(graph)
    badges += [Badge("needs", f"Needs {module}") for module in missing]
    return badges


def _branches(graph: Graph, links: list[Link], loops: set[tuple[str, str]]) -> bool:
    """Whether a step chooses between steps that come after it: one event each way, of several types."""
    for node in graph.nodes.values():
        single = {
            edge.target
            for edge in _given(graph, node.id)
            if edge.kind == "returns" and not edge.many and not _is_end(graph, edge.target)
        }
        onward = {
            link.target for link in links if link.source == node.id and link.events & single and link[:2] not in loops
        }
        if node.kind == "step" and len(single) > 1 and len(onward) > 1:
            return True
    return False


def _is_end(graph: Graph, event: str) -> bool:
    node = graph.nodes.get(event)
    return node is not None and node.more.get("role") in ("stop", "prompt")


def _given(graph: Graph, step: str) -> list[Edge]:
    return [edge for edge in graph.edges.values() if edge.source == step and edge.kind in _GIVES]


def _fans_out(graph: Graph) -> list[Badge]:
    """The widest fan-out: events of one invocation, times the steps that each of them starts."""
    takers: dict[str, int] = {}
    for edge in graph.edges.values():
        if edge.kind == "consumes":
            takers[edge.source] = takers.get(edge.source, 0) + 1
    widest = max(takers.values(), default=0)
    for node in graph.nodes.values():
        sent = [edge for edge in _given(graph, node.id) if edge.kind == "sends" or edge.many]
        if any(edge.many and edge.label.endswith("n") for edge in sent):
            return [Badge("fans_out", "Fans out")]
        counts = [int(edge.label.rpartition(" ")[2]) if edge.many else 1 for edge in sent]
        widest = max(widest, sum(counts))
    return [Badge("fans_out", f"Fans out × {widest}")] if widest > 1 else []


def _retries(graph: Graph) -> list[Badge]:
    texts = [node.more.get("retries") for node in graph.nodes.values() if node.more.get("retries")]
    attempts = max((attempts_of(text) or 0 for text in texts), default=0)
    if not texts or attempts == 1:
        return []
    return [Badge("retries", f"Retries × {attempts}" if attempts else "Retries")]
