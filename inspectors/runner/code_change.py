"""What became of the code of a paused run since it asked: whether it changed, and which versions can take an answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inspectors.discovery.modules import read_module
from inspectors.runner.links import RunnerLinks
from inspectors.store import Run


@dataclass(frozen=True)
class CodeChange:
    """The code of a run that waits outside of memory is not what it was when the run asked."""

    asked_lives: bool
    """Whether the version that asked is still in memory and can take the answer."""
    new_trouble: str | None = None
    """Why the file can't be read as it is now, in a sentence; None if the new version can take the answer."""


def code_change(links: RunnerLinks, run: Run) -> CodeChange | None:
    """The change for a run that a runner would have to take up; None if there is none, or nothing to choose."""
    if run.status != "waiting" or run.loaded or run.held_by_program or run.version == links.version_of(run.file):
        return None
    trouble = f"{Path(run.file).name} is not there any more."
    if Path(run.file).is_file():
        problem = read_module(run.file).problem
        trouble = problem.sentence if problem is not None else ""
    return CodeChange(links.living(run.file, run.version) is not None, trouble or None)
