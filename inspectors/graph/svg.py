"""A drawing as SVG: the same shapes, lines and words as on the page, without script, link or foreign font."""

from __future__ import annotations

from html import escape
from math import atan2, degrees
from typing import Any

from inspectors.graph.colours import PALETTES, Paint, Palette, shape_of
from inspectors.graph.layout import Drawing
from inspectors.graph.letters import text_width
from inspectors.graph.sizes import EVENT, NAME, SECOND, STACK, TAG_BELOW

FONT = "'Source Sans 3','Source Sans Pro','Source Sans',Helvetica,Arial,sans-serif"
MARGIN = 16
NEVER = "1.5 4.5"
"""The dashes of an edge that no run has taken."""
_PERSON = ("asks", "answers", "prompts", "waits")


def svg_source(drawing: Drawing, *, theme: str = "light", title: str = "", background: bool = True) -> str:
    """SVG source of a drawing; `theme` is light or dark. Raises ValueError for another theme."""
    if theme not in PALETTES:
        raise ValueError(f"theme must be light or dark, not {theme!r}")
    colours = PALETTES[theme]
    width, height = drawing["width"] + 2 * MARGIN, drawing["height"] + 2 * MARGIN
    frames = [node for node in drawing["nodes"] if node.get("open")]
    nodes = [node for node in drawing["nodes"] if not node.get("open")]
    parts = [_frame(node, colours) for node in frames]
    parts += [_edge(edge, colours) for edge in drawing["edges"]]
    parts += [_edge_label(edge, colours) for edge in drawing["edges"] if "label_at" in edge]
    parts += [_node(node, colours) for node in nodes]
    ground = f'<rect width="{_n(width)}" height="{_n(height)}" fill="{colours["page"].tint}"/>' if background else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" font-family="{FONT}">'
        f"<title>{_safe(title or 'Workflow graph')}</title>{ground}"
        f'<g transform="translate({MARGIN} {MARGIN})">{"".join(parts)}</g></svg>\n'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _safe(text: str) -> str:
    """Text for XML, without the letters that XML 1.0 has no way to write."""
    return escape("".join(letter if letter.isprintable() else " " for letter in text), quote=True)


def _text(words: str, x: float, y: float, size: float, weight: int, colour: str) -> str:
    # With its length given, another font than the one measured with stays within its shape, too.
    length = text_width(words, size) * (1 if weight >= 600 else 0.985)
    fit = f' textLength="{_n(length)}" lengthAdjust="spacingAndGlyphs"' if words.strip() else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="middle"{fit}>{_safe(words)}</text>'
    )


def _node(node: dict[str, Any], colours: Palette) -> str:
    shape = shape_of(node)
    paint = colours["end"] if shape in ("start", "stop") else colours[shape]
    x, y, width, height = node["x"], node["y"], node["width"], node["height"]
    left, top = x - width / 2, y - height / 2
    parts = [_outline(node, shape, paint, colours, (left, top, width, height)), _figure(shape, left, y, paint)]
    parts += _words(node, shape, paint, colours)
    at = x - (sum(text_width(tag, SECOND) + 16 for tag in node.get("tags") or []) - 4) / 2
    for tag in node.get("tags") or []:
        wide = text_width(tag, SECOND) + 12
        parts.append(
            f'<rect x="{_n(at)}" y="{_n(top + height + TAG_BELOW - 17)}" width="{_n(wide)}" height="16" rx="4" '
            f'fill="{colours["page"].tint}" stroke="{colours["muted"].line}"/>'
        )
        parts.append(_text(tag, at + wide / 2, top + height + TAG_BELOW - 5, SECOND, 400, colours["muted"].text))
        at += wide + 4
    return f'<g data-node="{_safe(str(node["id"]))}"><title>{_safe(str(node["name"]))}</title>{"".join(parts)}</g>'


def _outline(
    node: dict[str, Any], shape: str, paint: Paint, colours: Palette, box: tuple[float, float, float, float]
) -> str:
    left, top, width, height = box
    round_end = height / 2
    if shape == "person":
        corner = 14
        points = [
            (left + corner, top), (left + width - corner, top), (left + width, top + height / 2),
            (left + width - corner, top + height), (left + corner, top + height), (left, top + height / 2),
        ]  # fmt: skip
        return _polygon(points, paint)
    if shape == "resource":
        cut = 10
        points = [
            (left, top), (left + width - cut, top), (left + width, top + cut),
            (left + width, top + height), (left, top + height),
        ]  # fmt: skip
        return _polygon(points, paint)
    if shape == "start":
        return _rect(box, round_end, paint.tint, "none")
    if shape == "stop":
        ring = _rect((left - 3, top - 3, width + 6, height + 6), round_end + 3, "none", paint.line, 1.4)
        return ring + _rect(box, round_end, paint.tint, "none")
    behind = ""
    if shape == "child" or node.get("members"):
        behind = _rect((left + STACK - 1, top - STACK + 1, width, height), 8, colours["page"].tint, paint.line, 1.3)
    dots = ' stroke-dasharray="1 3" stroke-linecap="round"' if node.get("streamed_only") else ""
    radius = round_end if shape == "event" else 8
    return behind + _rect(box, radius, paint.tint, paint.line, 1.5, dots)


