"""The script that Streamlit runs for every page: navigation, logo, the one style, the count of waiting requests."""

import sys
from pathlib import Path
from urllib.parse import unquote

PAGES = Path(__file__).resolve().parent
for folder in (str(PAGES), str(PAGES.parent)):
    if folder not in sys.path:
        sys.path.insert(0, folder)

import streamlit as st  # noqa: E402
from parts.connection import keep_connection  # noqa: E402
from parts.refusal import show_refused_database  # noqa: E402
from parts.review_count import keep_review_count  # noqa: E402
from parts.store_trouble import keep_store_trouble  # noqa: E402

from inspectors.store import StoreRefused  # noqa: E402
from inspectors.workbench import get_workbench  # noqa: E402

PATHS = ("review", "traces", "workflow", "trace", "start")

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" viewBox="0 0 20 20">'
    '<rect x="1" y="3" width="9" height="6" rx="2" fill="none" stroke="#7A8499" stroke-width="1.8"/>'
    '<rect x="10" y="11" width="9" height="6" rx="2" fill="#5668D8"/>'
    '<path d="M10 6h2.500a2 2 0 0 1 2 2v2" fill="none" stroke="#7A8499" stroke-width="1.8"/></svg>'
)


def unknown_page() -> list[st.Page]:
    """A page of ours for a URL that names none: Streamlit would open Browse under a dialog of its own."""
    named = (st.context.url or "").partition("?")[0].partition("#")[0].rstrip("/").split("/")[3:]
    if not named or named[-1] in ("", *PATHS):
        return []
    return [st.Page("missing_page.py", title="Not here", url_path=unquote(named[-1]), visibility="hidden")]


def show() -> None:
    """Draw the frame and run the page that the URL names; or say why the database can't be used."""
    waiting, refusal = 0, ""
    try:
        waiting = get_workbench().store.open_prompt_count()
    except StoreRefused as refused:
        refusal = str(refused)
    # Also when it is refused: without its page a tab would be on another one when it can be used again.
    page = st.navigation(
        [
            st.Page("browse.py", title="Browse", icon=":material/account_tree:", url_path="start", default=True),
            st.Page("review.py", title=f"Review ({waiting})", icon=":material/front_hand:", url_path="review"),
            st.Page("traces.py", title="Traces", icon=":material/timeline:", url_path="traces"),
            st.Page("workflow.py", title="Workflow", url_path="workflow", visibility="hidden"),
            st.Page("trace_detail.py", title="Trace", url_path="trace", visibility="hidden"),
            *unknown_page(),
        ],
        position="top",
    )
    keep_connection()
    if refusal:
        show_refused_database(refusal)
        return
    keep_store_trouble()
    keep_review_count(waiting, rerun=page.url_path in ("review", "trace"))
    if page.url_path not in ("workflow", "trace"):
        st.session_state.pop("started-run", None)
    try:
        page.run()
    except StoreRefused as refused:  # the file may be locked, damaged or gone while pages are open
        show_refused_database(str(refused))


st.set_page_config(page_title="Stepscope", page_icon=LOGO, layout="wide", initial_sidebar_state="collapsed")
st.logo(LOGO, size="small")
st.html(PAGES / "parts" / "stepscope.css")
show()
