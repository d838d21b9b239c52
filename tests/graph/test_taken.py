"""What earlier runs did, written on the drawing of a graph."""

from typing import Any

import pytest

from inspectors.graph.history import RunCounts, with_history
from inspectors.graph.taken import in_words
from inspectors.graph.view import View, draw
from tests.graph.hard_graphs import graph, overlaps, step

FLOW = graph(
    *step("plan", "Start", "Web", "Local"),
    *step("web", "Web", "Stop"),
    *step("local", "Local", "Stop"),
    *step("late", "Late", "Stop"),
)
IDS = {node["name"]: node["id"] for node in FLOW["nodes"]}


def run(event: str, name: str) -> RunCounts:
    counts = RunCounts()
    for source, target, kind in (
        ("StartEvent", "plan", "consumes"),
        ("plan", event, "returns"),
        (event, name, "consumes"),
        (name, "StopEvent", "returns"),
    ):
        counts.edges[IDS[source], IDS[target], kind] += 1
    for one in ("plan", name):
        counts.steps[IDS[one]] += 1
        counts.took_ms[IDS[one]] = [840.0]
    return counts


def drawn(**view: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    told = with_history(FLOW, [run("Web", "web"), run("Web", "web"), run("Web", "web"), run("Local", "local")])
    drawing = draw(told, View(**view))
    names = {node["id"]: node["name"] for node in drawing["nodes"]}
    edges = {f"{names[edge['source']]} → {names[edge['target']]}": edge for edge in drawing["edges"]}
    return told, edges, {node["name"]: node for node in drawing["nodes"]}


def test_steps_say_how_often_and_how_long() -> None:
    _, _, nodes = drawn()
    assert nodes["plan"]["second"] == "4 × · median 0.84 s"
    assert nodes["local"]["second"] == "1 × · median 0.84 s"
    assert nodes["late"]["second"] == "never ran"


def test_edges_say_their_share_where_there_was_a_choice() -> None:
    _, edges, _ = drawn()
    assert edges["plan → Web"]["label"] == "75 %"
    assert edges["plan → Local"]["label"] == "25 %"
    assert edges["StartEvent → plan"]["label"] == ""
    assert (edges["Late → late"]["never"], edges["Late → late"]["label"]) == (True, "never taken")


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("steps", [False, True])
def test_the_labels_have_their_room(direction: str, steps: bool) -> None:
    told, _, _ = drawn()
    assert not overlaps(draw(told, View(direction, steps)))


def test_the_coverage_in_words() -> None:
    told, _, _ = drawn()
    assert in_words(told["history"]) == "4 runs took 7 of 9 edges and 3 of 4 steps"
    assert in_words({}) == ""
    whole = {"runs": 1, "of": 3, "coverage": {"edges": {"taken": 4, "of": 4}, "steps": {"taken": 1, "of": 1}}}
    assert in_words(whole) == "The newest 1 of 3 runs took all 4 edges and the step"
