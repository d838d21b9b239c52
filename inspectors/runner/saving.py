"""Writing down where a run is: while it works, and when only a person can move it."""

from __future__ import annotations

import time
import warnings
from typing import Any

from workflows.context.state_store import UnserializableKeyWarning

from inspectors.recording.held_events import all_held
from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.unsaveable import why_unsaveable
from inspectors.runner.ends import worked
from inspectors.runner.hosted import Hosted
from inspectors.store import Store
from inspectors.store.records import Commit

OTHERS_MAY_SEND = "a step waits for an event that the workflow’s own code may still send"


def context_of(hosted: Hosted, recorder: RunRecorder) -> dict[str, Any] | None:
    """The engine's context as it is now; None, and the run says why, if it can't be written down.

    The engine leaves an agent's memory out with a warning where it can't be written: then nothing is, or the agent
    would fail when it goes on.
    """
    if recorder.keeps_iterator or recorder.journal is None or recorder.live is None or hosted.handler is None:
        return None
    store = hosted.adapter.get_state_store(())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UnserializableKeyWarning)
            context = hosted.handler.ctx.to_dict(include_state=False)
            whole = recorder.journal.base(store)
            context["state"] = whole if whole is not None else hosted.handler.ctx.to_dict()["state"]
    except Exception as error:  # what can't be serialised raises many kinds of errors
        events = [(event, "") for event in all_held(recorder.live.state)]
        recorder.not_saveable(why_unsaveable(error, events, store, recorder.store_writers))
        return None
    return context


def keep_checkpoint(hosted: Hosted) -> None:
    """Write a checkpoint of a run that works, in place of its journal."""
    recorder = hosted.recorder
    context = context_of(hosted, recorder) if recorder is not None else None
    if recorder is not None and context is not None:
        recorder.change(recorder.checkpoint(context))


def keep_pause(hosted: Hosted, recorder: RunRecorder, store: Store) -> bool:
    """Commit that a run waits for a person, with a checkpoint; whether there is one.

    Without one the run stays in memory and its time limit runs on: the prompts say until when, and why.
    """
    stays = recorder.prompts.others_may_send
    context = None if stays else context_of(hosted, recorder)
    keep = recorder.checkpoint(context) if context is not None else None
    now = time.time()
    deadline = recorder.limit_at if keep is None else None
    told = {
        prompt_id: {
            "deadline": min((at for at in (deadline, recorder.answer_by(prompt_id)) if at is not None), default=None),
            "loaded_why": OTHERS_MAY_SEND if stays else recorder.unsaveable,
        }
        for prompt_id in recorder.prompts.ids()
    }
    active = worked(store, recorder.run_id, now)

    def edit(commit: Commit) -> None:
        commit.run.update(status="waiting", waiting_since=now, active_since=None, **active)
        for prompt_id, columns in told.items():
            commit.change_prompt(prompt_id, **columns)
        if keep is not None:
            keep(commit)

    recorder.record("waiting", edit, prompts=recorder.prompts.ids(), saved=keep is not None)
    return keep is not None
