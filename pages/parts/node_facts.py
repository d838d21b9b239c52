"""What the source says about a node of the graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from inspectors.discovery import Catalog, WorkflowSource
from inspectors.graph.neighbours import relations
from inspectors.graph.store_use import store_keys
from inspectors.graph.tags import tags_of
from parts.browser import browser_part

_part = browser_part("node_facts")

ABOUT = {
    "start": "A run begins with it. Its values come from the form under Run.",
    "stop": "The run ends with it; what it carries is the result.",
    "prompt": "The run asks a person with it and waits for the answer.",
    "answer": "What a person sends back.",
    "external": "The run stops here and can wait for days. Requests are answered under Review, or on the run’s Trace.",
    "resource": "Made once for a run and handed to the steps that ask for it.",
    "workflow": "A workflow of its own, started from a step.",
    "tool": "A function that a step or an agent can call.",
}


def facts_of(source: WorkflowSource, graph: dict[str, Any], node: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """All that is shown of a node, as plain data."""
    by_id = {other["id"]: other for other in graph["nodes"]}
    rows = [
        {
            "label": relation.word,
            "chips": [
                {"node": link.node, "name": link.name, "note": link.note, **_look(by_id[link.node])}
                for link in relation.links
            ],
        }
        for relation in relations(graph, node["id"])
    ]
    reads, writes = store_keys(str(node.get("source") or ""))
    return {
        "node": {key: node.get(key) for key in ("id", "name", "kind", "role", "doc", "signature", "line", "source")},
        "about": ABOUT.get(str(node.get("role") or "")) or ABOUT.get(node["kind"], ""),
        "tags": tags_of(node),
        "rows": rows,
        "keys": [{"label": "Reads", "keys": reads}, {"label": "Writes", "keys": writes}],
        "place": _place(node),
        "fields": _fields(source, node),
        "open": bool(node.get("role") == "start" and not source.start.typed),
        "page": _page_of(node, catalog),
    }


def _look(node: dict[str, Any]) -> dict[str, Any]:
    return {"kind": node["kind"], "role": node.get("role")}


def _place(node: dict[str, Any]) -> dict[str, Any] | None:
    """Where it is written: for people, and as `file:line` for an editor or a terminal."""
    if not node.get("file"):
        return None
    line, end = node.get("line"), node.get("end_line")
    lines = "" if not line else f", lines {line} to {end}" if end and end != line else f", line {line}"
    return {
        "text": f"{Path(node['file']).name}{lines}",
        "copy": f"{node['file']}:{line}" if line else node["file"],
    }


def _fields(source: WorkflowSource, node: dict[str, Any]) -> list[dict[str, Any]]:
    """Of an event. A plain start event declares none: then those that steps read from it."""
    if node.get("fields"):
        return [{**field, "note": str(field.get("description") or "")} for field in node["fields"]]
    if node.get("role") != "start" or source.start.typed:
        return []
    return [
        {
            "name": field.name,
            "type": field.annotation or "any value",
            "required": field.required,
            "default": field.default if field.has_default else None,
            "note": f"read in {field.step}, line {field.line}" if field.step and field.line else field.description,
        }
        for field in source.start.fields
    ]


def _page_of(node: dict[str, Any], catalog: Catalog) -> str:
    """The page of a child workflow, if it is among the targets."""
    if node["kind"] != "workflow":
        return ""
    dotted = node["id"].partition(":")[2]
    child = next((one for one in catalog.workflows if one.id.partition("@")[0] == dotted), None)
    return f"workflow?id={quote(child.id)}" if child else ""


def show_node(facts: dict[str, Any]) -> None:
    """Draw what `facts_of` gives: docstring, chips that select, fields, source with its line numbers."""
    _part(key="node-facts", data=facts)
