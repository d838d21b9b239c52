"""Types that a file defines itself: the form from source is the form that the runner describes."""

from __future__ import annotations

import importlib.util
import json
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inspectors.discovery import WorkflowSource
from inspectors.discovery.catalog import discover
from inspectors.forms import Field, Form, form_from_start
from inspectors.recording.event_types import describe_type

ORDER = Path(__file__).parents[1] / "e2e" / "order_fields.py"

HEAD = """
import dataclasses
import enum
import typing
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, StrEnum, auto
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Optional

import pydantic
from annotated_types import Ge, Len
from pydantic import AwareDatetime, BaseModel, Field, FilePath, PositiveInt, SecretStr, StringConstraints, conint
from typing_extensions import NotRequired, TypedDict
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent


class Size(StrEnum):
    SMALL = auto()
    VERY_BIG = auto()


class Node(BaseModel):
    "A tree."
    name: str
    children: list["Node"] = []


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Options(TypedDict):
    depth: int
    wide: NotRequired[bool]


class Pair(NamedTuple):
    first_name: str
    age: int = 3


class Base(BaseModel):
    of_base: int


class Derived(Base):
    class Inner(BaseModel):
        deep: Size = Size.SMALL

    inner: Inner
    own: Optional[str] = None


Short = Annotated[str, StringConstraints(max_length=5)]
Names = list[Short]


class BaseStart(StartEvent):
    inherited: Size = Size.VERY_BIG
"""

TAIL = """

class ThisWorkflow(Workflow):
    @step
    async def take(self, ev: ThisStart) -> StopEvent:
        return StopEvent()
"""


def source_of(path: Path) -> WorkflowSource:
    return discover([path]).workflows[0]


def imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where pydantic looks for names of annotations
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module


def both(path: Path, start: str) -> tuple[Form, Form]:
    """The form from source, and the one with what the runner says of the class."""
    source = source_of(path)
    described = describe_type(getattr(imported(path), start))
    return form_from_start(source.start), form_from_start(source.start, described=described)


def test_source_and_runner_give_the_same_form() -> None:
    """So nothing on the page changes, and nothing that was typed is lost, when the runner is ready."""
    read, known = both(ORDER, "OrderStart")
    assert read == known
    assert len(read.fields) == 31
    assert [field.name for field in read.fields if field.kind == "json"] == ["anything", "settings"]


@pytest.mark.parametrize(
    "declared",
    [
        "x: Size",
        "x: Size = Size.SMALL",
        "x: list[Size] = [Size.SMALL, Size.VERY_BIG]",
        "x: Node",
        "x: Optional['Node'] = None",
        "x: Point",
        "x: Options",
        "x: Pair",
        "x: Derived",
        "x: Derived.Inner",
        "x: Names",
        "x: Short = 'abc'",
        "x: Sequence[Point] = []",
        "x: dict[Size, Point]",
        "x: dict[Literal['a', 'b'], int] = {'a': 1}",
        "x: set[int]",
        "x: conint(ge=1, le=5) = 2",
        "x: Annotated[int, Ge(3)]",
        "x: Annotated[list[int], Len(1, 3)]",
        "x: list[Annotated[str, Field(min_length=2)]]",
        "x: PositiveInt = 3",
        "x: SecretStr",
        "x: FilePath",
        "x: AwareDatetime",
        "x: date = date(2026, 11, 20)",
        "x: timedelta",
        "x: Decimal = Decimal('1.10')",
        "x: Path = Path('a.txt')",
        "x: bytes = b'abc'",
        "x: typing.Union[Point, Options, None] = None",
        "x: tuple[int, Point, str]",
        "x: Literal['only']",
        "x: str = Field('t', description='Said.', examples=['tea'], pattern='^t')",
        "x: list[int] = Field(default_factory=lambda: [1, 2])",
        "x: pydantic.EmailStr | None = None" if importlib.util.find_spec("email_validator") else "x: str | None = None",
        "x: Any",
        "x: dict[str, Any]",
        "x: Pair | int = 5",
        "x: list[list[Size]]",
    ],
)
def test_the_same_for_every_way_to_declare(tmp_path: Path, declared: str) -> None:
    path = tmp_path / "declared_here.py"
    path.write_text(f"{HEAD}\n\nclass ThisStart(BaseStart):\n    {declared}\n{TAIL}")
    read, known = both(path, "ThisStart")
    assert [_bare(field) for field in read.fields] == [_bare(field) for field in known.fields]
    assert read.field("inherited") is not None


def _bare(field: Field) -> Any:
    """What makes the widget and what it takes. The docstring of a dataclass is pydantic's own invention."""
    inner = [_bare(one) for one in (*field.fields, *field.variants, field.item, field.names) if one is not None]
    limits = (field.minimum, field.maximum, field.multiple_of, field.min_length, field.max_length, field.pattern)
    words = (field.type_text, field.labels, field.choices, field.examples)
    return (field.name, field.kind, field.required, field.nullable, field.default, field.format, limits, words, inner)


def test_the_picture_can_be_kept_whatever_a_default_is(tmp_path: Path) -> None:
    path = tmp_path / "declared_here.py"
    path.write_text(f"{HEAD}\n\nclass ThisStart(StartEvent):\n    a: bytes = b'x'\n    b: set[int] = {{1}}\n{TAIL}")
    assert json.dumps(source_of(path).graph)


@pytest.mark.parametrize(
    "declared",
    [
        "x: Missing",
        "x: Loop",
        "x: Size = Size.NONE",
        "x: date = date(2026, 13, 1)",
        "x: Broken",
        "x: list[Missing] = Missing()",
        "x: Size() = 1",
        "x: Annotated[int, Field(**options)]",
    ],
)
def test_what_source_does_not_tell_is_asked_for_all_the_same(tmp_path: Path, declared: str) -> None:
    path = tmp_path / "declared_here.py"
    odd = "Loop = Loop\n\n\nclass Broken(Enum):\n    A = object()\n"
    path.write_text(f"{HEAD}\n{odd}\n\nclass ThisStart(StartEvent):\n    {declared}\n{TAIL}")
    assert [field.name for field in form_from_start(source_of(path).start).fields] == ["x"]
