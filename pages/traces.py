"""Traces: all runs, newest first, of this and earlier starts; filters live in the URL."""

import time
from typing import Any

import streamlit as st
from parts.first_run import await_first_run
from parts.plain import empty_state, muted
from parts.run_filters import show_run_filters
from parts.run_table import show_run_table
from parts.words import plural

from inspectors.server.run_listing import NAMES, Unreadable, filter_of, listing
from inspectors.workbench import Workbench, get_workbench

DELETED = "runs-deleted"


def query_of_url() -> dict[str, str]:
    """The filters that the page's URL holds."""
    return {name: st.query_params[name] for name in NAMES if st.query_params.get(name)}


def first_answer(wb: Workbench, query: dict[str, str]) -> dict[str, Any] | None:
    """The first rows and the overview; None if the URL can't be read, and the browser asks for what it can."""
    try:
        return listing(wb.store, {**query, "overview": "1"})
    except Unreadable:
        return None


def runs_meant(wb: Workbench, meaning: dict[str, Any]) -> list[str]:
    """The ids of the runs that are selected: some by id, or all that a query finds but a few."""
    if "ids" in meaning:
        return [str(run_id) for run_id in meaning["ids"]]
    left_out = set(meaning.get("except") or ())
    found = wb.store.find_ids(filter_of(meaning.get("query") or {}, time.time()))
    return [run_id for run_id in found if run_id not in left_out]


def confirm_delete(wb: Workbench, asked: list[str]) -> None:
    """Ask once, saying how many runs are deleted and what is lost."""
    doomed, children, kept = wb.store.deletable(asked)
    title = f"Delete {plural(len(doomed), 'run')}?" if doomed else "Nothing can be deleted"

    @st.dialog(title)
    def ask() -> None:
        if doomed:
            one = len(doomed) == 1
            lost = "Its records, result" if one else "Their records, results"
            st.text(f"{lost} and answers are deleted for good. Links to {'it' if one else 'them'} lead nowhere then.")
        if children:
            st.text(f"{plural(children, 'of them was', 'of them were')} started by a run you selected.")
        if kept:
            muted(
                f"{plural(kept, 'run goes', 'runs go')} on or {'waits' if kept == 1 else 'wait'} for a person and "
                f"{'stays' if kept == 1 else 'stay'}. Cancel {'it' if kept == 1 else 'them'} first.",
                "delete-kept",
            )
        with st.container(horizontal=True):
            if doomed and st.button(f"Delete {plural(len(doomed), 'run')}", type="primary"):
                with st.spinner(f"Deleting {plural(len(doomed), 'run')}", show_time=True):
                    deleted = wb.store.delete_runs(doomed)
                    wb.forget_files()
                st.session_state[DELETED] = st.session_state.get(DELETED, 0) + 1
                st.toast(f"{plural(deleted, 'run')} deleted.")
                st.rerun()
            if st.button("Keep them" if len(doomed) > 1 else "Keep it" if doomed else "Close"):
                st.rerun()

    ask()


def show_page() -> None:
    """The whole page."""
    st.set_page_config(page_title="Traces · Stepscope")
    wb = get_workbench()
    query = query_of_url()
    answer = first_answer(wb, query)
    with st.container(key="page-head"):
        st.title("Traces", anchor=False)
    if answer is not None and not answer["overview"]["total"]:
        with empty_state(
            "No runs yet", "Every run, from here or from your own scripts, is kept on this page.", "traces"
        ):
            st.page_link("browse.py", label="Choose a workflow to run", icon="")
        await_first_run()
        return
    with st.container(key="trace-filters"):
        show_run_filters(query, answer)
    with st.container(key="trace-list"):
        meaning = show_run_table(st.session_state.get(DELETED, 0))
    if meaning:
        confirm_delete(wb, runs_meant(wb, meaning))


show_page()
