"""Servers and runners that die, twice over one database: runs are found again and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from inspectors.runner.processes import is_alive
from inspectors.workbench import Workbench
from tests.runner.conftest import FAULTY, PATIENCE, Bench, settings_for

PROJECT = Path(__file__).resolve().parents[2]
SERVER = """
import sys, time
from pathlib import Path
from inspectors.workbench import Workbench
from inspectors.settings import Settings
from inspectors.discovery import discover
workbench = Workbench(Settings(Path(sys.argv[1]), (sys.argv[2],), sys.executable))
source = next(s for s in discover([sys.argv[2]]).workflows if s.name == sys.argv[3])
print(workbench.supervisor.start(source, eval(sys.argv[4])), flush=True)
time.sleep(600)
"""


def _server(folder: Path, name: str, values: str) -> tuple[subprocess.Popen[str], str]:
    """Another process with a workbench, which has started a run."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder / "stepscope.db"), str(FAULTY), name, values],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _runner_pids(bench: Bench) -> list[int]:
    return [row.pid for row in bench.store.runners() if row.pid is not None]


def _gone(pids: list[int], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(is_alive(pid, None) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _paused_run_whose_processes_were_killed(folder: Path, name: str) -> str:
    """Start a run in another server, let it pause, then kill that server and its runner."""
    process, run_id = _server(folder, name, "{}")
    try:
        watcher = Bench(Workbench(settings_for(folder)))
        watcher.let_go(run_id)
        pids = _runner_pids(watcher)
        watcher.workbench.close()
    finally:
        _kill(process)
    for pid in pids:
        with suppress(ProcessLookupError):  # a runner without a server ends by itself
            os.kill(pid, signal.SIGKILL)
    assert _gone(pids)
    return run_id


def test_a_paused_run_is_taken_up_by_another_runner_after_both_processes_were_killed(tmp_path: Path):
    run_id = _paused_run_whose_processes_were_killed(tmp_path, "AsksTwice")
    bench = Bench(Workbench(settings_for(tmp_path)))
    try:
        prompt = bench.store.prompts(run_id)[0]
        assert bench.supervisor.answer(prompt.prompt_id, {"number": 20}).accepted
        bench.wait(run_id, lambda run: len(bench.store.prompts(run_id, status=None)) == 2 and run.status == "waiting")
        bench.supervisor.answer(bench.store.prompts(run_id)[0].prompt_id, {"number": 22})
        assert bench.ended(run_id).result["value"] == 42
        steps = [record["step"] for record in bench.store.records(run_id) if record["kind"] == "invocation_started"]
        assert steps == ["ask", "take", "take"]
        assert bench.kinds(run_id).count("run_started") >= 2
    finally:
        bench.workbench.close()


def test_a_wait_inside_a_step_survives_both_processes_too(tmp_path: Path):
    run_id = _paused_run_whose_processes_were_killed(tmp_path, "WaitsInside")
    bench = Bench(Workbench(settings_for(tmp_path)))
    try:
        bench.supervisor.answer(bench.store.prompts(run_id)[0].prompt_id, {"number": 5})
        assert bench.ended(run_id).result["value"] == 5
        started = [record for record in bench.store.records(run_id) if record["kind"] == "invocation_started"]
        assert len(started) == 2, "once before the pause, once with the answer; never only to learn what it waits for"
        assert started[1]["consumed"][0] == started[0]["consumed"][0]
    finally:
        bench.workbench.close()


def test_a_run_goes_on_when_its_server_is_killed_and_the_next_server_finds_it(tmp_path: Path):
    process, run_id = _server(tmp_path, "Sleeps", f"{{'sign': {str(tmp_path / 'over')!r}}}")
    bench = Bench(Workbench(settings_for(tmp_path)))
    try:
        bench.wait(run_id, lambda run: run.status == "running")
        _kill(process)
        (tmp_path / "over").touch()
        assert bench.ended(run_id).status == "done"
        assert _gone(_runner_pids(bench)), "a runner without runs and without a server ends by itself"
    finally:
        bench.workbench.close()


def test_two_servers_share_one_runner_and_either_may_answer(tmp_path: Path):
    first, second = Bench(Workbench(settings_for(tmp_path))), Bench(Workbench(settings_for(tmp_path)))
    try:
        run_id = first.start("AsksTwice")
        first.let_go(run_id)
        second.supervisor.answer(second.store.prompts(run_id)[0].prompt_id, {"number": 1}, "second")
        second.wait(run_id, lambda run: len(second.store.prompts(run_id)) == 1 and run.status == "waiting")
        assert len(_runner_pids(first)) == 1
        first.supervisor.answer(first.store.prompts(run_id)[0].prompt_id, {"number": 2}, "first")
        assert first.ended(run_id).result["value"] == 3
    finally:
        first.workbench.close()
        second.workbench.close()


def test_an_answer_kept_by_a_server_that_died_is_carried_by_the_next(tmp_path: Path):
    bench = Bench(Workbench(settings_for(tmp_path)))
    run_id = bench.start("AsksTwice")
    bench.let_go(run_id)
    prompt_id = bench.store.prompts(run_id)[0].prompt_id
    bench.workbench.close()
    bench = Bench(Workbench(settings_for(tmp_path)))
    try:
        bench.store.add_answer(prompt_id, {"number": 4}, "Ada")  # kept, but its server died before telling any runner
        bench.wait(run_id, lambda run: bench.store.prompt(prompt_id).status == "answered")
    finally:
        bench.workbench.close()


def test_nothing_is_left_after_a_clean_stop(tmp_path: Path):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    bench = Bench(Workbench(settings_for(tmp_path)))
    bench.ended(bench.start("Sleeps", seconds=0.01))
    bench.workbench.close()
    after = {child.pid for child in psutil.Process().children(recursive=True)}
    assert after <= before
    assert list((tmp_path / "stepscope.db.runners").iterdir()) == []
    leftover = Workbench(settings_for(tmp_path))
    assert leftover.store.runners() == []
    leftover.close()
