"""Steps that hold their runner up, flood it or eat its memory: the run says so, and nobody else notices."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inspectors.recording.run_output import MOST_CHARACTERS
from tests.runner.conftest import FAULTY, Bench, settings_for, workbench_on

LIMIT = 300_000_000


def line_of(text: str) -> int:
    """The number of the line of faulty.py that holds this text."""
    lines = FAULTY.read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


# -- what holds a runner up -------------------------------------------------------------------------


def test_a_step_that_blocks_the_loop_is_named_with_its_line_and_the_seconds_grow(shared: Bench, tmp_path: Path):
    over = tmp_path / "over"
    run_id = shared.start("Blocks", seconds=110, sign=str(over))
    waiting = shared.start("Sleeps", seconds=0.01)
    said = shared.noticed(run_id, "Step `block` has blocked the event loop for")
    lines = [line_of("while time.monotonic() < over and not"), line_of("time.sleep(0.02)")]
    assert any(f"faulty.py, line {line}" in said for line in lines)
    first = int(re.findall(r"for (\d+) s", said)[0])
    shared.until(lambda: int((re.findall(r"for (\d+) s", shared.notice(run_id)) or ["0"])[0]) > first)
    assert f"step `block` of run `{run_id}`" in shared.noticed(waiting, "This run waits")
    over.touch()
    assert shared.ended(run_id).result == {"type": "str", "value": "awake"}
    assert shared.ended(waiting).status == "done"
    assert shared.kinds(run_id)[-4:].count("unblocked") == 1


def test_a_step_that_spins_in_python_is_named(shared: Bench, tmp_path: Path):
    over = tmp_path / "over"
    run_id = shared.start("Spins", seconds=110, sign=str(over))
    assert "faulty.py, line" in shared.noticed(run_id, "Step `spin` has blocked the event loop for")
    over.touch()
    assert shared.ended(run_id).status == "done"


@pytest.fixture(scope="module")
def silent(shared: Bench, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Runs that keep their runners from saying anything, each in one of its own, begun at the same time."""
    folder = tmp_path_factory.mktemp("silent")
    runs = {}
    for name, values in {
        "KeepsInterpreter": {"seconds": 12},
        "Holds": {"length": 40},
        "Sleeps": {"seconds": 60},
    }.items():
        file = folder / f"{name.lower()}.py"
        file.write_text(FAULTY.read_text())
        runs[name] = shared.start(name, file, timeout=240.0, go=str(folder / "go"), **values)
    for run_id in runs.values():
        shared.until(lambda run_id=run_id: "invocation_started" in shared.kinds(run_id))
    (folder / "go").touch()
    return runs


def test_held_interpreter_is_told_from_outside_and_recorded_when_it_is_let_go(shared: Bench, silent: dict[str, str]):
    run_id = silent["KeepsInterpreter"]
    said = shared.noticed(run_id, f"keepsinterpreter.py, line {line_of('PyDLL(None)')}")
    assert said.startswith("Step `wait` has blocked its whole runner for"), "the stack is written from outside"
    assert shared.ended(run_id).status == "done"
    blocked = next(record for record in shared.store.records(run_id) if record["kind"] == "blocked")
    assert blocked["step"] == "wait" and blocked["lock"] and blocked["seconds"] > 4
    assert shared.kinds(run_id).count("unblocked") == 1


def test_a_backtracking_expression_is_ended_by_cancel_without_the_runners_help(shared: Bench, silent: dict[str, str]):
    run_id = silent["Holds"]
    shared.noticed(run_id, "Step `search` has blocked its whole runner for")
    shared.supervisor.cancel(run_id)
    shared.noticed(run_id, "`search` doesn’t react. Its runner will be ended in ")
    assert shared.ended(run_id).status == "cancelled", "after the grace time, by itself"


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_a_stopped_process_is_said_to_be(shared: Bench, silent: dict[str, str]):
    run_id = silent["Sleeps"]
    run = shared.store.run(run_id)
    assert run is not None and run.runner_id is not None
    row = shared.store.runner(run.runner_id)
    assert row is not None and row.pid is not None
    os.kill(row.pid, signal.SIGSTOP)
    try:
        shared.noticed(run_id, "has been stopped from outside for")
    finally:
        os.kill(row.pid, signal.SIGCONT)
    shared.until(lambda: shared.notice(run_id) == "")
    shared.supervisor.cancel(run_id)
    ended = shared.ended(run_id)
    assert ended.status == "cancelled", ended.error


