"""The supervisor: finds and owns runners, starts runs in them, carries answers to them, and says when one is gone."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspectors.discovery import module_name, source_version
from inspectors.discovery.model import WorkflowSource
from inspectors.runner.burial import bury, end_run
from inspectors.runner.link import RunnerLink
from inspectors.runner.processes import end_process, is_alive, own_start
from inspectors.settings import Settings
from inspectors.store import Run, Store

logger = logging.getLogger("stepscope.supervisor")

ROUND = 0.1
GRACE_SECONDS = 5.0
"""How long a cancelled run may take to end before its runner is ended."""
IDLE_SECONDS = 900.0
"""How long a runner without runs stays warm after its page was last used."""


RESTART_SECONDS = 2.0
"""A runner that could not start is not started again for a run or an answer within this time."""
REOPEN_SECONDS = 60.0
"""Nor for somebody who only looks at its page, within this time: they can ask for it (`retry`)."""


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
class RunnerStatus:
    """What a page says about a workflow's runner."""

    state: str
    """absent | starting | ready | failed"""
    seconds: float = 0.0
    """How long it has been starting."""
    error: dict[str, Any] | None = None
    description: dict[str, Any] | None = None
    doing: str = ""
    """What a starting one is busy with, such as "Importing pandas"; "" if it hasn't said."""
    usual: float | None = None
    """Seconds in which runners of this file were ready before; None if none has been."""
    log: str = ""
    """The file that what its workflows print goes to; "" if another server has started it."""


@dataclass(frozen=True)
class AnswerOutcome:
    """What became of an answer."""

    accepted: bool
    sentence: str = ""


