"""The small picture on a workflow's card: the shapes of its graph without text, as one SVG.

It works in light and dark through `light-dark()`, has no ids (many stand on one page), no script, no style
element and no text of the user's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from inspectors.graph.model import Graph, from_json
from inspectors.graph.steps_only import Link, loops_of, step_links

HEIGHT = 84
COLUMNS = 7
_ROWS = 3
_PITCH = 46
"""Pixels from column to column."""

_COLOURS = {
    "line": ("#868FA1", "#727D90"),
    "step": ("#5C6B85", "#8B97AC"),
    "step-fill": ("#FFFFFF", "#1F2531"),
    "event": ("#4A868F", "#4F8790"),
    "event-fill": ("#E6F2F3", "#18303A"),
    "end": ("#2E3B52", "#C9D2E2"),
    "page": ("#FFFFFF", "#12151C"),
    "person": ("#B87800", "#F5BC3C"),
    "person-fill": ("#FFF1CC", "#3D2E0A"),
    "child": ("#8367AB", "#8A72AE"),
    "child-fill": ("#F1ECF8", "#2B2438"),
    "resource": ("#8C8060", "#8C8262"),
    "resource-fill": ("#F3F0E6", "#2B281E"),
}
"""Light and dark, from the tables of look.md."""


@dataclass
class _Item:
    """A shape of the picture. `members` are the node ids it stands for."""

    shape: str
    column: int
    members: list[str] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0


def alternative_text(graph: dict[str, Any]) -> str:
    """What the picture shows in words: "3 steps, pauses for a person, loops"."""
    read = from_json(graph)
    steps = sum(node.kind == "step" for node in read.nodes.values())
    words = [f"{steps} step{'' if steps == 1 else 's'}"]
    if any(node.kind == "external" for node in read.nodes.values()):
        words.append("pauses for a person")
    if any(edge.many for edge in read.edges.values()):
        words.append("fans out")
    if loops_of(step_links(read)):
        words.append("loops")
    if any(edge.kind == "starts" for edge in read.edges.values()):
        words.append("starts a child workflow")
    return ", ".join(words)


def card_picture(graph: dict[str, Any]) -> str:
    """The picture of Graph JSON as SVG source, 84 px high, at most 7 columns."""
    drawing = _Drawing(from_json(graph))
    width = max(1, drawing.columns) * _PITCH
    colours = ";".join(f"--ss-{name}:light-dark({light},{dark})" for name, (light, dark) in _COLOURS.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {HEIGHT}" width="{width}" '
        f'height="{HEIGHT}" aria-label="{escape(alternative_text(graph), quote=True)}" style="{colours}">'
        f"{''.join(drawing.parts())}</svg>"
    )


class _Drawing:
    """Places shapes in columns and draws them over their lines."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.links = _with_persons_on_the_way(graph, step_links(graph))
        self.back = loops_of(self.links)
        self.items: dict[str, _Item] = {}
        """Node id -> its shape; several ids may share one when there are too many rows."""
        self.columns = 0
        self._place(_ranks([link for link in self.links if link[:2] not in self.back]))

    def parts(self) -> list[str]:
        """SVG elements, lines first."""
        shapes = {id(item): item for item in self.items.values()}
        lines: dict[tuple[int, int], str] = {}
        for link in self.links:
            source, target = self.items.get(link.source), self.items.get(link.target)
            if source and target and (id(source), id(target)) not in lines:
                back = link[:2] in self.back
                drawn = "" if source is target and not back else _line(source, target, back)
                lines[id(source), id(target)] = drawn
        users = {edge.source for edge in self.graph.edges.values() if edge.kind == "uses"}
        sheets = [_sheet(item) for item in shapes.values() if users.intersection(item.members)]
        return [*lines.values(), *sheets, *(_shape(item) for item in shapes.values())]

    def _place(self, ranks: dict[str, int]) -> None:
        lonely = [node.id for node in self.graph.nodes.values() if node.kind == "step"]
        for identity in lonely:
            ranks.setdefault(identity, 1)
        last = max(ranks.values(), default=0)
        for identity in ranks:
            if self._role(identity) == "stop":
                ranks[identity] = last
        used = sorted(set(ranks.values()))
        # Of a long row the middle is left out: start and end say most.
        kept = used if len(used) <= COLUMNS else [*used[: COLUMNS - 2], *used[-1:]]
        column_of = {rank: position for position, rank in enumerate(kept)}
        if len(kept) < len(used):
            column_of |= {rank: COLUMNS - 2 for rank in used if rank not in column_of}
            column_of[last] = COLUMNS - 1
        self.columns = len(set(column_of.values()))
        by_column: dict[int, list[str]] = {}
        for identity, rank in ranks.items():
            by_column.setdefault(column_of[rank], []).append(identity)
        middle = 36.0 if self.back else HEIGHT / 2
        for column, members in by_column.items():
            cut = len(kept) < len(used) and column == COLUMNS - 2
            self._stack(column, members, middle, "dots" if cut else "")

    def _stack(self, column: int, members: list[str], middle: float, shape: str) -> None:
        items: list[_Item] = []
        for identity in members:
            kind = shape or self._shape_of(identity)
            shared = next((item for item in items if item.shape == kind and kind in ("stop", "dots")), None)
            if shared or len(items) == _ROWS:
                (shared or items[-1]).members.append(identity)
            else:
                items.append(_Item(kind, column, [identity]))
        gap = 25.0
        for row, item in enumerate(items):
            item.x = column * _PITCH + _PITCH / 2
            item.y = middle + (row - (len(items) - 1) / 2) * gap
            self.items |= dict.fromkeys(item.members, item)

    def _role(self, identity: str) -> str:
        node = self.graph.nodes.get(identity)
        return str(node.more.get("role") or "") if node else ""

    def _shape_of(self, identity: str) -> str:
        role = self._role(identity)
        if role in ("start", "stop"):
            return role
        kind = identity.partition(":")[0]
        if kind == "external":
            return "person"
        edges = self.graph.edges.values()
        if any(edge.kind == "starts" and edge.source == identity for edge in edges):
            return "child"
        many = {edge.target for edge in edges if edge.many and edge.kind in ("returns", "sends")}
        taken = {edge.source for edge in edges if edge.kind == "consumes" and edge.target == identity}
        joins = any(
            edge.kind == "consumes" and edge.target == identity and edge.label.startswith("n → 1") for edge in edges
        )
        return "several" if taken & many and not joins else "step"


