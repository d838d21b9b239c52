"""What the engine says when it refuses a class, as a finding that names the class, the step, the event, the line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from inspectors.diagnostics import findings
from inspectors.diagnostics.known import Known
from inspectors.diagnostics.model import Finding
from inspectors.discovery.modules import read_module

Frames = Sequence[dict[str, Any]]
Explain = Callable[[re.Match[str], Known, Frames], Finding | None]

ENGINE_ERRORS = ("WorkflowValidationError", "WorkflowConfigurationError", "WorkflowRuntimeError")


def explain_refusal(kind: str, message: str, known: Known, frames: Frames = ()) -> Finding | None:
    """The finding for an error of the engine's own; None for any other error.

    `kind` is the name of its type, `frames` its frames as records keep them.
    """
    for pattern, explain in _RULES:
        match = pattern.search(message)
        found = explain(match, known, frames) if match else None
        if found:
            return found
    if kind not in ENGINE_ERRORS:
        return None
    sentence = " ".join(message.split())
    file, line = place(known, frames)
    return Finding("engine-refuses", f"The engine refuses {known.name or 'this workflow'}: {sentence}", "", file, line)


def own_frame(frames: Frames) -> dict[str, Any] | None:
    """The last frame in the user's own code."""
    return next((frame for frame in reversed(frames) if frame.get("own")), None)


def place(known: Known, frames: Frames) -> tuple[str | None, int | None]:
    """Where the user's own code was last; else the class."""
    frame = own_frame(frames)
    return (frame["file"], frame["line"]) if frame else (known.file, known.line)


def _step_of(known: Known, frames: Frames) -> str:
    """The step whose decorator or function the user's own code was at last; "" if it can't be told."""
    frame = own_frame(frames)
    node = known.at_line(frame["file"], frame["line"]) if frame else None
    return str(node["name"]) if node else ""


def _at_step(say: Callable[[Known, str], Finding]) -> Explain:
    """For an error at class definition, whose frames alone tell which step it is about."""

    def explain(_match: re.Match[str], known: Known, frames: Frames) -> Finding | None:
        step = _step_of(known, frames)
        return say(known, step) if step else None

    return explain


def _on_class(say: Callable[[Known], Finding]) -> Explain:
    return lambda _match, known, _frames: say(known)


def _no_start(_match: re.Match[str], known: Known, _frames: Frames) -> Finding | None:
    if not known.steps():
        return findings.no_steps(known)
    takers = [name for event in known.events("start") for name in known.takers(event)]
    return _hidden(known, takers) if takers else findings.no_start_event(known)


