"""Looking things up in Graph JSON: the steps and events of a workflow by name, who takes and who gives an event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

GIVING = ("returns", "sends")


class Known:
    """What a graph knows of a workflow. A name it doesn't know gives None or nothing, never an error."""

    def __init__(self, graph: dict[str, Any] | None) -> None:
        graph = graph or {}
        self.name = str(graph.get("name") or "")
        self.file: str | None = graph.get("file")
        self.line: int | None = graph.get("line")
        self.nodes: dict[str, dict[str, Any]] = {node["id"]: node for node in graph.get("nodes", [])}
        # What annotations declare counts for the engine, also where the body never gives it.
        never = list(graph.get("never", []))
        self.edges: list[dict[str, Any]] = [*graph.get("edges", []), *never]
        for edge in never:
            name = str(edge["target"]).rpartition(".")[2]
            self.nodes.setdefault(edge["target"], {"id": edge["target"], "kind": "event", "name": name, "role": None})

    def steps(self) -> list[dict[str, Any]]:
        """The step nodes, in the order of the graph."""
        return [node for node in self.nodes.values() if node.get("kind") == "step"]

    def step(self, name: str | None) -> dict[str, Any] | None:
        """The step of a name."""
        return next((node for node in self.steps() if node["name"] == name), None)

    def event(self, name: str) -> dict[str, Any] | None:
        """The event of a name."""
        events = (node for node in self.nodes.values() if node.get("kind") == "event")
        return next((node for node in events if node["name"] == name), None)

    def events(self, role: str) -> list[str]:
        """The names of the events of a role, such as "stop"."""
        return [node["name"] for node in self.nodes.values() if node.get("role") == role]

    def takers(self, event: str) -> list[str]:
        """The names of the steps that take an event."""
        return [self.nodes[edge["target"]]["name"] for edge in self._edges(("consumes",), source=event)]

    def givers(self, event: str, declared: bool | None = None) -> list[str]:
        """The names of the steps that give an event; only those whose annotation names it, or only the others."""
        return [
            self.nodes[edge["source"]]["name"]
            for edge in self._edges(GIVING, target=event)
            if declared is None or declared == ("declared" in edge.get("origins", []))
        ]

    def giving_line(self, event: str, step: str) -> int | None:
        """The line where a step gives an event."""
        lines = (
            edge.get("line")
            for edge in self._edges(GIVING, target=event)
            if self.nodes[edge["source"]]["name"] == step and edge.get("line")
        )
        return next(lines, None)

    def unheard(self, kinds: Iterable[str] = GIVING) -> list[tuple[str, str]]:
        """(step, event) for what a body gives though neither its annotation names it nor any step takes it."""
        taken = {edge.get("source") for edge in self.edges if edge.get("kind") in ("consumes", "waits")}
        found = []
        for edge in self.edges:
            event = self.nodes.get(edge.get("target", ""), {})
            if (
                str(edge.get("kind")) in kinds
                and "declared" not in edge.get("origins", [])
                and event.get("role") is None
            ):
                step = self.nodes.get(edge.get("source", ""), {})
                if step.get("kind") == "step" and edge.get("target") not in taken:
                    found.append((step["name"], event["name"]))
        return found

    def at_line(self, file: str | None, line: int | None) -> dict[str, Any] | None:
        """The step whose source holds a line of a file."""
        for node in self.steps():
            if line and node.get("file") == file and node.get("line", 0) <= line <= node.get("end_line", 0):
                return node
        return None

    def place_of_step(self, name: str | None) -> tuple[str | None, int | None]:
        """File and line of a step; of the class if the step isn't known."""
        node = self.step(name) or {}
        return (node.get("file"), node.get("line")) if node.get("line") else (self.file, self.line)

    def _edges(
        self, kinds: Iterable[str], source: str | None = None, target: str | None = None
    ) -> list[dict[str, Any]]:
        found = []
        for edge in self.edges:
            start, end = self.nodes.get(edge.get("source", "")), self.nodes.get(edge.get("target", ""))
            if not start or not end or str(edge.get("kind")) not in kinds:
                continue
            if source in (None, start["name"]) and target in (None, end["name"]):
                found.append(edge)
        return found
