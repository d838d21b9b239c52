"""What is handed on: to constructors, objects, tools, threads, functions around, and a child's own context."""

from pathlib import Path
from typing import Any

import pytest

from inspectors.discovery import discover

HEAD = """
import asyncio
import threading
from collections import defaultdict
from typing import NamedTuple

from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class A(Event):
    pass

class B(Event):
    pass

class Child(Workflow):
    @step
    async def only(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(A())
        return StopEvent()

class Pair(NamedTuple):
    one: Event
    other: Event

TABLE = {"a": A}
TABLE["b"] = B

class Board:
    def __init__(self, emit=None):
        self.emit = emit
        self.kept = []

    def keep(self, ev):
        self.kept.append(ev)

async def tool(ctx: Context, what: str) -> str:
    "Ask."
    ctx.write_event_to_stream(B())
    reply = await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(prefix=what))
    return reply.response
"""


def _edges(folder: Path, code: str, name: str) -> set[tuple[str, str, str]]:
    path = folder / "flow.py"
    path.write_text(HEAD + code, encoding="utf-8")
    found: dict[str, Any] = {source.name: source.graph for source in discover([path]).workflows}
    return {
        (edge["source"].rpartition(".")[2], edge["kind"], edge["target"].rpartition(".")[2])
        for edge in found[name]["edges"]
    }


STEP = """
class Flow(Workflow):
    board = Board()

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
{body}
        return StopEvent()
"""


@pytest.mark.parametrize(
    ("body", "streamed"),
    [
        ("self.board.best = A()\nctx.write_event_to_stream(self.board.best)", {"A"}),
        ("self.board.keep(B())\nfor kept in self.board.kept:\n    ctx.write_event_to_stream(kept)", {"B"}),
        ("Board(ctx.write_event_to_stream).emit(A())", {"A"}),
        ("board = Board()\nboard.emit = ctx.write_event_to_stream\nboard.emit(B())", {"B"}),
        ("threading.Thread(target=self.board.emit or ctx.write_event_to_stream, args=(A(),)).start()", {"A"}),
        (
            "found = None\ndef inner():\n    nonlocal found\n    found = A()\nif ev.x:\n    inner()\n"
            "ctx.write_event_to_stream(found)",
            {"A"},
        ),
        (
            "for n in range(2):\n    if ev.x:\n        break\nelse:\n    return StopEvent()\n"
            "ctx.write_event_to_stream(B())",
            {"B"},
        ),
        ("kind = 'a'\nif kind == 'b':\n    ctx.write_event_to_stream(B())\nctx.write_event_to_stream(A())", {"A"}),
        ("groups = defaultdict(list)\ngroups['a'] += [B()]\nctx.write_event_to_stream(groups['a'][0])", {"B"}),
        (
            "results = await asyncio.gather(self.one(), return_exceptions=True)\nfor one in results:\n"
            "    if isinstance(one, Exception):\n        ctx.write_event_to_stream(B())",
            {"B"},
        ),
        ("handler = Child().run()\nhandler.ctx.write_event_to_stream(B())", set()),
        (
            "state = 'a'\nwhile state != 'd':\n    if state == 'a':\n        state = 'b'\n    elif state == 'b':\n"
            "        state = 'c'\n    elif state == 'c':\n        ctx.write_event_to_stream(A())\n        state = 'd'\n"
            "if state == 'd':\n    ctx.write_event_to_stream(B())",
            {"A", "B"},
        ),
        (
            "mode = 'one'\nfor part in ev.parts:\n    if part.new:\n        mode = 'two'\n        continue\n"
            "    if mode == 'two':\n        ctx.write_event_to_stream(B())",
            {"B"},
        ),
        (
            "last = [None]\ndef keep(one):\n    last[0] = one\nkeep(A())\nctx.write_event_to_stream(last[0])",
            {"A"},
        ),
        (
            "kept = {}\ndef keep(key, one):\n    kept[key] = one\nkeep(ev.x, A())\n"
            "for one in kept.values():\n    ctx.write_event_to_stream(one)",
            {"A"},
        ),
        (
            "kept = [A()]\nif ev.x:\n    kept.append(B())\nkept.append(StopEvent())\n"
            "for one in kept:\n    ctx.write_event_to_stream(one)",
            {"A", "B", "StopEvent"},
        ),
        (
            "kept = {'a': A()} if ev.x else {'b': B()}\nkept.update(c=StopEvent())\n"
            "for one in kept.values():\n    ctx.write_event_to_stream(one)",
            {"A", "B", "StopEvent"},
        ),
        (
            "one = A()\ndef outer():\n    other = B()\n    def inner():\n"
            "        run = lambda: [ctx.write_event_to_stream(x) for x in (one, other)]\n        run()\n"
            "    inner()\nouter()",
            {"A", "B"},
        ),
        ("ctx.write_event_to_stream(TABLE[ev.kind]())", {"A", "B"}),
        ("pair = Pair(A(), B())\nctx.write_event_to_stream(pair[1])", {"A", "B"}),
        ("one, other = Pair(A(), B())\nctx.write_event_to_stream(other)", {"A", "B"}),
        (
            "def marked(inner):\n    def outer():\n        ctx.write_event_to_stream(A())\n"
            "        return inner()\n    return outer\n@marked\ndef run():\n"
            "    ctx.write_event_to_stream(B())\nrun()",
            {"A", "B"},
        ),
        ("loop = asyncio.get_running_loop()\nctx.write_event_to_stream(await loop.run_in_executor(None, A))", {"A"}),
    ],
)
def test_what_a_step_streams(body: str, streamed: set[str], tmp_path: Path) -> None:
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    code = STEP.format(body=indented) + "\n    async def one(self):\n        return A()\n"
    found = _edges(tmp_path, code, "Flow")
    assert {target for source, kind, target in found if (source, kind) == ("go", "streams")} == streamed


