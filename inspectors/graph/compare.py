"""What has changed between two graphs of one workflow: nodes and edges that came, went or became different."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from inspectors.graph.words import one_line

NODE_FACTS = ("role", "signature", "num_workers", "retries", "timeout", "streamed_only", "fields")
"""What of a node counts as a change. Where it stands, its docstring and its source don't."""
EDGE_FACTS = ("origins", "label", "many", "refused")
_LONGEST = 120


@dataclass(frozen=True)
class Change:
    """One fact that differs, before and after, in words."""

    fact: str
    before: str
    after: str


@dataclass
class Difference:
    """What has changed in one workflow; all lists in the order of the graphs."""

    name: str
    state: str = "changed"
    """added | removed | changed"""
    added_nodes: list[str] = field(default_factory=list)
    removed_nodes: list[str] = field(default_factory=list)
    changed_nodes: list[tuple[str, list[Change]]] = field(default_factory=list)
    added_edges: list[str] = field(default_factory=list)
    removed_edges: list[str] = field(default_factory=list)
    changed_edges: list[tuple[str, list[Change]]] = field(default_factory=list)

    def __bool__(self) -> bool:
        parts = (self.added_nodes, self.removed_nodes, self.changed_nodes)
        return self.state != "changed" or any((*parts, self.added_edges, self.removed_edges, self.changed_edges))


def compare(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Difference]:
    """The workflows that differ between two lists of Graph JSON; they are matched by module and name."""
    old = {_key(graph): graph for graph in before}
    new = {_key(graph): graph for graph in after}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        if key not in old:
            found.append(Difference(new[key]["name"], "added"))
        elif key not in new:
            found.append(Difference(old[key]["name"], "removed"))
        elif difference := _difference(old[key], new[key]):
            found.append(difference)
    return found


def _key(graph: dict[str, Any]) -> tuple[str, str]:
    return str(graph.get("module") or ""), str(graph.get("name") or "")


def _difference(before: dict[str, Any], after: dict[str, Any]) -> Difference:
    found = Difference(str(after.get("name")))
    old = {node["id"]: node for node in before["nodes"]}
    new = {node["id"]: node for node in after["nodes"]}
    found.added_nodes = [_node(new[identity]) for identity in new if identity not in old]
    found.removed_nodes = [_node(old[identity]) for identity in old if identity not in new]
    for identity in new:
        if identity in old and (changes := _changes(old[identity], new[identity], NODE_FACTS)):
            found.changed_nodes.append((_node(new[identity]), changes))
    names = {identity: str(node.get("name") or identity) for identity, node in {**old, **new}.items()}
    old_edges, new_edges = ({_edge_key(edge): edge for edge in graph["edges"]} for graph in (before, after))
    found.added_edges = [_edge(edge, names) for key, edge in new_edges.items() if key not in old_edges]
    found.removed_edges = [_edge(edge, names) for key, edge in old_edges.items() if key not in new_edges]
    for key, edge in new_edges.items():
        if key in old_edges and (changes := _changes(old_edges[key], edge, EDGE_FACTS)):
            found.changed_edges.append((_edge(edge, names), changes))
    return found


def _edge_key(edge: dict[str, Any]) -> tuple[str, str, str]:
    return edge["source"], edge["target"], edge["kind"]


def _changes(before: dict[str, Any], after: dict[str, Any], facts: tuple[str, ...]) -> list[Change]:
    found = []
    for fact in facts:
        old, new = _words(before.get(fact)), _words(after.get(fact))
        if old != new:
            found.append(Change(fact.replace("_", " "), old, new))
    return found


def _words(value: Any) -> str:
    """A fact in words; nothing, none, no and an empty list are all nothing."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = [f"{field.get('name')}: {field.get('type')}" for field in value]
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    return one_line(value, _LONGEST) if value else ""


def _node(node: dict[str, Any]) -> str:
    return f"{node.get('kind')} {one_line(node.get('name') or node['id'], _LONGEST)}"


def _edge(edge: dict[str, Any], names: dict[str, str]) -> str:
    ends = [one_line(names.get(edge[end], edge[end]), _LONGEST) for end in ("source", "target")]
    return f"{ends[0]} → {ends[1]} ({edge['kind']})"


def as_text(differences: list[Difference]) -> str:
    """The differences for a terminal: + came, - went, ~ changed."""
    if not differences:
        return "No workflow has changed."
    lines = []
    for found in differences:
        lines.append(f"{found.name}: {found.state}" if found.state != "changed" else f"{found.name}")
        lines += [f"  {sign} {words}" for sign, words in _listed(found)]
    return "\n".join(lines)


def as_markdown(differences: list[Difference]) -> str:
    """The differences for a pull request. All that comes from code stands in backticks: none of it is Markdown."""
    if not differences:
        return "No workflow has changed."
    lines = ["### Changes of the flow", ""]
    for found in differences:
        state = "" if found.state == "changed" else f" was {found.state}"
        lines += [f"**{_code(found.name)}**{state}", ""]
        words = {"+": "added", "-": "removed", "~": "changed"}
        listed = [f"- {words[sign]} {_code(said)}" for sign, said in _listed(found)]
        lines += [*listed, ""] if listed else []
    return "\n".join(lines).rstrip()


def _listed(found: Difference) -> list[tuple[str, str]]:
    lines = [("+", words) for words in found.added_nodes] + [("-", words) for words in found.removed_nodes]
    lines += [("~", f"{words}: {_said(changes)}") for words, changes in found.changed_nodes]
    lines += [("+", words) for words in found.added_edges] + [("-", words) for words in found.removed_edges]
    return lines + [("~", f"{words}: {_said(changes)}") for words, changes in found.changed_edges]


def _said(changes: list[Change]) -> str:
    return "; ".join(f"{one.fact} {one.before or 'nothing'} → {one.after or 'nothing'}" for one in changes)


def _code(text: str) -> str:
    """Text as code in Markdown, with more backticks around it than are in it."""
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
