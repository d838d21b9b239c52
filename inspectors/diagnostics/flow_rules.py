"""Rules on how events lead from step to step, as the engine checks them; only where all annotations were understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inspectors.diagnostics import findings
from inspectors.diagnostics.declared_steps import Declared
from inspectors.diagnostics.known import Known
from inspectors.diagnostics.model import Finding
from inspectors.discovery.names import Target, inherits, lineage
from inspectors.graph.step_readings import StepReading

Rule = Callable[[Declared, Known], Iterator[Finding]]

_COMES_FROM_OUTSIDE = ("InputRequiredEvent", "HumanResponseEvent", "StopEvent", "StepFailedEvent")
_LEAVES = ("InputRequiredEvent", "HumanResponseEvent", "StopEvent")


def no_steps(declared: Declared, known: Known) -> Iterator[Finding]:
    """A workflow needs steps."""
    if declared.complete and not declared.readings:
        yield findings.no_steps(known)


def no_start_event(declared: Declared, known: Known) -> Iterator[Finding]:
    """Some step must take a start event."""
    if declared.complete and declared.readings and not _starts(declared):
        yield findings.no_start_event(known)


def no_stop_event(declared: Declared, known: Known) -> Iterator[Finding]:
    """Some step must return a stop event."""
    if declared.complete and declared.readings and not _stops(declared):
        yield findings.no_stop_event(known)


def two_start_events(declared: Declared, known: Known) -> Iterator[Finding]:
    """There is one kind of start event."""
    events = _starts(declared)
    if declared.complete and len(events) > 1:
        yield findings.two_start_events(known, sorted(event.name for event in events))


def two_stop_events(declared: Declared, known: Known) -> Iterator[Finding]:
    """There is one kind of stop event."""
    events = _stops(declared)
    if declared.complete and len(events) > 1:
        yield findings.two_stop_events(known, sorted(event.name for event in events))


def accepts_stop_event(declared: Declared, known: Known) -> Iterator[Finding]:
    """No step takes the event that ends the run."""
    for reading in declared.readings if declared.complete else ():
        if any(inherits(event, "StopEvent") for event in declared.accepts(reading)):
            yield findings.accepts_stop_event(known, reading.step.name)


def never_produced(declared: Declared, known: Known) -> Iterator[Finding]:
    """What a step takes must be given by some step, or come from outside."""
    produced = _produced(declared)
    seen: set[Target] = set()
    taken = {(id(reading), base) for other in produced for reading in declared.takers(other) for base in lineage(other)}
    for reading in declared.readings if declared.complete else ():
        for event in declared.accepts(reading):
            given = (id(reading), event) in taken
            if event not in seen and not given and not inherits(event, *_COMES_FROM_OUTSIDE):
                seen.add(event)
                yield findings.never_produced(known, event.name)


def never_consumed(declared: Declared, known: Known) -> Iterator[Finding]:
    """What a step gives must be taken by some step, or leave the workflow."""
    for event in _produced(declared) if declared.complete else ():
        if not inherits(event, *_LEAVES) and not declared.takers(event):
            yield findings.never_consumed(known, event.name)


def unreachable(declared: Declared, known: Known) -> Iterator[Finding]:
    """A way must lead from the start, or from a person's answer, to every step."""
    if not declared.complete:
        return
    events = {
        event for reading in declared.readings for event in [*declared.accepts(reading), *declared.gives(reading)]
    }
    waiting = [event for event in events if inherits(event, "StartEvent", "HumanResponseEvent")]
    seen = set(waiting)
    reached: set[str] = set()

    def reach(reading: StepReading) -> None:
        if reading.step.name not in reached:
            reached.add(reading.step.name)
            given = [event for event in declared.gives(reading) if event not in seen]
            seen.update(given)
            waiting.extend(given)

    for reading in declared.readings:
        if reading.step.catches_errors:
            reach(reading)
    for event in waiting:
        for reading in declared.takers(event):
            reach(reading)
    missed = sorted({reading.step.name for reading in declared.readings} - reached)
    if missed:
        yield findings.unreachable(known, missed)


def dead_end(declared: Declared, known: Known) -> Iterator[Finding]:
    """From every step that gives something a way must lead to the end, or to a person."""
    if not declared.complete:
        return
    givers: dict[str, set[str]] = {}
    """Step -> those that give what it takes."""
    leading: dict[str, None] = {}
    for reading in declared.readings:
        for event in declared.gives(reading):
            if inherits(event, "StopEvent", "InputRequiredEvent"):
                leading[reading.step.name] = None
            for other in declared.takers(event):
                givers.setdefault(other.step.name, set()).add(reading.step.name)
    waiting = list(leading)
    for name in waiting:
        for giver in givers.get(name, ()):
            if giver not in leading:
                leading[giver] = None
                waiting.append(giver)
    lost = sorted(
        reading.step.name
        for reading in declared.readings
        if declared.gives(reading) and reading.step.name not in leading
    )
    if lost:
        yield findings.dead_end(known, lost)


def _starts(declared: Declared) -> set[Target]:
    taken = [event for reading in declared.readings for event in declared.accepts(reading)]
    return {event for event in taken if inherits(event, "StartEvent")}


def _stops(declared: Declared) -> set[Target]:
    given = [event for reading in declared.readings for event in declared.gives(reading)]
    return {event for event in given if inherits(event, "StopEvent")}


def _produced(declared: Declared) -> list[Target]:
    given = [event for reading in declared.readings for event in declared.gives(reading)]
    return list(dict.fromkeys([*_starts(declared), *given]))


RULES: list[list[Rule]] = [
    [no_steps, no_start_event, no_stop_event, two_start_events, two_stop_events],
    [accepts_stop_event],
    [never_produced],
    [never_consumed],
    [unreachable, dead_end],
]
"""The stages in the engine's order."""
