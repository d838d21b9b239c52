"""The ASGI app that `streamlit run app.py` starts. Streamlit finds `app` by reading this source, so it stays plain."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from inspectors.server.browser_cookie import BrowserCookie
from inspectors.server.routes import build_routes, lifespan

app = st.App(
    Path(__file__).parent / "pages" / "navigation.py",
    lifespan=lifespan,
    routes=build_routes(),
    middleware=[Middleware(BrowserCookie)],
)
