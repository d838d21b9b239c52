"""What the store gives back: plain dataclasses. Times are epoch seconds, durations seconds."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

LIVE = ("starting", "running", "waiting")
PROGRAM = "program"
ENDED = ("done", "failed", "cancelled", "interrupted")


@dataclass(frozen=True)
class Run:
    """One run of a workflow, as far as it is committed."""

    run_id: str
    workflow: str
    module: str
    file: str
    version: str
    status: str
    """starting | running | waiting | done | failed | cancelled | interrupted"""
    origin: str
    """page | command | script (started by a program of its own) | step (by a step of another run)"""
    input: dict[str, Any]
    options: dict[str, Any]
    created_at: float
    started_at: float | None
    ended_at: float | None
    waiting_since: float | None
    active_s: float
    """Seconds in which the run was loaded and not waiting for a person."""
    active_since: float | None
    last_seq: int
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    runner_id: str | None
    loaded: bool
    cancel_asked_at: float | None
    cancelled_by: str
    parent_run: str | None
    parent_invocation: str | None
    unsaved: str | None
    """Why it can't be written down; None if it can."""

    @property
    def ended(self) -> bool:
        """Whether no record will follow."""
        return self.status in ENDED

    @property
    def held_by_program(self) -> bool:
        """Whether a program of the user's runs it, or ran it, and no runner of ours."""
        return "program" in self.options

    def active_at(self, now: float) -> float:
        """Seconds of work so far, counted up to `now` for a run that is working."""
        return self.active_s + (max(0.0, now - self.active_since) if self.active_since is not None else 0.0)


@dataclass(frozen=True)
class Prompt:
    """What a paused run asks a person."""

    prompt_id: str
    run_id: str
    workflow: str
    module: str
    file: str
    seq: int
    status: str
    """open | answered | withdrawn (the run ended without an answer)"""
    event_type: str
    step: str
    text: str
    fields: dict[str, Any]
    draft_field: str | None
    waiter_id: str | None
    answer: dict[str, Any]
    """{"type", "module", "schema", "open", "steps"}: the event that is to be sent back"""
    created_at: float
    deadline: float | None
    """When the run ends by its time limit if nobody answers; None while its clock stands still."""
    loaded_why: str | None
    """Why the run could not be saved and let go; None if it was."""
    refused: str | None
    """Why the last answer was not taken by the workflow."""
    answered_at: float | None
    answered_by: str | None
    answered_verified: bool | None
    """Whether who answered had signed in."""
    answer_value: dict[str, Any] | None


@dataclass(frozen=True)
class Answer:
    """What a person sent back for a prompt."""

    prompt_id: str
    value: dict[str, Any]
    answered_by: str
    answered_at: float
    delivered_at: float | None
    version: str | None
    """asked | new: which version of changed code takes it; None where nobody chose."""
    verified: bool = False
    """Whether `answered_by` had signed in; else it is a name that was typed."""


@dataclass(frozen=True)
class RunnerRow:
    """A runner process as it registered itself."""

    runner_id: str
    file: str
    version: str
    pid: int | None
    process_started: float | None
    port: int | None
    token: str
    owner_pid: int | None
    owner_started: float | None
    status: str
    """starting | ready | failed | ended | program: no runner of ours, but one that records its own runs"""
    created_at: float
    heartbeat: float | None
    description: dict[str, Any] | None
    error: dict[str, Any] | None
    doing: str | None
    """What it does before it is ready, such as "Importing pandas"; None if it hasn't said."""
    holdup: dict[str, Any] | None
    """What keeps it from everything else just now (`runner/holdups.py`)."""
    memory: int | None
    """Bytes that it and its subprocesses use; None while that is nothing to speak of."""
    memory_limit: int | None
    """Bytes that they may use."""
    python: str
    """The interpreter that it was started with; "" of a program."""
    ending: dict[str, Any] | None
    """Why Stepscope itself ends it (`runner/endings.py`)."""

    @property
    def is_program(self) -> bool:
        """Whether this is a program that records its own runs. It takes no requests and is never ended by us."""
        return self.status == PROGRAM


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def run_of(row: sqlite3.Row) -> Run:
    """A Run from a row of the run table."""
    values = {name: row[name] for name in Run.__dataclass_fields__ if name not in _RUN_JSON}
    values.update({name: _json(row[name]) for name in _RUN_JSON})
    values["loaded"] = bool(row["loaded"])
    return Run(**values)


_RUN_JSON = ("input", "options", "result", "error")


def prompt_of(row: sqlite3.Row) -> Prompt:
    """A Prompt from a joined row of prompt, run and answer."""
    plain = {
        name: row[name] for name in Prompt.__dataclass_fields__ if name not in _PROMPT_JSON and name != "draft_field"
    }
    fields = _json(row["fields"])
    return Prompt(
        **plain,
        fields=fields,
        draft_field=draft_field(fields, row["text"]),
        answer=_json(row["answer"]),
        answer_value=_json(row["answer_value"]),
    )


_PROMPT_JSON = ("fields", "answer", "answer_value")


def draft_field(fields: dict[str, Any], text: str) -> str | None:
    """The field a reviewer reads: the longest text that isn't the question itself; None if there is none."""
    nothing = ("", text.strip())
    texts = {name: value for name, value in fields.items() if isinstance(value, str) and value.strip() not in nothing}
    return max(texts, key=lambda name: len(texts[name])) if texts else None


def runner_of(row: sqlite3.Row) -> RunnerRow:
    """A RunnerRow from a row of the runner table."""
    values = {name: row[name] for name in RunnerRow.__dataclass_fields__}
    values.update({name: _json(row[name]) for name in _RUNNER_JSON})
    return RunnerRow(**values)


_RUNNER_JSON = ("description", "error", "holdup", "ending")
