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

from inspectors.discovery import module_name, read_environment, source_version
from inspectors.discovery.model import WorkflowSource
from inspectors.discovery.modules import read_module
from inspectors.recording.values import is_secret
from inspectors.runner.link import RunnerLink
from inspectors.runner.processes import end_process, end_remains, is_alive, own_start
from inspectors.settings import Settings
from inspectors.store import Run, Store

IDLE_SECONDS = 900.0
"""How long a runner without runs stays warm after its page was last used. One whose code has changed stays as long for
the runs that wait with its version, so that a person can choose it."""
OUTDATED_SECONDS = 2.0
"""How long a runner whose code has changed stays when no run needs it."""
RESTART_SECONDS = 2.0
"""A runner that could not start is not started again for a run, or by itself, within this time."""
REOPEN_SECONDS = 60.0
"""Nor for somebody who only looks at its page, within this time: they can ask for it (`retry`)."""
END_SECONDS = 5.0
"""How long a runner that is to end is waited for: until it has begun, if it is just beginning, and until it is gone."""


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
        self._current: dict[str, str] = {}
        """The version of each file that was asked for last: runners of others end once no run needs them."""
        self._outdated: dict[str, float] = {}
        """When a runner was first seen to be of another version, by its id; `time.monotonic()`."""
        self._lock = threading.RLock()

    # -- for pages ----------------------------------------------------------------------------------

    def version_of(self, file: str) -> str:
        """The version of a file as it is now, with its local imports and its `.env`."""
        return source_version(file, self._settings.targets)

    def open(self, source: WorkflowSource) -> None:
        """Have a runner for this workflow's file, so that it is warm when Run is pressed."""
        self.today(source.file, REOPEN_SECONDS).used_at = time.monotonic()

    def renew(self, file: str) -> None:
        """A file, or what it rests on, was saved: have a runner of the new version if there is one of another.

        One that can't be read as it is now starts none, and leaves the others as they are.
        """
        with self._lock:
            known = any(link.file == file for link in self._links.values())
        if known and Path(file).is_file() and read_module(file).problem is None:
            self.today(file, REOPEN_SECONDS)

    def today(self, file: str, patience: float = RESTART_SECONDS) -> RunnerLink:
        """`link` for the version of a file as it is now; runners of other versions are outdated from now on."""
        version = self.version_of(file)
        self._current[file] = version
        return self.link(file, version, patience)

    def living(self, file: str, version: str) -> RunnerLink | None:
        """The runner of a version that may be today's no more; None if there is none, and none is started."""
        with self._lock:
            known = [link for link in [*self._links.values(), *self._leaving] if link.file == file]
        for link in known:
            if link.version == version and link.usable and link.alive():
                return link
        found = self._adopt(file, version)
        if found is not None:
            self._keep(found)
        return found

    def retry(self, source: WorkflowSource) -> None:
        """Start the runner anew: a package may be there now, or a variable set. One with runs is left alone."""
        key = (source.file, self.version_of(source.file))
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
            link = self._links.get((source.file, self.version_of(source.file)))
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
            same = row.python == self._settings.python and row.ending is None
            if same and row.status == "ready" and is_alive(row.pid, row.process_started):
                link = RunnerLink(self._store, row)
                if link.settle() and link.state == "ready":
                    return link
        return None

    def _spawn(self, file: str, version: str) -> RunnerLink:
        root, dotted = module_name(Path(file))
        python = self._settings.python
        row = self._store.create_runner(
            file=file, version=version, owner_pid=os.getpid(), owner_started=own_start(), python=python
        )
        variables = read_environment(file, self._settings.targets).values
        link = RunnerLink(self._store, row)
        options = {
            "db": str(self._settings.database),
            "runner_id": row.runner_id,
            "file": file,
            "root": str(root),
            "module": dotted,
            "version": version,
            "secret_names": [name for name in variables if is_secret(name)],
            "payload_limit": self._settings.payload_limit,
        }
        link.spawn(python, options, self._settings.runner_logs / f"{row.runner_id}.log", variables)
        return link

    def link_of(self, run: Run) -> RunnerLink | None:
        """The link to the runner that has this run loaded."""
        with self._lock:
            for link in [*self._links.values(), *self._leaving]:
                if link.runner_id == run.runner_id and link.usable:
                    return link
            row = self._store.runner(run.runner_id) if run.runner_id else None
            if row is None or row.status != "ready" or not is_alive(row.pid, row.process_started):
                return None
            link = RunnerLink(self._store, row)
            if not link.settle() or link.state != "ready":
                return None
            self._keep(link)
            return link

    def _keep(self, link: RunnerLink) -> None:
        """Remember the link to a runner that another server has started, beside one of ours for the same version."""
        with self._lock:
            if self._links.setdefault((link.file, link.version), link) is not link:
                self._leaving.append(link)

    # -- ends ---------------------------------------------------------------------------------------

    def starting(self) -> list[RunnerLink]:
        """Links whose runner has not said yet that it is ready or has failed."""
        with self._lock:
            return [link for link in self._links.values() if link.state == "starting"]

    def known(self) -> set[str]:
        """The ids of the runners that this server has a link to."""
        with self._lock:
            return {link.runner_id for link in [*self._links.values(), *self._leaving]}

    def leave(self, runner_id: str) -> None:
        """Offer a runner no more that is about to be ended."""
        with self._lock:
            for key, link in list(self._links.items()):
                if link.runner_id == runner_id and link.state != "starting":
                    self._leaving.append(self._links.pop(key))

    def take_dead(self) -> list[RunnerLink]:
        """Links whose process has ended; they are given once."""
        with self._lock:
            known = [link for link in self._links.values() if link.state in ("ready", "gone")] + self._leaving
            dead = [link for link in known if not link.alive()]
            self._links = {key: link for key, link in self._links.items() if link not in dead}
            self._leaving = [link for link in self._leaving if link not in dead]
        return dead

    def look_for_trouble(self) -> None:
        """Ask runners whether they can commit; what they say is there with `troubles`."""
        with self._lock:
            links = [link for link in [*self._links.values(), *self._leaving] if link.state == "ready"]
        for link in links:
            link.ask_for_trouble()

    def troubles(self) -> list[dict[str, Any]]:
        """What keeps runners from committing records now, one entry a runner (`CommitWriter.state`)."""
        with self._lock:
            links = [*self._links.values(), *self._leaving]
        return [link.trouble for link in links if link.trouble is not None and link.alive()]

    def retire(self) -> None:
        """End our runners that have no run, and that nobody has used for long or whose code has changed."""
        live = self._store.live_runs()
        busy = {run.runner_id for run in live if run.loaded}
        paused = {(run.file, run.version) for run in live if not run.loaded}
        with self._lock:
            idle = [
                link
                for link in self._links.values()
                if link.state == "ready" and link.runner_id not in busy and self._has_served(link, paused)
            ]
        for link in idle:
            link.used_at = time.monotonic()
            if link.process is not None:
                link.post("shutdown")
            link.close()  # one that another server uses goes on, and ends by itself once nobody does
            with self._lock:
                self._links = {key: known for key, known in self._links.items() if known is not link}
                if link.process is not None:
                    self._leaving.append(link)

    def _has_served(self, link: RunnerLink, paused: set[tuple[str, str]]) -> bool:
        """Whether a runner without runs has been idle for so long that it may end."""
        now = time.monotonic()
        if self._current.get(link.file, link.version) == link.version:
            self._outdated.pop(link.runner_id, None)
            return now - link.used_at > IDLE_SECONDS
        outdated = self._outdated.setdefault(link.runner_id, now)
        stays = IDLE_SECONDS if (link.file, link.version) in paused else OUTDATED_SECONDS
        return now - max(outdated, link.used_at) > stays

    def close(self) -> None:
        """End our own runners that nobody needs.

        Those with runs, or with records that the disk doesn't take now, go on and are found again by the next server;
        so do those of other servers. Raises StoreRefused if the store can't be read; every runner then goes on.
        """
        with self._lock:
            links = [*self._links.values(), *self._leaving]
            self._links.clear()
            self._leaving.clear()
        try:
            busy = {run.runner_id for run in self._store.live_runs() if run.loaded}
            unused = [link for link in links if link.process is not None and link.runner_id not in busy]
            _wait_for_starting(unused)
            ending = [(link, link.ask_to_end()) for link in unused]
            for link, asked in ending:
                if asked is None or not link.stays(asked):
                    self._end(link)
        finally:
            for link in links:
                link.close()
                if link.process is not None and link.process.poll() is None:
                    # It goes on; should this process do so, too, the other must not stay behind as a zombie.
                    threading.Thread(target=link.process.wait, name="stepscope-reaper", daemon=True).start()

    def _end(self, link: RunnerLink) -> None:
        """Wait for one of our processes to end, and leave nothing of it behind."""
        assert link.process is not None
        link.close()
        try:
            link.process.wait(END_SECONDS if link.state != "starting" else 0.0)
        except subprocess.TimeoutExpired:
            end_process(link.process.pid, link.process_started)
            with suppress(subprocess.TimeoutExpired):
                link.process.wait(END_SECONDS)  # or it stays behind as a zombie
        end_remains(link.runner_id, link.process.pid, link.created_at)
        self._store.forget_runner(link.runner_id)
        self.forget_log(link.runner_id)

    def forget_log(self, runner_id: str) -> None:
        """Delete the log and the other files of a runner that has ended."""
        for file in self._settings.runner_logs.glob(f"{runner_id}.*"):
            with suppress(OSError):  # another server may have done it; what can't be deleted is tried at the next start
                file.unlink(missing_ok=True)

    def forget_old_logs(self) -> None:
        """Delete the files of runners that are gone, whichever server has started them."""
        for runner_id in {file.name.partition(".")[0] for file in self._settings.runner_logs.glob("*.*")}:
            if self._store.runner(runner_id) is None:
                self.forget_log(runner_id)


def _wait_for_starting(links: list[RunnerLink]) -> None:
    """Until a runner has imported its file, nobody listens there: asked to end then, it ends at once."""
    deadline = time.monotonic() + END_SECONDS
    while [link for link in links if link.state == "starting" and not link.settle()] and time.monotonic() < deadline:
        time.sleep(0.02)
