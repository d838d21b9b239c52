"""The real app in a process of its own, as `streamlit run app.py -- TARGETS` starts it; for tests and benchmarks."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


STOPPING: list[AppProcess] = []
"""Servers that were asked to stop by `stop_later` and not waited for."""


TAKEN = re.compile(r"Port \d+ is (already in use|not available)")
"""What Streamlit says where somebody else was given the port before it."""


class PortTaken(RuntimeError):
    """The port that was free a moment ago is not any more."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class AppProcess:
    """One server on a database; it can be killed and started again on the same port."""

    def __init__(
        self,
        database: Path,
        targets: list[str] | None = None,
        port: int | None = None,
        variables: dict[str, str] | None = None,
    ) -> None:
        self.database = database
        self.targets = targets or []
        self.variables = variables or {}
        self.port = port or free_port()
        self._may_move = port is None
        self.log = database.parent / f"app-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the app is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    def start(self, seconds: float = 120.0) -> AppProcess:
        """Start the server and wait until it answers."""
        while True:
            try:
                return self._start(seconds)
            except PortTaken:
                if not self._may_move:  # somebody counts on this port
                    raise
                self.port = free_port()

    def _start(self, seconds: float) -> AppProcess:
        environment = {**os.environ, "STEPSCOPE_DB": str(self.database), **self.variables}
        environment.pop("STEPSCOPE_TARGETS", None)
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        command += ["--server.port", str(self.port), "--", *self.targets]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=output)
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self._process.poll() is not None and TAKEN.search(self.output()):
                raise PortTaken(self.output())
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The app did not start:\n{self.output()}")
            time.sleep(0.05)
        self._may_move = False  # a page may be open on it
        return self

    def answers(self) -> bool:
        """Whether our own routes answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/stepscope/api/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def output(self) -> str:
        """What the server has printed."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self) -> None:
        """End the server at once, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop_later(self) -> None:
        """Ask the server to stop, and go on: it takes seconds to say goodbye to browsers and runners."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            STOPPING.append(self)

    def end(self, how: signal.Signals, seconds: float = 30.0) -> int:
        """Send the server a signal and wait for its end; gives its exit code."""
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(seconds)

    def stop(self, seconds: float = 20.0) -> None:
        """Stop the server as Ctrl-C does."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
