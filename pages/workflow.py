"""Workflow: the graph on the left; on the right its form, what is selected, problems, past runs.

The page follows its file: a save shows at once, and what can't be read any more stays as it last could be.
"""

import time
from pathlib import Path
from typing import Any

import streamlit as st
from parts.environment import problems_of_environment, show_environment
from parts.graph import show_coverage, show_graph
from parts.node_facts import facts_of, show_node
from parts.open_source import show_source_state, watch_file
from parts.past_runs import show_last_runs, show_past_runs
from parts.plain import empty_state, muted
from parts.problems import found_problems, show_findings_at, show_problems, show_stopping, show_trouble
from parts.refusal import said_if_refused
from parts.run_form import show_run_form
from parts.words import inert

from inspectors.diagnostics import Finding
from inspectors.discovery import Environment, Problem, WorkflowSource, module_name, read_environment
from inspectors.discovery.modules import read_module
from inspectors.discovery.rereading import Reading, last_good, read_again, shown_version
from inspectors.graph.merge import merge_graphs
from inspectors.runner.supervisor import RunnerStatus
from inspectors.store import StoreRefused
from inspectors.workbench import Workbench, get_workbench

TABS = ("Run", "Step", "Problems", "Past runs")
GRAPH_HEIGHT = 690
SHOWN_SECONDS = 20.0  # a browser's time to show the Trace of a run that was started here
RUNS_TOLD = 200  # the newest: reading more would keep the page waiting


def asked_for(wb: Workbench) -> WorkflowSource | None:
    """The workflow that the URL names, also one whose file can't be read any more since it was last shown.

    Going from Run to the Trace leaves an entry `/workflow?run=…` in the browser's history (`switch_page` makes two,
    live-facts.md 6): Back to it means the workflow of that run.
    """
    workflow_id = st.query_params.get("id", "")
    run = wb.store.run(st.query_params["run"]) if not workflow_id and "run" in st.query_params else None
    if run is not None:
        return wb.source_of(run.file, run.workflow)
    return wb.source(workflow_id) or last_good(workflow_id)


def runner_of(wb: Workbench, reading: Reading) -> tuple[RunnerStatus, dict[str, Any]]:
    """The runner of this version, started if need be, and what it says of the class.

    For a file that can't be read: what was said of the class last.
    """
    kept = f"described-{reading.source.id}"
    if reading.trouble:
        return RunnerStatus("failed"), st.session_state.get(kept) or {}
    wb.supervisor.open(reading.source)
    status = wb.supervisor.status(reading.source)
    described = ((status.description or {}).get("workflows") or {}).get(reading.source.name) or {}
    st.session_state[kept] = described
    return status, described


def merged_graph(source: WorkflowSource, described: dict[str, Any]) -> dict[str, Any]:
    """What source shows, with what the classes declare where a runner has them."""
    return merge_graphs(source.graph, described["graph"]) if described.get("graph") else source.graph


def with_runs(wb: Workbench, graph: dict[str, Any]) -> dict[str, Any]:
    """The graph with what its newest runs took; as it is where the runs can't be read now."""
    try:
        return wb.history.graph(graph, most=RUNS_TOLD)
    except StoreRefused:  # the page says so where its runs are listed
        return graph


def path_in_words(wb: Workbench, source: WorkflowSource) -> str:
    """Folder and file, with as many folders before them as tell it from others with a class of this name."""
    others = [Path(one.file) for one in wb.catalog().workflows if one.name == source.name and one.file != source.file]
    parts = Path(source.file).parts
    length = 2
    while length < len(parts) and any(other.parts[-length:] == parts[-length:] for other in others):
        length += 1
    return "/".join(parts[-length:])


def show_heading(wb: Workbench, source: WorkflowSource) -> Any:
    """Breadcrumb, name, first line of the docstring. Gives the room at the right of them."""
    with st.container(key="crumbs", horizontal=True, gap="xxsmall", vertical_alignment="center"):
        st.page_link("browse.py", label="Browse", icon="")
        muted(f"/ {path_in_words(wb, source)}", "crumb-file", inline=True)
    with st.container(key="workflow-head", horizontal=True, vertical_alignment="bottom"):
        with st.container(key="page-head"):
            st.title(inert(source.name), anchor=False)
            if source.summary:
                muted(source.summary, "summary")
        return st.container(key="workflow-facts", width="content")


def chosen_tab() -> str:
    """The tab that is open; at first the one that the URL names."""
    if "workflow-tab" not in st.session_state and st.query_params.get("tab") in TABS:
        st.session_state["workflow-tab"] = st.query_params["tab"]
    return str(st.session_state.get("workflow-tab") or TABS[0])


def chosen_node(source: WorkflowSource, graph: dict[str, Any], chosen: str | None) -> str | None:
    """The chosen node, if the graph has it: a step that was renamed is chosen no longer.

    A node that was not chosen before opens the tab that shows it.
    """
    node = chosen if any(one["id"] == chosen for one in graph["nodes"]) else None
    kept = f"node-{source.id}"
    if node and kept in st.session_state and node != st.session_state[kept]:
        st.session_state["workflow-tab"] = "Step"
    st.session_state[kept] = node
    return node