class Supervisor:
    """One per server process. Methods are safe to call from any thread and return at once."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._links: dict[tuple[str, str], RunnerLink] = {}
        self._leaving: list[RunnerLink] = []
        """Runners that others have taken the place of; they are buried once they have ended."""
        self._lock = threading.RLock()
        self._taking_up: dict[str, float] = {}
        self._stop = threading.Event()
        self._bury_the_dead()
        self._thread = threading.Thread(target=self._watch, name="stepscope-supervisor", daemon=True)
        self._thread.start()

    # -- for pages ----------------------------------------------------------------------------------

    def open(self, source: WorkflowSource) -> None:
        """Have a runner for this workflow's file, so that it is warm when Run is pressed."""
        self._link(source.file, source_version(source.file), REOPEN_SECONDS).used_at = time.monotonic()

    def retry(self, source: WorkflowSource) -> None:
        """Start the runner anew: a package may be there now, or a variable set. One with runs is left alone."""
        key = (source.file, source_version(source.file))
        with self._lock:
            link = self._links.get(key)
            if link is not None and link.state == "ready":
                if any(run.loaded and run.runner_id == link.runner_id for run in self._store.live_runs()):
                    return
                link.post("shutdown")
            if link is not None and link.state != "starting":
                self._leaving.append(link)
                self._links[key] = self._spawn(*key)

    def status(self, source: WorkflowSource) -> RunnerStatus:
        """How the workflow's runner is doing."""
        with self._lock:
            link = self._links.get((source.file, source_version(source.file)))
        if link is None:
            return RunnerStatus("absent")
        state = link.state if link.state in ("starting", "ready", "failed") else "absent"
        return RunnerStatus(
            state,
            time.time() - link.created_at,
            link.error,
            link.description,
            link.doing,
            self._store.usual_start(source.file) if state == "starting" else None,
            str(link.log) if link.log is not None else "",
        )

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
        link = self._link(source.file, source_version(source.file))
        arguments = (options or {}).get("arguments") or {}
        checked = link.ask("check", timeout=0.5, workflow=source.name, input=input, arguments=arguments) or {}
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
        )
        self._store.assign_run(run_id, link.runner_id)
        link.post("start", run=run_id)
        if link.state == "failed":
            self._fail_unstarted(link)
        return run_id

    def cancel(self, run_id: str, by: str = "") -> None:
        """End a run: politely at first, after a grace time by ending its runner."""
        self._bury_program(run_id)
        if not self._store.ask_cancel(run_id, by):
            return
        run = self._store.run(run_id)
        if run is None:
            return
        link = self._link_of(run)
        if run.loaded and link is not None:
            link.post("cancel", run=run_id, by=by)
        elif not run.loaded:
            end_run(self._store, run, "cancelled", None)

    def answer(self, prompt_id: str, value: dict[str, Any], by: str = "") -> AnswerOutcome:
        """Keep an answer and carry it to its run, which is taken up if it isn't in memory."""
        prompt = self._store.prompt(prompt_id)
        if prompt is None:
            return AnswerOutcome(False, "This request is not there any more.")
        if self._bury_program(prompt.run_id):
            sentence = "The program that asked this has ended, so nothing waits for the answer any more."
            return AnswerOutcome(False, sentence)
        if prompt.status == "withdrawn":
            return AnswerOutcome(False, "The run has ended, so nothing waits for this answer any more.")
        first = self._store.add_answer(prompt_id, value, by)
        if first is not None:
            who = f" by {first.answered_by}" if first.answered_by else ""
            return AnswerOutcome(
                False,
                f"Already answered{who} at {time.strftime('%H:%M', time.localtime(first.answered_at))}.",
            )
        run = self._store.run(prompt.run_id)
        if run is not None:
            self._carry(run)
        return AnswerOutcome(True)

    def whole_event(self, run: Run, key: str, timeout: float = 20.0) -> dict[str, Any] | None:
        """The reply of the run's runner (see `runner/whole.py`); None if it is gone or silent for `timeout` seconds."""
        link = self._link_of(run)
        return link.ask("whole", timeout, run=run.run_id, key=key) if link is not None else None

    # -- runners ------------------------------------------------------------------------------------

    def _link(self, file: str, version: str, patience: float = RESTART_SECONDS) -> RunnerLink:
        """The runner for a version of a file: ours, one that an earlier server left, or a new one.

        One that failed less than `patience` seconds ago is given as it is.
        """
        with self._lock:
            link = self._links.get((file, version))
            if link is not None and link.state in ("starting", "ready") and link.alive():
                return link
            if link is not None and link.state == "failed" and time.time() - link.created_at < patience:
                return link  # don't start a file that can't be imported over and over
            if link is not None:
                self._leaving.append(link)
            link = self._adopt(file, version) or self._spawn(file, version)
            self._links[file, version] = link
            return link

    def _adopt(self, file: str, version: str) -> RunnerLink | None:
        for row in self._store.runners(file=file, version=version):
            if row.status == "ready" and is_alive(row.pid, row.process_started):
                link = RunnerLink(self._store, row)
                if link.settle() and link.state == "ready":
                    return link
        return None

    def _spawn(self, file: str, version: str) -> RunnerLink:
        root, dotted = module_name(Path(file))
        row = self._store.create_runner(file=file, version=version, owner_pid=os.getpid(), owner_started=own_start())
        link = RunnerLink(self._store, row)
        options = {
            "db": str(self._settings.database),
            "runner_id": row.runner_id,
            "file": file,
            "root": str(root),
            "module": dotted,
            "payload_limit": self._settings.payload_limit,
        }
        link.spawn(self._settings.python, options, self._settings.runner_logs / f"{row.runner_id}.log")
        return link

    def _link_of(self, run: Run) -> RunnerLink | None:
        """The link to the runner that has this run loaded."""
        with self._lock:
            for link in self._links.values():
                if link.runner_id == run.runner_id:
                    return link
            row = self._store.runner(run.runner_id) if run.runner_id else None
            if row is None or row.status != "ready" or not is_alive(row.pid, row.process_started):
                return None
            link = RunnerLink(self._store, row)
            if not link.settle() or link.state != "ready":
                return None
            self._links[row.file, row.version] = link
            return link

    def _carry(self, run: Run) -> None:
        """Tell the runner that has the run, or has to take it up, that an answer lies ready."""
        link = self._link_of(run) if run.loaded else None
        if link is None and not run.loaded:
            link = self._link_of(run) or self._link(run.file, self._version_for(run))
            self._taking_up[run.run_id] = time.monotonic()
        if link is not None:
            link.post("answered", run=run.run_id)

    def _version_for(self, run: Run) -> str:
        """The version to take a paused run up with: today's, since the old one's source may be gone."""
        return source_version(run.file)

    # -- the watch ----------------------------------------------------------------------------------

    def _watch(self) -> None:
        turn = 0
        while not self._stop.wait(ROUND if turn % 10 else 0.01):
            turn += 1
            self._guarded(self._settle_starting)
            if turn % 3 == 0:
                self._guarded(self._find_dead)
                self._guarded(self._enforce_cancels)
            if turn % 10 == 0:
                self._guarded(self._carry_answers)
                self._guarded(self._retire)
            if turn % 50 == 0:
                self._guarded(self._bury_the_dead)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:  # a locked database must not end the watch; the next round tries again
            logger.exception("The supervisor's %s failed; it is tried again", step.__name__)

    def _settle_starting(self) -> None:
        with self._lock:
            starting = [link for link in self._links.values() if link.state == "starting"]
        for link in starting:
            if link.settle() and link.state == "failed":
                self._fail_unstarted(link)
                self._refuse_answers(link)
            elif link.state == "ready":
                self._store.note_start(link.file, time.time() - link.created_at)

    def _fail_unstarted(self, link: RunnerLink) -> None:
        for run in self._store.live_runs():
            if run.runner_id == link.runner_id and run.status == "starting":
                end_run(
                    self._store,
                    run,
                    "failed",
                    link.error
                    or {
                        "type": "RunnerEnded",
                        "message": "The runner could not be started.",
                        "traceback": "",
                        "frames": [],
                    },
                )

    def _refuse_answers(self, link: RunnerLink) -> None:
        """Give answers back whose workflow can't be loaded any more, or they would be carried for ever."""
        name, error = Path(link.file).name, link.error or {}
        why = f"{name} can't be loaded any more: {error.get('type')}: {error.get('message')}"
        if not Path(link.file).is_file():
            why = f"{name} is not there any more"
        for prompt, _ in self._store.undelivered():
            run = self._store.run(prompt.run_id) if prompt.file == link.file else None
            if run is not None and not run.loaded:
                sentence = f"{why.rstrip('.')}. The run still waits: answer again once the file is in order."
                self._store.refuse_answer(prompt.prompt_id, sentence)

    def _find_dead(self) -> None:
        with self._lock:
            known = [link for link in self._links.values() if link.state in ("ready", "gone")] + self._leaving
            dead = [link for link in known if not link.alive()]
            self._links = {key: link for key, link in self._links.items() if link not in dead}
            self._leaving = [link for link in self._leaving if link not in dead]
        for link in dead:
            bury(self._store, link.runner_id, link.ending())
            link.close()
            if link.log is not None:
                link.log.unlink(missing_ok=True)

    def _bury_the_dead(self) -> None:
        """Runs whose runner is gone, whoever started it."""
        with self._lock:
            known = {link.runner_id for link in [*self._links.values(), *self._leaving]}
        for row in self._store.runners():
            if row.runner_id not in known and row.pid is not None and not is_alive(row.pid, row.process_started):
                bury(self._store, row.runner_id, "its process is gone")

    def _bury_program(self, run_id: str) -> bool:
        """Whether a program of the user's ran this run and is gone: whoever wants something of it is told at once."""
        run = self._store.run(run_id)
        row = self._store.runner(run.runner_id) if run is not None and run.loaded and run.runner_id else None
        if row is None or not row.is_program or is_alive(row.pid, row.process_started):
            return False
        bury(self._store, row.runner_id, "its process is gone")
        return True

    def _enforce_cancels(self) -> None:
        now = time.time()
        for run in self._store.live_runs():
            if run.cancel_asked_at is None:
                continue
            if not run.loaded and run.status == "waiting":
                end_run(self._store, run, "cancelled", None)  # it left its runner's memory just as it was asked
                continue
            if not run.loaded or now - run.cancel_asked_at < GRACE_SECONDS:
                continue
            row = self._store.runner(run.runner_id) if run.runner_id else None
            if row is not None and row.is_program:
                continue  # it is the user's own process: it is asked, never ended
            if row is not None and row.pid is not None and is_alive(row.pid, row.process_started):
                end_process(row.pid, row.process_started)
            bury(self._store, run.runner_id or "", "a run in it did not react to Cancel", cancelled=run.run_id)

    def _carry_answers(self) -> None:
        """Answers whose server died before it could pass them on, and waits whose time is up."""
        now = time.monotonic()
        runs = {prompt.run_id for prompt, _ in self._store.undelivered()}
        runs |= {
            prompt.run_id
            for prompt in self._store.prompts()
            if prompt.deadline is not None and prompt.waiter_id is not None and prompt.deadline <= time.time()
        }
        for run_id in runs:
            run = self._store.run(run_id)
            if run is not None and not run.ended and now - self._taking_up.get(run_id, -99.0) > 3.0:
                self._taking_up[run_id] = now
                self._carry(run)

    def _retire(self) -> None:
        """End our runners that nobody has used for long and that have no run."""
        busy = {run.runner_id for run in self._store.live_runs() if run.loaded}
        with self._lock:
            idle = [
                link
                for link in self._links.values()
                if link.state == "ready"
                and link.runner_id not in busy
                and time.monotonic() - link.used_at > IDLE_SECONDS
            ]
        for link in idle:
            link.post("shutdown")

    def close(self) -> None:
        """Stop watching. Runners without runs end; those with runs go on and are found again by the next server."""
        self._stop.set()
        self._thread.join(5.0)
        busy = {run.runner_id for run in self._store.live_runs() if run.loaded}
        with self._lock:
            links = [*self._links.values(), *self._leaving]
            self._links.clear()
            self._leaving.clear()
        for link in links:
            if link.runner_id not in busy and link.state in ("starting", "ready"):
                link.post("shutdown")
        for link in links:
            link.close()
            if link.process is not None and link.runner_id not in busy:
                try:
                    link.process.wait(5.0)
                except Exception:  # it did not end by itself within five seconds
                    end_process(link.process.pid, link.process_started)
                    with suppress(subprocess.TimeoutExpired):
                        link.process.wait(5.0)  # or it stays behind as a zombie
                self._store.forget_runner(link.runner_id)
                if link.log is not None:
                    link.log.unlink(missing_ok=True)
