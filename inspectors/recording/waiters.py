"""Answers that reach their own waiter.

The engine gives a HumanResponseEvent to every waiter of its type: measured, one answer resolved three. So each waiter
gets a private requirement as it is registered. Its value also equals None, so that events the user's own code sends
(which lack the field) still match; and it is a `str`, so that the engine can serialise it (recording-facts.md 3b).
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.results import AddWaiter, StepWorkerWaiter

from inspectors.recording.values import PROMPT_KEY

ANSWERED = "answered"
"""The requirement of a waiter that has its answer: no event meets it."""


def place_of(step: str, waiter_id: str) -> str:
    """Where a waiter is, in one text."""
    return f"{step} {waiter_id}"


def what_the_engine_forgets(waiter: AddWaiter[Any]) -> dict[str, Any] | None:
    """Of a waiter that is added, what its tick doesn't keep; None if that is nothing.

    `required`: whether it takes only certain events; `own`: because the author said so; `deadline` (epoch seconds).
    """
    if not waiter.requirements and waiter.timeout is None:
        return None
    return {
        "required": bool(waiter.requirements),
        "own": bool(set(waiter.requirements) - {PROMPT_KEY}),
        "deadline": time.time() + waiter.timeout if waiter.timeout is not None else None,
    }


class AnswerId(str):
    """A prompt's id that also equals None."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other is None or str.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def with_private_requirement(waiter: AddWaiter[Any], prompt_id: str) -> AddWaiter[Any]:
    """The same waiter, asking for events that belong to this prompt or to none."""
    return waiter.model_copy(update={"requirements": {**waiter.requirements, PROMPT_KEY: AnswerId(prompt_id)}})


def refill_requirements(state: BrokerState, prompts: dict[str, str]) -> None:
    """Put private requirements back into waiters that were read from a checkpoint.

    The engine doesn't save requirements; it runs a step's body again to learn them. Where the private one was the only
    one, it is put back and the body isn't run. `prompts` maps waiter ids to prompt ids of such waiters. A waiter that
    has its answer already, in a step that now waits for another, keeps it.
    """
    for worker in state.workers.values():
        for waiter in worker.collected_waiters:
            prompt_id = prompts.get(waiter.waiter_id)
            if prompt_id is not None and not waiter.requirements:
                waiter.requirements = {PROMPT_KEY: AnswerId(prompt_id)}
            elif waiter.resolved_event is not None and waiter.has_requirements:
                waiter.requirements = {PROMPT_KEY: ANSWERED}  # or the next answer in this step would replace its own


def without_private_requirements(state: BrokerState) -> BrokerState:
    """The state as it would be without Stepscope, for whoever saves it in code of their own.

    A waiter with requirements has its step's body run again when it is resumed, so that the engine learns them anew.
    """
    if not any(PROMPT_KEY in one.requirements for worker in state.workers.values() for one in worker.collected_waiters):
        return state
    copied = BrokerState.deepcopy(state)  # not the method of a live state: its copies take its place
    for worker in copied.workers.values():
        worker.collected_waiters = [_bare(waiter) for waiter in worker.collected_waiters]
    return copied


def _bare(waiter: StepWorkerWaiter[Any]) -> StepWorkerWaiter[Any]:
    if PROMPT_KEY not in waiter.requirements:
        return waiter
    own = {name: value for name, value in waiter.requirements.items() if name != PROMPT_KEY}
    return dataclasses.replace(waiter, requirements=own, has_requirements=bool(own))
