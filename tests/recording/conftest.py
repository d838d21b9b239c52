"""Labs on the test's own database, closed with it."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inspectors.recording.whole_values import MOST, WHOLE
from inspectors.runner import hosted_runs
from tests.recording.lab import Lab, running


@pytest.fixture(autouse=True)
def whole_values_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that records its own runs holds none, for as long as it lives; tests share a process."""
    monkeypatch.setattr(WHOLE, "_most", MOST)


@pytest.fixture
def labs(own_database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[ModuleType], Lab]]:
    """A function that makes a lab for a module's workflows; each further one is like a new process."""
    monkeypatch.setattr(hosted_runs, "QUIET_SECONDS", 0.05)
    made: list[Lab] = []

    def make(module: ModuleType, database: Path = own_database) -> Lab:
        made.append(Lab(database, module))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


@pytest.fixture
def lab(request: pytest.FixtureRequest, labs: Callable[[ModuleType], Lab]) -> Lab:
    """A lab for the workflows of the test's own module."""
    return labs(sys.modules[request.module.__name__])


@pytest.fixture
def play(lab: Lab) -> Callable[[Callable[[Lab], Coroutine[Any, Any, Any]]], Any]:
    """A function that runs a scene, an async function of the lab, on a loop of its own."""

    def run(scene: Callable[[Lab], Coroutine[Any, Any, Any]]) -> Any:
        async def on_stage() -> Any:
            async with running(lab):
                return await scene(lab)

        return asyncio.run(on_stage())

    return run
