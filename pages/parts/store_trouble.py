"""What every page says while the database can't be read or written, though the page is drawn already."""

from __future__ import annotations

import streamlit as st

from parts.browser import browser_part

_part = browser_part("store_trouble")


def keep_store_trouble() -> None:
    """Mount it once per page, above its contents; it takes no room while all is well."""
    with st.container(key="store-trouble"):
        _part(key="store-trouble-part", data={})
