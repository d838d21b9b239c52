"""One function per rule: the finding in words. Source rules and engine errors both end here, so they say the same."""

from __future__ import annotations

from collections.abc import Sequence

from inspectors.diagnostics.known import Known
from inspectors.diagnostics.model import Finding
from inspectors.discovery.distributions import advice

RUNTIME_RULES = frozenset({"attribute-shadows-step", "undeclared-event", "returned-no-event"})
"""What the engine doesn't notice before a run: kept although it accepted the class."""
PER_THING = frozenset({
    "never-produced", "never-consumed", "accepts-stop-event", "no-event-parameter", "no-return-annotation",
    "num-workers", "free-step", "async-generator", "unknown-name", "not-installed", *RUNTIME_RULES,
})  # fmt: skip
"""Rules that may find several things in a class, a finding each; all others find one."""


def listed(names: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}" if names else ""


def _step(known: Known, rule: str, step: str, sentence: str, mend: str, line: int | None = None) -> Finding:
    file, own = known.place_of_step(step)
    return Finding(rule, sentence, mend, file, line or own)


def _class(known: Known, rule: str, sentence: str, mend: str) -> Finding:
    return Finding(rule, sentence, mend, known.file, known.line)


def no_steps(known: Known) -> Finding:
    """A class without steps."""
    return _class(known, "no-steps", f"{known.name} has no steps.", "Decorate its methods with @step.")


def no_start_event(known: Known) -> Finding:
    """No step takes the start event."""
    return _class(
        known,
        "no-start-event",
        f"{known.name} can't start: none of its steps takes StartEvent.",
        "Annotate a parameter of its first step with StartEvent, or with a class that derives from it.",
    )


def no_stop_event(known: Known) -> Finding:
    """No step returns the stop event."""
    return _class(
        known,
        "no-stop-event",
        f"{known.name} can't end: none of its steps is annotated to return StopEvent.",
        "Write `-> StopEvent` after the parameters of its last step, and return one there.",
    )


def two_start_events(known: Known, events: Sequence[str]) -> Finding:
    """Steps take different start events."""
    takers = [step for event in events for step in known.takers(event)]
    said = f"{known.name} has {len(events)} kinds of start event, {listed(sorted(events))}; the engine allows one."
    mend = "Let every first step take the same class" + (f": {listed(takers)}." if takers else ".")
    return _class(known, "two-start-events", said, mend)


def two_stop_events(known: Known, events: Sequence[str]) -> Finding:
    """Steps return different stop events."""
    givers = [step for event in events for step in known.givers(event)]
    said = f"{known.name} has {len(events)} kinds of stop event, {listed(sorted(events))}; the engine allows one."
    mend = "Let every last step return the same class" + (f": {listed(givers)}." if givers else ".")
    return _class(known, "two-stop-events", said, mend)


def never_produced(known: Known, event: str) -> Finding:
    """A step takes an event that none gives."""
    takers = known.takers(event)
    who = f"Step {takers[0]} of {known.name}" if takers else f"A step of {known.name}"
    senders = known.givers(event, declared=False)
    if senders:
        sender = senders[0]
        said = f"{who} takes {event}. Step {sender} gives it, but its annotation doesn't say so, so the engine refuses."
        mend = f"Add {event} to what {sender} returns, such as `-> {event} | None`."
        return _step(known, "never-produced", sender, said, mend, known.giving_line(event, sender))
    mend = f"Let a step return {event}, with `-> {event}` in its annotation, or remove the step that takes it."
    return _step(
        known, "never-produced", takers[0] if takers else "", f"{who} takes {event}, which no step gives.", mend
    )


def never_consumed(known: Known, event: str) -> Finding:
    """A step gives an event that none takes."""
    givers = known.givers(event, declared=True) or known.givers(event)
    who = f"Step {givers[0]} of {known.name}" if givers else f"A step of {known.name}"
    mend = f"Let a step take {event}, or remove it from what {givers[0] if givers else 'the step'} returns."
    said = f"{who} gives {event}, which no step takes."
    line = known.giving_line(event, givers[0]) if givers else None
    return _step(known, "never-consumed", givers[0] if givers else "", said, mend, line)


def accepts_stop_event(known: Known, step: str) -> Finding:
    """A step takes the event that ends the run."""
    said = f"Step {step} of {known.name} takes StopEvent, but StopEvent ends the run before any step could take it."
    mend = f"Let {step} take an event of its own, and return StopEvent from the last step."
    return _step(known, "accepts-stop-event", step, said, mend)


