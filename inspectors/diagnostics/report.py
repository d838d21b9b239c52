"""All that is wrong with a workflow, from source, from the imported class and from the runner, each thing once."""

from __future__ import annotations

from typing import Any

from inspectors.diagnostics.engine_errors import explain_refusal
from inspectors.diagnostics.findings import RUNTIME_RULES
from inspectors.diagnostics.imports import explain_import
from inspectors.diagnostics.known import Known
from inspectors.diagnostics.model import Finding
from inspectors.diagnostics.run_errors import explain_run
from inspectors.diagnostics.source_rules import findings_in_source
from inspectors.discovery.model import WorkflowSource


def problems_of(
    source: WorkflowSource, described: dict[str, Any] | None = None, runner_error: dict[str, Any] | None = None
) -> list[Finding]:
    """What is wrong with a workflow, what stops it first; nothing else needs to be added, and nothing is said twice.

    `described` is what the runner says of this class (`description["workflows"][name]`), None or empty before it has
    imported it; `runner_error` is `RunnerStatus.error` of a runner that failed.
    """
    known = Known(source.graph)
    noticed = findings_in_source(source)
    said: list[Finding] = []
    if runner_error:
        said.append(explain_import(runner_error, known))
    elif described:
        problem = described.get("problem")
        if problem:
            said.append(_refusal(str(problem), described.get("error"), known))
        else:
            # The engine has accepted the class: what it checks itself is in order, whatever source seemed to say.
            noticed = [finding for finding in noticed if finding.id in RUNTIME_RULES]
    ids = {finding.id for finding in said}
    return said + [finding for finding in noticed if finding.id not in ids]


def explain_error(error: dict[str, Any], graph: dict[str, Any] | None) -> Finding | None:
    """What a run's error (`Run.error`) means, if that can be said better than by its own type and message.

    `graph` is the graph kept with the run. None for errors of the user's own code that speak for themselves.
    """
    return explain_run(error, Known(graph))


def _refusal(problem: str, error: dict[str, Any] | None, known: Known) -> Finding:
    """Why the imported class can't be run: the engine refuses it, or its `__init__` raised, or it needs arguments."""
    kind, _, message = problem.partition(": ")
    frames = (error or {}).get("frames") or []
    refused = explain_refusal(kind, message, known, frames)
    if refused:
        return refused
    if not kind.isidentifier() or not message:
        return Finding("cannot-be-made", problem, "", known.file, known.line)
    trace = str((error or {}).get("traceback") or "")
    said = f"{known.name} can't be made: {' '.join(problem.split())}"
    return Finding("init-failed", said if said.endswith(".") else f"{said}.", "", known.file, known.line, trace)
