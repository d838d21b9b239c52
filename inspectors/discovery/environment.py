"""The `.env` beside a target: found by place, read as data; its values go into a runner's environment and nowhere else.

Nothing here changes the environment of this process.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inspectors.discovery.modules import module_name

NAME = ".env"
LARGEST = 1_000_000
"""Bytes. What is above is no list of variables."""


@dataclass(frozen=True)
class Environment:
    """What a `.env` says. Its values appear in no `repr`."""

    file: Path | None = None
    """None if there is none."""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    problem: str | None = None
    """What of it can't be used, in a sentence without any value."""


def environment_places(file: str | Path, targets: Sequence[str] = ()) -> list[Path]:
    """Where a `.env` for a file may be, nearest first: in its folder and those above, as far as its root or its target.

    `targets` are files and folders as in `Settings.targets`; the farther of root and target is the last looked at.
    """
    path = Path(file)
    last = module_name(path)[0]
    for target in map(Path, targets):
        folder = target if target.is_dir() else target.parent
        if folder.is_absolute() and path.is_relative_to(folder) and last.is_relative_to(folder):
            last = folder
    folders = [path.parent]
    while folders[-1] != last and folders[-1].is_relative_to(last):
        folders.append(folders[-1].parent)
    return [folder / NAME for folder in folders]


def environment_file(file: str | Path, targets: Sequence[str] = ()) -> Path | None:
    """The nearest `.env` for a file; None if there is none. A folder of that name, often a virtual one, is none."""
    return next((place for place in environment_places(file, targets) if place.is_file()), None)


def read_environment(file: str | Path, targets: Sequence[str] = ()) -> Environment:
    """The variables for the runner of a file. Never raises; what can't be read is left out and said."""
    found = environment_file(file, targets)
    if found is None:
        return Environment()
    try:
        if found.stat().st_size > LARGEST:
            return Environment(found, problem=f"{found} is larger than 1 MB, so it is not read.")
        text = found.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return Environment(found, problem=f"{found} is not UTF-8 text, so none of its variables is set.")
    except OSError as error:
        return Environment(found, problem=f"{found} can't be read: {error.strerror or error}.")
    return _parsed(found, text)


def _parsed(found: Path, text: str) -> Environment:
    # Not needed to read source, and not there in a program that only records its own runs.
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    bindings = list(parse_stream(io.StringIO(text)))
    read = "".join(binding.original.string for binding in bindings if not binding.error)
    values = {name: value for name, value in dotenv_values(stream=io.StringIO(read)).items() if value is not None}
    usable = {name: value for name, value in values.items() if name and "\0" not in name + value and "=" not in name}
    wrong = [binding.original.line for binding in bindings if binding.error]
    problem = None
    if wrong:
        lines = f"line {wrong[0]}" if len(wrong) == 1 else f"lines {', '.join(map(str, wrong))}"
        problem = f"{found} can't be understood in {lines}; the other lines are used."
    elif len(usable) < len(values):
        problem = f"{found} holds a variable with a zero byte, which no environment can hold; the others are used."
    return Environment(found, usable, problem)


def with_environment(values: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: this process's own, which wins, and these values."""
    return {**values, **os.environ}
