"""One measurement of `benchmarks.record` in a process of its own: `python -m benchmarks.record_process JOB`.

JOB is JSON: `column` (bare | stepscope | official), `workflow` (a class of record_workloads), `size`, `db` (a file
that doesn't exist yet), `out` (where the measurement goes, as JSON; standard output belongs to the workflow) and
`profile` (a file for cProfile's statistics, or null).
"""

from __future__ import annotations

import asyncio
import cProfile
import importlib
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

PROJECT = Path(__file__).parents[1]
WORKLOADS = "benchmarks.record_workloads"


class Measurement:
    """What one run took. `bytes` is what the database file has grown by, its write-ahead log written back."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.db = Path(job["db"])
        self.values: dict[str, Any] = {}

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold it around the run and whatever must be on disk."""
        before = file_size(self.db)
        profile = cProfile.Profile() if self.job["profile"] else None
        threads, cpu, began = _cpu_by_thread(), time.process_time(), time.perf_counter()
        if profile:
            profile.enable()
        yield
        if profile:
            profile.disable()
        self.values["seconds"] = time.perf_counter() - began
        self.values["cpu"] = time.process_time() - cpu
        self.values["threads"] = {name: spent - threads.get(name, 0.0) for name, spent in _cpu_by_thread().items()}
        self.values["bytes"] = file_size(self.db) - before
        self.values["memory"] = sys.modules[WORKLOADS].MEMORY
        if profile:
            profile.dump_stats(self.job["profile"])

    def check(self, result: Any) -> None:
        """Raise AssertionError if the workflow didn't do what is measured."""
        if result != self.job["size"]:
            raise AssertionError(f"{self.job['workflow']} gave {result!r}, not {self.job['size']}")


def file_size(db: Path) -> int:
    """Bytes of a database with its write-ahead log written back; 0 if there is none.

    Pages that were freed stay in the file, so the journal counts although it is deleted when its run ends. Raises
    AssertionError if the file is one that SQLite shrinks by itself.
    """
    if not db.exists():
        return 0
    connection = sqlite3.connect(db)
    try:
        if connection.execute("PRAGMA auto_vacuum").fetchone()[0] == 1:
            raise AssertionError("The file shrinks by itself: its size no longer tells what was written.")
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise AssertionError("The write-ahead log could not be written back: somebody was reading.")
    finally:
        connection.close()
    log = db.with_name(db.name + "-wal")
    return db.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _cpu_by_thread() -> dict[str, float]:
    """Seconds of CPU by name of thread; empty where the system doesn't tell."""
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    try:
        return {names.get(item.id, "other"): item.user_time + item.system_time for item in psutil.Process().threads()}
    except psutil.Error:
        return {}


def bare(measurement: Measurement) -> None:
    """`await workflow.run()`, and nothing else."""
    job = measurement.job
    workflow = getattr(importlib.import_module(WORKLOADS), job["workflow"])()

    async def run() -> None:
        with measurement.taken():
            result = await workflow.run(size=job["size"])
        measurement.check(result)

    asyncio.run(run())


def stepscope(measurement: Measurement) -> None:
    """A runner as the supervisor starts one, which is told to run one run; until its last commit is on disk."""
    from inspectors.runner import child  # here, so that the other columns hold nothing of it
    from inspectors.store import Store

    job = measurement.job
    module, file = WORKLOADS, PROJECT / "benchmarks" / "record_workloads.py"
    store = Store(measurement.db)
    row = store.create_runner(file=str(file), version="", owner_pid=os.getpid(), owner_started=time.time())
    run_id = store.create_run(
        workflow=job["workflow"],
        module=module,
        file=str(file),
        version="",
        input={"size": job["size"]},
        runner_id=row.runner_id,
    )
    store.assign_run(run_id, row.runner_id)
    store.close()

    class MeasuredRunner(child.Runner):
        """A runner that gets its one request from itself."""

        async def _serve(self, description: dict[str, Any]) -> None:
            serving = asyncio.create_task(super()._serve(description))
            while not self._ready():  # noqa: ASYNC110 (it says so in its row, and nowhere else)
                await asyncio.sleep(0.01)
            assert self.runs is not None and self.instances is not None
            self.instances.get(job["workflow"])  # as in the other columns, the instance is there before
            with measurement.taken():
                self.runs.start(run_id)
                while run_id in self.runs.hosted:
                    handler = self.runs.hosted[run_id].handler
                    await (asyncio.sleep(0) if handler is None or handler.done() else handler)
                if not self.writer.flush(60):
                    raise AssertionError(f"The records weren't committed: {self.writer.trouble}")
            run = self.store.run(run_id)
            if run is None or run.status != "done":
                raise AssertionError(f"The run ended as {run.status if run else None}: {run.error if run else None}")
            measurement.check(run.result["value"] if run.result else None)
            measurement.values["run"] = run_id
            self.finished.set()
            await serving

        def _ready(self) -> bool:
            row = self.store.runner(self.runner_id)
            return row is not None and row.status == "ready"

    child.Runner = MeasuredRunner  # type: ignore[misc]  # so that main() sets up all that a runner has
    options = {"db": str(measurement.db), "runner_id": row.runner_id, "file": str(file), "module": module}
    options |= {"version": "", "secret_names": []}
    places = {"root": str(PROJECT), "project": str(PROJECT), "log": str(measurement.db.with_suffix(".log"))}
    code = child.main({**options, **places})
    if code:
        raise AssertionError(f"The runner ended with {code}.")


def official(measurement: Measurement) -> None:
    """The official server on its SQLite store, asked over HTTP in the same process, until it answers."""
    import httpx
    from llama_agents.server import SqliteWorkflowStore, WorkflowServer

    job = measurement.job
    server = WorkflowServer(workflow_store=SqliteWorkflowStore(str(measurement.db)))
    server.add_workflow("measured", getattr(importlib.import_module(WORKLOADS), job["workflow"])())

    async def run() -> None:
        async with server.contextmanager():
            transport = httpx.ASGITransport(app=server.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=None) as client:
                request = {"start_event": {"size": job["size"]}}
                with measurement.taken():
                    answer = await client.post("/workflows/measured/run", json=request)
                answer.raise_for_status()
                measurement.check(answer.json()["result"]["value"]["result"])

    asyncio.run(run())


COLUMNS = {"bare": bare, "stepscope": stepscope, "official": official}


def main() -> int:
    """Measure one run and write what it took."""
    measurement = Measurement(json.loads(sys.argv[1]))
    COLUMNS[measurement.job["column"]](measurement)
    Path(measurement.job["out"]).write_text(json.dumps(measurement.values), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
