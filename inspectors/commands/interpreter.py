"""`--python`: which interpreter a command runs its target with."""

from __future__ import annotations

import argparse

from inspectors.commands.chosen import BadInput, split
from inspectors.runner.interpreter import missing_interpreter
from inspectors.settings import Settings, read_settings


def add_python(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--python",
        metavar="PATH",
        help="the interpreter, or the folder of the virtual environment, that runs the target (default: "
        "STEPSCOPE_PYTHON, else this one)",
    )


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Settings for a command with a `target`. Raises BadInput if its interpreter can't be there."""
    settings = read_settings([split(arguments.target)[0]], arguments.python)
    missing = missing_interpreter(settings.python)
    if missing:
        raise BadInput(missing)
    return settings
