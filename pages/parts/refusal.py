"""What a page shows while its database can't be used: why, in words; it goes on by itself once that has changed."""

from __future__ import annotations

import streamlit as st

from inspectors.store import StoreRefused
from inspectors.workbench import get_workbench
from parts.plain import muted, strong

AGAIN_SECONDS = 3


def show_refusal(sentence: str) -> None:
    """Draw the reason, and try again every few seconds."""
    with st.container(key="error", gap="xsmall"):
        strong(sentence, "database-refused")
        muted("This page goes on by itself as soon as the database can be used.", "database-again")
        _try_again()


@st.fragment(run_every=AGAIN_SECONDS)
def _try_again() -> None:
    try:
        get_workbench().store.open_prompt_count()
    except StoreRefused:
        return  # the next try follows by itself
    st.rerun()
