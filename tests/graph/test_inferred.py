"""What bodies tell beyond annotations."""

from collections.abc import Callable
from typing import Any

import pytest

GraphOf = Callable[..., dict[str, Any]]
Edges = Callable[[dict[str, Any]], dict[str, tuple[list[str], str, bool]]]


APPENDED = """
found = []
for part in ev.parts:
    found.append(A())
return found
"""
MATCHED = """
match ev.x:
    case 1:
        ctx.send_event(A())
    case _:
        ctx.send_event(A())
"""


def step(body: str, returns: str = "StopEvent", takes: str = "StartEvent") -> str:
    lines = "\n".join(f"        {line}" for line in body.strip("\n").splitlines())
    head = "class W(Workflow):\n    @step\n"
    return f"{head}    async def s(self, ctx: Context, ev: {takes}) -> {returns}:\n{lines}\n"


@pytest.mark.parametrize(
    ("body", "label", "many"),
    [
        ("ctx.send_event(A())", "", False),
        ("a = A()\nctx.send_event(a)", "", False),
        ("ctx.send_event(message=A())", "", False),
        ("for n in range(3):\n    ctx.send_event(A())", "1 → 3", True),
        ("for n in range(2, 8, 2):\n    ctx.send_event(A())", "1 → 3", True),
        ("for n in ('a', 'b'):\n    ctx.send_event(A())", "1 → 2", True),
        ("for n in ev.parts:\n    ctx.send_event(A())", "1 → n", True),
        ("for n in range(2):\n    for m in [1, 2]:\n        ctx.send_event(A())", "1 → 4", True),
        ("for a in [A(), A(), A()]:\n    ctx.send_event(a)", "1 → 3", True),
        ("while ev.more:\n    ctx.send_event(A())", "1 → n", True),
        ("[ctx.send_event(A()) for n in range(5)]", "1 → 5", True),
        ("[ctx.send_event(A()) for n in range(5) if n]", "1 → n", True),
        ("ctx.send_event(A())\nctx.send_event(A())\nctx.send_event(A())", "1 → 3", True),
        ("if ev.x:\n    ctx.send_event(A())\nelse:\n    ctx.send_event(A())", "", False),
        ("if ev.x:\n    ctx.send_event(A())\n    return None\nctx.send_event(A())", "", False),
        ("if ev.x:\n    ctx.send_event(A())\nctx.send_event(A())", "1 → 2", True),
        ("parts = ['x', 'y', 'z']\nfor n, part in enumerate(parts):\n    ctx.send_event(A())", "1 → 3", True),
        ("try:\n    ctx.send_event(A())\nexcept ValueError:\n    pass", "", False),
        (MATCHED, "", False),
        ("with open('x') as f:\n    ctx.send_event(A())", "", False),
        ("def inner():\n    ctx.send_event(A())\ninner()", "", False),
    ],
)
def test_sends(graph_of: GraphOf, edges: Edges, body: str, label: str, many: bool) -> None:
    found = edges(graph_of(step(body)))
    assert found["s sends A"] == (["inferred"], label, many)


def test_a_declared_type_that_is_sent_is_one_edge(graph_of: GraphOf, edges: Edges) -> None:
    found = edges(graph_of(step("ctx.send_event(A())\nreturn None", "A | None")))
    assert found["s sends A"] == (["declared", "inferred"], "", False)
    assert "s returns A" not in found


def test_a_declared_type_that_is_both_sent_and_returned_is_two(graph_of: GraphOf, edges: Edges) -> None:
    found = edges(graph_of(step("ctx.send_event(A())\nreturn A()", "A | None")))
    assert found["s returns A"][0] == ["declared", "inferred"]
    assert found["s sends A"][0] == ["inferred"]


@pytest.mark.parametrize(
    ("body", "returns", "expected"),
    [
        ("return [A(), A()]", "list[A]", (["declared", "inferred"], "1 → 2", True)),
        ("return [A() for _ in range(4)]", "list[A]", (["declared", "inferred"], "1 → 4", True)),
        ("return [A() for p in ev.parts]", "list[A]", (["declared", "inferred"], "1 → n", True)),
        ("return [A()] * 3", "list[A]", (["declared", "inferred"], "1 → 3", True)),
        (APPENDED, "list[A]", (["declared", "inferred"], "1 → n", True)),
        ("return make()", "list[A]", (["declared"], "1 → n", True)),
        ("return A()", "A", (["declared", "inferred"], "", False)),
        ("a = A()\nreturn a", "A", (["declared", "inferred"], "", False)),
        ("return A() if ev.x else None", "A | None", (["declared", "inferred"], "", False)),
        ("return A()", "B", (["inferred"], "", False)),
        ("return (a := A())", "A", (["declared", "inferred"], "", False)),
    ],
)  # fmt: skip
def test_returns(graph_of: GraphOf, edges: Edges, body: str, returns: str, expected: tuple) -> None:
    assert edges(graph_of(step(body, returns)))["s returns A"] == expected


