"""The graph of a workflow as plain data: nodes and edges that docs/architecture.md describes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

NODE_KINDS = ("step", "event", "external", "resource", "workflow", "tool")
EDGE_KINDS = (
    "consumes", "returns", "sends", "streams", "prompts", "waits", "asks", "answers", "fails", "starts",
    "uses", "calls", "hands_off",
)  # fmt: skip
ORIGINS = ("declared", "inferred", "observed")
"""In the order in which an edge lists them."""


def node_id(kind: str, dotted: str) -> str:
    """The id of a node: `step:approval.ApprovalWorkflow.generate_draft`."""
    return f"{kind}:{dotted}"


def ordered_origins(origins: Iterable[str]) -> list[str]:
    """Origins without doubles: declared, inferred, observed, then unknown ones by name."""
    found = set(origins)
    return [origin for origin in ORIGINS if origin in found] + sorted(found.difference(ORIGINS))


def count_label(count: int | None) -> str:
    """The label of an edge over which one invocation gives `count` events; None means any number."""
    return "" if count == 1 else f"1 → {'n' if count is None else count}"


def join_label(total: int | None) -> str:
    """The label of an edge into a step that collects; None means a number that can't be told."""
    return "n → 1" if total is None else f"n → 1, waits for {total}"


@dataclass
class Node:
    """A node; what only its kind has is in `more`."""

    id: str
    kind: str
    name: str
    more: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """This node as Graph JSON."""
        return {"id": self.id, "kind": self.kind, "name": self.name, **self.more}


@dataclass
class Edge:
    """An edge; there is at most one of a kind between two nodes."""

    source: str
    target: str
    kind: str
    origins: list[str]
    line: int | None = None
    """Where the source says so first."""
    label: str = ""
    many: bool = False
    """True if one invocation may give several of these events."""
    refused: bool = False
    """True for a send that no annotation declares, so that the engine refuses to run the workflow."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes an edge the same edge."""
        return self.source, self.target, self.kind

    def to_json(self) -> dict[str, Any]:
        """This edge as Graph JSON."""
        return {
            "source": self.source,
            "target": self.target,
            "kind": self.kind,
            "origins": list(self.origins),
            "line": self.line,
            "label": self.label,
            "many": self.many,
            **({"refused": True} if self.refused else {}),
        }


@dataclass
class Graph:
    """A graph under construction: nodes and edges are added in any order and found again by id."""

    name: str
    module: str
    file: str | None = None
    line: int | None = None
    doc: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], Edge] = field(default_factory=dict)
    never: dict[tuple[str, str, str], Edge] = field(default_factory=dict)
    """Edges that annotations declare although the source shows that they can't be taken."""

    def add_node(self, node: Node) -> Node:
        """Add a node, or return the one that has its id."""
        return self.nodes.setdefault(node.id, node)

    def add_edge(self, edge: Edge) -> Edge:
        """Add an edge, or unite its origins, label and line with the one that is there."""
        known = self.edges.setdefault(edge.key, edge)
        if known is not edge:
            known.origins = ordered_origins([*known.origins, *edge.origins])
            # A count read in a body ("1 → 3") says more than what an annotation tells ("1 → n").
            if edge.label and known.label in ("", "1 → n", "n → 1"):
                known.label = edge.label
            known.many = known.many or edge.many
            known.refused = known.refused or edge.refused
            known.line = known.line if known.line is not None else edge.line
        return known

    def list_ends(self) -> None:
        """Fill `accepts` and `returns` of the steps from the edges."""
        for edge in self.edges.values():
            if edge.kind == "consumes" and edge.target in self.nodes:
                step, event, key = edge.target, edge.source, "accepts"
            elif edge.kind in ("returns", "sends") and edge.source in self.nodes:
                step, event, key = edge.source, edge.target, "returns"
            else:
                continue
            listed = self.nodes[step].more.setdefault(key, [])
            if event not in listed:
                listed.append(event)

    def to_json(self) -> dict[str, Any]:
        """The whole as Graph JSON."""
        return {
            "name": self.name,
            "module": self.module,
            "file": self.file,
            "line": self.line,
            "doc": self.doc,
            "nodes": [node.to_json() for node in self.nodes.values()],
            "edges": [edge.to_json() for edge in self.edges.values()],
            "never": [edge.to_json() for edge in self.never.values()],
        }


def from_json(data: dict[str, Any]) -> Graph:
    """A Graph from Graph JSON. Missing keys are taken as empty; nothing raises for an unknown kind."""
    graph = Graph(
        name=str(data.get("name", "")),
        module=str(data.get("module", "")),
        file=data.get("file"),
        line=data.get("line"),
        doc=str(data.get("doc") or ""),
    )
    for node in data.get("nodes", []):
        more = {key: value for key, value in node.items() if key not in ("id", "kind", "name")}
        graph.add_node(Node(node["id"], node.get("kind", ""), node.get("name", node["id"]), more))
    for edge in data.get("edges", []):
        graph.add_edge(_edge_of(edge))
    for edge in data.get("never", []):
        never = _edge_of(edge)
        graph.never[never.key] = never
    return graph


def _edge_of(edge: dict[str, Any]) -> Edge:
    return Edge(
        source=edge["source"],
        target=edge["target"],
        kind=edge.get("kind", ""),
        origins=ordered_origins(edge.get("origins", [])),
        line=edge.get("line"),
        label=edge.get("label") or "",
        many=bool(edge.get("many")),
        refused=bool(edge.get("refused")),
    )
