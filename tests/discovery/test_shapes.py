"""What workflows take to start and as an answer."""

from collections.abc import Callable
from pathlib import Path

import pytest

from inspectors.discovery import AnswerShape, StartShape, answer_shape, discover

Write = Callable[[str, str], Path]
HEAD = """
from typing import Annotated, ClassVar, Literal, Optional
from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
"""


def body_of(lines: str, takes: str) -> str:
    inner = "\n".join(f"        {line}" for line in lines.strip("\n").splitlines())
    return f"class W(Workflow):\n    @step\n    async def s(self, ctx: Context, ev: {takes}) -> StopEvent:\n{inner}\n"


@pytest.fixture
def start(write: Write) -> Callable[..., StartShape]:
    """The start shape of a workflow whose one step has this body."""

    def read(lines: str, takes: str = "StartEvent", head: str = "") -> StartShape:
        return discover([write("flow.py", HEAD + head + body_of(lines, takes))]).workflows[0].start

    return read


@pytest.fixture
def answer(write: Write) -> Callable[..., AnswerShape]:
    """The answer shape of a workflow whose one step has this body."""

    def read(lines: str, takes: str = "HumanResponseEvent", head: str = "") -> AnswerShape:
        source = discover([write("flow.py", HEAD + head + body_of(lines, takes))]).workflows[0]
        return answer_shape(source, ["s"])

    return read


@pytest.mark.parametrize(
    ("line", "required", "has_default", "default", "read_as"),
    [
        ("x = ev.topic", True, False, None, "ev.topic"),
        ("x = ev.topic.strip().upper()", True, False, None, "ev.topic"),
        ("x = ev['topic']", True, False, None, "ev['topic']"),
        ("x = getattr(ev, 'topic')", True, False, None, "getattr(ev, 'topic')"),
        ("x = getattr(ev, 'topic', 3)", False, True, 3, "getattr(ev, 'topic', 3)"),
        ("x = ev.get('topic')", False, True, None, "ev.get('topic')"),
        ("x = ev.get('topic', '')", False, True, "", "ev.get('topic', '')"),
        ("x = ev.get('topic', default=[1, 2])", False, True, [1, 2], "ev.get('topic', default=[1, 2])"),
        ("x = ev.get('topic', self.usual)", False, False, None, "ev.get('topic', self.usual)"),
        ("x = f'{ev.topic}'", True, False, None, "ev.topic"),
        ("other = ev\nx = other.topic", True, False, None, "other.topic"),
        ("def inner():\n    return ev.topic", True, False, None, "ev.topic"),
        ("x = ev.topic\ny = ev.get('topic', 'z')", False, True, "z", "ev.topic"),
    ],
)
def test_fields_that_are_read(
    start: Callable[..., StartShape],
    line: str,
    required: bool,
    has_default: bool,
    default: object,
    read_as: str,
) -> None:
    shape = start(line)
    assert (shape.event_type, shape.module, shape.typed) == ("StartEvent", "workflows.events", False)
    (field,) = shape.fields
    found = (field.name, field.required, field.has_default, field.default, field.read_as, field.step)
    assert found == ("topic", required, has_default, default, read_as, "s")


def test_fields_that_helpers_read(start: Callable[..., StartShape]) -> None:
    helpers = (
        "def outer(start, other):\n    return inner(event=start)\n"
        "def inner(event):\n    return event.get('depth', 2), outer(event, 1)\n"
    )
    shape = start("x = outer(ev, 1)\ny = self.own(ev)\nz = ev.near", head=helpers)
    assert [(field.name, field.read_as) for field in shape.fields] == [
        ("near", "ev.near"),
        ("depth", "event.get('depth', 2)"),
    ]


def test_required_first_and_what_is_no_field(start: Callable[..., StartShape]) -> None:
    shape = start(
        "a = ev.get('optional', 1)\nev.seen = 2\nev.model_dump()\nev.keys()\nev._private\nother.thing\nb = ev.needed"
    )
    assert [(field.name, field.required) for field in shape.fields] == [("needed", True), ("optional", False)]


TYPED = '''
class Kind(StartEvent):
    """What to begin with."""
    query: str
    limit: int = Field(default=10, ge=1, le=50, description="How many.")
    mode: Literal["a", "b"] = "a"
    tags: list[str] = Field(default_factory=list)
    name: Annotated[str, Field(min_length=2, examples=["x"])]
    maybe: Optional[int] = None
    """Said below."""
    must: int = Field(..., gt=0)
    first: int = Field(7)
    computed: float = make()
    shared: ClassVar[int] = 3
    _hidden: int = 4
    model_config = {}
'''


