"""A Python file as read by `ast`: its imports, classes and functions. Nothing in it is ever imported."""

from __future__ import annotations

import ast
import importlib.util
import io
import os
import re
import sys
import threading
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from inspectors.discovery.model import Problem

_LEVELS = 4
"""How many folders above a file are asked whether they are its root."""

LARGEST_FILE = 2_000_000
"""Bytes. A file above this is data, not something a person wrote, and would hold up the page."""

_INDENTED_IMPORT = re.compile(r"(^[ \t]+|[:;][ \t]*)(import|from)[ \t]", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False)
class Module:
    """One parsed file. `problem` is set when it could not be read; the indexes are then empty."""

    path: Path
    root: Path
    name: str
    """The dotted name under which a runner imports it."""
    text: str = ""
    tree: ast.Module = field(default_factory=lambda: ast.Module(body=[], type_ignores=[]))
    problem: Problem | None = None
    imports: dict[str, str] = field(default_factory=dict)
    """Local name -> absolute dotted target, also of imports inside functions."""
    stars: list[str] = field(default_factory=list)
    """Modules of `from x import *`."""
    needs: dict[str, int] = field(default_factory=dict)
    """Dotted modules that importing this file imports for certain -> line; not those in a `try`."""
    dots: int = 0
    """The most dots of a relative import that is certain: so many packages must be above the file."""
    imported_modules: set[str] = field(default_factory=set)
    """Every dotted name that an import in the file may mean, also in functions."""
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    """Qualified name -> class, also nested in classes, but not in functions: those can't be imported."""
    functions: dict[str, Function] = field(default_factory=dict)
    assigns: dict[str, ast.expr] = field(default_factory=dict)
    """Module-level name -> the expression it is bound to last."""

    @property
    def package(self) -> str:
        """The dotted package that a relative import in this file counts from."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


_cache: dict[Path, tuple[int, int, Module]] = {}
_cache_lock = threading.Lock()


def module_name(path: str | Path) -> tuple[Path, str]:
    """The root and the dotted name of a file: the root is its first ancestor folder without `__init__.py`.

    The runner imports the file under this very name, so that ids of records and of source agree.
    """
    module = read_module(path)
    return module.root, module.name


def _place(path: Path, imports: Iterable[str] = (), dots: int = 0) -> tuple[Path, str]:
    """Root and dotted name of a file that imports these modules, and relative ones with so many dots.

    A file may import its siblings through their common folder (`from flows.events import Found` or `from .events import
    Found` in `flows/first.py`) though there is no `__init__.py`: that works where the folder above is on Python's path,
    so that is the root then.
    """
    parts = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        parts.insert(0, folder.name)
        folder = folder.parent
    root, name = folder, ".".join(parts) or path.parent.name
    tops = {dotted for dotted in imports if "." in dotted}
    above, names = folder, list(parts)
    for _ in range(_LEVELS if parts and parts != ["__init__"] else 0):
        if above.parent == above or not above.name.isidentifier():
            break
        names.insert(0, above.name)
        if len(parts) <= dots == len(names) - 1:
            return above.parent, ".".join(names)
        for dotted in tops:
            if dotted.partition(".")[0] == above.name and _is_sibling(dotted, above.parent, folder):
                return above.parent, ".".join(names)
        above = above.parent
    return root, name


def _is_sibling(dotted: str, above: Path, root: Path) -> bool:
    """Whether a module is found from a folder further up, and neither from the root nor among what is installed."""
    top = dotted.partition(".")[0]
    if local_module(top, root) or (root / top).is_dir() or top in sys.stdlib_module_names:
        return False
    # Only the finders' answer is asked for; nothing is imported.
    return local_module(dotted, above) is not None and not is_installed(top, above)


def read_module(path: str | Path) -> Module:
    """Parse a file, or take the result of the last time if its time and size are the same. Never raises."""
    path = Path(path).resolve()
    try:
        stat = path.stat()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        return _unreadable(path, None, f"{path.name} can't be read: {why}.")
    if not S_ISREG(stat.st_mode):
        # Reading a named pipe would wait for ever for somebody to write to it.
        return _unreadable(path, None, f"{path.name} is not a regular file, so it is not read.")
    with _cache_lock:
        known = _cache.get(path)
    if known and known[:2] == (stat.st_mtime_ns, stat.st_size):
        return known[2]
    module = _parse(path, stat.st_size)
    with _cache_lock:
        _cache[path] = (stat.st_mtime_ns, stat.st_size, module)
    return module


def local_module(dotted: str, *roots: Path) -> Path | None:
    """The file of a dotted module name below one of the roots, or None. A package is its `__init__.py`."""
    parts = dotted.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for root in roots:
        # As strings: thousands of imports are looked up for a large folder, and paths take three times as long.
        base = os.path.join(root, *parts)
        for file in (os.path.join(base, "__init__.py"), f"{base}.py"):
            if os.path.isfile(file):
                return Path(file)
    return None


@lru_cache
def is_installed(top: str, elsewhere: Path | None = None) -> bool:
    """Whether a top-level module can be found by Python; what is found in the folder `elsewhere` doesn't count."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return False
    if spec is None:
        return False
    places = [*(spec.submodule_search_locations or []), *([spec.origin] if spec.origin else [])]
    return elsewhere is None or not places or not all(Path(place).is_relative_to(elsewhere) for place in places)


