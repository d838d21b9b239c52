"""Data frames and series among the values of a run, as tables.

Kept as {"$table": rows, "columns": names, "types": dtypes, "index": labels or null, "rows": how many there are in all,
"type": class}; "width" says how many columns there are where some were left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from inspectors.recording.families import family

COLUMNS = 100


def table_of(value: Any, of: Callable[[str, Any], Any], more: Callable[[int], bool]) -> dict[str, Any]:
    """The mark of a pandas DataFrame or Series.

    `of(column, cell)` makes JSON of a cell; `more(rows)` says whether there is room after so many rows.
    """
    frame = value if family(value) == "frame" else value.to_frame(name="value" if value.name is None else value.name)
    width = len(frame.columns)
    shown = frame.iloc[:, :COLUMNS] if width > COLUMNS else frame
    names = [label(name) for name in shown.columns]
    rows: list[list[Any]] = []
    for cells in shown.itertuples(index=False, name=None):
        if not more(len(rows)):
            break
        rows.append([_cell(name, cell, of) for name, cell in zip(names, cells, strict=True)])
    made = {
        "$table": rows,
        "columns": names,
        "types": [str(dtype) for dtype in shown.dtypes],
        "index": _index(frame.index, len(rows), of),
        "rows": len(frame),
        "type": type(value).__name__,
    }
    if width > COLUMNS:
        made["width"] = width
    return made


def label(name: Any) -> str:
    """The name of a column or a row; the levels of a composed one with a slash between."""
    if isinstance(name, tuple):
        return " / ".join(str(part) for part in name)
    return str(name)


def _index(index: Any, count: int, of: Callable[[str, Any], Any]) -> list[Any] | None:
    """The labels of the rows; None where they only count from 0."""
    if type(index).__name__ == "RangeIndex":
        return None
    names: Iterable[Any] = [name for name in index.names if name is not None]
    title = label(tuple(names)) if names else ""
    return [of(title, label(one) if isinstance(one, tuple) else one) for one in index[:count]]


def _cell(name: str, cell: Any, of: Callable[[str, Any], Any]) -> Any:
    if family(cell) == "missing" or (isinstance(cell, float) and math.isnan(cell)):
        return None
    return of(name, cell)
