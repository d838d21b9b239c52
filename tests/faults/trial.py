"""One run whose processes are killed at random moments, driven to its end, and then checked."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from inspectors.runner.resuming import plan_of
from inspectors.settings import Settings
from inspectors.store import Run, Store
from inspectors.workbench import Workbench
from tests.faults import checks
from tests.faults.checks import Again, Kill
from tests.faults.killing import kill_all
from tests.faults.truth import Deed, Record, Truth
from tests.faults.workloads import Workload
from tests.waiting import PATIENCE, until

LOOK_EVERY = 0.002


@dataclass
class Outcome:
    """What became of one run."""

    workload: Workload
    run_id: str
    kills: list[Kill]
    wrong: list[str]
    lost_ms: list[float]
    """By kill: the age of the oldest thing that had been done and wasn't recorded."""
    untaken_ms: list[float]
    """By kill: how long ago the oldest step had returned whose end the engine had not taken, or was not recorded."""
    again: Again
    resumed_s: list[float] = field(default_factory=list)


@contextmanager
def witnessed(truth: Truth) -> Iterator[None]:
    """Servers and runners that are started meanwhile tell what their steps do."""
    before = {name: os.environ.get(name) for name in truth.environment()}
    os.environ.update(truth.environment())
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def examine(workload: Workload, store: Store, run: Run, deeds: list[Deed], kills: list[Kill], every: int) -> Outcome:
    """Check everything of a run that has ended. The engine's state is told at each `every`th record."""
    records: list[Record] = store.records(run.run_id)
    repeated = checks.again(deeds, records, kills)
    wrong = [
        *checks.record_gaps(records),
        *checks.events_twice(records),
        *checks.never_recorded(deeds, records, kills),
        *checks.invented(deeds, records, kills),
        *checks.fold_faults(records, every),
        *checks.leftovers(store.path, run, records),
    ]
    if not workload.right(run.result):
        wrong.append(f"The result is {str(run.result)[:200]}.")
    if repeated.wrongly:
        wrong.append(f"Ran again although their end was committed: {repeated.wrongly[:5]}.")
    if repeated.missing:
        wrong.append(f"Were in flight and never ran again: {repeated.missing[:5]}.")
    lost = checks.lost_ms(deeds, records, kills)
    untaken = checks.lost_ms(deeds, records, kills, checks.TAKEN)
    return Outcome(workload, run.run_id, kills, wrong, lost, untaken, repeated)


class Person:
    """Answers what a run asks, after a while of their own."""

    def __init__(self, chance: random.Random, slowest: float) -> None:
        self._chance = chance
        self._slowest = slowest
        self._due: dict[str, float] = {}

    def answer(self, workbench: Workbench, run_id: str) -> None:
        """Answer a request that has been open long enough."""
        for prompt in workbench.store.prompts(run_id):
            due = self._due.setdefault(prompt.prompt_id, time.monotonic() + self._chance.uniform(0, self._slowest))
            if prompt.answered_at is None and time.monotonic() > due:
                workbench.supervisor.answer(prompt.prompt_id, {"response": "APPROVE"}, by="the fault suite")


