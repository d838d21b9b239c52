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
from functools import cached_property, lru_cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from stat import S_ISREG

from inspectors.discovery.collecting import without_collecting
from inspectors.discovery.model import Problem
from inspectors.runner.cells import SUFFIXES, python_of

_LEVELS = 4
"""How many folders above a file are asked whether they are its root."""

LARGEST_FILE = 2_000_000
"""Bytes. A file above this is data, not something a person wrote, and would hold up the page."""

_INNER_CLASS = re.compile(r"^[ \t]+class[ \t]", re.MULTILINE)
_IMPORT = re.compile(r"import[ \t(\\]")

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
    """Qualified name -> class, also nested in classes, and in functions: those have `<locals>` in their name."""
    around: dict[str, Function] = field(default_factory=dict)
    """Qualified name -> function that has a class in it."""
    functions: dict[str, Function] = field(default_factory=dict)
    left_out: list[Problem] = field(default_factory=list)
    """Blocks of a notebook or of Markdown that are no Python."""
    assigns: dict[str, ast.expr] = field(default_factory=dict)
    """Module-level name -> the expression it is bound to last."""

    @cached_property
    def lines(self) -> list[str]:
        """The text in lines, as Python counts them: a form feed or a separator in a string ends none."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @cached_property
    def class_values(self) -> dict[str, dict[str, ast.expr]]:
        """Qualified name of a class -> what names are set to in its body."""
        return {
            name: {
                target.id: statement.value
                for statement in node.body
                if isinstance(statement, ast.Assign)
                for target in statement.targets
                if isinstance(target, ast.Name)
            }
            for name, node in self.classes.items()
        }

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
    parts = [] if path.name == "__init__.py" else [_stem(path)]
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


def _stem(path: Path) -> str:
    """The name of a file as a module: of notebooks and Markdown, whose names need not be Python's, made one."""
    if path.suffix not in SUFFIXES or path.stem.isidentifier():
        return path.stem
    return re.sub(r"\W", "_", f"_{path.stem}" if path.stem[:1].isdigit() else path.stem)


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
    with without_collecting():
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


_NOT_READ = {
    "pydantic", "pydantic_core", "pydantic_settings", "typing_extensions", "numpy", "pandas", "torch", "workflows",
    "fastapi", "starlette", "httpx", "aiohttp", "requests", "openai", "anthropic", "nltk", "tiktoken",
}  # fmt: skip
"""Packages that surely define no workflow: following a class of theirs would only take time."""
_WORKFLOW_WORDS = re.compile(rb"workflow", re.IGNORECASE)


@lru_cache(maxsize=500)
def installed_module(dotted: str) -> Module | None:
    """The module of an installed package that has to do with workflows, parsed; None for any other.

    Found through the import system's finders, asked for top-level names only: nothing is imported.
    """
    top, *rest = dotted.split(".")
    if top in _NOT_READ or top in sys.stdlib_module_names or not all(part.isidentifier() for part in (top, *rest)):
        return None
    spec = spec_of(top)
    if spec is None:
        return None
    places = [Path(place) for place in spec.submodule_search_locations or []]
    path = Path(spec.origin) if spec.origin and not rest else local_module(".".join(rest), *places) if rest else None
    if path is None or path.suffix != ".py":
        return None
    try:
        if not _WORKFLOW_WORDS.search(path.read_bytes()):
            return None
    except OSError:
        return None
    found = read_module(path)
    if found.problem:
        return None
    module = Module(path, path.parents[len(rest)], dotted, text=found.text, tree=found.tree)
    _Indexer(module).read()
    return module


def spec_of(top: str) -> ModuleSpec | None:
    """Where Python would find a top-level module; None if nowhere. Finding `a.b` would import `a`: ask for `a` only."""
    try:
        return importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None


def parameters_of(function: Function | ast.Lambda) -> list[ast.arg]:
    """The named parameters of a function, without `*args` and `**kwargs`."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def is_of_a_library(module: Module) -> bool:
    """Whether a file belongs to an installed package."""
    return "site-packages" in module.path.parts or "dist-packages" in module.path.parts


@lru_cache
def is_installed(top: str, elsewhere: Path | None = None) -> bool:
    """Whether a top-level module can be found by Python; what is found in the folder `elsewhere` doesn't count."""
    spec = spec_of(top)
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
        left_out: list[Problem] = []
        if path.suffix in SUFFIXES:
            cells = python_of(path.name, data.decode("utf-8-sig"))
            text = cells.text
            for line, why in cells.left_out:
                sentence = f"{path.name} line {line} of its code: {why}. The block is left out."
                left_out.append(Problem(str(path), line, sentence))
        else:
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
        module.left_out = left_out
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


def statements_of(holder: ast.AST) -> Iterator[ast.stmt]:
    """All statements of a function, but not those of functions and classes in it."""
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        for node in getattr(holder, part, ()):
            if isinstance(node, ast.stmt):
                yield node
            if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from statements_of(node)


def is_inside_a_function(qualname: str) -> bool:
    """Whether a class of this qualified name can't be imported."""
    return "<locals>" in qualname


def is_seen_from(qualname: str, scope: str) -> bool:
    """Whether the code of a scope can know a class: not one that another function defines."""
    around = qualname.rpartition(".<locals>")[0]
    return not around or around in functions_around(scope)


def functions_around(scope: str) -> Iterator[str]:
    """The qualified names of the functions in which a scope is, the nearest first."""
    while ".<locals>" in scope:
        scope = scope.rpartition(".<locals>")[0]
        yield scope


def _has_inner_import(text: str) -> bool:
    """Whether an import may stand in a function or another block: indented, or behind something else."""
    for found in _IMPORT.finditer(text):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if line[:1] in (" ", "\t") or ":" in line or ";" in line:
            return True
    return False


class _Indexer:
    """Fills the indexes of a `Module` from its tree."""

    def __init__(self, module: Module) -> None:
        self.module = module
        # Functions are looked into only where a class may be in one.
        self.looks_inside = _INNER_CLASS.search(module.text) is not None

    def read(self) -> None:
        # Imports in functions first, so that one at module level of the same name wins. Walking every node of
        # every file takes a third of all time, so only where an import doesn't stand at the start of a line.
        if _has_inner_import(self.module.text):
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
                self._inside(node, node.name)
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
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._inside(child, f"{prefix}{node.name}.{child.name}")

    def _inside(self, function: Function, name: str) -> None:
        """The classes that a function defines, also in functions in it."""
        for node in statements_of(function) if self.looks_inside else ():
            if isinstance(node, ast.ClassDef):
                self.module.around[name] = function
                self._class(node, f"{name}.<locals>.")
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._inside(node, f"{name}.<locals>.{node.name}")

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
