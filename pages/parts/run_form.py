"""The form that starts a workflow: values to start from, its fields, free ones, options, the button."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import streamlit as st

from inspectors.discovery import WorkflowSource
from inspectors.forms import Field, Form, form_from_start, initial, parse
from inspectors.runner.supervisor import RunnerStatus, StartRefused
from inspectors.store import Run
from inspectors.workbench import Workbench
from parts.form_fields import read_fields, show_fields, show_refusal, show_takes
from parts.plain import muted, note
from parts.runner_line import watch_runner
from parts.words import age, duration, short_input

EXAMPLE = "Example input"
EMPTY = "Nothing"


DOUBLE_CLICK_SECONDS = 1.0
"""The same input again within this time is the second half of a double click, not another run."""


def show_run_form(
    wb: Workbench, source: WorkflowSource, status: RunnerStatus, described: dict[str, Any] | None
) -> None:
    """Draw it in a container keyed `run-form`."""
    form = form_from_start(source.start, described=described, example=source.example_input)
    with st.container(key="run-form"):
        choice, values, options = _start_from(wb, source)
        prefix = f"run-{source.id}-{choice}"
        form = _with_names_of(form, values)
        extra = _extra_names(prefix)
        errors: dict[str, str] = st.session_state.get(f"{prefix}-errors", {})
        refused = st.session_state.get(f"{prefix}-refused")
        if refused:
            note(refused, "", "refused")
        with st.form(key=f"{prefix}-form", border=False):
            show_fields(form, initial(form, values), errors, prefix)
            _show_extra(form, extra, errors, prefix)
            _show_options(options, errors, prefix)
            _show_start(wb, source, status, form, prefix)
        if status.state in ("absent", "starting"):
            watch_runner(source.name, status)


def _start_from(wb: Workbench, source: WorkflowSource) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """What the fields are filled with at first: a name for it, values, options."""
    runs = _runs_to_start_from(wb, source)
    choices: dict[str, str] = {}
    if source.example_input:
        choices["example"] = EXAMPLE
    for run in runs:
        choices[run.run_id] = f"Run {run.run_id}, {age(run.created_at)}: {short_input(run.input) or 'no input'}"
    if not choices:
        return "empty", {}, {}
    choices["empty"] = EMPTY
    wanted = st.query_params.get("from")
    names = list(choices)
    index = names.index(wanted) if wanted in names else 0
    chosen = st.selectbox(
        "Start from", names, index=index, format_func=choices.__getitem__, key=f"from-{source.id}-{wanted}"
    )
    run = next((run for run in runs if run.run_id == chosen), None)
    if run is not None:
        return run.run_id, run.input, run.options
    return str(chosen), source.example_input if chosen == "example" else {}, {}


def _runs_to_start_from(wb: Workbench, source: WorkflowSource) -> list[Run]:
    wanted = st.query_params.get("from")
    asked = wb.store.run(wanted) if wanted else None
    last = wb.store.runs(workflow=source.name, file=source.file, limit=1)
    found = [asked] if asked and asked.workflow == source.name else []
    return found + [run for run in last if not found or run.run_id != found[0].run_id]


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


def _add(prefix: str) -> None:
    st.session_state[f"{prefix}-extra"] = _extra_names(prefix) + 1


def _show_options(options: dict[str, Any], errors: dict[str, str], prefix: str) -> None:
    with st.expander("Options", expanded="timeout" in errors):
        left, right = st.columns(2)
        with left:
            show_takes("seconds, while steps run", f"{prefix}-timeout")
            st.number_input(
                "Time limit",
                value=options.get("timeout"),
                step=1.0,
                format="%g",
                placeholder="the author’s own",
                key=f"{prefix}-timeout",
            )
            if "timeout" in errors:
                show_refusal(errors["timeout"], f"{prefix}-timeout")
        with right:
            st.checkbox(
                "Verbose: print each step to the log", value=bool(options.get("verbose")), key=f"{prefix}-verbose"
            )


def _show_start(wb: Workbench, source: WorkflowSource, status: RunnerStatus, form: Form, prefix: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="run-start", width="content"):
            st.form_submit_button(
                "Run",
                type="primary",
                icon=":material/play_arrow:",
                key=f"{prefix}-start",
                shortcut="Ctrl+Enter",
                on_click=_start,
                args=(wb, source, form, prefix),
            )
        _runner_line(wb, source, status)


def _runner_line(wb: Workbench, source: WorkflowSource, status: RunnerStatus) -> None:
    """What stands beside the button once the runner is there."""
    described = ((status.description or {}).get("workflows") or {}).get(source.name) or {}
    if status.state == "ready" and described.get("problem"):
        muted("It can’t run as it is: see Problems.", "runner")
    elif status.state == "ready":
        muted(_expectation(wb, source), "runner")
    elif status.state == "failed":
        muted("The runner could not start: see Problems.", "runner")


def _expectation(wb: Workbench, source: WorkflowSource) -> str:
    """What to expect, from earlier runs; else how fresh the source is."""
    runs = [
        run for run in wb.store.runs(workflow=source.name, file=source.file, status="done", limit=5) if run.active_s
    ]
    if runs:
        usual = sorted(run.active_s for run in runs)[len(runs) // 2]
        return f"Usually {duration(usual)} ({len(runs)} {'run' if len(runs) == 1 else 'runs'})"
    try:
        return f"Ready to run · source saved {age(Path(source.file).stat().st_mtime, time.time())}"
    except OSError:
        return "Ready to run"


def _raw(form: Form, prefix: str) -> dict[str, Any]:
    raw = read_fields(form, prefix)
    for number in range(_extra_names(prefix)):
        name = str(st.session_state.get(f"{prefix}-name-{number}", "")).strip()
        value = st.session_state.get(f"{prefix}-value-{number}", "")
        if name or value:
            raw.setdefault(name, value)
    return raw


def _start(wb: Workbench, source: WorkflowSource, form: Form, prefix: str) -> None:
    """Runs before the page is drawn again: start, or leave the sentences for the fields."""
    parsed = parse(form, _raw(form, prefix))
    errors = dict(parsed.errors)
    timeout = st.session_state.get(f"{prefix}-timeout")
    if timeout is not None and timeout <= 0:
        errors["timeout"] = "Must be more than 0."
    st.session_state[f"{prefix}-refused"] = None
    if not errors:
        options = {"timeout": timeout, "verbose": bool(st.session_state.get(f"{prefix}-verbose"))}
        try:
            pressed = (source.id, json.dumps([parsed.values, options]))
            earlier = st.session_state.get("started-last")
            if earlier is None or earlier[0] != pressed or time.monotonic() - earlier[1] > DOUBLE_CLICK_SECONDS:
                run_id = wb.supervisor.start(source, parsed.values, options)
                st.session_state["started-last"] = earlier = (pressed, time.monotonic(), run_id)
            st.session_state["started-run"] = earlier[2]
        except StartRefused as refused:
            errors = refused.field_errors
            st.session_state[f"{prefix}-refused"] = str(refused)
    st.session_state[f"{prefix}-errors"] = errors
