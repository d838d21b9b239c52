"""Random pydantic models: an input goes through the form unharmed, and what the form takes the model takes too."""

from __future__ import annotations

import warnings
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, Field, ValidationError, create_model

from inspectors.forms import form_from_schema, initial, parse
from inspectors.recording.event_types import FormSchema


class Colour(Enum):
    """By name."""

    RED = "red"
    BLUE = "b"


class Level(IntEnum):
    """By number."""

    LOW = 1
    HIGH = 2


class Cat(BaseModel):
    """One kind of pet."""

    kind: Literal["cat"] = "cat"
    lives: Annotated[int, Field(ge=1, le=9)]
    names: list[str] = []


class Dog(BaseModel):
    """Another one."""

    kind: Literal["dog"]
    bark: str | None = None


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(str.strip)
CAT = st.fixed_dictionaries(
    {"lives": st.integers(1, 9)}, optional={"kind": st.just("cat"), "names": st.lists(TEXTS, max_size=2)}
)
DOG = st.fixed_dictionaries({"kind": st.just("dog")}, optional={"bark": st.none() | TEXTS})
DAYS = st.dates()
MOMENTS = st.datetimes(timezones=st.none())

LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, TEXTS),
    (Annotated[str, Field(min_length=2, max_length=5)], st.text("abc", min_size=2, max_size=5)),
    (Annotated[str, Field(pattern="^a+$")], st.text("a", min_size=1, max_size=5)),
    (int, st.integers()),
    (Annotated[int, Field(ge=-3, lt=9)], st.integers(-3, 8)),
    (Annotated[int, Field(multiple_of=7)], st.integers(-9, 9).map(lambda n: n * 7)),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (Annotated[float, Field(gt=0, le=1)], st.floats(0, 1, exclude_min=True)),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-99, max_value=99).map(str)),
    (bool, st.booleans()),
    (Colour, st.sampled_from(["red", "b"])),
    (Level, st.sampled_from([1, 2])),
    (Literal["x", 3, True], st.sampled_from(["x", 3, True])),
    (date, DAYS.map(date.isoformat)),
    (datetime, MOMENTS.map(datetime.isoformat)),
    (AwareDatetime, MOMENTS.map(lambda moment: moment.isoformat() + "+05:30")),
    (time, st.times().map(time.isoformat)),
    (timedelta, st.sampled_from(["PT1H", "P3D", "01:30:00"])),
    (UUID, st.uuids().map(str)),
    (Path, st.text("ab/.", min_size=1, max_size=8).filter(str.strip)),
    (bytes, TEXTS),
    (Cat, CAT),
    (Cat | Dog, CAT | DOG),
    (Annotated[Cat | Dog, Field(discriminator="kind")], CAT.map(lambda cat: {**cat, "kind": "cat"}) | DOG),
    (int | str, st.integers() | TEXTS),
    (str | list[int], TEXTS | st.lists(st.integers(), max_size=3)),
    (tuple[int, str], st.tuples(st.integers(), TEXTS).map(list)),
    (dict[str, Any], st.dictionaries(TEXTS, st.integers() | TEXTS | st.none(), max_size=3)),
]


def around(kind: tuple[Any, st.SearchStrategy[Any]]) -> st.SearchStrategy[tuple[Any, st.SearchStrategy[Any]]]:
    """The kind itself, or a list, a dict or a maybe of it."""
    annotation, values = kind
    return st.sampled_from(
        [
            kind,
            (annotation | None, st.none() | values),
            (list[annotation], st.lists(values, max_size=3)),
            (Annotated[list[annotation], Field(min_length=1, max_length=2)], st.lists(values, min_size=1, max_size=2)),
            (dict[str, annotation], st.dictionaries(TEXTS, values, max_size=3)),
            (list[annotation | None], st.lists(st.none() | values, max_size=3)),
        ]
    )


KINDS = st.sampled_from(LEAVES).flatmap(around)


def model_of(kinds: list[tuple[Any, bool, Any]]) -> type[BaseModel]:
    """A model with a field of each kind, required or with a default."""
    fields: dict[str, Any] = {
        f"f{at}": (annotation, ... if required else Field(default=default, validate_default=True))
        for at, (annotation, required, default) in enumerate(kinds)
    }
    return create_model("Random", **fields)


@st.composite
def models_with_inputs(draw: st.DrawFn) -> tuple[type[BaseModel], dict[str, Any]]:
    """A model and an input that fits it."""
    kinds, example = [], {}
    for at in range(draw(st.integers(1, 4))):
        annotation, values = draw(KINDS)
        required = draw(st.booleans())
        kinds.append((annotation, required, None if required else draw(values)))
        if required or draw(st.booleans()):
            example[f"f{at}"] = draw(values)
    return model_of(kinds), example


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a default that JSON can't say is left out of the schema
        return model.model_json_schema(schema_generator=FormSchema)


def same(one: BaseModel, other: BaseModel) -> bool:
    return one.model_dump() == other.model_dump()


@given(case=models_with_inputs())
def test_an_input_goes_through_the_form_unharmed(case: tuple[type[BaseModel], dict[str, Any]]) -> None:
    model, example = case
    form = form_from_schema(schema_of(model))
    assert not [field for field in form.fields if field.kind == "json" and not field.json_type]
    parsed = parse(form, initial(form, example))
    assert parsed.errors == {}
    assert same(model(**parsed.values), model(**example))


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-20, 20)
    | st.integers(-20, 20).map(str)
    | st.floats(-2, 2)
    | st.text("ab", max_size=7)
    | st.sampled_from(["red", "2026-11-20", "22:51", "[1]", "{}", "P3D"])
)
LOOSE = (
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | st.dictionaries(st.sampled_from(["kind", "lives", "names", "bark", "a"]), SCALARS, max_size=3)
)
"""Values that now and then are of the right sort, and seldom within its limits."""


@given(data=st.data(), kinds=st.lists(st.sampled_from(LEAVES) | KINDS, min_size=1, max_size=5))
def test_what_the_form_takes_the_model_takes(data: st.DataObject, kinds: list[tuple[Any, Any]]) -> None:
    model = model_of([(annotation, True, None) for annotation, _ in kinds])
    form = form_from_schema(schema_of(model))
    raw = {f"f{at}": data.draw(LOOSE | st.lists(LOOSE, max_size=3) | values) for at, (_, values) in enumerate(kinds)}
    parsed = parse(form, initial(form, raw))
    if parsed.ok:
        try:
            model(**parsed.values)
        except ValidationError as error:
            raise AssertionError(f"{raw} became {parsed.values}, which the model refuses: {error}") from None
    else:
        top = {path.split(".")[0] for path in parsed.errors}
        assert top <= {field.name for field in form.fields}
