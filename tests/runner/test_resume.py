"""Runs whose runner is killed at a chosen moment, and resumed in a new one: real processes, real signals."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inspectors.runner.burial import bury, siblings
from inspectors.runner.resuming import plan_of
from inspectors.store import Run
from inspectors.workbench import Workbench
from tests.runner.conftest import Bench, gated, settings_for

RESUMABLE = Path(__file__).parent / "resumable.py"


class Scene:
    """A bench, and the folder in which steps say that they are in flight."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench = bench
        self.store = bench.store
        self.folder = folder
        folder.mkdir()

    def start(self, name: str, timeout: float | None = None) -> str:
        """Start a run of a workflow in resumable.py."""
        return self.bench.start(name, RESUMABLE, timeout=timeout, folder=str(self.folder))

    def log(self) -> Counter[str]:
        """How often each step began its work."""
        file = self.folder / "log"
        return Counter(file.read_text().splitlines() if file.exists() else [])

    def in_flight(self, name: str, times: int = 1) -> None:
        """Wait until a step has begun its work so often."""
        self.bench.until(lambda: self.log()[name] >= times)

    def let(self, name: str) -> None:
        """Let a step end."""
        (self.folder / f"{name} may").touch()

    def settled(self, run_id: str, step: str) -> None:
        """Wait until it is committed that a step is in flight."""
        self.bench.until(lambda: step in {record.get("step") for record in self.store.records(run_id)})

    def kill(self, run_id: str) -> Run:
        """Kill the runner of a run; the run once it is found to be interrupted."""
        run = self.store.run(run_id)
        assert run is not None and run.runner_id is not None
        row = self.store.runner(run.runner_id)
        assert row is not None and row.pid is not None
        os.kill(row.pid, signal.SIGKILL)
        return self.bench.wait(run_id, lambda run: run.status == "interrupted")

    def resume(self, run_id: str) -> None:
        """Press Resume."""
        outcome = self.bench.supervisor.resume(run_id, "Ada")
        assert outcome.accepted, outcome.sentence

    def started(self, run_id: str) -> list[str]:
        """The steps in the order in which they began."""
        return [record["step"] for record in self.store.records(run_id) if record["kind"] == "invocation_started"]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Scene]]:
    """Scenes with folders of their own on one bench, whose runner is shared by their runs."""
    folder = tmp_path_factory.mktemp("resume")
    bench = Bench(Workbench(settings_for(folder)))
    yield lambda name: Scene(bench, folder / name)
    bench.workbench.close()


@pytest.fixture(scope="module")
def killed(scenes: Callable[[str], Scene]) -> dict[str, tuple[Scene, str]]:
    """One runner with a run of each workflow, killed while all of them are in the middle: (scene, run id) by name."""
    runs: dict[str, tuple[Scene, str]] = {}
    _begin(runs, scenes, "Chain", "TwoPeople", "Holding", "Outer")
    scene, run_id = runs["TwoPeople"]
    second = max(scene.store.prompts(run_id), key=lambda prompt: prompt.text)
    assert scene.bench.supervisor.answer(second.prompt_id, {"number": 4}).accepted
    scene.bench.until(lambda: scene.started(run_id).count("ask") == 4)
    _begin(runs, scenes, "Retries", "WaitsWithLimit", "Slow")
    scene.kill(run_id)
    for scene, run_id in runs.values():
        scene.bench.wait(run_id, lambda run: run.status == "interrupted")
    return runs


def _begin(runs: dict[str, tuple[Scene, str]], scenes: Callable[[str], Scene], *names: str) -> None:
    """Start runs, and wait until each is where the test wants it."""
    for name in names:
        scene = scenes(name)
        runs[name] = scene, scene.start(name, 6.0 if name == "Slow" else None)
    for name in names:
        scene, run_id = runs[name]
        scene.bench.until(lambda scene=scene, run_id=run_id, name=name: READY[name](scene, run_id))


def _outcomes(scene: Scene, run_id: str) -> list[str]:
    return [record["outcome"] for record in scene.store.records(run_id) if record["kind"] == "invocation_ended"]


READY: dict[str, Callable[[Scene, str], object]] = {
    "Chain": lambda scene, run_id: scene.log()["work 3"] and _outcomes(scene, run_id).count("ok") == 6,
    "Holding": lambda scene, run_id: scene.log()["go"],
    "Retries": lambda scene, run_id: _outcomes(scene, run_id) == ["error"],
    "Outer": lambda scene, run_id: scene.log()["inside"] and "around" in scene.started(run_id),
    "TwoPeople": lambda scene, run_id: scene.log()["busy"] and len(scene.store.prompts(run_id)) == 2,
    "WaitsWithLimit": lambda scene, run_id: scene.log()["busy"] and _outcomes(scene, run_id).count("waiting") == 1,
    "Slow": lambda scene, run_id: "more" in scene.started(run_id),
}
"""When each run is where the test wants it: a step in flight, two people asked, a wait begun. Those that run against
a clock (a retry's delay, a limit) are begun last, in a runner that is warm."""


