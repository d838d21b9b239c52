"""Jupyter notebooks and Markdown as Python: imports, classes, functions and constants of their code, nothing else.

Used where source is read and in a runner, so that both see the same module. Lines that are left out stay as empty
ones; in Markdown each line keeps its number, in a notebook lines count through its code cells.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass, field

SUFFIXES = (".ipynb", ".md", ".markdown")
"""Files other than Python's own that hold Python."""

_FENCE = re.compile(r"^( {0,3}|\t| {4,})(`{3,}|~{3,})\s*\{?\.?([A-Za-z0-9_+-]*)")
_PYTHON = {"python", "py", "python3", "ipython", "ipython3"}
_MAGIC = re.compile(r"^\s*(?:[%!?]|.*\?\s*$)")
_RUNS_ANYWAY = {"time", "timeit", "capture", "prun"}
"""Cell magics after which the cell is Python all the same."""


@dataclass
class Cells:
    """The Python of a file."""

    text: str
    left_out: list[tuple[int, str]] = field(default_factory=list)
    """Line and reason of each block that is no Python and was left out."""


def python_of(name: str, data: str) -> Cells:
    """The Python in the text of a notebook or a Markdown file. Raises ValueError with a sentence for a bad notebook."""
    return _notebook(name, data) if name.endswith(".ipynb") else _markdown(data)


def _notebook(name: str, data: str) -> Cells:
    try:
        cells = json.loads(data)["cells"]
        codes = [cell["source"] for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{name} is not a Jupyter notebook: it has no list of cells") from None
    lines: list[str] = []
    found = Cells("")
    for code in codes:
        text = "".join(code) if isinstance(code, list) else str(code)
        first = len(lines)
        lines += _kept(_without_magic(text.splitlines()), first, found)
        lines.append("")
    found.text = "\n".join(lines)
    return found


def _markdown(data: str) -> Cells:
    lines = data.splitlines()
    out = [""] * len(lines)
    found = Cells("")
    start, fence, indent = -1, "", 0
    for number, line in enumerate(lines):
        opening = _FENCE.match(line)
        if start < 0 and opening:
            fence = opening.group(2)
            indent = len(opening.group(1))
            is_python = opening.group(3).lower() in _PYTHON
            start = number + 1 if is_python else -2
        elif start < -1 or start >= 0:
            closing = line.strip()
            if closing.startswith(fence) and not closing.strip(fence[0]):
                if start >= 0:
                    block = [one[indent:] if not one[:indent].strip() else one for one in lines[start:number]]
                    out[start:number] = _kept(_without_magic(block), start, found)
                start = -1
    found.text = "\n".join(out)
    return found


def _without_magic(lines: list[str]) -> list[str]:
    """A cell without what only IPython understands."""
    if lines and lines[0].startswith("%%") and lines[0][2:].split(maxsplit=1)[:1] not in [[m] for m in _RUNS_ANYWAY]:
        return [""] * len(lines)
    # A magic in an indented block would leave it empty: `pass` keeps it whole.
    return [
        line[: len(line) - len(line.lstrip())] + "pass" if _MAGIC.match(line) and line.strip()[:1] in "%!?" else line
        for line in lines
    ]


def _kept(lines: list[str], first: int, found: Cells) -> list[str]:
    """Only the statements that define something; a block that is no Python is left out as a whole."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = first + (getattr(error, "lineno", None) or 1)
        found.left_out.append((line, getattr(error, "msg", None) or str(error)))
        return [""] * len(lines)
    out = [""] * len(lines)
    for node in tree.body:
        if defines(node):
            begin = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))])
            end = node.end_lineno or node.lineno
            out[begin - 1 : end] = lines[begin - 1 : end]
            # `import a; run()` on one line: the rest of the line goes.
            if any(
                other is not node and other.lineno <= end and (other.end_lineno or 0) >= begin for other in tree.body
            ):
                out[begin - 1 : end] = [ast.unparse(node).replace("\n", " ")] + [""] * (end - begin)
    return out


_RUNS = (
    ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.Subscript, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp,
)  # fmt: skip
"""Expressions that may run anything, or need what a cell that doesn't run would have made."""


def defines(node: ast.stmt) -> bool:
    """Whether a statement of a cell only defines: an import, a class, a function, a constant without any call."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return True
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        plain = all(isinstance(target, ast.Name) for target in targets)
        return plain and not any(
            isinstance(
                inner, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.Subscript, ast.ListComp, ast.DictComp)
            )
            and not _is_type(inner)
            for inner in ast.walk(node.value)
        )
    return False


def _is_type(node: ast.AST) -> bool:
    """`list[A]` and `Union[A, B]` are types; `data[0]` may run anything and needs what wasn't run."""
    if not isinstance(node, ast.Subscript):
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("TypeVar", "NewType")
    name = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
    return name in ("Union", "Optional", "list", "List", "dict", "Dict", "tuple", "Tuple", "type", "Type", "Annotated")
