"""`python -m inspectors prompts`: what waits for a person, oldest first."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from inspectors.commands.chosen import BAD_INPUT, BadInput
from inspectors.settings import read_settings
from inspectors.store import Prompt, Store, StoreRefused
from inspectors.trace.words import cut, span

EPILOG = "Answer one with `python -m inspectors answer PROMPT --json '{...}'`, or on the Review page."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `prompts`."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line, with all fields, for scripts")
    parser.add_argument("--run", metavar="RUN", help="only those of this run and of the runs that its steps started")


def main(arguments: argparse.Namespace) -> int:
    """Print them. Returns 0, also if there is none; 2 if the database can't be used."""
    try:
        store = opened()
    except (BadInput, StoreRefused) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    try:
        found = store.prompts_of_family(arguments.run) if arguments.run else store.prompts()
    except StoreRefused as refused:
        print(refused, file=sys.stderr)
        return BAD_INPUT
    finally:
        store.close()
    if not found and not arguments.json:
        print("Nothing waits for a person.", file=sys.stderr)
    for prompt in found:
        print(json.dumps(as_json(prompt), ensure_ascii=False) if arguments.json else _line(prompt))
    return 0


def opened() -> Store:
    """The store that is there already. Raises BadInput if there is none."""
    database = read_settings([]).database
    if not database.exists():
        raise BadInput(f"There is no database {database}. Set STEPSCOPE_DB to the one that is meant.")
    return Store(database)


def as_json(prompt: Prompt) -> dict[str, Any]:
    """A prompt for a script: what is asked, and what the answer takes."""
    return {
        "prompt": prompt.prompt_id,
        "run": prompt.run_id,
        "workflow": prompt.workflow,
        "step": prompt.step,
        "text": prompt.text,
        "fields": prompt.fields,
        "answer": {"type": prompt.answer.get("type"), "schema": prompt.answer.get("schema")},
        "asked_at": prompt.created_at,
        "ends_at": prompt.deadline,
    }


def _line(prompt: Prompt) -> str:
    now = time.time()
    ends = f", ends in {span(prompt.deadline - now)}" if prompt.deadline else ""
    waits = f"waits {span(now - prompt.created_at)}{ends}"
    return f"{prompt.prompt_id}  {prompt.workflow}  {waits}  {cut(' '.join(prompt.text.split()), 100)}"
