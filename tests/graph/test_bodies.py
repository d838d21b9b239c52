"""Bodies followed as they run: what is impossible, refused, unknown, and where a value came from."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.graph.test_inferred import step

GraphOf = Callable[..., dict[str, Any]]
Edges = Callable[[dict[str, Any]], dict[str, tuple[list[str], str, bool]]]


def step_node(graph: dict[str, Any], name: str = "s") -> dict[str, Any]:
    return next(node for node in graph["nodes"] if node["kind"] == "step" and node["name"] == name)


def never(graph: dict[str, Any]) -> list[str]:
    return [edge["target"].rpartition(".")[2] for edge in graph["never"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return A()", ["B"]),
        ("raise ValueError", ["A", "B"]),
        ("return A()\nreturn B()", ["B"]),
        ("if ev.x:\n    return A()\nreturn B()", []),
        ("return make(ev)", []),
        ("...", []),
        ("raise NotImplementedError", []),
        ("with suppress(ValueError):\n    return A()\nreturn B()", []),
        ("for part in []:\n    return A()\nreturn B()", []),
        ("ctx.send_event(B())\nreturn A()", []),
        ("ctx.send_event(other(ev))\nreturn A()", []),
        ("while True:\n    if ev.x:\n        break\n    return A()\nreturn B()", []),
        ("try:\n    return A()\nexcept ValueError:\n    return B()", []),
    ],
)
def test_what_a_body_never_gives_is_named_and_not_drawn(
    graph_of: GraphOf, edges: Edges, body: str, expected: list[str]
) -> None:
    graph = graph_of(step(body, "A | B"))
    assert never(graph) == expected
    assert not any(f"s returns {name}" in edges(graph) for name in expected)


def test_a_send_that_the_engine_refuses_is_marked(graph_of: GraphOf) -> None:
    other = "    @step\n    async def t(self, ev: A) -> StopEvent:\n        return StopEvent()\n"
    refused = graph_of(step("ctx.send_event(A())", "None") + other)
    declared = graph_of(step("ctx.send_event(A())", "A | None") + other)
    assert [edge["kind"] for edge in refused["edges"] if edge.get("refused")] == ["sends"]
    assert not any(edge.get("refused") for edge in declared["edges"])


def test_what_the_source_does_not_name_is_said(graph_of: GraphOf) -> None:
    body = "ctx.send_event(globals()[ev.kind]())\nctx.write_event_to_stream(elsewhere(ev))\nreturn table[ev.kind]"
    unknown = step_node(graph_of(step(body)))["unknown"]
    assert [(one["kind"], one["source"]) for one in unknown] == [
        ("sends", "globals()[ev.kind]()"),
        ("streams", "elsewhere(ev)"),
        ("returns", "table[ev.kind]"),
    ]


def test_narrowing(graph_of: GraphOf, edges: Edges) -> None:
    body = (
        "if isinstance(ev, A):\n    ctx.write_event_to_stream(ev)\nelse:\n    ctx.send_event(ev)\n"
        "match ev:\n    case B():\n        return StopEvent()\n    case _:\n        return ev"
    )
    found = set(edges(graph_of(step(body, "StopEvent", "A | B"))))
    assert {"s streams A", "s sends B", "s returns StopEvent", "s returns A"} <= found
    assert not {"s streams B", "s sends A", "s returns B"} & found


def test_constants_in_decorators(graph_of: GraphOf, edges: Edges) -> None:
    body = (
        "COUNT = 7\nNAMES = ['s']\nquick = step(num_workers=COUNT)\n"
        "class W(Workflow):\n    @quick\n    async def s(self, ev: StartEvent) -> StopEvent:\n"
        "        return StopEvent()\n"
        "    @catch_error(for_steps=NAMES)\n"
        "    async def h(self, ev: StepFailedEvent) -> StopEvent:\n        return StopEvent()\n"
    )
    graph = graph_of(body)
    assert step_node(graph)["num_workers"] == 7
    assert "s fails h" in edges(graph)


def test_steps_of_an_agent_come_from_its_own_package(graph_of: GraphOf, edges: Edges) -> None:
    head = "from llama_index.core.agent.workflow import FunctionAgent\n"
    graph = graph_of("class Mine(FunctionAgent):\n    pass\n", head=head)
    found = edges(graph)
    assert {"run_agent_step streams AgentStream", "parse_agent_output sends ToolCall"} <= set(found)


def test_a_child_that_forwards_itself_ends(graph_of: GraphOf, edges: Edges) -> None:
    body = (
        "class W(Workflow):\n    @step\n    async def s(self, ctx: Context, ev: StartEvent) -> StopEvent:\n"
        "        ctx.write_event_to_stream(A())\n        handler = W().run()\n"
        "        async for e in handler.stream_events():\n            ctx.write_event_to_stream(e)\n"
        "        return StopEvent(result=await handler)\n"
    )
    assert "s streams A" in edges(graph_of(body))
