"""The routes as a client in this process and as a real server reach them, on the test's own database."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient
from websockets.sync.client import ClientConnection, connect

from inspectors.recording.writer import CommitWriter
from inspectors.server.routes import build_routes, lifespan
from inspectors.store import Store
from inspectors.store.records import Commit

HOST = "127.0.0.1:8501"
PATIENCE = 60.0


@pytest.fixture
def app(own_database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starlette]:
    monkeypatch.setattr(sys, "argv", ["pytest"])  # the workbench reads targets from the command line
    before = sys.getswitchinterval()
    yield Starlette(routes=build_routes(), lifespan=lifespan)
    sys.setswitchinterval(before)


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def store(own_database: Path) -> Iterator[Store]:
    """The database as another process has it open: a runner."""
    made = Store(own_database)
    yield made
    made.close()


class Writing:
    """A run that a runner writes, its records made up."""

    def __init__(self, store: Store, **values: Any) -> None:
        self.store = store
        given = {"workflow": "W", "module": "m", "file": "f.py", "version": "1", "input": {}, **values}
        self.run_id = store.create_run(**given)
        self.seq = 0

    def lines(self, count: int) -> list[str]:
        """The next records: a run's start first, then steps that begin and end."""
        made = []
        for _ in range(count):
            self.seq += 1
            record: dict[str, Any] = {"seq": self.seq, "t": round(time.time(), 6)}
            invocation = {"invocation": f"i{self.seq // 2}", "step": "work"}
            if self.seq == 1:
                record.update(kind="run_started", timeout=None, session=1, resumed=False)
            elif self.seq % 2 == 0:
                record.update(kind="invocation_started", consumed=[], takes={}, **invocation)
            else:
                record.update(kind="invocation_ended", outcome="ok", took_ms=1.0, gave=[], **invocation)
            made.append(json.dumps(record))
        return made

    def commit(self, count: int, **more: Any) -> None:
        """Write the next records as one block."""
        first = self.seq + 1
        self.store.commit([Commit(self.run_id, first, lines=self.lines(count), **more)])

    def end(self) -> None:
        """Write the last record."""
        self.seq += 1
        line = json.dumps({"seq": self.seq, "t": time.time(), "kind": "run_ended", "status": "done"})
        self.store.commit(
            [Commit(self.run_id, self.seq, lines=[line], run={"status": "done", "ended_at": time.time()})]
        )

    def hurry(self, count: int, half: threading.Event) -> None:
        """Write records one by one through a commit writer, as a busy runner does, half of them after a sign."""
        writer = CommitWriter(self.store)
        for _ in range(count):
            (line,) = self.lines(1)

            def edit(commit: Commit, line: str = line) -> None:
                commit.lines.append(line)

            writer.change(self.run_id, self.seq, edit)
            if self.seq == count // 2:
                half.wait(PATIENCE)
            if self.seq % 50 == 0:
                time.sleep(0.002)  # a step's own work, so that there is more than one commit
        assert writer.close()
        self.end()


@pytest.fixture
def writing(store: Store) -> Callable[..., Writing]:
    def make(**values: Any) -> Writing:
        return Writing(store, **values)

    return make


@pytest.fixture
def served(app: Starlette) -> Iterator[int]:
    """A real server on a socket made as Streamlit makes its own; gives the port."""
    listener = socket.socket(family=socket.AF_INET)
    listener.bind(("127.0.0.1", 0))
    listener.listen(100)
    listener.setblocking(False)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="websockets-sansio", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline
            time.sleep(0.005)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listener.close()
        assert not thread.is_alive()


class Tab:
    """A browser tab: it merges what it is told and checks that nothing is told twice or left out unsaid."""

    def __init__(self, socket: ClientConnection, fetch: Callable[[str, int, int], list[dict[str, Any]]]) -> None:
        self.socket = socket
        self.rows: dict[int, dict[str, Any]] = {}
        self.upto = 0
        self.summary: dict[str, Any] = {}
        self.graph: dict[str, Any] = {}
        self.reviews: int | None = None
        self.commits = 0
        self._fetch = fetch

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self, timeout: float = PATIENCE) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout))
        return message

    def hear(self, op: str) -> dict[str, Any]:
        """Merge messages up to the first of this kind, and return it."""
        while True:
            message = self.receive()
            self.merge(message)
            if message["op"] == op:
                return message

    def merge(self, message: dict[str, Any]) -> None:
        if message["op"] == "reviews":
            self.reviews = message["count"]
        if message["op"] not in ("state", "commit"):
            return
        told = [row["seq"] for row in message["rows"]]
        assert told == list(range(message["first"], message["upto"] + 1))
        if message["op"] == "commit":
            self.commits += 1
            assert message["first"] > self.upto, "a row was told twice"
            if message["first"] > self.upto + 1:
                for row in self._fetch(message["run"], self.upto + 1, message["first"] - 1):
                    self.rows[row["seq"]] = row
        for row in message["rows"]:
            self.rows[row["seq"]] = row
        self.upto, self.summary, self.graph = message["upto"], message["summary"], message["graph"]

    def until(self, holds: Callable[[], Any]) -> dict[str, Any]:
        """Merge messages until something is so, and return the last one."""
        while True:
            message = self.receive()
            self.merge(message)
            if holds():
                return message

    def follow(self) -> None:
        """Merge messages until the run is over."""
        if self.summary.get("status") != "done":
            self.until(lambda: self.summary.get("status") == "done")


@pytest.fixture
def tab(served: int) -> Iterator[Callable[[], Tab]]:
    """A function that opens a tab; all are closed with the test."""
    with ExitStack() as stack:
        http = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{served}", trust_env=False, timeout=PATIENCE)
        )

        def fetch(run_id: str, first: int, last: int) -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = []
            while first <= last:
                answer = http.get(f"/stepscope/api/runs/{run_id}/rows", params={"from": first, "to": last})
                window = answer.json()["rows"]
                assert window
                rows += window
                first = window[-1]["seq"] + 1
            return rows

        def make() -> Tab:
            return Tab(
                stack.enter_context(
                    connect(f"ws://127.0.0.1:{served}/stepscope/live", proxy=None, open_timeout=PATIENCE)
                ),
                fetch,
            )

        yield make
