"""What happens when a reviewer presses a button: the answer is sent once, or the form says what stands in its way."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from inspectors.forms import Decision, Form, ReviewPlan, answer
from inspectors.workbench import Workbench
from parts.callbacks import carried_out
from parts.changed_code import change_of, chosen_version
from parts.form_fields import read_fields
from parts.identity import identity, keep_name
from parts.plain import muted, paragraphs
from parts.refusal import said_if_refused
from parts.request import Request, answer_words
from parts.words import inert

JUST_NOW = 15.0
SENT = "review-sent"
"""Session state: what became of the answers sent from this page, a plain dict; see `answer_once`."""


def key_of(request: Request) -> str:
    """What the keys of a request's widgets begin with."""
    return f"review-{request.prompt.prompt_id}"


def inputs_of(plan: ReviewPlan) -> Form:
    """The fields to fill in besides draft, comment and decision."""
    return Form("", plan.inputs)


def text_now(request: Request) -> str:
    """The draft as it is now in the editor."""
    key = key_of(request)
    state = st.session_state.get(f"{key}-draft")
    typed = state.get("text") if state else None
    if isinstance(typed, str):
        return typed
    return str(st.session_state.get(f"{key}-typed", {}).get("draft", request.plan.draft or ""))


def is_edited(request: Request) -> bool:
    """Whether an edited draft goes along with the answer."""
    return request.plan.edit_field is not None and text_now(request) != request.plan.draft


def just_answered(prompt_id: str) -> bool:
    """Whether this person answered that prompt a moment ago.

    Kept for a while and not for one run only: a rerun that the browser asked for before it knew the next URL comes
    with the old one.
    """
    return answered_here(prompt_id) and time.monotonic() - sent()["answered"][1] < JUST_NOW


def answered_here(prompt_id: str) -> bool:
    """Whether that prompt is the one this person answered last."""
    return bool(prompt_id) and sent().get("answered", ("", 0.0))[0] == prompt_id


def sent() -> dict[str, Any]:
    """`answered`: the prompt answered last, and when; `drawing`: of which request; `refused`: why one wasn't taken."""
    found: dict[str, Any] = st.session_state.setdefault(SENT, {})
    return found


def show_outcome() -> None:
    """Say what became of the last answer, if it was not taken."""
    said = sent().pop("refused", None)
    if said:
        with st.container(key="review-outcome"):
            st.info(inert(said["sentence"]), icon=":material/info:")
            if said.get("kept"):
                muted("Your text was kept below and was not sent.", "outcome-kept")
                paragraphs(said["kept"], "outcome-text")


@carried_out
def send_choice(wb: Workbench, request: Request) -> None:
    """Send what was chosen in the list."""
    answer_once(wb, request, request.plan.decisions[st.session_state[f"{key_of(request)}-choice"]])


@carried_out
def send_other(wb: Workbench, request: Request) -> None:
    """Send an answer in own words."""
    answer_once(wb, request, request.plan.own_words(st.session_state.get(f"{key_of(request)}-other", "")))


@carried_out
def send(wb: Workbench, request: Request, decision: Decision) -> None:
    """Send what a button stands for."""
    answer_once(wb, request, decision)


@said_if_refused
def answer_once(wb: Workbench, request: Request, decision: Decision) -> None:
    """Runs before the page is drawn again: send the answer, or leave the sentences for the fields.

    Streamlit may break it off at any use of the session's state: what became of the answer is therefore kept in a
    plain dict, right behind the sending, and what one drawing of the form has sent isn't sent again.
    """
    told = sent()
    if told.get("drawing") is request:
        return
    plan, key = request.plan, key_of(request)
    edited = text_now(request) if plan.edit_field is not None else None
    comment = st.session_state.get(f"{key}-comment", "")
    who = identity(wb)
    parsed = answer(
        plan,
        decision,
        request.form,
        edited=edited,
        comment=comment,
        inputs=read_fields(inputs_of(plan), key),
    )
    st.session_state[f"{key}-errors"] = parsed.errors
    if not parsed.ok:
        return
    other = st.session_state.get(f"{key}-other", "")
    kept = [text for text in (edited if edited != plan.draft else "", comment, other) if text]
    version = chosen_version(change_of(wb, request.prompt), key)
    outcome = wb.supervisor.answer(
        request.prompt.prompt_id, parsed.values, by=who.name, version=version, verified=who.verified, kind=request.kind
    )
    if outcome.accepted:
        told.update(answered=(request.prompt.prompt_id, time.monotonic()), drawing=request)
        keep_name(wb, who)
        return
    sentence = outcome.sentence
    now = wb.store.prompt(request.prompt.prompt_id)
    if now is not None and now.answered_at:
        sentence = already_answered(wb, request)
    told["refused"] = {"sentence": sentence, "kept": "\n\n".join(kept)}


def already_answered(wb: Workbench, request: Request) -> str:
    """Who was quicker, when, and with what."""
    prompt = wb.store.prompt(request.prompt.prompt_id) or request.prompt
    by = f" by {prompt.answered_by}" if prompt.answered_by else ""
    at = time.strftime("%H:%M", time.localtime(prompt.answered_at))
    return f"Already answered{by} at {at}: “{answer_words(wb, prompt)}”."
