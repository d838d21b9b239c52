"""What a node of a graph has to do with others: what it takes and gives, who sends it, who asks; plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Link:
    """Another node, and what the edge to it says, such as "1 → 3"."""

    node: str
    name: str
    note: str = ""


@dataclass
class Relation:
    """The nodes to which one word applies: "Takes", "Sent by"."""

    word: str
    links: list[Link] = field(default_factory=list)


Words = dict[str, list[tuple[str, tuple[str, ...]]]]

OUTWARD: Words = {
    "step": [
        ("Gives", ("returns", "sends")),
        ("Streams", ("streams",)),
        ("Asks with", ("prompts",)),
        ("On failure", ("fails",)),
        ("Uses", ("uses",)),
        ("Starts", ("starts",)),
        ("Calls", ("calls",)),
    ],
    "event": [("Taken by", ("consumes", "waits")), ("Shown to", ("asks",))],
    "external": [("Answers with", ("answers",))],
    "workflow": [("Hands on to", ("hands_off",))],
}
INWARD: Words = {
    "step": [("Takes", ("consumes",)), ("Waits for", ("waits",)), ("Runs after", ("fails",))],
    "event": [
        ("Sent by", ("returns", "sends", "prompts")),
        ("Streamed by", ("streams",)),
        ("Comes from", ("answers",)),
    ],
    "external": [("Asked with", ("asks",))],
    "resource": [("Used by", ("uses",))],
    "workflow": [("Started by", ("starts",)), ("Taken over from", ("hands_off",))],
    "tool": [("Called by", ("calls",))],
}


def relations(graph: dict[str, Any], node_id: str) -> list[Relation]:
    """How a node is connected, in words, in reading order: first what comes to it. Empty for an unknown node."""
    nodes = {node["id"]: node for node in graph["nodes"]}
    if node_id not in nodes:
        return []
    kind = nodes[node_id]["kind"]
    found = [_relation(graph, nodes, word, kinds, "target", node_id) for word, kinds in INWARD.get(kind, [])]
    found += [_relation(graph, nodes, word, kinds, "source", node_id) for word, kinds in OUTWARD.get(kind, [])]
    return [relation for relation in found if relation.links]


def _relation(
    graph: dict[str, Any], nodes: dict[str, Any], word: str, kinds: tuple[str, ...], end: str, node_id: str
) -> Relation:
    other = "source" if end == "target" else "target"
    relation = Relation(word)
    for edge in graph["edges"]:
        if edge[end] != node_id or edge["kind"] not in kinds or edge[other] not in nodes:
            continue
        label = str(edge.get("label") or "")
        note = "" if label == edge["kind"] else label
        if all(link.node != edge[other] for link in relation.links):
            relation.links.append(Link(edge[other], nodes[edge[other]]["name"], note))
    return relation
