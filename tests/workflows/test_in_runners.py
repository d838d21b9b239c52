"""Every sample as the Run button starts it: its example input, a runner process of its own, no way to the network."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspectors.discovery import discover
from inspectors.discovery.model import WorkflowSource
from inspectors.settings import Settings
from inspectors.store import Run
from inspectors.workbench import Workbench
from tests.waiting import is_let_go, until_run
from tests.workflows.running import SAMPLES

SOURCES = {f"{source.module}.{source.name}": source for source in discover([SAMPLES]).workflows}
ENDS = {
    "approval.ApprovalWorkflow": "waiting",
    "draft_review.DraftReviewWorkflow": "waiting",
    "risky.RiskyFailsWorkflow": "failed",
}
"""How a run with the example input stands when nothing moves any more; "done" for all others."""
TROUBLE = {"stalled", "not_saved"}
SHUT = """
import os, socket
_connect, _look_up = socket.socket.connect, socket.getaddrinfo
def _refuse(host):
    if str(host) not in ("127.0.0.1", "::1", "localhost"):
        with open(os.environ["TRIED"], "a") as tried:
            tried.write(f"{host}\\n")
        raise OSError("the network is shut for this test")
def _guarded(self, address):
    if isinstance(address, tuple):
        _refuse(address[0])
    return _connect(self, address)
def _looked_up(host, *args, **kwargs):
    _refuse(host)
    return _look_up(host, *args, **kwargs)
socket.socket.connect, socket.getaddrinfo = _guarded, _looked_up
"""


class Started:
    """A workbench on which every sample was started at once."""

    def __init__(self, folder: Path) -> None:
        self.tried = folder / "tried"
        self.workbench = Workbench(Settings(folder / "stepscope.db", (str(SAMPLES),), sys.executable))
        self.runs = {name: self.start(source) for name, source in SOURCES.items()}

    def start(self, source: WorkflowSource) -> str:
        """Start a run with the sample's example input."""
        return self.workbench.supervisor.start(source, source.example_input, {"timeout": None, "verbose": False})

    def settled(self, run_id: str, seconds: float = 200.0) -> Run:
        """The run once it has ended or has left memory to wait for a person."""
        return until_run(self.workbench.store, run_id, lambda run: run.ended or is_let_go(run), seconds)


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for data, with the network shut for every Python process that starts meanwhile."""
    folder = tmp_path_factory.mktemp("runners")
    (folder / "shut").mkdir()
    (folder / "shut" / "sitecustomize.py").write_text(SHUT, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder / "shut"), prepend=os.pathsep)
        patch.setenv("TRIED", str(folder / "tried"))
        patch.delenv("OPENAI_API_KEY", raising=False)
        patch.setattr("inspectors.runner.link.SILENT_SECONDS", 600.0)  # twenty of them start at once
        yield folder


@pytest.fixture(scope="module")
def started(shut: Path) -> Iterator[Started]:
    """All samples, started side by side; no runner is left behind."""
    made = Started(shut)
    try:
        yield made
    finally:
        for run in made.workbench.store.live_runs():
            made.workbench.supervisor.cancel(run.run_id)
        deadline = time.monotonic() + 8
        while any(run.loaded for run in made.workbench.store.live_runs()) and time.monotonic() < deadline:
            time.sleep(0.02)
        made.workbench.close()


@pytest.mark.parametrize("name", SOURCES)
def test_a_sample_ends_as_it_should_and_is_recorded_whole(name: str, started: Started) -> None:
    run = started.settled(started.runs[name])
    assert run.status == ENDS.get(name, "done"), run.error
    assert (run.result is not None) == (run.status == "done")
    records = started.workbench.store.records(run.run_id)
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    kinds = {record["kind"] for record in records}
    assert not kinds & TROUBLE
    entered = {record["step"] for record in records if record["kind"] == "invocation_started"}
    steps = {node["name"] for node in SOURCES[name].graph["nodes"] if node["kind"] == "step"}
    assert entered <= steps


def test_the_second_run_hits_the_cache(started: Started) -> None:
    source = SOURCES["rag_cache.RAGWorkflow"]
    first = started.settled(started.runs["rag_cache.RAGWorkflow"])
    second = started.settled(started.start(source))
    assert first.result is not None and second.result is not None
    assert (first.result["value"]["cache_hit"], second.result["value"]["cache_hit"]) == (False, True)


def test_no_sample_asked_for_the_network(started: Started) -> None:
    for run_id in started.runs.values():
        started.settled(run_id)
    assert not started.tried.exists(), started.tried.read_text(encoding="utf-8")


def test_the_network_is_really_shut(shut: Path) -> None:
    """What the runners start under does refuse, and does write down."""
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    tried = {"TRIED": str(shut / "control")}
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **tried}, capture_output=True, check=False)
    assert done.returncode == 1 and b"the network is shut" in done.stderr
    assert (shut / "control").read_text(encoding="utf-8") == "192.0.2.1\n"
