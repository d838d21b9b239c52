"""Runs as CSV, line by line, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from inspectors.recording.values import mask
from inspectors.store.models import Run
from inspectors.trace.run_rows import error_text

COLUMNS = ("id", "workflow", "file", "status", "started", "ended", "took_s", "input", "result", "error")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(runs: Iterable[Run]) -> Iterator[str]:
    """The header, then a line a run. Secrets are masked; times are ISO 8601 in UTC, `took_s` seconds of work."""
    yield _line(COLUMNS)
    for run in runs:
        yield _line([safe_cell(cell) for cell in _cells(run)])


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet takes for text: what could begin a formula is put behind an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _cells(run: Run) -> tuple[str, ...]:
    return (
        run.run_id,
        run.workflow,
        run.file,
        run.status,
        _moment(run.started_at or run.created_at),
        _moment(run.ended_at),
        f"{run.active_s:.3f}" if run.ended else "",
        _json(run.input),
        _result(run.result),
        error_text(run.error) if run.error else "",
    )


def _result(result: dict[str, Any] | None) -> str:
    if result is None:
        return ""
    value = result["fields"] if "fields" in result else result.get("value")
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(_in_words(mask(value)), ensure_ascii=False)


def _in_words(value: Any) -> Any:
    if isinstance(value, dict):
        return "•••• masked" if "$masked" in value else {name: _in_words(item) for name, item in value.items()}
    return [_in_words(item) for item in value] if isinstance(value, list) else value


def _moment(then: float | None) -> str:
    return "" if then is None else datetime.fromtimestamp(then, UTC).isoformat(timespec="milliseconds")


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
