"""Answers on their way to runs, and runs on their way back into a runner's memory."""

from __future__ import annotations

import time
from pathlib import Path

from inspectors.runner.burial import give_back
from inspectors.runner.link import RunnerLink
from inspectors.runner.links import RESTART_SECONDS, RunnerLinks
from inspectors.store import Run, Store

AGAIN_SECONDS = 3.0
"""A run that was being taken up is not asked for again within this time."""
VERSION_GONE = (
    "The version that asked this is not in memory any more, so it could not take the answer. Answer again: the new "
    "version takes it."
)


class Carrier:
    """Carries answers to the runner that has their run, or has to take it up."""

    def __init__(self, store: Store, links: RunnerLinks) -> None:
        self._store = store
        self._links = links
        self._taking_up: dict[str, tuple[float, RunnerLink | None]] = {}
        """Since when a run is being taken up, and by which runner."""

    def carry(self, run: Run, patience: float = 0.0) -> None:
        """Tell the runner that has the run, or has to take it up, that an answer lies ready, and which is the last.

        A runner that could not start less than `patience` seconds ago is not started again: it fails the same way. But
        who answers or resumes has seen why it failed, and it may only have been killed.
        """
        upto = max((answer.answered_at for _, answer in self._store.undelivered(run.run_id)), default=None)
        link = self._links.link_of(run) if run.loaded else None
        if link is None and not run.loaded:
            link = self._link_to_take_up(run, patience)
            self._taking_up[run.run_id] = time.monotonic(), link
        if link is not None and link.state == "failed":
            self.refuse_answers(link)
        elif link is not None:
            link.post("answered", run=run.run_id, upto=upto)

    def _link_to_take_up(self, run: Run, patience: float) -> RunnerLink | None:
        """The runner for a paused run: of the version that asked while it lives, unless a person chose the new one.

        None if a person chose a version that is gone by now; the answers are then given back.
        """
        if run.version == self._links.version_of(run.file):
            return self._links.today(run.file, patience)
        waiting = self._store.undelivered(run.run_id)
        chosen = {answer.version for _, answer in waiting}
        asked = self._links.living(run.file, run.version) if "new" not in chosen else None
        if asked is None and "asked" in chosen:
            for prompt, _ in waiting:
                self._store.refuse_answer(prompt.prompt_id, VERSION_GONE)
            return None
        return asked or self._links.today(run.file, patience)

    def carry_waiting(self) -> None:
        """Answers and resumed runs whose server died before it could pass them on, and waits whose time is up."""
        now = time.monotonic()
        runs = {prompt.run_id for prompt, _ in self._store.undelivered()}
        runs |= {
            prompt.run_id
            for prompt in self._store.prompts()
            if prompt.deadline is not None and prompt.waiter_id is not None and prompt.deadline <= time.time()
        }
        runs |= {run.run_id for run in self._store.live_runs() if is_resumed(run)}
        for run_id in runs:
            run = self._store.run(run_id)
            since, link = self._taking_up.get(run_id, (-99.0, None))
            asked = now - since < AGAIN_SECONDS or (link is not None and link.state == "starting")
            if run is not None and not run.ended and not asked:
                self._taking_up[run_id] = now, None
                self.carry(run, RESTART_SECONDS)

    def refuse_answers(self, link: RunnerLink) -> None:
        """Give back what a runner was to take up that could not start, or it would be on its way for ever.

        What another runner of the same file takes up is left alone: the file may be in order, and this one was killed.
        """
        name, error = Path(link.file).name, link.error or {}
        why = f"{name} can't be loaded any more: {error.get('type')}: {error.get('message')}"
        if error.get("type") == "Interpreter":
            why = str(error.get("message"))
        if not Path(link.file).is_file():
            why = f"{name} is not there any more"
        for prompt, _ in self._store.undelivered():
            run = self._store.run(prompt.run_id) if prompt.file == link.file else None
            if run is not None and not run.loaded and self._takes_up(link, run):
                sentence = f"{why.rstrip('.')}. The run still waits: answer again once the file is in order."
                self._store.refuse_answer(prompt.prompt_id, sentence)
        for run in self._store.live_runs():
            if run.file == link.file and is_resumed(run) and self._takes_up(link, run):
                give_back(self._store, run, f"{why.rstrip('.')}.")

    def _takes_up(self, link: RunnerLink, run: Run) -> bool:
        _, asked = self._taking_up.get(run.run_id, (0.0, None))
        return asked is link


def is_resumed(run: Run) -> bool:
    """Whether a run was made live again and no runner has taken it up yet. A run that is started is loaded at once."""
    return run.status == "starting" and not run.loaded
