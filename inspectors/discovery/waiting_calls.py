"""The `wait_for_event` that a prompt comes from, found in source: what is read of its answer, and of no other's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from inspectors.discovery.model import AnswerShape
from inspectors.discovery.modules import Function, read_module
from inspectors.discovery.names import dotted_name
from inspectors.discovery.reads import Read, assignments, reads_of

MADE_UP = "waiter_"
"""What the engine's own ids of waiters begin with, where the author gave none."""


@dataclass(frozen=True)
class Asked:
    """What is known of a prompt that a waiter asks."""

    answer: str
    """The class name of the answer."""
    text: str
    waiter_id: str
    step: str


def narrowed(shape: AnswerShape, file: str, asked: Asked) -> AnswerShape:
    """The shape of an answer with only what is done with the answer to this prompt.

    It may be asked in a step, in a helper of one, or in an agent's tool. `shape` itself where it isn't found, or could
    be several.
    """
    calls = [found for found in _calls(read_module(file).tree) if _answers_with(found[1], asked.answer)]
    scores = [(_score(function, call, asked), function, call) for function, call in calls]
    best = max((score for score, _, _ in scores), default=-1)
    likely = [(function, call) for score, function, call in scores if score == best]
    if best < 0 or len(likely) != 1:
        return shape
    function, call = likely[0]
    reads: dict[str, Read] = {}
    for name, value in assignments(function):
        if any(node is call for node in ast.walk(value)):
            reads |= reads_of(function, name)
    literals = {name: read.literals for name, read in reads.items() if read.literals}
    if shape.typed:
        return replace(shape, literals=literals)
    fields = [read.as_field(function.name) for read in reads.values()]
    return replace(shape, event_type=asked.answer, fields=fields, literals=literals)


def _calls(tree: ast.Module) -> Iterator[tuple[Function, ast.Call]]:
    for function in ast.walk(tree):
        if isinstance(function, Function):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and (dotted_name(node.func) or "").endswith(".wait_for_event"):
                    yield function, node


def _given(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _answers_with(call: ast.Call, answer: str) -> bool:
    given = _given(call, 0, "event_type")
    return given is not None and (dotted_name(given) or "").rpartition(".")[2] == answer.rpartition(".")[2]


def _score(function: Function, call: ast.Call, asked: Asked) -> int:
    """How surely the prompt comes from this call; below 0 if it can't."""
    score = int(function.name == asked.step)
    named = _given(call, 2, "waiter_id")
    if named is not None and not (isinstance(named, ast.Constant) and named.value is None):
        pattern = _pattern(named)
        if pattern is not None:
            if not pattern.fullmatch(asked.waiter_id):
                return -1
            score += 4
    elif not asked.waiter_id.startswith(MADE_UP):
        return -1
    texts = [text for text in _texts(function, _given(call, 1, "waiter_event")) if text is not None]
    if any(text.fullmatch(asked.text) for text in texts):
        score += 4
    return score


def _texts(function: Function, prompt: ast.expr | None) -> list[re.Pattern[str] | None]:
    """Patterns of the texts that a prompt is made with, also where a local name holds it."""
    if isinstance(prompt, ast.Name):
        prompt = next((value for name, value in assignments(function) if name == prompt.id), None)
    if not isinstance(prompt, ast.Call):
        return []
    return [_pattern(value) for value in [*prompt.args, *(keyword.value for keyword in prompt.keywords)]]


def _pattern(expr: ast.expr) -> re.Pattern[str] | None:
    """What a literal or an f-string may become; None for anything else."""
    if isinstance(expr, ast.Constant) and isinstance(expr.value, str):
        return re.compile(re.escape(expr.value.strip()))
    if isinstance(expr, ast.JoinedStr):
        parts = [
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(?s:.*)"  # a piece of text, or a value
            for part in expr.values
        ]
        return re.compile("".join(parts).strip())
    return None
