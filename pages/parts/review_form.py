"""The form that answers a prompt: the same on Trace and on Review.

No `st.form`: what was typed is sent on when its box is left, so that the button can say "with my edits" before it is
pressed, and Streamlit carries the box and the click together.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from inspectors.discovery import AnswerShape, answer_shape
from inspectors.forms import Decision, Form, ReviewPlan, answer, form_from_answer, review_plan
from inspectors.runner.code_change import CodeChange
from inspectors.store import Prompt
from inspectors.workbench import Workbench
from parts.callbacks import carried_out
from parts.changed_code import Version, change_of, chosen_version, show_change, watch_code
from parts.form_fields import read_fields, show_fields, show_refusal, show_takes
from parts.plain import muted, paragraphs, title
from parts.refusal import said_if_refused
from parts.time_left import show_time_left
from parts.words import inert, plural, short_value

LONG_DRAFT = 700
JUST_NOW = 15.0
SENT = "review-sent"
"""Session state: what became of the answers sent from this page, a plain dict; see `_send`."""
ICONS = {"revise": ":material/undo:", "changes": ":material/undo:", "approve": ":material/check:"}


@dataclass(frozen=True)
class Request:
    """A prompt with its form and what a reviewer sees of it."""

    prompt: Prompt
    form: Form
    plan: ReviewPlan


def request_of(wb: Workbench, prompt: Prompt) -> Request:
    """Work out the form of a prompt from what its runner said and what source shows."""
    shape = _shape(wb, prompt)
    form = form_from_answer(shape, described=prompt.answer)
    plan = review_plan(prompt.text, prompt.fields, form, shape.literals if shape else None, prompt.draft_field)
    return Request(prompt, form, plan)


def _answered_with(wb: Workbench, request: Request, version: Version | None, change: CodeChange | None) -> Request:
    """The request with the form of the version that takes the answer: what the new one asks for, only source knows."""
    shape = _shape(wb, request.prompt) if change is not None and not change.new_trouble else None
    if shape is None or version == "asked":
        return request
    form = form_from_answer(shape, described=None)
    prompt = request.prompt
    return Request(prompt, form, review_plan(prompt.text, prompt.fields, form, shape.literals, prompt.draft_field))


def _shape(wb: Workbench, prompt: Prompt) -> AnswerShape | None:
    source = wb.source_of(prompt.file, prompt.workflow)
    return answer_shape(source, prompt.answer.get("steps") or None) if source else None


def show_review_form(
    wb: Workbench, request: Request, *, on_page: str, heading: Callable[[], None] | None = None
) -> None:
    """Draw the form in a container keyed `review-form`. `on_page` is trace or review."""
    key = f"review-{request.prompt.prompt_id}"
    change = change_of(wb, request.prompt)
    version = chosen_version(change, key)
    request = _answered_with(wb, request, version, change)
    with st.container(key="review-form"):
        if heading is None:
            title(request.plan.title, key)
        else:
            heading()
        show_time_left(request.prompt)
        left, right = st.columns([2.6, 1], gap="medium")
        with left:
            _show_draft(request, key, on_page)
        with right:
            show_change(request.prompt, change, key, on_page=on_page)
            _show_decision(wb, request, key)
        watch_code(wb, request.prompt)


def just_answered(prompt_id: str) -> bool:
    """Whether this person answered that prompt a moment ago.

    Kept for a while and not for one run only: a rerun that the browser asked for before it knew the next URL comes
    with the old one.
    """
    return answered_here(prompt_id) and time.monotonic() - _sent()["answered"][1] < JUST_NOW


def answered_here(prompt_id: str) -> bool:
    """Whether that prompt is the one this person answered last."""
    return bool(prompt_id) and _sent().get("answered", ("", 0.0))[0] == prompt_id


def _sent() -> dict[str, Any]:
    """`answered`: the prompt answered last, and when; `drawing`: of which request; `refused`: why one wasn't taken."""
    sent: dict[str, Any] = st.session_state.setdefault(SENT, {})
    return sent


def show_outcome() -> None:
    """Say what became of the last answer, if it was not taken."""
    said = _sent().pop("refused", None)
    if said:
        st.info(inert(said["sentence"]), icon=":material/info:")
        if said.get("kept"):
            muted("Your text was kept below and was not sent.", "outcome-kept")
            paragraphs(said["kept"], "outcome-text")


def _show_draft(request: Request, key: str, on_page: str) -> None:
    plan = request.plan
    with st.container(key="review-paper" if on_page == "review" else f"paper-{key}", border=on_page == "review"):
        if plan.edit_field is not None:
            words = plural(len((plan.draft or "").split()), "word")
            show_takes(f"{words}, edit it if you like", f"{key}-draft")
            st.text_area(
                inert(_sentence(plan.draft_name)),
                value=plan.draft or "",
                height=380 if on_page == "review" else 230,
                key=f"{key}-draft",
            )
        elif plan.draft is not None:
            _show_long(plan.draft, key, on_page)
        for fact in plan.facts:
            if fact.name == "round" and on_page == "review":
                continue  # it stands in the line under the title
            _show_fact(fact.name, fact.value, key)


