"""Turning any Python value into bounded, JSON-safe data without secrets.

Marks in the data: {"$cut": first part, "size": characters, "type"} · {"$masked": true} · {"$repr": text, "type"}, with
"size" (characters of the text, or items) where that isn't all there was room for ·
{"$bytes": count} · {"$more": count} at the end of a list · {"$image"} (see images.py) · {"$table"} (see tables.py).
Everything else is what it looks like: a name of a user's own that reads like a mark gets a second "$".
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePath
from typing import Any, NamedTuple
from uuid import UUID

from inspectors.recording.families import family
from inspectors.recording.fields import PROMPT_KEY as PROMPT_KEY
from inspectors.recording.fields import fields_of as fields_of
from inspectors.recording.images import image_from_bytes, image_from_figure, image_from_pil, media_type
from inspectors.recording.tables import table_of

LIMIT = 64_000
"""Characters kept of one event's fields, unless STEPSCOPE_PAYLOAD_LIMIT says another number (`set_limit`)."""
REPR_LIMIT = 500
NAME_LIMIT = 1_000
SLOW_SECONDS = 0.05
"""A class whose repr has twice taken so long is not asked again."""
PROMPT_LIMIT = 2_000_000
"""Characters kept of a prompt's fields: a reviewer must see the whole draft."""
DEPTH = 24
PLAIN_TEXT = (Enum, datetime, date, clock_time, timedelta, UUID, PurePath, Decimal)
"""Types whose text says all that a reader wants."""
ITEMS = 2_000

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = frozenset(
    "password passwd passphrase pwd secret secrets authorization credential credentials apikey bearer".split()
)
_SECRET_PAIRS = frozenset(
    {
        ("api", "key"),
        ("private", "key"),
        ("access", "key"),
        ("secret", "key"),
        ("signing", "key"),
        ("encryption", "key"),
        ("session", "key"),
        ("auth", "key"),
        ("set", "cookie"),
    }
)


@lru_cache(4096)
def is_secret(name: str) -> bool:
    """Whether a field of this name holds a secret, judged by whole words: `api_key` does, `max_tokens` doesn't."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if any(word in _SECRET_WORDS for word in words) or any(pair in _SECRET_PAIRS for pair in pairwise(words)):
        return True
    return bool(words) and words[-1] in ("token", "cookie")


def mask(value: Any) -> Any:
    """JSON data with secrets replaced by {"$masked": true}; nothing else is changed."""
    if isinstance(value, dict):
        return {name: _masked(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [mask(item) for item in value]
    return value


def _masked(name: Any, value: Any) -> Any:
    return {"$masked": True} if isinstance(name, str) and is_secret(name) and value not in (None, "") else mask(value)


def without_secrets(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """JSON values without those of secret-named fields, masked ones among them, and the dotted names left out."""
    left_out: list[str] = []
    return _without(values, "", left_out), left_out


def _without(values: Mapping[str, Any], above: str, left_out: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if value == {"$masked": True} or (is_secret(name) and value not in (None, "")):
            left_out.append(f"{above}{name}")
        else:
            kept[name] = _without_inside(value, f"{above}{name}.", left_out)
    return kept


def _without_inside(value: Any, above: str, left_out: list[str]) -> Any:
    if isinstance(value, Mapping):
        return _without(value, above, left_out)
    if isinstance(value, list):
        return [_without_inside(item, above, left_out) for item in value]
    return value


def mark_of(value: Any) -> str:
    """The mark, such as "$cut", of a mapping that stands for a value that could not be kept; "" for anything else.

    An input is kept as it was given, so a mapping of a user's own may have such a name without being a mark.
    """
    if not isinstance(value, dict):
        return ""
    return next((name for name, fits in _MARKS.items() if name in value and fits(value)), "")


def is_mark(value: Any) -> bool:
    """Whether a value is a mapping that stands for one that could not be kept as it was."""
    return bool(mark_of(value))


def is_more(value: Any) -> bool:
    """Whether this is the last item of a list that was cut."""
    return isinstance(value, dict) and set(value) == {"$more"} and isinstance(value["$more"], int)


def _is_image(value: dict[str, Any]) -> bool:
    numbers = [value.get(name, 0) for name in ("bytes", "width", "height")]
    fits = isinstance(value["$image"], str) and ("width" in value) == ("height" in value)
    return fits and all(isinstance(number, int) for number in numbers)


def _is_table(value: dict[str, Any]) -> bool:
    rows, columns = value["$table"], value.get("columns")
    if not isinstance(rows, list) or not isinstance(columns, list):
        return False
    numbers = [value.get("rows"), value.get("width", 0)]
    fits = all(isinstance(row, list) and len(row) == len(columns) for row in rows)
    fits = fits and all(isinstance(value.get(name), list | None) for name in ("types", "index"))
    return fits and all(isinstance(number, int) for number in numbers)


_MARKS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "$cut": lambda value: isinstance(value["$cut"], str) and isinstance(value.get("size"), int),
    "$masked": lambda value: value == {"$masked": True},
    "$repr": lambda value: isinstance(value["$repr"], str) and isinstance(value.get("type"), str),
    "$bytes": lambda value: isinstance(value["$bytes"], int),
    "$image": _is_image,
    "$table": _is_table,
}
NAMES = frozenset({*_MARKS, "$more"})


_limit = LIMIT
_slow: dict[type, int] = {}


def set_limit(characters: int) -> None:
    """Keep so many characters of each event's fields from now on, in this process."""
    global _limit
    _limit = characters


