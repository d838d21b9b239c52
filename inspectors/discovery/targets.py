"""What a person points at, as Python files: files, folders and the names of packages."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from inspectors.discovery.model import Problem
from inspectors.discovery.modules import local_module

SKIPPED = {
    "__pycache__", "node_modules", "site-packages", "dist-packages", "venv", "env", "virtualenv", "build",
    "dist",
}  # fmt: skip
"""Folders without source of the person's own. Hidden ones and those with a `pyvenv.cfg` are skipped too."""


def files_of(target: str | Path) -> tuple[list[Path], Problem | None]:
    """The Python files of a target, sorted, or why there are none.

    A target is a file, a folder (with all below it), or the dotted name of a package or module that is
    found from the current folder or is installed; it is looked up, never imported.
    """
    path = Path(target).expanduser()
    if path.is_file():
        if path.suffix == ".py":
            return [path.resolve()], None
        sentence = f"{target} is not a Python file. Only files that end in .py are read."
        return [], Problem(str(path.resolve()), None, sentence)
    if path.is_dir():
        return _walk(path.resolve()), None
    package = _package(str(target))
    if package is None:
        return [], Problem(str(target), None, f"{target} does not exist.")
    return (_walk(package.parent) if package.name == "__init__.py" else [package]), None


def _walk(folder: Path) -> list[Path]:
    found: list[Path] = []
    for current, folders, files in os.walk(folder):
        base = Path(current)
        folders[:] = sorted(name for name in folders if not _is_skipped(base / name))
        found += [base / name for name in files if name.endswith(".py") and not name.startswith(".")]
    return sorted(path.resolve() for path in found)


def _is_skipped(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in SKIPPED or (folder / "pyvenv.cfg").is_file()


def _package(dotted: str) -> Path | None:
    if not all(part.isidentifier() for part in dotted.split(".")):
        return None
    here = local_module(dotted, Path.cwd())
    if here:
        return here
    top, *rest = dotted.split(".")
    try:
        # Only of the first part: finding `a.b` would import `a`.
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    origin = Path(spec.origin)
    if not rest:
        return origin
    return local_module(".".join(rest), origin.parent) if origin.name == "__init__.py" else None
