"""All that is wrong with a workflow, from source, from the imported class and from the runner, each thing once."""

from __future__ import annotations

import re
from typing import Any

from inspectors.diagnostics import findings
from inspectors.diagnostics.engine_errors import explain_refusal, place
from inspectors.diagnostics.findings import PER_THING, RUNTIME_RULES
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
        if described.get("problem"):
            said.append(_refusal(described, known))
        else:
            # The engine has accepted the class: what it checks itself is in order, whatever source seemed to say.
            noticed = [finding for finding in noticed if finding.id in RUNTIME_RULES]
    # Source knows the line better than the frames of the engine do.
    said = [next((finding for finding in noticed if finding.sentence == one.sentence), one) for one in said]
    told = {_thing(finding) for finding in said}
    return said + [finding for finding in noticed if _thing(finding) not in told]


def explain_error(error: dict[str, Any], graph: dict[str, Any] | None) -> Finding | None:
    """What a run's error (`Run.error`) means, if that can be said better than by its own type and message.

    `graph` is the graph kept with the run. None for errors of the user's own code that speak for themselves.
    """
    return explain_run(error, Known(graph))


def _thing(finding: Finding) -> tuple[str, str]:
    """What makes two findings the same."""
    return finding.id, finding.sentence if finding.id in PER_THING else ""


def _refusal(described: dict[str, Any], known: Known) -> Finding:
    """Why the imported class can't be run: the engine refuses it, its `__init__` raised, or it needs arguments."""
    problem, error = str(described["problem"]), described.get("error") or {}
    kind, _, message = problem.removeprefix(f"{known.name} could not be made: ").partition(": ")
    frames = error.get("frames") or []
    refused = explain_refusal(str(error.get("type") or kind), str(error.get("message") or message), known, frames)
    if refused:
        return refused
    if re.match(rf"{re.escape(known.name)} is not set up: its __init__", problem):
        return findings.no_super_init(known)
    if not error:
        return Finding("cannot-be-made", problem, str(described.get("code") or ""), known.file, known.line)
    said = " ".join(problem.split())
    file, line = place(known, frames)
    trace = str(error.get("traceback") or "")
    return Finding("init-failed", said if said.endswith(".") else f"{said}.", "", file, line, trace)
