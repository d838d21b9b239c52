"""The runs of one workflow: the newest as a list, all of them in one line of numbers, and the way to Traces."""

from __future__ import annotations

from statistics import median

import streamlit as st

from inspectors.discovery import WorkflowSource
from inspectors.workbench import Workbench
from parts.plain import muted
from parts.run_list import show_runs
from parts.words import duration, plural

SHOWN = 50
MEASURED = 200
"""The newest runs that the median is taken of."""


def numbers(wb: Workbench, source: WorkflowSource) -> str:
    """`12 runs · median 2.1 s · 1 failed · 1 waiting`, or "" without runs. The median is of those that are done."""
    total = wb.store.count_runs(workflow=source.name, file=source.file)
    if not total:
        return ""
    said = [plural(total, "run")]
    done = wb.store.runs(workflow=source.name, file=source.file, status="done", limit=MEASURED)
    took = [run.active_s for run in done if run.active_s is not None]
    if took:
        said.append(f"median {duration(median(took))}")
    for status in ("failed", "interrupted", "waiting"):
        count = wb.store.count_runs(workflow=source.name, file=source.file, status=status)
        if count:
            said.append(f"{count:,} {status}")
    return " · ".join(said)


def show_last_runs(wb: Workbench, source: WorkflowSource) -> None:
    """The newest four, below the form."""
    total = wb.store.count_runs(workflow=source.name, file=source.file)
    with st.container(horizontal=True, vertical_alignment="bottom", key="last-runs-head"):
        st.header("Last runs", anchor=False)
        if total > 4:
            _link(wb, source, f"All {total:,}", "last-runs")
    _show(wb, source, 4, "last-runs")


def show_past_runs(wb: Workbench, source: WorkflowSource) -> None:
    """The newest fifty."""
    said = numbers(wb, source)
    if said:
        with st.container(horizontal=True, vertical_alignment="center", key="past-runs-head"):
            muted(said, "numbers")
            _link(wb, source, "All runs of this workflow", "past-runs")
    _show(wb, source, SHOWN, "past-runs")


def _link(wb: Workbench, source: WorkflowSource, label: str, key: str) -> None:
    query = {"workflow": source.name}
    if wb.store.count_runs(workflow=source.name) != wb.store.count_runs(workflow=source.name, file=source.file):
        query["file"] = source.file  # another file has a workflow of this name
    with st.container(width="content", key=f"crumbs-{key}"):
        st.page_link("traces.py", label=label, query_params=query, icon="")


def _show(wb: Workbench, source: WorkflowSource, limit: int, key: str) -> None:
    runs = wb.store.runs(workflow=source.name, file=source.file, limit=limit)
    if runs:
        show_runs(runs, wb.store.prompts(), key=key, compact=True)
    else:
        muted("No runs yet. Every run of this workflow is kept here.", f"{key}-none")
