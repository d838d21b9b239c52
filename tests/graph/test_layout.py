"""Positions: stable, start first, loops out of the way, nothing on top of anything else."""

import shutil
import threading
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from inspectors.discovery import discover
from inspectors.graph.dot import back_edges
from inspectors.graph.layout import Layout, lay_out
from inspectors.graph.network import network_data

SAMPLES = {source.name: source.graph for source in discover([Path(__file__).parents[2] / "workflows"]).workflows}


def chain(steps: int) -> dict[str, Any]:
    nodes, edges = [], []
    for number in range(steps):
        nodes.append({"id": f"event:m.E{number}", "kind": "event", "name": f"E{number}"})
        nodes.append({"id": f"step:m.W.s{number}", "kind": "step", "name": f"s{number}"})
        edges.append((f"event:m.E{number}", f"step:m.W.s{number}", "consumes"))
        if number:
            edges.append((f"step:m.W.s{number - 1}", f"event:m.E{number}", "returns"))
    return {
        "name": "W",
        "module": "m",
        "nodes": nodes,
        "edges": [
            {"source": a, "target": b, "kind": kind, "origins": ["declared"], "label": "", "many": False}
            for a, b, kind in edges
        ],
    }


def overlaps(layout: Layout) -> list[tuple[str, str]]:
    found = []
    for one, other in combinations(layout["positions"], 2):
        (ax, ay), (bx, by) = layout["positions"][one], layout["positions"][other]
        (aw, ah), (bw, bh) = layout["sizes"][one], layout["sizes"][other]
        if abs(ax - bx) < (aw + bw) / 2 and abs(ay - by) < (ah + bh) / 2:
            found.append((one, other))
    return found


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_samples(name: str, direction: str) -> None:
    graph = SAMPLES[name]
    layout = lay_out(graph, direction)
    assert set(layout["positions"]) == {node["id"] for node in graph["nodes"]}
    assert not overlaps(layout)
    along = 1 if direction == "TB" else 0
    start = next(node["id"] for node in graph["nodes"] if node.get("role") == "start")
    assert layout["positions"][start][along] == min(at[along] for at in layout["positions"].values())
    assert lay_out(graph, direction) == layout


def test_a_loop_leaves_the_main_path_straight() -> None:
    graph = SAMPLES["DraftReviewWorkflow"]
    positions = lay_out(graph)["positions"]
    main = ["write_draft", "DraftReadyEvent", "person", "ReviewEvent", "handle_review"]
    across = {at[0] for identity, at in positions.items() if identity.rpartition(".")[2] in main}
    assert len(across) == 1
    assert {(a.rpartition(".")[2], b.rpartition(".")[2]) for a, b in back_edges(graph)} == {
        ("revise_draft", "DraftReadyEvent")
    }


def test_what_is_only_streamed_hangs_off_the_side() -> None:
    positions = lay_out(SAMPLES["StreamingWorkflow"])["positions"]
    assert positions["event:streaming.ProgressEvent"][1] == positions["step:streaming.StreamingWorkflow.step1"][1]


def test_another_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="TB or LR"):
        lay_out(SAMPLES["ApprovalWorkflow"], "up")


def test_an_empty_graph() -> None:
    assert lay_out({"nodes": [], "edges": []})["positions"] == {}


def test_no_dot_program_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert shutil.which("dot") is None
    assert lay_out(SAMPLES["ApprovalWorkflow"])["positions"]


def test_a_long_workflow_is_quick() -> None:
    graph = chain(150)
    began = time.process_time()
    layout = lay_out(graph)
    assert time.process_time() - began < 5
    assert len(layout["positions"]) == 300


def test_several_threads_at_once() -> None:
    graph, results = SAMPLES["RiskyWorkflow"], []
    threads = [threading.Thread(target=lambda: results.append(lay_out(graph))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [lay_out(graph)] * 8


def test_data_for_the_page() -> None:
    graph = SAMPLES["DraftReviewWorkflow"]
    data = network_data(graph)
    assert {node["id"] for node in data["nodes"]} == {node["id"] for node in graph["nodes"]}
    assert all("title" not in node and node["physics"] is False for node in data["nodes"])
    assert len({edge["id"] for edge in data["edges"]}) == len(graph["edges"])
    assert data["options"]["physics"]["enabled"] is False
    assert [edge["id"] for edge in data["edges"] if edge["back"]] == [
        "step:draft_review.DraftReviewWorkflow.revise_draft|event:draft_review.DraftReadyEvent|returns"
    ]


def test_a_broken_graph_is_laid_out_all_the_same(graph_of: Callable[..., dict[str, Any]]) -> None:
    graph = graph_of("class W(Workflow):\n    @step\n    def s(self): ...\n    @step\n    def t(self, ev: A): ...\n")
    assert not overlaps(lay_out(graph))


def test_an_event_that_only_leads_back_stands_behind_its_step(graph_of: Callable[..., dict[str, Any]]) -> None:
    graph = graph_of(
        "class W(Workflow):\n    @step\n    def s(self, ev: StartEvent | B) -> A: ...\n"
        "    @step\n    def t(self, ev: A) -> B | StopEvent: ...\n"
    )
    assert back_edges(graph) == {("event:flows.B", "step:flows.W.s")}
    positions = lay_out(graph)["positions"]
    assert positions["event:flows.B"][1] > positions["step:flows.W.t"][1]


def test_two_things_aside_hang_on_both_sides(graph_of: Callable[..., dict[str, Any]]) -> None:
    graph = graph_of(
        "class W(Workflow):\n    @step\n    def s(self, ctx: Context, ev: StartEvent) -> StopEvent:\n"
        "        ctx.write_event_to_stream(A())\n        ctx.write_event_to_stream(B())\n"
    )
    across = {identity.rpartition(".")[2]: at[0] for identity, at in lay_out(graph)["positions"].items()}
    assert across["B"] < across["s"] < across["A"]
