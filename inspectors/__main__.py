"""Stepscope without a browser: `python -m inspectors COMMAND`.

Exit codes: 0 done, 1 it could not be done (a sentence on stderr says why), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "graph": "print the graph of workflows as JSON, Mermaid or DOT",
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
            module.add_arguments(child)
            child.set_defaults(main=module.main)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Raises SystemExit(2) for wrong usage."""
    given = list(sys.argv[1:] if argv is None else argv)
    chosen = next((word for word in given if word in COMMANDS), None)
    arguments = build_parser(chosen).parse_args(given)
    try:
        return int(arguments.main(arguments))
    except BrokenPipeError:
        # Whoever read the output, such as `head`, has enough.
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
