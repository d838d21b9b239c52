"""Uniting graphs, and adding what runs showed."""

from collections.abc import Callable
from typing import Any

from inspectors.graph.merge import merge_graphs
from inspectors.graph.model import Edge, Graph, Node, from_json
from inspectors.graph.observed import add_observed, edge_key


def graph(*edges: Edge) -> dict[str, Any]:
    made = Graph("W", "m")
    for identity in ("step:m.W.s", "event:m.A"):
        made.add_node(Node(identity, identity.partition(":")[0], identity.rpartition(".")[2], {"doc": ""}))
    for edge in edges:
        made.add_edge(edge)
    return made.to_json()


def edge(kind: str, *origins: str, label: str = "", many: bool = False, line: int | None = None) -> Edge:
    return Edge("step:m.W.s", "event:m.A", kind, list(origins), line, label, many)


def test_origins_are_united_in_a_fixed_order() -> None:
    merged = merge_graphs(
        graph(edge("returns", "observed")),
        graph(edge("returns", "inferred", "declared", label="1 → 3", many=True, line=7)),
    )
    assert merged["edges"] == [
        {
            "source": "step:m.W.s",
            "target": "event:m.A",
            "kind": "returns",
            "origins": ["declared", "inferred", "observed"],
            "line": 7,
            "label": "1 → 3",
            "many": True,
        }
    ]


def test_a_known_count_is_kept_over_an_unknown_one() -> None:
    known, unknown = (
        graph(edge("sends", "inferred", label="1 → 3")),
        graph(edge("sends", "inferred", label="1 → n")),
    )
    for merged in (merge_graphs(known, unknown), merge_graphs(unknown, known)):
        assert merged["edges"][0]["label"] == "1 → 3"


def test_a_declared_return_that_is_sent_is_one_edge() -> None:
    merged = merge_graphs(graph(edge("sends", "inferred", label="1 → n")), graph(edge("returns", "declared")))
    assert [(found["kind"], found["origins"]) for found in merged["edges"]] == [("sends", ["declared", "inferred"])]


def test_missing_facts_are_filled_and_others_kept() -> None:
    first, second = graph(), graph()
    first["nodes"][0] |= {"doc": "", "line": 3}
    second["nodes"][0] |= {"doc": "What it does.", "line": 9}
    node = merge_graphs(first, second)["nodes"][0]
    assert (node["doc"], node["line"]) == ("What it does.", 3)


def test_json_there_and_back_keeps_everything() -> None:
    data = graph(edge("a new kind", "declared"))
    data["nodes"][0]["something new"] = [1]
    assert from_json(data).to_json() == data


def test_nothing_to_merge() -> None:
    assert merge_graphs()["nodes"] == []


def test_what_was_seen_is_added() -> None:
    before = graph(edge("returns", "declared"))
    seen = [
        ("step:m.W.s", "event:m.A", "returns"),
        ("step:m.W.s", "event:other.Surprise", "sends"),
    ]
    after = add_observed(before, seen, ["event:m.Lonely"])
    assert before == graph(edge("returns", "declared"))
    found = {edge_key(one["source"], one["target"], one["kind"]): one["origins"] for one in after["edges"]}
    assert found == {
        "step:m.W.s|event:m.A|returns": ["declared", "observed"],
        "step:m.W.s|event:other.Surprise|sends": ["observed"],
    }
    assert [node["name"] for node in after["nodes"]] == ["s", "A", "Lonely", "Surprise"]


def test_a_declared_return_seen_as_sent_is_one_edge() -> None:
    after = add_observed(graph(edge("returns", "declared")), [("step:m.W.s", "event:m.A", "sends")])
    assert [(found["kind"], found["origins"]) for found in after["edges"]] == [("sends", ["declared", "observed"])]


def test_observing_a_graph_from_source_changes_only_origins(graph_of: Callable[..., dict[str, Any]]) -> None:
    read = graph_of(
        "class W(Workflow):\n    @step\n"
        "    async def s(self, ev: StartEvent) -> StopEvent:\n        return StopEvent()\n"
    )
    after = add_observed(read, [(one["source"], one["target"], one["kind"]) for one in read["edges"]])
    assert all(one["origins"][-1] == "observed" for one in after["edges"])
    for one in after["edges"]:
        one["origins"] = one["origins"][:-1]
    assert after == read
