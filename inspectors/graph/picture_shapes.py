"""The shapes and lines of a card picture as SVG elements: no ids, no text, colours by variable."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

HEIGHT = 84


@dataclass
class Shape:
    """One shape of a picture: start, stop, step, several, person, child, dots or bend (of a line)."""

    kind: str
    column: int
    members: list[str] = field(default_factory=list)
    """The ids of the nodes it stands for."""
    x: float = 0.0
    y: float = 0.0


_PILLS = (-11.0, 0.0, 11.0)
"""Where the three pills of a step that runs several times stand, from its middle."""


def draw_line(way: list[Shape]) -> str:
    """A line from the first shape to the last through the bends between, one per pill at a fanned end."""
    first, *bends, last = way
    return "".join(
        _curve([(first.x + _half(first), first.y + out), *((bend.x, bend.y) for bend in bends)], last, into)
        for out in (_PILLS if first.kind == "several" else (0.0,))
        for into in (_PILLS if last.kind == "several" else (0.0,))
    )


def draw_back(source: Shape, target: Shape) -> str:
    """The arc of a loop, under everything."""
    start, end, low = source.y + 9, target.y + 10, HEIGHT - 2
    left, right = target.x - 3, source.x + 3
    path = f"M{right:g} {start:g}C{right:g} {low:g} {left:g} {low:g} {left:g} {end + 4:g}"
    return _stroke(path) + _tip(f"M{left:g} {end:g}l-2.8 5h5.6z")


def draw_tail(source: Shape, tail: Shape, target: Shape) -> str:
    """A loop with a step on its way back: down to the step under the row, and up again."""
    top, side = target.y + 10, 13.0
    out = f"M{source.x:g} {source.y + 9:g}Q{source.x:g} {tail.y:g} {tail.x + side + 4:g} {tail.y:g}"
    into = f"M{tail.x - side:g} {tail.y:g}Q{target.x:g} {tail.y:g} {target.x:g} {top + 4:g}"
    arrows = f"M{tail.x + side:g} {tail.y:g}l5 -2.8v5.6z", f"M{target.x:g} {top:g}l-2.8 5h5.6z"
    return _stroke(out) + _tip(arrows[0]) + _stroke(into) + _tip(arrows[1])


def draw(shape: Shape) -> str:
    """The elements of a shape; nothing for the bend of a line."""
    x, y = shape.x, shape.y
    if shape.kind == "start":
        triangle = f'<path d="M{x - 2:g} {y - 3.2:g}v6.4l5 -3.2z" style="fill:var(--ss-page)"/>'
        return f'<circle cx="{x:g}" cy="{y:g}" r="7" style="fill:var(--ss-end)"/>{triangle}'
    if shape.kind == "stop":
        ring = "fill:var(--ss-page);stroke:var(--ss-end);stroke-width:1.5"
        dot = f'<circle cx="{x:g}" cy="{y:g}" r="4" style="fill:var(--ss-end)"/>'
        return f'<circle cx="{x:g}" cy="{y:g}" r="6.3" style="{ring}"/>{dot}'
    if shape.kind == "person":
        return _person(x, y)
    if shape.kind == "dots":
        dots = (f'<circle cx="{x + dx:g}" cy="{y:g}" r="1.8" style="fill:var(--ss-line)"/>' for dx in (-7, 0, 7))
        return "".join(dots)
    if shape.kind == "child":
        return _box(x + 2.5, y - 2.5, "child", 24, 15) + _box(x - 1, y + 1, "child", 24, 15)
    if shape.kind == "several":
        return "".join(_box(x, y + place, "event", 18, 8) for place in _PILLS)
    if shape.kind == "bend":
        return ""
    return _box(x, y, "step", 26, 17)


def _half(shape: Shape) -> float:
    return {"start": 7.0, "stop": 7.0, "person": 11.0, "dots": 12.0, "several": 9.0, "bend": 0.0}.get(shape.kind, 13.0)


def _curve(points: list[tuple[float, float]], last: Shape, into: float) -> str:
    right, y = last.x - _half(last), last.y + into
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for (ax, ay), (bx, by) in pairwise([*points, (right - 4, y)]):
        bend = (ax + bx) / 2
        path += f"C{bend:g} {ay:g} {bend:g} {by:g} {bx:g} {by:g}"
    return _stroke(path) + _tip(f"M{right:g} {y:g}l-5 -2.8v5.6z")


def _stroke(path: str) -> str:
    return f'<path d="{path}" style="fill:none;stroke:var(--ss-line);stroke-width:1.3"/>'


def _tip(path: str) -> str:
    return f'<path d="{path}" style="fill:var(--ss-line)"/>'


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


def draw_sheet(shape: Shape) -> str:
    """What a step uses: a sheet with a cut corner above it."""
    x, top = shape.x, shape.y - 34
    if top < 2 or shape.kind not in ("step", "child"):
        return ""
    line = "fill:none;stroke:var(--ss-line);stroke-width:1.2;stroke-dasharray:2 2"
    sheet = "fill:var(--ss-resource-fill);stroke:var(--ss-resource);stroke-width:1.3"
    return (
        f'<path d="M{x:g} {top + 14:g}V{shape.y - 9:g}" style="{line}"/>'
        f'<path d="M{x - 6:g} {top:g}h8l4 4v9h-12z" style="{sheet}"/>'
    )
