"""Rules that source alone can tell, before anything runs. Silent where source doesn't say enough.

In the engine's own order: what stops the file from being imported, then what is missing to start and to end, then
events without a step on one side, then ways that lead nowhere. A later stage is looked at once the earlier ones
are in order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from inspectors.diagnostics import findings
from inspectors.diagnostics.declared_steps import Declared, declared_steps
from inspectors.diagnostics.flow_rules import RULES as FLOW_RULES
from inspectors.diagnostics.known import Known
from inspectors.diagnostics.model import Finding
from inspectors.discovery.model import WorkflowSource
from inspectors.discovery.modules import Function, Module, read_module
from inspectors.discovery.names import Target, classes_of, dotted_name, resolve
from inspectors.discovery.reads import literal
from inspectors.discovery.steps import StepSource, method_of
from inspectors.discovery.versions import missing_modules
from inspectors.graph.step_readings import StepReading, read_steps

Rule = Callable[[Declared, Known], Iterator[Finding]]
_PLAIN = {ast.JoinedStr: "str", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set", ast.SetComp: "set"}


def findings_in_source(source: WorkflowSource) -> list[Finding]:
    """What is surely wrong with a workflow, as its file is now. Never raises for odd code."""
    module = read_module(source.file)
    if module.problem:
        return [Finding("unreadable", module.problem.sentence, "", source.file, module.problem.line)]
    needs = [
        findings.not_installed(Path(file).name, name, file, line)
        for name, (line, file) in missing_modules(module).items()
    ]
    target = resolve(module, source.id.partition("@")[0].removeprefix(f"{source.module}."))
    if target is None or not isinstance(target.node, ast.ClassDef):
        return needs
    try:
        return needs + findings_in_class(target, read_steps(target), Known(source.graph))
    except RecursionError:
        return needs


def refusals_in_class(workflow: Target, readings: list[StepReading], graph: dict[str, Any]) -> list[Finding]:
    """Why the engine will surely refuse a class. One without any step may be meant for others to build on."""
    found = findings_in_class(workflow, readings, Known(graph))
    return [finding for finding in found if finding.id not in (*findings.RUNTIME_RULES, "no-steps")]


def findings_in_class(workflow: Target, readings: list[StepReading], known: Known) -> list[Finding]:
    """What is surely wrong with a workflow class whose steps were read."""
    declared = declared_steps(workflow, readings)
    later = [finding for rule in LATER for finding in rule(declared, known)]
    for stage in (DEFINITION, *FLOW_RULES):
        found = [finding for rule in stage for finding in rule(declared, known)]
        if found:
            return found + later
    return later


def no_return_annotation(declared: Declared, known: Known) -> Iterator[Finding]:
    """The engine needs the return annotation of every step."""
    for reading in declared.readings:
        if reading.step.node.returns is None:
            yield findings.no_return_annotation(known, reading.step.name)


def no_event_parameter(declared: Declared, known: Known) -> Iterator[Finding]:
    """The engine needs an event among the parameters of every step."""
    for reading in declared.readings:
        if not reading.signature.takes and declared.understood(reading):
            yield findings.no_event_parameter(known, reading.step.name)


def num_workers(declared: Declared, known: Known) -> Iterator[Finding]:
    """A step must be allowed to run."""
    for reading in declared.readings:
        option = reading.step.option("num_workers")
        is_told, value = literal(option)
        if option is not None and is_told and (not isinstance(value, int) or value <= 0):
            yield findings.num_workers(known, reading.step.name, ast.unparse(option))


def async_generator(declared: Declared, known: Known) -> Iterator[Finding]:
    """A step can't yield."""
    for reading in declared.readings:
        node = reading.step.node
        if isinstance(node, ast.AsyncFunctionDef) and any(isinstance(one, ast.Yield) for one in own_nodes(node)):
            yield findings.async_generator(known, reading.step.name)


def free_step(declared: Declared, known: Known) -> Iterator[Finding]:
    """A step outside of a class must name its workflow."""
    module = declared.workflow.source
    for function in module.functions.values() if module else ():
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            target = resolve(module, called) if module and dotted_name(called) else None
            named = isinstance(decorator, ast.Call) and any(
                keyword.arg in (None, "workflow") for keyword in decorator.keywords
            )
            if module and target and target.is_engine("step") and not named:
                yield findings.free_step(known, function.name, str(module.path), decorator.lineno)


