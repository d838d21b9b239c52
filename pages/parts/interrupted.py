"""An interrupted run: what happened, what Resume would do before it is pressed, or why it isn't possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from inspectors.discovery import WorkflowSource
from inspectors.runner.resuming import ResumePlan, plan_of
from inspectors.store import Run
from inspectors.workbench import Workbench
from parts.callbacks import carried_out
from parts.plain import muted, strong
from parts.refusal import said_if_refused
from parts.words import inert, plural

REFUSED = "resume-refused"
"""Session state: a plain dict, why the last Resume was refused, by run."""
SHOWN = 4
"""Steps that are named; more are counted."""


def show_interrupted(wb: Workbench, run: Run, source: WorkflowSource | None) -> None:
    """The box on top of the Trace of an interrupted run."""
    plan = plan_of(wb.store, run)
    with st.container(key="error"), st.container(key="interrupted", gap="xsmall"):
        strong((run.error or {}).get("message") or "The runner ended while this run was going on.", "interrupted")
        muted(resume_words(plan), "interrupted-rest")
        with st.container(key="interrupted-choices", horizontal=True, vertical_alignment="center", gap="small"):
            if plan.possible:
                st.button(
                    "Resume",
                    key="resume-run",
                    type="primary",
                    icon=":material/play_arrow:",
                    on_click=_resume,
                    args=(wb, run.run_id),
                )
            if source is not None:
                again = {"id": source.id, "from": run.run_id}
                st.page_link("workflow.py", label="Run again, edited", icon=":material/replay:", query_params=again)


def resume_words(plan: ResumePlan) -> str:
    """What Resume would do, or why it isn't possible, in sentences."""
    if not plan.possible:
        return f"Resume isn’t possible: {plan.why}"
    if not plan.kept and not plan.again:
        return "Resume begins at the start: no step had ended."
    return f"Resume goes on from the last saved moment. {_kept(plan.kept)} {_again(plan.again)}".rstrip()


def _kept(kept: int) -> str:
    if not kept:
        return "No step had ended."
    return f"{plural(kept, 'step')} {'doesn’t' if kept == 1 else 'don’t'} run again."


def _again(again: Sequence[str]) -> str:
    """Which steps run again, each with how often it was running."""
    counts = Counter(again)
    if not counts:
        return "No step was running."
    named = [name if count == 1 else f"{name} ({count})" for name, count in counts.most_common(SHOWN)]
    rest = len(counts) - len(named)
    if rest:
        named.append(plural(rest, "other step"))
    text = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"{text} was running and runs again." if len(again) == 1 else f"{text} were running and run again."


@carried_out
@said_if_refused
def _resume(wb: Workbench, run_id: str) -> None:
    """Runs before the page is drawn again, which is live then. Pressed twice it resumes once."""
    said: dict[str, str] = st.session_state.setdefault(REFUSED, {})
    outcome = wb.supervisor.resume(run_id)  # what follows doesn't use the session's state: it isn't broken off there
    said.pop(run_id, None)
    if not outcome.accepted:
        said[run_id] = outcome.sentence


def show_refused_resume(run_id: str) -> None:
    """Say why Resume was refused, once: somebody else was quicker, or it isn't possible any more."""
    sentence = st.session_state.get(REFUSED, {}).pop(run_id, None)
    if sentence:
        st.info(inert(sentence), icon=":material/info:")
