"""Events whose records were cut, kept whole while their process lives: the newest, within bounds."""

from __future__ import annotations

import sys
import threading
import weakref
from collections import OrderedDict
from typing import Any

from inspectors.recording.families import family
from inspectors.recording.values import fields_of

MOST = 200
ROOM = 64_000_000
"""Bytes that kept events may hold together, as far as a quick look can tell."""
MOST_WEAK = 2_000
SAMPLE = 50


class _Kept:
    __slots__ = ("ref", "size", "strong")

    def __init__(self, event: Any, size: int) -> None:
        self.ref = weakref.ref(event)
        self.strong: Any = event
        self.size = size


class WholeValues:
    """Events by run and key. An event pushed out is still found as long as somebody else holds it."""

    def __init__(self, most: int = MOST, room: int = ROOM) -> None:
        self._most, self._room = most, room
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._weak: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def keep(self, run_id: str, key: str, event: Any) -> None:
        """Keep an event; the oldest ones make room for it. Never raises."""
        try:
            kept = _Kept(event, rough_size(event))
        except TypeError:  # a class without weak references
            return
        with self._lock:
            self._forget((run_id, key))
            self._kept[run_id, key] = kept
            self._size += kept.size
            while self._kept and (len(self._kept) > self._most or self._size > self._room):
                name, oldest = self._kept.popitem(last=False)
                self._size -= oldest.size
                oldest.strong = None
                self._weak[name] = oldest
            while len(self._weak) > MOST_WEAK:
                self._weak.popitem(last=False)

    def hold_nothing(self) -> None:
        """Keep no event alive from now on: nobody can ask this process for one."""
        with self._lock:
            self._most = 0

    def _forget(self, name: tuple[str, str]) -> None:
        before = self._kept.pop(name, None)
        self._size -= before.size if before is not None else 0
        self._weak.pop(name, None)

    def get(self, run_id: str, key: str) -> Any:
        """The event, or None if it was let go or never kept."""
        with self._lock:
            found = self._kept.get((run_id, key)) or self._weak.get((run_id, key))
            return found.ref() if found is not None else None


def rough_size(value: Any, depth: int = 0) -> int:
    """About how many bytes a value holds, told from a few items of each container. Never raises."""
    try:
        return _rough_size(value, depth)
    except Exception:  # a user's class may raise anything
        return 1_000


def _rough_size(value: Any, depth: int) -> int:
    if isinstance(value, (str, bytes, bytearray, int, float, bool, type(None))):
        return sys.getsizeof(value)
    if depth > 6:
        return 1_000
    if isinstance(value, dict):
        items = [*zip(range(SAMPLE), value.items(), strict=False)]
        sizes = [rough_size(name, depth + 1) + rough_size(item, depth + 1) for _, (name, item) in items]
        return sys.getsizeof(value) + _scaled(sizes, len(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        sizes = [rough_size(item, depth + 1) for _, item in zip(range(SAMPLE), value, strict=False)]
        return sys.getsizeof(value) + _scaled(sizes, len(value))
    kind = family(value)
    if kind == "frame":
        return int(value.memory_usage().sum()) * 2
    if kind in ("series", "array"):
        return int(value.nbytes) * 2
    fields = fields_of(value) or getattr(value, "__dict__", None)
    return rough_size(fields, depth + 1) if isinstance(fields, dict) else 1_000


def _scaled(sizes: list[int], count: int) -> int:
    return sum(sizes) * count // len(sizes) if sizes else 0


WHOLE = WholeValues()
"""This process's."""