def test_what_makers_hand_to_a_constructor(tmp_path: Path) -> None:
    """Of sisters only what the class at hand hands to their base."""
    code = """
class Base(Workflow):
    def __init__(self, kind, child):
        super().__init__()
        self.kind = kind
        self.child = child

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(self.kind())
        async for event in self.child.run().stream_events():
            if not isinstance(event, StopEvent):
                ctx.write_event_to_stream(event)
        return StopEvent()

class One(Base):
    def __init__(self):
        super().__init__(B, child=Child())

class Other(Base):
    def __init__(self, child):
        super().__init__(A, child)

async def main():
    child = Child()
    await Other(child).run()
"""
    one, other = (_edges(tmp_path, code, name) for name in ("One", "Other"))
    assert {edge for edge in one if edge[1] in ("streams", "starts")} == {
        ("go", "streams", "B"), ("go", "streams", "A"), ("go", "starts", "Child"),
    }  # fmt: skip
    assert ("go", "streams", "B") not in other
    assert {("go", "streams", "A"), ("go", "starts", "Child")} <= other


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("agent = FunctionAgent(tools=[tool])", "agent"),
        ("one = FunctionAgent(name='one', tools=[tool])\nteam = AgentWorkflow(agents=[one], root_agent='one')", "team"),
        ("class Own(FunctionAgent):\n    def __init__(self):\n        super().__init__(tools=[tool])", "Own"),
    ],
)
def test_what_tools_do_with_the_context_is_done_by_the_step_that_calls_them(
    code: str, name: str, tmp_path: Path
) -> None:
    found = _edges(tmp_path, code, name)
    assert {
        ("call_tool", "streams", "B"), ("call_tool", "prompts", "InputRequiredEvent"),
        ("HumanResponseEvent", "waits", "call_tool"), ("person", "answers", "HumanResponseEvent"),
    } <= found  # fmt: skip


def test_a_forwarded_agent_shows_what_its_tools_write(tmp_path: Path) -> None:
    body = (
        "async for event in FunctionAgent(tools=[tool]).run(user_msg='x').stream_events():\n"
        "    if isinstance(event, (B, InputRequiredEvent)):\n        ctx.write_event_to_stream(event)"
    )
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    found = _edges(tmp_path, STEP.format(body=indented), "Flow")
    assert {("go", "streams", "B"), ("go", "streams", "InputRequiredEvent")} <= found


TOOLS = """
class WithContext(FunctionTool):
    async def acall(self, ctx: Context, **kwargs):
        return await self._async_fn(ctx, **kwargs)

class Loud(FunctionTool):
    def __init__(self, ctx):
        super().__init__(self.shout)
        self.ctx = ctx

    def shout(self):
        self.ctx.write_event_to_stream(A())

    def call(self):
        return super().call()

def make_tool(ctx: Context):
    async def look(what: str) -> str:
        ctx.write_event_to_stream(A())
    return FunctionTool.from_defaults(async_fn=look)

class Made(Event):
    tools: list

class Flow(Workflow):
    def __init__(self):
        super().__init__()
        self.tools = []

    @step
    async def make(self, ctx: Context, ev: StartEvent) -> Made:
        {made}

    @step
    async def use(self, ctx: Context, ev: Made) -> StopEvent:
        {used}
        return StopEvent()
"""