@pytest.fixture
def scene(scenes: Callable[[str], Scene], request: pytest.FixtureRequest) -> Scene:
    return scenes(request.node.name)


Killed = dict[str, tuple[Scene, str]]


def test_steps_that_had_ended_do_not_run_again_and_those_in_flight_do(killed: Killed) -> None:
    scene, run_id = killed["Chain"]
    interrupted = scene.store.run(run_id)
    assert interrupted.error["message"] == "The runner ended while work was running: it was killed."
    plan = plan_of(scene.store, interrupted)
    assert (plan.possible, plan.again, plan.kept) == (True, ["work"], 6)
    scene.let("work 3")
    scene.let("collect 1")
    scene.resume(run_id)
    run = scene.bench.ended(run_id)
    assert run.status == "done", run.error
    assert run.result == {"type": "list", "value": [[0, 1, 2], [0, 1, 2, 3, 4, 5]]}
    assert {name: times for name, times in scene.log().items() if times > 1} == {"work 3": 2}
    (resumed,) = [record for record in scene.store.records(run_id) if record["kind"] == "resumed"]
    assert (resumed["by"], resumed["session"], resumed["again"], resumed["kept"]) == ("Ada", 2, ["work"], 6)
    assert scene.store.journal(run_id) == [] and scene.store.checkpoint(run_id) is None
    keys = [record["key"] for record in scene.store.records(run_id) if record["kind"] == "event"]
    assert len(keys) == len(set(keys)), "an event keeps its key, and no other gets it"


def test_a_retry_that_waits_keeps_its_count_and_its_time(killed: Killed) -> None:
    scene, run_id = killed["Retries"]
    plan = plan_of(scene.store, scene.store.run(run_id))
    assert (plan.again, plan.kept) == ([], 0)
    scene.resume(run_id)
    assert scene.bench.ended(run_id).result["value"] == 1
    assert scene.log() == {"attempt 0": 1, "attempt 1": 1}
    attempts = [record for record in scene.store.records(run_id) if record["kind"] == "invocation_started"]
    assert [record["attempt"] for record in attempts] == [1, 2]


def test_answers_reach_their_own_waiters_though_the_run_was_killed_between_them(killed: Killed) -> None:
    scene, run_id = killed["TwoPeople"]
    plan = plan_of(scene.store, scene.store.run(run_id))
    (first,) = plan.prompts
    assert scene.store.prompts(run_id) == [] and scene.store.prompt(first).status == "withdrawn"
    assert not scene.bench.supervisor.answer(first, {"number": 1}).accepted
    scene.let("busy")
    scene.resume(run_id)
    (again,) = scene.store.prompts(run_id)
    assert again.prompt_id == first, "the same question has the same link"
    assert scene.bench.supervisor.answer(first, {"number": 3}).accepted
    assert scene.bench.ended(run_id).result["value"] == 43
    assert scene.bench.kinds(run_id).count("prompt") == 2


def test_a_limit_of_the_authors_on_a_wait_goes_on(killed: Killed) -> None:
    scene, run_id = killed["WaitsWithLimit"]
    scene.let("busy")
    scene.resume(run_id)
    assert scene.bench.ended(run_id).result["value"] == 101


def test_what_cannot_be_written_down_is_named_before_the_click(killed: Killed) -> None:
    scene, run_id = killed["Holding"]
    plan = plan_of(scene.store, scene.store.run(run_id))
    assert not plan.possible
    why = 'ctx.store["lock"], written by begin, holds a lock, which can’t be written down.'
    assert plan.why == f"{why} So there is no saved moment to go on from."
    refused = scene.bench.supervisor.resume(run_id)
    assert (refused.accepted, refused.sentence) == (False, f"Resume isn’t possible: {plan.why}")


def test_a_run_inside_a_step_begins_anew_with_the_step(killed: Killed) -> None:
    scene, run_id = killed["Outer"]
    (dead,) = [run for run in scene.store.runs() if run.parent_run == run_id]
    assert plan_of(scene.store, scene.store.run(run_id)).again == ["around"]
    assert dead.status == "interrupted"
    why = plan_of(scene.store, dead)
    assert not why.possible and run_id in why.why
    scene.let("inside")
    scene.resume(run_id)
    assert scene.bench.ended(run_id).result["value"] == 7
    children = [run for run in scene.store.runs() if run.parent_run == run_id]
    assert sorted(run.status for run in children) == ["done", "interrupted"]
    assert scene.store.run(dead.run_id).last_seq == dead.last_seq


