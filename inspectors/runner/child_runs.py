"""Runs that steps have started: cancelled alone, or with the run whose step has started them; paused; answered.

They are never let go: the step that awaits one stays in memory, and its run with it, so the time limits of both run on.
"""

from __future__ import annotations

import asyncio
import logging
import time

from workflows.runtime.types.ticks import TickAddEvent

from inspectors.recording.idleness import busy, waits
from inspectors.recording.run_log import RunLog
from inspectors.recording.run_output import live_outputs
from inspectors.recording.run_recorder import RunRecorder
from inspectors.runner.answering import AnswerRefused, event_for
from inspectors.runner.ends import worked
from inspectors.store import Store
from inspectors.store.records import Commit

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


def child_of(run_id: str) -> RunRecorder | None:
    """The run of this id that a step of this process has started, if it is still going on."""
    for output in live_outputs():
        run = output.run
        if isinstance(run, RunRecorder) and run.run_id == run_id and not run.ended and run.adapter is not None:
            return run
    return None


def deliver_to_child(store: Store, run: RunRecorder) -> int:
    """Hand answers from the store to a run that a step has started; how many it got. On the event loop only."""
    delivered = 0
    for prompt, answer in store.undelivered(run.run_id):
        if run.prompts.get(prompt.prompt_id) is None:
            continue  # on its way already
        try:
            event = event_for(run, prompt, answer, store.path)
        except AnswerRefused as refused:
            store.refuse_answer(prompt.prompt_id, str(refused))
            continue
        _keep(asyncio.get_running_loop().create_task(run.adapter.send_event(TickAddEvent(event=event))))
        delivered += 1
    return delivered


def pause_child(store: Store, run: RunRecorder, quiet_seconds: float) -> None:
    """A run that a step has started is idle: say so, if only a person can move it. On the event loop only."""
    _keep(asyncio.get_running_loop().create_task(_pause(store, run, quiet_seconds)))


async def _pause(store: Store, run: RunRecorder, quiet_seconds: float) -> None:
    await asyncio.sleep(0)  # the idle signal comes while its tick is still being worked off
    if run.ended or run.live is None or busy(run.live.state):
        return
    if waits(run.live.state) and await run.idle_for(quiet_seconds) and not run.ended and not busy(run.live.state):
        run.ask_for_events()
    if run.ended or not len(run.prompts):
        return
    limit, now, prompts = _limit(run), time.time(), run.prompts.ids()
    told = {
        one: {
            "deadline": min((at for at in (limit, run.answer_by(one)) if at is not None), default=None),
            "loaded_why": "a step of another run waits for it",
        }
        for one in prompts
    }
    active = worked(store, run.run_id, now)

    def edit(commit: Commit) -> None:
        commit.run.update(status="waiting", waiting_since=now, active_since=None, **active)
        for prompt_id, columns in told.items():
            commit.change_prompt(prompt_id, **columns)

    run.record("waiting", edit, prompts=prompts, saved=False)


def _limit(run: RunLog | None) -> float | None:
    """When the first time limit is reached, of a run or of those whose steps wait for it (epoch seconds)."""
    limits = []
    while run is not None:
        limits.append(run.limit_at)
        run = run.output.parent[0] if run.output.parent is not None else None
    return min((at for at in limits if at is not None), default=None)


def _keep(task: asyncio.Task[None]) -> None:
    _asking.add(task)
    task.add_done_callback(_asking.discard)


def _cancel(run: RunLog) -> None:
    if run.adapter is not None:
        _keep(asyncio.get_running_loop().create_task(_ask(run)))


_asking: set[asyncio.Task[None]] = set()
"""The event loop itself keeps tasks no longer than somebody else does."""


async def _ask(run: RunLog) -> None:
    try:
        await run.adapter.cancel()
    except Exception as error:  # it has ended meanwhile, in whatever way
        logger.info("Run %s could not be cancelled: %s", run.run_id, error)