def dead_end(known: Known, steps: Sequence[str]) -> Finding:
    """Steps from which no way leads to the end."""
    one = len(steps) == 1
    said = (
        f"{'Step' if one else 'Steps'} {listed(steps)} of {known.name} never {'leads' if one else 'lead'} to StopEvent."
    )
    mend = "Let one of them return StopEvent, or an event that a step on the way to it takes."
    if one:
        mend = f"Let {steps[0]} return StopEvent, or an event that a step on the way to it takes."
    return _step(known, "dead-end", steps[0], said, mend)


def unreachable(known: Known, steps: Sequence[str]) -> Finding:
    """Steps to which no way leads from the start."""
    one = len(steps) == 1
    who = f"{'Step' if one else 'Steps'} {listed(steps)} of {known.name}"
    said = f"{who} can never run: no way leads there from the start."
    mend = (
        f"Let a step that runs return an event that {listed(steps, 'or')} takes, or remove {'it' if one else 'them'}."
    )
    return _step(known, "unreachable", steps[0], said, mend)


def no_event_parameter(known: Known, step: str) -> Finding:
    """A step without a parameter that is an event."""
    said = f"Step {step} of {known.name} takes no event, so nothing could start it."
    return _step(
        known, "no-event-parameter", step, said, "Annotate a parameter with an event class, such as `ev: StartEvent`."
    )


def no_return_annotation(known: Known, step: str) -> Finding:
    """A step that doesn't say what it returns."""
    said = f"Step {step} of {known.name} doesn't say what it returns, and the engine needs to know."
    mend = "Annotate it, such as `-> StopEvent`; write `-> None` if it gives nothing."
    return _step(known, "no-return-annotation", step, said, mend)


def num_workers(known: Known, step: str, value: str) -> Finding:
    """A step that may run zero times at once."""
    said = f"Step {step} of {known.name} has num_workers={value}; the engine needs a whole number of at least 1."
    return _step(known, "num-workers", step, said, "Write num_workers=1 or more, or leave it out.")


def free_step(known: Known, step: str, file: str | None = None, line: int | None = None) -> Finding:
    """A step outside of a class that names no workflow."""
    said = f"Step {step} stands outside of a class and doesn't say which workflow it belongs to."
    mend = "Name its class above it, `@step(workflow=MyWorkflow)`, or move it into the class."
    return Finding("free-step", said, mend, file or known.file, line or known.line)


def async_generator(known: Known, step: str) -> Finding:
    """A step that yields."""
    said = f"Step {step} of {known.name} yields its events one by one, which the engine doesn't support."
    mend = "Return a list of them, annotated like `-> list[MyEvent]`, or send each with `ctx.send_event`."
    return _step(known, "async-generator", step, said, mend)


def unknown_name(known: Known, step: str, name: str) -> Finding:
    """An annotation with a name that nothing defines."""
    said = f"Step {step} of {known.name} names {name} in its annotations, but its file neither defines nor imports it."
    return _step(
        known, "unknown-name", step, said, f"Define or import {name} at the top of the file, or correct its spelling."
    )


def no_super_init(known: Known, file: str | None = None, line: int | None = None) -> Finding:
    """An `__init__` that leaves the engine's out."""
    said = f"The __init__ of {known.name} doesn't call super().__init__(), so the engine can't run it."
    mend = "Call `super().__init__(**kwargs)` as its first line, and take `**kwargs`."
    return Finding("no-super-init", said, mend, file or known.file, line or known.line)


def attribute_shadows_step(known: Known, step: str, file: str | None = None, line: int | None = None) -> Finding:
    """`self.b = …` hides the step b of the class."""
    said = f"{known.name} sets self.{step}, which hides its own step {step}; the engine then can't find the step."
    at = known.place_of_step(step)
    return Finding(
        "attribute-shadows-step", said, "Give the attribute or the step another name.", file or at[0], line or at[1]
    )


def undeclared_event(known: Known, step: str, event: str) -> Finding:
    """A step gives what its annotation doesn't name, and nothing takes it."""
    said = f"Step {step} of {known.name} gives {event}, which its annotation doesn't name and no step takes."
    mend = f"A run goes no further from there: let a step take {event}, and add it to what {step} returns."
    return _step(known, "undeclared-event", step, said, mend, known.giving_line(event, step))


def returned_no_event(known: Known, step: str, kind: str, line: int | None = None) -> Finding:
    """A step returns a plain value."""
    said = f"Step {step} of {known.name} returns {_article(kind)}, not an event."
    mend = f"Return an event there, such as `StopEvent(result=...)`, or None if {step} gives nothing."
    return _step(known, "returned-no-event", step, said, mend, line)


def not_installed(name: str, module: str, file: str | None, line: int | None) -> Finding:
    """A file imports what isn't there; `name` is the file's."""
    said = f"{name} imports {module}, which is not installed here."
    return Finding("not-installed", said, advice(module), file, line)


def _article(kind: str) -> str:
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
