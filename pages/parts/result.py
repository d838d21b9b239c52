"""The result of a run, shown for what it is; and the error of one, as a sentence with its own frames."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from inspectors.store import Run
from inspectors.trace.words import READABLE, readable
from parts.plain import muted, paragraphs, strong
from parts.words import short_input

SHORT_TEXT = 200


def show_result(run: Run) -> None:
    """The result in a container keyed `result`."""
    result = run.result
    if result is None:
        return
    with st.container(key="result", gap="xsmall"):
        if "fields" in result:
            muted(f"Result · {result['type']}", "result-type")
            _fields(readable(result["fields"]))
        else:
            muted("Result", "result-type")
            value = result.get("value")
            _value(readable(value), "result-value")
            if isinstance(value, str) and len(value) > READABLE:
                st.download_button("Download all of it", value, f"{run.workflow}-{run.run_id}.txt", "text/plain")


def _fields(fields: Mapping[str, Any]) -> None:
    if not fields:
        st.text("The workflow ended without a value.")
    for name, value in fields.items():
        left, right = st.columns([1, 7], gap="small")
        with left:
            muted(name, f"result-name-{name}")
        with right:
            _value(value, f"result-field-{name}")


def _value(value: Any, key: str) -> None:
    if value is None:
        st.text("The workflow ended without a value.")
    elif isinstance(value, bool | int | float):
        strong({True: "Yes", False: "No"}.get(value, str(value)) if isinstance(value, bool) else f"{value:,}", key)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        st.dataframe(value, hide_index=True)
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        paragraphs("\n".join(f"• {item}" for item in value) or "none", key)
    elif isinstance(value, dict | list):
        st.json(value, expanded=2)
    elif isinstance(value, str) and len(value) <= SHORT_TEXT and "\n" not in value:
        strong(value or "(an empty text)", key)
    else:
        paragraphs(str(value), key)


def show_error(run: Run, again: Mapping[str, str] | None) -> None:
    """The error in a container keyed `error`: what failed, on what input, where, and what to do next."""
    error = run.error or {}
    step = error.get("step")
    what = f"{error.get('type', 'Error')}: {error.get('message', '')}"
    with st.container(key="error", gap="xsmall"):
        strong(f"{step} failed: {what}" if step else what, "error-what")
        own = [frame for frame in error.get("frames") or [] if frame.get("own")]
        if own:
            last = own[-1]
            place = f"{Path(last['file']).name}, line {last['line']}, in {last['function']}"
            muted(f"Raised at {place} · input: {short_input(run.input) or 'none'}", "error-where")
        if error.get("traceback"):
            with st.expander("Traceback"):
                _traceback(error, own)
        if again:
            st.page_link("workflow.py", label="Run again, edited", icon=":material/replay:", query_params=dict(again))


def _traceback(error: Mapping[str, Any], own: list[dict[str, Any]]) -> None:
    lines = []
    for frame in own:
        lines.append(f"{Path(frame['file']).name}, line {frame['line']}, in {frame['function']}")
        if frame.get("code"):
            lines.append(f"    {frame['code']}")
    lines.append(f"{error.get('type')}: {error.get('message')}")
    if own:
        st.code("\n".join(lines), language=None, wrap_lines=True)
        muted("The whole traceback, engine frames included:", "error-whole")
    st.code(error["traceback"], language=None, wrap_lines=True)
