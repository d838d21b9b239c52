"""What widgets hold to values, sentences for what can't be taken, and back."""

import time as clock
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectors.forms import Field, Form, initial, parse

TEXT = Field("text", "text", required=False)


def one(field: Field, raw: Any) -> Any:
    """The value, or the sentence that refuses it."""
    parsed = parse(Form("", (field,)), {field.name: raw})
    if parsed.errors:
        assert not parsed.ok
        return "! " + next(iter(parsed.errors.values()))
    return parsed.values.get(field.name, "left out")


@pytest.mark.parametrize(
    ("field", "raw", "expected"),
    [
        (Field("x", "text"), "a", "a"),
        (Field("x", "text"), "  a\n", "  a\n"),
        (Field("x", "text"), "", "! This field is required."),
        (Field("x", "text"), " \n", "! This field is required."),
        (Field("x", "text"), None, "! This field is required."),
        (Field("x", "text", required=False), "", "left out"),
        (Field("x", "text", required=False, default="was", has_default=True), "", ""),
        (Field("x", "text", required=True, nullable=True), None, None),
        (Field("x", "text", required=True, nullable=True), "", ""),
        (Field("x", "text", required=False, nullable=True, default="was", has_default=True), None, None),
        (Field("x", "integer", required=False, nullable=True, default=5, has_default=True), "", None),
        (Field("x", "integer", required=False, default=5, has_default=True), "", "left out"),
        (Field("x", "integer"), "9007199254740993", 9007199254740993),
        (Field("x", "integer", multiple_of=5), "12", "! Must be a multiple of 5."),
        (Field("x", "number", multiple_of=0.1), "0.3", 0.3),
        (Field("x", "number", exact=True), "0.10000000000000000001", "0.10000000000000000001"),
        (Field("x", "number", exact=True, minimum=1), "0.5", "! Must be at least 1."),
        (Field("x", "text", format="uuid"), "1", "! Must be a UUID like 123e4567-e89b-12d3-a456-426614174000."),
        (Field("x", "text", format="uri"), "example", "! Must be a web address like https://example.org."),
        (Field("x", "text", format="duration"), "PT1H", "PT1H"),
        (Field("x", "text", format="email"), "ada", "! Must be an email address like ada@example.org."),
        (Field("x", "file"), "/no/such/file", "/no/such/file"),
        (Field("x", "file", format="existing file"), "/no/such/file", "! There is no file /no/such/file."),
        (
            Field("x", "bytes"),
            {"$file": "/kept/a", "name": "a", "size": 3},
            {"$file": "/kept/a", "name": "a", "size": 3},
        ),
        (Field("x", "bytes", max_length=2), {"$file": "/a", "size": 3}, "! Must have at most 2 bytes; this has 3."),
        (Field("x", "bytes"), 5, "! Must be a file."),
        (Field("x", "text", min_length=3), "ab", "! Must have at least 3 characters."),
        (Field("x", "text", min_length=1), "", "! This field is required."),
        (Field("x", "text", max_length=1), "ab", "! Must have at most 1 character; this has 2."),
        (Field("x", "text", pattern="^a+$"), "aaa", "aaa"),
        (Field("x", "text", pattern="^a+$"), "b", "! Must match the pattern ^a+$"),
        (Field("x", "text", pattern="(?=lookahead)("), "b", "b"),
        (
            Field("x", "text"),
            "<img src=x onerror=alert(1)>\u202e\x00",
            "<img src=x onerror=alert(1)>\u202e\x00",
        ),
        (Field("x", "text"), 5, "5"),
        (Field("x", "integer"), "12", 12),
        (Field("x", "integer"), 12.0, 12),
        (Field("x", "integer"), 0, 0),
        (Field("x", "integer"), "1.5", "! Must be a whole number."),
        (Field("x", "integer"), 1.5, "! Must be a whole number."),
        (Field("x", "integer"), True, "! Must be a whole number."),
        (Field("x", "integer"), "9" * 5000, "! Must be a whole number."),
        (Field("x", "integer"), float("nan"), "! Must be a whole number."),
        (Field("x", "integer"), float("inf"), "! Must be a whole number."),
        (Field("x", "integer"), [], "! Must be a whole number."),
        (Field("x", "integer", minimum=0, exclusive_minimum=True), 0, "! Must be more than 0."),
        (Field("x", "integer", minimum=1, maximum=9), 10, "! Must be at most 9."),
        (Field("x", "integer", minimum=1234567), 3, "! Must be at least 1,234,567."),
        (Field("x", "number", maximum=0.5, exclusive_maximum=True), "0.5", "! Must be less than 0.5."),
        (Field("x", "number"), "1.50", 1.5),
        (Field("x", "number"), "3", 3),
        (Field("x", "number"), "1,5", "! Must be a number, with a point before the decimals."),
        (Field("x", "number"), "nan", "! Must be a number."),
        (Field("x", "number"), "1e999", "! Must be a number."),
        (Field("x", "number"), True, "! Must be a number."),
        (Field("x", "number"), {"a": 1}, "! Must be a number."),
        (Field("x", "boolean"), False, False),
        (Field("x", "boolean"), "yes", True),
        (Field("x", "boolean"), "perhaps", "! Must be yes or no."),
        (Field("x", "boolean"), None, "! This field is required."),
        (Field("x", "boolean", required=False), None, "left out"),
        (Field("x", "choice", choices=("a", "b")), "b", "b"),
        (Field("x", "choice", choices=(1, 2)), "2", 2),
        (Field("x", "choice", choices=(1, True)), True, True),
        (Field("x", "choice", choices=("a", "b")), "c", "! Must be one of: a, b."),
        (Field("x", "date"), "2026-11-20", "2026-11-20"),
        (Field("x", "date"), date(2026, 11, 20), "2026-11-20"),
        (Field("x", "date"), "20.11.2026", "! Must be a date like 2026-11-20."),
        (Field("x", "datetime"), datetime(2026, 11, 20, 22, 51), "2026-11-20T22:51:00"),  # noqa: DTZ001
        (Field("x", "datetime"), "2026-11-20 22:51", "2026-11-20T22:51:00"),
        (Field("x", "datetime"), "soon", "! Must be a date and time like 2026-11-20 22:51."),
        (Field("x", "time"), time(22, 51), "22:51:00"),
        (Field("x", "time"), "25:00", "! Must be a time like 22:51."),
        (Field("x", "json"), '{"a": [1, null]}', {"a": [1, None]}),
        (Field("x", "json"), {"a": 1}, {"a": 1}),
        (Field("x", "json"), '{\n  "a": }', "! Not valid JSON: expecting value at line 2, column 8."),
        (
            Field("x", "json"),
            "hello",
            "! Not valid JSON: expecting value at line 1, column 1. Text needs double quotes.",
        ),
        (Field("x", "json"), "NaN", "! Not valid JSON: NaN is not a JSON number."),
        (Field("x", "json"), "[" * 100_000, "! Not valid JSON: nested too deeply."),
        (Field("x", "json"), "9" * 5000, "! Not valid JSON: a number is too long."),
        (Field("x", "json"), {1, 2}, "! Can't be written as JSON."),
        (Field("x", "json", json_type="object"), "[1]", '! Must be a JSON object, like {"name": "value"}.'),
        (Field("x", "json", json_type="array"), "{}", '! Must be a JSON list, like ["a", "b"].'),
        (Field("x", "json", required=False), " ", "left out"),
    ],
)
def test_values_and_sentences(field: Field, raw: Any, expected: Any) -> None:
    result = one(field, raw)
    assert result == expected
    assert type(result) is type(expected)


