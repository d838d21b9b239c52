"""Two servers, in two processes, on one database at the same time: neither takes anything from the other."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from inspectors.runner.burial import end_run
from inspectors.runner.processes import is_alive, started_at
from inspectors.server.run_views import RunViews
from inspectors.store import Store
from inspectors.store.records import Overtaken
from inspectors.workbench import Workbench
from tests.runner.conftest import FAULTY, PATIENCE, Bench, settings_for
from tests.runner.other_server import OtherServer


@pytest.fixture
def ours(bench: Bench) -> Bench:
    return bench


@pytest.fixture
def other(ours: Bench) -> Iterator[OtherServer]:
    with OtherServer(ours.store.path, FAULTY) as server:
        yield server


def begun(bench: Bench, run_id: str) -> int:
    """How often a run was begun or taken up."""
    return bench.kinds(run_id).count("run_started")


def test_both_start_runs_of_one_file_at_once_and_answer_one_prompt_at_once(ours: Bench, other: OtherServer):
    for _ in range(2):
        other.say("start", "AsksTwice", {})
    runs = [ours.start("AsksTwice") for _ in range(2)]
    runs += [other.heard() for _ in range(2)]
    assert len(set(runs)) == 4
    for run_id in runs:
        ours.let_go(run_id)
        assert begun(ours, run_id) == 1
    for number, run_id in enumerate(runs):
        (prompt,) = ours.store.prompts(run_id)
        other.say("answer", prompt.prompt_id, {"number": 10}, "Grace")
        mine = ours.supervisor.answer(prompt.prompt_id, {"number": 20}, "Ada")
        theirs, sentence = other.heard()
        assert [mine.accepted, theirs].count(True) == 1, (mine, sentence)
        first, told = ("Ada", sentence) if mine.accepted else ("Grace", mine.sentence)
        assert re.fullmatch(rf"Already answered by {first} at \d\d:\d\d\.", told)
        ours.wait(run_id, lambda run: run.status == "waiting" and len(ours.store.prompts(run.run_id)) == 1)
        ours.let_go(run_id)
        second = ours.store.prompts(run_id)[0].prompt_id
        if number % 2:
            assert ours.supervisor.answer(second, {"number": 1}).accepted
        else:
            assert other.does("answer", second, {"number": 1}, "") == [True, ""]
        ended = ours.ended(run_id)
        assert ended.result is not None and ended.result["value"] == (21 if mine.accepted else 11)
        assert begun(ours, run_id) == 3, "taken up once for each answer, by one of the two"


def test_a_server_that_ends_leaves_the_other_its_runner_and_its_runs(ours: Bench, other: OtherServer, tmp_path: Path):
    first = other.does("start", "Sleeps", {"seconds": 0.01})
    ours.ended(first)
    (row,) = ours.store.runners()
    sign = tmp_path / "over"
    run_id = ours.start("Sleeps", sign=str(sign))  # in the runner that the other has started
    ours.wait(run_id, lambda run: run.status == "running" and run.runner_id == row.runner_id)
    other.does("close")
    other.process.wait(PATIENCE)
    sign.touch()
    assert ours.ended(run_id).status == "done" and is_alive(row.pid, row.process_started)
    another = Workbench(settings_for(ours.store.path.parent))
    another.supervisor.open(ours.source("Sleeps"))
    assert another.supervisor.status(ours.source("Sleeps")).state == "ready"
    another.close()
    assert is_alive(row.pid, row.process_started), "a server that has only used it doesn't end it"
    assert ours.ended(ours.start("Sleeps", seconds=0.01)).runner_id == row.runner_id


def test_one_is_killed_and_the_other_goes_on_with_all_there_is(ours: Bench, other: OtherServer):
    theirs = other.does("start", "Sleeps", {"seconds": 60.0})
    paused = other.does("start", "AsksTwice", {})
    mine = ours.start("Sleeps", seconds=1.0)
    ours.let_go(paused)
    ours.wait(theirs, lambda run: run.status == "running")
    other.kill()
    assert ours.ended(mine).status == "done"
    assert ours.supervisor.answer(ours.store.prompts(paused)[0].prompt_id, {"number": 1}).accepted
    ours.wait(paused, lambda run: begun(ours, paused) == 2)
    ours.supervisor.cancel(theirs, "Ada")
    assert ours.ended(theirs).status == "cancelled"
    ours.supervisor.cancel(paused)
    assert ours.ended(paused).status == "cancelled"


def test_a_runner_that_dies_is_buried_once_and_its_run_taken_up_by_one(ours: Bench, other: OtherServer):
    paused, going = other.does("start", "AsksTwice", {}), other.does("start", "Sleeps", {"seconds": 60.0})
    ours.let_go(paused)
    ours.wait(going, lambda run: run.status == "running")
    (pid,) = {row.pid for row in ours.store.runners()}
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert ours.ended(going).status == "interrupted"
    assert ours.kinds(going).count("run_ended") == 1
    ours.until(lambda: not any(row.pid == pid for row in ours.store.registered()))
    other.say("answer", ours.store.prompts(paused)[0].prompt_id, {"number": 1}, "")
    ours.supervisor._carrier.carry_waiting()  # as the watch of each server does when an answer lies there
    assert other.heard() == [True, ""]
    ours.wait(paused, lambda run: run.status == "waiting" and not run.loaded and begun(ours, paused) == 2)
    ours.supervisor.cancel(paused)
    ours.ended(paused)


def test_who_ends_a_run_that_another_has_just_ended_changes_nothing(ours: Bench):
    run_id = ours.start("AsksTwice")
    waiting = ours.let_go(run_id)
    end_run(ours.store, waiting, "cancelled", None)
    end_run(ours.store, waiting, "interrupted", None)  # as it looks to a server that has not heard of it
    assert ours.ended(run_id).status == "cancelled"
    assert ours.kinds(run_id).count("run_ended") == 1


def test_who_ends_a_run_that_has_gone_on_is_told(ours: Bench):
    run_id = ours.start("AsksTwice")
    waiting = ours.let_go(run_id)
    assert ours.supervisor.answer(ours.store.prompts(run_id)[0].prompt_id, {"number": 1}).accepted
    ours.wait(run_id, lambda run: run.status == "waiting" and not run.loaded and begun(ours, run_id) == 2)
    with pytest.raises(Overtaken):
        end_run(ours.store, waiting, "cancelled", None)
    assert ours.store.run(run_id).status == "waiting"
    ours.supervisor.cancel(run_id)
    assert ours.ended(run_id).status == "cancelled"


def test_a_run_that_one_deletes_is_gone_for_the_other(ours: Bench, other: OtherServer):
    run_id = ours.start("Sleeps", seconds=0.01)
    views = RunViews(ours.store)
    run = ours.ended(run_id)
    assert views.get(run).advance(run.last_seq)
    assert other.does("delete", run_id) == 1
    assert ours.store.run(run_id) is None and views.get(run).advance(run.last_seq) == []
    assert ours.supervisor.answer("no-such-prompt", {}).sentence == "This request is not there any more."
    ours.supervisor.cancel(run_id)  # from a page that still shows it


def test_a_database_from_another_machine_or_before_a_reboot(tmp_path: Path):
    """Its rows name processes that are others here, or none: their runs are interrupted, and nobody is killed."""
    store = Store(tmp_path / "stepscope.db")
    stranger = psutil.Process().pid  # a process with that pid, which started at another time
    runs = {}
    for status, pid, started in (
        ("ready", stranger, (started_at(stranger) or 0.0) + 77.0),
        ("starting", 4_000_000, 1.0),
        ("starting", None, None),
        ("failed", 4_000_001, 1.0),
    ):
        row = store.create_runner(file="/f.py", version="1", owner_pid=4_000_002, owner_started=1.0)
        store.update_runner(row.runner_id, status=status, pid=pid, process_started=started)
        runs[row.runner_id] = store.create_run(
            workflow="W", module="m", file="/f.py", version="1", input={}, runner_id=row.runner_id, loaded=True
        )
    store.close()
    workbench = Workbench(settings_for(tmp_path))
    try:
        assert workbench.store.registered() == []
        assert {workbench.store.run(run_id).status for run_id in runs.values()} == {"interrupted"}
    finally:
        workbench.close()
