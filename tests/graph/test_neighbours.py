"""How a node is connected, in words."""

from __future__ import annotations

from typing import Any

from inspectors.graph.neighbours import Link, relations


def node(node_id: str) -> dict[str, Any]:
    kind, _, name = node_id.partition(":")
    return {"id": node_id, "kind": kind, "name": name}


def edge(source: str, target: str, kind: str, label: str = "") -> dict[str, Any]:
    return {"source": source, "target": target, "kind": kind, "label": label, "origins": ["declared"]}


NAMES = ("event:start", "step:ask", "event:go", "step:work", "step:mend", "resource:index", "external:person")
GRAPH = {
    "nodes": [node(name) for name in NAMES],
    "edges": [
        edge("event:start", "step:ask", "consumes"),
        edge("step:ask", "event:go", "returns", "1 → 3"),
        edge("step:ask", "event:go", "sends"),
        edge("event:go", "step:work", "consumes", "n → 1, waits for 3"),
        edge("step:work", "step:mend", "fails"),
        edge("step:work", "resource:index", "uses", "uses"),
        edge("step:work", "step:nowhere", "calls"),
        edge("event:go", "external:person", "asks"),
    ],
}


def said(node_id: str) -> dict[str, list[Link]]:
    return {relation.word: relation.links for relation in relations(GRAPH, node_id)}


def test_a_step_takes_and_gives_each_once_with_what_the_edge_says() -> None:
    assert said("step:ask") == {"Takes": [Link("event:start", "start")], "Gives": [Link("event:go", "go", "1 → 3")]}


def test_a_label_that_only_repeats_the_kind_is_left_out() -> None:
    assert said("step:work") == {
        "Takes": [Link("event:go", "go", "n → 1, waits for 3")],
        "On failure": [Link("step:mend", "mend")],
        "Uses": [Link("resource:index", "index")],
    }


def test_the_other_ends() -> None:
    assert list(said("step:mend")) == ["Runs after"]
    assert list(said("event:go")) == ["Sent by", "Taken by", "Shown to"]
    assert list(said("resource:index")) == ["Used by"]
    assert list(said("external:person")) == ["Asked with"]


def test_what_is_not_in_the_graph() -> None:
    assert relations(GRAPH, "step:unknown") == []
