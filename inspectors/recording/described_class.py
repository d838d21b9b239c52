"""What a program says of the class of a run: where it is from, and its graph, as runs from the browser keep it."""

from __future__ import annotations

import inspect
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from workflows import Workflow

from inspectors.graph.declared import declared_graph

_LIBRARIES = tuple({Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib")})


@dataclass(frozen=True)
class DescribedClass:
    """A workflow class as its runs' rows name it."""

    name: str
    module: str
    file: str
    """Absolute; "" for a class of a library, of a notebook or typed in."""
    version: str
    """Of the file and its local imports; "" without a file."""
    graph: dict[str, Any] | None


_described: WeakKeyDictionary[type[Workflow], DescribedClass] = WeakKeyDictionary()
_files: WeakKeyDictionary[type[Workflow], str] = WeakKeyDictionary()


def source_file(cls: type[Workflow]) -> str:
    """The file that a person wrote the class in, absolute; "" if there is none, or it belongs to a library."""
    if cls not in _files:
        _files[cls] = _source_file(cls)
    return _files[cls]


def _source_file(cls: type[Workflow]) -> str:
    try:
        found = inspect.getsourcefile(cls)
    except (TypeError, OSError):  # a class typed into an interpreter
        return ""
    if not found:
        return ""
    path = Path(found).resolve()
    if not path.is_file() or {"site-packages", "dist-packages"} & set(path.parts):
        return ""
    return "" if any(path.is_relative_to(folder) for folder in _LIBRARIES) else str(path)


def described(cls: type[Workflow]) -> DescribedClass:
    """What is said of a class; read from its source the first time, which takes some tens of milliseconds."""
    if cls not in _described:
        _described[cls] = _describe(cls)
    return _described[cls]


def _describe(cls: type[Workflow]) -> DescribedClass:
    file = source_file(cls)
    if file:
        from inspectors.discovery import discover, source_version  # they take a while to import

        source = next((one for one in discover([file]).workflows if one.name == cls.__qualname__), None)
        if source is not None:
            return DescribedClass(cls.__qualname__, source.module, file, source_version(file), source.graph)
    return DescribedClass(cls.__qualname__, cls.__module__, file, "", _declared(cls))


def _declared(cls: type[Workflow]) -> dict[str, Any] | None:
    try:
        return declared_graph(cls)
    except Exception:  # annotations that name what is not there; the run is worth more than its picture
        return None
