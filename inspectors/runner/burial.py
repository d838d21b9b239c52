"""What becomes of runs whose runner is gone."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable
from typing import Any

from inspectors.recording.errors import short_error
from inspectors.recording.values import mask
from inspectors.runner.resuming import Progress, ResumePlan, asked_by, progress_of, reopen, why_not
from inspectors.store import Run, Store
from inspectors.store.records import Commit, Overtaken

LONG_DEAD = 5.0
"""Seconds after its last sign of life from which on a run is said to have ended then, not when it was found."""
STILL_FRESH = 60.0
"""Seconds after an answer within which its run is taken up for it again."""
SESSION_BEGAN = '"type": "session_start"'
"""In the journal's line of the tick that each session of a run begins with."""
NEAR = 5
"""Records before or after a session's beginning within which it says by whom it was resumed."""
STEPSCOPE = "Stepscope"
"""Who resumes a run that nobody clicked on."""


def bury(store: Store, runner_id: str, ending: str, cancelled: str = "", take_up: Collection[str] = ()) -> None:
    """Mark the runs that were loaded in a dead runner, and forget the runner.

    A run that only waited for a person, and was saved, can be taken up by another runner and stays waiting; so is one
    that somebody has asked to end cancelled. `cancelled` is the run on whose behalf Stepscope ended the process, and
    `take_up` are ids of its siblings: those that can be resumed go on by themselves in a new runner. All others are
    interrupted, in words that hold `ending`.
    """
    row = store.runner(runner_id)
    who = "The program" if row is not None and row.is_program else "The runner"
    seen = row.heartbeat if row is not None else None
    for run in store.live_runs():
        if run.runner_id != runner_id or not run.loaded:
            continue
        if run.run_id == cancelled or (run.cancel_asked_at is not None and run.status != "starting"):
            end_run(store, run, "cancelled", None)
        elif run.status == "waiting" and not why_not(store, run) and store.checkpoint(run.run_id) is not None:
            store.release_run(run.run_id)
        elif _only_taken_up(store, run):
            now = time.time()
            columns = {"status": "waiting", "waiting_since": now, "active_since": None, "active_s": run.active_at(now)}
            store.commit([Commit(run.run_id, run.last_seq + 1, run={**columns, "loaded": 0})])
        elif not (run.run_id in take_up and _taken_up(store, run, ending)):
            interrupt(store, run, ending, who, seen)
    store.forget_runner(runner_id)


def _only_taken_up(store: Store, run: Run) -> bool:
    """Whether a run had just been taken up for an answer that is still to be delivered, and nothing else had happened.

    It then still waits, and is taken up again. Not for ever: the answer itself may be what its runner dies of.
    """
    fresh = [answer for _, answer in store.undelivered(run.run_id) if time.time() - answer.answered_at < STILL_FRESH]
    if not fresh or why_not(store, run):
        return False
    ticks = [line for line in store.journal(run.run_id) if line.startswith("t ")]
    return store.checkpoint(run.run_id) is not None and all(SESSION_BEGAN in line for line in ticks)


def _taken_up(store: Store, run: Run, ending: str) -> bool:
    """Make a run live again that Stepscope itself has stopped; False if it can't be."""
    if why_not(store, run):
        return False
    progress = progress_of(store, run)
    if _came_no_further(store, run, progress):
        return False  # it may itself be what its processes are ended for, again and again
    plan = ResumePlan(True, "", sorted(progress.running.values()), progress.kept)
    asked_again = asked_by(store, run, store.prompts(run.run_id), progress)
    return reopen(store, run, plan, STEPSCOPE, ending, asked_again)


def _came_no_further(store: Store, run: Run, progress: Progress) -> bool:
    """Whether Stepscope has taken the run up by itself already, and no step has ended since."""
    saved = store.checkpoint(run.run_id)  # a session begins with one
    begun = saved[0] if saved is not None else 1
    near = store.records(run.run_id, max(1, begun - NEAR), begun + NEAR)
    return any(
        record["kind"] == "resumed" and record.get("by") == STEPSCOPE and record.get("kept") == progress.kept
        for record in near
    )


def siblings(store: Store, runner_id: str, but: str = "") -> list[str]:
    """Ids of the runs that a runner has loaded, `but` one: for `take_up`."""
    return [run.run_id for run in store.live_runs() if run.runner_id == runner_id and run.loaded and run.run_id != but]


def give_back(store: Store, run: Run, why: str) -> None:
    """Interrupt a resumed run again that no runner could take up, for a reason in a sentence; it may be tried again."""
    error = {**interruption((), "", ""), "message": f"It was resumed, but could not go on. {why}"}
    end_run(store, run, "interrupted", error, progress=progress_of(store, run))


def interrupt(store: Store, run: Run, ending: str, who: str = "The runner", seen: float | None = None) -> None:
    """End a run as interrupted. What going on with it needs is kept; `seen`: when its process last gave a sign."""
    progress = progress_of(store, run)
    last = store.records(run.run_id, max(1, run.last_seq))
    alive = max([seen or 0.0, *(record["t"] for record in last)])
    found = time.time()
    died = alive if 0 < alive < found - LONG_DEAD else found
    end_run(
        store, run, "interrupted", interruption(set(progress.running.values()), ending, who), died, progress=progress
    )


def end_run(
    store: Store,
    run: Run,
    status: str,
    error: dict[str, Any] | None,
    ended_at: float | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the last record of a run that no runner will end itself. Status: failed, cancelled or interrupted.

    `run` is as it was looked at: if another server has ended it since, or taken it up, this changes nothing. Raises
    Overtaken if its runner has gone on writing.
    """
    now = time.time()
    record: dict[str, Any] = {
        "seq": run.last_seq + 1,
        "t": round(now, 6),
        "kind": "run_ended",
        "status": status,
        "result": None,
        "error": short_error(error),
    }
    commit = Commit(run.run_id, run.last_seq + 1)
    commit.run.update(
        status=status,
        error=error,
        ended_at=ended_at or now,
        loaded=0,
        waiting_since=None,
        active_since=None,
        active_s=run.active_at(ended_at or now),
    )
    if status == "interrupted":
        prompts = store.prompts(run.run_id)
        commit.prompt_changes = {prompt.prompt_id: {"status": "withdrawn"} for prompt in prompts}
        if progress is not None:
            asked_again = asked_by(store, run, prompts, progress)
            record.update(
                running=sorted(progress.running.values()),
                kept=progress.kept,
                withdrawn=[prompt.prompt_id for prompt in prompts if prompt.prompt_id not in asked_again],
            )
    if status != "interrupted" or run.parent_run or run.unsaved:
        commit.mask = mask  # nobody will go on with it
    commit.lines.append(json.dumps(record))
    try:
        store.commit([commit])
    except Overtaken:
        now_is = store.run(run.run_id)
        if now_is is not None and not now_is.ended and (now_is.loaded, now_is.runner_id) == (run.loaded, run.runner_id):
            raise


def running_steps(store: Store, run_id: str) -> set[str]:
    """The steps that had begun and not ended, as far as is recorded."""
    run = store.run(run_id)
    return set(progress_of(store, run).running.values()) if run is not None else set()


def interruption(running: Iterable[str], ending: str, who: str) -> dict[str, Any]:
    """The error of an interrupted run: who ended, in which steps, and how."""
    steps = sorted(running)
    where = f" while {' and '.join(steps)} {'was' if len(steps) == 1 else 'were'} running" if steps else ""
    return {
        "type": "Interrupted",
        "message": f"{who} ended{where}: {ending}.",
        "step": steps[0] if len(steps) == 1 else None,
        "traceback": "",
        "frames": [],
    }
