"""Runs that steps have started: cancelled alone, or with the run whose step has started them."""

from __future__ import annotations

import asyncio
import logging

from inspectors.recording.run_log import RunLog
from inspectors.recording.run_output import live_outputs

logger = logging.getLogger("stepscope.runner")


def cancel_child(run_id: str, by: str) -> bool:
    """Ask a run that a step has started to end; False if there is none of this id. On the event loop only."""
    for output in live_outputs():
        if output.run.run_id == run_id:
            output.run.record("cancel_asked", by=by)
            _cancel(output.run)
            return True
    return False


def cancel_children(run: RunLog) -> None:
    """Ask the runs that a cancelled run's steps have started to end; theirs are asked when those have."""
    for output in live_outputs():
        if output.parent is not None and output.parent[0] is run:
            _cancel(output.run)


def _cancel(run: RunLog) -> None:
    if run.adapter is not None:
        task = asyncio.get_running_loop().create_task(_ask(run))
        _asking.add(task)
        task.add_done_callback(_asking.discard)


_asking: set[asyncio.Task[None]] = set()
"""The event loop itself keeps tasks no longer than somebody else does."""


async def _ask(run: RunLog) -> None:
    try:
        await run.adapter.cancel()
    except Exception as error:  # it has ended meanwhile, in whatever way
        logger.info("Run %s could not be cancelled: %s", run.run_id, error)
