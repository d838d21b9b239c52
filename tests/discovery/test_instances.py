"""Workflows that a file makes of classes from elsewhere."""

from __future__ import annotations

from pathlib import Path

from inspectors.discovery import discover

FLOW = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Flow(Workflow):
    "Answers."

    @step
    async def answer(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=ev.question)
"""
MAKES = """
from flow import Flow

flow = Flow(timeout=3)
_own = Flow()
number = int("3")

def build(depth: int = 2) -> Flow:
    "Makes a deep one."
    return Flow(timeout=depth)

def build_with(model: object) -> Flow:
    return Flow()

async def later() -> Flow:
    return Flow()
"""


def _folder(folder: Path) -> Path:
    (folder / "flow.py").write_text(FLOW)
    (folder / "makes.py").write_text(MAKES)
    return folder


def test_an_instance_and_a_function_are_workflows_under_their_names(tmp_path: Path):
    found = discover([_folder(tmp_path) / "makes.py"])
    assert [(one.name, one.id, one.line) for one in found.workflows] == [
        ("build", "makes.build", 8),
        ("flow", "makes.flow", 4),
    ]
    build, flow = found.workflows
    assert [field.name for field in build.constructor.fields] == ["depth"]
    assert build.constructor.factory is not None and build.constructor.factory.is_function
    assert build.summary == "Makes a deep one." and flow.summary == "Answers."
    assert [field.name for field in flow.start.fields] == ["question"]
    assert {node["name"] for node in flow.graph["nodes"] if node["kind"] == "step"} == {"answer"}


def test_an_instance_of_a_class_that_is_there_itself_adds_nothing(tmp_path: Path):
    assert [one.name for one in discover([_folder(tmp_path)]).workflows] == ["Flow"]


def test_agents_of_a_folder_are_found_and_members_of_a_team_are_part_of_it(tmp_path: Path):
    (tmp_path / "team.py").write_text(
        "from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent\n"
        "one = FunctionAgent(name='one', llm=None)\n"
        "alone = FunctionAgent(name='alone', llm=None)\n"
        "team: AgentWorkflow = AgentWorkflow(agents=[one])\n"
    )
    (tmp_path / "other.py").write_text("import math\n")
    found = discover([tmp_path])
    assert [one.name for one in found.workflows] == ["alone", "team"] and not found.problems
