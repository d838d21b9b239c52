"""Drawings: stable, start first, loops out of the way, nothing on top of anything; steps folded, workflows opened."""

import random
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspectors.discovery import discover
from inspectors.graph.layout import lay_out
from inspectors.graph.loops import back_edges
from inspectors.graph.view import View, draw, seen, with_children
from tests.graph.hard_graphs import HARD, chain, crossed_nodes, graph, label_box, meet, node_box, overlaps, step

SAMPLES = {source.name: source.graph for source in discover([Path(__file__).parents[2] / "workflows"]).workflows}
ALL = SAMPLES | {name: make() for name, make in HARD.items()}


def places(drawing: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Id -> x, y."""
    return {node["id"]: (node["x"], node["y"]) for node in drawing["nodes"]}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("steps", [False, True], ids=["events", "steps"])
def test_nothing_lies_on_anything(name: str, direction: str, steps: bool) -> None:
    for view in (View(direction, steps), View(direction, steps, roomy=True), View(direction, steps, False, False)):
        drawing = draw(ALL[name], view)
        assert drawing["nodes"]
        assert not overlaps(drawing)
        assert not crossed_nodes(drawing)
        for box in [node_box(node) for node in drawing["nodes"]] + [
            label_box(edge) for edge in drawing["edges"] if "label_at" in edge
        ]:
            assert box[0] >= 0 and box[1] >= 0 and box[2] <= drawing["width"] and box[3] <= drawing["height"]
        assert draw(ALL[name], view) == drawing


# 64 and 217 once had the label of an edge from a step to itself in the way of others; 23 an edge over a node.
@pytest.mark.parametrize("seed", [*range(24), 64, 217, 301, 362])
def test_nothing_lies_on_anything_in_any_graph(seed: int) -> None:
    chance = random.Random(seed)
    events = [
        "Start",
        "Stop",
        *(f"Event{'x' * chance.randint(0, 30)}{number}" for number in range(chance.randint(1, 9))),
    ]
    edges: list[Any] = []
    for number in range(chance.randint(1, 12)):
        takes = " ".join(
            dict.fromkeys(chance.choices([one for one in events if one != "Stop"], k=chance.randint(0, 3)))
        )
        gives = dict.fromkeys(chance.choices([one for one in events if one != "Start"], k=chance.randint(1, 3)))
        edges += step(f"step_{number}", takes, *gives, label=chance.choice(["", "1 → n", "n → 1, waits for 3"]))
        if chance.random() < 0.3:
            edges.append((f"step_{number}", f"thing_{chance.randint(0, 3)}", "uses", "uses"))
        if chance.random() < 0.2:
            edges.append((f"step_{number}", f"step_{chance.randint(0, number)}", "fails", "on failure"))
    made = graph(*edges)
    for direction in ("TB", "LR"):
        for steps in (False, True):
            drawing = draw(made, View(direction, steps))
            assert not overlaps(drawing), (direction, steps)
            assert not crossed_nodes(drawing), (direction, steps)


def test_the_check_of_overlaps_finds_them() -> None:
    drawing = draw(SAMPLES["ParallelSearchWorkflow"])
    labelled = next(edge for edge in drawing["edges"] if "label_at" in edge)
    one, other = drawing["nodes"][:2]
    labelled["label_at"] = [one["x"], one["y"]]
    other["x"], other["y"] = one["x"] + 5, one["y"] + 5
    assert len(overlaps(drawing)) >= 2
    other["y"] = one["y"] + 200
    middle = {**one, "id": "step:between", "name": "between", "y": one["y"] + 45}
    drawing["nodes"].append(middle)
    assert any("over between" in found for found in crossed_nodes(drawing))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_samples_begin_with_their_start(name: str, direction: str) -> None:
    along = 1 if direction == "TB" else 0
    found = places(lay_out(SAMPLES[name], direction))
    assert set(found) == {node["id"] for node in SAMPLES[name]["nodes"]}
    start = next(node["id"] for node in SAMPLES[name]["nodes"] if node.get("role") == "start")
    assert found[start][along] == min(at[along] for at in found.values())


def test_a_loop_leaves_the_main_path_straight() -> None:
    drawing = draw(SAMPLES["DraftReviewWorkflow"])
    main = ["write_draft", "DraftReadyEvent", "person", "ReviewEvent", "handle_review", "PublishedEvent"]
    across = {at[0] for identity, at in places(drawing).items() if identity.rpartition(".")[2] in main}
    assert len(across) == 1
    back = [(edge["source"], edge["target"]) for edge in drawing["edges"] if edge["back"]]
    assert [(a.rpartition(".")[2], b.rpartition(".")[2]) for a, b in back] == [("revise_draft", "DraftReadyEvent")]
    assert set(back) == back_edges(SAMPLES["DraftReviewWorkflow"])


def test_what_is_only_streamed_hangs_off_the_side() -> None:
    found = places(draw(SAMPLES["StreamingWorkflow"]))
    assert found["event:streaming.ProgressEvent"][1] == found["step:streaming.StreamingWorkflow.step1"][1]


def test_names_are_whole_up_to_forty_characters() -> None:
    labels = [node["label"] for node in draw(HARD["long names"]())["nodes"]]
    assert "a_step_whose_name_is_forty_characters_ab" in labels
    assert "a_step_that_is_called_much_longer_than_…" in labels
    assert all(len(label) <= 40 for label in labels)


def test_two_event_classes_of_one_name_are_told_apart() -> None:
    made = graph(*step("one", "Start", "Found"), *step("two", "Found", "Stop"))
    again = {**made["nodes"][2], "id": "event:other.module.Found"}
    made["nodes"].append(again)
    labels = [node["label"] for node in draw(made)["nodes"] if node["name"] == "Found"]
    assert labels == ["Found (flows)", "Found (other.module)"]


def test_another_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="TB or LR"):
        lay_out(SAMPLES["ApprovalWorkflow"], "up")


def test_an_empty_graph() -> None:
    assert draw({"nodes": [], "edges": []})["nodes"] == []


def test_a_long_workflow_takes_work_in_proportion() -> None:
    """Work is counted in calls, which no other load on the machine changes; `python -m benchmarks graph` takes time."""
    counted = []
    for steps in (50, 200):
        made, calls = chain(steps), Counter[str]()
        sys.setprofile(lambda frame, event, argument, calls=calls: calls.update([event]))
        try:
            draw(made)
        finally:
            sys.setprofile(None)
        counted.append(calls.total())
    assert counted[1] < counted[0] * 6  # four times as many steps; in proportion to its square it were sixteen


def test_a_broken_graph_is_laid_out_all_the_same(graph_of: Callable[..., dict[str, Any]]) -> None:
    made = graph_of("class W(Workflow):\n    @step\n    def s(self): ...\n    @step\n    def t(self, ev: A): ...\n")
    assert not overlaps(draw(made))


def test_an_event_that_only_leads_back_stands_behind_its_step(graph_of: Callable[..., dict[str, Any]]) -> None:
    made = graph_of(
        "class W(Workflow):\n    @step\n    def s(self, ev: StartEvent | B) -> A: ...\n"
        "    @step\n    def t(self, ev: A) -> B | StopEvent: ...\n"
    )
    assert back_edges(made) == {("event:flows.B", "step:flows.W.s")}
    found = places(draw(made))
    assert found["event:flows.B"][1] > found["step:flows.W.t"][1]


def test_two_things_aside_hang_on_both_sides(graph_of: Callable[..., dict[str, Any]]) -> None:
    made = graph_of(
        "class W(Workflow):\n    @step\n    def s(self, ctx: Context, ev: StartEvent) -> StopEvent:\n"
        "        ctx.write_event_to_stream(A())\n        ctx.write_event_to_stream(B())\n"
    )
    across = {identity.rpartition(".")[2]: at[0] for identity, at in places(draw(made)).items()}
    assert across["B"] < across["s"] < across["A"]


# --- what a view shows ---


def parallel(count: int, name: str = "search_{}") -> dict[str, Any]:
    edges = [edge for number in range(count) for edge in step(name.format(number), "Query", "Hit")]
    return graph(*step("plan", "Start", "Query"), *edges, *step("merge", "Hit", "Stop"))


@pytest.mark.parametrize("name", ["search_{}", "search_{}_now", "ask{}"])
def test_six_parallel_steps_of_one_pattern_are_one_stacked_node(name: str) -> None:
    drawing = draw(parallel(6, name))
    stack = next(node for node in drawing["nodes"] if node.get("members"))
    assert (stack["name"], stack["second"], len(stack["members"])) == (name.format("n"), "6 steps", 6)
    edges = [edge for edge in drawing["edges"] if stack["id"] in (edge["source"], edge["target"])]
    assert [len(edge["parts"]) for edge in edges] == [6, 6]
    opened = draw(parallel(6, name), View(opened=frozenset([stack["id"]])))
    assert sum(node["kind"] == "step" for node in opened["nodes"]) == 8
    assert {node.get("stack") for node in opened["nodes"]} == {None, stack["id"]}
    assert not overlaps(opened)


def test_words_make_a_pattern_too() -> None:
    edges = [edge for name in "abcdef" for edge in step(f"check_{name}", "Query", "Hit")]
    drawing = draw(graph(*step("plan", "Start", "Query"), *edges, *step("merge", "Hit", "Stop")))
    assert [node["name"] for node in drawing["nodes"] if node.get("members")] == ["check_…"]


def test_five_steps_or_steps_that_give_another_event_stay_apart() -> None:
    assert not [node for node in draw(parallel(5))["nodes"] if node.get("members")]
    edges = [edge for number in range(6) for edge in step(f"search_{number}", "Query", f"Hit{number}")]
    made = graph(*step("plan", "Start", "Query"), *edges, *step("merge", " ".join(f"Hit{n}" for n in range(6)), "Stop"))
    assert not [node for node in draw(made)["nodes"] if node.get("members")]


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_child_workflow_opens_in_place(direction: str) -> None:
    child = graph(*step("inner", "Start", "Middle"), *step("rest", "Middle", "Stop"))
    parent = graph(*step("outer", "Start", "Stop"), ("outer", "child", "starts", "starts"))
    whole = with_children(parent, {"flows.child": child})
    closed = draw(whole, View(direction))
    assert [node["opens"] for node in closed["nodes"] if node["kind"] == "workflow"] == [True]
    opened = draw(whole, View(direction, opened=frozenset(["workflow:flows.child"])))
    frame = next(node for node in opened["nodes"] if node.get("open"))
    inside = [node for node in opened["nodes"] if node.get("inside") == frame["id"]]
    assert {node["of"] for node in inside} == {node["id"] for node in child["nodes"]}
    left, top, right, bottom = node_box(frame)
    for node in inside:
        box = node_box(node)
        assert left < box[0] and top + 20 < box[1] and box[2] < right and box[3] < bottom
    outside = [node for node in opened["nodes"] if not node.get("inside") and node is not frame]
    assert not [node for node in outside if meet(node_box(node), node_box(frame))]
    assert not overlaps(opened)
    assert len({node["id"] for node in opened["nodes"]}) == len(opened["nodes"])


def test_a_workflow_that_starts_itself_is_not_opened_for_ever() -> None:
    parent = graph(*step("outer", "Start", "Stop"), ("outer", "child", "starts", "starts"))
    child = graph(*step("inner", "Start", "Stop"), ("inner", "child", "starts", "starts"))
    whole = with_children(parent, {"flows.child": child})
    drawing = draw(whole, View(opened=frozenset(["workflow:flows.child"])))
    assert sum(node["kind"] == "workflow" for node in drawing["nodes"]) == 2


def test_streams_and_resources_are_hidden() -> None:
    made = graph(*step("s", "Start", "Stop"), ("s", "Seen", "streams", "streams"), ("s", "db", "uses", "uses"),
                 Seen={"streamed_only": True})  # fmt: skip
    names = [
        [node["name"] for node in seen(made, view)["nodes"]] for view in (View(streams=False), View(resources=False))
    ]
    assert "Seen" not in names[0] and "db" in names[0]
    assert "Seen" in names[1] and "db" not in names[1]


def test_steps_only_writes_the_events_on_the_edges() -> None:
    edges = {edge["label"]: edge for edge in seen(SAMPLES["ParallelSearchWorkflow"], View(steps_only=True))["edges"]}
    assert "SearchEvent · 1 → 3" in edges
    assert edges["SearchEvent · 1 → 3"]["parts"] == [
        "step:parallel_search.ParallelSearchWorkflow.dispatch|event:parallel_search.SearchEvent|sends",
        "event:parallel_search.SearchEvent|step:parallel_search.ParallelSearchWorkflow.search_sources|consumes",
    ]


def test_what_leads_from_one_node_to_another_is_one_edge() -> None:
    made = graph(*step("s", "Start", "Found"), ("s", "Found", "streams", "streams"), *step("t", "Found", "Stop"))
    both = next(edge for edge in seen(made, View())["edges"] if edge["target"] == "event:flows.Found")
    assert both["kinds"] == ["returns", "streams"]
    assert len(both["parts"]) == 2