def _show_long(draft: str, key: str, on_page: str) -> None:
    whole = f"{key}-whole"
    if on_page == "review" or len(draft) <= LONG_DRAFT or st.session_state.get(whole):
        paragraphs(draft, key)
        return
    paragraphs(draft[:LONG_DRAFT].rsplit(" ", 1)[0] + " …", key)
    words = plural(len(draft.split()), "word")
    st.button(
        f"Show the whole draft ({words})",
        key=f"{key}-show",
        type="tertiary",
        on_click=carried_out(lambda: st.session_state.update({whole: True})),
    )


def _show_fact(name: str, value: Any, key: str) -> None:
    if isinstance(value, dict | list) and value:
        muted(_sentence(name), f"{key}-fact-{name}")
        st.json(value, expanded=1)
    else:
        text = value if isinstance(value, str) else short_value(value)
        muted(f"{_sentence(name)}: {text}", f"{key}-fact-{name}")


def _show_decision(wb: Workbench, request: Request, key: str) -> None:
    plan = request.plan
    errors: dict[str, str] = st.session_state.get(f"{key}-errors", {})
    if request.prompt.refused:
        show_refusal(request.prompt.refused, f"{key}-workflow")
    if plan.inputs:
        show_fields(_inputs(plan), _defaults(plan), errors, key, in_form=False)
    if not plan.inputs and plan.comment_field is None:
        muted("Your decision", f"{key}-decision")
    if plan.comment_field is not None:
        if not plan.comment_field.required:
            show_takes("optional", f"{key}-comment")
        st.text_area("Comment", key=f"{key}-comment", height=90)
        if plan.comment_field.name in errors:
            show_refusal(errors[plan.comment_field.name], f"{key}-comment")
    _show_buttons(wb, request, key)
    shown = {field.name for field in plan.inputs} | {plan.comment_field.name if plan.comment_field else ""}
    for name, sentence in errors.items():
        if name.split(".")[0] not in shown:
            show_refusal(f"{_sentence(name)}: {sentence}", f"{key}-{name}")
    if plan.note:
        muted(plan.note, f"{key}-note")


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
                "Send", type="primary", width="stretch", on_click=_send_choice, args=(wb, request), shortcut="Alt+A"
            )
        return
    for number, decision in enumerate(plan.decisions):
        with st.container(key="review-submit" if decision.primary else f"{key}-decision-{number}"):
            _button(wb, request, decision, key, number)
    if plan.other is not None:
        with st.expander("Other answer"):
            st.text_area("Answer in your own words", key=f"{key}-other", height=70)
            st.button("Send this answer", key=f"{key}-send-other", on_click=_send_other, args=(wb, request))


def _button(wb: Workbench, request: Request, decision: Decision, key: str, number: int) -> None:
    lowered = decision.label.lower()
    icon = next((icon for word, icon in ICONS.items() if word in lowered), None)
    st.button(
        inert(request.plan.label(decision, edited=_is_edited(request, key))),
        key=f"{key}-button-{number}",
        type="primary" if decision.primary else "secondary",
        icon=icon,
        width="stretch",
        shortcut="Alt+A" if decision.primary else "Alt+S" if number == 1 else None,
        on_click=_send,
        args=(wb, request, decision),
    )


def _is_edited(request: Request, key: str) -> bool:
    plan = request.plan
    return plan.edit_field is not None and st.session_state.get(f"{key}-draft", plan.draft) != plan.draft


def _inputs(plan: ReviewPlan) -> Form:
    return Form("", plan.inputs)


def _defaults(plan: ReviewPlan) -> dict[str, Any]:
    from inspectors.forms import initial

    return initial(_inputs(plan))


@carried_out
def _send_choice(wb: Workbench, request: Request) -> None:
    _send(wb, request, request.plan.decisions[st.session_state[f"review-{request.prompt.prompt_id}-choice"]])


@carried_out
def _send_other(wb: Workbench, request: Request) -> None:
    text = st.session_state.get(f"review-{request.prompt.prompt_id}-other", "")
    _send(wb, request, request.plan.own_words(text))


@carried_out
@said_if_refused
def _send(wb: Workbench, request: Request, decision: Decision) -> None:
    """Runs before the page is drawn again: send the answer, or leave the sentences for the fields.

    Streamlit may break it off at any use of the session's state: what became of the answer is therefore kept in a
    plain dict, right behind the sending, and what one drawing of the form has sent isn't sent again.
    """
    sent = _sent()
    if sent.get("drawing") is request:
        return
    plan, key = request.plan, f"review-{request.prompt.prompt_id}"
    edited = st.session_state.get(f"{key}-draft") if plan.edit_field is not None else None
    comment = st.session_state.get(f"{key}-comment", "")
    parsed = answer(
        plan,
        decision,
        request.form,
        edited=edited,
        comment=comment,
        inputs=read_fields(_inputs(plan), key),
    )
    st.session_state[f"{key}-errors"] = parsed.errors
    if not parsed.ok:
        return
    kept = [text for text in (edited if edited != plan.draft else "", comment) if text]
    version = chosen_version(change_of(wb, request.prompt), key)
    outcome = wb.supervisor.answer(request.prompt.prompt_id, parsed.values, by="", version=version)
    if outcome.accepted:
        sent.update(answered=(request.prompt.prompt_id, time.monotonic()), drawing=request)
    else:
        sent["refused"] = {"sentence": outcome.sentence, "kept": "\n\n".join(kept)}


def _sentence(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
