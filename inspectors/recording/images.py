"""Pictures among the values of a run: PNG, JPEG, GIF or WebP bytes, PIL images, matplotlib figures.

Kept as {"$image": media type, "bytes": size, "width", "height", "data": base64}; without "data" where there was no room
for it. Libraries are known by the names of their classes: a runner must not import them.
"""

from __future__ import annotations

import base64
import io
import struct
from typing import Any

ROOM = 200_000
"""Characters that must be left before a picture is made from an object: making one takes time."""
_SIDES = (1600, 800, 400)
"""Longest sides that a large PIL image is tried with until it fits."""
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")


def media_type(start: bytes) -> str | None:
    """The media type that the first bytes of a file tell, of the four kinds every browser shows."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "image/webp"
    return None


def image_from_bytes(data: bytes, room: int) -> dict[str, Any] | None:
    """The mark of an image file's bytes; None if they are no image."""
    kind = media_type(data[:12])
    if kind is None:
        return None
    return _mark(kind, data, size_of(kind, data), room)


def size_of(kind: str, data: bytes) -> tuple[int, int] | None:
    """Width and height where the first bytes say them plainly, as in PNG and GIF."""
    if kind == "image/png" and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if kind == "image/gif" and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    return None


def image_from_pil(image: Any, room: int) -> dict[str, Any]:
    """The mark of a PIL image, as PNG; a large one is made smaller until it fits, and its own size is told."""
    size = (int(image.width), int(image.height))
    if room < ROOM:
        return _mark("image/png", None, size, room)
    drawn = image if image.mode in _PNG_MODES else image.convert("RGB")
    for side in (max(size), *_SIDES):
        if side > max(_SIDES[0], 1) and max(size) > 4 * _SIDES[0]:
            continue  # encoding hundreds of megapixels would hold up the run
        if side < max(size):
            drawn = drawn.copy()
            drawn.thumbnail((side, side))
        made = _mark("image/png", _saved(drawn), size, room)
        if "data" in made:
            return made
    return made


def image_from_figure(figure: Any, room: int) -> dict[str, Any]:
    """The mark of a matplotlib figure, drawn as PNG."""
    if room < ROOM:
        return _mark("image/png", None, None, room)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    data = buffer.getvalue()
    return _mark("image/png", data, size_of("image/png", data), room)


def _saved(image: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def _mark(kind: str, data: bytes | None, size: tuple[int, int] | None, room: int) -> dict[str, Any]:
    made: dict[str, Any] = {"$image": kind}
    if data is not None:
        made["bytes"] = len(data)
    if size is not None:
        made["width"], made["height"] = size
    if data is not None and len(data) * 4 // 3 + 4 <= room:
        made["data"] = base64.b64encode(data).decode()
    return made
