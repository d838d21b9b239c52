"""What the steps of a class declare, and whether all of it was understood: what rules ask first."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from inspectors.discovery.names import Target, inherits, is_foreign, lineage
from inspectors.discovery.reads import literal
from inspectors.graph.annotations import members_of
from inspectors.graph.inferred import StepReading

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

    def takes(self, reading: StepReading, event: Target) -> bool:
        """Whether the engine hands an event of exactly this class to a step."""
        accepted = self.accepts(reading)
        if literal(reading.step.option("accept_event_subclasses"))[1] is True:
            return any(base in accepted for base in lineage(event))
        return event in accepted


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
