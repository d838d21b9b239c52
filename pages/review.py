"""Review: what waits for a person on the left, the draft and the decision on the right. No class names, no JSON."""

import time
from urllib.parse import quote

import streamlit as st
from parts.answered import show_answer
from parts.callbacks import carried_out
from parts.copy_link import show_copy_link
from parts.identity import identity
from parts.plain import empty_state, muted, paragraphs, strong
from parts.request import Request, answer_words, called, request_of, subject_of
from parts.request_queue import show_answered, show_notify, show_queue
from parts.review_form import show_review_form
from parts.review_sending import answered_here, just_answered, show_outcome
from parts.words import inert, plural, short_value, span

from inspectors.store import Prompt
from inspectors.workbench import Workbench, get_workbench

# Requests listed at most; the oldest come first. (No docstring: Streamlit would write a bare string on the page.)
SHOWN = 300
SKIPPED = "review-skipped"  # session state: prompts put off, in order
PUT_OFF = "review-put-off"  # session state: the one put off last, and when
PUT_OFF_SECONDS = 3.0  # in which its URL means the next one: a browser's time to learn of that
MOST_STEPS = 12
STEPS_BEFORE = 200  # records looked through for what led here


def what_it_is(wb: Workbench, prompt: Prompt) -> str:
    """What a reviewer calls the workflow, and what it is about."""
    return " · ".join(part for part in (called(wb, prompt), subject_of(wb.store.run(prompt.run_id))) if part)


def timing(wb: Workbench, prompt: Prompt) -> str:
    """How long it waits, whether it ends by itself, and which round it is."""
    now = time.time()
    ends = f"ends in {span(prompt.deadline - now)}" if prompt.deadline else "no time limit"
    told = [f"Waiting {span(now - prompt.created_at)}", ends]
    number = prompt.fields.get("round")
    if isinstance(number, int):
        comment = next((comment_of(wb, one) for one in reversed(earlier(wb, prompt))), "")
        told.append(f"round {number}" + (f", after the comment {short_value(comment)}" if comment else ""))
    return " · ".join(told)


def comment_of(wb: Workbench, prompt: Prompt) -> str:
    """What was written beside an answer."""
    field = request_of(wb, prompt).plan.comment_field
    return str((prompt.answer_value or {}).get(field.name) or "") if field is not None else ""


def earlier(wb: Workbench, prompt: Prompt) -> list[Prompt]:
    """Answered prompts of the same run, oldest first."""
    found = wb.store.prompts(prompt.run_id, status=None)
    return [one for one in found if one.answered_at and one.prompt_id != prompt.prompt_id]


def show_what_led_here(wb: Workbench, request: Request) -> None:
    """The input, the steps before it, and the rounds that there were."""
    prompt = request.prompt
    box = st.expander("What led here", key=f"request-led-{prompt.prompt_id}", on_change="rerun")
    if not box.open:
        return
    with box:
        run = wb.store.run(prompt.run_id)
        for name, value in (run.input if run else {}).items():
            text = value if isinstance(value, str) else short_value(value)
            muted(f"{name.replace('_', ' ').capitalize()}: {text}", f"led-input-{name}")
        for number, step in enumerate(steps_before(wb, prompt)):
            if number < MOST_STEPS:
                st.text(step)
        for one in earlier(wb, prompt):
            by = f", {one.answered_by}" if one.answered_by else ""
            strong(f"{answer_words(wb, one)}{by}", f"led-{one.prompt_id}")
            if comment_of(wb, one):
                paragraphs(comment_of(wb, one), f"led-said-{one.prompt_id}")


def steps_before(wb: Workbench, prompt: Prompt) -> list[str]:
    """The steps that were done before it was asked, each in words with how long it took."""
    found = []
    for record in wb.store.iter_records(prompt.run_id, max(1, prompt.seq - STEPS_BEFORE), prompt.seq):
        if record.get("kind") == "invocation_ended" and record.get("outcome") == "ok":
            words = str(record["step"]).replace("_", " ").strip()
            found.append(f"{words[:1].upper()}{words[1:]} · {span(record['took_ms'] / 1000)}")
    return found


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


@carried_out
def skip(prompt_id: str) -> None:
    """Put a request off until the others are answered."""
    skipped: list[str] = st.session_state.setdefault(SKIPPED, [])
    if prompt_id in skipped:
        skipped.remove(prompt_id)
    skipped.append(prompt_id)
    st.session_state[PUT_OFF] = prompt_id, time.monotonic()


def in_turn(waiting: list[Prompt]) -> list[Prompt]:
    """The order in which requests open by themselves: the oldest first, those put off last."""
    skipped: list[str] = st.session_state.get(SKIPPED, [])
    return sorted(waiting, key=lambda prompt: skipped.index(prompt.prompt_id) if prompt.prompt_id in skipped else -1)


