"""The form that starts a workflow: values to start from, its fields, free ones, constructor, options, the button."""

from __future__ import annotations

import secrets
import time
from typing import Any

import streamlit as st

from inspectors.discovery import WorkflowSource
from inspectors.forms import Field, Form, form_from_start, initial, parse
from inspectors.recording.values import without_secrets
from inspectors.runner.supervisor import RunnerStatus, StartRefused
from inspectors.workbench import Workbench
from parts.callbacks import carried_out
from parts.expectation import expectation
from parts.form_fields import read_fields, show_fields, show_refusal
from parts.form_style import form_style
from parts.plain import muted, note
from parts.preset_dialogs import Unsaved, ask_for_name, show_preset_dialogs
from parts.refusal import said_if_refused
from parts.run_options import Constructor, constructor_of, read_options, show_constructor, show_options, with_secrets
from parts.runner_line import watch_runner
from parts.start_from import Start, choice_key, choose_start


def show_run_form(
    wb: Workbench, source: WorkflowSource, status: RunnerStatus, described_start: dict[str, Any] | None
) -> None:
    """Draw it in a container keyed `run-form`."""
    described = ((status.description or {}).get("workflows") or {}).get(source.name) or {}
    form_style()
    with st.container(key="run-form"):
        start = choose_start(wb, source)
        prefix = f"run-{source.id}-{start.key}"
        form = form_from_start(source.start, described=described_start, example=source.example_input)
        form = with_secrets(_with_names_of(form, start.input))
        constructor = constructor_of(source, described)
        errors: dict[str, str] = st.session_state.get(f"{prefix}-errors", {})
        argument_errors: dict[str, str] = st.session_state.get(f"{prefix}-argument-errors", {})
        if refused := st.session_state.get(f"{prefix}-refused"):
            note(refused, "", "refused")
        # Enter would press the first button, which may be one that adds a row; Ctrl+Enter presses Run.
        with st.form(key=f"{prefix}-form", border=False, enter_to_submit=False):
            show_fields(form, initial(form, start.input), errors, prefix)
            _show_extra(form, _extra_names(prefix), errors, prefix)
            show_constructor(constructor, start.options.get("arguments") or {}, argument_errors, prefix)
            show_options(start.options, errors, prefix, status, described)
            _show_buttons(wb, source, status, described, form, constructor, start)
        if status.state in ("absent", "starting"):
            watch_runner(source.name, status, can_start=can_start(source, status, described))
        show_preset_dialogs(wb, source, choice_key(source))


def can_start(source: WorkflowSource, status: RunnerStatus, described: dict[str, Any]) -> bool:
    """Whether pressing Run could lead to a run: not if the file can't be imported, or nothing can make the class."""
    if status.state == "ready":
        return not described.get("blocked")
    return status.state != "failed" and (not source.constructor.unfillable or source.constructor.factory is not None)


def _with_names_of(form: Form, values: dict[str, Any]) -> Form:
    """An open form with the names an earlier run had besides."""
    if not form.open:
        return form
    more = tuple(
        Field(name, "text" if isinstance(value, str) else "json", required=False, type_text="any value")
        for name, value in values.items()
        if form.field(name) is None
    )
    return Form(form.title, (*form.fields, *more), form.open, form.doc)


def _extra_names(prefix: str) -> int:
    return int(st.session_state.get(f"{prefix}-extra", 0))


def _show_extra(form: Form, extra: int, errors: dict[str, str], prefix: str) -> None:
    if not form.open:
        return
    for number in range(extra):
        left, right = st.columns([1, 2])
        name = left.text_input("Name", key=f"{prefix}-name-{number}", placeholder="name")
        right.text_input("Value", key=f"{prefix}-value-{number}", placeholder="text, or JSON such as 3 or true")
        if name in errors and form.field(name) is None:
            show_refusal(errors[name], f"{prefix}-extra-{number}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.form_submit_button(
            "Add another field", icon=":material/add:", key=f"{prefix}-add", on_click=_add, args=(prefix,)
        )
        muted("the start event takes any name", f"{prefix}-any", inline=True)


@carried_out
def _add(prefix: str) -> None:
    st.session_state[f"{prefix}-extra"] = _extra_names(prefix) + 1


