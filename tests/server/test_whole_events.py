"""The whole of what records cut, through the routes, from a real runner: while it lives, and after."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from inspectors.discovery import discover
from inspectors.recording.values import LIMIT
from inspectors.settings import read_settings
from inspectors.store import Run
from inspectors.workbench import get_workbench
from tests.waiting import until

PATIENCE = 60.0


def run_large() -> Run:
    """A finished run of the workflow with large events, its runner still alive."""
    bench = get_workbench()
    (source,) = discover([Path(__file__).with_name("large.py")]).workflows
    run_id = bench.supervisor.start(source, {}, {})

    def ended() -> Run | None:
        run = bench.store.run(run_id)
        return run if run is not None and run.ended else None

    run: Run = until(ended, "the run ended")
    assert run.status == "done", run.error
    return run


def event_of(run: Run, type_name: str) -> dict[str, Any]:
    """The record of the only event of a type."""
    records = get_workbench().store.records(run.run_id)
    (found,) = [record for record in records if record["kind"] == "event" and record["type"] == type_name]
    return found


def test_what_was_cut_is_given_whole_while_its_runner_lives_and_then_a_sentence_is(client: TestClient) -> None:
    run = run_large()
    large = event_of(run, "Large")
    kept = large["fields"]["value"]["text"]
    assert (kept["size"], kept["type"]) == (700_000, "str") and len(kept["$cut"]) <= LIMIT
    place = f"/stepscope/api/runs/{run.run_id}"
    assert client.get(f"{place}/records/{large['seq']}").json()["whole"] == large["key"]

    answer = client.get(f"{place}/events/{large['key']}")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    whole = answer.json()
    assert whole["cut"] is False
    value = whole["fields"]["value"]
    assert (value["text"], value["items"]) == ("long é " * 100_000, list(range(5_000)))
    assert value["api_key"] == {"$masked": True}

    small = event_of(run, "StopEvent")
    assert client.get(f"{place}/records/{small['seq']}").json()["whole"] is None
    let_go = client.get(f"{place}/events/{small['key']}")
    assert let_go.status_code == 410
    assert let_go.json()["error"] == "The runner has let go of it: it keeps only the newest events whole."
    unknown = client.get(f"{place}/events/invocation_99.0")
    assert (unknown.status_code, unknown.json()["error"]) == (404, f"Run {run.run_id} has no event invocation_99.0.")
    assert client.get("/stepscope/api/runs/nothing/events/x1").status_code == 404

    runner = get_workbench().store.runner(run.runner_id or "")
    assert runner is not None and runner.pid is not None
    os.kill(runner.pid, signal.SIGKILL)
    until(lambda: client.get(f"{place}/events/{large['key']}").status_code == 410, "the runner is gone")
    gone = client.get(f"{place}/events/{large['key']}")
    assert gone.json()["error"] == "The runner that held it is gone. What was recorded is all there is."


def test_a_runner_keeps_as_much_as_the_setting_says(
    monkeypatch: pytest.MonkeyPatch, app: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STEPSCOPE_PAYLOAD_LIMIT", "2000")
    with TestClient(app):
        run = run_large()
        assert len(event_of(run, "Large")["fields"]["value"]["text"]["$cut"]) <= 2_000
    assert "STEPSCOPE_PAYLOAD_LIMIT" not in capsys.readouterr().err


@pytest.mark.parametrize("said", ["a lot", "-5", "999", "10000001", "1e5", "²", "9" * 400])
def test_a_limit_that_is_none_gets_a_sentence_at_start(
    monkeypatch: pytest.MonkeyPatch, app: Any, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    monkeypatch.setenv("STEPSCOPE_PAYLOAD_LIMIT", said)
    settings = read_settings([])
    assert settings.payload_limit == LIMIT
    with TestClient(app):
        pass
    told = " ".join(capsys.readouterr().err.split())
    assert f"STEPSCOPE_PAYLOAD_LIMIT is {said[:40]!r}, which is no number of characters" in told
    assert "from 1,000 to 10,000,000" in told and "Records keep 64,000 characters of an event." in told


@pytest.mark.parametrize(("said", "limit"), [("", LIMIT), ("1000", 1_000), ("250_000", 250_000), (" 64,000 ", 64_000)])
def test_limits_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch, said: str, limit: int) -> None:
    monkeypatch.setenv("STEPSCOPE_PAYLOAD_LIMIT", said)
    assert (read_settings([]).payload_limit, read_settings([]).notices) == (limit, ())
