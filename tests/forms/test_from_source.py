"""Fields from what discovery read, and what a runner or an example adds."""

from typing import Any

import pytest

from inspectors.discovery.model import AnswerShape, StartField, StartShape
from inspectors.forms import form_from_answer, form_from_start
from inspectors.forms.annotations import schema_of
from inspectors.forms.from_schema import field_from_schema


def read(name: str, annotation: str | None = None, default: Any = None, **more: Any) -> StartField:
    """A field as discovery gives it; `default` makes it optional."""
    has_default = default is not None or more.get("has_default", False)
    known = {
        "required": not has_default,
        "has_default": has_default,
        "step": "generate_draft",
        "line": 27,
        "read_as": f"ev.{name}",
    }
    return StartField(name=name, annotation=annotation, default=default, **{**known, **more})


def start(*fields: StartField, typed: bool = False) -> StartShape:
    return StartShape("StartEvent", "workflows.events", typed, list(fields), None, None)


def answer_shape(*fields: StartField, typed: bool = False, **literals: list[str]) -> AnswerShape:
    return AnswerShape("HumanResponseEvent", "workflows.events", typed, list(fields), literals, ["handle_review"])


@pytest.mark.parametrize(
    ("annotation", "kind", "nullable"),
    [
        ("str", "text", False),
        ("int | None", "integer", True),
        ("None | int", "integer", True),
        ("Optional[float]", "number", True),
        ("typing.Optional[bool]", "boolean", True),
        ("Union[int, None]", "integer", True),
        ("Union[int, float]", "number", False),
        ("int | str", "union", False),
        ("Literal['a', 'b']", "choice", False),
        ('Literal["a", None]', "choice", True),
        ("Literal[-1, 1]", "choice", False),
        ("list[str]", "list", False),
        ("List[int] | None", "list", True),
        ("set[int]", "list", False),
        ("tuple[int, ...]", "list", False),
        ("tuple[int, str]", "tuple", False),
        ("list", "json", False),
        ("list[Any]", "json", False),
        ("dict[str, Any]", "json", False),
        ("Mapping[str, int]", "dict", False),
        ("datetime.date", "date", False),
        ("datetime", "datetime", False),
        ("time", "time", False),
        ("Annotated[int, Field(ge=1)]", "integer", False),
        ("'int'", "integer", False),
        ("Any", "json", False),
        ("Recipe", "json", False),
        ("Recipe[int]", "json", False),
        ("PositiveInt", "integer", False),
        ("", "json", False),
        ("not an annotation", "json", False),
        ("__import__('os').system('true')", "json", False),
        ("Literal[open('x')]", "json", False),
        ("Optional[()]", "json", False),
        ("((((" * 300, "json", False),
    ],
)
def test_annotations(annotation: str, kind: str, nullable: bool) -> None:
    field = form_from_start(start(read("x", annotation), typed=True)).fields[0]
    assert (field.kind, field.nullable) == (kind, nullable)


def test_a_very_long_union_does_not_break() -> None:
    assert isinstance(schema_of(" | ".join(["int"] * 5000)), dict)


def test_constraints_reach_the_part_that_is_not_none() -> None:
    schema = schema_of("int | None", {"ge": 1, "le": 9})
    field = field_from_schema("x", schema, required=False)
    assert (field.minimum, field.maximum, field.nullable) == (1, 9, True)
    tags = field_from_schema("x", schema_of("list[str]", {"min_length": 2}), required=True)
    assert tags.min_length == 2
    assert field_from_schema("x", schema_of("str", {"pattern": "^a"}), required=True).pattern == "^a"


@pytest.mark.parametrize(
    ("default", "kind"),
    [
        ("", "text"),
        ("a", "text"),
        (1, "number"),
        (1.5, "number"),
        (True, "boolean"),
        ([], "json"),
        ({}, "json"),
    ],
)
def test_without_annotation_the_default_tells_the_type(default: Any, kind: str) -> None:
    field = form_from_start(start(read("x", default=default, has_default=True))).fields[0]
    assert field.kind == kind
    assert not field.required


def test_help_says_where_a_value_is_read() -> None:
    assert form_from_start(start(read("topic"))).fields[0].help == "Read in generate_draft, line 27, as ev.topic."
    declared = form_from_start(start(read("topic", "str"), typed=True)).fields[0]
    assert declared.help == "Read in generate_draft as ev.topic."
    assert form_from_start(start(read("topic", "str", step=""), typed=True)).fields[0].help == ""
    assert form_from_start(start(read("topic", read_as="", line=None))).fields[0].help == "Read in generate_draft."


def test_an_untyped_start_takes_other_names() -> None:
    assert form_from_start(start(read("topic"))).open
    assert not form_from_start(start(read("topic", "str"), typed=True)).open


def test_a_default_that_is_no_literal_is_left_to_the_workflow() -> None:
    field = form_from_start(
        start(read("x", "list[str]", has_default=True, default_source="Field(default_factory=list)"), typed=True)
    ).fields[0]
    assert not field.required
    assert not field.has_default


def test_an_example_tells_what_source_does_not() -> None:
    shape = start(read("topic"), read("limit"), read("tags"), read("pace", default=1.0))
    form = form_from_start(shape, example={"topic": "a", "limit": 3, "tags": ["x"], "pace": 2, "unseen": True})
    assert [(field.name, field.kind) for field in form.fields] == [
        ("topic", "text"),
        ("limit", "number"),
        ("tags", "list"),
        ("pace", "number"),
        ("unseen", "boolean"),
    ]
    assert form.fields[1].required
    assert not form.fields[4].required


def test_the_runner_knows_more_and_source_says_where() -> None:
    described = {
        "type": "MyStart",
        "module": "m",
        "open": False,
        "schema": {
            "title": "MyStart",
            "properties": {"topic": {"type": "string"}, "inherited": {"type": "integer", "default": 3}},
            "required": ["topic"],
        },
    }
    form = form_from_start(start(read("topic", "Topic"), typed=True), described=described)
    assert [(field.name, field.kind) for field in form.fields] == [
        ("topic", "text"),
        ("inherited", "integer"),
    ]
    assert form.fields[0].help == "Read in generate_draft as ev.topic."
    assert form.title == "MyStart"


def test_an_untyped_event_of_the_runner_leaves_source_in_charge() -> None:
    described = {
        "type": "StartEvent",
        "module": "workflows.events",
        "schema": {"properties": {}},
        "open": True,
    }
    assert [f.name for f in form_from_start(start(read("topic")), described=described).fields] == ["topic"]


def test_an_answer_of_which_nothing_is_known_is_one_text() -> None:
    for form in (form_from_answer(None), form_from_answer(answer_shape())):
        assert [(field.name, field.kind, field.required) for field in form.fields] == [("response", "text", True)]


def test_a_typed_answer_without_fields_has_none() -> None:
    assert form_from_answer(answer_shape(typed=True)).fields == ()


def test_an_untyped_answer_has_what_source_reads() -> None:
    assert [field.name for field in form_from_answer(answer_shape(read("verdict"))).fields] == ["verdict"]
