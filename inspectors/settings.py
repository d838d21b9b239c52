"""What the environment and the command line say, read once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from inspectors.recording.values import LIMIT
from inspectors.runner.interpreter import interpreter_of, missing_interpreter
from inspectors.runner.memory import VARIABLE, limit_from

LEAST_PAYLOAD, MOST_PAYLOAD = 1_000, 10_000_000

PROJECT = Path(__file__).resolve().parent.parent
SAMPLES = PROJECT / "workflows"


@dataclass(frozen=True)
class Settings:
    """Settings of one process."""

    database: Path
    """STEPSCOPE_DB, or stepscope.db in the user's data folder."""
    targets: tuple[str, ...]
    """Files and folders to look for workflows in: from the command line, else STEPSCOPE_TARGETS, else the samples."""
    python: str
    """The interpreter that runners use: `--python`, else STEPSCOPE_PYTHON, else this one."""
    payload_limit: int = LIMIT
    """STEPSCOPE_PAYLOAD_LIMIT: characters that a record keeps of one event's fields."""
    memory_limit: int = 0
    """STEPSCOPE_MEMORY_LIMIT: bytes that one runner and its subprocesses may use; 0 for no limit."""
    notices: tuple[str, ...] = ()
    """What the environment says that can't be followed, in sentences for the terminal."""

    @property
    def shows_samples(self) -> bool:
        """Whether no target was given."""
        return self.targets == (str(SAMPLES),)

    @property
    def runner_logs(self) -> Path:
        """The folder in which runners leave what they print; beside the database, whose runners they are."""
        return self.database.with_name(f"{self.database.name}.runners")


def read_settings(arguments: Sequence[str] | None = None, python: str | None = None) -> Settings:
    """Settings from `arguments` (None: what follows `--` on the command line) and the environment.

    `python` is what a command was given as `--python`.
    """
    rest, named = _python_among(sys.argv[1:] if arguments is None else arguments)
    python, python_notices = _python(named if python is None else python)
    database = os.environ.get("STEPSCOPE_DB")
    folder = Path(platformdirs.user_data_dir("stepscope", appauthor=False))
    payload_limit, notices = _payload_limit(os.environ.get("STEPSCOPE_PAYLOAD_LIMIT", ""))
    memory_limit, memory_notices = limit_from(os.environ.get(VARIABLE, ""))
    return Settings(
        database=Path(database).expanduser().resolve() if database else folder / "stepscope.db",
        targets=_targets(rest),
        python=python,
        payload_limit=payload_limit,
        memory_limit=memory_limit,
        notices=notices + python_notices + memory_notices,
    )


def _python_among(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """The arguments without `--python PATH` or `--python=PATH`, and that path; the last one counts."""
    rest: list[str] = []
    named: str | None = None
    waiting = iter(arguments)
    for argument in waiting:
        option, sign, value = argument.partition("=")
        if option == "--python":
            named = value if sign else next(waiting, "")
        else:
            rest.append(argument)
    return rest, named


def _python(said: str | None) -> tuple[str, tuple[str, ...]]:
    """The interpreter for runners, and a sentence where there is none."""
    if said == "":
        return sys.executable, (f"--python names no interpreter. Runs use {sys.executable}.",)
    said = said or os.environ.get("STEPSCOPE_PYTHON", "")
    if not said:
        return sys.executable, ()
    python = interpreter_of(said)
    missing = missing_interpreter(python)
    return python, (missing,) if missing else ()


def _payload_limit(said: str) -> tuple[int, tuple[str, ...]]:
    """The limit in characters, and a sentence where what is said is no such number."""
    text = said.strip().replace("_", "").replace(",", "")
    if not text:
        return LIMIT, ()
    if text.isascii() and text.isdecimal() and len(text) < 12 and LEAST_PAYLOAD <= int(text) <= MOST_PAYLOAD:
        return int(text), ()
    return LIMIT, (
        f"STEPSCOPE_PAYLOAD_LIMIT is {said[:40]!r}, which is no number of characters from {LEAST_PAYLOAD:,} to "
        f"{MOST_PAYLOAD:,}. Records keep {LIMIT:,} characters of an event.",
    )


def _targets(arguments: Sequence[str]) -> tuple[str, ...]:
    given = [argument for argument in arguments if not argument.startswith("-")]
    if not given:
        given = [part for part in os.environ.get("STEPSCOPE_TARGETS", "").split(os.pathsep) if part]
    return tuple(_absolute(part) for part in given) or (str(SAMPLES),)


def _absolute(target: str) -> str:
    """A path made absolute; the name of a package, or what is no path at all, as it is: discovery says what it is."""
    try:
        path = Path(target).expanduser()
        dotted = all(part.isidentifier() for part in target.split("."))
        return target if dotted and not path.exists() else str(path.resolve())
    except (OSError, ValueError, RuntimeError):
        return target