def configured_limit() -> int:
    """Characters kept of one event's fields in this process."""
    return _limit


def preview(value: Any, limit: int | None = None) -> Any:
    """JSON-safe data for any value: masked, at most about `limit` characters (None: as configured), never raising."""
    return _Preview(_limit if limit is None else limit).of(value, 0)


class Kept(NamedTuple):
    """What is kept of a value."""

    json: Any
    cut: bool
    """Whether anything was left out for want of room."""
    once: bool
    """Whether it holds an iterator: writing it down would use it up, and an endless one would never end."""


def kept_of(value: Any, limit: int | None = None, items: int = ITEMS) -> Kept:
    """The same as `preview`, and what is to be known of it; at most `items` of a list or mapping."""
    made = _Preview(_limit if limit is None else limit, items)
    return Kept(made.of(value, 0), made.cut, made.once)


def preview_of_fields(value: Any, limit: int | None = None, items: int = ITEMS) -> Kept:
    """The same of an event's fields."""
    return kept_of(fields_of(value) or {}, limit, items)


class _Preview:
    """One preview, with what is left of its budget."""

    def __init__(self, limit: int, items: int = ITEMS) -> None:
        self.left = limit
        self.items = items
        self.seen: set[int] = set()
        self.cut = False
        self.once = False

    def of(self, value: Any, depth: int) -> Any:
        if value is None or value is True or value is False:
            self.left -= 4
            return value
        try:
            return self._of(value, depth)
        except KeyboardInterrupt:
            raise
        except BaseException:  # a user's class may raise anything from any of its methods
            return self._repr(value)

    def _of(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int):
            self.left -= 8
            value = int.__int__(value)
            return value if -(2**63) <= value < 2**63 else self._repr(value)
        if isinstance(value, float):
            self.left -= 8
            value = float.__float__(value)
            return value if math.isfinite(value) else {"$repr": repr(value), "type": "float"}
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._bytes(value)
        if isinstance(value, PLAIN_TEXT):
            return self._text(str(value.value if isinstance(value, Enum) else value))
        if id(value) in self.seen:
            return self._repr(value)
        if depth >= DEPTH or self.left <= 0:
            self.cut = True
            return self._repr(value, "size")
        self.seen.add(id(value))
        self.left -= 8
        try:
            return self._container(value, depth)
        finally:
            self.seen.discard(id(value))

    def _container(self, value: Any, depth: int) -> Any:
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._items(value, depth)
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if hasattr(type(value), "__next__"):
            self.once = True
            return self._repr(value)
        known = self._READERS.get(family(value))
        if known is not None:
            return known(self, value, depth)
        fields = fields_of(value)
        if fields is not None:
            return self._mapping(fields, depth)
        return self._repr(value)

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for index, (name, item) in enumerate(value.items()):
            if index >= self.items or self.left <= 0:
                out["$more"] = self._rest(value, index)
                break
            text = name if isinstance(name, str) else str(name)
            text = text if len(text) <= NAME_LIMIT else f"{text[:NAME_LIMIT]}…"
            text = f"${text}" if text in NAMES else text
            self.left -= len(text) + 4
            out[text] = {"$masked": True} if is_secret(text) and item not in (None, "") else self.of(item, depth + 1)
        return out

    def _items(self, value: Any, depth: int) -> list[Any]:
        out: list[Any] = []
        for index, item in enumerate(value):
            if index >= self.items or self.left <= 0:
                out.append({"$more": self._rest(value, index)})
                break
            out.append(self.of(item, depth + 1))
        return out

    def _rest(self, value: Any, shown: int) -> int:
        self.cut = True
        return max(1, len(value) - shown)

    # -- values of libraries that are known by name -------------------------------------------------

    def _bytes(self, value: bytes | bytearray | memoryview) -> dict[str, Any]:
        data = value if isinstance(value, memoryview) else memoryview(value)  # whatever a subclass does with slices
        if data.ndim == 1 and data.contiguous and media_type(bytes(data[:12])):
            if data.nbytes > self.left:
                self.cut = True
                return {**(image_from_bytes(data[:64].tobytes(), 0) or {}), "bytes": data.nbytes}
            made = image_from_bytes(data.tobytes(), self.left)
            if made is not None:
                return self._spent(made)
        return {"$bytes": data.nbytes}

    def _picture(self, value: Any, depth: int) -> dict[str, Any]:
        return self._spent(image_from_pil(value, self.left))

    def _figure(self, value: Any, depth: int) -> dict[str, Any]:
        return self._spent(image_from_figure(value, self.left))

    def _spent(self, image: dict[str, Any]) -> dict[str, Any]:
        self.left -= len(image.get("data", "")) + 60
        self.cut = self.cut or "data" not in image
        return image

    def _table(self, value: Any, depth: int) -> dict[str, Any]:
        def of(column: str, cell: Any) -> Any:
            secret = is_secret(column) and cell not in (None, "")
            return {"$masked": True} if secret else self.of(cell, depth + 1)

        made = table_of(value, of, lambda rows: rows < self.items and self.left > 0)
        self.cut = self.cut or len(made["$table"]) < made["rows"] or "width" in made
        return made

    def _scalar(self, value: Any, depth: int) -> Any:
        plain = value.item()
        return self._repr(value) if family(plain) else self.of(plain, depth + 1)

    def _array(self, value: Any, depth: int) -> Any:
        """A small array as a list; of a large one its shape."""
        if value.ndim == 0:
            return self.of(value.item(), depth + 1)
        most = self.items if self.items == ITEMS else min(self.items, max(self.left, 0) // 8)
        if value.size <= most:
            return self._items(value.tolist(), depth)
        if value.ndim == 1:
            self.cut = True
            return [*self._items(value[:most].tolist(), depth), {"$more": int(value.size) - most}]
        self.cut = True
        return {"$repr": f"array of {' × '.join(str(side) for side in value.shape)} {value.dtype}", "type": "ndarray"}

    def _node(self, value: Any, depth: int) -> dict[str, Any]:
        """A retrieved node as a reader wants it: without its embedding and its links to other nodes."""
        node = value.node
        fields = {"score": value.score, "text": node.get_content(), "metadata": node.metadata, "node_id": node.node_id}
        return self._mapping(fields, depth)

    _READERS = {  # noqa: RUF012 - a constant: how each family is read
        "frame": _table,
        "series": _table,
        "scalar": _scalar,
        "array": _array,
        "picture": _picture,
        "figure": _figure,
        "node": _node,
    }

    def _text(self, value: str) -> Any:
        value = str.__str__(value)  # a subclass may have methods of its own
        left = max(self.left, 200)
        self.left -= min(len(value), left)
        if len(value) <= left:
            return value
        self.cut = True
        return {"$cut": value[:left], "size": len(value), "type": "str"}

    def _repr(self, value: Any, *of_items: str) -> dict[str, Any]:
        """A bounded repr; a huge container's own repr is never asked for, since it alone could take seconds."""
        made: dict[str, Any] = {"$repr": "", "type": "object"}
        try:
            name = made["type"] = str(type(value).__qualname__)[:REPR_LIMIT]
            length = _length(value)
            text = f"{name} of {length}" if length is not None else _repr_of(value, name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a user's __repr__, __len__ or metaclass
            text, length = f"{made['type']} whose repr raised {type(error).__name__}", None
        self.left -= min(len(text), REPR_LIMIT)
        made["$repr"] = text[:REPR_LIMIT]
        if length is not None:
            made.update(dict.fromkeys(of_items, length))
        elif len(text) > REPR_LIMIT:
            made["size"] = len(text)
        return made


def _length(value: Any) -> int | None:
    return len(value) if hasattr(value, "__len__") and not isinstance(value, (str, type)) else None


def _repr_of(value: Any, name: str) -> str:
    kind = type(value)
    if _slow.get(kind, 0) > 1:
        return f"{name} whose repr takes long"
    began = time.perf_counter()
    try:
        return repr(value)
    finally:
        if time.perf_counter() - began > SLOW_SECONDS:
            _slow[kind] = _slow.get(kind, 0) + 1
