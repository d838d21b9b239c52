"""A folder of one's own, a workflow that is in order, and the command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inspectors.__main__ import main

PROJECT = Path(__file__).resolve().parents[2]
GOOD = """\
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class {name}(Workflow):
    @step
    async def only(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result="ran")
"""

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder for files of the test; the database lies beside it."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def good(project: Path) -> Path:
    """A file with the workflow Good."""
    path = project / "good.py"
    path.write_text(GOOD.format(name="Good"))
    return path


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """`python -m inspectors ...` in this process, which is quicker; it never raises."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return Done(arguments, code, said.out, said.err)

    return run


@pytest.fixture
def process() -> Callable[..., Done]:
    """`python -m inspectors ...` as a process of its own; it never shows a traceback."""

    def run(*arguments: str, cwd: Path = PROJECT) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "inspectors", *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run
