"""What a person points at, as Python files: files, folders and the names of packages."""

from __future__ import annotations

import importlib.metadata
import os
import re
from difflib import get_close_matches
from pathlib import Path

from inspectors.discovery.model import Problem
from inspectors.discovery.modules import LARGEST_FILE, local_module, spec_of
from inspectors.runner.cells import SUFFIXES

SKIPPED = {
    "__pycache__", "node_modules", "site-packages", "dist-packages", "venv", "env", "virtualenv", "build",
    "dist",
}  # fmt: skip
"""Folders without source of the person's own. Hidden ones and those with a `pyvenv.cfg` are skipped too."""


_WORKFLOW_CLASS = re.compile(rb"(?:^|\"|\\n)[ \t]*class \w+\([^)\n]*(?:Workflow|Agent)", re.MULTILINE)
"""In Markdown at the start of a line, in a notebook's JSON at the start of a string or behind a line's end."""


_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

MOST_FILES = 20_000
"""Files of one target that are looked at: a folder with more is a disk, not a project."""


def files_of(target: str | Path) -> tuple[list[Path], list[Problem]]:
    """The Python files of a target, sorted, and what could not be looked at, or why there are none.

    A target is a file, a folder (with all below it), or the dotted name of a package or module that is
    found from the current folder or is installed; it is looked up, never imported. Never raises.
    """
    try:
        return _files_of(target)
    except (OSError, ValueError, RuntimeError) as error:
        # A name that is too long or holds a zero byte, a user that doesn't exist, a folder that may not be entered.
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return [], [Problem(str(target), None, f"{_shown(target)} can't be looked at: {why.rstrip('.')}.")]


def _files_of(target: str | Path) -> tuple[list[Path], list[Problem]]:
    path = Path(target).expanduser()
    if path.is_file():
        if path.suffix in (".py", *SUFFIXES):
            return [path.resolve()], []
        sentence = f"{target} is not a Python file. Only files that end in .py, .ipynb or .md are read."
        return [], [Problem(str(path.resolve()), None, sentence)]
    if path.is_dir():
        return _walk(path.resolve())
    if path.exists():
        return [], [Problem(str(path), None, f"{target} is neither a file nor a folder, so nothing is read from it.")]
    package = _package(str(target))
    if package is None:
        found = _distribution(str(target))
        return (found, []) if found else ([], [Problem(str(target), None, _missing(target, path))])
    if package.is_dir():
        return _walk(package)
    return _walk(package.parent) if package.name == "__init__.py" else ([package], [])


def _missing(target: str | Path, path: Path) -> str:
    """Why nothing was found under a name, and what may have been meant."""
    if any(sign in str(target) for sign in "*?["):
        return f"No file matches {_shown(target)}."
    if path.is_symlink():
        return f"{target} is a link to {path.readlink()}, which does not exist."
    parent = path.parent
    if not parent.is_dir():
        return f"{_shown(target)} does not exist."
    near = get_close_matches(path.name, [entry.name for entry in parent.iterdir()], n=1, cutoff=0.7)
    return f"{_shown(target)} does not exist." + (f" Was {parent / near[0]} meant?" if near else "")


def _shown(target: str | Path) -> str:
    """A target in a sentence: no control characters, and no more of it than a line holds."""
    text = "".join(sign if sign.isprintable() else "�" for sign in str(target))
    return text if len(text) <= 300 else f"{text[:300]}…"


def _walk(folder: Path) -> tuple[list[Path], list[Problem]]:
    """All Python files below a folder. Links to folders are not followed: they may lead round in a circle, or away."""
    found: list[Path] = []
    problems: list[Problem] = []

    def refused(error: OSError) -> None:
        where = str(error.filename)
        problems.append(Problem(where, None, f"The folder {where} can't be read: {error.strerror}."))

    for current, folders, files in os.walk(folder, onerror=refused):
        base = Path(current)
        folders[:] = sorted(name for name in folders if not _is_skipped(base / name))
        found += [base / name for name in files if name.endswith(".py") and not name.startswith(".")]
        others = [base / name for name in files if name.endswith(SUFFIXES) and not name.startswith(".")]
        found += [path for path in others if _has_workflow(path)]
        if len(found) > MOST_FILES:
            sentence = (
                f"{folder} has more than {MOST_FILES:,} Python files; the rest is not read. Name a smaller folder."
            )
            problems.append(Problem(str(folder), None, sentence))
            del found[MOST_FILES:]
            break
    resolved: dict[Path, None] = {}
    for path in found:
        if not path.is_symlink():
            resolved[path] = None
            continue
        try:
            resolved[path.resolve(strict=True)] = None
        except (OSError, RuntimeError):  # 3.13 raises OSError for a circle, earlier ones RuntimeError
            problems.append(Problem(str(path), None, f"{path.name} is a link that leads to no file."))
    return sorted(resolved), problems


def _has_workflow(path: Path) -> bool:
    """Whether a notebook or Markdown file of a folder is worth reading: most hold words only."""
    try:
        return path.stat().st_size <= LARGEST_FILE and _WORKFLOW_CLASS.search(path.read_bytes()) is not None
    except OSError:
        return False


def _is_skipped(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in SKIPPED:
        return True
    try:
        return (folder / "pyvenv.cfg").is_file()
    except OSError:  # it may not be entered; the walk says so
        return False


def _distribution(name: str) -> list[Path]:
    """The Python files of an installed distribution such as `llama-index-core`; none if there is none of that name."""
    if not _DISTRIBUTION.fullmatch(name):
        return []
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    found = {Path(str(file.locate())).resolve() for file in files if file.suffix == ".py"}
    return sorted(path for path in found if path.is_file())[:MOST_FILES]


def _package(dotted: str) -> Path | None:
    if not all(part.isidentifier() for part in dotted.split(".")):
        return None
    here = local_module(dotted, Path.cwd())
    if here:
        return here
    top, *rest = dotted.split(".")
    spec = spec_of(top)
    if spec is None:
        return None
    if not spec.origin:  # several distributions share it, as they do `llama_index`: it is a folder without a file
        for place in spec.submodule_search_locations or []:
            folder = Path(place).joinpath(*rest)
            inner = local_module(".".join(rest), Path(place)) if rest else None
            if inner or folder.is_dir():
                return inner or folder
        return None
    if not spec.origin.endswith(".py"):
        return None
    origin = Path(spec.origin)
    if not rest:
        return origin
    return local_module(".".join(rest), origin.parent) if origin.name == "__init__.py" else None
