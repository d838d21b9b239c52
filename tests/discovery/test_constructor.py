"""What a class takes to be made: what a form can give, what it can't, and what stands in for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from workflows import Workflow

from inspectors.discovery import ConstructorShape, Factory, discover
from inspectors.discovery.constructor import ENGINE_PARAMETERS, described_arguments

Write = Callable[[str, str], Path]

HEAD = """
import datetime
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, TypedDict
from pydantic import BaseModel, Field
from vectors import VectorStoreIndex
from workflows import Context, Workflow, step
from workflows.events import StartEvent, StopEvent

class Mode(enum.Enum):
    FAST = "fast"
    THOROUGH = "thorough"

class Auto(enum.Enum):
    ONE = enum.auto()

class Settings(BaseModel):
    depth: int = 1

Level = Literal["low", "high"]
"""
FLOW = """
class Flow(Workflow):
    def __init__(self, {parameters}):
        '''{doc}'''
        super().__init__()

    @step
    async def only(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
"""


@pytest.fixture
def shape(write: Write) -> Callable[..., ConstructorShape]:
    """The shape of a constructor with these parameters."""

    def read(parameters: str, doc: str = "", after: str = "") -> ConstructorShape:
        path = write("flow.py", HEAD + FLOW.replace("{parameters}", parameters).replace("{doc}", doc) + after)
        (source,) = discover([path]).workflows
        return source.constructor

    return read


def test_the_parameters_of_the_engine_are_the_installed_ones() -> None:
    assert set(inspect.signature(Workflow).parameters) == ENGINE_PARAMETERS


def test_a_class_without_a_constructor_takes_nothing(write: Write, flow: Callable[..., str]) -> None:
    (source,) = discover([write("flow.py", flow())]).workflows
    assert source.constructor == ConstructorShape()


def test_the_engines_own_parameters_and_any_others_are_no_fields(shape: Callable[..., ConstructorShape]) -> None:
    found = shape("timeout: float = 60, *args: Any, verbose=False, num_concurrent_runs: int = 2, **kwargs: Any")
    assert (found.fields, found.unfillable, found.factory) == ([], [], None)


@pytest.mark.parametrize(
    ("parameter", "annotation", "required", "default"),
    [
        ("x: str", "str", True, None),
        ("x: int = 3", "int", False, 3),
        ("x: float | None = None", "float | None", False, None),
        ("x: Optional[bool] = None", "Optional[bool]", False, None),
        ("x: 'str | Path'", "str | Path", True, None),
        ("x: datetime.date", "date", True, None),
        ("x: Literal['a', 'b'] = 'a'", "Literal['a', 'b']", False, "a"),
        ("x: Level = 'low'", "Literal['low', 'high']", False, "low"),
        ("x: Mode = Mode.FAST", "Literal['fast', 'thorough']", False, "fast"),
        ("x: Auto", "Auto", True, None),
        ("x: list[str]", "list[str]", True, None),
        ("x: dict[str, list[int]]", "dict[str, list[int]]", True, None),
        ("x: tuple[int, ...]", "tuple[int, ...]", True, None),
        ("x: Settings", "Settings", True, None),
        ("x: Annotated[int, Field(ge=1)]", "int", True, None),
        ("x=3", None, False, 3),
        ("*, x: str", "str", True, None),
    ],
)
def test_what_a_form_can_give_is_a_field(
    shape: Callable[..., ConstructorShape], parameter: str, annotation: str, required: bool, default: object
) -> None:
    found = shape(f"{parameter}, **kwargs: Any")
    assert not found.unfillable
    (field,) = found.fields
    assert (field.name, field.annotation, field.required, field.default) == ("x", annotation, required, default)


@pytest.mark.parametrize(
    ("parameter", "annotation"),
    [
        ("x", None),
        ("x: VectorStoreIndex", "VectorStoreIndex"),
        ("x: list[VectorStoreIndex]", "list[VectorStoreIndex]"),
        ("x: str | VectorStoreIndex", "str | VectorStoreIndex"),
        ("x: Any", "Any"),
        ("x: NotDefined", "NotDefined"),
        ("x: Context", "Context"),
    ],
)
def test_what_no_form_can_give_is_named(
    shape: Callable[..., ConstructorShape], parameter: str, annotation: str | None
) -> None:
    found = shape(f"{parameter}, **kwargs: Any")
    assert not found.fields
    assert [(one.name, one.annotation) for one in found.unfillable] == [("x", annotation)]
    assert found.unfillable[0].line == found.line


def test_what_no_form_can_give_is_left_out_where_it_may_be(shape: Callable[..., ConstructorShape]) -> None:
    found = shape("index: VectorStoreIndex | None = None, llm=None, top_k: int = 2")
    assert [field.name for field in found.fields] == ["top_k"] and not found.unfillable


def test_constraints_and_descriptions_reach_the_field(shape: Callable[..., ConstructorShape]) -> None:
    doc = "Make.\n\n        Args:\n            top_k (int): Many to\n                keep.\n            name: Whose."
    found = shape("top_k: Annotated[int, Field(ge=1, le=9)] = 2, name: str = ''", doc)
    assert [(field.description, field.constraints) for field in found.fields] == [
        ("Many to keep.", {"ge": 1, "le": 9}),
        ("Whose.", {}),
    ]


def test_required_ones_come_first(shape: Callable[..., ConstructorShape]) -> None:
    assert [field.name for field in shape("*, a: int = 1, b: int").fields] == ["b", "a"]


def test_the_constructor_of_a_base_counts(write: Write) -> None:
    write("bases.py", HEAD + FLOW.replace("{parameters}", "top_k: int").replace("{doc}", ""))
    child = "from bases import Flow\nclass Child(Flow):\n    '''Inherits.'''\n"
    (source,) = discover([write("child.py", child)]).workflows
    assert [field.name for field in source.constructor.fields] == ["top_k"]


def test_of_a_class_that_is_not_read_nothing_is_claimed(write: Write) -> None:
    text = (
        "from agents import Agent\nfrom workflows import step\nfrom workflows.events import StartEvent, StopEvent\n"
        "class Mine(Agent):\n    @step\n    async def go(self, ev: StartEvent) -> StopEvent: ...\n"
    )
    (source,) = discover([write("mine.py", text)]).workflows
    assert source.constructor == ConstructorShape()


FACTORY = "\ndef build_flow(folder: str = 'data') -> Flow:\n    return Flow(None)\n"


@pytest.mark.parametrize(
    ("after", "factory", "fields"),
    [
        (FACTORY, ("build_flow", True), ["folder"]),
        (FACTORY.replace("-> Flow", "-> 'Flow'"), ("build_flow", True), ["folder"]),
        ("\nflow = Flow(None)\n", ("flow", False), []),
        ("\nflow: Flow = Flow(None)\n" + FACTORY, ("build_flow", True), ["folder"]),
        (FACTORY.replace("folder: str = 'data'", "index: VectorStoreIndex"), None, []),
        (FACTORY.replace("def", "async def"), None, []),
        (FACTORY.replace(" -> Flow", ""), None, []),
        ("\nif __name__ == '__main__':\n    flow = Flow(None)\n", None, []),
    ],
)
def test_a_factory_stands_in(
    shape: Callable[..., ConstructorShape], after: str, factory: tuple[str, bool] | None, fields: list[str]
) -> None:
    found = shape("index: VectorStoreIndex", after=after)
    assert [one.name for one in found.unfillable] == ["index"]
    made_by = found.factory
    assert (made_by and (made_by.name, made_by.is_function)) == factory
    assert [field.name for field in found.fields] == fields
    assert made_by is None or (isinstance(made_by, Factory) and made_by.line > (found.line or 0))


def test_a_class_that_can_be_called_needs_no_factory(shape: Callable[..., ConstructorShape]) -> None:
    assert shape("top_k: int = 3", after=FACTORY).factory is None


def test_arguments_are_read_from_a_docstring() -> None:
    text = "Do.\n\nArgs:\n    a: One\n        line.\n    b (str, optional): Two: more.\n\nReturns:\n    c: no"
    assert described_arguments(text) == {"a": "One line.", "b": "Two: more."}
    assert described_arguments("Nothing here.") == {}
