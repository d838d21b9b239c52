"""A graph as a pyvis network."""

from __future__ import annotations

from inspectors.discovery import discover
from inspectors.graph.network import network
from inspectors.graph.view import View, draw
from tests.e2e.app_process import PROJECT


def test_a_network_has_what_is_drawn_where_it_is_drawn():
    (source,) = [one for one in discover([PROJECT / "workflows"]).workflows if one.name == "DraftReviewWorkflow"]
    graph = source.graph
    drawing = draw(graph)
    made = network(graph)
    assert {node["id"]: (node["x"], node["y"]) for node in made.nodes} == {
        node["id"]: (node["x"], node["y"]) for node in drawing["nodes"]
    }
    assert [(edge["from"], edge["to"]) for edge in made.edges] == [
        (edge["source"], edge["target"]) for edge in drawing["edges"]
    ]
    assert all("title" not in node for node in made.nodes), "vis-network executes what is in titles"


def test_the_view_is_kept():
    (source,) = [one for one in discover([PROJECT / "workflows"]).workflows if one.name == "ApprovalWorkflow"]
    made = network(source.graph, View(steps_only=True))
    assert {node["kind"] for node in made.nodes} == {"step", "event", "external"}
    assert any(edge["label"] for edge in made.edges)
