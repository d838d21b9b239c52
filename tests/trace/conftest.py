"""Golden traces, kept from real runs, and a maker of records for what they don't hold."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspectors.trace.overlay import Overlay

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str], tuple[list[dict[str, Any]], dict[str, Any]]]:
    """The records and the graph of a kept run."""

    def read(name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines], json.loads((GOLDEN / f"{name}.graph.json").read_text())

    return read


class Script:
    """Folds records, made one after the other, into an overlay of a graph with a few steps and events."""

    def __init__(self, *steps: str) -> None:
        nodes = [{"id": f"step:m.W.{name}", "kind": "step", "name": name} for name in steps]
        nodes.append({"id": "event:m.Part", "kind": "event", "name": "Part"})
        nodes.append({"id": "external:m.W.person", "kind": "external", "name": "person"})
        self.overlay = Overlay({"nodes": nodes, "edges": []})
        self._seq = itertools.count(1)

    def then(self, kind: str, **fields: Any) -> "Script":
        """The next record."""
        self.overlay.apply({"seq": next(self._seq), "t": 0.0, "kind": kind, **fields})
        return self

    def starts(self, step: str, item: str = "w1", invocation: str = "i1", **fields: Any) -> "Script":
        """An invocation begins."""
        given = {"attempt": 1, "consumed": ["x1"], "takes": {"Part": 1}, **fields}
        return self.then("invocation_started", step=step, work_item=item, invocation=invocation, **given)

    def ends(self, step: str, outcome: str, invocation: str = "i1", **fields: Any) -> "Script":
        """An invocation ends."""
        return self.then("invocation_ended", step=step, outcome=outcome, invocation=invocation, took_ms=12.0, **fields)

    def node(self, step: str) -> tuple[str, str]:
        """(state, text) of a step."""
        found = self.overlay.json()["nodes"].get(f"step:m.W.{step}", {"state": "idle", "text": ""})
        return found["state"], found["text"]


@pytest.fixture
def script() -> type[Script]:
    return Script
