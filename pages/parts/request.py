"""A prompt as a reviewer meets it: a request with its form, what it is called, and what was answered."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inspectors.discovery import AnswerShape, answer_shape
from inspectors.discovery.rereading import shown_version
from inspectors.discovery.waiting_calls import Asked, narrowed
from inspectors.forms import Form, ReviewPlan, form_from_answer, review_plan
from inspectors.runner.code_change import CodeChange
from inspectors.store import Prompt, Run
from inspectors.workbench import Workbench
from parts.changed_code import Version
from parts.words import cut, short_value

MOST_KEPT = 1_000
FRESH_SECONDS = 1.0
NOTHING_READ = AnswerShape("", "", False, [], {}, [])


@dataclass(frozen=True)
class Request:
    """A prompt with its form and what a reviewer sees of it."""

    prompt: Prompt
    form: Form
    plan: ReviewPlan
    kind: dict[str, Any] | None = None
    """The type of answer that was chosen, where it isn't the one that the prompt names."""


_kept: OrderedDict[tuple[Any, ...], Request] = OrderedDict()
"""Requests by what they are made from: a queue of hundreds is drawn again whenever one more comes."""


_shapes: dict[tuple[Any, ...], AnswerShape | None] = {}
_stamps: dict[str, tuple[float, str]] = {}


def request_of(wb: Workbench, prompt: Prompt, kind: int = 0) -> Request:
    """Work out the form of a prompt from what its runner said and what source shows.

    `kind`: which type of answer, where the workflow takes several: 0 for the one that is most likely meant.
    """
    file = file_of(wb, prompt)
    stamp = _stamp(wb, file)
    key = (prompt.run_id, prompt.prompt_id, kind, file, stamp)
    known = _kept.get(key)
    if known is None:
        described = kinds_of(prompt)[kind]
        known = _made(prompt, _shape(wb, prompt, file, described, stamp), described)
        if kind:
            known = replace(known, kind={**described, "requirements": {}})
        while len(_kept) >= MOST_KEPT:
            _kept.popitem(last=False)
        _kept[key] = known
    return replace(known, prompt=prompt)


def kinds_of(prompt: Prompt) -> list[dict[str, Any]]:
    """The types of answer that the workflow takes, the likely one first."""
    return [prompt.answer, *prompt.answer.get("others", [])]


def answered_with(wb: Workbench, request: Request, version: Version | None, change: CodeChange | None) -> Request:
    """The request with the form of the version that takes the answer: what the new one asks for, only source knows."""
    if change is None or change.new_trouble or version == "asked":
        return request
    prompt = request.prompt
    shape = _shape(wb, prompt, prompt.file, prompt.answer, _stamp(wb, prompt.file))
    return request if shape is None else _made(prompt, shape, None)


def _made(prompt: Prompt, shape: AnswerShape | None, described: dict[str, Any] | None) -> Request:
    form = form_from_answer(shape, described=described)
    given = prompt.answer.get("requirements") or {}
    form = replace(form, fields=tuple(field for field in form.fields if field.name not in given))
    literals = shape.literals if shape else None
    return Request(prompt, form, review_plan(prompt.text, prompt.fields, form, literals, prompt.draft_field))


def file_of(wb: Workbench, prompt: Prompt) -> str:
    """The file that asks: of a run that a step has started, the one of the run it belongs to; "" if there is none."""
    if prompt.file:
        return prompt.file
    run = wb.store.run(prompt.run_id)
    while run is not None and not run.file and run.parent_run:
        run = wb.store.run(run.parent_run)
    return run.file if run is not None else ""


def _stamp(wb: Workbench, file: str) -> str:
    """The version of a file and its local imports, looked at once a second; "" if there is none."""
    if not file:
        return ""
    now = time.monotonic()
    seen, stamp = _stamps.get(file, (-1.0, ""))
    if seen < 0 or now - seen > FRESH_SECONDS:
        stamp = str(shown_version(file, wb.settings.targets))
        _stamps[file] = now, stamp
    return stamp


def _shape(wb: Workbench, prompt: Prompt, file: str, described: Mapping[str, Any], stamp: str) -> AnswerShape | None:
    steps = tuple(described.get("steps") or ())
    key = (file, stamp, prompt.workflow, steps)
    if key not in _shapes:
        source = wb.source_of(file, prompt.workflow) if file else None
        if len(_shapes) >= MOST_KEPT:
            _shapes.clear()
        _shapes[key] = answer_shape(source, steps or None) if source else None
    shape = _shapes[key]
    if prompt.waiter_id is None or not Path(file).is_file():
        return shape
    asked = Asked(str(described.get("type") or ""), prompt.text, prompt.waiter_id, prompt.step)
    found = narrowed(shape or NOTHING_READ, file, asked)
    return found if found is not NOTHING_READ else None


def subject_of(run: Run | None) -> str:
    """What a run is about: the shortest text of its input."""
    texts = [value for value in (run.input if run else {}).values() if isinstance(value, str) and value.strip()]
    return cut(min(texts, key=len), 80) if texts else ""


def called(wb: Workbench, prompt: Prompt) -> str:
    """What a reviewer calls the workflow: the first line of its docstring."""
    file = file_of(wb, prompt)
    source = wb.source_of(file, prompt.workflow) if file else None
    return source.summary.rstrip(".") if source else ""


def answer_words(wb: Workbench, prompt: Prompt) -> str:
    """What was answered, in the words of the button that was pressed; else its values."""
    given = prompt.answer_value or {}
    for decision in request_of(wb, prompt).plan.decisions:
        if decision.values and all(given.get(name) == value for name, value in decision.values.items()):
            return decision.label
    return ", ".join(short_value(value) for value in given.values())