def test_a_typed_start_event(start: Callable[..., StartShape]) -> None:
    shape = start("return ev.query + ev.mode", "Kind", TYPED)
    assert (shape.event_type, shape.module, shape.typed, shape.doc) == (
        "Kind", "flow", True, "What to begin with.",
    )  # fmt: skip
    fields = {field.name: field for field in shape.fields}
    assert list(fields) == [
        "query", "name", "must", "limit", "mode", "tags", "maybe", "first", "computed",
    ]  # fmt: skip
    assert fields["query"].read_as == "ev.query"
    assert (fields["query"].annotation, fields["query"].required) == ("str", True)
    assert (fields["limit"].default, fields["limit"].constraints) == (10, {"ge": 1, "le": 50})
    assert fields["limit"].description == "How many."
    assert (fields["mode"].annotation, fields["mode"].default) == ("Literal['a', 'b']", "a")
    assert (fields["tags"].required, fields["tags"].default, fields["tags"].has_default) == (False, [], True)
    assert (fields["name"].annotation, fields["name"].constraints) == (
        "str", {"min_length": 2, "examples": ["x"]},
    )  # fmt: skip
    assert (fields["maybe"].has_default, fields["maybe"].default) == (True, None)
    assert fields["maybe"].description == "Said below."
    assert (fields["must"].required, fields["must"].constraints) == (True, {"gt": 0})
    assert (fields["first"].default, fields["first"].required) == (7, False)
    computed = fields["computed"]
    assert (computed.required, computed.has_default, computed.default_source) == (False, False, "make()")


def test_inherited_fields_and_overrides(start: Callable[..., StartShape]) -> None:
    head = "class Base(StartEvent):\n    a: int\n    b: int = 1\nclass Kind(Base):\n    a: int = 5\n    c: str\n"
    shape = start("...", "Kind", head)
    assert [(field.name, field.required, field.default) for field in shape.fields] == [
        ("c", True, None),
        ("a", False, 5),
        ("b", False, 1),
    ]


@pytest.mark.parametrize(
    ("lines", "literals"),
    [
        ("if ev.response.strip().upper() == 'APPROVE': ...", ["APPROVE"]),
        ("if ev.response in ('yes', 'y'): ...", ["yes", "y"]),
        ("if ev.response.lower() in {'b', 'a'}: ...", ["a", "b"]),
        ("if 'yes' == ev.response: ...", ["yes"]),
        ("if ev.get('response', '').strip() == 'OK': ...", ["OK"]),
        ("word = ev.response.strip()\nif word == 'A': ...\nelif word == 'B': ...", ["A", "B"]),
        ("match ev.response.lower():\n    case 'x' | 'y': ...\n    case _: ...", ["x", "y"]),
        ("if str(ev.response).startswith('APP'): ...", ["APP"]),
        ("if (word := ev.response) != 'NO': ...", ["NO"]),
        ("return ev.response", None),
    ],
)
def test_words_an_answer_is_compared_with(
    answer: Callable[..., AnswerShape], lines: str, literals: list[str] | None
) -> None:
    shape = answer(lines)
    assert shape.event_type == "HumanResponseEvent"
    assert [field.name for field in shape.fields] == ["response"]
    assert shape.literals == ({"response": literals} if literals else {})
    assert shape.steps == ["s"]


@pytest.mark.parametrize(
    "lines",
    [
        "got = await ctx.wait_for_event(HumanResponseEvent, InputRequiredEvent())\nif got.choice == 'GO': ...",
        "got: Event = await ctx.wait_for_event(\n    HumanResponseEvent,\n    timeout=9)\nif got.choice == 'GO': ...",
        "if (got := await ctx.wait_for_event(HumanResponseEvent)) and got.choice == 'GO': ...",
    ],
)
def test_the_answer_a_waiter_gets(answer: Callable[..., AnswerShape], lines: str) -> None:
    shape = answer(lines, "StartEvent")
    assert ([field.name for field in shape.fields], shape.literals) == (["choice"], {"choice": ["GO"]})


def test_a_typed_answer(answer: Callable[..., AnswerShape]) -> None:
    head = 'class Verdict(HumanResponseEvent):\n    """What you think."""\n    good: bool\n    text: str = ""\n'
    shape = answer("if ev.text == 'x': ...", "Verdict", head)
    assert (shape.event_type, shape.module, shape.typed, shape.doc) == (
        "Verdict", "flow", True, "What you think.",
    )  # fmt: skip
    assert [(field.name, field.required, field.read_as) for field in shape.fields] == [
        ("good", True, ""),
        ("text", False, "ev.text"),
    ]
    assert shape.literals == {"text": ["x"]}


def test_a_step_that_takes_no_answer(answer: Callable[..., AnswerShape]) -> None:
    shape = answer("return ev.x", "StartEvent")
    assert (shape.event_type, shape.fields, shape.literals, shape.steps) == ("", [], {}, [])