def _rect(
    box: tuple[float, float, float, float], radius: float, fill: str, stroke: str, width: float = 1.5, more: str = ""
) -> str:
    left, top, wide, high = box
    line = "" if stroke == "none" else f' stroke="{stroke}" stroke-width="{width}"'
    return (
        f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(wide)}" height="{_n(high)}" rx="{_n(radius)}" '
        f'fill="{fill}"{line}{more}/>'
    )


def _polygon(points: list[tuple[float, float]], paint: Paint) -> str:
    ends = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    look = f'fill="{paint.tint}" stroke="{paint.line}" stroke-width="1.5" stroke-linejoin="round"'
    return f'<polygon points="{ends}" {look}/>'


def _figure(shape: str, left: float, y: float, paint: Paint) -> str:
    if shape == "start":
        return f'<path d="M{_n(left + 14)} {_n(y - 5)}v10l8-5z" fill="{paint.text}"/>'
    if shape == "stop":
        return f'<rect x="{_n(left + 13)}" y="{_n(y - 4)}" width="8" height="8" fill="{paint.text}"/>'
    if shape == "person":
        head = f'<circle cx="{_n(left + 25)}" cy="{_n(y - 5)}" r="4.4"/>'
        body = f'<path d="M{_n(left + 16)} {_n(y + 9)}c.8-5.400 4.600-7.700 9-7.700s8.200 2.300 9 7.700z"/>'
        return f'<g fill="{paint.line}">{head}{body}</g>'
    return ""


def _words(node: dict[str, Any], shape: str, paint: Paint, colours: Palette) -> list[str]:
    main = shape in ("step", "child")
    second = str(node.get("second") or "") if main else ""
    up = 6 if node.get("tags") else 0
    x = node["x"] + {"start": 8, "stop": 8, "person": 15}.get(shape, 0)
    y = node["y"] - up + (-4 if second else 4.8 if main else 4.3)
    weight = 500 if shape == "event" else 600
    found = [_text(node["label"], x, y, NAME if main else EVENT, weight, paint.text)]
    if second:
        found.append(_text(second, x, node["y"] - up + 14, SECOND, 400, colours["muted"].text))
    return found


def _frame(node: dict[str, Any], colours: Palette) -> str:
    paint = colours["child"]
    left, top = node["x"] - node["width"] / 2, node["y"] - node["height"] / 2
    box = _rect((left, top, node["width"], node["height"]), 10, paint.tint, paint.line, 1.3)
    return box + _text(node["label"], node["x"], top + 21, NAME, 600, paint.text)


def line_look(edge: dict[str, Any], colours: Palette) -> tuple[str, float, str, str]:
    """How an edge looks: colour, width, dashes, and the colour of its label."""
    origins = edge.get("origins", [])
    muted = colours["muted"].text
    if edge.get("refused"):
        return colours["refused"].line, 2.2, "7 4", colours["refused"].text
    if "observed" in origins and not {"declared", "inferred"}.intersection(origins):
        return colours["surprise"].line, 2.4, "7 3 1.5 3", colours["surprise"].text
    dashes = NEVER if edge.get("never") else "" if "declared" in origins else "7 4"
    if edge["kind"] in _PERSON[:2]:
        return colours["person"].line, 2.2, dashes, colours["person"].text
    return colours["page"].line, 1.6, dashes, muted


def _edge(edge: dict[str, Any], colours: Palette) -> str:
    colour, width, dashes, _ = line_look(edge, colours)
    points = edge["points"]
    path = f"M{_n(points[0][0])} {_n(points[0][1])}"
    for start in range(1, len(points) - 2, 3):
        path += "C" + " ".join(f"{_n(x)} {_n(y)}" for x, y in points[start : start + 3])
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    x, y = points[-1]
    before = next((one for one in reversed(points) if one != points[-1]), points[0])
    turn = degrees(atan2(y - before[1], x - before[0]))
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'
        f'<path d="M1 0L-8-4v8z" transform="translate({_n(x)} {_n(y)}) rotate({_n(turn)})" fill="{colour}"/>'
    )


def _edge_label(edge: dict[str, Any], colours: Palette) -> str:
    (x, y), width = edge["label_at"], edge["label_width"]
    ground = _rect((x - width / 2, y - 9, width, 18), 4, colours["page"].tint, "none")
    return ground + _text(edge["label"], x, y + 4, SECOND, 500, line_look(edge, colours)[3])
