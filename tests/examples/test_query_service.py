"""The service answers from the handbook, refuses what isn't a question, and can be started as its README says."""

import contextlib
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi.testclient import TestClient

from inspectors.recording import elsewhere
from inspectors.store import Store
from tests.e2e.app_process import free_port
from tests.waiting import until
from tests.workflows.running import no_network

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the service, imported afresh and forgotten, with its change of sys.path."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("query_service", EXAMPLES / "query_service.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "query_service", module)
    with no_network() as tried:
        spec.loader.exec_module(module)
        yield module
        elsewhere.close_programs()
    sys.modules.pop("rag_sources", None)
    assert tried == []


def test_a_question_gets_an_answer_with_sources(service: ModuleType) -> None:
    with TestClient(service.app) as client:
        answer = client.post("/query", json={"query": "When do keys expire?"})
        again = client.post("/query", json={"query": "What is the main topic?"})
    assert answer.status_code == again.status_code == 200
    assert answer.json()["answer"].startswith("Keys expire after 90 days.")
    assert answer.json()["sources"][0] == "authentication.txt"
    assert answer.json()["num_sources"] == len(answer.json()["sources"])
    assert again.json()["sources"][0] == "overview.txt"


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": 7}, {"query": "x" * 1001}, [], "text"])
def test_what_is_not_a_question_is_refused(service: ModuleType, body: object) -> None:
    with TestClient(service.app) as client:
        assert client.post("/query", json=body).status_code == 422
        assert client.get("/query").status_code == 405


def test_a_run_that_takes_too_long_is_a_sentence(service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.workflow, "_timeout", 0.01)
    with TestClient(service.app) as client:
        answer = client.post("/query", json={"query": "When do keys expire?"})
    assert (answer.status_code, answer.json()) == (
        504,
        {"detail": "The question took too long to answer. Ask a shorter one."},
    )


def test_each_request_is_a_run_that_stepscope_shows(service: ModuleType, own_database: Path) -> None:
    with TestClient(service.app) as client:
        client.post("/query", json={"query": "When do keys expire?"})
    elsewhere.close_programs()
    store = Store(own_database)
    (run,) = store.runs()
    assert (run.workflow, run.status, run.origin, run.input) == (
        "RAGWorkflow",
        "done",
        "script",
        {"query": "When do keys expire?"},
    )
    assert run.file == str(EXAMPLES.parent / "workflows" / "rag_sources.py")
    store.close()


def test_the_command_in_its_readme_starts_it(tmp_path: Path, own_database: Path) -> None:
    command = "uvicorn query_service:app --app-dir examples"
    assert command in (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert command in (EXAMPLES / "query_service.py").read_text(encoding="utf-8")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", *command.split(), "--port", str(port)],
            cwd=EXAMPLES.parent,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        answer = _ask_until_it_listens(server, port)
        assert "office is enough" in answer.json()["answer"]
        assert not re.search("error|warning", log.read_text(encoding="utf-8"), re.IGNORECASE)
        # Before it is ended: the records come after the answer, and the signal that ends uvicorn ends their writer.
        with contextlib.closing(Store(own_database)) as store:
            run = until(lambda: next((run for run in store.runs() if run.ended), None), "a recorded run")
            assert (run.status, run.options["program"], store.count_runs()) == ("done", "uvicorn", 1)
    finally:
        server.terminate()
        server.wait(60)


def _ask_until_it_listens(server: "subprocess.Popen[bytes]", port: int) -> httpx.Response:
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.post(f"http://127.0.0.1:{port}/query", json={"query": "Who pays nothing?"}, timeout=60)
        except httpx.ConnectError:
            assert server.poll() is None and time.monotonic() < deadline, "the service did not start"
            time.sleep(0.1)
