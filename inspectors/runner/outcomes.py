"""How a run ended, from what its handler gave or raised."""

from __future__ import annotations

import asyncio
from typing import Any

from workflows.errors import WorkflowCancelledByUser, WorkflowTimeoutError
from workflows.events import StopEvent

from inspectors.recording.errors import describe_error
from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.values import PROMPT_LIMIT, fields_of, preview
from inspectors.runner.constructors import NotMade, NotRunnable


def outcome_of(recorder: RunRecorder, outcome: Any) -> tuple[str, dict[str, Any] | None, dict[str, Any] | None]:
    """(status, result, error) of a run: what the store keeps of its end."""
    if isinstance(outcome, StopEvent):
        return "done", result_of(outcome, PROMPT_LIMIT), None
    if isinstance(outcome, WorkflowCancelledByUser) and not _of_another(recorder, outcome):
        return "cancelled", None, None
    if isinstance(outcome, WorkflowTimeoutError):
        error = describe_error(outcome, recorder.root)
        limit = recorder.session.timeout
        error["message"] = (
            f"The time limit of {limit:g} s was reached. {error['message']}" if limit is not None else error["message"]
        )
        return "failed", None, error
    if isinstance(outcome, asyncio.CancelledError):
        return "cancelled", None, None
    return "failed", None, recorder.error_of(outcome)


def _of_another(recorder: RunRecorder, outcome: WorkflowCancelledByUser) -> bool:
    """Whether a step failed with it: the step awaited a run of its own, and that was cancelled."""
    return recorder.last_error is not None and recorder.last_error[0] is outcome


def result_of(event: StopEvent, limit: int | None) -> dict[str, Any]:
    """What is kept of a result, in `limit` characters (None: as configured for events).

    A plain StopEvent gives its value; a typed one is itself the result, so its fields are shown.
    """
    if type(event) is StopEvent:
        value = event.result
        return {"type": type(value).__qualname__, "value": preview(value, limit)}
    return {"type": type(event).__qualname__, "fields": preview(fields_of(event) or {}, limit)}


def error_before_start(error: Exception, root: str) -> dict[str, Any]:
    """What kept a run from its first step: what a constructor raised itself; with the lines that would mend it."""
    if isinstance(error, NotMade) and error.__cause__ is not None:
        return {**describe_error(error.__cause__, root), "message": str(error)}
    described = describe_error(error, root)
    if isinstance(error, NotRunnable) and error.code:
        described["message"] += f"\n\n{error.code}"
    return described
