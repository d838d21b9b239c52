"""The small picture on a workflow's card: the shapes of its graph without text, as one SVG.

It works in light and dark through `light-dark()`, has no ids (many stand on one page), no script, no style
element and no text of the user's.
"""

from __future__ import annotations

from html import escape
from typing import Any

from inspectors.graph.model import Graph, from_json
from inspectors.graph.picture_shapes import HEIGHT, Shape, draw, draw_back, draw_line, draw_sheet, draw_tail
from inspectors.graph.steps_only import Link, loops_of, step_links

COLUMNS = 7
_ROWS = 3
_PITCH, _ROW = 46, 25
"""Pixels from column to column, and from row to row."""

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
        self.tails = _tails(self.links, self.back)
        self.onward = [link for link in self.links if link[:2] not in self.back and link.target not in self.tails]
        self.shapes: dict[str, Shape] = {}
        """Node id -> its shape; several ids may share one when there are too many rows."""
        self.bends: dict[tuple[str, str], list[Shape]] = {}
        """Where a link passes columns on its way."""
        self.middle = 34.0 if self.back else HEIGHT / 2
        column_of = self._columns()
        self.columns = len(set(column_of.values()))
        for column in range(self.columns):
            self._fill(column, column_of)
        self._hang_tails()

    def parts(self) -> list[str]:
        """SVG elements, lines first."""
        drawn: dict[str, None] = {}
        for link in self.onward:
            source, target = self.shapes[link.source], self.shapes[link.target]
            if source is not target:
                drawn[draw_line([source, *self.bends.get(link[:2], []), target])] = None
        for source_id, target_id in self.back:
            if source_id in self.shapes and target_id in self.shapes and source_id not in self.tails:
                drawn[draw_back(self.shapes[source_id], self.shapes[target_id])] = None
        for tail, (source_id, target_id) in self.tails.items():
            drawn[draw_tail(self.shapes[source_id], self.shapes[tail], self.shapes[target_id])] = None
        unique = list({id(shape): shape for shape in self.shapes.values()}.values())
        users = {edge.source for edge in self.graph.edges.values() if edge.kind == "uses"}
        sheets = [draw_sheet(shape) for shape in unique if users.intersection(shape.members)]
        return [*drawn, *sheets, *(draw(shape) for shape in unique)]

    def _columns(self) -> dict[str, int]:
        ranks = _ranks(self.onward)
        for node in self.graph.nodes.values():
            if node.kind == "step" and node.id not in self.tails:
                ranks.setdefault(node.id, 1)
        last = max(ranks.values(), default=0)
        for identity in ranks:
            if self._role(identity) == "stop":
                ranks[identity] = last
        used = sorted(set(ranks.values()))
        if len(used) <= COLUMNS:
            return {identity: used.index(rank) for identity, rank in ranks.items()}
        # Of a long row the middle is left out: start and end say most.
        cut = COLUMNS - 2
        return {
            identity: COLUMNS - 1 if rank == last else min(used.index(rank), cut) for identity, rank in ranks.items()
        }

    def _fill(self, column: int, column_of: dict[str, int]) -> None:
        """Stack the shapes of a column and the lines that pass it, each near what leads to it."""
        entries: list[tuple[float, Shape, tuple[str, str] | None]] = []
        by_kind: dict[str, Shape] = {}
        folded = max(column_of.values()) == COLUMNS - 1 and column == COLUMNS - 2
        for identity, place in column_of.items():
            if place == column:
                kind = "dots" if folded else self._kind_of(identity)
                if kind in by_kind:
                    by_kind[kind].members.append(identity)
                    continue
                shape = Shape(kind, column, [identity])
                if kind in ("stop", "dots"):
                    by_kind[kind] = shape
                entries.append((self._height(identity), shape, None))
        for link in self.onward:
            if column_of[link.source] < column < column_of[link.target] and not folded:
                ways = self.bends.get(link[:2])
                height = ways[-1].y if ways else self.shapes[link.source].y
                entries.append((height, Shape("bend", column), link[:2]))
        entries.sort(key=lambda entry: entry[0])
        self._stack(entries)

    def _stack(self, entries: list[tuple[float, Shape, tuple[str, str] | None]]) -> None:
        nodes = [shape for _, shape, way in entries if way is None]
        for extra in nodes[_ROWS:]:
            nodes[_ROWS - 1].members += extra.members
        kept = [(shape, way) for _, shape, way in entries if way or shape in nodes[:_ROWS]]
        while len(kept) > _ROWS and any(way for _, way in kept):
            kept.remove(next(entry for entry in reversed(kept) if entry[1]))
        if len(kept) > 1:
            for shape in nodes:
                # Three pills need the height of the picture for themselves.
                shape.kind = "step" if shape.kind == "several" else shape.kind
        pitch = _ROW - 3 if self.back else _ROW
        for row, (shape, way) in enumerate(kept):
            shape.x = shape.column * _PITCH + _PITCH / 2
            shape.y = self.middle + (row - (len(kept) - 1) / 2) * pitch
            if way:
                self.bends.setdefault(way, []).append(shape)
            self.shapes |= dict.fromkeys(shape.members, shape)

    def _height(self, identity: str) -> float:
        """How high what leads to a node stands, on average."""
        heights = [
            ways[-1].y if (ways := self.bends.get(link[:2])) else self.shapes[link.source].y
            for link in self.onward
            if link.target == identity and link.source in self.shapes
        ]
        return sum(heights) / len(heights) if heights else self.middle

    def _hang_tails(self) -> None:
        for tail, (source, target) in list(self.tails.items()):
            if source in self.shapes and target in self.shapes:
                shape = Shape(self._kind_of(tail), 0, [tail])
                shape.x = (self.shapes[source].x + self.shapes[target].x) / 2
                shape.y = self.middle + 36
                self.shapes[tail] = shape
            else:
                del self.tails[tail]

    def _role(self, identity: str) -> str:
        node = self.graph.nodes.get(identity)
        return str(node.more.get("role") or "") if node else ""

    def _kind_of(self, identity: str) -> str:
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


def _tails(links: list[Link], back: set[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Steps on the way back of a loop: reached from one other, they only lead back to another before that."""
    found: dict[str, tuple[str, str]] = {}
    for identity in {link.source for link in links if link[:2] in back}:
        sources = [link.source for link in links if link.target == identity]
        targets = [link.target for link in links if link.source == identity]
        alone = len(sources) == len(targets) == 1 and sources[0] != targets[0]
        if alone and identity not in (*sources, *targets) and (identity, targets[0]) in back:
            found[identity] = (sources[0], targets[0])
    # Two in a row are no tail: the second would hang on one that hangs itself.
    return {} if len(found) > 1 else found


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
