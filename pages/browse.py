"""Browse: a card per workflow of the targets, those that need a person first. Runs nobody's code."""

from pathlib import Path

import streamlit as st
from parts.card import show_card
from parts.plain import empty_state, muted, strong
from parts.words import plural

from inspectors.discovery import Catalog, Problem, WorkflowSource
from inspectors.settings import SAMPLES
from inspectors.store import Run
from inspectors.workbench import Workbench, get_workbench

COLUMNS = 4
FIRST = {"waiting": 0, "failed": 1, "interrupted": 1}


def shown_path(path: str, targets: list[str]) -> str:
    """A path as short as it stays clear: from the folder that holds the target."""
    for target in targets:
        base = Path(target)
        if Path(path).is_relative_to(base):
            parent = base if base.is_dir() else base.parent
            return Path(path).relative_to(parent.parent if len(targets) > 1 else parent).as_posix()
    return Path(path).name


def matches(source: WorkflowSource, text: str) -> bool:
    """Whether a search finds the workflow: by name, text or file."""
    words = text.lower().split()
    where = " ".join([source.name, source.doc, source.file, *(badge.text for badge in source.badges)]).lower()
    return all(word in where for word in words)


def show_problems(problems: list[Problem], targets: list[str]) -> None:
    """What is wrong with the targets, as sentences."""
    files = len({problem.file for problem in problems})
    with st.container(key="note-problems", gap="xxsmall"):
        strong(
            f"{plural(files, 'file has', 'files have')} problems. What their source tells is still shown.", "problems"
        )
        for number, problem in enumerate(problems[:20]):
            folder = Path(shown_path(problem.file, targets)).parent.as_posix()
            place = f"{folder}/ · " if folder not in (".", "/") and Path(problem.file).is_file() else ""
            muted(f"{place}{problem.sentence}", f"problem-{number}")
        if len(problems) > 20:
            muted(f"and {len(problems) - 20} more", "problems-more")


def show_nothing(wb: Workbench, catalog: Catalog) -> None:
    """Why there is no card, and what to do."""
    where = ", ".join(Path(target).name + ("/" if Path(target).is_dir() else "") for target in catalog.targets)
    read = plural(catalog.files_read, "Python file was", "Python files were")
    sentence = f"{read} read; none has a class that inherits from Workflow."
    with empty_state(f"No workflows in {where}", sentence, "browse"):
        if not wb.settings.shows_samples and st.button("Open the samples", type="primary"):
            st.session_state["samples"] = True
            st.rerun()
        st.markdown("Or start with another folder: `streamlit run app.py -- FOLDER`")


def show_cards(sources: list[WorkflowSource], last: dict[tuple[str, str], Run], targets: list[str]) -> None:
    """Cards in rows of four."""

    def urgency(source: WorkflowSource) -> int:
        run = last.get((source.file, source.name))
        return FIRST.get(run.status, 2) if run else 2

    ordered = sorted(sources, key=urgency)
    for start in range(0, len(ordered), COLUMNS):
        columns = st.columns(COLUMNS, gap="small")
        for column, source in zip(columns, ordered[start : start + COLUMNS], strict=False):
            with column:
                show_card(source, shown_path(source.file, targets), last.get((source.file, source.name)))


def show_page() -> None:
    """The whole page."""
    wb = get_workbench()
    catalog = wb.catalog()
    if st.session_state.get("samples"):
        from inspectors.discovery import discover

        catalog = discover([str(SAMPLES)])
    st.set_page_config(page_title="Browse · Stepscope")
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left, st.container(key="page-head"):
        st.title("Workflows", anchor=False)
        names = " and ".join(Path(target).name + ("/" if Path(target).is_dir() else "") for target in catalog.targets)
        muted(f"{len(catalog.workflows)} in {names}. Those that need you come first.", "count")
    with right:
        text = st.text_input(
            "Search name, text or file",
            placeholder="Search name, text or file",
            label_visibility="collapsed",
            key="q",
            bind="query-params",
        )
    if catalog.problems:
        show_problems(catalog.problems, catalog.targets)
    found = [source for source in catalog.workflows if matches(source, text or "")]
    if not catalog.workflows:
        show_nothing(wb, catalog)
    elif not found:
        empty_state(f"No workflow matches “{text}”", f"{len(catalog.workflows)} are here without a search.", "search")
    else:
        show_cards(found, wb.store.last_runs(), catalog.targets)


show_page()
