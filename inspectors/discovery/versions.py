"""What a file rests on: the local files it imports, the modules it needs, and a version of all of them."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from inspectors.discovery.environment import environment_file
from inspectors.discovery.modules import Module, is_installed, local_module, read_module
from inspectors.discovery.names import ENGINE_PACKAGES

VERSION_DIGITS = 12
_PACKAGES = {"site-packages", "dist-packages"}

_elsewhere = False

LookedUp = dict[Module, list[Module]]
"""The local files that each file imports directly, as found during one look at many files."""


def source_version(file: str | Path, targets: Sequence[str] = ()) -> str:
    """12 hex digits of a SHA-256 over a file, its local imports, also indirect ones, and the `.env` for it.

    Two versions are equal only if a runner would load the same source with the same variables. A file that can't be
    read counts as empty. `targets` says how far up a `.env` is looked for (see `environment_places`).
    """
    module = read_module(file)
    digest = hashlib.sha256()
    variables = environment_file(module.path, targets)
    sources = {module.path, *(found.path for found in local_imports(module))}
    for path in [*sorted(sources), *([variables] if variables else [])]:
        name = path.relative_to(module.root) if path.is_relative_to(module.root) else path
        try:
            content = path.read_bytes()
        except OSError:
            content = b""
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:VERSION_DIGITS]


def local_imports(module: Module, looked_up: LookedUp | None = None) -> list[Module]:
    """The files below the root that a file imports, directly or not, also in functions; without itself.

    Whoever asks for many files hands the same `looked_up` on, so that a file they share is looked at once.
    """
    if not _PACKAGES.isdisjoint(module.path.parts):
        return []  # What is installed doesn't change while it is shown, and a large package imports hundreds of files.
    looked_up = {} if looked_up is None else looked_up
    found: dict[Path, Module] = {}
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if current not in looked_up:
            paths = [path for dotted in sorted(current.imported_modules) for path in _files_of(dotted, current)]
            looked_up[current] = [read_module(path) for path in dict.fromkeys(paths)]
        for imported in looked_up[current]:
            if imported.path not in found and imported.path != module.path:
                found[imported.path] = imported
                waiting.append(imported)
    return list(found.values())


def missing_modules(module: Module) -> dict[str, tuple[int, str]]:
    """Modules that loading a file needs and that aren't installed -> line, and the file that asks.

    Named as far as needed to know what to install: `pandas`, `llama_index.llms.openai`. Only the import system's
    finders are asked, for top-level names; nothing is imported. Nothing is said of another interpreter's modules.
    """
    if _elsewhere:
        return {}
    missing: dict[str, tuple[int, str]] = {}
    for current in [module, *local_imports(module)]:
        for dotted, line in current.needs.items():
            lacking = _missing_part(dotted, current, module)
            if lacking:
                missing.setdefault(lacking, (line, str(current.path)))
    return missing


def _files_of(dotted: str, module: Module) -> list[Path]:
    """The local file of a dotted name, and the `__init__.py` files on the way to it."""
    if any(dotted == package or dotted.startswith(package + ".") for package in ENGINE_PACKAGES):
        return []
    parts = dotted.split(".")
    names = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    paths = [local_module(name, module.root, module.path.parent) for name in names]
    return [path for path in paths if path]


def _missing_part(dotted: str, current: Module, module: Module) -> str:
    """The part of a dotted name that isn't there; "" if all of it is."""
    top = dotted.partition(".")[0]
    if not top or top in sys.stdlib_module_names:
        return ""
    for root in (current.root, current.path.parent, module.root):
        if local_module(top, root) or (root / top).is_dir():
            return ""
    return _lacks(dotted)


@lru_cache
def _lacks(dotted: str) -> str:
    """The top level of a name if it isn't installed, the whole name if a namespace lacks it; "" if it may be there.

    Several distributions share a namespace package such as `llama_index`, so that its top level says nothing. It is
    followed through folders; a part that isn't such a package is taken to have what is asked of it.
    """
    top, *rest = dotted.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return "" if top in sys.modules else top
    if spec is None:
        return top
    if spec.origin is not None:
        return ""
    places = [Path(place) for place in spec.submodule_search_locations or []]
    for part in rest:
        here = [place / part for place in places]
        if any((place / "__init__.py").is_file() for place in here):
            return ""
        if any(place.parent.is_dir() and any(place.parent.glob(f"{part}.*")) for place in here):
            return ""
        places = [place for place in here if place.is_dir()]
        if not places:
            return dotted
    return ""


def runs_elsewhere(elsewhere: bool) -> None:
    """Say whether another interpreter runs the targets: what it has installed can't be told from here."""
    global _elsewhere
    _elsewhere = elsewhere


def forget_installed() -> None:
    """Let the next question find what was installed since the last."""
    is_installed.cache_clear()
    _lacks.cache_clear()
    importlib.invalidate_caches()
