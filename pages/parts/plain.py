"""Text of workflows and people, shown as text: never as Markdown or HTML, which could load or link elsewhere."""

from __future__ import annotations

import streamlit as st


def muted(text: str, key: str, *, inline: bool = False) -> None:
    """A line in the secondary colour; `inline` in a row of other things."""
    with st.container(key=f"muted-{key}", width="content" if inline else "stretch"):
        st.text(text)


def strong(text: str, key: str) -> None:
    """A line in bold."""
    with st.container(key=f"strong-{key}"):
        st.text(text)


def title(text: str, key: str) -> None:
    """The title of a section."""
    with st.container(key=f"title-{key}"):
        st.text(text)


def paragraphs(text: str, key: str) -> None:
    """A text to read, its line breaks kept."""
    with st.container(key=f"draft-{key}"):
        st.text(text)


def note(bold: str, rest: str, key: str) -> None:
    """A sentence on something that is wrong but no pause: neutral, never amber."""
    with st.container(key=f"note-{key}", gap="xxsmall"):
        strong(bold, f"{key}-what")
        if rest:
            muted(rest, f"{key}-rest")


def empty_state(headline: str, sentence: str, key: str) -> st.delta_generator.DeltaGenerator:
    """Why a page is empty and what it will hold. Gives the container, for what to do next."""
    box = st.container(key=f"empty-{key}", horizontal_alignment="center")
    with box:
        strong(headline, f"{key}-headline")
        muted(sentence, f"{key}-sentence")
    return box
