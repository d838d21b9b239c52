"""A run in a runner's memory, and what it was restored from."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from workflows import Workflow
from workflows.handler import WorkflowHandler

from inspectors.recording.replay import Restored, restore
from inspectors.recording.run_recorder import RunRecorder
from inspectors.runner.resuming import progress_of
from inspectors.store import Run, Store


@dataclass
class Hosted:
    """A run that is in this process's memory."""

    run: Run
    workflow: Workflow
    session_started: float
    elapsed_before: float
    recorder: RunRecorder | None = None
    handler: WorkflowHandler | None = None
    pausing: asyncio.Task[None] | None = None
    cancel_asked: bool = False

    @property
    def adapter(self) -> Any:
        """The engine's own side of the run: where ticks are sent."""
        assert self.handler is not None
        return self.handler._external_adapter


def restored(store: Store, run: Run, workflow: Workflow) -> Restored | None:
    """What a run that left its process goes on from: the newest checkpoint and the journal after it.

    None if nothing was saved: it goes on from its beginning. Raises what `recording.replay.restore` raises.
    """
    saved, lines = store.checkpoint(run.run_id), store.journal(run.run_id)
    if saved is None and not lines:
        return None
    serializer = workflow._runtime.get_serializer(workflow)
    found = restore(workflow, serializer, saved[1:] if saved is not None else None, lines)
    found.known.setdefault("session", 1)
    if lines:
        found.known["prompts"] = _prompts(store, run, found.known)
        found.known["ended"] = progress_of(store, run).kept
    return found


def _prompts(store: Store, run: Run, known: dict[str, Any]) -> dict[str, Any]:
    """What the run's recorder must know of its prompts, from their rows, which are as new as the journal."""
    rows = store.prompts(run.run_id, status=None)
    own = {place.partition(" ")[2] for place, waiter in known.get("waiters", {}).items() if waiter.get("own")}
    own |= {item["waiter_id"] for item in known.get("prompts", {}).get("open", []) if item["requirements"]}
    numbers = [int(found[1]) for row in rows if (found := re.search(r"-(\d+)$", row.prompt_id))]
    items = [
        {
            "prompt_id": row.prompt_id,
            "waiter_id": row.waiter_id,
            "requirements": row.waiter_id in own,
            "answer_name": row.answer.get("type", ""),
        }
        for row in rows
    ]
    return {
        "count": max([known.get("prompts", {}).get("count", 0), *numbers]),
        "open": [item for item, row in zip(items, rows, strict=True) if row.status == "open"],
        "closed": [item for item, row in zip(items, rows, strict=True) if row.status != "open" and row.waiter_id],
        "streamed": known.get("prompts", {}).get("streamed", {}),
    }
