"""What the value of a result is taken for."""

from __future__ import annotations

from typing import Any

import pytest

from inspectors.trace.results import kind_of, table_of
from inspectors.trace.words import size_text, value_text

TABLE = {"$table": [[1, "a"]], "columns": ["n", "w"], "types": ["int64", "str"], "index": None, "rows": 9, "type": "X"}
IMAGE = {"$image": "image/jpeg", "bytes": 14_200, "width": 800, "height": 600}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "nothing"),
        (True, "flag"),
        (0, "number"),
        (0.5, "number"),
        ({"$repr": "1" * 30, "type": "int"}, "number"),
        ({"$repr": "nan", "type": "float"}, "number"),
        ("", "text"),
        ({"$cut": "abc", "size": 10, "type": "str"}, "text"),
        ({"$masked": True}, "word"),
        ({"$bytes": 3}, "word"),
        ({"$repr": "<X>", "type": "X"}, "word"),
        (TABLE, "table"),
        (IMAGE, "image"),
        ([], "word"),
        (["a", "b"], "texts"),
        (["a", {"$more": 3}], "texts"),
        ([1, 2], "tree"),
        ([{"a": 1}, {"a": 2, "b": 3}], "table"),
        ([{"a": 1, "b": 2, "c": 3}, {"d": 1}], "tree"),
        ([{"$cut": "a", "size": 2, "type": "str"}], "tree"),
        ([{}], "tree"),
        ({"answer": "x", "count": 1}, "fields"),
        ({}, "word"),
        ({str(number): number for number in range(40)}, "tree"),
        ({"a": 1, "$more": 3}, "tree"),
    ],
)
def test_kinds(value: Any, kind: str) -> None:
    assert kind_of(value) == kind


def test_like_mappings_are_rows_and_say_how_many_there_were() -> None:
    table = table_of([{"a": 1, "b": 2}, {"b": 3}, {"$more": 98}])
    assert table is not None
    assert (table.columns, table.rows, table.row_count) == (["a", "b"], [[1, 2], [None, 3]], 100)


def test_a_recorded_frame_is_read_back() -> None:
    table = table_of({**TABLE, "width": 40})
    assert table is not None
    assert (table.row_count, table.column_count, table.types) == (9, 40, {"n": "int64", "w": "str"})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (TABLE, "table of 9 rows × 2 columns"),
        (IMAGE, "JPEG image, 800 × 600, 14 kB"),
        ({"$image": "image/png"}, "PNG image"),
    ],
)
def test_marks_in_words(value: Any, said: str) -> None:
    assert value_text(value) == said


def test_sizes() -> None:
    assert [size_text(count) for count in (1, 812, 1_400, 14_200, 2_140_000)] == [
        "1 byte",
        "812 bytes",
        "1.4 kB",
        "14 kB",
        "2.1 MB",
    ]