def test_the_time_limit_counts_work_and_no_time_in_which_nobody_worked(killed: Killed) -> None:
    scene, run_id = killed["Slow"]
    before = scene.store.run(run_id)
    scene.resume(run_id)
    run = scene.bench.ended(run_id)
    assert run.status == "failed" and "6 s" in run.error["message"]
    again = [record["t"] for record in scene.store.records(run_id) if record["kind"] == "invocation_started"][-1]
    assert run.ended_at - again < 5.95, "two seconds of its six were used up before"
    assert run.active_s < run.ended_at - run.started_at - (again - before.ended_at) + 1.0


def test_a_pause_outlasts_days_and_a_reboot(scene: Scene) -> None:
    run_id = scene.start("Pauses", timeout=20.0)
    scene.bench.let_go(run_id)
    (asked,) = [record["t"] for record in scene.store.records(run_id) if record["kind"] == "prompt"]
    (gone,) = [record["t"] for record in scene.store.records(run_id) if record["kind"] == "unloaded"]
    assert gone - asked < 20.0, "measured 0.42 s on a quiet machine"
    row = scene.store.runner(scene.store.run(run_id).runner_id)
    os.kill(row.pid, signal.SIGKILL)
    scene.bench.until(lambda: scene.store.runner(row.runner_id) is None)
    days = 3 * 86_400
    with scene.store.writing() as db:
        db.execute(
            "UPDATE run SET created_at = created_at - :d, started_at = started_at - :d, waiting_since = waiting_since"
            " - :d WHERE run_id = :run",
            {"d": days, "run": run_id},
        )
        db.execute(
            "UPDATE prompt SET created_at = created_at - ? WHERE run_key = (SELECT run_key FROM run WHERE run_id = ?)",
            (days, run_id),
        )
    (prompt,) = scene.store.prompts(run_id)
    assert prompt.deadline is None and prompt.loaded_why is None
    assert scene.bench.supervisor.answer(prompt.prompt_id, {"number": 9}).accepted
    run = scene.bench.ended(run_id)
    assert run.result["value"] == 9
    assert run.active_s < 60 < days < run.ended_at - run.started_at
    assert scene.log() == {"ask": 1}


