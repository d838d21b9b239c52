"""`python -m tests.faults`: kills web servers and runners at random moments, checks every record, prints a table.

`make faults` runs it with 20 kills of each workflow and each way to die, and takes an hour or two on two cores. The
same `--seed` chooses the same moments; what is going on in them depends on the machine. Exit code 1 if anything was
wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error

from tests.e2e.browser import OfflineContext, chromium
from tests.faults.server_trials import ServerTrials
from tests.faults.table import NOTE, Row, text, write
from tests.faults.trial import Outcome, RunnerTrials, witnessed
from tests.faults.truth import Truth
from tests.faults.workloads import WORKLOADS, Workload

WAYS = ("runner", "server", "both")
TRIES = 10
"""Runs that may end before their moment, for each kill."""


def repeat(row: Row, kills: int, seed: str, one: Callable[[random.Random], Outcome | None]) -> None:
    """Run and kill until there are enough kills."""
    for number in range(kills * TRIES):
        if row.kills >= kills:
            return
        try:
            outcome = one(random.Random(f"{seed}/{row.label}/{row.what}/{number}"))
        except (AssertionError, Error) as error:
            row.broken.append(f"{row.label} {row.what} {number}: {error}")
            _say(row, "BROKEN: " + str(error).split("\n")[0])
            continue
        if outcome is not None:
            row.outcomes.append(outcome)
            _say(row, "right" if not outcome.wrong else "WRONG: " + " ".join(outcome.wrong))


def _say(row: Row, what: str) -> None:
    print(f"{row.label}, {row.what}, kill {row.kills}: {what}", file=sys.stderr, flush=True)


def kill_runners(rows: list[Row], folder: Path, kills: int, seed: str, workloads: list[Workload]) -> None:
    """Kill runners of a server in this process. Adds a row for each workload."""
    with witnessed(Truth(folder / "truth")):
        trials = RunnerTrials(folder)
        for workload in workloads:
            row = Row(workload.label, "runner")
            rows.append(row)
            length = trials.length(workload)
            repeat(row, kills, seed, lambda chance: trials.one(workload, chance, length))  # noqa: B023
        rows[-1].broken += trials.close()


def kill_servers(
    rows: list[Row], folder: Path, kills: int, seed: str, workloads: list[Workload], ways: list[str]
) -> None:
    """Kill real servers under a page. Adds a row for each workload and way."""
    with witnessed(Truth(folder / "truth")), chromium() as browser:
        context = OfflineContext(browser)
        trials = ServerTrials(folder, context.page())
        for workload in workloads:
            length = trials.length(workload)
            for way in ways:
                row = Row(workload.label, way)
                rows.append(row)
                repeat(row, kills, seed, lambda chance: trials.one(workload, way, chance, length))  # noqa: B023
        rows[-1].broken += trials.close()
        rows[-1].broken += [f"A script failed: {error}" for error in context.errors]


def main() -> int:
    """Kill, check, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--kills", type=int, default=20, help="of each workflow and each way to die; 20")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--way", choices=WAYS, action="append", help="may be given more than once; all")
    parser.add_argument("--workflow", action="append", help="the beginning of a label, such as Approval; all")
    parser.add_argument("--write", action="store_true", help=f"put the table into {NOTE.name}")
    arguments = parser.parse_args()
    ways = arguments.way or list(WAYS)
    workloads = [
        workload
        for workload in WORKLOADS
        if not arguments.workflow or any(workload.label.startswith(name) for name in arguments.workflow)
    ]
    began = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="stepscope-faults-") as folder, suppress(KeyboardInterrupt):
        # Whoever has seen enough presses Ctrl-C, and gets the table of what there is.
        if "runner" in ways:
            (Path(folder) / "runner").mkdir()
            kill_runners(rows, Path(folder) / "runner", arguments.kills, arguments.seed, workloads)
        if rest := [way for way in ways if way != "runner"]:
            (Path(folder) / "server").mkdir()
            kill_servers(rows, Path(folder) / "server", arguments.kills, arguments.seed, workloads, rest)
    rows.sort(key=lambda row: [workload.label for workload in workloads].index(row.label))
    table = text(rows, arguments.seed, time.monotonic() - began)
    print(table)
    wrong = [sentence for row in rows for sentence in row.wrong]
    print("\n".join(wrong))
    if arguments.write:
        write(table)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
