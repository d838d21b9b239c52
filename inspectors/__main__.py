"""Stepscope without a browser: `python -m inspectors COMMAND`.

Exit codes: 0 done, 1 the run failed, 2 wrong usage or bad input; a sentence on stderr says why.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches

COMMANDS = {
    "answer": "answer what a run waits for",
    "graph": "print the graph of workflows as JSON, Mermaid or DOT",
    "prompts": "list what waits for a person",
    "prune": "delete old runs and give their room back to the disk",
    "resume": "go on with an interrupted run",
    "run": "run a workflow and keep its trace",
}
"""Each is a module of `inspectors.commands` with `add_arguments(parser)` and `main(arguments) -> int`."""


def build_parser(command: str | None) -> argparse.ArgumentParser:
    """The parser of the command line; only the module of `command` is imported."""
    parser = argparse.ArgumentParser(prog="python -m inspectors", description="Stepscope without a browser.")
    sub = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        child = sub.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == command:
            module = importlib.import_module(f"inspectors.commands.{name}")
            child.epilog = getattr(module, "EPILOG", None)
            module.add_arguments(child)
            child.set_defaults(main=module.main)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Raises SystemExit(2) for wrong usage."""
    given = list(sys.argv[1:] if argv is None else argv)
    first = next((word for word in given if not word.startswith("-")), None)
    if first not in COMMANDS and not {"-h", "--help"}.intersection(given):
        print(_unknown(first), file=sys.stderr)
        return 2
    chosen = first if first in COMMANDS else None
    arguments = build_parser(chosen).parse_args(given)
    try:
        return int(arguments.main(arguments))
    except BrokenPipeError:
        # Whoever read the output, such as `head`, has enough.
        sys.stderr.close()
        return 0


def _unknown(word: str | None) -> str:
    """What to say about a command that isn't there."""
    known = "; ".join(f"{name}: {text}" for name, text in COMMANDS.items())
    if word is None:
        return f"Name a command. {known}. More with `python -m inspectors COMMAND --help`."
    near = get_close_matches(word, COMMANDS, n=1, cutoff=0.6)
    return f"There is no command {word}. " + (f"Was {near[0]} meant? " if near else "") + f"{known}."


if __name__ == "__main__":
    sys.exit(main())
