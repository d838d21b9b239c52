"""A folder of Python files to discover workflows in."""

from collections.abc import Callable
from pathlib import Path

import pytest

FLOW = """
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class {name}(Workflow):
    @step
    async def only(self, ctx: Context, ev: StartEvent) -> StopEvent:
        return StopEvent(result=ev.topic)
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file below the test's folder."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def flow() -> Callable[[str], str]:
    """The source of a workflow of one step."""
    return lambda name="Flow": FLOW.replace("{name}", name)
