"""What the environment and the command line say, read once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

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
    """The interpreter that runners use."""

    @property
    def shows_samples(self) -> bool:
        """Whether no target was given."""
        return self.targets == (str(SAMPLES),)

    @property
    def runner_logs(self) -> Path:
        """The folder in which runners leave what they print."""
        return self.database.parent / "runners"


def read_settings(arguments: Sequence[str] | None = None) -> Settings:
    """Settings from `arguments` (None: what follows `--` on the command line) and the environment."""
    database = os.environ.get("STEPSCOPE_DB")
    folder = Path(platformdirs.user_data_dir("stepscope", appauthor=False))
    return Settings(
        database=Path(database).expanduser().resolve() if database else folder / "stepscope.db",
        targets=_targets(sys.argv[1:] if arguments is None else arguments),
        python=sys.executable,
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
