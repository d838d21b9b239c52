"""A server's connection to one runner, from before the process is up until after it is gone."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from typing import Any

from inspectors.discovery.environment import with_environment
from inspectors.recording.redaction import Redaction
from inspectors.runner import protocol
from inspectors.runner.interpreter import (
    BOOT,
    SILENT_SECONDS,
    boot_options,
    missing_interpreter,
    refusal_in,
    refused,
)
from inspectors.runner.processes import end_process, is_alive, started_at
from inspectors.store import RunnerRow, Store

PROJECT = Path(__file__).resolve().parent.parent.parent


class RunnerLink:
    """Sends requests to one runner. Requests made before it is ready are sent when it is."""

    def __init__(self, store: Store, row: RunnerRow) -> None:
        self.runner_id = row.runner_id
        self.file, self.version = row.file, row.version
        self.token = row.token
        self.created_at = row.created_at
        self.used_at = time.monotonic()
        self.process: subprocess.Popen[bytes] | None = None
        self.state = "starting"
        """starting | ready | failed | gone"""
        self.error: dict[str, Any] | None = None
        self.description: dict[str, Any] | None = None
        self.doing = ""
        self.trouble: dict[str, Any] | None = None
        """What keeps it from committing records (`CommitWriter.state`), as it said last."""
        self.pid, self.process_started = row.pid, row.process_started
        self.log: Path | None = None
        self._python = row.python
        self._redaction = Redaction(())
        self._store = store
        self._lock = threading.Lock()
        self._queued: list[dict[str, Any]] = []
        self._replies: dict[int, Future[dict[str, Any]]] = {}
        self._ids = itertools.count(1)
        self._socket: socket.socket | None = None
        self._asked: Future[dict[str, Any]] | None = None
        self._hung_up = False
        """Whether the runner's end of the connection is closed: what is sent then gets no reply."""

    def spawn(self, python: str, options: dict[str, Any], log: Path, variables: Mapping[str, str]) -> None:
        """Start the process; it registers itself in the store. What it prints goes to `log`.

        `variables` are added to its environment, where this process's own win. A process that can't be started makes
        the link a failed one.
        """
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log, self._python = log, python
        self._redaction = Redaction.of_variables(variables)
        missing = missing_interpreter(python)
        if missing:
            self._fail(refused(missing))
            return
        told = {**options, **boot_options(), "project": str(PROJECT), "log": str(log)}
        with log.open("ab") as output:
            try:
                self.process = subprocess.Popen(
                    [python, "-c", BOOT, json.dumps(told)],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    env=with_environment(variables),
                    start_new_session=os.name == "posix",
                )
            except OSError as error:
                self._fail(refused(f"{python} can't be started: {error.strerror or error}."))
                return
        self.pid, self.process_started = self.process.pid, started_at(self.process.pid)
        self._store.update_runner(self.runner_id, pid=self.pid, process_started=self.process_started)

    def _fail(self, error: dict[str, Any]) -> None:
        self.error, self.state = error, "failed"
        self._store.update_runner(self.runner_id, status="failed", error=error)

    def settle(self) -> bool:
        """Look whether a starting runner is ready or has failed; True once it is no longer starting."""
        row = self._store.runner(self.runner_id)
        if row is None or row.status == "failed":
            self.error = row.error if row is not None else None
            self.state = "failed"
        elif row.status == "ready" and row.port is not None:
            self._connect(row)
        elif row.port is None and not self.alive() and not self.killed():
            self._fail(refusal_in(self.output(), self._python, self.ending()))
        elif row.port is None and self.process is not None and time.time() - row.created_at > SILENT_SECONDS:
            end_process(self.process.pid, self.process_started)
            what_to_do = "Name another with STEPSCOPE_PYTHON or --python, or try again."
            silent = f"{self._python} has not begun to load anything for {SILENT_SECONDS:.0f} s, so it was ended."
            self._fail(refused(f"{silent} {what_to_do}"))
        elif not self.alive():
            self.error = {
                "type": "RunnerEnded",
                "message": f"The runner ended while it imported {Path(self.file).name}: {self.ending()}.",
                "traceback": self.output(),
                "frames": [],
            }
            self.state = "failed"
        elif row.doing:
            self.doing = row.doing
        return self.state != "starting"

    def _connect(self, row: RunnerRow) -> None:
        assert row.port is not None
        try:
            connection = protocol.dial(row.port, self.token)
        except protocol.Disconnected:
            self.state = "gone"
            return
        threading.Thread(target=self._listen, args=(connection,), name=f"runner-{self.runner_id}", daemon=True).start()
        self.pid, self.process_started = row.pid, row.process_started
        with self._lock:
            self._socket, self.description, self.state = connection, row.description, "ready"
            queued, self._queued = self._queued, []
            for message in queued:
                protocol.send(connection, message)

    def _listen(self, connection: socket.socket) -> None:
        try:
            for reply in protocol.receive(connection):
                future = self._replies.pop(reply.get("id", 0), None)
                if future is not None:
                    future.set_result(reply)
        except (protocol.Disconnected, json.JSONDecodeError):
            pass  # the supervisor finds out from the process itself
        self._hung_up = True
        for future in list(self._replies.values()):
            if not future.done():
                future.set_exception(protocol.Disconnected("the runner is gone"))
        self._replies.clear()

    def post(self, op: str, **values: Any) -> Future[dict[str, Any]]:
        """Send a request now, or as soon as the runner is ready."""
        self.used_at = time.monotonic()
        return self._send(op, **values)

    def ask_for_trouble(self) -> None:
        """Have `trouble` be as the runner says; nobody waits for it, and it doesn't count as use."""
        if self._asked is None or self._asked.done():
            self._asked = self._send("status")
            self._asked.add_done_callback(self._note_trouble)

    def _note_trouble(self, reply: Future[dict[str, Any]]) -> None:
        self.trouble = reply.result().get("writer") if reply.exception() is None else None

    def _send(self, op: str, **values: Any) -> Future[dict[str, Any]]:
        reply: Future[dict[str, Any]] = Future()
        message = {"id": next(self._ids), "op": op, **values}
        self._replies[message["id"]] = reply
        with self._lock:
            if self._socket is None:
                self._queued.append(message)
            else:
                try:
                    if self._hung_up:
                        raise protocol.Disconnected("the runner is gone")
                    protocol.send(self._socket, message)
                except protocol.Disconnected as error:
                    self._replies.pop(message["id"], None)
                    with suppress(InvalidStateError):  # who listens has said it already
                        reply.set_exception(error)
        return reply

    def ask(self, op: str, timeout: float = 1.0, **values: Any) -> dict[str, Any] | None:
        """Send a request to a ready runner and wait for its reply; None if none comes within `timeout` seconds."""
        if self.state != "ready":
            return None
        try:
            return self.post(op, **values).result(timeout)
        except (TimeoutError, protocol.Disconnected):
            return None

    def ask_to_end(self) -> Future[dict[str, Any]] | None:
        """Ask a ready runner to end unless others need it; None if there is nobody to ask."""
        return self.post("shutdown") if self.state == "ready" else None

    def stays(self, asked: Future[dict[str, Any]]) -> bool:
        """Whether a runner that was asked to end goes on; one that doesn't say anything does not."""
        try:
            return bool(asked.result(2.0).get("stays"))
        except (TimeoutError, protocol.Disconnected):
            return False

    @property
    def usable(self) -> bool:
        """Whether requests reach the runner, now or once it is ready."""
        return self.state == "starting" or (self._socket is not None and not self._hung_up)

    def alive(self) -> bool:
        """Whether the process runs."""
        if self.process is not None:
            return self.process.poll() is None
        return is_alive(self.pid, self.process_started)

    def killed(self) -> bool:
        """Whether somebody else ended the process: nothing is wrong with its file, and another may do better."""
        ended_by_others = (-signal.SIGKILL, -signal.SIGTERM) if os.name == "posix" else ()
        return self.process is not None and self.process.poll() in ended_by_others

    def ending(self) -> str:
        """How the process ended, in words."""
        code = self.process.poll() if self.process is not None else None
        if code is None:
            return "its process is gone"
        if code < 0:
            names = {
                signal.SIGSEGV: "segmentation fault",
                signal.SIGKILL: "it was killed",
                signal.SIGABRT: "it aborted",
            }
            return names.get(signal.Signals(-code), signal.Signals(-code).name)
        return f"exit code {code}"

    def output(self, limit: int = 4000) -> str:
        """The end of what the process printed."""
        if self.log is None or not self.log.exists():
            return ""
        return self._redaction.of_text(self.log.read_bytes()[-limit:].decode(errors="replace"))

    def close(self) -> None:
        """Let go of the connection and of the process's standard input: a runner with runs goes on without us."""
        with self._lock:
            if self._socket is not None:
                with suppress(OSError):  # the other end may be gone
                    self._socket.shutdown(socket.SHUT_RDWR)  # closed alone, it stays open for the thread that listens
                self._socket.close()
                self._socket = None
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
