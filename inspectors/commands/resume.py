"""`python -m inspectors resume`: go on with an interrupted run, and wait for its end."""

from __future__ import annotations

import argparse
import sys
import time

from inspectors.commands.chosen import BAD_INPUT
from inspectors.commands.interpreter import add_python
from inspectors.runner.interpreter import missing_interpreter
from inspectors.runner.resuming import ResumePlan, plan_of
from inspectors.settings import read_settings
from inspectors.store import Run, Store, StoreRefused
from inspectors.trace.words import plural
from inspectors.workbench import Workbench

LOOK = 0.1
FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("run", metavar="RUN", help="the id of an interrupted run, such as 1a2b3c4d")
    add_python(parser)


def main(arguments: argparse.Namespace) -> int:
    """Resume the run; 0 once it is done or waits for a person, 1 if it failed, 2 if it can't be resumed."""
    settings = read_settings([], arguments.python)
    missing = missing_interpreter(settings.python)
    if missing:
        print(missing, file=sys.stderr)
        return BAD_INPUT
    try:
        workbench = Workbench(settings)
    except StoreRefused as refused:
        print(refused, file=sys.stderr)
        return BAD_INPUT
    try:
        return _resume(workbench, str(arguments.run))
    except KeyboardInterrupt:
        print(f"Run {arguments.run} goes on without this command.", file=sys.stderr)
        return 130
    finally:
        workbench.close()


def _resume(workbench: Workbench, run_id: str) -> int:
    run = workbench.store.run(run_id)
    plan = plan_of(workbench.store, run) if run is not None else None
    outcome = workbench.supervisor.resume(run_id, by="the command line")
    if plan is None or not outcome.accepted:
        print(outcome.sentence, file=sys.stderr)
        return BAD_INPUT
    print(_plan_words(plan), file=sys.stderr)
    run = _settled(workbench.store, run_id)
    print(_ending(run))
    return 0 if run.status in ("done", "waiting") else FAILED


def _settled(store: Store, run_id: str) -> Run:
    while True:
        run = store.run(run_id)
        assert run is not None
        if run.ended or (run.status == "waiting" and not run.loaded):
            return run
        time.sleep(LOOK)


def _plan_words(plan: ResumePlan) -> str:
    again = f"; {', '.join(plan.again)} {'runs' if len(plan.again) == 1 else 'run'} again" if plan.again else ""
    return f"Resumed. {plural(plan.kept, 'step')} {'doesn’t' if plan.kept == 1 else 'don’t'} run again{again}."


def _ending(run: Run) -> str:
    if run.status == "waiting":
        return f"Run {run.run_id} waits for a person. Answer it on the Review page."
    message = (run.error or {}).get("message")
    return f"Run {run.run_id}: {run.status}.{f' {message}' if message else ''}"
