"""The tables of a run as CSV, line by line, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from inspectors.trace import tables
from inspectors.trace.run_csv import safe_cell
from inspectors.trace.tally import Tally

Record = dict[str, Any]

TIMES = ("t", "started", "ended")


def _steps(records: Iterable[Record]) -> Iterator[Record]:
    yield from tables.plain(_tally(records).steps())


def _event_types(records: Iterable[Record]) -> Iterator[Record]:
    yield from tables.plain(_tally(records).event_types())


def _tally(records: Iterable[Record]) -> Tally:
    tally = Tally()
    for record in records:
        tally.add(record)
    return tally


TABLES: dict[str, tuple[tuple[str, ...], Callable[[Iterable[Record]], Iterator[Record]]]] = {
    "steps": (tables.STEPS, _steps),
    "event_types": (tables.EVENT_TYPES, _event_types),
    "invocations": (tables.INVOCATIONS, tables.invocation_rows),
    "events": (tables.EVENTS, tables.event_rows),
    "records": (tables.RECORDS, tables.record_rows),
}
"""Columns of each table, and the rows that records make."""


def table_csv(name: str, records: Iterable[Record]) -> Iterator[str]:
    """The header, then a line a row. Moments are ISO 8601 in UTC, what has parts is JSON. KeyError for other names.

    What could begin a formula is put behind an apostrophe: records hold what people and models wrote.
    """
    columns, rows = TABLES[name]
    yield _line(columns)
    for row in rows(records):
        yield _line([_cell(column, row.get(column)) for column in columns])


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column in TIMES:
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="microseconds")
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return safe_cell(value) if isinstance(value, str) else str(value)


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
