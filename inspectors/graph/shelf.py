"""Graphs that pages show now, so that a browser can ask for another look at one, or for a file, by a short key."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from functools import lru_cache
from typing import Any

from inspectors.graph.layout import Drawing
from inspectors.graph.view import View, draw

MOST = 200
"""Graphs that are kept; one that nobody has asked for the longest goes first."""

_lock = threading.Lock()
_graphs: OrderedDict[str, dict[str, Any]] = OrderedDict()


def keep(graph: dict[str, Any]) -> str:
    """Keep Graph JSON; gives its key, which is the same for the same graph."""
    text = json.dumps(graph, sort_keys=True, default=str)
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    with _lock:
        _graphs[key] = graph
        _graphs.move_to_end(key)
        while len(_graphs) > MOST:
            _graphs.popitem(last=False)
    return key


def kept(key: str) -> dict[str, Any] | None:
    """The graph with this key, or None if no page of this process has shown it lately."""
    with _lock:
        if key in _graphs:
            _graphs.move_to_end(key)
        return _graphs.get(key)


def drawn(key: str, view: View) -> Drawing | None:
    """The drawing of a kept graph, made once for each view; None if the graph isn't kept."""
    return _drawn(key, view) if kept(key) is not None else None


@lru_cache(maxsize=128)
def _drawn(key: str, view: View) -> Drawing | None:
    graph = kept(key)
    return None if graph is None else draw(graph, view)