def test_a_number_stays_what_its_default_is() -> None:
    """A widget holds 10.0 where the workflow says range(ev.get("limit", 10))."""
    whole = one(Field("x", "number", default=10, has_default=True), 10.0)
    assert isinstance(whole, int)
    assert isinstance(one(Field("x", "number", default=1.0, has_default=True), 2.0), float)
    assert one(Field("x", "number"), 2**60 + 1) == 2**60 + 1


def test_a_pattern_can_not_stop_the_server() -> None:
    began = clock.process_time()
    one(Field("x", "text", pattern="^(a+)+$"), "a" * 5000 + "!")
    assert clock.process_time() - began < 5


TAGS = Field("tags", "list", item=Field("", "text"), required=False)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("one\n\n two ", ["one", "two"]),
        (["a", "b"], ["a", "b"]),
        ('["a\\nb"]', ["a\nb"]),
        ("[draft] first", ["[draft] first"]),
        ([], "left out"),
        ("", "left out"),
        (5, "! Must be a list."),
        (["a", ""], ["a", ""]),
    ],
)
def test_lists(raw: Any, expected: Any) -> None:
    assert one(TAGS, raw) == expected


def test_what_has_to_be_more_than_blanks_is_told_so_in_words() -> None:
    words = Form("", (Field("x", "list", item=Field("", "text", pattern=r"\S")),))
    assert parse(words, {"x": ["a", "  "]}).errors == {"x.1": "Must be more than blanks."}


