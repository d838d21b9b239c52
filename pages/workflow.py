"""Workflow: the graph on the left; on the right its form, what is selected, problems, past runs."""

from pathlib import Path
from typing import Any

import streamlit as st
from parts.graph import show_graph
from parts.node_facts import show_node
from parts.plain import empty_state, muted, note
from parts.run_form import show_run_form
from parts.run_list import show_runs
from parts.words import inert

from inspectors.discovery import WorkflowSource
from inspectors.graph.merge import merge_graphs
from inspectors.runner.supervisor import RunnerStatus
from inspectors.workbench import Workbench, get_workbench

TABS = ("Run", "Step", "Problems", "Past runs")
GRAPH_HEIGHT = 690


def described_as(status: RunnerStatus, source: WorkflowSource) -> dict[str, Any]:
    """What the runner says of this class once it has imported it."""
    workflows = (status.description or {}).get("workflows") or {}
    return workflows.get(source.name) or {}


def merged_graph(source: WorkflowSource, described: dict[str, Any]) -> dict[str, Any]:
    """What source shows, with what the classes declare where a runner has them."""
    return merge_graphs(source.graph, described["graph"]) if described.get("graph") else source.graph


def problems_of(wb: Workbench, source: WorkflowSource, status: RunnerStatus) -> list[tuple[str, str]]:
    """What is wrong with this workflow: (sentence, more)."""
    found = [
        (problem.sentence, f"line {problem.line}" if problem.line else "")
        for problem in wb.catalog().problems
        if problem.file == source.file
    ]
    if status.state == "failed" and status.error:
        found.insert(0, (_import_sentence(status.error), str(status.error.get("traceback") or "")))
    problem = described_as(status, source).get("problem")
    return [(str(problem), ""), *found] if problem else found


def _import_sentence(error: dict[str, Any]) -> str:
    message = str(error.get("message", ""))
    if error.get("type") == "ModuleNotFoundError" and "'" in message:
        missing = message.split("'")[1]
        return f"{missing} is not installed, so this workflow can’t run yet. The graph was read from the source."
    return f"This workflow can’t run yet: {error.get('type', 'Error')}: {message}"


def show_heading(source: WorkflowSource) -> None:
    """Breadcrumb, name, first line of the docstring."""
    with st.container(key="crumbs", horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.page_link("browse.py", label="Browse", icon="")
        muted(f"/ {Path(source.file).parent.name}/{Path(source.file).name}", "crumb-file", inline=True)
    with st.container(key="page-head"):
        st.title(inert(source.name), anchor=False)
        if source.summary:
            muted(source.summary, "summary")


def show_step(graph: dict[str, Any], node_id: str | None) -> None:
    """What the source says about the chosen node."""
    node = next((node for node in graph["nodes"] if node["id"] == node_id), None)
    if node is None:
        muted("Choose a step, an event or a person in the graph to see its source and its fields.", "no-node")
    else:
        show_node(node)


def show_problems(problems: list[tuple[str, str]]) -> None:
    """Sentences, each with its traceback where there is one."""
    if not problems:
        muted("No problems were found in the source.", "no-problems")
    for number, (sentence, more) in enumerate(problems):
        note(sentence, "", f"problem-{number}")
        if more:
            st.code(more, language=None, wrap_lines=True)


def show_past_runs(wb: Workbench, source: WorkflowSource, limit: int, key: str) -> None:
    """The newest runs of this workflow."""
    runs = wb.store.runs(workflow=source.name, file=source.file, limit=limit)
    if runs:
        show_runs(runs, wb.store.prompts(), key=key, compact=True)
    else:
        muted("No runs yet. Every run of this workflow is kept here.", f"{key}-none")


def show_tabs(
    wb: Workbench, source: WorkflowSource, status: RunnerStatus, graph: dict[str, Any], node: str | None
) -> None:
    """The right column."""
    problems = problems_of(wb, source, status)
    run, step, trouble, past = st.tabs(list(TABS), key="workflow-tab", on_change="rerun")
    with run:
        if run.open:
            if problems:
                note(problems[0][0], "More under Problems." if len(problems) > 1 or problems[0][1] else "", "problem")
            show_run_form(wb, source, status, described_as(status, source).get("start"))
            st.subheader("Last runs", anchor=False)
            show_past_runs(wb, source, 4, "last-runs")
    with step:
        if step.open:
            show_step(graph, node)
    with trouble:
        if trouble.open:
            show_problems(problems)
    with past:
        if past.open:
            show_past_runs(wb, source, 50, "past-runs")


def asked_for(wb: Workbench) -> WorkflowSource | None:
    """The workflow that the URL names.

    Going from Run to the Trace leaves an entry `/workflow?run=…` in the browser's history (`switch_page` makes two,
    live-facts.md 6): Back to it means the workflow of that run.
    """
    workflow_id = st.query_params.get("id", "")
    run = wb.store.run(st.query_params["run"]) if not workflow_id and "run" in st.query_params else None
    return wb.source_of(run.file, run.workflow) if run is not None else wb.source(workflow_id)


def show_page() -> None:
    """The whole page."""
    started = st.session_state.pop("started-run", None)
    if started:
        st.switch_page("trace_detail.py", query_params={"run": started})
    wb = get_workbench()
    source = asked_for(wb)
    st.set_page_config(page_title=f"{source.name if source else 'Workflow'} · Stepscope")
    if source is None:
        with empty_state(
            "This workflow is not here",
            "Its file may have been moved or renamed, or it is not among the targets.",
            "workflow",
        ):
            st.page_link("browse.py", label="Browse the workflows that are", icon="")
        return
    wb.supervisor.open(source)
    status = wb.supervisor.status(source)
    graph = merged_graph(source, described_as(status, source))
    show_heading(source)
    left, right = st.columns([1.28, 1], gap="small")
    with left:
        node = show_graph(graph, key=f"graph-{source.id}", direction="TB", height=GRAPH_HEIGHT)
    if node != st.session_state.get("workflow-node"):
        st.session_state["workflow-node"] = node
        if node:
            st.session_state["workflow-tab"] = "Step"
    with right:
        show_tabs(wb, source, status, graph, node)


show_page()
