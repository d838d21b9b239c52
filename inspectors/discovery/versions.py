"""What a file rests on: the local files it imports, the modules it needs, and a version of all of them."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path

from inspectors.discovery.modules import Module, local_module, read_module
from inspectors.discovery.names import ENGINE_PACKAGES

VERSION_DIGITS = 12


def source_version(file: str | Path) -> str:
    """12 hex digits of a SHA-256 over a file and its local imports, also indirect ones.

    Two versions are equal only if a runner would load the same source. A file that can't be read counts as
    empty.
    """
    module = read_module(file)
    digest = hashlib.sha256()
    for path in sorted({module.path, *(found.path for found in local_imports(module))}):
        name = path.relative_to(module.root) if path.is_relative_to(module.root) else path
        try:
            content = path.read_bytes()
        except OSError:
            content = b""
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:VERSION_DIGITS]


def local_imports(module: Module) -> list[Module]:
    """The files below the root that a file imports, directly or not, also in functions; without itself."""
    found: dict[Path, Module] = {}
    waiting = [module]
    while waiting:
        current = waiting.pop()
        for dotted in sorted(current.imported_modules):
            for path in _files_of(dotted, current):
                if path not in found and path != module.path:
                    found[path] = read_module(path)
                    waiting.append(found[path])
    return list(found.values())


def missing_modules(module: Module) -> dict[str, tuple[int, str]]:
    """Top-level modules that loading a file needs and that aren't installed -> line, and the file that asks.

    Only the import system's finders are asked, for top-level names; nothing is imported.
    """
    missing: dict[str, tuple[int, str]] = {}
    for current in [module, *local_imports(module)]:
        for dotted, line in current.needs.items():
            top = dotted.partition(".")[0]
            if top and top not in missing and not _is_there(top, current, module):
                missing[top] = (line, str(current.path))
    return missing


def _files_of(dotted: str, module: Module) -> list[Path]:
    """The local file of a dotted name, and the `__init__.py` files on the way to it."""
    if any(dotted == package or dotted.startswith(package + ".") for package in ENGINE_PACKAGES):
        return []
    parts = dotted.split(".")
    names = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    paths = [local_module(name, module.root, module.path.parent) for name in names]
    return [path for path in paths if path]


def _is_there(top: str, current: Module, module: Module) -> bool:
    if top in sys.stdlib_module_names or top in sys.modules:
        return True
    for root in (current.root, current.path.parent, module.root):
        if local_module(top, root) or (root / top).is_dir():
            return True
    return _is_installed(top)


@lru_cache
def _is_installed(top: str) -> bool:
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def forget_installed() -> None:
    """Let the next question find what was installed since the last."""
    _is_installed.cache_clear()
    importlib.invalidate_caches()
