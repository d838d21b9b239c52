"""Whether changed code can go on with a paused run and take its answer, told before anything is touched.

The engine leaves out what belongs to a step that isn't there any more, and the run would wait for ever; and a run that
was taken up only to refuse its answer is not what it was before.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from workflows import Context, Workflow
from workflows.context.serializers import JsonSerializer
from workflows.events import Event, HumanResponseEvent
from workflows.runtime.types.internal_state import BrokerState

from inspectors.runner.answering import AnswerRefused
from inspectors.runner.constructors import NotMade, NotRunnable
from inspectors.runner.kept_files import with_contents
from inspectors.runner.refusals import sentences_of
from inspectors.store import Prompt

HELD = ("collected_waiters", "in_progress", "queue", "collected_events", "static_collect_events")
"""What the engine's saved state holds for a step, as far as a run can't go on without it."""


class CannotGoOn(Exception):
    """Changed code can't go on with a run; the message is a sentence for people."""


def check_saved(workflow: Workflow, context: dict[str, Any]) -> None:
    """Raise if this code can't go on from what was saved: CannotGoOn for a step that is gone, or what reading raises.

    All of it is read once before the engine does: the engine would find a state that doesn't fit when the run has
    begun.
    """
    _check_steps(workflow, context)
    _ = Context.from_dict(workflow, context).store


def _check_steps(workflow: Workflow, context: dict[str, Any]) -> None:
    steps = {str(step) for step in BrokerState.from_workflow(workflow).workers}
    for name, saved in (context.get("workers") or {}).items():
        if name not in steps and any(saved.get(held) for held in HELD):
            where = "waits in it" if saved.get("collected_waiters") else "has something for it to do"
            raise CannotGoOn(f"step {name} is not there any more, and the run {where}")


def check_answer(
    workflow: Workflow, context: dict[str, Any], prompt: Prompt, values: dict[str, Any], database: Path
) -> None:
    """Raise AnswerRefused if the answer to a prompt of the saved run doesn't fit what this code takes."""
    cls = _answer_class(workflow, context, prompt)
    if cls is None:
        name = prompt.answer.get("type")
        raise AnswerRefused(f"No step takes {name} any more: the workflow's code has changed since it asked.")
    try:
        cls(**{**prompt.answer.get("requirements", {}), **with_contents(values, database)})
    except ValidationError as error:
        where, said = next(iter(sentences_of(error).items()))
        raise AnswerRefused(f"The new version doesn't take this answer: {where or 'as a whole'}: {said}") from error
    except FileNotFoundError as error:
        raise AnswerRefused(str(error)) from error


def _answer_class(workflow: Workflow, context: dict[str, Any], prompt: Prompt) -> type[Event] | None:
    for saved in (context.get("workers") or {}).values():
        for waiter in saved.get("collected_waiters") or []:
            if waiter.get("waiter_id") == prompt.waiter_id:
                return _class_named(str(waiter.get("waiting_for_event")))
    name = prompt.answer.get("type")
    for worker in BrokerState.from_workflow(workflow).workers.values():
        for accepted in worker.config.accepted_events:
            if isinstance(accepted, type) and accepted.__qualname__ == name and issubclass(accepted, Event):
                return accepted
    return HumanResponseEvent if name == "HumanResponseEvent" else None


def _class_named(name: str) -> type[Event] | None:
    try:
        found = JsonSerializer().resolve_class(name)
    except (ImportError, AttributeError, ValueError):
        return None
    return found if issubclass(found, Event) else None


def why(error: BaseException) -> str:
    """What keeps code from going on with a run, from what was raised; the end of a sentence, without its full stop."""
    if isinstance(error, CannotGoOn):
        return str(error)
    cause = error
    while cause.__cause__ is not None and not isinstance(cause, ValidationError):
        cause = cause.__cause__
    if isinstance(cause, ValidationError):
        where, said = next(iter(sentences_of(cause).items()))
        return f"what was saved doesn't fit {cause.title} any more: {where or 'as a whole'}: {said}".rstrip(".")
    if gone := _GONE.search(str(cause)):
        return f"what was saved holds {gone[1]}, which {gone[2]} doesn't have any more"
    if isinstance(cause, ImportError):
        return f"what was saved holds something of a module that is not there any more ({cause})"
    said = str(error) if isinstance(error, (NotRunnable, NotMade)) else f"{type(error).__name__}: {error}"
    return said.rstrip(".")


_GONE = re.compile(r"^Attribute (\S+) not found in module ([\w.]+)")
"""What the engine says of a class that a saved value names."""