@pytest.mark.parametrize(
    ("made", "used", "by"),
    [
        ("return Made(tools=[make_tool(ctx)])", "await ev.tools[0].acall(what='x')", {("use", "A")}),
        ("return Made(tools=[make_tool(ctx)])", "for one in ev.tools: one(what='x')", {("use", "A")}),
        (
            "self.tools.append(make_tool(ctx)); return Made(tools=[])",
            "await {one.metadata.name: one for one in self.tools}['look'].acall(what='x')",
            {("use", "A")},
        ),
        ("return Made(tools=[make_tool(ctx)])", "await self.llm.apredict_and_call(ev.tools)", {("make", "A")}),
        (
            "return Made(tools=[WithContext.from_defaults(async_fn=tool)])",
            "await ev.tools[0].acall(ctx, what='x')",
            {("use", "B")},
        ),
        ("return Made(tools=[WithContext(async_fn=tool)])", "await ev.tools[0].acall(ctx, what='x')", {("use", "B")}),
        ("return Made(tools=[])", "Loud(ctx).call()", {("use", "A")}),
    ],
)
def test_a_tool_is_called_by_the_step_that_calls_it_or_else_by_who_makes_it(
    made: str, used: str, by: set[tuple[str, str]], tmp_path: Path
) -> None:
    found = _edges(tmp_path, TOOLS.replace("{made}", made).replace("{used}", used), "Flow")
    assert {(source, target) for source, kind, target in found if kind == "streams"} == by


def test_an_agent_calls_a_tool_whose_function_is_its_own_method(tmp_path: Path) -> None:
    code = """
class Asking(FunctionTool):
    def __init__(self):
        super().__init__(self._ask)

    async def _ask(self, ctx: Context, what: str) -> str:
        ctx.write_event_to_stream(A())

class Own(FunctionAgent):
    def __init__(self):
        super().__init__(tools=[Asking()])
"""
    assert ("call_tool", "streams", "A") in _edges(tmp_path, code, "Own")


@pytest.mark.parametrize(
    "more",
    ["", "def run(self, **words):\n        return super().run(**words)"],
    ids=["the engine's run", "a run of its own"],
)
def test_a_flow_may_run_itself(more: str, tmp_path: Path) -> None:
    code = f"""
class Flow(Workflow):
    {more}

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        if ev.level:
            await self.again()
        return StopEvent()

    async def again(self):
        return await self.run(level=0)
"""
    assert ("go", "starts", "Flow") in _edges(tmp_path, code, "Flow")


@pytest.mark.parametrize(
    "made",
    [
        "def own(**options):\n    def mark(function):\n        return step(**options)(function)\n    return mark",
        "def own(**options):\n    return step(num_workers=2, **options)",
    ],
)
def test_a_decorator_of_ones_own_that_makes_a_step(made: str, tmp_path: Path) -> None:
    code = f"""
{made}

class Flow(Workflow):
    @own(num_workers=3)
    async def go(self, ctx: Context, ev: StartEvent) -> A:
        return A()

    @own()
    async def end(self, ev: A) -> StopEvent:
        return StopEvent()
"""
    found = _edges(tmp_path, code, "Flow")
    assert {("StartEvent", "consumes", "go"), ("go", "returns", "A"), ("end", "returns", "StopEvent")} <= found


def test_a_step_that_a_function_gives_to_a_class(tmp_path: Path) -> None:
    code = """
def shield(flow):
    @step(workflow=flow)
    async def check(ev: A) -> StopEvent:
        return StopEvent()

class Flow(Workflow):
    @step
    async def go(self, ev: StartEvent) -> A:
        return A()

class Other(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        return StopEvent()

shield(Flow)
"""
    given = {("A", "consumes", "check"), ("check", "returns", "StopEvent")}
    assert given <= _edges(tmp_path, code, "Flow")
    assert not given & _edges(tmp_path, code, "Other")


def test_a_decorator_of_ones_own_that_makes_no_step(tmp_path: Path) -> None:
    code = """
def own(function):
    return function

class Flow(Workflow):
    @own
    async def helper(self, ev: A) -> StopEvent:
        return StopEvent()

    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
"""
    assert not any("helper" in edge for edge in _edges(tmp_path, code, "Flow"))


def test_lines_are_counted_as_python_counts_them(tmp_path: Path) -> None:
    """A form feed, or a separator in a string, ends no line: else a step would show another one's source."""
    path = tmp_path / "flow.py"
    path.write_text("TEXT = 'a\u2028b'\n\x0c\n" + HEAD + STEP.format(body="        pass"), encoding="utf-8", newline="")
    source = next(one for one in discover([path]).workflows if one.name == "Flow")
    step = next(node for node in source.graph["nodes"] if node["name"] == "go")
    assert step["source"].startswith("@step\nasync def go(")
