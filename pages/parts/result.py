"""The result of a run, shown for what it is; and the error of one, as a sentence with its own frames."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from inspectors.diagnostics import explain_error
from inspectors.store import Run
from inspectors.trace.markdown import is_markdown, markdown_tree
from inspectors.trace.results import Table, kind_of, table_of
from inspectors.trace.run_rows import input_text
from inspectors.trace.words import readable, value_text
from parts.browser import browser_part
from parts.plain import muted, strong
from parts.words import plural

_part = browser_part("result")


def show_result(run: Run) -> None:
    """The result in a container keyed `result`; each of its fields for what it is."""
    result = run.result
    if result is None:
        return
    file = f"{run.workflow}-{run.run_id}"
    with st.container(key="result", gap="xsmall"):
        if "fields" in result:
            fields = result["fields"]
            _mount(None, "head", {"label": f"Result · {result['type']}", "value": fields or None}, file)
            _show_fields(fields, file)
        elif kind_of(result.get("value")) == "fields":
            _show_mapping(result, file)
        else:
            show_value(None, result.get("value"), file)


def _show_mapping(result: Mapping[str, Any], file: str) -> None:
    """A dict, a model or a dataclass: by its fields, or as the structure that it is."""
    value = result["value"]
    label = "Result" if result.get("type") in ("dict", None) else f"Result · {result['type']}"
    with st.container(horizontal=True, vertical_alignment="center", key="result-how"):
        with st.container():
            _mount(None, "head", {"label": label, "value": value}, file)
        view = st.segmented_control(
            "How the result is shown",
            ["Fields", "Structure"],
            default="Structure" if all(kind_of(item) in ("fields", "tree") for item in value.values()) else "Fields",
            label_visibility="collapsed",
            key=f"result-view-{file}",
            required=True,
        )
    if view == "Structure":
        _mount(None, "tree", {"value": value, "label": "", "bare": True}, file)
    else:
        _show_fields(value, file)


def _show_fields(fields: Mapping[str, Any], file: str) -> None:
    if not fields:
        _mount(None, "nothing", {}, f"{file}-nothing")
    for name, value in fields.items():
        show_value(name, value, f"{file}-{name}")


def show_value(name: str | None, value: Any, file: str) -> None:
    """A value for what it is, under its name. `file` is what it would be called if it were downloaded."""
    kind = kind_of(value)
    if kind == "table":
        table = table_of(value)
        assert table is not None
        _show_table(name, table, file)
    else:
        _mount(name, kind, _drawn(kind, value), file)


def _mount(name: str | None, kind: str, data: Mapping[str, Any], file: str) -> None:
    """One value in the browser. `file` is its name without an ending, should it be downloaded."""
    safe = re.sub(r"[^\w.-]+", "-", file)[:120]
    key = f"result-{'' if name is None else name}-{kind}"
    _part(key=key, data={"name": name, "kind": kind, "file": safe, "label": "Result", **data})


def _drawn(kind: str, value: Any) -> dict[str, Any]:
    """What the part needs to draw a value of a kind."""
    if kind == "number":
        plain = isinstance(value, int | float)
        return {"shown": f"{value:,}" if plain else value["$repr"], "raw": repr(value) if plain else value["$repr"]}
    if kind == "text":
        text = value if isinstance(value, str) else value["$cut"]
        size = len(text) if isinstance(value, str) else value["size"]
        return {"value": text, "size": size, "tree": markdown_tree(text) if is_markdown(text) else None}
    if kind == "word":
        empty = "(an empty list)" if isinstance(value, list) else "(an empty structure)"
        return {"shown": str(readable(value) if value else empty)}
    return {"value": value}


def _show_table(name: str | None, table: Table, file: str) -> None:
    """Rows that can be sorted and searched, with how many there were."""
    facts = f"{plural(table.row_count, 'row')} × {plural(table.column_count, 'column')}"
    if len(table.rows) < table.row_count:
        facts += f" · the first {len(table.rows):,} rows were kept"
    if len(table.columns) < table.column_count:
        facts += f" · the first {len(table.columns):,} columns were kept"
    frame = _frame(table)
    columns = [*([""] if table.index is not None else []), *table.columns]
    cells = [[*([label] if table.index is not None else []), *row] for label, row in _labelled(table)]
    rows = [[_cell(cell) for cell in row] for row in cells]
    _mount(name, "table", {"facts": facts, "columns": columns, "rows": rows}, file)
    with st.container(key=f"result-table-{'' if name is None else name}"):
        config: dict[Any, Any] = {
            column: st.column_config.Column(help=dtype) for column, dtype in table.types.items() if dtype != "object"
        }
        st.dataframe(frame, hide_index=table.index is None, column_config=config)


def _labelled(table: Table) -> list[tuple[Any, list[Any]]]:
    labels = table.index if table.index is not None else [None] * len(table.rows)
    return list(zip(labels, table.rows, strict=True))


def _cell(cell: Any) -> Any:
    """A cell as text, number or nothing: structures and marks in words."""
    if isinstance(cell, dict | list):
        return value_text(cell, 500)
    return cell


def _frame(table: Table) -> pd.DataFrame:
    """The table for Streamlit: columns of one kind each, so that sorting means something."""
    columns: dict[int, Any] = {}
    for at in range(len(table.columns)):
        cells = [_cell(row[at]) for row in table.rows]
        known = {type(cell) for cell in cells if cell is not None}
        if known <= {int, float} or known == {bool}:
            columns[at] = pd.Series(cells, dtype=object).convert_dtypes() if known else pd.Series(cells, dtype=object)
        else:
            columns[at] = pd.Series([None if cell is None else str(cell) for cell in cells], dtype=object)
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index(_distinct(table.columns))
    if table.index is not None:
        frame.index = pd.Index([str(_cell(label)) for label in table.index])
    return frame


def _distinct(names: list[str]) -> list[str]:
    """Two columns of one name can't be shown: the second gets a number."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made


def show_error(run: Run, again: Mapping[str, str] | None, graph: dict[str, Any] | None = None) -> None:
    """The error in a container keyed `error`: what failed, what that means, on what input, where, what to do next."""
    error = run.error or {}
    step = error.get("step")
    what = f"{error.get('type', 'Error')}: {error.get('message', '')}"
    with st.container(key="error", gap="xsmall"):
        strong(f"{step} failed: {what}" if step else what, "error-what")
        meaning = explain_error(error, graph)
        if meaning:
            muted(f"{meaning.sentence} {meaning.mend}".strip(), "error-meaning")
        own = [frame for frame in error.get("frames") or [] if frame.get("own")]
        if own:
            last = own[-1]
            place = f"{Path(last['file']).name}, line {last['line']}, in {last['function']}"
            muted(f"Raised at {place} · input: {input_text(run.input) or 'none'}", "error-where")
        if len(own) > 1 or (own and own[0].get("code")):
            with st.expander("In your own code"):
                _own_frames(error, own)
        if again:
            st.page_link("workflow.py", label="Run again, edited", icon=":material/replay:", query_params=dict(again))


def _own_frames(error: Mapping[str, Any], own: list[dict[str, Any]]) -> None:
    """Where it went in files of the person's own; the whole traceback is in the details of the failed record."""
    lines = []
    for frame in own:
        lines.append(f"{Path(frame['file']).name}, line {frame['line']}, in {frame['function']}")
        if frame.get("code"):
            lines.append(f"    {frame['code']}")
    lines.append(f"{error.get('type')}: {error.get('message')}")
    st.code("\n".join(lines), language=None, wrap_lines=True)
    muted("The whole traceback is in the details of the record that failed.", "error-whole")
