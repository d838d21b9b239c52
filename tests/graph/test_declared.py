"""What source declares, what an imported class declares, and what the engine itself says: three readings."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from workflows.representation import get_workflow_representation

from inspectors.discovery import discover
from inspectors.graph.declared import declared_graph
from inspectors.graph.merge import merge_graphs

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "workflows"

VARIED = '''
class Straight(Workflow):
    """One after the other."""
    @step
    async def zuerst(self, ev: StartEvent) -> A:
        return A()
    @step
    async def dann(self, ctx: Context, ev: A) -> StopEvent:
        return StopEvent()

class Unions(Workflow):
    @step
    async def one(self, ev: StartEvent) -> Union[A, B, None]:
        return A()
    @step
    async def two(self, ev: A | B) -> Optional[C]:
        return C()
    @step
    def three(self, ev: "C") -> "StopEvent":
        return StopEvent()

class Lists(Workflow):
    @step
    async def spread(self, ev: StartEvent) -> list[A] | B:
        return [A(), A()]
    @step
    async def work(self, ev: A) -> C:
        return C()
    @step
    async def join(self, events: List[C]) -> StopEvent:
        return StopEvent()
    @step
    async def other(self, ev: B) -> StopEvent:
        return StopEvent()

class FirstTwo(Workflow):
    @step
    async def spread(self, ev: StartEvent) -> list[A]:
        return [A() for _ in range(9)]
    @step
    async def join(self, events: Annotated[list[A], Collect(Take(2))]) -> StopEvent:
        return StopEvent()

class Slots(Workflow):
    @step
    async def both(self, ctx: Context, ev: StartEvent) -> A | B | None:
        ctx.send_event(A())
        ctx.send_event(B())
    @step
    async def join(self, a: A, b: B) -> StopEvent:
        return StopEvent()

class Person(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> Ask:
        return Ask()
    @step
    async def take(self, ev: Answer) -> Ask | StopEvent:
        return StopEvent()

class Catches(Workflow):
    @step(retry_policy=retry_policy(stop=stop_after_attempt(4), wait=wait_fixed(1)), num_workers=2)
    async def risky(self, ev: StartEvent) -> A:
        return A()
    @step
    async def end(self, ev: A) -> StopEvent:
        return StopEvent()
    @catch_error(for_steps=["risky"])
    async def mend(self, ctx: Context, ev: StepFailedEvent) -> A:
        return A()
    @catch_error
    async def give_up(self, ctx: Context, ev: StepFailedEvent) -> StopEvent:
        return StopEvent()

class Database:
    """Keeps things."""

def open_database() -> Database:
    return Database()

class Uses(Workflow):
    @step
    async def only(self, ev: StartEvent, db: Annotated[Database, Resource(open_database)]) -> StopEvent:
        return StopEvent()

class Base(Workflow):
    @step
    async def begin(self, ev: StartEvent) -> A:
        return A()
    @step
    async def finish(self, ev: A) -> StopEvent:
        return StopEvent()

class Inherits(Base):
    @step
    async def finish(self, ev: A) -> B:
        return B()
    @step
    async def really(self, ev: B) -> StopEvent:
        return StopEvent()

class DroppedStep(Base):
    async def finish(self, ev: A) -> StopEvent:
        return StopEvent()

class Sub(A):
    pass

class Subclasses(Workflow):
    @step
    async def make(self, ev: StartEvent) -> Sub:
        return Sub()
    @step(accept_event_subclasses=True)
    async def take(self, ev: A) -> StopEvent:
        return StopEvent()
'''
NAMES = re.findall(r"^class (\w+)", VARIED, re.MULTILINE)
WORKFLOWS = [name for name in NAMES if name not in ("Database", "Sub")]


def declared_edges(graph: dict) -> set[tuple[str, str]]:
    return {
        (edge["source"].rpartition(".")[2], edge["target"].rpartition(".")[2])
        for edge in graph["edges"]
        if "declared" in edge["origins"] and edge["kind"] not in ("fails", "uses")
    }


def engine_edges(workflow: type) -> set[tuple[str, str]]:
    shown = get_workflow_representation(workflow)
    resources = {node.id for node in shown.nodes if node.node_type == "resource"}
    plain = {"external_step": "person"}
    return {
        (plain.get(edge.source, edge.source), plain.get(edge.target, edge.target))
        for edge in shown.edges
        if edge.target not in resources
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_source_and_class_declare_what_the_engine_says(
    name: str, write: Callable[..., Path], load: Callable[[Path], ModuleType]
) -> None:
    path = write(VARIED)
    source = {found.name: found for found in discover([path]).workflows}[name]
    workflow = getattr(load(path), name)
    # What a body that was read to its end never gives is left out, but named.
    never = {(edge["source"].rpartition(".")[2], edge["target"].rpartition(".")[2]) for edge in source.graph["never"]}
    assert declared_edges(source.graph) | never == engine_edges(workflow)
    assert declared_edges(declared_graph(workflow)) == engine_edges(workflow)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_two_readings_agree_on_ids_and_facts(
    name: str, write: Callable[..., Path], load: Callable[[Path], ModuleType]
) -> None:
    path = write(VARIED)
    source = {found.name: found for found in discover([path]).workflows}[name]
    imported = declared_graph(getattr(load(path), name))
    assert {node["id"] for node in imported["nodes"]} == {node["id"] for node in source.graph["nodes"]}
    merged = merge_graphs(source.graph, imported)
    assert merged["edges"] == source.graph["edges"]
    steps = {node["id"]: node for node in imported["nodes"] if node["kind"] == "step"}
    for node in source.graph["nodes"]:
        if node["kind"] == "step":
            other = steps[node["id"]]
            for fact in ("line", "end_line", "doc", "num_workers", "file", "source"):
                assert node[fact] == other[fact], fact
            assert sorted(node["accepts"]) == sorted(other["accepts"])
    assert {node["id"]: node.get("role") for node in imported["nodes"]} == {
        node["id"]: node.get("role") for node in source.graph["nodes"]
    }


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_the_samples(path: Path, load: Callable[[Path], ModuleType]) -> None:
    for source in discover([path]).workflows:
        workflow = getattr(load(path), source.name)
        assert declared_edges(source.graph) == engine_edges(workflow)
        assert merge_graphs(source.graph, declared_graph(workflow))["edges"] == source.graph["edges"]


def test_a_runner_loads_nothing_else_with_it() -> None:
    code = (
        "import sys, inspectors.graph.declared\n"
        "ours = {name for name in sys.modules if name.startswith('inspectors')}\n"
        "known = {'inspectors', 'inspectors.graph', 'inspectors.graph.declared', 'inspectors.graph.model'}\n"
        "assert ours == known, ours\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_without_step_configurations_the_public_representation_is_used(
    write: Callable[..., Path], load: Callable[[Path], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = load(write(VARIED)).Person
    expected = engine_edges(workflow)
    monkeypatch.setattr("inspectors.graph.declared._ClassReader.read", lambda self: self.gone)
    graph = declared_graph(workflow)
    assert declared_edges(graph) == expected
    assert "event:flows.Ask" in {node["id"] for node in graph["nodes"]}
    assert "step:flows.Person.ask" in {node["id"] for node in graph["nodes"]}
