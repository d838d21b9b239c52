"""What keeps a runner from everything else: a step that blocks its event loop, the engine itself, held interpreters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from inspectors.runner.stacks import Stack, StackFrame, own_place


@dataclass(frozen=True)
class Working:
    """A step that has begun and not ended."""

    run: str
    step: str
    began: float


@dataclass(frozen=True)
class HoldUp:
    """What holds a runner up."""

    kind: str
    """step (its code blocks the event loop) | engine (busy with itself) | lock (code doesn't let go of the interpreter:
    not even the runner's own threads have their turn) | stopped (the process is, by a signal or a debugger)"""
    since: float
    """Epoch seconds."""
    run: str | None = None
    """Whose code it is, or whose events the engine is busy with; None if that isn't known."""
    step: str | None = None
    place: str = ""
    """The user's own line, such as `search.py, line 12`."""
    queued: int = 0
    """Events that wait in the engine's queues."""

    def as_json(self) -> dict[str, Any]:
        """What is kept in the runner's row."""
        return asdict(self)


def hold_up_of(value: dict[str, Any] | None) -> HoldUp | None:
    """A HoldUp from what is kept in a runner's row; None if nothing holds it up."""
    if not value:
        return None
    known = {field.name for field in fields(HoldUp)}
    return HoldUp(**{name: item for name, item in value.items() if name in known})


def blamed(stacks: Sequence[Stack], working: Sequence[Working]) -> tuple[Working | None, str]:
    """Which of the steps at work the stacks show, and at which line.

    Of several invocations of it, the one that began last. None if no step's function is on a stack (a callback, say)
    unless only one is at work, or if several are and it can't be told which.
    """
    found = _on(stacks, working, lambda frame: frame.own) or _on(stacks, working, lambda frame: frame.foreign)
    if len(found) == 1:
        return next(iter(found.values()))
    place = next((place for place in map(own_place, stacks) if place), "")
    if not found and len(working) == 1 and place:
        return working[0], place
    return None, "" if found else place


def _on(
    stacks: Sequence[Stack], working: Sequence[Working], counts: Callable[[StackFrame], bool]
) -> dict[str, tuple[Working, str]]:
    """The steps whose names functions on the stacks have, with the line of the user's own; by name."""
    found: dict[str, tuple[Working, str]] = {}
    for stack in stacks:
        names = {frame.name for frame in stack if counts(frame)}
        here = [one for one in working if one.step in names]
        if here:
            newest = max(here, key=lambda one: one.began)
            found.setdefault(newest.step, (newest, own_place(stack)))
    return found