def test_only_one_of_two_servers_resumes_a_run(scene: Scene) -> None:
    run_id = scene.start("Chain")
    scene.in_flight("work 3")
    scene.kill(run_id)
    other = Workbench(settings_for(scene.store.path.parent))
    try:
        outcomes: list[Any] = []
        both = threading.Barrier(2)

        def press(supervisor: Any, by: str) -> None:
            both.wait()
            outcomes.append(supervisor.resume(run_id, by))

        threads = [
            threading.Thread(target=press, args=(bench.supervisor, by))
            for bench, by in ((scene.bench, "Ada"), (Bench(other), "Bob"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = next(outcome for outcome in outcomes if not outcome.accepted)
        assert sorted(outcome.accepted for outcome in outcomes) == [False, True]
        assert refused.sentence.startswith("Already resumed by ")
        scene.let("work 3")
        scene.let("collect 1")
        assert scene.bench.ended(run_id).status == "done"
        assert scene.bench.kinds(run_id).count("resumed") == 1
        assert scene.log()["work 3"] == 2
    finally:
        other.close()


def test_a_resumed_run_whose_server_dies_is_taken_up_by_the_next(scene: Scene) -> None:
    run_id = scene.start("Chain")
    scene.in_flight("work 3")
    scene.bench.until(lambda: scene.started(run_id).count("work") > 3)
    scene.let("collect 1")
    run = scene.kill(run_id)
    plan = plan_of(scene.store, run)
    scene.let("work 3")
    record = {"kind": "resumed", "by": "Ada", "session": 2, "again": plan.again, "kept": plan.kept}
    assert scene.store.reopen_run(run_id, ("interrupted",), record, {}), "and then its server is gone"
    assert scene.bench.ended(run_id).status == "done"


def test_a_resumed_run_whose_file_is_broken_is_interrupted_again_and_can_be_resumed_later(
    bench: Bench, tmp_path: Path
) -> None:
    file = tmp_path / "breaks.py"
    file.write_text(RESUMABLE.read_text())
    folder = tmp_path / "flight"
    folder.mkdir()
    run_id = bench.start("Chain", file, folder=str(folder))
    bench.until(lambda: "work 3" in ((folder / "log").read_text() if (folder / "log").exists() else ""))
    scene = Scene.__new__(Scene)
    scene.bench, scene.store, scene.folder = bench, bench.store, folder
    scene.kill(run_id)
    file.write_text("import nothing_of_this_name\n")
    scene.resume(run_id)
    again = bench.wait(run_id, lambda run: run.status == "interrupted")
    assert "nothing_of_this_name" in again.error["message"] and "could not go on" in again.error["message"]
    file.write_text(RESUMABLE.read_text())
    scene.let("work 3")
    scene.let("collect 1")
    bench.until(lambda: bench.supervisor.resume(run_id).accepted)
    assert bench.wait(run_id, lambda run: run.status in ("done", "interrupted")).status == "done"


def starting(bench: Bench, folder: Path) -> tuple[str, Path]:
    """A run whose runner goes on starting until a file is there: its id, and that file."""
    file, gate = folder / "starts.py", folder / "gate"
    file.write_text(gated(RESUMABLE.read_text(), gate))
    for name in ("work 3", "collect 1"):
        (folder / f"{name} may").touch()
    return bench.start("Chain", file, folder=str(folder)), gate


def test_a_run_whose_runner_was_killed_while_it_started_is_resumed_at_once(bench: Bench, tmp_path: Path) -> None:
    run_id, gate = starting(bench, tmp_path)
    (row,) = [row for row in bench.store.runners() if row.file == str(tmp_path / "starts.py")]
    assert row.status == "starting" and row.pid is not None
    os.kill(row.pid, signal.SIGKILL)
    gate.touch()
    bench.wait(run_id, lambda run: run.status == "interrupted")
    assert bench.supervisor.resume(run_id).accepted
    assert bench.wait(run_id, lambda run: run.status in ("done", "interrupted")).status == "done"


def test_the_end_of_a_runner_does_not_stop_what_another_of_its_file_takes_up(bench: Bench, tmp_path: Path) -> None:
    run_id, gate = starting(bench, tmp_path)
    (first,) = bench.supervisor._links.starting()
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    gate.touch()
    bench.wait(run_id, lambda run: run.status == "interrupted")
    assert bench.supervisor.resume(run_id).accepted
    bench.supervisor._carrier.refuse_answers(first)  # the watch comes to the first runner's end only now
    assert bench.wait(run_id, lambda run: run.status in ("done", "interrupted")).status == "done"


def test_siblings_of_a_run_that_stepscope_ended_are_taken_up_by_themselves(scene: Scene) -> None:
    culprit, sibling = scene.start("Slow"), scene.start("Chain")
    unsaved = scene.bench.start("Holding", RESUMABLE, folder=str(scene.folder))
    scene.in_flight("work 3")
    scene.in_flight("go")
    scene.settled(culprit, "work")
    scene.bench.wait(unsaved, lambda run: "not_saved" in scene.bench.kinds(run.run_id))
    row = scene.store.runner(scene.store.run(culprit).runner_id)
    take_up = siblings(scene.store, row.runner_id, culprit)
    assert sorted(take_up) == sorted([sibling, unsaved])
    ending = f"it was ended because `work` in run {culprit} did not react to Cancel"
    scene.let("work 3")
    scene.let("collect 1")
    with scene.bench.supervisor._watch._endings._lock:  # or the watch buries it first
        os.kill(row.pid, signal.SIGKILL)
        bury(scene.store, row.runner_id, ending, cancelled=culprit, take_up=take_up)
    assert scene.bench.ended(sibling).status == "done"
    assert scene.store.run(culprit).status == "cancelled"
    lost = scene.store.run(unsaved)
    assert lost.status == "interrupted" and ending in lost.error["message"]
    (resumed,) = [record for record in scene.store.records(sibling) if record["kind"] == "resumed"]
    assert (resumed["by"], resumed["why"]) == ("Stepscope", ending)


def test_a_run_that_is_ended_again_before_a_step_has_ended_is_not_taken_up_by_itself_for_ever(scene: Scene) -> None:
    run_id = scene.start("Chain")
    for times in (1, 2):
        scene.in_flight("work 3", times)
        scene.bench.until(lambda: _outcomes(scene, run_id).count("ok") == 6)  # else the others run again, too
        scene.bench.until(lambda times=times: scene.started(run_id).count("work") == 5 + times)
        row = scene.store.runner(scene.store.run(run_id).runner_id)
        with scene.bench.supervisor._watch._endings._lock:  # or the watch buries it first
            os.kill(row.pid, signal.SIGKILL)
            bury(scene.store, row.runner_id, "it used too much memory", take_up=[run_id])
    run = scene.bench.ended(run_id)
    assert run.status == "interrupted" and "too much memory" in run.error["message"]
    assert scene.bench.kinds(run_id).count("resumed") == 1
    assert plan_of(scene.store, run).possible, "a person may still try"
