"""What the steps of a class declare, and whether all of it was understood: what rules ask first."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from inspectors.discovery.names import Target, inherits, is_foreign, lineage
from inspectors.discovery.reads import literal
from inspectors.graph.annotations import members_of
from inspectors.graph.step_readings import StepReading

_SWITCHES = ("skip_graph_checks", "disable_validation", "add_step(", "_step_functions")
"""Where a file has one of these words, the engine's checks may be off, or the class may get steps from elsewhere."""


@dataclass
class Declared:
    """The steps of a workflow class as their annotations declare them."""

    workflow: Target
    readings: list[StepReading]
    lineage_known: bool
    """Whether every class it inherits from was read, so that no step can come from elsewhere."""
    complete: bool
    """Whether all annotations of all steps were understood too, and no check is switched off."""

    def understood(self, reading: StepReading) -> bool:
        """Whether every name in the annotations of a step was understood."""
        annotations = [argument.annotation for argument in reading.step.parameters] + [reading.step.node.returns]
        return all(annotation is None or _understood(reading, annotation) for annotation in annotations)

    def accepts(self, reading: StepReading) -> list[Target]:
        """The events that a step takes."""
        return [member.target for taken in reading.signature.takes for member in taken.members]

    def gives(self, reading: StepReading) -> list[Target]:
        """The events that a step's annotation says it gives."""
        return [member.target for member in reading.signature.gives if inherits(member.target, "Event")]

    def takers(self, event: Target) -> list[StepReading]:
        """The steps to which the engine hands an event of exactly this class."""
        exact, with_subclasses = self._taking
        found = list(exact.get(event, ()))
        bases = lineage(event) if with_subclasses else []
        return found + [reading for reading in with_subclasses if any(base in self.accepts(reading) for base in bases)]

    @cached_property
    def _taking(self) -> tuple[dict[Target, list[StepReading]], list[StepReading]]:
        """Looked up once: of 500 steps each would be asked about each event."""
        exact: dict[Target, list[StepReading]] = {}
        with_subclasses = []
        for reading in self.readings:
            if literal(reading.step.option("accept_event_subclasses"))[1] is True:
                with_subclasses.append(reading)
                continue
            for event in dict.fromkeys(self.accepts(reading)):
                exact.setdefault(event, []).append(reading)
        return exact, with_subclasses


def declared_steps(workflow: Target, readings: list[StepReading]) -> Declared:
    """The declarations of a class whose steps were read."""
    ancestors = lineage(workflow)
    lineage_known = all(ancestor.known and not is_foreign(ancestor) for ancestor in ancestors)
    declared = Declared(workflow, readings, lineage_known, False)
    modules = {id(part.source): part.source for part in ancestors if part.source}
    switched = any(word in module.text for module in modules.values() for word in _SWITCHES)
    declared.complete = lineage_known and not switched and all(declared.understood(reading) for reading in readings)
    return declared


def _understood(reading: StepReading, annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return True
    members = members_of(reading.step.module, annotation, reading.step.scope)
    return bool(members) and all(
        ancestor.known and not is_foreign(ancestor) for member in members for ancestor in lineage(member.target)
    )
