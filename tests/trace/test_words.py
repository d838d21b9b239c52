"""Durations and values in a few words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectors.trace.results import kind_of, table_of
from inspectors.trace.words import SHORT, duration, fields_text, readable, types_text, value_text


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "< 1 ms"),
        (0.9, "< 1 ms"),
        (1, "1 ms"),
        (99.4, "99 ms"),
        (100, "0.10 s"),
        (840, "0.84 s"),
        (9_994, "9.99 s"),
        (9_999, "10 s"),
        (12_000, "12 s"),
        (59_400, "59 s"),
        (59_900, "1 min"),
        (60_000, "1 min"),
        (124_000, "2 min 4 s"),
        (3_599_900, "1 h"),
        (11_400_000, "3 h 10 min"),
        (86_400_000, "24 h"),
    ],
)
def test_a_duration_is_written_as_a_person_would(milliseconds: float, words: str) -> None:
    assert duration(milliseconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("two\nlines  here", "“two lines here”"),
        ("x" * 70, f"“{'x' * 60}…”"),
        ("", "“”"),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ([], "0 items"),
        (["a"], "1 item: “a”"),
        ([1, 2], "2 items"),
        ({"a": 1, "b": 2}, "{a, b}"),
        ({"$masked": True}, "•••• masked"),
        ({"$bytes": 2048}, "2,048 bytes"),
        ({"$repr": "<object>", "type": "object"}, "<object>"),
        ({"$cut": "abc", "size": 123_456, "type": "str"}, "“abc” (123,456 characters)"),
    ],
)
def test_a_value_is_written_on_one_line(value: Any, words: str) -> None:
    assert value_text(value) == words


def test_fields_fit_on_one_line() -> None:
    assert fields_text({"topic": "AI", "rounds": 5}) == "topic “AI” · rounds 5"
    assert len(fields_text({f"field{n}": "x" * 50 for n in range(20)})) <= SHORT


def test_types_are_counted() -> None:
    assert types_text({"A": 3, "B": 1}) == "A × 3 and B"
    assert types_text({}) == ""


NAMES = [
    "$cut",
    "$masked",
    "$repr",
    "$bytes",
    "$more",
    "$image",
    "$table",
    "size",
    "type",
    "columns",
    "rows",
    "width",
    "height",
    "types",
    "index",
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(ANYTHING)
def test_an_input_whose_names_read_like_marks_is_said_all_the_same(value: Any) -> None:
    """Inputs are kept as they were given."""
    assert isinstance(value_text(value), str)
    readable(value)
    kind_of(value)
    table_of(value)


def test_what_was_cut_of_a_list_or_mapping_is_counted_and_never_shown_by_its_mark():
    assert value_text([*range(2_000), {"$more": 3_000}]) == "5,000 items"
    assert value_text({"text": "a", "$more": 2}) == "{text, …}"