def _with_persons_on_the_way(graph: Graph, links: list[Link]) -> list[Link]:
    """A `wait_for_event` seen as a station: step, person, and then where the step leads."""
    leads_on = {link.source for link in links}
    waiting = {
        link.source: link.target
        for link in links
        if link.target.startswith("external:") and _waits_for_person(graph, link.source)
    }
    found = []
    for link in links:
        person = waiting.get(link.source)
        moved = person is not None and link.target != person and person not in leads_on
        found.append(Link(person or "", link.target, link.events) if moved else link)
    return found


def _waits_for_person(graph: Graph, step: str) -> bool:
    return any(edge.kind == "waits" and edge.target == step for edge in graph.edges.values())


def _ranks(links: list[Link]) -> dict[str, int]:
    """The column of each node: one more than the farthest node before it. The links must have no circle."""
    before: dict[str, list[str]] = {}
    order: dict[str, None] = {}
    for link in links:
        order |= dict.fromkeys(link[:2])
        before.setdefault(link.target, []).append(link.source)
    ranks = {identity: 0 for identity in order if identity not in before}
    # As many rounds as the longest way has links; a node's rank never falls.
    for _ in order:
        changed = False
        for target, sources in before.items():
            rank = max((ranks[source] + 1 for source in sources if source in ranks), default=0)
            if ranks.get(target, -1) < rank:
                ranks[target], changed = rank, True
        if not changed:
            break
    return ranks


def _half(item: _Item) -> float:
    return {"start": 7, "stop": 7, "person": 11, "dots": 12}.get(item.shape, 13)


