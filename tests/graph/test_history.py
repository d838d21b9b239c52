"""What runs took of a graph: counts, shares, times, errors, what never and what nobody drew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from inspectors.discovery import discover
from inspectors.graph.history import History, RunCounts, counts_of, summary, with_history
from tests.graph.corpus_lab import Corpus

FLOW = """
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

class A(Event):
    pass

class B(Event):
    pass

class Flow(Workflow):
    @step
    async def route(self, ctx: Context, ev: StartEvent) -> A | B:
        ctx.write_event_to_stream(globals()["A"]())
        return A() if ev.kind == "a" else B()

    @step
    async def on_a(self, ev: A) -> StopEvent:
        return StopEvent(result="a")

    @step
    async def on_b(self, ev: B) -> StopEvent:
        if len(type(ev).__name__) == 1:
            raise ValueError("b")
        return StopEvent(result="b")
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    path = tmp_path / "flow.py"
    path.write_text(FLOW)
    return Corpus(path, tmp_path / "runs.db")


def edge(one: str, kind: str, other: str) -> str:
    ids = [
        f"event:workflows.events.{end}" if end in ("StartEvent", "StopEvent")
        else f"event:flow.{end}" if end[0].isupper()
        else f"step:flow.Flow.{end}"
        for end in (one, other)
    ]  # fmt: skip
    return f"{ids[0]}|{ids[1]}|{kind}"


def test_a_history_tells_how_often_and_what_never(corpus: Corpus) -> None:
    graph = discover([corpus.path]).workflows[0].graph
    with corpus:
        asyncio.run(corpus.run("Flow", [{"kind": "a"}, {"kind": "a"}, {"kind": "b"}]))
        seen = History(corpus.lab.store).graph({**graph, "module": "lab"})
        chosen = History(corpus.lab.store)
        first = [run.run_id for run in corpus.lab.store.runs()][-1:]
        counted, of = chosen.counts("Flow", "lab", first)
    # The lab's runs say that their module is "lab", so the ids of steps do as well.
    assert of == 1 and len(counted) == 1
    assert seen["history"]["runs"] == seen["history"]["of"] == 3
    assert {"step:lab.Flow.route", "step:lab.Flow.on_a", "step:lab.Flow.on_b"} <= set(seen["history"]["nodes"])


def test_shares_times_and_errors(corpus: Corpus) -> None:
    graph = discover([corpus.path]).workflows[0].graph
    with corpus:
        asyncio.run(corpus.run("Flow", [{"kind": "a"}, {"kind": "a"}, {"kind": "b"}]))
        runs = [counts_of(corpus.lab.store.records(run.run_id), "flow.Flow") for run in corpus.lab.store.runs()]
    history = summary(graph, runs)
    route, on_b = (history["nodes"][f"step:flow.Flow.{name}"] for name in ("route", "on_b"))
    assert (route["count"], route["runs"], route["share"], route["errors"]) == (3, 3, 1.0, 0)
    assert 0 < route["median_ms"] <= route["p95_ms"]
    assert (on_b["count"], on_b["share"], on_b["error_types"]) == (1, 0.3333, {"ValueError": 1})
    assert on_b["median_ms"] is None
    to_a = history["edges"][edge("route", "returns", "A")]
    assert to_a == {"count": 2, "runs": 2, "share": 0.6667, "of_source": 0.6667}
    assert history["never"] == [edge("on_b", "returns", "StopEvent")]
    assert history["not_drawn"] == [edge("route", "streams", "A")]
    assert history["coverage"]["steps"] == {"taken": 3, "of": 3, "share": 1.0}
    drawn = history["coverage"]["edges"]
    assert drawn["taken"] == drawn["of"] - 1

    shown = with_history(graph, runs)
    origins = {f"{one['source']}|{one['target']}|{one['kind']}": one["origins"] for one in shown["edges"]}
    assert origins[edge("route", "streams", "A")] == ["observed"]
    assert origins[edge("route", "returns", "A")] == ["declared", "inferred", "observed"]
    assert origins[edge("on_b", "returns", "StopEvent")] == ["declared", "inferred"]


def test_nothing_was_run_yet(corpus: Corpus) -> None:
    graph = discover([corpus.path]).workflows[0].graph
    history: dict[str, Any] = summary(graph, [])
    assert history["runs"] == 0
    assert history["coverage"]["edges"]["share"] == 0.0
    assert set(history["never_steps"]) == {node["id"] for node in graph["nodes"] if node["kind"] == "step"}


def test_a_send_that_is_drawn_as_a_return_counts_there() -> None:
    graph = {
        "name": "W",
        "module": "m",
        "nodes": [{"id": "step:m.W.s", "kind": "step", "name": "s"}, {"id": "event:m.A", "kind": "event", "name": "A"}],
        "edges": [{"source": "step:m.W.s", "target": "event:m.A", "kind": "returns", "origins": ["declared"]}],
    }
    run = RunCounts()
    run.edges["step:m.W.s", "event:m.A", "sends"] += 2
    history = summary(graph, [run])
    assert history["edges"]["step:m.W.s|event:m.A|returns"]["count"] == 2
    assert history["not_drawn"] == history["never"] == []
