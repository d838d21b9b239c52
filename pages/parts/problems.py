"""What is wrong with a workflow, as sentences: what, where, how to mend it, and the user's own traceback folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from inspectors.diagnostics import Finding, problems_of
from inspectors.discovery.rereading import MISSING, Reading
from inspectors.runner.supervisor import RunnerStatus
from parts.callbacks import carried_out
from parts.plain import muted, strong
from parts.words import inert

UNREAD = " No workflow could be read from it."


def found_problems(reading: Reading, described: dict[str, Any], status: RunnerStatus) -> list[Finding]:
    """Everything that is wrong now, what stops the workflow first."""
    if reading.trouble is None:
        return problems_of(reading.source, described, status.error if status.state == "failed" else None)
    trouble = reading.trouble
    return [Finding("unreadable", trouble.sentence.removesuffix(UNREAD), _mend(reading), trouble.file, trouble.line)]


def _mend(reading: Reading) -> str:
    if reading.version == MISSING:
        return "What is shown was read before. The page comes back by itself when the file does."
    return "What is shown was read before. Save the file again, and the page follows by itself."


def show_trouble(reading: Reading) -> None:
    """On top of the page: the file can't be read as it is now, and what is shown instead."""
    # The container is always there, so that what follows keeps its place in the page and isn't made anew.
    with st.container(key="source-trouble"):
        if reading.trouble:
            _show(found_problems(reading, {}, RunnerStatus("absent"))[0], "trouble", place=False)


def show_problems(problems: list[Finding]) -> None:
    """All of them, one below the other."""
    if not problems:
        muted("Nothing wrong was found in the source.", "no-problems")
    for number, finding in enumerate(problems):
        _show(finding, str(number))


def show_findings_at(problems: list[Finding], node: dict[str, Any]) -> None:
    """Those of one step: what is wrong within its lines."""
    first, last = node.get("line"), node.get("end_line")
    for number, finding in enumerate(problems):
        if finding.line and first and last and finding.file == node.get("file") and first <= finding.line <= last:
            _show(finding, f"node-{number}")


def show_stopping(problems: list[Finding], try_again: Callable[[], None]) -> None:
    """Above the form: why this workflow can't run. The first of `problems` says it."""
    more = len(problems) - 1
    with _show(problems[0], "stopping", traceback=False):
        if more or problems[0].traceback:
            muted(f"{more} more under Problems." if more else "The traceback is under Problems.", "more-problems")
        st.button("Try again", key="try-again", on_click=carried_out(try_again))


def _with_code(text: str) -> str:
    """Markdown in which only what stands between backticks is code; all else stays plain text."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return inert(text)
    return "".join(f"`{part}`" if number % 2 else _spaced(part) for number, part in enumerate(parts))


def _spaced(text: str) -> str:
    """`inert`, with the space kept that parts it from what stands beside it."""
    before, after = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    return f"{before}{inert(text)}{after}" if text.strip() else text[:1]


def _show(finding: Finding, key: str, *, place: bool = True, traceback: bool = True) -> DeltaGenerator:
    box = st.container(key=f"note-problem-{key}", gap="xxsmall")
    with box:
        strong(finding.sentence, f"problem-{key}-what")
        if "\n" in finding.mend:
            st.code(finding.mend, language="python")
        elif finding.mend:
            with st.container(key=f"muted-problem-{key}-mend"):
                st.markdown(_with_code(finding.mend))
        if place and finding.place:
            muted(finding.place, f"problem-{key}-place")
        if traceback and finding.traceback:
            with st.expander("Traceback"):
                st.code(finding.traceback, language=None, wrap_lines=True)
    return box
