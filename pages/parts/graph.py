"""The graph on a page: Graph JSON with its layout to the browser, the chosen node back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from inspectors.graph.network import network_data
from parts.browser import browser_part
from parts.node_facts import tags_of

_part = browser_part("graph")


def steps_only(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph without the events between steps: their names stand on the edges."""
    ends = {node["id"] for node in graph["nodes"] if node["kind"] != "event" or node.get("role") in ("start", "stop")}
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    edges = [edge for edge in graph["edges"] if edge["source"] in ends and edge["target"] in ends]
    for first in graph["edges"]:
        if first["target"] in ends or first["source"] not in ends:
            continue
        event = first["target"]
        onward = [edge for edge in graph["edges"] if edge["source"] == event and edge["target"] in ends]
        edges += [_through(first, second, names[event]) for second in onward]
    return {**graph, "nodes": [node for node in graph["nodes"] if node["id"] in ends], "edges": edges}


def _through(first: dict[str, Any], second: dict[str, Any], name: str) -> dict[str, Any]:
    person = next((edge["kind"] for edge in (first, second) if edge["kind"] in ("asks", "answers")), "returns")
    both = set(first["origins"]) & set(second["origins"])
    return {
        "source": first["source"],
        "target": second["target"],
        "kind": person,
        "origins": sorted(both or set(first["origins"]) | set(second["origins"])),
        "label": name,
        "many": bool(first.get("many") or second.get("many")),
        "parts": [f"{edge['source']}|{edge['target']}|{edge['kind']}" for edge in (first, second)],
    }


@st.cache_data(max_entries=200, show_spinner=False)
def _views(graph: dict[str, Any], direction: str) -> dict[str, Any]:
    """Both ways to look at the graph, laid out. The same graph is laid out once, not at each rerun."""
    from inspectors.graph.layout import lay_out

    views = {"all": _view(graph, network_data(graph, lay_out(graph, direction)))}
    if any(node["kind"] == "step" for node in graph["nodes"]):
        fewer = steps_only(graph)
        views["steps"] = _view(fewer, network_data(fewer, lay_out(fewer, direction)))
    return views


def _view(graph: dict[str, Any], drawn: dict[str, Any]) -> dict[str, Any]:
    by_id = {node["id"]: node for node in graph["nodes"]}
    nodes = [
        {
            "id": node["id"],
            "kind": node["kind"],
            "role": by_id[node["id"]].get("role"),
            "name": by_id[node["id"]]["name"],
            "streamed_only": bool(by_id[node["id"]].get("streamed_only")),
            "x": node["x"],
            "y": node["y"],
            "width": node["width"],
            "height": node["height"],
            "tags": _tags(by_id[node["id"]]),
        }
        for node in drawn["nodes"]
    ]
    parts = {f"{edge['source']}|{edge['target']}|{edge['kind']}": edge.get("parts") for edge in graph["edges"]}
    edges = [
        {
            "source": edge["from"],
            "target": edge["to"],
            "kind": edge["kind"],
            "origins": edge["origins"],
            "label": edge.get("label") or "",
            "back": bool(edge.get("back")),
            "points": edge.get("points"),
            "parts": parts.get(f"{edge['from']}|{edge['to']}|{edge['kind']}"),
        }
        for edge in drawn["edges"]
    ]
    return {"nodes": nodes, "edges": edges}


def _tags(node: dict[str, Any]) -> list[str]:
    """What stands under a step where it isn't the default: "4 at once", "3 attempts"."""
    return [tag.split(",")[0] for tag in tags_of(node)] if node.get("kind") == "step" else []


def show_graph(
    graph: dict[str, Any],
    *,
    key: str,
    direction: str,
    height: int,
    run_id: str | None = None,
    chosen: str | None = None,
) -> str | None:
    """Draw the graph in a container keyed `graph`; gives the chosen node of a graph without a run.

    `chosen` is the node to choose at first. With `run_id` the graph shows what that run does, and choosing is between
    the parts of the page.
    """
    with st.container(key="graph"):
        result = _part(
            key=key,
            data={
                "key": key,
                "views": _views(graph, direction),
                "direction": direction,
                "height": height,
                "run": run_id,
                "least_scale": 0.7 if run_id else 0.5,
                "chosen": chosen,
            },
            on_node_change=lambda: None,
        )
    # The browser says "" when nothing is chosen any more, and nothing before anybody has chosen.
    return None if run_id else (chosen if result.node is None else result.node or None)