def _show_buttons(
    wb: Workbench,
    source: WorkflowSource,
    status: RunnerStatus,
    described: dict[str, Any],
    form: Form,
    constructor: Constructor,
    start: Start,
) -> None:
    prefix = f"run-{source.id}-{start.key}"
    with st.container(key="run-buttons", horizontal=True, vertical_alignment="center"):
        with st.container(key="run-start", width="content"):
            st.form_submit_button(
                "Run",
                type="primary",
                icon=":material/play_arrow:",
                key=f"{prefix}-start",
                shortcut="Ctrl+Enter",
                disabled=not can_start(source, status, described),
                on_click=_start,
                # A token per drawing: the second half of a double click, however late, comes from the same one.
                args=(wb, source, form, constructor, prefix, secrets.token_hex(8)),
            )
        with st.container(key="run-save", width="content"):
            st.form_submit_button(
                "Save as preset",
                icon=":material/bookmark_add:",
                type="tertiary",
                key=f"{prefix}-save",
                on_click=_hold,
                args=(source, form, constructor, prefix, start.preset),
            )
        _show_prospect(wb, source, status, described)


def _show_prospect(wb: Workbench, source: WorkflowSource, status: RunnerStatus, described: dict[str, Any]) -> None:
    """What stands beside the buttons once the runner is there."""
    if status.state == "failed" or (status.state == "ready" and not can_start(source, status, described)):
        muted("It can’t run as it is.", "runner")
    elif status.state == "ready" and described.get("problem"):
        muted("It could not be made without arguments: see Problems.", "runner")
    elif status.state == "ready" and (expected := expectation(wb, source)):
        muted(expected, "runner")


def _raw(form: Form, prefix: str) -> dict[str, Any]:
    raw = read_fields(form, prefix)
    for number in range(_extra_names(prefix)):
        name = str(st.session_state.get(f"{prefix}-name-{number}", "")).strip()
        value = st.session_state.get(f"{prefix}-value-{number}", "")
        if name or value:
            raw.setdefault(name, value)
    return raw


@carried_out
def _hold(source: WorkflowSource, form: Form, constructor: Constructor, prefix: str, preset: str) -> None:
    """Runs before the page is drawn again: keep what the form holds until it has a name."""
    parsed = parse(form, _raw(form, prefix))
    options = read_options(constructor, prefix)
    given, left_out = without_secrets(parsed.values)
    arguments, more = without_secrets(options.arguments)
    refused = [name for name, said in {**parsed.errors, **options.argument_errors, **options.errors}.items() if said]
    missing = {one.name for one in (*form.fields, *constructor.needed.fields) if one.required}
    options.arguments = arguments
    if options.errors:
        options.timeout = None
    unfit = [name for name in refused if name not in missing]
    ask_for_name(Unsaved(source.id, given, options.as_run(), [*left_out, *more], unfit, preset))


@carried_out
@said_if_refused
def _start(
    wb: Workbench, source: WorkflowSource, form: Form, constructor: Constructor, prefix: str, drawing: str
) -> None:
    """Runs before the page is drawn again: start, or leave the sentences for the fields.

    A drawing of the form starts one run; pressed again, it leads to the same. Streamlit may break a callback off
    at any use of the session's state, for the second half of a double click too: what is started is therefore
    kept in a plain dict, in one statement with the start.
    """
    started: dict[str, str] = st.session_state.setdefault("started-by-drawing", {})
    if drawing in started:
        st.session_state["started-run"] = (started[drawing], time.monotonic())
        return
    parsed = parse(form, _raw(form, prefix))
    options = read_options(constructor, prefix)
    errors, argument_errors = {**parsed.errors, **options.errors}, options.argument_errors
    st.session_state[f"{prefix}-refused"] = None
    if not errors and not argument_errors:
        try:
            started[drawing] = wb.supervisor.start(source, parsed.values, options.as_run())
            st.session_state["started-run"] = (started[drawing], time.monotonic())
        except StartRefused as refused:
            errors, argument_errors = refused.field_errors, refused.argument_errors
            st.session_state[f"{prefix}-refused"] = str(refused)
    st.session_state[f"{prefix}-errors"] = errors
    st.session_state[f"{prefix}-argument-errors"] = argument_errors
