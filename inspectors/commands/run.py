"""`python -m inspectors run FILE:CLASS`: a run without a browser, recorded like any."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from typing import Any

from inspectors.commands.chosen import BAD_INPUT, BadInput, choose_one
from inspectors.commands.interpreter import add_python, settings_of
from inspectors.diagnostics import Finding, explain_error, problems_of
from inspectors.discovery.model import WorkflowSource
from inspectors.runner.supervisor import StartRefused
from inspectors.store import Run, StoreRefused
from inspectors.workbench import Workbench

WAIT = 0.02


class CommandFailed(Exception):
    """The command ends with exit code 1; the message is the sentence for stderr."""


@dataclass(frozen=True)
class _Given:
    """What the command line starts a run with."""

    input: dict[str, Any]
    arguments: dict[str, Any]
    timeout: float | None

    def options(self) -> dict[str, Any]:
        """As `Supervisor.start` takes them."""
        options: dict[str, Any] = {"timeout": self.timeout, "verbose": False}
        return {**options, "arguments": self.arguments} if self.arguments else options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `run`."""
    parser.add_argument(
        "target",
        metavar="TARGET:Class",
        help="a file or folder and the workflow's class, e.g. workflows/approval.py:ApprovalWorkflow",
    )
    parser.add_argument("--input", default="{}", metavar="JSON", help="the start event's fields as a JSON object")
    parser.add_argument(
        "--arguments",
        default="{}",
        metavar="JSON",
        help="arguments of the workflow's constructor as a JSON object, without timeout and verbose",
    )
    parser.add_argument(
        "--preset",
        metavar="NAME",
        help="start from a preset saved on the workflow's page; --input, --arguments and --timeout win over it",
    )
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="JSON",
        help="the answer to the next prompt; may be given several times",
    )
    add_python(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=None,
        metavar="SECONDS",
        help="time limit of the run (default: the author's)",
    )


def main(arguments: argparse.Namespace) -> int:
    """Run the workflow; prints its result as JSON. Returns 0, 1 if the run failed, 2 if it could not be started."""
    try:
        source = choose_one(arguments.target)
        given = _Given(
            _object(arguments.input, "--input"), _object(arguments.arguments, "--arguments"), arguments.timeout
        )
        answers = [_object(text, "--answer") for text in arguments.answer]
        workbench = Workbench(settings_of(arguments))
    except (BadInput, StoreRefused) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    run_id = ""
    try:
        if arguments.preset is not None:
            given = _on_preset(workbench, source, arguments.preset, given)
        _wait_for_runner(workbench, source)
        run_id = workbench.supervisor.start(source, given.input, given.options(), origin="command")
        ended = _follow(workbench, run_id, answers)
        print(json.dumps(_result(ended), ensure_ascii=False))
        return 0
    except StartRefused as error:
        refused = {**error.field_errors, **error.argument_errors}
        fields = " ".join(f"{name}: {sentence}" for name, sentence in refused.items() if name)
        print(f"{error} {fields}".strip(), file=sys.stderr)
        return BAD_INPUT
    except BadInput as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except (CommandFailed, StoreRefused) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if run_id:
            workbench.supervisor.cancel(run_id, "the command line")
        print(f"Run {run_id} was cancelled." if run_id else "Cancelled before the run began.", file=sys.stderr)
        return 130
    finally:
        workbench.close()


def _object(text: str, option: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{option} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except (RecursionError, ValueError) as error:
        raise BadInput(f"{option} can't be read: {error}.") from None
    if not isinstance(value, dict):
        raise BadInput(f'{option} must be a JSON object such as {{"topic": "AI regulation"}}.')
    return value


def _on_preset(workbench: Workbench, source: WorkflowSource, name: str, given: _Given) -> _Given:
    """A preset with what was given besides in place of its values; secrets that it has not kept must be given."""
    preset = workbench.store.preset(workflow=source.name, file=source.file, name=name)
    if preset is None:
        others = [one.name for one in workbench.store.presets(workflow=source.name, file=source.file)]
        known = f"It has {', '.join(f'“{other}”' for other in others)}." if others else "It has none."
        raise BadInput(f"{source.name} has no preset “{name}”. {known}")
    arguments = {**preset.options.get("arguments", {}), **given.arguments}
    timeout = preset.options.get("timeout") if given.timeout is None else given.timeout
    values = {**preset.input, **given.input}
    missing = [one for one in preset.left_out if one.partition(".")[0] not in {**values, **arguments}]
    if missing:
        raise BadInput(
            f"The preset “{name}” doesn't keep {', '.join(missing)}, because of the name: give it with --input or "
            "--arguments."
        )
    return _Given(values, arguments, timeout)


def _wait_for_runner(workbench: Workbench, source: WorkflowSource) -> None:
    """Have the runner there first: it alone can say whether class and input will do before anything is recorded."""
    workbench.supervisor.open(source)
    while (status := workbench.supervisor.status(source)).state == "starting":
        time.sleep(WAIT)
    described = ((status.description or {}).get("workflows") or {}).get(source.name) or {}
    if described.get("code"):
        raise BadInput(f"{described['problem']}\n\n{described['code']}")
    if status.state == "failed" or (described.get("problem") and described.get("blocked")):
        first = problems_of(source, described, status.error if status.state == "failed" else None)[0]
        raise BadInput(_told(first))


def _follow(workbench: Workbench, run_id: str, answers: list[dict[str, Any]]) -> Run:
    """Wait for the end of the run, giving answers to its prompts in order."""
    while True:
        found = workbench.store.run(run_id)
        if found is None:
            raise CommandFailed(f"Run {run_id} was deleted while it was going on.")
        if found.status == "done":
            return found
        if found.ended:
            raise CommandFailed(_ending(found, workbench.store.graph(run_id)))
        for prompt in workbench.store.prompts(run_id):
            if prompt.refused:
                raise CommandFailed(f"The answer was not taken. {prompt.refused}")
            if not answers:
                if found.status != "waiting":
                    break
                raise CommandFailed(
                    f"Run {run_id} waits for an answer: {prompt.text} "
                    "Give it with --answer, or open it on the Review page."
                )
            workbench.supervisor.answer(prompt.prompt_id, answers.pop(0), "the command line")
        time.sleep(WAIT)


def _ending(run: Run, graph: dict[str, Any] | None) -> str:
    error = run.error or {}
    where = f" in {error['step']}" if error.get("step") else ""
    if run.status == "cancelled":
        return f"Run {run.run_id} was cancelled."
    if run.status == "interrupted":
        return f"Run {run.run_id} was interrupted. {error.get('message', '')}"
    failed = f"Run {run.run_id} failed{where}: {error.get('type')}: {error.get('message')}"
    meaning = explain_error(error, graph)
    return f"{failed}\n{_told(meaning)}" if meaning else failed


def _told(finding: Finding) -> str:
    """A finding in one line: where, what, and what to do."""
    return " ".join(
        part for part in (f"{finding.place}:" if finding.place else "", finding.sentence, finding.mend) if part
    )


def _result(run: Run) -> Any:
    """A plain result as it is, a typed stop event as its fields."""
    result = run.result or {}
    return result["fields"] if "fields" in result else result.get("value")
