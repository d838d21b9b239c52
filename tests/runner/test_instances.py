"""Workflows that a file makes of a class from elsewhere run under the name that the file gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

FLOW = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Flow(Workflow):
    def __init__(self, word, **kwargs):
        super().__init__(**kwargs)
        self.word = word

    @step
    async def answer(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=f"{self.word} {ev.get('question')}")
"""
MAKES = """
from flow import Flow

flow = Flow("kept")

def build(depth: int = 2) -> Flow:
    return Flow(f"built {depth}")
"""


@pytest.fixture
def makes(tmp_path: Path) -> Path:
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "makes.py").write_text(MAKES)
    return tmp_path / "makes.py"


def test_an_instance_and_a_function_are_run(bench, makes: Path):
    run = bench.ended(bench.start("flow", makes, question="why"))
    assert (run.workflow, run.status, run.result["value"]) == ("flow", "done", "kept why")
    built = bench.supervisor.start(bench.source("build", makes), {"question": "how"}, {"arguments": {"depth": 5}})
    assert bench.ended(built).result["value"] == "built 5 how"
    steps = [one["step"] for one in bench.store.records(run.run_id) if one["kind"] == "invocation_started"]
    assert steps == ["answer"]


def test_the_runner_says_what_they_take(bench, makes: Path):
    bench.ended(bench.start("flow", makes))
    source = bench.source("build", makes)
    bench.until(lambda: bench.supervisor.status(source).description)
    told = bench.supervisor.status(source).description["workflows"]["build"]
    assert told["constructor"]["factory"]["name"] == "build"
    assert list(told["constructor"]["schema"]["properties"]) == ["depth"]
