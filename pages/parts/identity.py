"""Who answers: signed in where Streamlit's login is set up, else a name that is asked for once per browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAuthError

from inspectors.server.browser_cookie import browser_of
from inspectors.workbench import Workbench
from parts.callbacks import carried_out
from parts.form_texts import show_refusal
from parts.plain import muted, strong
from parts.refusal import said_if_refused
from parts.words import inert

NAME = "reviewer-name"  # the box that asks for it
REFUSED = "sign-in-refused"  # session state: why the last attempt to sign in led nowhere


@dataclass(frozen=True)
class Identity:
    """Whoever sits before this browser."""

    name: str
    """"" while nobody has said."""
    verified: bool
    """Whether they have signed in."""
    browser: str
    """The id of the browser; "" if it keeps no cookies."""


def identity(wb: Workbench) -> Identity:
    """Who it is now, with what the box holds that was not left yet."""
    browser = browser_of(dict(st.context.cookies))
    signed_in = _signed_in()
    if signed_in:
        return Identity(signed_in, True, browser)
    typed = str(st.session_state.get(NAME) or "").strip()
    known = wb.store.person_name(browser) if browser else str(st.session_state.get("reviewer", ""))
    return Identity(typed or known, False, browser)


def _signed_in() -> str:
    """The person's address or name, where Streamlit's login is set up and used; else ""."""
    user: Any = st.user
    if not getattr(user, "is_logged_in", False):
        return ""
    return str(getattr(user, "email", None) or getattr(user, "name", None) or "")


def show_identity(wb: Workbench, key: str) -> None:
    """Say who answers, with a way to change it; ask, where nobody has said."""
    who = identity(wb)
    if who.verified:
        with _line():
            _say_who(who.name, "signed in", key)
            st.button("Sign out", key=f"sign-out-{key}", type="tertiary", on_click=carried_out(st.logout))
        return
    known = wb.store.person_name(who.browser) if who.browser else str(st.session_state.get("reviewer", ""))
    if not known:
        with st.container(key="identity-ask"):
            _ask(wb, who.browser, "")
            _offer_sign_in(key)
    else:
        with _line():
            _say_who(known, "not verified", key)
            with st.popover("Change", type="tertiary"):
                _ask(wb, who.browser, known)
            _offer_sign_in(key)
    if refused := st.session_state.get(REFUSED):
        show_refusal(refused, f"sign-in-{key}")


def _line() -> DeltaGenerator:
    return st.container(key="identity", horizontal=True, vertical_alignment="center", gap="small", wrap=True)


def _say_who(name: str, verified: str, key: str) -> None:
    muted("Answering as", f"identity-as-{key}", inline=True)
    with st.container(width="content"):
        strong(name, f"identity-name-{key}")
    muted(verified, f"tag-{key}", inline=True)


# -- signing in ---------------------------------------------------------------------------------------


def _offer_sign_in(key: str) -> None:
    """A button for each provider that `[auth]` of Streamlit's secrets names; nothing where there is none."""
    if not hasattr(st.user, "is_logged_in"):
        return
    for provider in _providers():
        label = f"Sign in with {provider.capitalize()}" if provider else "Sign in"
        st.button(inert(label), key=f"sign-in-{key}-{provider}", type="tertiary", on_click=_sign_in, args=(provider,))


def _providers() -> list[str]:
    """Names to sign in with; "" is the one that has none."""
    auth = st.secrets.get("auth", {})
    named = [str(name) for name, values in auth.items() if isinstance(values, Mapping) and "client_id" in values]
    return ["", *named] if "client_id" in auth or not named else named


@carried_out
def _sign_in(provider: str) -> None:
    st.session_state.pop(REFUSED, None)
    try:
        st.login(provider or None)
    except StreamlitAuthError as error:
        st.session_state[REFUSED] = f"Signing in isn’t set up completely. {error}"


def _ask(wb: Workbench, browser: str, known: str) -> None:
    st.text_input(
        "Your name",
        value=known,
        key=NAME,
        max_chars=80,
        placeholder="Kept with your answers",
        help="Asked once in this browser. It goes with your answers, and nobody checks it.",
        on_change=_keep,
        args=(wb, browser),
    )


def keep_name(wb: Workbench, who: Identity) -> None:
    """Keep the name that an answer carries: Streamlit may have dropped the box's own callback beside the button's."""
    if who.name and not who.verified and who.browser and wb.store.person_name(who.browser) != who.name:
        wb.store.name_person(who.browser, who.name)


@carried_out
@said_if_refused
def _keep(wb: Workbench, browser: str) -> None:
    name = str(st.session_state.get(NAME) or "")
    if browser:
        wb.store.name_person(browser, name)
    else:
        st.session_state["reviewer"] = name.strip()
