"""Fields from the schemas that pydantic writes."""

from datetime import date, datetime, time
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr

from inspectors.forms import form_from_schema, initial, parse
from inspectors.forms import model as forms


class Colour(Enum):
    """Two of them."""

    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    """Where somebody lives."""

    city: str
    zip_code: Annotated[str, Field(pattern=r"^\d{5}$")] = ""


class Person(BaseModel):
    """Somebody who may know somebody."""

    name: str
    friend: "Person | None" = None


class Everything(BaseModel):
    """What can be asked."""

    topic: str = Field(min_length=1, description="What about.")
    notes: str = ""
    count: int = Field(default=5, ge=1, le=9)
    ratio: float = Field(gt=0, lt=1)
    sure: bool
    colour: Colour = Colour.RED
    word: Literal["a", "b", 3]
    maybe: int | None = None
    needed_or_none: str | None
    day: date
    moment: datetime
    clock: time
    key: UUID
    tags: list[str] = Field(default_factory=list, max_length=3)
    address: Address
    other_address: Address | None = None
    people: list[Address] = []
    free: dict[str, Any] = {}
    anything: Any = None
    mixed: int | list[int] = 0
    number: int | float = 0
    scalar: int | str = 0
    pair: tuple[int, str] = (1, "a")
    person: Person


def form() -> forms.Form:
    return form_from_schema(Everything.model_json_schema())


def test_every_kind_is_known() -> None:
    kinds = {field.name: field.kind for field in form().fields}
    assert kinds == {
        "topic": "text",
        "notes": "long_text",
        "count": "integer",
        "ratio": "number",
        "sure": "boolean",
        "colour": "choice",
        "word": "choice",
        "maybe": "integer",
        "needed_or_none": "text",
        "day": "date",
        "moment": "datetime",
        "clock": "time",
        "key": "text",
        "tags": "list",
        "address": "object",
        "other_address": "object",
        "people": "list",
        "free": "json",
        "anything": "json",
        "mixed": "union",
        "number": "number",
        "scalar": "union",
        "pair": "tuple",
        "person": "object",
    }


def test_required_fields_come_first_in_their_order() -> None:
    required = [field.required for field in form().fields]
    assert required == sorted(required, reverse=True)
    assert [field.name for field in form().fields if field.required][:3] == ["topic", "ratio", "sure"]


def test_labels_say_what_a_field_takes() -> None:
    takes = {field.name: field.takes for field in form().fields}
    assert takes["topic"] == "text, required"
    assert takes["count"] == "whole number, 1 to 9, default 5"
    assert takes["ratio"] == "number, more than 0, less than 1, required"
    assert takes["word"] == "one of 3, required"
    assert takes["tags"] == "list, each text, at most 3 items, optional"


def field(name: str) -> forms.Field:
    found = form().field(name)
    assert found is not None
    return found


def test_limits_defaults_and_words() -> None:
    assert field("topic").min_length == 1
    assert field("topic").description == "What about."
    assert (field("count").minimum, field("count").maximum, field("count").default) == (1, 9, 5)
    assert field("ratio").exclusive_minimum
    assert field("colour").choices == ("red", "blue")
    assert field("word").choices == ("a", "b", 3)
    assert field("tags").max_length == 3
    assert field("free").json_type == "object"
    assert [inner.kind for inner in field("pair").fields] == ["integer", "text"]
    assert form().doc == "What can be asked."
    assert form().title == "Everything"


def test_none_is_a_value_only_where_the_type_says_so() -> None:
    assert field("needed_or_none").nullable
    assert field("needed_or_none").required
    assert field("maybe").nullable
    assert not field("topic").nullable


def test_nested_models_become_groups_of_fields() -> None:
    inside = {inner.name: inner for inner in field("other_address").fields}
    assert inside["city"].required
    assert inside["zip_code"].pattern == r"^\d{5}$"
    item = field("people").item
    assert item is not None
    assert [inner.name for inner in item.fields] == ["city", "zip_code"]


def test_a_model_that_holds_itself_ends_in_json() -> None:
    person = field("person")
    friend = person.fields[1]
    assert [(inner.name, inner.kind) for inner in friend.fields] == [("name", "text"), ("friend", "json")]


def test_schemas_that_are_not_understood_are_asked_for_as_json() -> None:
    odd = {
        "properties": {
            "no_type": {},
            "true": True,
            "loop": {"$ref": "#/$defs/Loop"},
            "missing": {"$ref": "#/$defs/Missing"},
            "unknown": {"type": "quantum"},
            "empty_union": {"anyOf": []},
            "items": {"type": "array", "items": False},
        },
        "$defs": {"Loop": {"$ref": "#/$defs/Loop"}},
    }
    assert {field.kind for field in form_from_schema(odd).fields} == {"json"}


def test_depth_is_limited() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for level in range(30):
        schema = {"type": "object", "properties": {f"level{level}": schema}}
    assert form_from_schema({"properties": {"top": schema}}).fields[0].kind == "object"


def test_open_follows_additional_properties_or_the_caller() -> None:
    assert form_from_schema({"properties": {}, "additionalProperties": True}).open
    assert not form_from_schema({"properties": {}}).open
    assert form_from_schema({"properties": {}}, open=True).open


def test_hostile_names_and_words_stay_text() -> None:
    name = "<img src=x onerror=alert(1)>"
    shown = form_from_schema({"properties": {name: {"type": "string", "description": name, "default": name}}}).fields[0]
    assert (shown.name, shown.description, shown.default) == (name, name, name)


def test_a_secret_default_is_left_to_the_class() -> None:
    """Pydantic writes it as asterisks, which would take the secret's place if the form sent them."""

    class Credentials(BaseModel):
        key: SecretStr = SecretStr("abc")

    class Keyed(BaseModel):
        pin: SecretStr = SecretStr("1234")
        maybe: SecretStr | None = SecretStr("1234")
        several: list[SecretStr] = [SecretStr("1234")]
        inner: Credentials = Credentials()

    form = form_from_schema(Keyed.model_json_schema())
    assert not any(field.has_default or field.required for field in form.fields)
    parsed = parse(form, initial(form, {}))
    assert (parsed.values, parsed.errors) == ({}, {})
