"""What a person answered: who, when, what, and what they changed of the draft."""

from __future__ import annotations

import time

import streamlit as st

from inspectors.store import Prompt
from inspectors.trace.words import plural
from inspectors.workbench import Workbench
from parts.draft_editor import show_draft
from parts.plain import muted, paragraphs, strong
from parts.request import Request, answer_words, request_of
from parts.result import show_value


def answered_line(wb: Workbench, prompt: Prompt) -> str:
    """Who answered what, and when, in a line."""
    by = f" by {prompt.answered_by}" if prompt.answered_by else ""
    checked = " (signed in)" if prompt.answered_verified else " (name not verified)" if by else ""
    return f"“{answer_words(wb, prompt)}”{by}{checked}, {_when(prompt.answered_at or 0.0)}"


def _when(at: float) -> str:
    day = time.localtime(at)
    form = "%H:%M" if day[:3] == time.localtime()[:3] else "%d %b %Y, %H:%M"
    return time.strftime(form, day)


def edited_draft(request: Request) -> str | None:
    """The draft as it was sent back; None if it was not changed."""
    field, given = request.plan.edit_field, request.prompt.answer_value or {}
    text = given.get(field.name) if field is not None else None
    return text if isinstance(text, str) and text and text != request.plan.draft else None


def show_answer(wb: Workbench, prompt: Prompt, key: str, on_page: str) -> None:
    """Draw what was sent back: comment, other values, and the draft with its changes marked."""
    request = request_of(wb, prompt)
    plan, given = request.plan, dict(prompt.answer_value or {})
    edited = edited_draft(request)
    decided = {name for decision in plan.decisions for name in decision.values}
    if plan.comment_field is not None and given.get(plan.comment_field.name):
        muted("Comment", f"{key}-comment-name")
        paragraphs(str(given[plan.comment_field.name]), f"{key}-comment")
    apart = {field.name for field in (plan.comment_field, plan.edit_field) if field is not None}
    hidden = decided | apart
    for name, value in given.items():
        if name not in hidden:
            show_value(name.replace("_", " ").capitalize(), value, f"{key}-{name}")
    if plan.draft is not None:
        show_draft(plan.draft, f"{key}-draft", name="Draft", text=edited or plan.draft, on_page=on_page, on_change=None)


def show_answers(wb: Workbench, run_id: str) -> None:
    """All answers that people gave in a run, folded away in a container keyed `answers`."""
    found = [prompt for prompt in wb.store.prompts(run_id, status=None) if prompt.answered_at]
    if not found:
        return
    with st.container(key="answers"):
        label = f"{plural(len(found), 'answer')} by people"
        box = st.expander(label, key=f"answers-{run_id}", on_change="rerun")
        if not box.open:
            return
        with box:
            for prompt in found:
                key = f"answered-{prompt.prompt_id}"
                strong(request_of(wb, prompt).plan.title, f"{key}-title")
                muted(answered_line(wb, prompt), f"{key}-line")
                show_answer(wb, prompt, key, "trace")
