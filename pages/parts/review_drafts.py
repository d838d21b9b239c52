"""What a reviewer typed for a request: put back when its form is made, kept while it is filled in.

Texts are kept by the browser, letter by letter (`review_keys.js`); here is what they are kept under.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from inspectors.store import Prompt
from inspectors.workbench import Workbench
from parts import form_drafts
from parts.form_drafts import changes, text_boxes
from parts.identity import identity
from parts.request import Request, kinds_of
from parts.review_keys import keep_typing
from parts.review_sending import inputs_of

KIND = "kind"
"""The name of the choice between types of answer."""
FIELD = "in:"
"""What names begin with of what was put into fields; others are the draft, the comment and an answer in own words."""


def chosen_kind(wb: Workbench, prompt: Prompt) -> int:
    """Which type of answer is given, where there are several: the one that was chosen, also before a reload."""
    kinds, place = kinds_of(prompt), kind_key(prompt)
    if len(kinds) > 1 and place not in st.session_state:
        browser = identity(wb).browser
        kept = wb.store.review_draft(prompt.prompt_id, browser).get(KIND) if browser else None
        if isinstance(kept, int) and 0 <= kept < len(kinds):
            st.session_state[place] = kept
    chosen = st.session_state.get(place, 0)
    return chosen if isinstance(chosen, int) and chosen < len(kinds) else 0


def kind_key(prompt: Prompt) -> str:
    """The key of the choice between types of answer."""
    return f"review-{prompt.prompt_id}-kind"


def put_back(wb: Workbench, request: Request, key: str) -> None:
    """Before the widgets are made: put back what was typed, unless they are on the page already."""
    marker = f"{key}-choice" if request.plan.layout == "list" else f"{key}-button-0"
    if marker in st.session_state:
        return
    who = identity(wb)
    typed = wb.store.review_draft(request.prompt.prompt_id, who.browser) if who.browser else {}
    st.session_state[f"{key}-typed"] = typed
    for name in ("comment", "other"):
        if isinstance(typed.get(name), str) and f"{key}-{name}" not in st.session_state:
            st.session_state[f"{key}-{name}"] = typed[name]
    form_drafts.put_back({name[len(FIELD) :]: typed[name] for name in typed if name.startswith(FIELD)}, key)


def keep_inputs(wb: Workbench, request: Request, key: str) -> None:
    """Keep what the fields hold that aren't texts.

    Not the texts: what this run of the page knows of them may be older than what was kept while they were typed.
    """
    browser = identity(wb).browser
    if not browser:
        return
    typed: dict[str, Any] = st.session_state.setdefault(f"{key}-typed", {})
    held = {f"{FIELD}{name}": value for name, value in changes(inputs_of(request.plan), key).items()}
    held[KIND] = st.session_state.get(kind_key(request.prompt)) or None
    new = {name: value for name, value in held.items() if value != typed.get(name)}
    if new:
        typed.update(new)
        wb.store.keep_review_draft(request.prompt.prompt_id, browser, new)


def keep_texts(request: Request, key: str) -> None:
    """Have the browser keep what is typed into the form's text boxes."""
    boxes = {name: (box, _text_of(box)) for name, box in _boxes(request, key).items()}
    keep_typing(request.prompt.prompt_id, boxes, key, f"{key}-decision-1")


def _text_of(box: str) -> str:
    """What a text box holds, as far as the server knows."""
    held = st.session_state.get(box)
    return "" if held is None else str(held)


def _boxes(request: Request, key: str) -> dict[str, str]:
    """Keys of text boxes, by the names to keep their texts under."""
    plan = request.plan
    boxes = {f"{FIELD}{name}": box for name, box in text_boxes(inputs_of(plan), key).items()}
    if plan.comment_field is not None:
        boxes["comment"] = f"{key}-comment"
    if plan.other is not None:
        boxes["other"] = f"{key}-other"
    return boxes
