"""Workflows for graph tests: real files, read as source and, where wanted, imported like a runner would."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inspectors.discovery import discover

HEAD = """
from __future__ import annotations
from typing import Annotated, List, Optional, Union
from workflows import Context, Workflow, catch_error, step
from workflows.collect import Collect, Take
from workflows.events import (
    Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StepFailedEvent, StopEvent
)
from workflows.resource import Resource
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_fixed

class A(Event):
    x: int = 0

class B(Event):
    pass

class C(Event):
    pass

class Ask(InputRequiredEvent):
    pass

class Answer(HumanResponseEvent):
    pass
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of workflows below the usual imports and events."""

    def write_file(body: str, name: str = "flows.py", head: str = HEAD) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + body, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def graph_of(write: Callable[..., Path]) -> Callable[..., dict[str, Any]]:
    """The graph read from the source of the one workflow, or of the named one."""

    def read(body: str, name: str = "", head: str = HEAD) -> dict[str, Any]:
        found = discover([write(body, head=head)]).workflows
        return next(source.graph for source in found if name in ("", source.name))

    return read


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], ModuleType]]:
    """Import a file under its own name, as a runner would; forgotten after the test."""
    loaded: list[str] = []

    def load_file(path: Path) -> ModuleType:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        monkeypatch.setattr(sys, "path", [*sys.path, str(path.parent)])  # for what it imports from beside it
        loaded.append(path.stem)
        spec.loader.exec_module(module)
        return module

    yield load_file
    for name in loaded:
        sys.modules.pop(name, None)


def short(identity: str) -> str:
    """The last part of a node id."""
    return identity.rpartition(".")[2]


@pytest.fixture
def edges() -> Callable[..., dict[str, tuple[list[str], str, bool]]]:
    """Edges of Graph JSON as "source kind target" -> (origins, label, many)."""

    def read(graph: dict[str, Any]) -> dict[str, tuple[list[str], str, bool]]:
        return {
            f"{short(edge['source'])} {edge['kind']} {short(edge['target'])}": (
                edge["origins"],
                edge["label"],
                edge["many"],
            )
            for edge in graph["edges"]
        }

    return read