def test_a_helper_with_an_annotation_counts(graph_of: GraphOf, edges: Edges) -> None:
    found = edges(graph_of("def make() -> A:\n    return A()\n" + step("return make()", "A | StopEvent")))
    assert found["s returns A"][0] == ["declared", "inferred"]


def test_a_helper_that_is_given_the_context_sends(graph_of: GraphOf, edges: Edges) -> None:
    body = "async def spread(ctx):\n    for n in range(3):\n        ctx.send_event(A())\n"
    found = edges(graph_of(body + step("await spread(ctx)\nawait spread(ctx)")))
    assert found["s sends A"] == (["inferred"], "1 → 6", True)


def test_streams(graph_of: GraphOf, edges: Edges) -> None:
    graph = graph_of(step("ctx.write_event_to_stream(A())\nctx.write_event_to_stream(ev=Ask())\nreturn StopEvent()"))
    found = edges(graph)
    assert found["s streams A"] == (["inferred"], "streams", False)
    assert found["Ask asks person"][0] == ["inferred"]
    streamed = {node["name"]: node["streamed_only"] for node in graph["nodes"] if node["kind"] == "event"}
    assert streamed == {"StartEvent": False, "StopEvent": False, "A": True, "Ask": False}


def test_waiting_for_a_person(graph_of: GraphOf, edges: Edges) -> None:
    body = "got = await ctx.wait_for_event(Answer, waiter_event=Ask(), timeout=3)\nreturn StopEvent()"
    found = edges(graph_of(step(body)))
    for edge in ("s prompts Ask", "Ask asks person", "person answers Answer", "Answer waits s"):
        assert found[edge][0] == ["inferred"]


def test_waiting_without_a_prompt(graph_of: GraphOf, edges: Edges) -> None:
    found = edges(graph_of(step("await ctx.wait_for_event(HumanResponseEvent)")))
    assert found["HumanResponseEvent waits s"] == (["inferred"], "", False)
    assert "person answers HumanResponseEvent" in found
    assert not any("prompts" in edge for edge in found)


def test_waiting_for_an_event_of_another_step_asks_nobody(graph_of: GraphOf, edges: Edges) -> None:
    graph = graph_of(step("await ctx.wait_for_event(A)"))
    assert "A waits s" in edges(graph)
    assert not any(node["kind"] == "external" for node in graph["nodes"])


@pytest.mark.parametrize(
    ("expected", "label"),
    [
        ("[A] * 3", "n → 1, waits for 3"),
        ("3 * [A]", "n → 1, waits for 3"),
        ("[A, B]", "n → 1, waits for 2"),
        ("[A] * COUNT", "n → 1, waits for 5"),
        ("[A] * len(NAMES)", "n → 1, waits for 2"),
        ("[A] * ev.total", "n → 1"),
        ("[A] * 2 + [B]", "n → 1, waits for 3"),
        ("[A for _ in range(4)]", "n → 1, waits for 4"),
        ("wanted", "n → 1, waits for 2"),
    ],
)
def test_collecting(graph_of: GraphOf, edges: Edges, expected: str, label: str) -> None:
    body = f"wanted = [A, A]\ngot = ctx.collect_events(ev, {expected})\nreturn None"
    constants = "COUNT = 5\nNAMES = ('a', 'b')\n"
    found = edges(graph_of(constants + step(body, "StopEvent | None", "A | B")))
    assert found["A consumes s"] == (["declared"], label, False)


def test_an_addressed_event_reaches_its_step(graph_of: GraphOf, edges: Edges) -> None:
    other = "    @step\n    async def t(self, ev: B) -> StopEvent:\n        return StopEvent()\n"
    found = edges(graph_of(step('ctx.send_event(A(), step="t")') + other))
    assert found["A consumes t"][0] == ["inferred"]


def test_handlers_of_errors(graph_of: GraphOf, edges: Edges) -> None:
    body = step("return StopEvent()") + (
        "    @step\n    async def t(self, ev: A) -> StopEvent:\n        return StopEvent()\n"
        '    @catch_error(for_steps=["t"])\n'
        "    async def h(self, ev: StepFailedEvent) -> StopEvent:\n        return StopEvent()\n"
        "    @catch_error\n"
        "    async def every(self, ev: StepFailedEvent) -> StopEvent:\n        return StopEvent()\n"
    )
    found = edges(graph_of(body))
    assert {edge for edge in found if " fails " in edge} == {"t fails h", "s fails every"}


