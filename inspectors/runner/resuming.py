"""Whether an interrupted run can go on, what of it would run again, and making it live again; pure over the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspectors.recording.vocabulary import is_kept
from inspectors.store import Prompt, Run, Store

NEAR_END = 20
"""Records before the last one in which an interruption or a resume that still counts is looked for."""


@dataclass(frozen=True)
class Progress:
    """How far a run has come, as far as is committed."""

    running: dict[str, str] = field(default_factory=dict)
    """Steps that had begun and not ended, by invocation."""
    kept: int = 0
    """Invocations whose end is committed: they don't run again."""


@dataclass(frozen=True)
class ResumePlan:
    """What Resume would do."""

    possible: bool
    why: str = ""
    """Why it isn't possible, as people read it after "Resume isn’t possible: "; "" if it is."""
    again: list[str] = field(default_factory=list)
    """Steps in flight that would run again, one entry an invocation."""
    kept: int = 0
    """Invocations that don't run again."""
    prompts: list[str] = field(default_factory=list)
    """Ids of the prompts that open again."""


def plan_of(store: Store, run: Run) -> ResumePlan:
    """What Resume would do with an interrupted run; with any other it isn't possible."""
    if run.status != "interrupted":
        return ResumePlan(False, "the run has ended." if run.ended else "the run goes on.")
    why = why_not(store, run)
    ending = _last(store, run, "run_ended") or {}
    if "kept" in ending:
        again, kept = list(ending.get("running") or []), int(ending["kept"])
    else:  # interrupted by an earlier version of Stepscope
        progress = progress_of(store, run)
        again, kept = sorted(progress.running.values()), progress.kept
    if why:
        return ResumePlan(False, why, again, kept)
    return ResumePlan(True, "", again, kept, list(ending.get("withdrawn") or []))


def why_not(store: Store, run: Run) -> str:
    """Why no other process could go on with this run, as the end of a sentence with its full stop; "" if one can."""
    if run.held_by_program:
        program = run.options.get("program") or "its own program"
        return f"it was run by {program}, not by Stepscope: only that program can start it again."
    if run.parent_run:
        return f"a step of run {run.parent_run} started it. When that run is resumed, the step starts a new one."
    if not run.file:
        return "code of its file started it by itself, so Stepscope doesn’t know how to go on with it."
    if not Path(run.file).is_file():
        return f"{Path(run.file).name} is not there any more."
    if run.unsaved:
        return f"{run.unsaved}. So there is no saved moment to go on from."
    if store.checkpoint(run.run_id) is None and not store.journal(run.run_id) and _has_begun(store, run):
        return "nothing was saved of it that another process could go on from."
    return ""


def _has_begun(store: Store, run: Run) -> bool:
    return any(record["kind"] == "invocation_started" for record in store.records(run.run_id, 1, 50))


def progress_of(store: Store, run: Run) -> Progress:
    """How far a run has come: from its newest checkpoint on, so that it is quick for a run of any length."""
    first, running, kept = 1, {}, 0
    saved = store.checkpoint(run.run_id)
    if saved is not None and "ended" in saved[2]:
        first, running, kept = saved[0] + 1, dict(saved[2].get("active") or {}), int(saved[2]["ended"])
    for record in store.iter_records(run.run_id, first):
        kind = record["kind"]
        if kind == "invocation_started":
            running[record["invocation"]] = record["step"]
        elif kind == "invocation_ended":
            running.pop(record["invocation"], None)
            kept += is_kept(record["outcome"], record.get("retry_in") is not None)
        elif kind == "run_started":
            running.clear()  # what was in flight in the session before begins anew in this one
    return Progress(running, kept)


def asked_by(store: Store, run: Run, prompts: Iterable[Prompt], progress: Progress) -> set[str]:
    """Ids of those prompts that steps in flight have asked by the stream: these steps run again, and ask again."""
    asked = set()
    for prompt in prompts:
        found = store.records(run.run_id, prompt.seq, prompt.seq) if prompt.waiter_id is None else []
        if any(record.get("invocation") in progress.running for record in found):
            asked.add(prompt.prompt_id)
    return asked


def reopen(store: Store, run: Run, plan: ResumePlan, by: str, why: str = "", withdrawn: Collection[str] = ()) -> bool:
    """Make a run live again, to be taken up by a runner; False if somebody else was quicker.

    `why`: in words, if nobody asked for it: Stepscope ended the run's process on behalf of another run. `withdrawn`:
    ids of open prompts that are closed.
    """
    saved = store.checkpoint(run.run_id)
    record: dict[str, Any] = {
        "kind": "resumed",
        "by": by,
        "session": int(saved[2].get("session", 1)) + 1 if saved is not None else 2,
        "again": plan.again,
        "kept": plan.kept,
    }
    if why:
        record["why"] = why
    prompts = {**dict.fromkeys(plan.prompts, "open"), **dict.fromkeys(withdrawn, "withdrawn")}
    return store.reopen_run(run.run_id, (run.status,), record, prompts)


def resumed_by(store: Store, run: Run) -> dict[str, Any] | None:
    """The newest record of a resume, if it is one of the run's last."""
    return _last(store, run, "resumed")


def _last(store: Store, run: Run, kind: str) -> dict[str, Any] | None:
    near = store.records(run.run_id, max(1, run.last_seq - NEAR_END))
    return next((record for record in reversed(near) if record["kind"] == kind), None)
