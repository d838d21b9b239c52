"""Which `.env` and which Python the runs of a workflow use, said quietly; no name and no value of a variable."""

from __future__ import annotations

import sys
from pathlib import Path

from inspectors.diagnostics import Finding
from inspectors.discovery import Environment
from inspectors.runner.interpreter import missing_interpreter
from inspectors.workbench import Workbench
from parts.plain import muted
from parts.words import plural


def show_environment(wb: Workbench, environment: Environment) -> None:
    """A line below the form; nothing where runs use nothing but what Stepscope itself has."""
    told = []
    if environment.file is not None and environment.values:
        place = "/".join(environment.file.parts[-2:])
        told.append(f"{plural(len(environment.values), 'variable')} from {place}")
    python = wb.settings.python
    if python != sys.executable and missing_interpreter(python) is None:
        told.append(f"the Python at {_short(python)}")
    if told:
        muted(f"Runs use {' and '.join(told)}.", "environment")


def problems_of_environment(environment: Environment) -> list[Finding]:
    """What of the `.env` can't be used, as the last thing among a workflow's problems."""
    if environment.problem is None:
        return []
    mend = "Save the file again once it is in order: new runs follow by themselves."
    return [Finding("environment", environment.problem, mend, str(environment.file))]


def _short(python: str) -> str:
    """The folder of a virtual environment for its interpreter, `~` for the person's own folder."""
    path = Path(python)
    folder = path.parent.parent if (path.parent.parent / "pyvenv.cfg").is_file() else path
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)
