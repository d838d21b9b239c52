"""Reading source without the garbage collector: a syntax tree is many objects in no circle.

Each of some thousand new objects makes CPython look through those that are there, in vain: parsing a file of 8,000
lines took 190 ms without and 490 ms with it beside ten more trees (CPython 3.11, `benchmarks/graph.py`).
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_reading = 0
_was_on = False


@contextmanager
def without_collecting() -> Iterator[None]:
    """No garbage collection within, in any thread; on again after the last of those that read at once."""
    global _reading, _was_on
    with _lock:
        if not _reading:
            _was_on = gc.isenabled()
            gc.disable()
        _reading += 1
    try:
        yield
    finally:
        with _lock:
            _reading -= 1
            if not _reading and _was_on:
                gc.enable()
