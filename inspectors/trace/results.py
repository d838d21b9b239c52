"""What the value of a result is, so that it can be shown for it: a pure reading of the JSON that was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inspectors.recording.values import is_mark, is_more, mark_of

MOST_COLUMNS = 30
MOST_FIELDS = 16
LIKE = 0.5
"""The share of all columns that each row of a table must have."""


@dataclass(frozen=True)
class Table:
    """Rows and columns, and how many there were before anything was cut."""

    columns: list[str]
    rows: list[list[Any]]
    row_count: int
    column_count: int
    types: dict[str, str]
    """Column -> dtype, where the table was a data frame."""
    index: list[Any] | None
    """Labels of the rows, where they are more than numbers."""


def kind_of(value: Any) -> str:
    """One of nothing, flag, number, text, texts, image, table, fields, tree; word for a mark and for what is empty."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    if not value:
        return "word"
    return _kind_of_list(value) if isinstance(value, list) else _kind_of_mapping(value)


def _kind_of_list(value: list[Any]) -> str:
    if table_of(value) is not None:
        return "table"
    items = value[:-1] if is_more(value[-1]) else value
    return "texts" if items and all(isinstance(item, str) for item in items) else "tree"


def _kind_of_mapping(value: dict[str, Any]) -> str:
    mark = mark_of(value)
    if not mark:
        return "fields" if len(value) <= MOST_FIELDS and "$more" not in value else "tree"
    if mark == "$table":
        return "table"
    if mark == "$image":
        return "image"
    if mark == "$cut":
        return "text"
    if mark == "$repr":
        return "number" if value.get("type") in ("int", "float") else "word"
    return "word"


def table_of(value: Any) -> Table | None:
    """The table that a recorded data frame is, or a list of like mappings; None for anything else."""
    if mark_of(value) == "$table":
        columns = [str(name) for name in value["columns"]]
        types = dict(zip(columns, value.get("types") or [], strict=False))
        width = value.get("width", len(columns))
        return Table(columns, value["$table"], value["rows"], width, types, value.get("index"))
    if not isinstance(value, list) or not value:
        return None
    more = value[-1]["$more"] if is_more(value[-1]) else 0
    items = value[:-1] if more else value
    if not items or not all(isinstance(item, dict) and item and not is_mark(item) for item in items):
        return None
    columns = list(dict.fromkeys(name for item in items for name in item if name != "$more"))
    if len(columns) > MOST_COLUMNS or any(len(item) < LIKE * len(columns) for item in items):
        return None
    rows = [[item.get(name) for name in columns] for item in items]
    return Table(columns, rows, len(items) + more, len(columns), {}, None)
