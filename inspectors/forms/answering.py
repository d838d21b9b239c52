"""A reviewer's decision to the values of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspectors.forms.model import Field, Form
from inspectors.forms.review import Decision, ReviewPlan
from inspectors.forms.values import Parsed, initial, parse

COMMENT_MISSING = "Say what should change."


def answer(
    plan: ReviewPlan,
    decision: Decision,
    form: Form,
    *,
    edited: str | None = None,
    comment: str = "",
    inputs: Mapping[str, Any] | None = None,
) -> Parsed:
    """What to send when a reviewer has chosen, with a sentence for each field that stands in the way.

    Args:
        plan: what was shown.
        decision: the button that was pressed, or `plan.own_words(text)`.
        form: what the answer takes.
        edited: the draft as the reviewer left it; None if it wasn't touched.
        comment: the comment as typed. A decision that needs one is refused without.
        inputs: what the other widgets hold, by name.
    """
    raw = {**initial(form), **(inputs or {}), **decision.values}
    apart: list[tuple[Field, str]] = []
    if plan.comment_field is not None:
        apart.append((plan.comment_field, comment))
    if plan.edit_field is not None:
        text = edited if edited is not None else plan.draft or ""
        if plan.edit_field.required or text != plan.draft:
            apart.append((plan.edit_field, text))
    # An empty comment is no comment, where the workflow knows the difference.
    raw.update({field.name: None if field.nullable and not text.strip() else text for field, text in apart})
    parsed = parse(form, raw)
    for field, text in apart:
        # An author who wrote `comment: str` wants a text, maybe an empty one: pressing Approve must do.
        if field.required and not text.strip() and not field.min_length:
            parsed.errors.pop(field.name, None)
            parsed.values[field.name] = text
    if plan.comment_field is not None and decision.needs_comment and not comment.strip():
        parsed.errors[plan.comment_field.name] = COMMENT_MISSING
    return parsed