def show_request(wb: Workbench, prompt: Prompt, waiting: list[Prompt]) -> None:
    """One request: what it is about, then the form."""

    def heading(request: Request) -> None:
        with st.container(key="page-head-request"):
            muted(what_it_is(wb, prompt), "request-about")
            st.header(inert(request.plan.title), anchor=False)
            muted(timing(wb, prompt), "request-timing")

    def put_off() -> None:
        st.button(
            "Skip for now",
            key=f"review-skip-{prompt.prompt_id}",
            type="tertiary",
            width="stretch",
            shortcut="Alt+N",
            on_click=skip,
            args=(prompt.prompt_id,),
        )

    def below(request: Request) -> None:
        show_what_led_here(wb, request)
        show_details(request)
        show_copy_link(f"review?prompt={quote(prompt.prompt_id)}", "Copy link to this request", prompt.prompt_id)

    several = put_off if len(waiting) > 1 else None
    show_review_form(wb, prompt, on_page="review", heading=heading, skip=several, below=below)


def show_closed(wb: Workbench, prompt: Prompt | None, waiting: list[Prompt]) -> None:
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
        headline, sentence = "This request waits no more", wb.supervisor.why_withdrawn(prompt.run_id)
    with empty_state(headline, sentence, "closed"):
        if waiting:
            query = {"prompt": in_turn(waiting)[0].prompt_id}
            st.page_link("review.py", label="Open the next one", icon="", query_params=query)
    if prompt is not None:
        st.header(inert(request_of(wb, prompt).plan.title), anchor=False)
        show_unsent(wb, prompt)
        if prompt.answered_at:
            show_answer(wb, prompt, f"closed-{prompt.prompt_id}", "review")


def show_unsent(wb: Workbench, prompt: Prompt) -> None:
    """What this browser's person had typed, where somebody else was quicker."""
    who = identity(wb)
    typed = wb.store.review_draft(prompt.prompt_id, who.browser) if who.browser else {}
    sent = {value for value in (prompt.answer_value or {}).values() if isinstance(value, str)}
    known = {*sent, prompt.fields.get(prompt.draft_field or ""), ""}
    lost = [text for text in typed.values() if isinstance(text, str) and text not in known]
    if lost:
        with st.container(key="review-outcome"):
            muted("Your text was kept below and was not sent.", "closed-kept")
            for number, text in enumerate(lost):
                paragraphs(text, f"closed-text-{number}")


def show_phone_head(chosen: Prompt, waiting: list[Prompt]) -> None:
    """On a phone the queue is a page of its own: the way back to it, and to the next request."""
    ids = [prompt.prompt_id for prompt in waiting]
    at = ids.index(chosen.prompt_id) if chosen.prompt_id in ids else -1
    with st.container(key="review-phone-head", horizontal=True, vertical_alignment="center"):
        label = f"All {len(ids)} waiting" if len(ids) > 1 else "What waits"
        st.page_link("review.py", label=label, icon=":material/list:")
        if at >= 0 and len(ids) > 1:
            muted(f"{at + 1} of {len(ids)}", "phone-place", inline=True)
        if 0 <= at < len(ids) - 1:
            query = {"prompt": ids[at + 1]}
            st.page_link("review.py", label="Next", icon=":material/chevron_right:", query_params=query)


def next_one(asked: str, waiting: list[Prompt]) -> str:
    """Which request to open: what the URL says, unless it was just answered or put off."""
    put_off, at = st.session_state.get(PUT_OFF) or ("", 0.0)
    if put_off and asked in (put_off, "") and time.monotonic() - at < PUT_OFF_SECONDS:
        # A rerun that the browser asked for before it knew of the next one breaks this one off, with the URL of the
        # one that was put off.
        other = next((prompt.prompt_id for prompt in in_turn(waiting) if prompt.prompt_id != put_off), None)
        if other is not None:
            return other
    st.session_state.pop(PUT_OFF, None)
    if just_answered(asked) or (answered_here(asked) and not waiting):
        return in_turn(waiting)[0].prompt_id if waiting else ""
    return asked


def show_page() -> None:
    """The whole page."""
    wb = get_workbench()
    st.set_page_config(page_title="Review · Stepscope")
    url = st.query_params.get("prompt", "")
    waiting = wb.store.prompts()
    asked = next_one(url, waiting)
    if asked != url:
        # The next one opens by itself, with a URL of its own.
        st.query_params.clear()
        if asked:
            st.query_params["prompt"] = asked
    if not waiting and not asked:
        st.title("Review", anchor=False)
        sentence = "When a run needs a decision it appears here by itself. You can leave this page open."
        with empty_state("Nothing is waiting for you", sentence, "review"):
            show_notify("empty")
        show_answered(wb)
        return
    by_id = {prompt.prompt_id: prompt for prompt in waiting}
    chosen = by_id.get(asked) if asked else in_turn(waiting)[0]
    with st.container(key="page-head"):
        st.title("Waiting for you", anchor=False)
        muted(f"{plural(len(waiting), 'request')}, oldest first" if waiting else "No request waits", "queue-count")
    with st.container(key="review-picked" if asked else "review-first"):
        left, right = st.columns([300, 1090], gap="small")
        with left, st.container(key="review-queue"):
            listed = [(request_of(wb, prompt), wb.store.run(prompt.run_id)) for prompt in waiting[:SHOWN]]
            who = identity(wb)
            begun = wb.store.drafts_of(who.browser) if who.browser else set()
            show_queue(listed, chosen.prompt_id if chosen else "", begun, len(waiting))
            show_answered(wb)
            show_notify("queue")
        with right:
            show_outcome()
            if chosen is None:
                show_closed(wb, wb.store.prompt(asked), waiting)
            else:
                show_phone_head(chosen, waiting)
                show_request(wb, chosen, waiting)


show_page()
