"""A person's answer made into the event that a run waits for, wherever the run is hosted."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from workflows.events import Event, HumanResponseEvent
from workflows.runtime.types.internal_state import BrokerState

from inspectors.recording.run_recorder import RunRecorder
from inspectors.runner.kept_files import with_contents
from inspectors.runner.refusals import sentences_of
from inspectors.store import Answer, Prompt


class AnswerRefused(Exception):
    """The workflow can't take an answer; the message is a sentence for the person who gave it."""


def event_for(recorder: RunRecorder, prompt: Prompt, answer: Answer, database: Path) -> Event:
    """The event to send to the run for an answer to an open prompt of it. Raises AnswerRefused."""
    assert recorder.live is not None
    cls = _answer_class(recorder.live.state, prompt)
    if cls is None:
        raise AnswerRefused(
            f"No step takes {prompt.answer.get('type')} any more: the workflow's code has changed since it asked."
        )
    try:
        return recorder.prompts.answer_event(
            prompt.prompt_id,
            {**with_contents(answer.value, database), **prompt.answer.get("requirements", {})},
            cls,
            {"name": answer.answered_by, "verified": answer.verified, "at": answer.answered_at},
        )
    except ValidationError as error:
        raise AnswerRefused(_sentence(error)) from error
    except FileNotFoundError as error:
        raise AnswerRefused(str(error)) from error


def _answer_class(state: BrokerState, prompt: Prompt) -> type[Event] | None:
    """The class to answer with, found by name in the engine's own state: a waiter's, or one that a step takes."""
    name = prompt.answer.get("type")
    for worker in state.workers.values():
        for waiter in worker.collected_waiters:
            if waiter.waiter_id == prompt.waiter_id:
                return waiter.waiting_for_event
    for worker in state.workers.values():
        for accepted in worker.config.accepted_events:
            if isinstance(accepted, type) and accepted.__qualname__ == name and issubclass(accepted, Event):
                return accepted
    return HumanResponseEvent if name == "HumanResponseEvent" else None


def _sentence(error: ValidationError) -> str:
    """The first thing that doesn't fit, in a sentence."""
    where, said = next(iter(sentences_of(error).items()))
    return f"{where or 'The answer'}: {said}"
