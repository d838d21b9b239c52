"""Which of many files can hold a workflow, told by a glance at their bytes: parsing all of a project takes seconds.

A workflow class names the engine, or a base class of another file that does, directly or over more files. A file that
is no Python is worth reading too: reading it says what is wrong with it. In a large project that is only said of files
that could hold a workflow or hand on what one is made of: Python's own parser takes 6 µs a line (2,000 files: 1.6 s of
2.7), and templates or code of old versions, which it refuses, are no concern of whoever looks for workflows there.
"""

from __future__ import annotations

import os
import re
import symtable
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import TypeVar

from inspectors.discovery.modules import LARGEST_FILE

_TELLING = re.compile(rb"(?i:workflow)|llama_|Agent\b|@[\w.]*step\b|catch_error")
_DERIVED = re.compile(rb"^[ \t]*class[ \t]+\w+[ \t]*[\[(]", re.MULTILINE)
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([^\n(]*(?:\\\n[^\n(]*)*(?:\([^)]*\))?)", re.MULTILINE)
_MAKES = re.compile(rb"^[A-Za-z]\w*[ \t]*(?::[^=\n]+)?=[ \t]*[\w.]+\(|^def[ \t][^\n]*->", re.MULTILINE)
_WORD = re.compile(rb"\w+")
FEW = 500
"""Files. Of so many each is looked at whether it is Python; of more only those in which a workflow could be."""


@dataclass(frozen=True)
class _Glance:
    """What the bytes of one file tell."""

    telling: bool
    """There may be a workflow in it."""
    derives: bool
    hands_on: bool
    """It imports something of the engine, which others may import from it."""
    imports: frozenset[str]


_Stamp = tuple[int, int]
_T = TypeVar("_T")
_glances: dict[str, tuple[_Stamp, _Glance]] = {}
_is_python: dict[str, tuple[_Stamp, bool]] = {}
_cache_lock = threading.Lock()
_READ_IT = _Glance(True, True, True, frozenset())


def worth_reading(paths: Iterable[Path]) -> list[Path]:
    """Those of the files in which there may be a workflow or an error worth saying, in their order. Never raises."""
    with warnings.catch_warnings():
        # A doubtful escape in the user's string is no concern of whoever browses.
        warnings.simplefilter("ignore")
        glances = {path: _glance(path) for path in paths}
        few = len(glances) <= FEW
        broken = {
            path
            for path, one in glances.items()
            if not one.telling and (few or one.derives or one.hands_on) and not _parses(path)
        }
    chosen = {path for path, one in glances.items() if one.telling} | broken
    handing_on = {path for path, one in glances.items() if one.telling or one.hands_on} | broken
    known = {_imported_as(path) for path in handing_on}
    waiting = {path for path, one in glances.items() if path not in handing_on and one.imports}
    while found := {path for path in waiting if glances[path].imports & known}:
        waiting -= found
        chosen |= {path for path in found if glances[path].derives}
        known |= {_imported_as(path) for path in found}
    return [path for path in glances if path in chosen]


def _imported_as(path: Path) -> str:
    """The last part of the name under which other files import a file."""
    return path.parent.name if path.name == "__init__.py" else path.stem


def _kept(cache: dict[str, tuple[_Stamp, _T]], path: Path, read: Callable[[os.stat_result], _T], else_: _T) -> _T:
    """What `read` tells of a file, asked again only once its time or size is another; `else_` if it can't be told."""
    name = str(path)
    try:
        stat = os.stat(name)
        stamp = stat.st_mtime_ns, stat.st_size
        known = cache.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        found = read(stat)
    except (OSError, ValueError):
        return else_
    with _cache_lock:
        cache[name] = stamp, found
    return found


def _glance(path: Path) -> _Glance:
    def read(stat: os.stat_result) -> _Glance:
        if path.suffix == ".py" and stat.st_size <= LARGEST_FILE and S_ISREG(stat.st_mode):
            return _told_by(_bytes(path))
        return _READ_IT

    return _kept(_glances, path, read, _READ_IT)


def _told_by(data: bytes) -> _Glance:
    derives = _DERIVED.search(data) is not None
    if derives and _TELLING.search(data):
        return _READ_IT
    imported = b"\n".join(_IMPORT.findall(data))
    hands_on = _TELLING.search(imported) is not None
    if hands_on and _MAKES.search(data):
        return _READ_IT
    words = frozenset(word.decode("utf-8", "replace") for word in _WORD.findall(imported))
    return _Glance(False, derives, hands_on, words)


def _parses(path: Path) -> bool:
    """Whether Python's own parser takes a file; a symbol table takes half as long as a tree of Python objects."""

    def read(_: os.stat_result) -> bool:
        data = _bytes(path)
        try:
            symtable.symtable(data, "", "exec")  # type: ignore[arg-type]  # bytes too, as compile() does
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        return True

    return _kept(_is_python, path, read, False)


def _bytes(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read()
