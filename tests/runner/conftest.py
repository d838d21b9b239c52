"""A workbench over a database of its own, with real runner processes, and waiting without sleeping blindly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inspectors.discovery import discover
from inspectors.discovery.model import WorkflowSource
from inspectors.server.run_views import RunViews
from inspectors.settings import Settings
from inspectors.store import Run
from inspectors.workbench import Workbench
from tests.waiting import has_ended, is_let_go, until, until_run

FAULTY = Path(__file__).parent / "faulty.py"
PATIENCE = 60.0
"""Seconds: a machine that is shared with others may be slow, and a wait that ends too soon says nothing."""


class Bench:
    """A workbench and what tests ask of it."""

    def __init__(self, workbench: Workbench) -> None:
        self.workbench = workbench
        self.store = workbench.store
        self.supervisor = workbench.supervisor
        self.views = RunViews(workbench.store)

    def source(self, name: str, file: Path = FAULTY) -> WorkflowSource:
        """The workflow class `name` of a file."""
        return next(source for source in discover([file]).workflows if source.name == name)

    def start(self, name: str, file: Path = FAULTY, timeout: float | None = None, **values: Any) -> str:
        """Start a run and return its id."""
        return self.supervisor.start(self.source(name, file), values, {"timeout": timeout})

    def wait(self, run_id: str, condition: Callable[[Run], object], seconds: float = PATIENCE) -> Run:
        """The run, as soon as the condition holds; fails with the run's state if it doesn't in time."""
        return until_run(self.store, run_id, condition, seconds)

    def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until the condition holds; fails if it doesn't in time."""
        until(condition, seconds=seconds)

    def ended(self, run_id: str, seconds: float = PATIENCE) -> Run:
        """The run once it has ended."""
        return self.wait(run_id, has_ended, seconds)

    def let_go(self, run_id: str) -> Run:
        """The run once it waits for a person and has left its runner's memory."""
        return self.wait(run_id, is_let_go)

    def notice(self, run_id: str) -> str:
        """What the head of its page says of a run just now; "" if nothing."""
        run = self.store.run(run_id)
        assert run is not None
        view = self.views.get(run)
        view.advance(run.last_seq)
        return view.summary(run)["notice"] or ""

    def noticed(self, run_id: str, words: str, seconds: float = 20.0) -> str:
        """The notice of a run once these words are in it."""
        said: list[str] = []

        def is_said() -> bool:
            said.append(self.notice(run_id))
            return words in said[-1]

        try:
            self.until(is_said, seconds)
        except AssertionError:
            raise AssertionError(f"never {words!r}, but {sorted(set(said))}") from None
        return said[-1]

    def kinds(self, run_id: str) -> list[str]:
        """The kinds of its records, in order."""
        records = self.store.records(run_id)
        assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
        return [record["kind"] for record in records]


def settings_for(folder: Path) -> Settings:
    """Settings with a database in a folder."""
    import sys

    return Settings(folder / "stepscope.db", (str(FAULTY),), sys.executable)


def gated(source: str, gate: Path) -> str:
    """The text of a file that imports asyncio, whose import waits until another file is there."""
    waits = f"import os\nimport time\n\nwhile not os.path.exists({str(gate)!r}):\n    time.sleep(0.01)\n"
    found = source.replace("import asyncio\n", f"import asyncio\n{waits}", 1)
    assert waits in found
    return found


@contextmanager
def workbench_on(settings: Settings) -> Iterator[Bench]:
    """A workbench that leaves no runner behind."""
    workbench = Workbench(settings)
    try:
        yield Bench(workbench)
    finally:
        for run in workbench.store.live_runs():
            if run.loaded:
                workbench.supervisor.cancel(run.run_id)
        deadline = time.monotonic() + 8
        while any(run.loaded for run in workbench.store.live_runs()) and time.monotonic() < deadline:
            time.sleep(0.02)
        workbench.close()


@pytest.fixture
def patient_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start waits for the runner's word on its input as long as it takes."""
    monkeypatch.setattr("inspectors.runner.supervisor.CHECK_SECONDS", PATIENCE)


@pytest.fixture
def long_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """No runner is ended because a step takes its time to react to Cancel; pages say so, too."""
    for module in ("runner.watch", "server.notices"):
        monkeypatch.setattr(f"inspectors.{module}.GRACE_SECONDS", PATIENCE)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A workbench of the test's own."""
    with workbench_on(settings_for(tmp_path)) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A workbench for all tests of a module, for those that a warm runner serves as well."""
    with workbench_on(settings_for(tmp_path_factory.mktemp("shared"))) as made:
        yield made
