"""Why a run failed, where its error alone doesn't say it: the engine or pydantic raised it for a workflow's slip."""

from __future__ import annotations

import re
from typing import Any

from inspectors.diagnostics import findings
from inspectors.diagnostics.engine_errors import explain_refusal, line_of_attribute, own_frame, place
from inspectors.diagnostics.findings import listed
from inspectors.diagnostics.known import Known
from inspectors.diagnostics.model import Finding


def explain_run(error: dict[str, Any], known: Known) -> Finding | None:
    """The finding for the error of a run; None if its own type and message say all there is to say."""
    kind, message = str(error.get("type") or ""), str(error.get("message") or "")
    for explain in (_time_is_up, _hidden_step, _not_given, _does_not_fit):
        found = explain(kind, message, error, known)
        if found:
            return found
    return explain_refusal(kind, message, known, error.get("frames") or [])


def _time_is_up(kind: str, message: str, error: dict[str, Any], known: Known) -> Finding | None:
    match = re.search(r"timed out after ([\d.]+) seconds\.(?: (No steps active))?(?:.*?active steps?: (.+))?", message)
    if kind != "WorkflowTimeoutError" or not match:
        return None
    limit = f"{float(match[1]):g} s"
    if match[2]:
        for step, event in known.unheard():
            return findings.undeclared_event(known, step, event)
        said = f"{known.name or 'The run'} stood still until its time limit of {limit}: no step was running any more."
        mend = "Look at the last event of the trace: a step has to take it, or the step before has to return one."
        return Finding("stalled", said, mend, known.file, known.line)
    steps = [name.strip() for name in (match[3] or "").split(",") if name.strip()]
    who = f" {listed(steps)} {'was' if len(steps) == 1 else 'were'} still running." if steps else ""
    mend = "Give the run more time, or find what takes so long in the timeline."
    at = known.place_of_step(steps[0]) if steps else (known.file, known.line)
    return Finding("timeout", f"The run reached its time limit of {limit}.{who}", mend, *at)


def _hidden_step(kind: str, message: str, error: dict[str, Any], known: Known) -> Finding | None:
    name = message.strip("'\"")
    if kind != "KeyError" or known.step(name) is None or own_frame(error.get("frames") or []):
        return None
    return findings.attribute_shadows_step(known, name, known.file, line_of_attribute(known, name))


def _not_given(kind: str, message: str, error: dict[str, Any], known: Known) -> Finding | None:
    match = re.fullmatch(r"'(\w+)' object has no attribute '(\w+)'", message.strip())
    event = known.event(match[1]) if match else None
    if kind != "AttributeError" or not match or event is None:
        return None
    name, step = match[2], str(error.get("step") or "")
    who = f"Step {step}" if step else "A step"
    if match[1] in ("StartEvent", "HumanResponseEvent"):
        what = "the run was not given it" if match[1] == "StartEvent" else "the answer doesn't hold it"
        said = f"{who} reads {name} of {match[1]}, but {what}."
        mend = f"Give {name} in the input" if match[1] == "StartEvent" else f"Send {name} with the answer"
        mend += f', or read it with `ev.get("{name}", ...)`.'
    else:
        fields = [field["name"] for field in event.get("fields") or []]
        said = f"{who} reads {name} of {match[1]}, which has no such field."
        mend = (
            f"{match[1]} has {listed(fields)}."
            if fields
            else f"{match[1]} declares no fields: add `{name}` to the class."
        )
    file, line = place(known, error.get("frames") or [])
    return Finding("no-such-field", said, mend, file, line, str(error.get("traceback") or ""))


def _does_not_fit(kind: str, message: str, error: dict[str, Any], known: Known) -> Finding | None:
    head = re.match(r"\d+ validation errors? for (\w+)\n", message)
    if kind != "ValidationError" or not head or known.event(head[1]) is None:
        return None
    rows = re.findall(r"^(\S[^\n]*)\n  (.+?) \[type=(\w+)", message, re.MULTILINE)
    missing = [name for name, _, what in rows if what == "missing"]
    wrong = [f"{name}: {text[:1].lower()}{text[1:]}" for name, text, what in rows if what != "missing"]
    step = str(error.get("step") or "")
    who = f"Step {step} makes {head[1]}" if step else f"{head[1]} is made"
    parts = ([f"without {listed(missing)}, which it requires"] if missing else []) + (
        [f"with values that don't fit ({'; '.join(wrong)})"] if wrong else []
    )
    said = f"{who} {' and '.join(parts) or 'with values that do not fit'}."
    file, line = place(known, error.get("frames") or [])
    mend = f"Give {listed(missing)} where {head[1]} is made." if missing else "Give values of the declared types there."
    return Finding("event-does-not-fit", said, mend, file, line, str(error.get("traceback") or ""))