def test_children_and_what_steps_use(graph_of: GraphOf, edges: Edges) -> None:
    body = (
        "class Child(Workflow):\n    @step\n    async def c(self, ev: StartEvent) -> StopEvent:\n        ...\n"
        "class Model:\n    def ask(self): ...\n"
        "class W(Workflow):\n    model = Model()\n    def __init__(self):\n        self.second = Child()\n"
        "    @step\n    async def one(self, ev: StartEvent) -> StopEvent:\n"
        "        await Child(timeout=3).run(x=1)\n        self.model.ask()\n        return StopEvent()\n"
        "    @step\n    async def two(self, ev: A) -> StopEvent:\n        child = self.second\n"
        "        await child.run()\n        return StopEvent()\n"
    )
    graph = graph_of(body, "W")
    found = edges(graph)
    assert found["one starts Child"] == (["inferred"], "starts", False)
    assert found["two starts Child"] == (["inferred"], "starts", False)
    assert found["one uses Model"] == (["inferred"], "uses", False)
    child = next(node for node in graph["nodes"] if node["kind"] == "workflow")
    assert child["id"] == "workflow:flows.Child"
    assert child["steps"] == 1


def test_lines_and_source_of_a_step(graph_of: GraphOf) -> None:
    graph = graph_of(step("return StopEvent()"))
    node = next(node for node in graph["nodes"] if node["kind"] == "step")
    assert node["source"].startswith("@step\nasync def s(self")
    assert node["source"].endswith("    return StopEvent()")
    assert node["end_line"] - node["line"] == 2
    assert node["signature"] == "s(self, ctx: Context, ev: StartEvent) -> StopEvent"
    assert node["accepts"] == ["event:workflows.events.StartEvent"]


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ("retry_policy()", "3 attempts, 5 s apart"),
        ("retry_policy(stop=stop_after_attempt(4), wait=wait_fixed(0.5))", "4 attempts, 0.5 s apart"),
        ("ConstantDelayRetryPolicy(maximum_attempts=2, delay=1)", "2 attempts, 1 s apart"),
        ("ExponentialBackoffRetryPolicy()", "5 attempts"),
        ("MyPolicy()", "retries"),
        ("None", None),
    ],
)
def test_retries_in_words(graph_of: GraphOf, policy: str, text: str | None) -> None:
    source = step("return StopEvent()").replace("@step", f"@step(retry_policy={policy}, num_workers=7)")
    node = next(node for node in graph_of(source)["nodes"] if node["kind"] == "step")
    assert (node["retries"], node["num_workers"]) == (text, 7)


@pytest.mark.parametrize(
    "body",
    [
        "class W(Workflow):\n    @step\n    def s(self): ...\n",
        "class W(Workflow):\n    @step\n    def s(self, ev: Nowhere) -> Missing: ...\n",
        "class W(Workflow):\n    @step\n    def s(self, ev: 'not [valid') -> '': ...\n",
        "class W(W):\n    @step\n    def s(self, ev: StartEvent) -> W: ...\nclass V(Workflow):\n    pass\n",
        "X = Y\nY = X\nclass W(Workflow):\n    @step\n    def s(self, ev: X) -> Y: return X()\n",
        step("x = x\nreturn x\nctx.send_event(x)\nctx.send_event()\nctx.wait_for_event()"),
        step("ctx.collect_events(ev, [3] * -1)\nctx.send_event(*A)\nfor q in range(1, 2, 0): ctx.send_event(A())"),
        step("return " + "[" * 90 + "A()" + "]" * 90),
        step("if ev.a: pass\n" + "".join(f"elif ev.a{n}: ctx.send_event(A())\n" for n in range(150))),
        step("return " + " + ".join(["[A()]"] * 300)),
    ],
)
def test_odd_code_never_raises(graph_of: GraphOf, body: str) -> None:
    graph = graph_of(body)
    ids = {node["id"] for node in graph["nodes"]}
    assert all(edge["source"] in ids and edge["target"] in ids for edge in graph["edges"])


def test_an_unknown_event_is_shown_by_its_name(graph_of: GraphOf, edges: Edges) -> None:
    head = "from workflows import Workflow, step, Context\nfrom elsewhere import OddEvent, Thing\n"
    body = "class W(Workflow):\n    @step\n    def s(self, x: Thing, ev: OddEvent) -> NowhereEvent: ...\n"
    graph = graph_of(body, head=head)
    assert set(edges(graph)) == {"OddEvent consumes s", "s returns NowhereEvent"}
    assert {"event:elsewhere.OddEvent", "event:flows.NowhereEvent"} < {node["id"] for node in graph["nodes"]}