def source_lines(module: Module, node: Function | ast.ClassDef) -> tuple[int, int]:
    """First and last line of a definition, from 1, with its decorators."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first, node.end_lineno or node.lineno


def _unreadable(path: Path, line: int | None, sentence: str) -> Module:
    root, name = _place(path)
    problem = Problem(str(path), line, sentence)
    return Module(path, root, name, problem=problem)


def _parse(path: Path, size: int) -> Module:
    nothing = "No workflow could be read from it."
    if size > LARGEST_FILE:
        limit = f"files above {LARGEST_FILE // 1_000_000} MB are not read"
        return _unreadable(path, None, f"{path.name} has {size / 1_000_000:.1f} MB; {limit}. {nothing}")
    try:
        data = path.read_bytes()
        if b"\0" in data:
            return _unreadable(path, None, f"{path.name} holds zero bytes, so it is not Python source. {nothing}")
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        with warnings.catch_warnings():
            # A doubtful escape in the user's string is no concern of whoever browses.
            warnings.simplefilter("ignore")
            tree = ast.parse(text.lstrip("\ufeff"))
        module = Module(path, *_place(path), text=text, tree=tree)
        _Indexer(module).read()
        place = _place(path, module.imported_modules, module.dots)
        if place != (module.root, module.name):
            module = Module(path, *place, text=text, tree=tree)
            _Indexer(module).read()
        return module
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what = f"{path.name} line {line}: this is not {error.encoding} text"
        return _unreadable(path, line, f"{what}. {nothing}")
    except SyntaxError as error:
        where = f"{path.name} line {error.lineno}" if error.lineno else path.name
        return _unreadable(path, error.lineno, f"{where}: {error.msg}. {nothing}")
    except (ValueError, LookupError) as error:
        return _unreadable(path, None, f"{path.name}: {error}. {nothing}")
    except (RecursionError, MemoryError):
        return _unreadable(path, None, f"{path.name} is nested too deeply to be read. {nothing}")
    except OSError as error:
        return _unreadable(path, None, f"{path.name} can't be read: {error.strerror or error}.")


def _blocks(node: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    """The statement lists inside a compound statement, and whether running them is uncertain."""
    if isinstance(node, ast.If):
        # What stands under `if TYPE_CHECKING:` is never loaded.
        yield node.body, isinstance(node.test, (ast.Name, ast.Attribute))
        yield node.orelse, False
    elif isinstance(node, (ast.Try, ast.TryStar)):
        yield node.body, True
        for handler in node.handlers:
            yield handler.body, True
        yield node.orelse, True
        yield node.finalbody, False
    elif isinstance(node, (ast.With, ast.For, ast.While)):
        yield node.body, False


class _Indexer:
    """Fills the indexes of a `Module` from its tree."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def read(self) -> None:
        # Imports in functions first, so that one at module level of the same name wins. Walking every node of
        # every file takes a third of all time, so only where an indented line starts like an import.
        if _INDENTED_IMPORT.search(self.module.text):
            for node in ast.walk(self.module.tree):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    self._import(node)
        self._statements(self.module.tree.body, certain=True)

    def _statements(self, statements: list[ast.stmt], certain: bool) -> None:
        for node in statements:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for dotted in self._import(node):
                    if certain:
                        self.module.dots = max(self.module.dots, getattr(node, "level", 0))
                        self.module.needs.setdefault(dotted, node.lineno)
            elif isinstance(node, ast.ClassDef):
                self._class(node, "")
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.module.functions[node.name] = node
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.module.assigns[target.id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                self.module.assigns[node.target.id] = node.value
            else:
                for block, uncertain in _blocks(node):
                    self._statements(block, certain and not uncertain)

    def _class(self, node: ast.ClassDef, prefix: str) -> None:
        self.module.classes[prefix + node.name] = node
        for child in node.body:
            if isinstance(child, ast.ClassDef):
                self._class(child, f"{prefix}{node.name}.")

    def _import(self, node: ast.Import | ast.ImportFrom) -> list[str]:
        """Note the names an import binds; returns the modules it certainly needs."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.split(".")[0]
                self.module.imports[bound] = alias.name if alias.asname else bound
                self.module.imported_modules.add(alias.name)
            return [alias.name for alias in node.names]
        source = self._from(node)
        self.module.imported_modules.add(source)
        for alias in node.names:
            if alias.name == "*":
                self.module.stars.append(source)
                continue
            target = f"{source}.{alias.name}" if source else alias.name
            self.module.imports[alias.asname or alias.name] = target
            self.module.imported_modules.add(target)
        return [source] if source else []

    def _from(self, node: ast.ImportFrom) -> str:
        """The absolute dotted module of `from ... import`."""
        if not node.level:
            return node.module or ""
        package = self.module.package.split(".") if self.module.package else []
        package = package[: len(package) - (node.level - 1)]
        return ".".join([*package, *([node.module] if node.module else [])])
