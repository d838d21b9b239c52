"""Loads a sample by its file name, the way no import statement can: `workflows` is the engine's name."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

pytest.register_assert_rewrite("tests.workflows.sample_checks", "tests.workflows.sample_results")

from tests.workflows.running import SAMPLES, load_sample  # noqa: E402


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """A function that imports `workflows/<stem>.py` afresh."""

    def load(stem: str) -> ModuleType:
        monkeypatch.setattr(sys, "path", [*sys.path, str(SAMPLES)])  # for the modules that samples share
        monkeypatch.delitem(sys.modules, stem, raising=False)
        return load_sample(stem)

    return load


def sample_files() -> list[Path]:
    """Every file in `workflows/`, those without a workflow included."""
    return sorted(SAMPLES.glob("*.py"))
