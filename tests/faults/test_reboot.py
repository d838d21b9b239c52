"""Server and runners killed together, their numbers given to other processes: the next start finds all as it should."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspectors.runner.resuming import plan_of
from inspectors.store import Run, Store
from inspectors.workbench import Workbench
from tests.e2e.app_process import PROJECT
from tests.faults.killing import kill_all
from tests.faults.server_trials import give_pids_to
from tests.faults.workloads import APPROVAL, LIST, PIPELINE
from tests.runner.conftest import gated, settings_for
from tests.waiting import until_run

SERVER = """
import sys, time
from pathlib import Path
from inspectors.discovery import discover
from inspectors.settings import Settings
from inspectors.workbench import Workbench
workbench = Workbench(Settings(Path(sys.argv[1]), (), sys.executable))
for wanted in sys.argv[2:]:
    file, name, values = wanted.split("|")
    source = next(source for source in discover([file]).workflows if source.name == name)
    print(workbench.supervisor.start(source, eval(values)), flush=True)
time.sleep(600)
"""


class Machine:
    """A server in a process of its own, and the database that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "stepscope.db")
        self._server: subprocess.Popen[str] | None = None

    def start(self, *wanted: str) -> list[str]:
        """Start a server, and in it a run of each `file|class|input`; their ids."""
        command = [sys.executable, "-c", SERVER, str(self.store.path), *wanted]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)
        assert self._server.stdout is not None
        return [self._server.stdout.readline().strip() for _ in wanted]

    def wait(self, run_id: str, condition: Callable[[Run], object]) -> None:
        """Wait until the condition holds of a run."""
        until_run(self.store, run_id, condition)

    def run(self, run_id: str) -> Run:
        """The run with this id."""
        run = self.store.run(run_id)
        assert run is not None
        return run

    def kill_server(self) -> None:
        """`kill -9` of the server alone."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            assert self._server.stdout is not None
            self._server.stdout.close()
            self._server = None

    def power_cut(self) -> None:
        """All processes are gone, and what the rows of runners say of them is true of another."""
        self.kill_server()
        kill_all(row.pid for row in self.store.runners() if row.pid is not None)
        give_pids_to(os.getpid(), self.store.path)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    try:
        yield made
    finally:
        made.power_cut()
        made.store.close()


@pytest.fixture
def restarted(machine: Machine) -> Iterator[Callable[[], Workbench]]:
    """Start a server in this process; it is closed in the end."""
    started: list[Workbench] = []

    def start() -> Workbench:
        started.append(Workbench(settings_for(machine.folder)))
        return started[-1]

    yield start
    for workbench in started:
        workbench.close()


def test_after_a_power_cut_paused_runs_can_be_answered_and_others_resumed(
    machine: Machine, restarted: Callable[[], Workbench]
):
    paused, asking, chain, fan = machine.start(
        f"{APPROVAL.file}|ApprovalWorkflow|{APPROVAL.input}",
        f"{APPROVAL.file}|ApprovalWorkflow|{APPROVAL.input}",
        f"{PIPELINE.file}|LongPipelineWorkflow|{{'pace': 0.5}}",
        f"{LIST.file}|FanOutWorkflow|{{'size': 40, 'pace': 2.0}}",
    )
    machine.wait(paused, lambda run: run.status == "waiting" and not run.loaded)
    machine.wait(asking, lambda run: run.status == "waiting")
    machine.wait(chain, lambda run: run.last_seq > 20)
    machine.wait(fan, lambda run: run.last_seq > 60)
    machine.power_cut()

    workbench = restarted()
    found = {run_id: machine.run(run_id) for run_id in (paused, asking, chain, fan)}
    assert {run_id: (run.status, run.loaded) for run_id, run in found.items()} == {
        paused: ("waiting", False),
        asking: ("waiting", False),
        chain: ("interrupted", False),
        fan: ("interrupted", False),
    }
    assert machine.store.runners() == []
    for run_id in (paused, asking):
        (prompt,) = machine.store.prompts(run_id)
        assert workbench.supervisor.answer(prompt.prompt_id, {"response": "APPROVE"}).accepted
    for run_id, again in ((chain, {"read_chunk"}), (fan, {"work"})):
        plan = plan_of(machine.store, found[run_id])
        assert plan.possible and set(plan.again) == again and plan.kept > 0
        assert workbench.supervisor.resume(run_id).accepted
    for run_id in found:
        machine.wait(run_id, lambda run: run.status == "done")
    results = {run_id: machine.run(run_id).result for run_id in found}
    assert APPROVAL.right(results[paused]) and APPROVAL.right(results[asking]) and PIPELINE.right(results[chain])
    value = (results[fan] or {})["value"]
    assert value["squares"] == [number**2 for number in range(40)] and value["kept"] == sum(range(40))


@pytest.mark.parametrize("alone", [True, False], ids=["server", "server and runner"])
def test_a_run_whose_server_died_before_its_runner_was_ready_is_not_forgotten(
    machine: Machine, restarted: Callable[[], Workbench], alone: bool
):
    gate, file = machine.folder / "gate", machine.folder / "approval.py"
    file.write_text(gated(APPROVAL.file.read_text(), gate))
    (run_id,) = machine.start(f"{file}|ApprovalWorkflow|{APPROVAL.input}")
    machine.kill_server() if alone else machine.power_cut()
    assert machine.run(run_id).status == "starting", "the runner is still importing"
    gate.touch()
    workbench = restarted()
    machine.wait(run_id, lambda run: run.status in ("waiting", "interrupted"))
    if machine.run(run_id).status == "interrupted":
        assert workbench.supervisor.resume(run_id).accepted
    machine.wait(run_id, lambda run: run.status == "waiting")
    (prompt,) = machine.store.prompts(run_id)
    assert workbench.supervisor.answer(prompt.prompt_id, {"response": "APPROVE"}).accepted
    machine.wait(run_id, lambda run: run.status == "done")
