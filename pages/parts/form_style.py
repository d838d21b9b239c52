"""The style of forms, which only pages with a form carry (see forms.css)."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_STYLE = Path(__file__).with_name("forms.css")


def form_style() -> None:
    """Have the page look as its forms need it."""
    st.html(_STYLE)
