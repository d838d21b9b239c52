"""The graph on a page: its drawing to the browser, the chosen node back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from inspectors.editor import editor_link
from inspectors.graph.shelf import drawn, keep
from inspectors.graph.taken import in_words
from inspectors.graph.view import View, with_children
from parts.browser import browser_part
from parts.plain import muted, strong
from parts.words import inert

_part = browser_part("graph")


def show_graph(
    graph: dict[str, Any],
    *,
    key: str,
    direction: str,
    height: int,
    run_id: str | None = None,
    chosen: str | None = None,
    children: Mapping[str, dict[str, Any]] | None = None,
) -> str | None:
    """Draw the graph in a container keyed `graph`; gives the chosen node of a graph without a run.

    `chosen` is the node to choose at first. With `run_id` the graph shows what that run does, and choosing is between
    the parts of the page. `children` are the graphs of workflows that it may start, by dotted name: they open in place.
    """
    whole = with_children(graph, children or {})
    kept = keep(whole)
    with st.container(key="graph"):
        result = _part(
            key=key,
            data={
                "key": key,
                "workflow": f"{graph.get('module')}.{graph.get('name')}",
                "graph": kept,
                # Drawn as usual; the browser asks for another look where it keeps one.
                "drawing": drawn(kept, View(direction=direction, roomy=run_id is not None)),
                "usual": {"direction": direction},
                "several": any(node["kind"] == "step" for node in graph["nodes"]),
                "height": height,
                "run": run_id,
                "least_scale": 0.7 if run_id else 0.5,
                "chosen": chosen,
                "editor": editor_link(),
            },
            on_node_change=lambda: None,
            on_lost_change=lambda: None,
        )
    # The browser says "" when nothing is chosen any more, and nothing before anybody has chosen.
    return None if run_id else (chosen if result.node is None else result.node or None)


def show_coverage(graph: dict[str, Any]) -> None:
    """What earlier runs took of the graph, in words; opened, what none of them took, and what the graph didn't know."""
    history = graph.get("history") or {}
    words = in_words(history)
    if not words:
        return
    names = {node["id"]: "a person" if node["kind"] == "external" else node["name"] for node in graph["nodes"]}
    never = [_way(key, names) for key in history["never"]]
    unknown = [_way(key, names) for key in history["not_drawn"]]
    with st.container(key="coverage"):
        if not never and not unknown:
            muted(words, "coverage")
            return
        with st.expander(inert(words)):
            for title, ways in (("Never taken", never), ("Taken, but not declared", unknown)):
                if ways:
                    strong(title, f"coverage-{title[0]}")
                    st.text("\n".join(ways))


def _way(key: str, names: dict[str, str]) -> str:
    source, target, kind = key.split("|")
    return f"{names.get(source, source)} → {names.get(target, target)} ({kind})"