def show_step(
    wb: Workbench, source: WorkflowSource, graph: dict[str, Any], node_id: str | None, problems: list[Finding]
) -> None:
    """What the source says about the chosen node."""
    node = next((node for node in graph["nodes"] if node["id"] == node_id), None)
    if node is None:
        muted("Choose a step, an event or a person in the graph to see its source and its fields.", "no-node")
    else:
        show_node(facts_of(source, graph, node, wb.catalog()))
        show_findings_at(problems, node)


def show_tabs(
    wb: Workbench,
    reading: Reading,
    status: RunnerStatus,
    described: dict[str, Any],
    graph: dict[str, Any],
    node: str | None,
    problems: list[Finding],
    environment: Environment,
) -> None:
    """The right column."""
    source = reading.source
    with st.container(key="workflow-tabs"):
        # The labels stay as they are: with another label Streamlit makes all tabs anew, and what was typed is gone.
        # The number of problems is written behind theirs by the style.
        run, step, trouble, past = st.tabs(list(TABS), key="workflow-tab", on_change="rerun")
    # The form is drawn behind every tab: what is typed stays, and it has the page run again when the runner is ready.
    with run:
        if cannot_run(reading, status, described) and problems and not reading.trouble:
            show_stopping(problems, said_if_refused(lambda: wb.supervisor.retry(source)))
        show_run_form(wb, source, status, described.get("start"))
        show_environment(wb, environment)
        show_last_runs(wb, source)
    with step:
        if step.open:
            show_step(wb, source, graph, node, problems)
    with trouble:
        if trouble.open:
            show_problems(problems)
    with past:
        if past.open:
            show_past_runs(wb, source)


def cannot_run(reading: Reading, status: RunnerStatus, described: dict[str, Any]) -> bool:
    """Whether a run would fail before its first step."""
    return bool(reading.trouble or status.state == "failed" or described.get("problem"))


def unreadable_file(wb: Workbench) -> tuple[Problem, str] | None:
    """Why the file of the workflow that the URL names can't be read, if that is so, and the version that can't."""
    workflow_id = st.query_params.get("id", "")
    catalog = wb.catalog()
    readable = {one.file for one in catalog.workflows}
    for problem in catalog.problems:
        unread = problem.line and problem.file not in readable
        if unread and workflow_id.startswith(f"{module_name(problem.file)[1]}."):
            version = shown_version(problem.file, wb.settings.targets)  # first: a save after this is then told of
            now = read_module(problem.file).problem
            if now is not None:
                return now, version
            wb.look_again()  # it was saved since the catalog was read
            if wb.source(workflow_id) is not None:
                st.rerun()
    return None


def show_absent(wb: Workbench) -> None:
    """Instead of the page: what the URL names can't be found, or can't be read."""
    unreadable = unreadable_file(wb)
    if unreadable is not None:
        problem, version = unreadable
        watch_file(problem.file, version)
        with empty_state(
            "This workflow can’t be read", f"{problem.sentence} Save the file again, and it opens here.", "workflow"
        ):
            st.page_link("browse.py", label="Browse the other workflows", icon="")
        return
    same = [one for one in wb.catalog().workflows if one.id.partition("@")[0] == st.query_params.get("id")]
    if same:
        with empty_state(f"{len(same)} files define {same[0].name}", "Choose the one that is meant.", "workflow"):
            for one in same:
                st.page_link("workflow.py", label=inert(path_in_words(wb, one)), query_params={"id": one.id}, icon="")
        return
    with empty_state(
        "This workflow is not here",
        "Its file may have been moved or renamed, or it is not among the targets.",
        "workflow",
    ):
        st.page_link("browse.py", label="Browse the workflows that are", icon="")


def show_page() -> None:
    """The whole page."""
    wb = get_workbench()
    started, at = st.session_state.get("started-run") or ("", 0.0)
    if started and started not in wb.shown_runs and time.monotonic() - at < SHOWN_SECONDS:
        # A rerun that the browser asked for before it knew of the Trace takes the Trace's place, and comes here.
        st.switch_page("trace_detail.py", query_params={"run": started})
    st.session_state.pop("started-run", None)
    known = asked_for(wb)
    st.set_page_config(page_title=f"{known.name if known else 'Workflow'} · Stepscope")
    if known is None:
        show_absent(wb)
        return
    reading = read_again(known, wb.settings.targets)
    source = reading.source
    status, described = runner_of(wb, reading)
    graph = merged_graph(source, described)
    environment = read_environment(source.file, wb.settings.targets)
    problems = found_problems(reading, described, status) + problems_of_environment(environment)
    facts = show_heading(wb, source)
    show_trouble(reading)
    with st.container(key="workflow-body"):
        left, right = st.columns([1.28, 1], gap="small")
    with left:
        first = st.query_params.get("node") or None
        children = {f"{one.module}.{one.name}": one.graph for one in wb.catalog().workflows if one.id != source.id}
        told = with_runs(wb, graph)
        node = show_graph(
            told,
            key=f"graph-{source.id}",
            direction="TB",
            height=GRAPH_HEIGHT,
            chosen=first,
            children=children,
        )
        show_coverage(told)
    tab = chosen_tab()
    node = chosen_node(source, graph, node)
    with right:
        show_tabs(wb, reading, status, described, graph, node, problems, environment)
    with facts:
        show_source_state(
            reading,
            status,
            node=node,
            tab=str(st.session_state.get("workflow-tab") or tab),
            problems=len(problems),
            stopped=cannot_run(reading, status, described),
        )


show_page()
