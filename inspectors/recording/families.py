"""What a value is by the names of its classes, for libraries that a runner must not import."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_KNOWN = {
    ("pandas", "DataFrame"): "frame",
    ("pandas", "Series"): "series",
    ("pandas", "NAType"): "missing",
    ("pandas", "NaTType"): "missing",
    ("numpy", "generic"): "scalar",
    ("numpy", "ndarray"): "array",
    ("PIL", "Image"): "picture",
    ("matplotlib", "Figure"): "figure",
    ("llama_index", "NodeWithScore"): "node",
}


@lru_cache(maxsize=2_048)
def _family(kind: Any) -> str:
    for ancestor in kind.__mro__:
        known = _KNOWN.get((ancestor.__module__.partition(".")[0], ancestor.__name__))
        if known:
            return known
    return ""


def family(value: Any) -> str:
    """`frame`, `series`, `missing`, `scalar`, `array`, `picture`, `figure`, `node`, or "" for anything else."""
    try:
        kind: Any = type(value)
        return _family(kind)
    except Exception:  # a metaclass of a user's may refuse to be hashed or named
        return ""
