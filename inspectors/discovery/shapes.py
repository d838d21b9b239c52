"""What a workflow takes to start, and what it takes as an answer: the fields that forms are built from."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace

from inspectors.discovery.events import documentation, fields_of
from inspectors.discovery.instances import made_workflows
from inspectors.discovery.model import AnswerShape, StartField, StartShape, WorkflowSource
from inspectors.discovery.modules import Function, Module, read_module
from inspectors.discovery.names import Target, dotted_name, engine_target, inherits, resolve
from inspectors.discovery.reads import Read, assignments, reads_of
from inspectors.discovery.steps import StepSource, method_of
from inspectors.graph import step_readings


def start_shape(readings: Sequence[step_readings.StepReading]) -> StartShape:
    """The start event of a workflow and its fields, from the steps that take it."""
    takers = [(reading, *taken) for reading in readings for taken in reading.takes("StartEvent")]
    event = next((target for _, _, target in takers), engine_target("StartEvent"))
    reads = [
        (reading.step, _reads(reading.workflow, reading.step.module, reading.step.node, param))
        for reading, param, target in takers
        if target == event
    ]
    typed = event != engine_target("StartEvent")
    fields = _declared(event, reads) + _undeclared(event, reads) if typed else _read(reads)
    return StartShape(
        event_type=event.name,
        module=event.module,
        typed=typed,
        fields=_required_first(fields),
        file=str(event.source.path) if event.source else None,
        line=event.node.lineno if event.node else None,
        doc=documentation(event.node),
    )


def answer_shape(source: WorkflowSource, step_names: Sequence[str] | None = None) -> AnswerShape:
    """What the named steps (all if None) read of a person's answer.

    Both ways of taking one count: a parameter of a HumanResponseEvent, and the result of
    `ctx.wait_for_event`. For an answer class of the user's the declared fields are given too.
    """
    target = class_of(source)
    readings = step_readings.read_steps(target) if target else []
    chosen = [reading for reading in readings if step_names is None or reading.step.name in step_names]
    taken = [part for reading in chosen for part in answers_taken(reading)]
    event = next((answer for _, answer, _ in taken), None)
    if event is None:
        return AnswerShape("", "", False, [], {}, [])
    reads = [(step, read) for step, answer, read in taken if answer == event]
    typed = event != engine_target("HumanResponseEvent")
    fields = _declared(event, reads) if typed else _read(reads)
    literals: dict[str, list[str]] = {}
    for _, read in reads:
        for name, found in read.items():
            words = literals.setdefault(name, [])
            words += [word for word in found.literals if word not in words]
    return AnswerShape(
        event_type=event.name,
        module=event.module,
        typed=typed,
        fields=_required_first(fields),
        literals={name: words for name, words in literals.items() if words},
        steps=list(dict.fromkeys(step.name for step, _ in reads)),
        doc=documentation(event.node),
    )


def answers_taken(reading: step_readings.StepReading) -> list[tuple[StepSource, Target, dict[str, Read]]]:
    """Each answer a step takes: the step, the class, and what the step reads of it."""
    step, workflow = reading.step, reading.workflow
    found = [
        (step, target, _reads(workflow, step.module, step.node, param))
        for param, target in reading.takes("HumanResponseEvent")
    ]
    for wait in reading.facts.waits:
        if wait.prompt or inherits(wait.answer, "HumanResponseEvent"):
            reads: dict[str, Read] = {}
            for variable in _awaited(step.node, wait.line):
                reads |= _reads(workflow, step.module, step.node, variable)
            found.append((step, wait.answer, reads))
    return found


def _reads(workflow: Target, module: Module, function: Function, variable: str, depth: int = 3) -> dict[str, Read]:
    """What a function reads of an event, also in own helpers that it hands the whole event to."""
    found = reads_of(function, variable)
    for call in ast.walk(function):
        if not isinstance(call, ast.Call) or not depth:
            continue
        helper = _helper(workflow, module, call)
        if helper is None or helper[1] is function:
            continue
        for name in _handed_to(helper[1], call, variable):
            for field, read in _reads(workflow, *helper, name, depth - 1).items():
                found.setdefault(field, read)
    return found


def _helper(workflow: Target, module: Module, call: ast.Call) -> tuple[Module, Function] | None:
    func = call.func
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "self":
        return method_of(workflow, func.attr)
    target = resolve(module, func)
    if target and target.source and isinstance(target.node, Function):
        return target.source, target.node
    return None


def _handed_to(function: Function, call: ast.Call, variable: str) -> list[str]:
    """The parameters of a function that get a variable in a call of it."""
    names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
    if names[:1] == ["self"]:
        names = names[1:]
    given = [*zip(names, call.args, strict=False), *((word.arg, word.value) for word in call.keywords)]
    return [name for name, value in given if name and isinstance(value, ast.Name) and value.id == variable]


def class_of(source: WorkflowSource) -> Target | None:
    """The class of a workflow, also of one that its file only makes; None if it isn't there any more."""
    module = read_module(source.file)
    name = source.id.partition("@")[0].removeprefix(f"{source.module}.")
    if name in module.classes:
        return resolve(module, name)
    return next((made.target for made in made_workflows(module) if made.name == name), None)


def _awaited(function: ast.AST, line: int) -> list[str]:
    """The variables that hold the result of the `wait_for_event` on a line."""
    return [name for name, value in assignments(function) if _waits_on(value, line)]


def _waits_on(value: ast.expr, line: int) -> bool:
    return any(
        isinstance(call, ast.Call) and call.lineno == line and (dotted_name(call.func) or "").endswith("wait_for_event")
        for call in ast.walk(value)
    )


def _declared(event: Target, reads: Iterable[tuple[StepSource, dict[str, Read]]]) -> list[StartField]:
    """The fields of an own class, each with the step that was seen to read it first."""
    found = []
    for field in fields_of(event):
        reader = next(((step, read[field.name]) for step, read in reads if field.name in read), None)
        if reader:
            field = replace(field, step=reader[0].name, read_as=reader[1].read_as)
        found.append(field)
    return found


def _undeclared(event: Target, reads: Sequence[tuple[StepSource, dict[str, Read]]]) -> list[StartField]:
    """What steps get of a typed event though it declares nothing of the name: `get` reads such keys only."""
    declared = {field.name for field in fields_of(event)}
    found = [field for field in _read(reads) if field.name not in declared and ".get(" in field.read_as]
    if event.is_engine("AgentWorkflowStartEvent"):
        # A form can't give a memory; the other types stand at `run` only, which hands them over as they are.
        found = [replace(field, annotation=_AGENTS_START.get(field.name)) for field in found if field.name != "memory"]
    return found


_AGENTS_START = {"max_iterations": "int | None", "early_stopping_method": "Literal['force', 'generate'] | None"}


def _read(reads: Iterable[tuple[StepSource, dict[str, Read]]]) -> list[StartField]:
    """The fields that steps read of an event that takes any name. Optional if any step copes without it."""
    found: dict[str, StartField] = {}
    for step, by_name in reads:
        for name, read in by_name.items():
            field = read.as_field(step.name)
            known = found.setdefault(name, field)
            if known.required and not field.required:
                found[name] = field
    return list(found.values())


def _required_first(fields: list[StartField]) -> list[StartField]:
    return sorted(fields, key=lambda field: not field.required)