def _line(source: _Item, target: _Item, back: bool) -> str:
    style = "fill:none;stroke:var(--ss-line);stroke-width:1.3"
    if back:
        start, end, low = source.y + 9, target.y + 10, HEIGHT - 6
        path = f"M{source.x + 3:g} {start:g}C{source.x:g} {low:g} {target.x:g} {low:g} {target.x - 3:g} {end:g}"
        tip = f"M{target.x - 3:g} {end - 1:g}l-3 5h6z"
    else:
        left, right = source.x + _half(source), target.x - _half(target)
        bend = (left + right) / 2
        path = f"M{left:g} {source.y:g}C{bend:g} {source.y:g} {bend:g} {target.y:g} {right - 3:g} {target.y:g}"
        tip = f"M{right:g} {target.y:g}l-5 -2.8v5.6z"
    return f'<path d="{path}" style="{style}"/><path d="{tip}" style="fill:var(--ss-line)"/>'


def _shape(item: _Item) -> str:
    x, y = item.x, item.y
    if item.shape == "start":
        triangle = f'<path d="M{x - 2:g} {y - 3.2:g}v6.4l5 -3.2z" style="fill:var(--ss-page)"/>'
        return f'<circle cx="{x:g}" cy="{y:g}" r="7" style="fill:var(--ss-end)"/>{triangle}'
    if item.shape == "stop":
        ring = "fill:var(--ss-page);stroke:var(--ss-end);stroke-width:1.5"
        dot = f'<circle cx="{x:g}" cy="{y:g}" r="4" style="fill:var(--ss-end)"/>'
        return f'<circle cx="{x:g}" cy="{y:g}" r="6.3" style="{ring}"/>{dot}'
    if item.shape == "person":
        return _person(x, y)
    if item.shape == "dots":
        dots = (f'<circle cx="{x + dx:g}" cy="{y:g}" r="1.8" style="fill:var(--ss-line)"/>' for dx in (-7, 0, 7))
        return "".join(dots)
    if item.shape == "child":
        return _box(x + 2.5, y - 2.5, "child", 24, 15) + _box(x - 1, y + 1, "child", 24, 15)
    if item.shape == "several":
        pills = (_box(x, y + dy, "event", 18, 8, 4) for dy in (-11, 0, 11))
        return "".join(pills)
    return _box(x, y, "step", 26, 17)


def _box(x: float, y: float, colour: str, width: float, height: float, radius: float = 4) -> str:
    style = f"fill:var(--ss-{colour}-fill);stroke:var(--ss-{colour});stroke-width:1.5"
    place = f'x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {place} rx="{radius:g}" style="{style}"/>'


def _person(x: float, y: float) -> str:
    hexagon = f"M{x:g} {y - 12:g}l10.5 6v12l-10.5 6l-10.5 -6v-12z"
    style = "fill:var(--ss-person-fill);stroke:var(--ss-person);stroke-width:1.6;stroke-linejoin:round"
    body = f"M{x - 5:g} {y + 6:g}c0 -6.5 10 -6.5 10 0z"
    return (
        f'<path d="{hexagon}" style="{style}"/>'
        f'<circle cx="{x:g}" cy="{y - 3.5:g}" r="2.7" style="fill:var(--ss-person)"/>'
        f'<path d="{body}" style="fill:var(--ss-person)"/>'
    )


def _sheet(item: _Item) -> str:
    """What a step uses: a sheet with a cut corner above it."""
    x, top = item.x, item.y - 34
    if top < 2 or item.shape not in ("step", "child"):
        return ""
    line = "fill:none;stroke:var(--ss-line);stroke-width:1.2;stroke-dasharray:2 2"
    sheet = "fill:var(--ss-resource-fill);stroke:var(--ss-resource);stroke-width:1.3"
    return (
        f'<path d="M{x:g} {top + 14:g}V{item.y - 9:g}" style="{line}"/>'
        f'<path d="M{x - 6:g} {top:g}h8l4 4v9h-12z" style="{sheet}"/>'
    )
