"""The colours of graphs in files: text, tint and line of each kind, light and dark, from the tables of the look."""

from __future__ import annotations

from typing import NamedTuple


class Paint(NamedTuple):
    """What a node is drawn in."""

    text: str
    tint: str
    line: str


Palette = dict[str, Paint]

LIGHT: Palette = {
    "page": Paint("#1B2230", "#FFFFFF", "#868FA1"),
    "muted": Paint("#566073", "#F5F6F9", "#D3D8E2"),
    "step": Paint("#1B2230", "#FFFFFF", "#5C6B85"),
    "event": Paint("#1F4E57", "#E6F2F3", "#4A868F"),
    "end": Paint("#FFFFFF", "#2E3B52", "#2E3B52"),
    "person": Paint("#5E3C00", "#FFF1CC", "#B87800"),
    "resource": Paint("#4B4430", "#F3F0E6", "#8C8060"),
    "child": Paint("#4A3566", "#F1ECF8", "#8367AB"),
    "surprise": Paint("#7A1F78", "#F9E6F6", "#8E2A8C"),
    "refused": Paint("#8F3A00", "#FDEADF", "#A84306"),
}
DARK: Palette = {
    "page": Paint("#E8EBF2", "#12151C", "#727D90"),
    "muted": Paint("#A3ACBD", "#1B202A", "#39414F"),
    "step": Paint("#E8EBF2", "#1F2531", "#8B97AC"),
    "event": Paint("#B5DDE2", "#18303A", "#4F8790"),
    "end": Paint("#12151C", "#C9D2E2", "#C9D2E2"),
    "person": Paint("#FFDD94", "#3D2E0A", "#F5BC3C"),
    "resource": Paint("#DAD2BA", "#2B281E", "#8C8262"),
    "child": Paint("#D3C3EC", "#2B2438", "#8A72AE"),
    "surprise": Paint("#F3B9EA", "#43203F", "#EBA0DC"),
    "refused": Paint("#FFAB73", "#45240F", "#DE6A22"),
}
PALETTES = {"light": LIGHT, "dark": DARK}


def shape_of(node: dict[str, object]) -> str:
    """What a node is drawn as: step, event, start, stop, person, resource or child."""
    kind, role = str(node.get("kind")), node.get("role")
    if kind == "event" and role in ("start", "stop"):
        return str(role)
    return {"external": "person", "workflow": "child", "step": "step", "event": "event"}.get(kind, "resource")