def unknown_name(declared: Declared, known: Known) -> Iterator[Finding]:
    """An annotation must name what its file knows."""
    for reading in declared.readings:
        module = reading.step.module
        for name in annotated_names(reading.step):
            target = resolve(module, name, reading.step.scope)
            if target and not target.known and target.module == module.name and not is_bound(module, name):
                yield findings.unknown_name(known, reading.step.name, name)
                break


def no_super_init(declared: Declared, known: Known) -> Iterator[Finding]:
    """An own `__init__` must call the engine's."""
    found = method_of(declared.workflow, "__init__") if declared.lineage_known else None
    if found is None:
        return
    for node in ast.walk(found[1]):
        if isinstance(node, ast.Name) and node.id == "super":
            return
        if isinstance(node, ast.Attribute) and node.attr == "__init__":
            return
    yield findings.no_super_init(known, str(found[0].path), found[1].lineno)


def attribute_shadows_step(declared: Declared, known: Known) -> Iterator[Finding]:
    """`self.b = ...` hides the step b."""
    names = {reading.step.name for reading in declared.readings}
    for module, node in classes_of(declared.workflow):
        for method in node.body:
            if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for name, value, line in _set_on_self(method):
                wraps = any(isinstance(part, ast.Attribute) and part.attr == name for part in ast.walk(value))
                if name in names and not wraps:
                    names.discard(name)
                    yield findings.attribute_shadows_step(known, name, str(module.path), line)


def undeclared_event(declared: Declared, known: Known) -> Iterator[Finding]:
    """What a step returns must be in its annotation, or nothing takes it."""
    if declared.complete:
        for step, event in known.unheard(("returns",)):
            yield findings.undeclared_event(known, step, event)


def returned_no_event(declared: Declared, known: Known) -> Iterator[Finding]:
    """A step returns an event, not a plain value."""
    for reading in declared.readings:
        for node in own_nodes(reading.step.node):
            if isinstance(node, ast.Return) and (kind := _plain(node.value)):
                yield findings.returned_no_event(known, reading.step.name, kind, node.lineno)
                break


DEFINITION: list[Rule] = [
    async_generator,
    no_event_parameter,
    no_return_annotation,
    num_workers,
    unknown_name,
    free_step,
]
"""What stops the class, and with it the whole file, from being imported."""
LATER: list[Rule] = [no_super_init, attribute_shadows_step, undeclared_event, returned_no_event]
"""What is wrong whatever the graph looks like."""


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """All nodes of a function's body, without those of functions and classes in it."""
    waiting: list[ast.AST] = [*reversed(function.body)]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting += [*ast.iter_child_nodes(node)][::-1]


def annotated_names(step: StepSource) -> list[str]:
    """The plain names in the annotations of a step, those in strings included."""
    found: list[str] = []
    annotations = [argument.annotation for argument in step.parameters] + [step.node.returns]
    for annotation in annotations:
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Name):
                found.append(node.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                # Of a string only where it is the whole annotation: Literal["a"] holds strings that name nothing.
                found += [node.value] if node is annotation else []
    return list(dict.fromkeys(found))


def is_bound(module: Module, name: str) -> bool:
    """Whether anything in a file may bind a name: also in functions, by stars or through `globals()`."""
    if module.stars or "globals()" in module.text or "exec(" in module.text or name.startswith("__"):
        return True
    for node in ast.walk(module.tree):
        bound = getattr(node, "id", None) if isinstance(getattr(node, "ctx", None), ast.Store) else None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound = node.name
        elif isinstance(node, ast.alias):
            bound = (node.asname or node.name).partition(".")[0]
        elif type(node).__name__ in ("TypeVar", "ParamSpec", "TypeVarTuple"):
            bound = getattr(node, "name", None)
        if bound == name:
            return True
    return False


def _set_on_self(method: Function) -> Iterator[tuple[str, ast.expr, int]]:
    for node in ast.walk(method):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                yield target.attr, value, node.lineno


def _plain(value: ast.expr | None) -> str:
    """The type of a value that surely is no event, such as `str`; "" if it may be one."""
    if isinstance(value, ast.Constant) and value.value is not None and value.value is not ...:
        return type(value.value).__name__
    return _PLAIN.get(type(value), "") if value is not None else ""
