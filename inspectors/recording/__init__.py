"""Recording: hooks into the engine, previews, journal, commit writer; and `record`, for runs started elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from workflows import Workflow

    W = TypeVar("W", bound=Workflow)
else:
    W = TypeVar("W")

_left_to_runner = False


def record(workflow: W, *, database: str | Path | None = None) -> W:
    """Have every run of this workflow recorded, wherever it is started: in a script, notebook, test or service.

        handler = record(workflow).run(topic="tea")

    Gives back the same object, which behaves as before; recording it again changes nothing. Its runs appear on Traces
    while they go on, what they ask can be answered on Review, and they can be cancelled from their page. If the
    database can't be used the workflow runs on unrecorded, and a warning of the logger `stepscope` says why.

    Args:
        workflow: an instance of any workflow class, also one that has run before.
        database: the file to record in; as the Stepscope that shows the runs uses, that is STEPSCOPE_DB or the default.

    Raises:
        TypeError: if this is no instance of a workflow class.
    """
    if _left_to_runner:
        return workflow
    from inspectors.recording.elsewhere import attach  # the engine, SQLite and all: only for those who record

    attach(workflow, database)
    return workflow


def leave_to_runner() -> None:
    """From now on `record` changes nothing: this process is a runner, which records its runs itself."""
    global _left_to_runner
    _left_to_runner = True