def test_items_are_checked_each() -> None:
    numbers = Field("n", "list", item=Field("", "integer"), max_length=2)
    assert one(numbers, "1\n2") == [1, 2]
    assert parse(Form("", (numbers,)), {"n": ["1", "x", "y"]}).errors == {
        "n.1": "Must be a whole number.",
        "n.2": "Must be a whole number.",
    }
    assert one(numbers, [1, 2, 3]) == "! Must have at most 2 items; this has 3."
    assert one(numbers, "[1,") == "! Not valid JSON: expecting value at line 1, column 4."
    assert one(numbers, []) == []
    people = Field("p", "list", item=Field("", "object", fields=(Field("age", "integer"),)))
    assert one(people, [{"age": 3}]) == [{"age": 3}]
    assert parse(Form("", (people,)), {"p": [{"age": 3}, {"age": "x"}]}).errors == {
        "p.1.age": "Must be a whole number."
    }
    assert one(replace(numbers, unique=True), [1, 1]) == "! “1” is there twice."


ADDRESS = (
    Field("city", "text"),
    Field("number", "integer", required=False),
    Field("insured", "boolean", required=False, default=False, has_default=True),
)


def test_objects_are_read_field_by_field() -> None:
    form = Form("", (Field("home", "object", fields=ADDRESS), Field("work", "object", fields=ADDRESS, required=False)))
    parsed = parse(form, {"home": {"city": "", "number": "x", "insured": True}, "work": {"city": "Bonn"}})
    assert parsed.errors == {
        "home.city": "This field is required.",
        "home.number": "Must be a whole number.",
    }
    assert parsed.values == {"work": {"city": "Bonn"}}


def test_an_optional_object_that_was_not_touched_is_left_out() -> None:
    form = Form("", (Field("work", "object", fields=ADDRESS, required=False),))
    assert parse(form, initial(form)).values == {}
    assert parse(form, initial(form)).ok


def test_a_required_object_says_what_is_missing_inside() -> None:
    form = Form("", (Field("home", "object", fields=ADDRESS),))
    assert initial(form)["home"] == {"city": "", "number": None, "insured": False}
    assert parse(form, {"home": {"city": ""}}).errors == {"home.city": "This field is required."}
    assert parse(form, {}).errors == {"home": "This field is required."}


def test_other_names_are_taken_only_where_the_form_is_open() -> None:
    raw = {"text": "a", "n": "3", "s": '"3"', "flag": "true", "words": "not { JSON", "empty": ""}
    assert parse(Form("", (TEXT,), open=True), raw).values == {
        "text": "a",
        "n": 3,
        "s": "3",
        "flag": True,
        "words": "not { JSON",
    }
    closed = parse(Form("", (TEXT,)), raw)
    assert closed.values == {"text": "a"}
    assert set(closed.errors) == {"n", "s", "flag", "words", "empty"}
    assert parse(Form("", (), open=True), {" ": "x"}).errors == {" ": "A value needs a name."}


def test_initial_takes_the_example_then_the_default_then_nothing() -> None:
    form = Form(
        "",
        (
            Field("topic", "text"),
            Field("limit", "integer", required=False, default=5, has_default=True),
            Field("free", "json", required=False),
            Field("tags", "list", item=Field("", "text"), required=False),
            Field("home", "object", fields=ADDRESS, required=False),
        ),
        open=True,
    )
    assert initial(form) == {
        "topic": "",
        "limit": 5,
        "free": "",
        "tags": [],
        "home": None,
    }
    filled = initial(form, {"topic": "tea", "free": {"a": 1}, "extra": "3", "more": [1]})
    assert filled["topic"] == "tea"
    assert filled["free"] == '{\n  "a": 1\n}'
    assert (filled["extra"], filled["more"]) == ('"3"', "[1]")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON)
def test_an_earlier_input_comes_back_as_it_was(value: Any) -> None:
    """Rerunning with the same input gives the same input, whatever it holds."""
    form = Form("", (Field("known", "json"),), open=True)
    example = {"known": value, "free": value}
    parsed = parse(form, initial(form, example))
    if value is None:
        assert parsed.errors == {"known": "This field is required."}  # None shows as an empty box
    else:
        assert parsed.errors == {}
        assert parsed.values == example


@given(raw=JSON, kind=st.sampled_from("text integer number boolean choice date time list object json".split()))
def test_nothing_a_widget_holds_breaks_the_form(raw: Any, kind: Any) -> None:
    field = Field("x", kind, choices=("a", 1), item=Field("", "integer"), fields=(Field("y", "date"),))
    parsed = parse(Form("", (field,)), {"x": raw})
    assert parsed.ok or all(sentence.endswith((".", "$")) for sentence in parsed.errors.values())
