"""Loads a sample by its file name, the way no import statement can: `workflows` is the engine's name."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SAMPLES = Path(__file__).parents[2] / "workflows"


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """A function that imports `workflows/<stem>.py` afresh."""

    def load(stem: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(stem, SAMPLES / f"{stem}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, stem, module)  # pydantic resolves annotations through sys.modules
        spec.loader.exec_module(module)
        return module

    return load
