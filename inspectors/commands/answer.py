"""`python -m inspectors answer PROMPT --json '{...}'`: answer what a run waits for, as the Review page does."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from typing import Any

from inspectors.commands.chosen import BAD_INPUT, BadInput
from inspectors.commands.interpreter import add_python
from inspectors.commands.prompts import opened
from inspectors.forms import form_from_answer
from inspectors.runner.interpreter import missing_interpreter
from inspectors.settings import read_settings
from inspectors.store import Prompt, StoreRefused
from inspectors.workbench import Workbench

FAILED = 1
LOOK = 0.05
EPILOG = (
    "The answer is stored before it is delivered: ended early, the command loses nothing. `python -m inspectors "
    "prompts` lists what waits. Exit code 1: somebody was quicker, or nothing waits for it any more."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `answer`."""
    parser.add_argument("prompt", metavar="PROMPT", help="the id of a prompt, such as 1a2b3c4d-1")
    parser.add_argument(
        "--json", required=True, metavar="JSON", help="the answer's fields as a JSON object; - reads it from stdin"
    )
    parser.add_argument("--by", metavar="NAME", default="", help="who answers (default: the user of this machine)")
    add_python(parser)


def main(arguments: argparse.Namespace) -> int:
    """Store the answer and wait until its run has taken it. Returns 0, 1 if it wasn't taken, 2 for bad input."""
    settings = read_settings([], arguments.python)
    try:
        missing = missing_interpreter(settings.python)
        if missing:
            raise BadInput(missing)
        opened().close()
        values = _values(arguments.json)
        workbench = Workbench(settings)
    except (BadInput, StoreRefused) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    try:
        return _answer(workbench, str(arguments.prompt), values, arguments.by or getpass.getuser())
    except (BadInput, StoreRefused) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("The answer is stored, and reaches its run without this command.", file=sys.stderr)
        return 130
    finally:
        workbench.close()


def _values(text: str) -> dict[str, Any]:
    given = sys.stdin.read() if text == "-" else text
    try:
        value = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"--json can't be read: {error}.") from None
    if not isinstance(value, dict):
        raise BadInput('--json must be a JSON object such as {"response": "APPROVE"}.')
    return value


def _answer(workbench: Workbench, prompt_id: str, values: dict[str, Any], by: str) -> int:
    prompt = workbench.store.prompt(prompt_id)
    if prompt is None:
        raise BadInput(f"There is no prompt {prompt_id}. `python -m inspectors prompts` lists what waits.")
    _check(prompt, values)
    outcome = workbench.supervisor.answer(prompt_id, values, by)
    if not outcome.accepted:
        print(outcome.sentence, file=sys.stderr)
        return FAILED
    while True:
        now = workbench.store.prompt(prompt_id)
        if now is None or now.status != "open":
            print(f"{prompt_id} is answered.")
            return 0
        if now.refused:
            print(f"The answer was not taken. {now.refused}", file=sys.stderr)
            return FAILED
        time.sleep(LOOK)


def _check(prompt: Prompt, values: dict[str, Any]) -> None:
    """Say what doesn't fit before anything is stored, as far as the type of the answer tells."""
    if not (prompt.answer.get("schema") or {}).get("properties"):
        return
    form = form_from_answer(None, described=prompt.answer)
    missing = [field.name for field in form.fields if field.required and field.name not in values]
    if missing:
        raise BadInput(f"The answer needs {', '.join(missing)}.")
    unknown = [name for name in values if form.field(name) is None]
    if unknown and not form.open:
        raise BadInput(f"{prompt.answer.get('type')} has no field {', '.join(unknown)}.")