def test_an_engine_that_is_busy_with_itself_is_said_to_be(shared: Bench):
    run_id = shared.start("FansOutWide", timeout=600.0, width=1200)
    said = shared.noticed(run_id, "The engine itself is busy, for", 40)
    assert re.search(r"now: [\d,]+ events wait\. Wide fan-outs take it quadratically longer\.", said)
    shared.until(lambda: "blocked" in shared.kinds(run_id), 60)  # a tick is committed as a whole
    blocked = next(record for record in shared.store.records(run_id) if record["kind"] == "blocked")
    assert blocked["step"] is None and blocked["queued"] >= 100
    shared.supervisor.cancel(run_id)
    shared.supervisor.end_now(run_id)
    assert shared.ended(run_id, 40).status == "cancelled"


# -- what ends a step, and not its runner -----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("Interrupts", "StepExited", "KeyboardInterrupt"),
        ("RaisesBase", "OwnBase", "past everything"),
        ("CancelsItself", "StepCancelledItself", "though nobody cancelled it"),
    ],
)
def test_what_is_no_exception_fails_its_run_alone(shared: Bench, name: str, error: str, words: str):
    beside = shared.start("Sleeps", seconds=0.5)
    run = shared.ended(shared.start(name))
    assert run.status == "failed" and run.error is not None
    assert run.error["type"] == error and words in run.error["message"]
    assert shared.ended(beside).status == "done"


def test_sys_exit_in_a_task_that_a_step_left_behind_leaves_the_runner_alive(shared: Bench):
    beside = shared.start("Sleeps", seconds=1)
    run = shared.ended(shared.start("ExitsInTask"))
    assert run.status == "done"
    assert shared.ended(beside).status == "done" and shared.store.run(beside).runner_id == run.runner_id


# -- floods -----------------------------------------------------------------------------------------


def test_a_flood_of_prints_is_cut_and_says_how_much_was_left_out(shared: Bench):
    run = shared.ended(shared.start("PrintsMuch", megabytes=30), 60)
    assert run.status == "done"
    records = shared.store.records(run.run_id)
    kept = sum(len(record["text"]) for record in records if record["kind"] == "printed" and type(record["text"]) is str)
    told = [record for record in records if record["kind"] == "output_left_out"]
    assert kept < 1.1 * MOST_CHARACTERS
    assert told[-1]["characters"] + kept > 29_000_000


@pytest.mark.parametrize(("name", "events"), [("SendsMany", 400), ("StreamsMany", 3000)])
def test_many_events_at_once_are_all_recorded(shared: Bench, name: str, events: int):
    run = shared.ended(shared.start(name, events=events), 60)
    assert run.status == "done"
    assert shared.kinds(run.run_id).count("event") >= events


def test_megabytes_in_an_event_are_cut_in_its_record(shared: Bench):
    run = shared.ended(shared.start("CarriesMuch", megabytes=10), 60)
    assert run.status == "done" and run.result == {"type": "int", "value": 10_000_000}
    assert max(len(str(record)) for record in shared.store.records(run.run_id)) < 200_000


# -- memory -----------------------------------------------------------------------------------------


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Bench]:
    """A workbench whose runners may use 300 MB."""
    with workbench_on(replace(settings_for(tmp_path), memory_limit=LIMIT)) as made:
        yield made


def test_a_runner_that_uses_too_much_memory_is_ended_and_the_run_says_what_to_do(narrow: Bench):
    paused = narrow.start("AsksTwice")
    narrow.let_go(paused)
    run = narrow.ended(narrow.start("Eats", megabytes=5000), 40)
    assert run.status == "interrupted" and run.error is not None
    said = "The runner used more than 300 MB and was ended while load was running. Let it hold less at once, or raise "
    assert run.error["message"].startswith(f"{said}STEPSCOPE_MEMORY_LIMIT")
    assert run.error["step"] == "load"
    assert narrow.store.run(paused).status == "waiting", "a run that only waits for a person is not touched"
    assert narrow.ended(narrow.start("Sleeps", seconds=0.01)).status == "done", "the next run gets a new runner"


def test_memory_that_a_file_takes_when_it_is_imported_fails_its_runs(narrow: Bench, tmp_path: Path):
    file = tmp_path / "greedy.py"
    file.write_text(
        "import time\nkept = []\nfor _ in range(400):\n    kept.append(b'x' * 10_000_000)\n    time.sleep(0.02)\n"
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        "class Greedy(Workflow):\n    @step\n    async def rest(self, ev: StartEvent) -> StopEvent:\n"
        "        return StopEvent()\n"
    )
    run = narrow.ended(narrow.start("Greedy", file), 40)
    assert run.status == "failed" and run.error is not None
    assert "used more than 300 MB and was ended while it imported greedy.py" in run.error["message"]
