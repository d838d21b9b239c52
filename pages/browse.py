"""Browse: a card per workflow of the targets, those that need a person first. Runs nobody's code."""

import streamlit as st
from parts.cards import show_cards, shown_target
from parts.plain import empty_state, muted
from parts.reading import read_targets
from parts.words import plural

from inspectors.discovery import Catalog
from inspectors.workbench import Workbench, get_workbench


def show_nothing(wb: Workbench, catalog: Catalog) -> None:
    """Why there is no card, and what to do."""
    where = ", ".join(shown_target(target) for target in catalog.targets)
    read = plural(catalog.files_read, "Python file was", "Python files were")
    sentence = f"{read} read; none has a class that inherits from Workflow."
    if not catalog.files_read and catalog.problems:
        sentence = " ".join(problem.sentence for problem in catalog.problems)
    with empty_state(f"No workflows in {where}", sentence, "browse"):
        if not wb.settings.shows_samples and st.button("Open the samples", type="primary"):
            st.session_state["samples"] = True
            st.rerun()
        muted("Or start with another folder: streamlit run app.py -- FOLDER", "browse-how")


def without_repetition(catalog: Catalog) -> Catalog:
    """What the empty state says isn't said again as a problem."""
    if catalog.files_read:
        problems = [problem for problem in catalog.problems if not problem.sentence.startswith("No workflows in ")]
    else:
        problems = []
    return Catalog(catalog.workflows, problems, catalog.files_read, catalog.targets)


def show_samples_note(wb: Workbench) -> None:
    """Whose workflows these are, where the samples stand for targets without any."""
    with st.container(key="crumbs", horizontal=True, gap="xsmall", vertical_alignment="center"):
        names = ", ".join(shown_target(target) for target in wb.settings.targets)
        muted(f"These are the samples; {names} has no workflows.", "samples", inline=True)
        if st.button("Look there again", type="tertiary"):
            del st.session_state["samples"]
            st.rerun()


def show_page() -> None:
    """The whole page."""
    wb = get_workbench()
    st.set_page_config(page_title="Browse · Stepscope")
    catalog = read_targets(wb, samples=bool(st.session_state.get("samples")))
    if st.session_state.get("samples"):
        show_samples_note(wb)
    if catalog.workflows:
        show_cards(catalog, wb.store.last_runs(), wb.store.runs(status="waiting", limit=1_000))
    else:
        show_cards(without_repetition(catalog), {}, [])
        show_nothing(wb, catalog)


show_page()
