"""Trace: one URL for a run, live, paused or ended. What needs a person is on top."""

from typing import Any

import streamlit as st
from parts.answered import show_answers
from parts.callbacks import carried_out
from parts.details import show_details
from parts.graph import show_graph
from parts.head import show_head
from parts.interrupted import show_interrupted, show_refused_resume
from parts.plain import empty_state, muted
from parts.refusal import said_if_refused
from parts.result import show_error, show_result
from parts.review_form import show_review_form
from parts.review_sending import show_outcome
from parts.timeline import show_timeline
from parts.words import inert

from inspectors.discovery import WorkflowSource
from inspectors.runner.endings import GRACE_SECONDS
from inspectors.store import Prompt, Run
from inspectors.workbench import Workbench, get_workbench

STRIP_HEIGHT = 190
CANCELLING = "run-to-cancel"  # session state: the run about which the dialog asks


@carried_out
def ask_to_cancel(run_id: str) -> None:
    """Open the dialog at the next run of the page; it stays open whatever the run does meanwhile."""
    st.session_state[CANCELLING] = run_id


@carried_out
def let_it_go_on() -> None:
    """Close the dialog."""
    st.session_state[CANCELLING] = None


@carried_out
@said_if_refused
def cancel(wb: Workbench, run_id: str) -> None:
    """Do what the dialog asked about."""
    wb.supervisor.cancel(run_id)
    st.session_state[CANCELLING] = None


@carried_out
@said_if_refused
def end_now(wb: Workbench, run_id: str) -> None:
    """Don't wait for a step that doesn't react."""
    wb.supervisor.end_now(run_id)


@st.dialog("Cancel this run?", on_dismiss=let_it_go_on)
def confirm_cancel(wb: Workbench, run: Run) -> None:
    """Ask once before a run is ended."""
    if st.session_state.get(CANCELLING) is None:
        st.rerun()
    if run.held_by_program:
        program = run.options.get("program")
        st.text(f"{program} is asked to end it, and goes on itself. What was recorded so far is kept.")
    else:
        st.text(
            "The step that is running is stopped. One that doesn’t react is ended with its runner after "
            f"{GRACE_SECONDS:.0f} s; this page names the other runs that are in it. What was recorded so far is kept."
        )
    with st.container(horizontal=True):
        st.button("Cancel run", type="primary", on_click=cancel, args=(wb, run.run_id))
        st.button("Let it go on", on_click=let_it_go_on)


def show_heading(wb: Workbench, run: Run, prompts: list[Prompt], source: WorkflowSource | None) -> None:
    """Breadcrumb, head, buttons."""
    with st.container(key="crumbs", horizontal=True, gap="xxsmall", vertical_alignment="center"):
        st.page_link("traces.py", label="Traces", icon="")
        muted("/", "crumb-slash", inline=True)
        if source is not None:
            st.page_link("workflow.py", label=inert(run.workflow), icon="", query_params={"id": source.id})
        else:
            muted(run.workflow, "crumb-workflow", inline=True)
    if run.ended:
        show_head(run, prompts)
        return
    with st.container(key="trace-head", horizontal=True, vertical_alignment="center", wrap=True):
        with st.container(width="stretch"):
            show_head(run, prompts)
        asked = run.cancel_asked_at is not None
        if not asked or run.held_by_program:
            st.button(
                "Cancel run",
                icon=":material/block:",
                key="cancel-run",
                disabled=asked,
                on_click=ask_to_cancel,
                args=(run.run_id,),
            )
        else:
            st.button("End now", icon=":material/stop_circle:", key="end-now", on_click=end_now, args=(wb, run.run_id))
    if st.session_state.get(CANCELLING) == run.run_id and not asked:
        confirm_cancel(wb, run)


def show_situation(wb: Workbench, run: Run, prompts: list[Prompt], source: WorkflowSource | None) -> None:
    """The form, the result or the error: whatever the person needs first."""
    show_outcome()
    show_refused_resume(run.run_id)
    if prompts and not run.ended:
        show_review_form(wb, prompts[0], on_page="trace")
        if len(prompts) > 1:
            muted(f"{len(prompts) - 1} more wait in this run and open one after the other.", "more-prompts")
    elif run.status == "failed":
        show_error(run, {"id": source.id, "from": run.run_id} if source else None, graph_of(wb, run, source))
    elif run.status == "interrupted":
        show_interrupted(wb, run, source)
    elif run.status == "done":
        show_result(run)
    show_answers(wb, run.run_id)


def graph_of(wb: Workbench, run: Run, source: WorkflowSource | None) -> dict[str, Any]:
    """The graph kept with the run: what ran, not what the file says by now."""
    return wb.store.graph(run.run_id) or (source.graph if source else {"nodes": [], "edges": []})


def show_page() -> None:
    """The whole page."""
    wb = get_workbench()
    run_id = st.query_params.get("run", "")
    run = wb.store.run(run_id) if run_id else None
    st.set_page_config(page_title=f"{run.workflow if run else 'Trace'} · Stepscope")
    if run is None:
        sentence = (
            "It may belong to another database, or the link may be incomplete." if run_id else "The link names no run."
        )
        with empty_state("This run is not here", sentence, "trace"):
            st.page_link("traces.py", label="Show all runs", icon="")
        return
    prompts = wb.store.prompts_of_family(run_id)
    source = wb.source_of(run.file, run.workflow)
    graph = graph_of(wb, run, source)
    show_heading(wb, run, prompts, source)
    show_situation(wb, run, prompts, source)
    left, right = st.columns([944, 404], gap="small")
    with left:
        if graph["nodes"]:
            show_graph(graph, key=f"strip-{run_id}", direction="LR", height=STRIP_HEIGHT, run_id=run_id)
        show_timeline(run_id)
    with right:
        show_details(run_id, graph)


show_page()
