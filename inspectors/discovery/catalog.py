"""Targets in, catalog out: every workflow class that their files define, and what could not be read."""

from __future__ import annotations

import ast
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inspectors.discovery.badges import badges_of
from inspectors.discovery.constructor import constructor_shape
from inspectors.discovery.distributions import advice
from inspectors.discovery.events import documentation
from inspectors.discovery.glance import worth_reading
from inspectors.discovery.instances import MadeWorkflow, made_workflows, makes_something
from inspectors.discovery.model import Catalog, Problem, WorkflowSource
from inspectors.discovery.modules import Module, is_inside_a_function, read_module
from inspectors.discovery.names import Target, classes_of, forget_names, inherits, is_foreign, lineage
from inspectors.discovery.reads import literal
from inspectors.discovery.shapes import start_shape
from inspectors.discovery.steps import steps_of
from inspectors.discovery.targets import files_of
from inspectors.discovery.versions import LookedUp, forget_installed, local_imports, missing_modules
from inspectors.graph import inferred, step_readings


@dataclass(frozen=True)
class _Reading:
    """All that one file tells."""

    workflows: list[WorkflowSource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Why it can't be read, and modules it lacks."""
    refused: list[tuple[str, Problem]] = field(default_factory=list)
    """Why the engine will refuse a class of it, with the class as `module.qualname`."""
    bases: frozenset[str] = frozenset()
    """Classes that its workflows build on: what such a base lacks, they may have."""
    instances: list[tuple[str, WorkflowSource]] = field(default_factory=list)
    """Workflows that it makes of classes from elsewhere, each with its class as `module.qualname`."""


_cache: dict[Path, tuple[list[Module], _Reading]] = {}
_cache_lock = threading.Lock()


def discover(targets: Sequence[str | Path]) -> Catalog:
    """Read all files of the targets and find the workflows in them. Never raises, never imports them.

    A second call reads only what changed since.
    """
    forget_installed()
    forget_names()
    files: dict[Path, None] = {}
    problems: list[Problem] = []
    workflows: list[WorkflowSource] = []
    readings: list[_Reading] = []
    looked_up: LookedUp = {}
    for target in targets:
        found, refused = files_of(target)
        problems += refused
        # Of a folder only what may hold a workflow is parsed; a file that was named is always read.
        chosen = worth_reading(found) if len(found) > 1 else found
        here = [_workflows_in(path, looked_up) for path in chosen]
        fresh = [part for path, part in zip(chosen, here, strict=True) if path not in files]
        workflows += [source for reading in fresh for source in reading.workflows]
        readings += fresh
        problems += [problem for reading in fresh for problem in reading.problems]
        files |= dict.fromkeys(found)
        if not refused and not any(reading.workflows or reading.instances for reading in here):
            problems += _empty(target, found, here)
    bases = {base for reading in readings for base in reading.bases}
    problems += [problem for reading in readings for name, problem in reading.refused if name not in bases]
    known = {source.id for source in workflows}
    # Of a class that is on the page itself an instance adds nothing: it is how the class is made.
    workflows += [source for reading in readings for cls, source in reading.instances if cls not in known]
    ordered = sorted(workflows, key=lambda source: (source.name, source.file, source.line))
    return Catalog(_distinct(ordered), list(dict.fromkeys(problems)), len(files), [str(target) for target in targets])


def workflows_in(module: Module) -> list[Target]:
    """The workflow classes a file defines, in the order of the source.

    A class without any step that others in the file build on is a base, not a workflow.
    """
    return [target for target in _workflow_classes(module) if not is_inside_a_function(target.qualname)]


def defined_in_functions(path: str | Path) -> list[WorkflowSource]:
    """The workflow classes that functions of a file define, such as those of its tests. They can't be run."""
    module = read_module(path)
    missing = sorted(missing_modules(module))
    found = [_source(module, target, step_readings.read_steps(target), missing) for target in workflows_inside(module)]
    return sorted(found, key=lambda source: (source.name, source.line))


def workflows_inside(module: Module) -> list[Target]:
    """The workflow classes that functions of a file define: they have a graph, but nobody can import them."""
    return [target for target in _workflow_classes(module) if is_inside_a_function(target.qualname)]


def _workflow_classes(module: Module) -> list[Target]:
    found = [Target(module.name, name, module, node) for name, node in module.classes.items() if node.bases]
    found = [target for target in found if _is_workflow(target)]
    bases = {ancestor for target in found for ancestor in lineage(target)[1:]}
    return [target for target in found if target not in bases or steps_of(target)]


def _is_workflow(target: Target) -> bool:
    if inherits(target, "Workflow"):
        return True
    # A base from a package that isn't read: with steps of the engine's it can be nothing else.
    return any(is_foreign(ancestor) for ancestor in lineage(target)[1:]) and bool(steps_of(target))


def _workflows_in(path: Path, looked_up: LookedUp) -> _Reading:
    module = read_module(path)
    if module.problem:
        return _Reading(problems=[module.problem])
    if not any(node.bases for node in module.classes.values()) and not makes_something(module):
        return _Reading()
    rests_on = [module, *local_imports(module, looked_up)]
    with _cache_lock:
        known = _cache.get(path)
    # An unchanged file is the same Module object: `read_module` parses again only what changed. A module that was
    # missing is asked for again each time: installing it changes no file.
    if known and not known[1].problems and len(known[0]) == len(rests_on) and all(map(_same, known[0], rests_on)):
        return known[1]
    try:
        found = _read(module)
    except RecursionError:
        sentence = f"{path.name} is nested too deeply to be read. No workflow could be read from it."
        found = _Reading(problems=[Problem(str(path), None, sentence)])
    with _cache_lock:
        _cache[path] = (rests_on, found)
    return found


def _same(one: Module, other: Module) -> bool:
    return one is other


def _read(module: Module) -> _Reading:
    targets, made = workflows_in(module), list(made_workflows(module))
    if not targets and not made:
        return _Reading()
    missing = missing_modules(module)
    problems = []
    for name, (line, file) in missing.items():
        sentence = f"{Path(file).name} imports {name}, which is not installed here. {advice(name)}"
        problems.append(Problem(file, line, sentence))
    problems += module.left_out
    workflows, refused = [], []
    for target in targets:
        readings = step_readings.read_steps(target)
        source = _source(module, target, readings, sorted(missing))
        workflows.append(source)
        refused += [(target.dotted, problem) for problem in _refused(target, readings, source)]
    instances = [(one.target.dotted, _instance(module, one, sorted(missing))) for one in made]
    bases = frozenset(ancestor.dotted for target in targets for ancestor in lineage(target)[1:])
    return _Reading(workflows, problems, refused, bases, instances)


def _refused(target: Target, readings: list[step_readings.StepReading], source: WorkflowSource) -> list[Problem]:
    """Why the engine will surely refuse a class; nothing if that can't be told."""
    # The rules read source with this package, so they can be imported only once it is there.
    from inspectors.diagnostics.source_rules import refusals_in_class

    return [
        Problem(finding.file or source.file, finding.line, f"{finding.place}: {finding.sentence} {finding.mend}")
        for finding in refusals_in_class(target, readings, source.graph)
    ]


def _source(
    module: Module, target: Target, readings: list[step_readings.StepReading], missing: list[str]
) -> WorkflowSource:
    assert isinstance(target.node, ast.ClassDef)
    graph = inferred.read_graph(target, readings)
    doc = documentation(target.node)
    return WorkflowSource(
        id=target.dotted,
        key=f"workflow-card-{target.name}",
        name=target.name,
        module=module.name,
        root=str(module.root),
        file=str(module.path),
        line=target.node.lineno,
        end_line=target.node.end_lineno or target.node.lineno,
        doc=doc,
        summary=doc.split("\n", 1)[0].strip(),
        example_input=_example_input(target),
        badges=badges_of(graph, missing),
        graph=graph.to_json(),
        start=start_shape(readings),
        constructor=constructor_shape(target),
    )


def _instance(module: Module, made: MadeWorkflow, missing: list[str]) -> WorkflowSource:
    """A workflow under the name that the file gives it; steps and events are those of its class."""
    found = step_readings.read_steps(made.target)
    graph = inferred.read_made_graph(made.target, found, module, made.made_by)
    graph.name, graph.doc = made.name, made.doc or graph.doc
    graph.file, graph.line = str(module.path), made.line
    return WorkflowSource(
        id=f"{module.name}.{made.name}",
        key=f"workflow-card-{made.name}",
        name=made.name,
        module=module.name,
        root=str(module.root),
        file=str(module.path),
        line=made.line,
        end_line=made.end_line,
        doc=graph.doc,
        summary=graph.doc.split("\n", 1)[0].strip(),
        example_input={},
        badges=badges_of(graph, missing),
        graph=graph.to_json(),
        start=start_shape(found),
        constructor=made.constructor,
    )


def _example_input(target: Target) -> dict[str, Any]:
    for _, node in classes_of(target):
        for statement in node.body:
            names: list[ast.expr] = []
            if isinstance(statement, ast.Assign):
                names = statement.targets
            elif isinstance(statement, ast.AnnAssign):
                names = [statement.target]
            if any(isinstance(name, ast.Name) and name.id == "example_input" for name in names):
                assert isinstance(statement, (ast.Assign, ast.AnnAssign))
                value = literal(statement.value)[1]
                if isinstance(value, dict):
                    return {str(key): item for key, item in value.items()}
    return {}


def _distinct(workflows: list[WorkflowSource]) -> list[WorkflowSource]:
    """Ids and keys made unique; the order of the list decides which key gets a number."""
    ids = [source.id for source in workflows]
    seen: dict[str, int] = {}
    distinct = []
    for source in workflows:
        seen[source.name] = seen.get(source.name, 0) + 1
        key = source.key if seen[source.name] == 1 else f"{source.key}-{seen[source.name]}"
        identity = source.id
        if ids.count(source.id) > 1:
            identity = f"{source.id}@{hashlib.sha256(source.file.encode()).hexdigest()[:6]}"
        distinct.append(replace(source, id=identity, key=key))
    return distinct


def _empty(target: str | Path, files: list[Path], read: list[_Reading]) -> list[Problem]:
    """The sentence for a target that holds no workflow; none if its one file has a problem of its own."""
    if len(files) == 1 and read[0].problems:
        return []
    # Of a folder's notebooks and Markdown only those count that hold a workflow.
    count = sum(path.suffix == ".py" for path in files) if len(files) > 1 or Path(target).is_dir() else len(files)
    if count == 1:
        what = "1 Python file was read; no class in it inherits from Workflow."
    elif count:
        what = f"{count} Python files were read; none has a class that inherits from Workflow."
    else:
        what = "there is no Python file in it."
    resolved = Path(target).expanduser().resolve()
    return [Problem(str(resolved), None, f"No workflows in {target} · {what}")]
