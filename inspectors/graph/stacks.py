"""Steps beside each other that only differ by a number or a word, folded to one: `search_1` to `search_8`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from typing import Any

LEAST = 6
"""So many steps of one name pattern are one stacked node until somebody opens it."""


def stacked(graph: dict[str, Any], opened: Collection[str] = ()) -> dict[str, Any]:
    """Graph JSON with its stacks folded, but for those whose id is in `opened`.

    A stack is a step with "members", the ids of what it stands for; its edges have "parts", the keys of theirs. Steps
    are parallel if they take the same and give the same. An opened stack leaves its members as they are, with
    "stack", its id, so that it can be folded again.
    """
    member_of: dict[str, str] = {}
    stacks: dict[str, list[dict[str, Any]]] = {}
    for members in _parallel(graph):
        for pattern, found in _patterns(members).items():
            if len(found) >= LEAST:
                identity = f"stack:{found[0]['id'].partition(':')[2]}"
                stacks[identity] = found
                member_of |= {node["id"]: identity for node in found}
                for node in found:
                    node["pattern"] = pattern
    if not stacks:
        return graph
    return {**graph, "nodes": _nodes(graph, stacks, member_of, opened), "edges": _edges(graph, member_of, opened)}


def _parallel(graph: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Steps that take the same events and give the same."""
    ends: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for edge in graph["edges"]:
        ends[edge["source"]].add(("gives", edge["target"], edge["kind"]))
        ends[edge["target"]].add(("takes", edge["source"], edge["kind"]))
    groups: dict[frozenset[tuple[str, str, str]], list[dict[str, Any]]] = defaultdict(list)
    for node in graph["nodes"]:
        if node["kind"] == "step" and ends[node["id"]]:
            groups[frozenset(ends[node["id"]])].append(dict(node))
    return [group for group in groups.values() if len(group) >= LEAST]


def _patterns(nodes: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The nodes by the pattern of their name: numbers are alike, else the first word, else the last."""
    for pattern_of in (_numbered, _first_word, _last_word):
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for node in nodes:
            found[pattern_of(str(node["name"]))].append(node)
        good = {pattern: group for pattern, group in found.items() if pattern and len(group) >= LEAST}
        if good:
            return good
    return {}


def _numbered(name: str) -> str:
    return re.sub(r"\d+", "n", name) if re.search(r"\d", name) else ""


def _first_word(name: str) -> str:
    first, found, _ = name.strip("_").partition("_")
    return f"{first}_…" if found else ""


def _last_word(name: str) -> str:
    _, found, last = name.strip("_").rpartition("_")
    return f"…_{last}" if found else ""


def _nodes(
    graph: dict[str, Any], stacks: dict[str, list[dict[str, Any]]], member_of: dict[str, str], opened: Collection[str]
) -> list[dict[str, Any]]:
    nodes, made = [], set()
    for node in graph["nodes"]:
        identity = member_of.get(node["id"])
        if identity is None:
            nodes.append(node)
        elif identity in opened:
            nodes.append({**node, "stack": identity})
        elif identity not in made:
            made.add(identity)
            members = stacks[identity]
            nodes.append(
                {
                    "id": identity,
                    "kind": "step",
                    "name": members[0]["pattern"],
                    "second": f"{len(members)} steps",
                    "members": [member["id"] for member in members],
                    "doc": "",
                }
            )
    return nodes


def _edges(graph: dict[str, Any], member_of: dict[str, str], opened: Collection[str]) -> list[dict[str, Any]]:
    edges: dict[tuple[str, str, str], dict[str, Any]] = {}
    for edge in graph["edges"]:
        source, target = (_folded(edge[end], member_of, opened) for end in ("source", "target"))
        if (source, target) == (edge["source"], edge["target"]):
            edges[source, target, edge["kind"]] = edge
            continue
        known = edges.setdefault(
            (source, target, edge["kind"]), {**edge, "source": source, "target": target, "parts": []}
        )
        known["parts"].append(f"{edge['source']}|{edge['target']}|{edge['kind']}")
        known["origins"] = list(dict.fromkeys([*known["origins"], *edge["origins"]]))
        known["many"] = bool(known.get("many") or edge.get("many"))
    return list(edges.values())


def _folded(identity: str, member_of: dict[str, str], opened: Collection[str]) -> str:
    stack = member_of.get(identity)
    return stack if stack is not None and stack not in opened else identity
