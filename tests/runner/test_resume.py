"""Runs whose runner is killed at a chosen moment, and resumed in a new one: real processes, real signals."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inspectors.runner.burial import bury, siblings
from inspectors.runner.resuming import plan_of
from inspectors.store import Run
from inspectors.workbench import Workbench
from tests.runner.conftest import Bench, settings_for

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


@pytest.fixture
def scene(bench: Bench, tmp_path: Path) -> Scene:
    return Scene(bench, tmp_path / "flight")


def test_steps_that_had_ended_do_not_run_again_and_those_in_flight_do(scene: Scene) -> None:
    run_id = scene.start("Chain")
    scene.in_flight("work 3")
    scene.bench.until(lambda: scene.log()["work 5"])  # the other worker has done all the rest
    scene.bench.until(lambda: sum(1 for kind in scene.bench.kinds(run_id) if kind == "invocation_ended") == 6)
    interrupted = scene.kill(run_id)
    assert interrupted.error["message"] == "The runner ended while work was running: it was killed."
    plan = plan_of(scene.store, interrupted)
    assert (plan.possible, plan.again, plan.kept) == (True, ["work"], 6)

    scene.let("work 3")
    scene.resume(run_id)
    scene.in_flight("collect 1")  # killed once more, in another session, with half a buffer
    scene.bench.until(lambda: scene.started(run_id).count("collect") == 2)
    assert plan_of(scene.store, scene.kill(run_id)).again == ["collect"]
    scene.let("collect 1")
    scene.resume(run_id)
    run = scene.bench.ended(run_id)
    assert run.status == "done", run.error
    assert run.result == {"type": "list", "value": [[0, 1, 2], [0, 1, 2, 3, 4, 5]]}
    assert {name: times for name, times in scene.log().items() if times > 1} == {"work 3": 2, "collect 1": 2}
    resumed = [record for record in scene.store.records(run_id) if record["kind"] == "resumed"]
    assert [(record["by"], record["session"], record["again"], record["kept"]) for record in resumed] == [
        ("Ada", 2, ["work"], 6),
        ("Ada", 3, ["collect"], 10),
    ]
    assert scene.store.journal(run_id) == [] and scene.store.checkpoint(run_id) is None
    keys = [record["key"] for record in scene.store.records(run_id) if record["kind"] == "event"]
    assert len(keys) == len(set(keys)), "an event keeps its key, and no other gets it"


def test_a_retry_that_waits_keeps_its_count_and_its_time(scene: Scene) -> None:
    run_id = scene.start("Retries")
    scene.bench.until(lambda: "invocation_ended" in scene.bench.kinds(run_id))
    plan = plan_of(scene.store, scene.kill(run_id))
    assert (plan.again, plan.kept) == ([], 0)
    scene.resume(run_id)
    run = scene.bench.ended(run_id)
    assert run.result["value"] == 1
    assert scene.log() == {"attempt 0": 1, "attempt 1": 1}
    attempts = [record for record in scene.store.records(run_id) if record["kind"] == "invocation_started"]
    assert [record["attempt"] for record in attempts] == [1, 2]
    assert attempts[1]["t"] - attempts[0]["t"] >= 1.9


def test_answers_reach_their_own_waiters_though_the_run_was_killed_between_them(scene: Scene) -> None:
    run_id = scene.start("TwoPeople")
    scene.in_flight("busy")
    scene.bench.until(lambda: len(scene.store.prompts(run_id)) == 2)
    first, second = sorted(scene.store.prompts(run_id), key=lambda prompt: prompt.text)
    assert scene.bench.supervisor.answer(second.prompt_id, {"number": 4}).accepted
    scene.bench.until(lambda: scene.started(run_id).count("ask") == 4)
    interrupted = scene.kill(run_id)
    assert scene.store.prompts(run_id) == [] and scene.store.prompt(first.prompt_id).status == "withdrawn"
    late = scene.bench.supervisor.answer(first.prompt_id, {"number": 1})
    assert not late.accepted
    assert plan_of(scene.store, interrupted).prompts == [first.prompt_id]

    scene.let("busy")
    scene.resume(run_id)
    (again,) = scene.store.prompts(run_id)
    assert again.prompt_id == first.prompt_id, "the same question has the same link"
    scene.bench.wait(run_id, lambda run: run.status in ("running", "waiting"))
    assert scene.bench.supervisor.answer(again.prompt_id, {"number": 3}).accepted
    assert scene.bench.ended(run_id).result["value"] == 43
    assert scene.bench.kinds(run_id).count("prompt") == 2


def test_a_limit_of_the_authors_on_a_wait_goes_on(scene: Scene) -> None:
    run_id = scene.start("WaitsWithLimit")
    scene.in_flight("busy")
    scene.bench.until(lambda: "waiting" in [record.get("outcome") for record in scene.store.records(run_id)])
    scene.kill(run_id)
    scene.let("busy")
    scene.resume(run_id)
    assert scene.bench.ended(run_id).result["value"] == 101


def test_what_cannot_be_written_down_is_named_before_the_click(scene: Scene) -> None:
    run_id = scene.start("Holding")
    scene.in_flight("go")
    interrupted = scene.kill(run_id)
    plan = plan_of(scene.store, interrupted)
    assert not plan.possible
    assert plan.why.startswith('ctx.store["numbers"]'), plan.why
    refused = scene.bench.supervisor.resume(run_id)
    assert (refused.accepted, refused.sentence) == (False, f"Resume isn’t possible: {plan.why}")


def test_a_run_inside_a_step_begins_anew_with_the_step(scene: Scene) -> None:
    run_id = scene.start("Outer")
    scene.in_flight("inside")
    child = next(run for run in scene.store.runs() if run.parent_run == run_id)
    plan = plan_of(scene.store, scene.kill(run_id))
    assert plan.again == ["around"]
    dead = scene.bench.ended(child.run_id)
    assert dead.status == "interrupted"
    why = plan_of(scene.store, dead)
    assert not why.possible and run_id in why.why
    scene.let("inside")
    scene.resume(run_id)
    assert scene.bench.ended(run_id).result["value"] == 7
    children = [run for run in scene.store.runs() if run.parent_run == run_id]
    assert sorted(run.status for run in children) == ["done", "interrupted"]
    assert scene.store.run(child.run_id).last_seq == dead.last_seq


def test_the_time_limit_counts_work_and_no_time_in_which_nobody_worked(scene: Scene) -> None:
    run_id = scene.start("Slow", timeout=4.0)
    scene.settled(run_id, "more")
    scene.kill(run_id)
    time.sleep(1.5)  # nobody has the run: that is the point
    scene.resume(run_id)
    begun = time.time()
    run = scene.bench.ended(run_id)
    assert run.status == "failed" and "4 s" in run.error["message"]
    more = [record["t"] for record in scene.store.records(run_id) if record["kind"] == "invocation_started"][-1]
    assert 2.0 < run.ended_at - more < 3.6, "a second of its four was used up, and the pause was not"
    assert run.active_s < run.ended_at - run.started_at - 1.4
    assert begun < run.ended_at


def test_only_one_of_two_servers_resumes_a_run(scene: Scene, tmp_path: Path) -> None:
    run_id = scene.start("Chain")
    scene.in_flight("work 3")
    scene.kill(run_id)
    other = Workbench(settings_for(tmp_path))
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


def test_siblings_of_a_run_that_stepscope_ended_are_taken_up_by_themselves(scene: Scene) -> None:
    culprit, sibling = scene.start("Slow"), scene.start("Chain")
    unsaved = scene.bench.start("Holding", RESUMABLE, folder=str(scene.folder))
    scene.in_flight("work 3")
    scene.in_flight("go")
    scene.settled(culprit, "work")
    row = scene.store.runner(scene.store.run(culprit).runner_id)
    take_up = siblings(scene.store, row.runner_id, culprit)
    assert sorted(take_up) == sorted([sibling, unsaved])
    ending = f"it was ended because `work` in run {culprit} did not react to Cancel"
    scene.let("work 3")
    scene.let("collect 1")
    os.kill(row.pid, signal.SIGKILL)
    bury(scene.store, row.runner_id, ending, cancelled=culprit, take_up=take_up)
    assert scene.bench.ended(sibling).status == "done"
    assert scene.store.run(culprit).status == "cancelled"
    lost = scene.store.run(unsaved)
    assert lost.status == "interrupted" and ending in lost.error["message"]
    (resumed,) = [record for record in scene.store.records(sibling) if record["kind"] == "resumed"]
    assert (resumed["by"], resumed["why"]) == ("Stepscope", ending)
