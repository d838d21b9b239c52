"""Which Python runs the targets, and why one can't: named with what was found and what is needed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

LEAST_PYTHON = (3, 11)
"""The oldest that a runner works in, as Stepscope itself."""
LEAST_ENGINE = (2, 26)
"""Private names of the engine are used with care (tests/recording), so an older one can't be recorded."""
SILENT_SECONDS = 30.0
"""A process that has not begun to load a file by then is no Python, or hangs."""
MARK = "stepscope-refused "
BOOT = (Path(__file__).parent / "boot.py").read_text(encoding="utf-8")
"""Handed over with `-c` instead of `-m`: our folder must come last on the path, after the engine and the user's own
modules. Written so that a Python of any age can read it.
"""


def interpreter_of(said: str) -> str:
    """The path of the interpreter that is meant: a Python, the folder of a virtual environment, or a name on PATH.

    Links are not followed: a virtual environment's Python is one. What can't be found is given as it is, made absolute;
    starting it says so.
    """
    path = Path(said).expanduser()
    if path.is_dir():
        places = [path / "bin" / "python", path / "bin" / "python3", path / "Scripts" / "python.exe"]
        return os.path.abspath(next((place for place in places if place.exists()), places[0]))
    if not path.exists() and os.sep not in said and (found := shutil.which(said)):
        return os.path.abspath(found)
    return os.path.abspath(path)


def missing_interpreter(python: str) -> str | None:
    """Why no process can be started with this interpreter, in a sentence; None if it looks as if one can."""
    path = Path(python)
    what_to_do = "Name another with STEPSCOPE_PYTHON or --python"
    if not path.exists():
        if path.parent.name in ("bin", "Scripts") and path.parent.parent.is_dir():
            return f"{path.parent.parent} is no virtual environment: there is no Python in it. {what_to_do}."
        return f"There is no Python at {python}. {what_to_do}."
    if not path.is_file() or not os.access(path, os.X_OK):
        return f"{python} can't be run: it is not a program. {what_to_do}."
    return None


def boot_options() -> dict[str, Any]:
    """What `boot.py` checks before it loads anything of ours."""
    return {"least_python": list(LEAST_PYTHON), "least_engine": list(LEAST_ENGINE), "mark": MARK}


def refused(message: str) -> dict[str, Any]:
    """The error of a runner whose interpreter can't be used."""
    return {"type": "Interpreter", "message": message, "traceback": "", "frames": []}


def refusal_in(output: str, python: str, ending: str) -> dict[str, Any]:
    """The error of a process that ended before it began to load a file, from all that it has printed."""
    said = next((line for line in output.splitlines() if line.startswith(MARK)), None)
    if said is not None:
        found = json.loads(said.removeprefix(MARK))
        return {**refused(_sentence(found, python)), "traceback": found.get("traceback", "")}
    named = "" if python == sys.executable else " Is it a Python with the engine, llama-index-workflows?"
    error = refused(f"{python} ended before it could load anything: {ending}.{named}")
    return {**error, "traceback": output[-4000:]}


def _sentence(found: dict[str, Any], python: str) -> str:
    least = ".".join(map(str, LEAST_ENGINE))
    install = f"Install it: `{python} -m pip install 'llama-index-workflows>={least}'`, then try again."
    if "python" in found:
        needed = ".".join(map(str, LEAST_PYTHON))
        return f"{python} is Python {found['python']}, and workflows need Python {needed} or newer."
    if "engine" in found:
        return f"{python} has llama-index-workflows {found['engine']}, and Stepscope needs {least} or newer. {install}"
    if "unknown" in found:
        return (
            f"Stepscope can't work with llama-index-workflows {found['unknown']} of {python}: {found['error']}. "
            f"It was made for {least}."
        )
    return f"{python} has no llama-index-workflows, the engine that runs workflows ({found['error']}). {install}"
