"""What a URL shows that names no page of ours."""

import streamlit as st
from parts.plain import empty_state

if (st.context.url or "").partition("?")[0].endswith("/browse"):
    st.switch_page("browse.py")
st.set_page_config(page_title="Not here · Stepscope")
with empty_state("There is no such page", "The link may be incomplete, or from another version of Stepscope.", "page"):
    st.page_link("browse.py", label="Browse the workflows", icon="")
    st.page_link("traces.py", label="Show all runs", icon="")
