"""The supervisor: starts runs in runners, carries answers to them, ends them; what pages and commands call."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from inspectors.discovery.model import WorkflowSource
from inspectors.runner.burial import end_run
from inspectors.runner.carrying import VERSION_GONE, Carrier
from inspectors.runner.code_change import CodeChange, code_change
from inspectors.runner.endings import Endings
from inspectors.runner.links import RunnerLinks, RunnerStatus
from inspectors.runner.resuming import plan_of, reopen, resumed_by
from inspectors.runner.vitals import Vitals
from inspectors.runner.watch import Watch
from inspectors.settings import Settings
from inspectors.store import Run, Store
from inspectors.store.records import Overtaken

__all__ = ["AnswerOutcome", "RunnerStatus", "StartRefused", "Supervisor"]

CHECK_SECONDS = 0.5
"""How long a start waits to hear that input or arguments don't fit. A runner that is busy longer says it by the run."""


class StartRefused(Exception):
    """A run was not started. The message is a sentence; the errors map fields and arguments to sentences."""

    def __init__(
        self,
        sentence: str,
        field_errors: dict[str, str] | None = None,
        argument_errors: dict[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.field_errors = field_errors or {}
        self.argument_errors = argument_errors or {}


@dataclass(frozen=True)
class AnswerOutcome:
    """What became of an answer."""

    accepted: bool
    sentence: str = ""


class Supervisor:
    """One per server process. Methods are safe to call from any thread and return at once."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._links = RunnerLinks(store, settings)
        self._carrier = Carrier(store, self._links)
        endings = Endings(store, self._links, settings.runner_logs)
        self._watch = Watch(store, self._links, self._carrier, endings)
        self._vitals = Vitals(store, self._links, endings, settings.runner_logs, settings.memory_limit)

    def open(self, source: WorkflowSource) -> None:
        """Have a runner for this workflow's file, so that it is warm when Run is pressed."""
        self._links.open(source)

    def renew(self, file: str) -> None:
        """A file that a page shows was saved: have a runner of its new version at once, if it had one."""
        self._links.renew(file)

    def code_change(self, run: Run) -> CodeChange | None:
        """What became of the code of a run that waits for a person outside of memory; None if it is as it was."""
        return code_change(self._links, run)

    def retry(self, source: WorkflowSource) -> None:
        """Start the runner anew: a package may be there now, or a variable set. One with runs is left alone."""
        self._links.retry(source)

    def status(self, source: WorkflowSource) -> RunnerStatus:
        """How the workflow's runner is doing."""
        return self._links.status(source)

    def start(
        self,
        source: WorkflowSource,
        input: dict[str, Any],
        options: dict[str, Any] | None = None,
        origin: str = "page",
    ) -> str:
        """Start a run and return its id. Raises StartRefused if input or arguments don't fit.

        `options`: "timeout" in seconds or None for the author's, "verbose", "arguments" of the constructor as JSON.
        """
        link = self._links.today(source.file)
        arguments = (options or {}).get("arguments") or {}
        checked = link.ask("check", timeout=CHECK_SECONDS, workflow=source.name, input=input, arguments=arguments) or {}
        if checked.get("errors") or checked.get("argument_errors"):
            errors = checked.get("errors") or {}
            refused = f"The input doesn't fit the start event. {errors.get('', '')}".strip() if errors else ""
            if checked.get("argument_errors"):
                refused = f"{refused} The arguments don't fit the constructor.".strip()
            raise StartRefused(refused, errors, checked.get("argument_errors"))
        run_id = self._store.create_run(
            workflow=source.name,
            module=source.module,
            file=source.file,
            version=link.version,
            input=input,
            options=options,
            graph=source.graph,
            origin=origin,
            runner_id=link.runner_id,
            loaded=True,
        )
        link.post("start", run=run_id)
        if link.state == "failed":
            self._watch.fail_unstarted(link)
        return run_id

    def cancel(self, run_id: str, by: str = "") -> None:
        """End a run: politely at first, after a grace time by ending its runner."""
        self._watch.bury_program(run_id)
        if not self._store.ask_cancel(run_id, by):
            return
        run = self._store.run(run_id)
        if run is None:
            return
        link = self._links.link_of(run)
        if run.loaded and link is not None:
            link.post("cancel", run=run_id, by=by)
        elif not run.loaded:
            with suppress(Overtaken):  # it has just been taken up, so its runner hears of it, or the watch ends it
                end_run(self._store, run, "cancelled", None)

    def end_now(self, run_id: str) -> None:
        """Don't wait any longer for a run that was cancelled and doesn't react: its runner is ended at once."""
        run = self._store.run(run_id)
        if run is not None and not run.ended and run.cancel_asked_at is not None and not run.held_by_program:
            self._watch.hurry(run_id)

    def answer(
        self,
        prompt_id: str,
        value: dict[str, Any],
        by: str = "",
        version: Literal["asked", "new"] | None = None,
        *,
        verified: bool = False,
        kind: dict[str, Any] | None = None,
    ) -> AnswerOutcome:
        """Keep an answer and carry it to its run, which is taken up if it isn't in memory.

        `version` says which version takes it where the code has changed since it asked (see `code_change`); None for
        the one that asked while that is in memory, else the new one. `verified`: whether `by` had signed in. `kind`: of
        several types of answer that the workflow takes the one that was chosen (`Prompt.answer["others"]`).
        """
        prompt = self._store.prompt(prompt_id)
        if prompt is None:
            return AnswerOutcome(False, "This request is not there any more.")
        if self._watch.bury_program(prompt.run_id):
            sentence = "The program that asked this has ended, so nothing waits for the answer any more."
            return AnswerOutcome(False, sentence)
        if prompt.status == "withdrawn":
            return AnswerOutcome(False, self.why_withdrawn(prompt.run_id))
        if version == "asked" and not self._is_there(prompt.run_id):
            return AnswerOutcome(False, VERSION_GONE)
        first = self._store.add_answer(prompt_id, value, by, version, verified=verified, kind=kind)
        if first is not None:
            return AnswerOutcome(False, _already("answered", first.answered_by, first.answered_at))
        run = self._store.run(prompt.run_id)
        if run is not None:
            self._carrier.carry(run)
        return AnswerOutcome(True)

    def why_withdrawn(self, run_id: str) -> str:
        """Why nothing waits for an answer any more, in a sentence."""
        run = self._store.run(run_id)
        if run is None or not run.ended:
            return "The time to answer is up: the workflow has gone on without it."
        by = f" by {run.cancelled_by}" if run.cancelled_by else ""
        ends = {
            "cancelled": f"was cancelled{by}",
            "interrupted": "was interrupted",
            "failed": "has failed, or its time limit was reached",
        }
        return f"The run {ends.get(run.status, 'has ended')}, so nothing waits for this answer any more."

    def resume(self, run_id: str, by: str = "") -> AnswerOutcome:
        """Make an interrupted run go on from the last saved moment (`resuming.plan_of` says what that means)."""
        run = self._store.run(run_id)
        if run is None:
            return AnswerOutcome(False, "This run is not there any more.")
        plan = plan_of(self._store, run)
        if plan.possible and reopen(self._store, run, plan, by):
            reopened = self._store.run(run_id)
            if reopened is not None:
                self._carrier.carry(reopened)
            return AnswerOutcome(True)
        now = self._store.run(run_id) or run
        resumed = resumed_by(self._store, now) if not now.ended else None
        if resumed is not None:
            return AnswerOutcome(False, _already("resumed", resumed.get("by", ""), resumed["t"]))
        return AnswerOutcome(False, f"Resume isn’t possible: {plan.why or plan_of(self._store, now).why}")

    def _is_there(self, run_id: str) -> bool:
        """Whether the version that asked can take an answer: in memory, or the same as today's."""
        run = self._store.run(run_id)
        change = self.code_change(run) if run is not None else None
        return change is None or change.asked_lives

    def whole_event(self, run: Run, key: str, timeout: float = 20.0) -> dict[str, Any] | None:
        """The reply of the run's runner (see `runner/whole.py`); None if it is gone or silent for `timeout` seconds."""
        link = self._links.link_of(run)
        return link.ask("whole", timeout, run=run.run_id, key=key) if link is not None else None

    def troubles(self) -> list[dict[str, Any]]:
        """What keeps runners from committing records now, one entry a runner (`CommitWriter.state`)."""
        return self._links.troubles()

    def close(self) -> None:
        """Stop watching. Runners without runs end; those with runs go on and are found again by the next server."""
        self._vitals.stop()
        self._watch.stop()
        self._links.close()


def _already(done: str, by: str, at: float) -> str:
    """Who was quicker, and when."""
    who = f" by {by}" if by else ""
    return f"Already {done}{who} at {time.strftime('%H:%M', time.localtime(at))}."
