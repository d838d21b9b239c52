"""The runners that a server knows: found again by their rows, started where there is none, retired when idle."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspectors.discovery import module_name, source_version
from inspectors.discovery.model import WorkflowSource
from inspectors.runner.link import RunnerLink
from inspectors.runner.processes import end_process, is_alive, own_start
from inspectors.settings import Settings
from inspectors.store import Run, Store

IDLE_SECONDS = 900.0
"""How long a runner without runs stays warm after its page was last used."""
RESTART_SECONDS = 2.0
"""A runner that could not start is not started again for a run or an answer within this time."""
REOPEN_SECONDS = 60.0
"""Nor for somebody who only looks at its page, within this time: they can ask for it (`retry`)."""


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


class RunnerLinks:
    """One link per version of a file. Methods are safe to call from any thread."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._links: dict[tuple[str, str], RunnerLink] = {}
        self._leaving: list[RunnerLink] = []
        """Runners that others have taken the place of; they are buried once they have ended."""
        self._lock = threading.RLock()

    # -- for pages ----------------------------------------------------------------------------------

    def open(self, source: WorkflowSource) -> None:
        """Have a runner for this workflow's file, so that it is warm when Run is pressed."""
        self.link(source.file, source_version(source.file), REOPEN_SECONDS).used_at = time.monotonic()

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

    # -- finding and starting -----------------------------------------------------------------------

    def link(self, file: str, version: str, patience: float = RESTART_SECONDS) -> RunnerLink:
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

    def link_of(self, run: Run) -> RunnerLink | None:
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

    # -- ends ---------------------------------------------------------------------------------------

    def starting(self) -> list[RunnerLink]:
        """Links whose runner has not said yet that it is ready or has failed."""
        with self._lock:
            return [link for link in self._links.values() if link.state == "starting"]

    def known(self) -> set[str]:
        """The ids of the runners that this server has a link to."""
        with self._lock:
            return {link.runner_id for link in [*self._links.values(), *self._leaving]}

    def take_dead(self) -> list[RunnerLink]:
        """Links whose process has ended; they are given once."""
        with self._lock:
            known = [link for link in self._links.values() if link.state in ("ready", "gone")] + self._leaving
            dead = [link for link in known if not link.alive()]
            self._links = {key: link for key, link in self._links.items() if link not in dead}
            self._leaving = [link for link in self._leaving if link not in dead]
        return dead

    def retire(self) -> None:
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
        """Runners without runs end; those with runs go on and are found again by the next server."""
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
