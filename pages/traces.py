"""Traces: all runs, newest first, of this and earlier starts; filters live in the URL."""

import streamlit as st
from parts.plain import empty_state, muted
from parts.run_list import show_runs
from parts.words import plural

from inspectors.trace.words import STATUS_WORDS
from inspectors.workbench import Workbench, get_workbench

PAGE = 50
ORDER = ("running", "waiting", "failed", "interrupted", "cancelled", "done")
SHORT = {"waiting": "Waiting"}


def counts_line(wb: Workbench) -> str:
    """How many runs there are, and how many of them in each status that matters."""
    counts = wb.store.counts_by_status()
    counts["running"] = counts.get("running", 0) + counts.pop("starting", 0)
    said = [f"{counts[name]:,} {SHORT.get(name, STATUS_WORDS[name]).lower()}" for name in ORDER if counts.get(name)]
    return " · ".join([plural(sum(counts.values()), "run"), *said])


def show_filters() -> tuple[str, str | None]:
    """The search box and the statuses, both bound to the URL."""
    left, right = st.columns([1, 2], vertical_alignment="center")
    with left:
        text = st.text_input(
            "Search inputs, results, errors, run ids",
            placeholder="Search inputs, results, errors, run ids",
            label_visibility="collapsed",
            key="q",
            bind="query-params",
        )
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        status = st.pills(
            "Status",
            ORDER,
            format_func=lambda name: SHORT.get(name, STATUS_WORDS[name]),
            label_visibility="collapsed",
            key="status",
            bind="query-params",
        )
    return (text or "").strip(), status


def show_no_match(wb: Workbench, text: str, status: str | None) -> None:
    """Say what was looked for, and how much other statuses would give."""
    what = " ".join(
        part
        for part in (
            f"matches “{text}”" if text else "is here",
            f"with status {STATUS_WORDS[status]}" if status else "",
        )
        if part
    )
    others = wb.store.count_runs(text=text or None) if status else 0
    sentence = f"{plural(others, 'run matches', 'runs match')} with other statuses." if others else "Try fewer letters."
    with empty_state(f"No run {what}", sentence, "traces"):
        label = f"Show all {others}" if others else "Show all runs"
        st.button(label, type="primary", on_click=_clear, args=(bool(others),))


def _clear(keep_text: bool) -> None:
    st.session_state["status"] = None
    if not keep_text:
        st.session_state["q"] = ""


def show_page() -> None:
    """The whole page."""
    st.set_page_config(page_title="Traces · Stepscope")
    wb = get_workbench()
    total = wb.store.count_runs()
    with st.container(key="page-head"):
        st.title("Traces", anchor=False)
        if total:
            muted(counts_line(wb), "total")
    if not total:
        with empty_state(
            "No runs yet", "Every run, from here or from your own scripts, is kept on this page.", "traces"
        ):
            st.page_link("browse.py", label="Choose a workflow to run", icon="")
        return
    text, status = show_filters()
    wanted = ("starting", "running") if status == "running" else status
    matching = wb.store.count_runs(text=text or None, status=wanted)
    if not matching:
        show_no_match(wb, text, status)
        return
    pages = -(-matching // PAGE)
    at = 1
    if pages > 1:
        at = min(pages, max(1, int(st.session_state.get("traces-page") or 1)))
    runs = wb.store.runs(limit=PAGE, offset=(at - 1) * PAGE, text=text or None, status=wanted)
    with st.container(key="trace-list"):
        show_runs(runs, wb.store.prompts(), key="all-runs")
    with st.container(horizontal=True, vertical_alignment="center"):
        muted(f"{len(runs):,} of {matching:,} shown", "shown")
        if pages > 1:
            st.pagination(pages, key="traces-page")


show_page()
