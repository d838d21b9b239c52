"""Cancel: politely at first, then by ending the runner; what becomes of its other runs, and what it started."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.runner.conftest import Bench, settings_for, workbench_on
from tests.waiting import until


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def begun(bench: Bench, run_id: str) -> None:
    """Wait until a step of a run has begun."""
    bench.wait(run_id, lambda run: "invocation_started" in bench.kinds(run_id))


def child_of(bench: Bench, run_id: str) -> str:
    """The run that a step of this one has started, once its own step has begun."""
    found: list[str] = []

    def is_there() -> bool:
        found[:] = [run.run_id for run in bench.store.live_runs() if run.parent_run == run_id]
        return bool(found) and "invocation_started" in bench.kinds(found[0])

    bench.until(is_there)
    return found[0]


def test_a_polite_step_is_cancelled_without_anybody_elses_harm(shared: Bench, long_grace: None):
    run_id, other = shared.start("Sleeps", seconds=60), shared.start("Sleeps", seconds=1)
    begun(shared, run_id)
    shared.supervisor.cancel(run_id)
    assert shared.ended(run_id).status == "cancelled"
    run = shared.ended(other)
    assert run.status == "done" and run.runner_id == shared.store.run(run_id).runner_id


def test_runs_that_steps_have_started_end_with_the_cancelled_run(shared: Bench):
    run_id = shared.start("RunsInner", shield=True)
    child = child_of(shared, run_id)
    shared.supervisor.cancel(run_id)
    assert shared.ended(run_id).status == "cancelled"
    assert shared.ended(child).status == "cancelled"


def test_a_run_that_a_step_has_started_is_cancelled_alone(shared: Bench, long_grace: None):
    run_id = shared.start("RunsInner")
    child = child_of(shared, run_id)
    shared.supervisor.cancel(child)
    assert shared.ended(child).status == "cancelled"
    run = shared.ended(run_id)
    assert run.status == "failed", "its step awaited a run that was cancelled"
    assert run.error is not None and run.error["step"] == "outer"


def test_a_page_says_which_runs_end_with_the_runner_and_those_that_can_go_on_do(
    shared: Bench, tmp_path: Path, long_grace: None
):
    sign = tmp_path / "over"
    going, paused = shared.start("Sleeps", sign=str(sign)), shared.start("AsksTwice")
    held = shared.start("Unwritable", timeout=60)
    shared.let_go(paused)
    shared.wait(held, lambda run: run.status == "waiting")
    run_id = shared.start("ClingsWithInner")
    child = child_of(shared, run_id)
    shared.supervisor.cancel(run_id)
    said = shared.noticed(run_id, "`cling` doesn’t react. Its runner will be ended in ")
    assert f"`{going}` (taken up again)" in said and f"`{held}` (interrupted)" in said
    assert paused not in said and child not in said
    shared.supervisor.end_now(run_id)
    assert shared.ended(run_id).status == "cancelled"
    sign.touch()  # what is taken up again may end
    assert shared.ended(child).status == "cancelled"
    interrupted = shared.ended(held)
    assert interrupted.status == "interrupted"
    assert f"run {run_id} in it did not react to Cancel" in interrupted.error["message"]
    again = shared.ended(going)
    assert again.status == "done" and again.result == {"type": "str", "value": "rested"}
    assert again.runner_id != shared.store.run(run_id).runner_id
    assert shared.store.run(paused).status == "waiting"


@pytest.mark.parametrize("vanishes", [False, True])
def test_what_a_step_has_started_ends_with_its_runner(shared: Bench, tmp_path: Path, vanishes: bool):
    file = tmp_path / "pids"
    run_id = shared.start("StartsProcesses", pids=str(file), vanish=vanishes)
    shared.until(lambda: file.exists() and len(file.read_text().split()) == 2)
    pids = [int(pid) for pid in file.read_text().split()]
    if not vanishes:
        shared.supervisor.cancel(run_id)
        shared.supervisor.end_now(run_id)
    assert shared.ended(run_id).status == ("interrupted" if vanishes else "cancelled")
    shared.until(lambda: all(is_gone(pid) for pid in pids))


def test_what_a_step_has_left_running_ends_when_the_app_is_stopped(tmp_path: Path):
    file = tmp_path / "pids"
    with workbench_on(settings_for(tmp_path)) as bench:
        assert bench.ended(bench.start("StartsProcesses", pids=str(file), finish=True)).status == "done"
        pids = [int(pid) for pid in file.read_text().split()]
        assert not any(is_gone(pid) for pid in pids), "while its runner lives, they may serve the next run"
    until(lambda: all(is_gone(pid) for pid in pids))
