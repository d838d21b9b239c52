"""Agents on a graph: their tools, their team, whom they hand over to. Nothing of it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspectors.discovery import discover

HEAD = """
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.tools import FunctionTool, QueryEngineTool
from workflows import Context, Workflow, step
from workflows.events import StartEvent, StopEvent
from models import llm

def search(query: str) -> str:
    "Looks it up."
    return query

async def note(ctx: Context, text: str) -> str:
    return text
"""
TEAM = """
finder = FunctionAgent(name="Finder", description="Finds.", tools=[search], llm=llm, can_handoff_to=["Writer"])
writer = ReActAgent(name="Writer", tools=[FunctionTool.from_defaults(fn=note, name="take_note")], llm=llm)
"""


def _edges(folder: Path, source: str, name: str, *kinds: str) -> set[tuple[str, str, str]]:
    (folder / "models.py").write_text("llm = None\n")
    (folder / "flow.py").write_text(HEAD + source)
    found = next(one for one in discover([folder / "flow.py"]).workflows if one.name == name)
    names = {node["id"]: node["name"] for node in found.graph["nodes"]}
    return {
        (names[edge["source"]], edge["kind"], names[edge["target"]])
        for edge in found.graph["edges"]
        if edge["kind"] in kinds
    }


def test_a_team_on_module_level_has_its_agents_their_tools_and_hand_overs(tmp_path: Path):
    source = TEAM + 'team = AgentWorkflow(agents=[finder, writer], root_agent="Finder")\n'
    assert _edges(tmp_path, source, "team", "calls", "hands_off", "starts") == {
        ("run_agent_step", "hands_off", "Finder"),
        ("Finder", "calls", "search"),
        ("Writer", "calls", "take_note"),
        ("Finder", "hands_off", "Writer"),
        ("Writer", "hands_off", "Finder"),  # it names nobody: the engine lets it hand over to everyone
    }


def test_an_agent_that_a_step_runs_has_its_tools(tmp_path: Path):
    source = """
class Asks(Workflow):
    def __init__(self):
        super().__init__()
        self.agent = FunctionAgent(tools=[search, note], llm=llm)

    @step
    async def ask(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=await self.agent.run(user_msg="x"))
"""
    assert _edges(tmp_path, source, "Asks", "calls", "hands_off", "starts") == {
        ("ask", "starts", "FunctionAgent"),
        ("FunctionAgent", "calls", "search"),
        ("FunctionAgent", "calls", "note"),
    }


def test_a_team_that_a_step_runs_has_its_agents(tmp_path: Path):
    source = (
        TEAM
        + """
class Asks(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> StopEvent:
        team = AgentWorkflow(agents=[finder, writer], root_agent="Writer")
        return StopEvent(result=await team.run(user_msg="x"))
"""
    )
    found = _edges(tmp_path, source, "Asks", "hands_off", "starts")
    assert found == {
        ("ask", "starts", "AgentWorkflow"),
        ("AgentWorkflow", "hands_off", "Writer"),
        ("Finder", "hands_off", "Writer"),
        ("Writer", "hands_off", "Finder"),
    }


@pytest.mark.parametrize(
    ("made", "tools"),
    [
        ("FunctionAgent(tools=[search, note], llm=llm)", {"search", "note"}),
        ("AgentWorkflow.from_tools_or_functions([search, note], llm=llm)", {"search", "note"}),
        ("AgentWorkflow.from_tools_or_functions(tools_or_functions=[search], llm=llm)", {"search"}),
        ("ReActAgent(tools=[FunctionTool(note, None)], llm=llm)", {"note"}),
        ('ReActAgent(tools=[QueryEngineTool.from_defaults(engine, name="papers")], llm=llm)', {"papers"}),
        ("FunctionAgent(tools=TOOLS + [note], llm=llm)", {"search", "note"}),
        ("FunctionAgent(llm=llm)", set()),
    ],
)
def test_tools_in_many_spellings(tmp_path: Path, made: str, tools: set[str]):
    found = _edges(tmp_path, f"TOOLS = [search]\nagent = {made}\n", "agent", "calls")
    assert {target for _, _, target in found} == tools


def test_the_form_of_an_agent_asks_for_what_it_reads_of_its_start_event(tmp_path: Path):
    (tmp_path / "models.py").write_text("llm = None\n")
    (tmp_path / "flow.py").write_text(HEAD + "agent = FunctionAgent(tools=[search], llm=llm)\n")
    (found,) = discover([tmp_path / "flow.py"]).workflows
    assert [field.name for field in found.start.fields] == [
        "user_msg", "chat_history", "max_iterations", "early_stopping_method",
    ]  # fmt: skip


def test_what_a_library_uses_inside_is_left_out(tmp_path: Path):
    assert _edges(tmp_path, "agent = FunctionAgent(tools=[search], llm=llm)\n", "agent", "uses") == set()
