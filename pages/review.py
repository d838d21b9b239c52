"""Review: what waits for a person on the left, the draft and the decision on the right. No class names, no JSON."""

import time

import streamlit as st
from parts.plain import empty_state, muted
from parts.request_queue import show_queue, subject_of
from parts.review_form import Request, answered_here, just_answered, request_of, show_outcome, show_review_form
from parts.words import inert, plural, short_value, span

from inspectors.store import Prompt
from inspectors.workbench import Workbench, get_workbench

# Requests listed at most; the oldest come first. (No docstring: Streamlit would write a bare string on the page.)
SHOWN = 100


def what_it_is(wb: Workbench, prompt: Prompt) -> str:
    """What a reviewer calls the workflow: the first line of its docstring."""
    source = wb.source_of(prompt.file, prompt.workflow)
    summary = source.summary.rstrip(".") if source else ""
    subject = subject_of(wb.store.run(prompt.run_id))
    return " · ".join(part for part in (summary, subject) if part)


def timing(prompt: Prompt) -> str:
    """How long it waits and whether it ends by itself."""
    now = time.time()
    ends = f"ends in {span(prompt.deadline - now)}" if prompt.deadline else "no time limit"
    told = [f"Waiting {span(now - prompt.created_at)}", ends]
    if isinstance(prompt.fields.get("round"), int):
        told.append(f"round {prompt.fields['round']}")
    return " · ".join(told)


def show_details(request: Request) -> None:
    """What a developer wants to know of a request."""
    prompt = request.prompt
    box = st.expander("Details", key=f"request-details-{prompt.prompt_id}", on_change="rerun")
    if not box.open:
        return  # a reviewer's page holds no class names, not even folded away
    with box:
        muted(f"{prompt.workflow} · {prompt.event_type}, asked by {prompt.step or 'the run'}", "request-types")
        muted(
            f"Takes {request.form.title or 'an answer'} · record {prompt.seq} of run {prompt.run_id}", "request-place"
        )
        st.json(prompt.fields, expanded=1)
        st.page_link("trace_detail.py", label="Open the trace", icon="", query_params={"run": prompt.run_id})


def show_request(wb: Workbench, request: Request) -> None:
    """One request: what it is about, then the form."""

    def heading() -> None:
        with st.container(key="page-head-request"):
            muted(what_it_is(wb, request.prompt), "request-about")
            st.header(inert(request.plan.title), anchor=False)
            muted(timing(request.prompt), "request-timing")

    show_review_form(wb, request, on_page="review", heading=heading)
    show_details(request)


def answer_words(wb: Workbench, prompt: Prompt) -> str:
    """What was answered, in the words of the button that was pressed; else its values."""
    given = prompt.answer_value or {}
    for decision in request_of(wb, prompt).plan.decisions:
        if decision.values and all(given.get(name) == value for name, value in decision.values.items()):
            return decision.label
    return ", ".join(short_value(value) for value in given.values())


def show_closed(wb: Workbench, prompt: Prompt | None, waiting: int) -> None:
    """A link to a request that waits no more."""
    if prompt is None:
        headline, sentence = (
            "This request is not here",
            "It may belong to another database, or the link may be incomplete.",
        )
    elif prompt.answered_at:
        by = f" by {prompt.answered_by}" if prompt.answered_by else ""
        at = time.strftime("%H:%M", time.localtime(prompt.answered_at))
        headline, sentence = f"Already answered{by} at {at}: “{answer_words(wb, prompt)}”.", "Nothing more is needed."
    else:
        headline, sentence = "This request waits no more", "Its run ended without an answer."
    with empty_state(headline, sentence, "closed"):
        if waiting:
            st.page_link("review.py", label="Open the next one", icon="")


def show_page() -> None:
    """The whole page."""
    wb = get_workbench()
    st.set_page_config(page_title="Review · Stepscope")
    asked = st.query_params.get("prompt", "")
    waiting = wb.store.prompts()
    if just_answered(asked) or (answered_here(asked) and not waiting):
        # The next one opens by itself, with a URL of its own.
        st.query_params.clear()
        asked = ""
        if waiting:
            asked = st.query_params["prompt"] = waiting[0].prompt_id
    if not waiting and not asked:
        st.title("Review", anchor=False)
        sentence = "When a run needs a decision it appears here by itself. You can leave this page open."
        empty_state("Nothing is waiting for you", sentence, "review")
        return
    requests = [request_of(wb, prompt) for prompt in waiting[:SHOWN]]
    chosen = next((request for request in requests if request.prompt.prompt_id == asked), None)
    if chosen is None and not asked:
        chosen = requests[0]
    if chosen is None and asked in {prompt.prompt_id for prompt in waiting}:
        chosen = request_of(wb, next(prompt for prompt in waiting if prompt.prompt_id == asked))
    with st.container(key="page-head"):
        st.title("Waiting for you", anchor=False)
        muted(f"{plural(len(waiting), 'request')}, oldest first", "queue-count")
    left, right = st.columns([300, 1090], gap="small")
    with left:
        runs = {request.prompt.run_id: wb.store.run(request.prompt.run_id) for request in requests}
        show_queue(
            [(request, runs[request.prompt.run_id]) for request in requests], chosen.prompt.prompt_id if chosen else ""
        )
    with right:
        show_outcome()
        if chosen is None:
            show_closed(wb, wb.store.prompt(asked), len(waiting))
        else:
            show_request(wb, chosen)


show_page()