class RunnerTrials:
    """Kills runners of a server that lives: this process, with the supervisor that the pages use."""

    def __init__(self, folder: Path, every: int = 1) -> None:
        self.folder = folder
        self.truth = Truth(folder / "truth")
        self.every = every
        self._settings = Settings(folder / "stepscope.db", (str(folder),), sys.executable)
        self.workbench = Workbench(self._settings)
        self.pids: set[int] = set()
        """Of every runner that was seen."""

    @property
    def store(self) -> Store:
        """The server's database."""
        return self.workbench.store

    def length(self, workload: Workload) -> float:
        """Seconds from start to end of a run that nobody disturbs, in a runner that is ready."""
        self._warm(workload)
        began = time.monotonic()
        run_id = self._start(workload)
        self._drive(run_id, Person(random.Random(0), 0.5), lambda: False)
        return time.monotonic() - began

    def one(self, workload: Workload, chance: random.Random, length: float) -> Outcome | None:
        """One run, killed once or twice; None if it had ended before its moment came."""
        since = self.truth.size()
        cold = chance.random() < 0.2
        if cold:
            self._end_runners()
        else:
            self._warm(workload)
        person = Person(chance, 0.5)
        kills: list[Kill] = []
        resumed: list[float] = []
        run_id = self._start(workload)
        for _ in range(chance.choice((1, 1, 2))):
            due = time.monotonic() + chance.uniform(0.0, length + (1.0 if cold else 0.0))
            if not self._drive(run_id, person, lambda due=due: time.monotonic() >= due and self._has_runner()):
                break
            kills.append(self._kill())
            resumed += self._take_up(run_id, kills[-1])
        if not kills:
            return None
        self._drive(run_id, person, lambda: False)
        run = self.store.run(run_id)
        assert run is not None
        outcome = examine(workload, self.store, run, self.truth.deeds(since), kills, self.every)
        outcome.resumed_s = resumed
        return outcome

    def close(self) -> list[str]:
        """End the server as at a clean stop; what is left of it that should not be."""
        self.workbench.close()
        with suppress(AssertionError):  # said below, with what is left
            until(lambda: not any(psutil.pid_exists(pid) for pid in self.pids), "no process is left", 20.0)
        wrong = [f"Process {pid} is left." for pid in self.pids if psutil.pid_exists(pid)]
        after = Store(self._settings.database)
        wrong += [f"The row of runner {row.runner_id} is left." for row in after.runners()]
        after.close()
        return wrong

    # -- driving ------------------------------------------------------------------------------------

    def _start(self, workload: Workload) -> str:
        return self.workbench.supervisor.start(workload.source, workload.input)

    def _drive(self, run_id: str, person: Person, moment: Callable[[], bool]) -> bool:
        """Answer what is asked, until the moment comes (True) or the run has ended (False)."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            run = self.store.run(run_id)
            assert run is not None
            if run.ended:
                return False
            if moment():
                return True
            person.answer(self.workbench, run_id)
            time.sleep(LOOK_EVERY)
        raise AssertionError(f"Not ended in {PATIENCE:.0f} s: {self.store.run(run_id)}")

    def _has_runner(self) -> bool:
        return any(row.pid is not None for row in self.store.runners())

    def _kill(self) -> Kill:
        """`kill -9` of every runner there is."""
        pids = {row.pid for row in self.store.runners() if row.pid is not None}
        self.pids |= pids
        return Kill(kill_all(pids), "runner")

    def _take_up(self, run_id: str, kill: Kill) -> list[float]:
        """Press Resume as soon as the run is shown as interrupted; seconds until the run goes on."""
        self._settled(run_id)
        run = self.store.run(run_id)
        assert run is not None
        if run.status != "interrupted":
            return []
        plan = plan_of(self.store, run)
        assert plan.possible, f"Resume isn't possible: {plan.why}"
        began = time.monotonic()
        outcome = self.workbench.supervisor.resume(run_id, by="the fault suite")
        assert outcome.accepted, outcome.sentence
        seq = run.last_seq

        def goes_on() -> bool:
            now = self.store.run(run_id)
            assert now is not None
            begun = any(record["kind"] == "run_started" for record in self.store.records(run_id, seq + 1))
            assert begun or now.status != "interrupted", f"Resumed run {run_id} came to nothing: {now.error}"
            return begun

        until(goes_on, f"run {run_id} goes on after Resume: {self.store.runners()}")
        return [time.monotonic() - began]

    def _settled(self, run_id: str) -> None:
        """Wait until the server has noticed that the runners are gone: no run is in one of them any more."""

        def noticed() -> bool:
            run = self.store.run(run_id)
            assert run is not None
            if run.status == "starting" and not run.loaded:
                return False  # it was resumed, and its runner was killed before it had taken it up
            row = self.store.runner(run.runner_id) if run.runner_id else None
            return run.ended or not run.loaded or (row is not None and row.pid not in self.pids)

        until(noticed, f"the server notices that the runner of {run_id} is gone")

    def _warm(self, workload: Workload) -> None:
        """Have a runner ready, as a person has who looks at the workflow before pressing Run."""
        supervisor, source = self.workbench.supervisor, workload.source
        supervisor.open(source)
        if supervisor.status(source).state == "failed":  # one was killed while it started, less than a minute ago
            supervisor.retry(source)
        until(lambda: supervisor.status(source).state == "ready", "a runner is ready")
        self.pids |= {row.pid for row in self.store.runners() if row.pid is not None}

    def _end_runners(self) -> None:
        self._kill()
        until(lambda: not self.store.runners(), "no runner is left")