def _two(say: Callable[[Known, Sequence[str]], Finding]) -> Explain:
    def explain(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
        return say(known, sorted(name.rpartition(".")[2] for name in re.findall(r"<class '([^']+)'>", match[1])))

    return explain


def _never_produced(match: re.Match[str], known: Known, _frames: Frames) -> Finding | None:
    event = sorted(match[1].split(", "))[0]
    givers = known.givers(event, declared=True)
    return _hidden(known, givers) if givers else findings.never_produced(known, event)


def _never_consumed(match: re.Match[str], known: Known, _frames: Frames) -> Finding | None:
    event = sorted(match[1].split(", "))[0]
    takers = known.takers(event)
    return _hidden(known, takers) if takers else findings.never_consumed(known, event)


def _no_stop(_match: re.Match[str], known: Known, _frames: Frames) -> Finding | None:
    givers = [name for event in known.events("stop") for name in known.givers(event, declared=True)]
    return _hidden(known, givers) if givers else findings.no_stop_event(known)


def _hidden(known: Known, steps: Sequence[str]) -> Finding | None:
    """The engine doesn't see a step that the class has: an attribute of the instance hides it, if source says so."""
    for step in steps:
        line = line_of_attribute(known, step)
        if line:
            return findings.attribute_shadows_step(known, step, known.file, line)
    return None


def line_of_attribute(known: Known, name: str) -> int | None:
    """The line in the file of a class, from the class on, where `self.name` is set, or None."""
    setting = re.compile(rf"^\s*self\.{re.escape(name)}\s*(:[^=\n]+)?=(?!=)")
    lines = read_module(known.file).text.splitlines() if known.file else []
    found = (number for number, text in enumerate(lines, 1) if number >= (known.line or 0) and setting.match(text))
    return next(found, None)


def _workers(_match: re.Match[str], known: Known, frames: Frames) -> Finding | None:
    step, frame = _step_of(known, frames), own_frame(frames) or {}
    written = re.search(r"num_workers\s*=\s*([^,)\s]+)", frame.get("code") or "")
    if not written:
        written = re.search(r"num_workers\s*=\s*([^,)\s]+)", (known.step(step) or {}).get("source") or "")
    return findings.num_workers(known, step, written[1] if written else "0") if step else None


def _free(match: re.Match[str], known: Known, frames: Frames) -> Finding:
    file, line = place(known, frames)
    return findings.free_step(known, match[1], file, line)


def _dead_end(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    return findings.dead_end(known, match[1].split(", "))


def _unreachable(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    return findings.unreachable(known, match[1].split(", "))


def _stop_taken(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    return findings.accepts_stop_event(known, match[1])


def _unknown(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    return findings.unknown_name(known, match[1].rpartition(".")[2], match[2])


def _super(match: re.Match[str], known: Known, frames: Frames) -> Finding | None:
    raised_by_user = bool(frames) and frames[-1].get("own")
    return findings.no_super_init(known) if match[1] == known.name and not raised_by_user else None


def _returned(match: re.Match[str], known: Known, frames: Frames) -> Finding:
    return findings.returned_no_event(known, match[1], match[2])


def _returned_list(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    step = match[1]
    said = f"Step {step} returned a list that holds {match[2]}, not only events."
    return Finding("returned-no-event", said, "Let the list hold nothing but events.", *known.place_of_step(step))


def _returned_bare(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    step, event = match[1], match[2]
    said = f"Step {step} returned one {event}, but its annotation promises a list of them."
    mend = f"Return `[{event}(...)]`, or add `| {event}` to the annotation."
    return Finding("returned-bare-event", said, mend, *known.place_of_step(step))


def _collection(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    step, param, event = match[1], match[2], match[3]
    said = f"Step {step} of {known.name} collects list[{event}] in {param}, but no step returns such a list."
    mend = (
        f"Annotate the step that gives them `-> list[{event}]` and return them together; "
        f"where they are sent with `ctx.send_event`, take one {event} and use `ctx.collect_events`."
    )
    return Finding("collects-no-list", said, mend, *known.place_of_step(step))


def _levels(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    step = match[1]
    said = f"Step {step} of {known.name} joins events that never come together: {match[2]}."
    mend = "Let both come from the same step or from one fan-out, or wait for the other with `ctx.wait_for_event`."
    return Finding("join-never-fills", said, mend, *known.place_of_step(step))


def _handler(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    said = (
        f"Handler {match[1]} of {known.name} doesn't take StepFailedEvent, which is what a @catch_error handler gets."
    )
    return Finding(
        "handler-event", said, "Annotate its parameter with StepFailedEvent.", *known.place_of_step(match[1])
    )


def _resources(match: re.Match[str], known: Known, _frames: Frames) -> Finding:
    said = f"A resource of {known.name} can't be loaded: {' '.join(match[1].split())}"
    return Finding("resource", said, "", known.file, known.line)


def _rule(pattern: str, explain: Explain) -> tuple[re.Pattern[str], Explain]:
    return re.compile(pattern, re.DOTALL), explain


_RULES: list[tuple[re.Pattern[str], Explain]] = [
    _rule(r"Step signature must have at least one parameter annotated", _at_step(findings.no_event_parameter)),
    _rule(r"Return types of workflows step functions must be annotated", _at_step(findings.no_return_annotation)),
    _rule(r"num_workers must be an integer greater than 0", _workers),
    _rule(r"To decorate (\S+) please pass a workflow class", _free),
    _rule(r"Async-iterator fan-out", _at_step(findings.async_generator)),
    _rule(r"Failed to resolve type annotations for (\S+)\. Missing name: (\w+)", _unknown),
    _rule(r"@catch_error handler '([^']+)' must accept StepFailedEvent", _handler),
    _rule(r"has no configured steps", _on_class(findings.no_steps)),
    _rule(r"At least one Event of type StartEvent must be received", _no_start),
    _rule(r"At least one Event of type StopEvent must be returned", _no_stop),
    _rule(r"Only one type of StartEvent is allowed per workflow, found \d+: \{(.*)\}", _two(findings.two_start_events)),
    _rule(r"Only one type of StopEvent is allowed per workflow, found \d+: \{(.*)\}", _two(findings.two_stop_events)),
    _rule(r"events are consumed but never produced: (.+)", _never_produced),
    _rule(r"events are produced but never consumed: (.+)", _never_consumed),
    _rule(r"Events produced but never consumed: ([^\n]+)", _never_consumed),
    _rule(r"Steps? '([^']+)'.* cannot accept StopEvent", _stop_taken),
    _rule(r"Unreachable steps: ([^\n]+)", _unreachable),
    _rule(r"Dead-end steps: ([^\n]+)", _dead_end),
    _rule(r"Step '([^']+)' parameter '([^']+)' collects list\[([^\]]+)\], but no", _collection),
    _rule(r"Step '([^']+)' joins event parameters .*? common stream level: (.*?)\. A multi", _levels),
    _rule(r"Resource (?:config )?validation failed:\n(.*)", _resources),
    _rule(r"'(\w+)' object has no attribute '_\w+'", _super),
    _rule(r"Step function (\S+) returned a list containing (\S+) instead", _returned_list),
    _rule(r"Step function (\S+) returned a bare (\S+) but", _returned_bare),
    _rule(r"Step function (\S+) returned (\S+) instead of an Event instance", _returned),
]
