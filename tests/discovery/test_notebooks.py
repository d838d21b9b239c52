"""Workflows in Jupyter notebooks and in Markdown: read, described and run without the rest of their code."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inspectors.discovery import discover
from inspectors.runner.cells import python_of
from inspectors.runner.loading import import_file, workflow_classes

CLASSES = """
class Found(Event):
    n: int = 0

class Counting(Workflow):
    '''Counts.'''

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Found | None:
        ctx.send_event(Found(n=LIMIT))

    @step
    async def end(self, ev: Found) -> StopEvent:
        return StopEvent(result=ev.n)
"""
IMPORTS = "from workflows import Context, Workflow, step\nfrom workflows.events import Event, StartEvent, StopEvent\n"


def notebook(*cells: str) -> str:
    return json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "source": ["# A title\n"]},
                *({"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells),
            ],
            "nbformat": 4,
        }
    )


@pytest.fixture
def own_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def write_notebook(folder: Path) -> Path:
    path = folder / "my first-try.ipynb"
    path.write_text(
        notebook(
            "%pip install something\n!ls\n" + IMPORTS,
            "LIMIT = 3\nother = open('/nowhere/at/all')",
            CLASSES,
            "raise SystemExit('must never run')",
            "%%bash\nexit 1",
            "result = await Counting().run()\nprint(result)",
        )
    )
    return path


def write_markdown(folder: Path) -> Path:
    path = folder / "guide.md"
    body = f"# Guide\n\n```python\n{IMPORTS}LIMIT = 3\n```\n\nText.\n\n~~~py\n{CLASSES}~~~\n\n```bash\nexit 1\n```\n"
    path.write_text(body + "\n```python\nraise SystemExit\n```\n")
    return path


@pytest.mark.parametrize("write", [write_notebook, write_markdown])
def test_a_workflow_is_found_with_its_graph(write: Callable[[Path], Path], tmp_path: Path) -> None:
    for target in (write(tmp_path), tmp_path):
        catalog = discover([target])
        (source,) = catalog.workflows
        assert (source.name, source.doc, catalog.problems) == ("Counting", "Counts.", [])
        kinds = {(edge["source"].rpartition(".")[2], edge["kind"]) for edge in source.graph["edges"]}
        assert ("begin", "sends") in kinds
        assert source.module.isidentifier()


@pytest.mark.parametrize("write", [write_notebook, write_markdown])
@pytest.mark.usefixtures("own_modules")
def test_a_runner_imports_the_same_module_and_runs_nothing_else(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path)
    (source,) = discover([path]).workflows
    module = import_file(path, Path(source.root), source.module)
    assert list(workflow_classes(module)) == ["Counting"]
    assert module.LIMIT == 3
    assert not hasattr(module, "other")


def test_lines_of_markdown_are_those_of_the_file(tmp_path: Path) -> None:
    path = write_markdown(tmp_path)
    (source,) = discover([path]).workflows
    assert path.read_text().splitlines()[source.line - 1] == "class Counting(Workflow):"


def test_a_block_that_is_no_python_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "odd.ipynb"
    path.write_text(notebook(IMPORTS + "LIMIT = 1", "def broken(:\n    pass", CLASSES))
    catalog = discover([path])
    assert [source.name for source in catalog.workflows] == ["Counting"]
    (problem,) = catalog.problems
    assert problem.sentence == "odd.ipynb line 5 of its code: invalid syntax. The block is left out."


def test_what_is_no_notebook_is_said(tmp_path: Path) -> None:
    path = tmp_path / "list.ipynb"
    path.write_text("[1, 2]")
    (problem,) = discover([path]).problems
    assert "list.ipynb is not a Jupyter notebook" in problem.sentence


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("import os; os.remove('x')", "import os"),
        ("A = 1\nB = A + 1\nC = f()\nD = [x for x in y]\nE = [1, 2]", "A = 1\nB = A + 1\n\n\nE = [1, 2]"),
        ("Either = A | B\nMany = list[A]\nitem = data[0]", "Either = A | B\nMany = list[A]"),
        ("if True:\n    %time x\nclass A:\n    pass", "\n\nclass A:\n    pass"),
        ("x: int = 3\ny: int\nz = await f()", "x: int = 3"),
    ],
)
def test_only_definitions_are_kept(cell: str, kept: str) -> None:
    assert python_of("x.ipynb", notebook(cell)).text.rstrip("\n") == kept
