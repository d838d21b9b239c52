"""The form that answers a prompt: the same on Trace and on Review.

No `st.form`: what was typed is sent on when its box is left, so that the button can say "with my edits" before it is
pressed, and Streamlit carries the box and the click together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from inspectors.forms import Decision, Fact, initial
from inspectors.store import Prompt
from inspectors.trace.results import kind_of
from inspectors.workbench import Workbench
from parts.changed_code import change_of, chosen_version, show_change, watch_code
from parts.draft_editor import show_draft
from parts.form_fields import show_fields, show_refusal, show_takes
from parts.form_style import form_style
from parts.form_widgets import SEGMENTS, SEGMENTS_LENGTH
from parts.identity import show_identity
from parts.plain import muted, title
from parts.request import Request, answered_with, kinds_of, request_of
from parts.result import show_value
from parts.review_drafts import chosen_kind, keep_inputs, keep_texts, kind_key, put_back
from parts.review_sending import inputs_of, is_edited, send, send_choice, send_other, text_now
from parts.time_left import show_time_left
from parts.words import inert, short_value

UNDO = ":material/undo:"
ICONS = {"revision": UNDO, "revise": UNDO, "changes": UNDO, "approve": ":material/check:"}


def show_review_form(
    wb: Workbench,
    prompt: Prompt,
    *,
    on_page: str,
    heading: Callable[[Request], None] | None = None,
    skip: Callable[[], None] | None = None,
    below: Callable[[Request], None] | None = None,
) -> None:
    """Draw the form in a container keyed `review-form`.

    Args:
        wb: the workbench.
        prompt: what is asked.
        on_page: trace or review.
        heading: draws what stands above; the title alone without it.
        skip: draws a button under the others.
        below: draws what stands under the decision.
    """
    key = f"review-{prompt.prompt_id}"
    request = request_of(wb, prompt, chosen_kind(wb, prompt))
    change = change_of(wb, prompt)
    request = answered_with(wb, request, chosen_version(change, key), change)
    put_back(wb, request, key)
    form_style()
    with st.container(key="review-form"):
        if heading is None:
            title(request.plan.title, key)
        else:
            heading(request)
        show_time_left(prompt)
        if request.plan.draft is not None or _facts(request, on_page):
            left, decision = st.columns([2.6, 1], gap="medium")
            with left:
                _show_draft(request, key, on_page)
        else:  # nothing to read but the question
            decision = st.container(width=560)
        with decision:
            show_change(prompt, change, key, on_page=on_page)
            _show_decision(wb, request, key, skip)
            if below is not None:
                below(request)
        watch_code(wb, prompt)
    keep_inputs(wb, request, key)


# -- what is asked ------------------------------------------------------------------------------------


def _show_draft(request: Request, key: str, on_page: str) -> None:
    plan = request.plan
    with st.container(key="review-paper" if on_page == "review" else f"paper-{key}"):
        if plan.draft is not None:
            show_draft(
                plan.draft,
                f"{key}-draft",
                name=_sentence(plan.draft_name),
                text=text_now(request) if plan.edit_field is not None else plan.draft,
                prompt=request.prompt.prompt_id,
                on_page=on_page,
                on_change=(lambda: None) if plan.edit_field is not None else None,
            )
        for fact in _facts(request, on_page):
            _show_fact(fact.name, fact.value, key)


def _facts(request: Request, on_page: str) -> list[Fact]:
    """What else there is to read; on Review the round stands in the line under the title."""
    return [fact for fact in request.plan.facts if fact.name != "round" or on_page != "review"]


def _show_fact(name: str, value: Any, key: str) -> None:
    kind = kind_of(value)
    if kind in ("nothing", "flag", "number") or (kind == "text" and isinstance(value, str) and len(value) <= 80):
        text = value if isinstance(value, str) else short_value(value)
        muted(f"{_sentence(name)}: {text}", f"{key}-fact-{name}")
    else:
        show_value(_sentence(name), value, f"{key}-{name}")


# -- the decision -------------------------------------------------------------------------------------


def _show_decision(wb: Workbench, request: Request, key: str, skip: Callable[[], None] | None) -> None:
    plan = request.plan
    errors: dict[str, str] = st.session_state.get(f"{key}-errors", {})
    if request.prompt.refused:
        show_refusal(request.prompt.refused, f"{key}-workflow")
    _show_kinds(request)
    if plan.inputs:
        show_fields(inputs_of(plan), initial(inputs_of(plan)), errors, key, in_form=False)
    if not plan.inputs and plan.comment_field is None:
        muted("Your decision", f"{key}-decision")
    if plan.comment_field is not None:
        if not plan.comment_field.required:
            show_takes("optional", f"{key}-comment")
        st.text_area("Comment", key=f"{key}-comment", height=90)
        if plan.comment_field.name in errors:
            show_refusal(errors[plan.comment_field.name], f"{key}-comment")
    with st.container(key="review-buttons"):
        _show_buttons(wb, request, key)
        if skip is not None:
            skip()
    if plan.other is not None:
        with st.expander("Other answer"):
            st.text_area("Answer in your own words", key=f"{key}-other", height=70)
            st.button("Send this answer", key=f"{key}-send-other", on_click=send_other, args=(wb, request))
    keep_texts(request, key)
    shown = {field.name for field in plan.inputs} | {plan.comment_field.name if plan.comment_field else ""}
    for name, sentence in errors.items():
        if name.split(".")[0] not in shown:
            show_refusal(f"{_sentence(name)}: {sentence}", f"{key}-{name}")
    if plan.note:
        muted(plan.note, f"{key}-note")
    show_identity(wb, key)


def _show_kinds(request: Request) -> None:
    """Several types of answer and nothing that ties one to this request: the person says which is meant."""
    kinds = kinds_of(request.prompt)
    if len(kinds) > 1:
        names = [_kind_name(str(kind.get("type", ""))) for kind in kinds]
        label, choices = "What you answer with", range(len(kinds))
        place = kind_key(request.prompt)
        if len(kinds) <= SEGMENTS and sum(map(len, names)) <= SEGMENTS_LENGTH:
            st.segmented_control(
                label, choices, default=0, required=True, key=place, format_func=lambda at: inert(names[at])
            )
        else:
            st.selectbox(label, choices, key=place, format_func=lambda at: names[at])


def _kind_name(name: str) -> str:
    """A class name in words: BudgetAnswerEvent is "Budget answer"."""
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in name.rpartition(".")[2]).split()
    return _sentence(" ".join(word.lower() for word in words if word != "Event") or name)


def _show_buttons(wb: Workbench, request: Request, key: str) -> None:
    plan = request.plan
    if plan.layout == "list":
        st.selectbox(
            "Your decision",
            range(len(plan.decisions)),
            key=f"{key}-choice",
            format_func=lambda at: plan.decisions[at].label,
        )
        with st.container(key="review-submit"):
            st.button(
                "Send", type="primary", width="stretch", on_click=send_choice, args=(wb, request), shortcut="Alt+A"
            )
        return
    for number, decision in enumerate(plan.decisions):
        with st.container(key="review-submit" if decision.primary else f"{key}-decision-{number}"):
            _button(wb, request, decision, key, number)


def _button(wb: Workbench, request: Request, decision: Decision, key: str, number: int) -> None:
    lowered = decision.label.lower()
    icon = next((icon for word, icon in ICONS.items() if word in lowered), None)
    st.button(
        inert(request.plan.label(decision, edited=is_edited(request))),
        key=f"{key}-button-{number}",
        type="primary" if decision.primary else "secondary",
        icon=icon,
        width="stretch",
        shortcut="Alt+A" if decision.primary else None,
        on_click=send,
        args=(wb, request, decision),
    )


def _sentence(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
