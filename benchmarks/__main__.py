"""`python -m benchmarks NAME [--json] [--small]`: one line a figure, or a JSON list."""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.figures import as_json

BENCHMARKS = {
    "start": "from a click to what a person sees",
    "browse": "opening and searching 500 workflows",
    "traces": "opening, searching and scrolling 10,000 runs",
    "isolation": "pages and runs beside one that misbehaves",
    "graph": "reading, drawing and choosing in graphs of up to 500 steps, beside the official helper",
    "live": "the Trace page, live and with runs of up to 1,000,000 records",
    "record": "what recording costs, beside the bare engine and the official server",
}
"""Each is a module of this package with `measure(small: bool) -> list[Figure]`."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "name", choices=list(BENCHMARKS), help=", ".join(f"{name}: {text}" for name, text in BENCHMARKS.items())
    )
    parser.add_argument("--json", action="store_true", help="a list of {name, value, unit, baseline, goal}")
    parser.add_argument("--small", action="store_true", help="few repetitions, as CI does")
    parser.add_argument("--profile", action="store_true", help="record only: where the time of the recorded chain goes")
    arguments = parser.parse_args()
    if arguments.profile:
        if arguments.name != "record":
            parser.error("--profile is for record only")
        print(importlib.import_module("benchmarks.record").profile(small=arguments.small))
        return 0
    figures = importlib.import_module(f"benchmarks.{arguments.name}").measure(small=arguments.small)
    print(as_json(figures) if arguments.json else "\n".join(figure.line() for figure in figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
