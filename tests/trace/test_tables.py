"""A run's records as tables: rows, DataFrames, summaries, and the columns that a live run's summary is made from."""

import csv
import io
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from inspectors import load_run
from inspectors.store import Store
from inspectors.store.records import Commit
from inspectors.trace import tables
from inspectors.trace.table_csv import TABLES, table_csv
from inspectors.trace.tally import Tally

GOLDEN = sorted(Path(__file__).parents[1].joinpath("golden").glob("*.jsonl"))


class Run:
    """Records, made one after the other."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._seq = itertools.count(1)

    def then(self, kind: str, **fields: Any) -> "Run":
        seq = next(self._seq)
        self.records.append({"seq": seq, "t": 1_000.0 + seq, "kind": kind, **fields})
        return self

    def work(self, name: str, outcome: str = "ok", took_ms: float | None = 10.0, **fields: Any) -> "Run":
        """An invocation of the step `work` that begins and ends; `begun` is told of its beginning."""
        begun = {"queue_ms": 1.0, "takes": {"Part": 1}, **fields.pop("begun", {})}
        self.then("invocation_started", invocation=name, step="work", **begun)
        return self.then("invocation_ended", invocation=name, step="work", outcome=outcome, took_ms=took_ms, **fields)

    def steps(self) -> dict[str, Any]:
        """The row of the step `work`, the same from both ways to it."""
        tally = Tally()
        for record in self.records:
            tally.add(record)
        frame = tables.steps_frame(tables.invocations_frame(self.records))
        pd.testing.assert_frame_equal(tally.steps(), frame, check_dtype=False)
        (row,) = [row for row in tables.plain(frame) if row["step"] == "work"]
        return row


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.mark.parametrize(
    ("ended", "column"),
    [
        ({"outcome": "ok"}, "done"),
        ({"outcome": "buffered"}, "done"),
        ({"outcome": "error", "error": {"type": "E", "message": "m"}}, "errors"),
        ({"outcome": "error", "retry_in": 0.0}, "errors retried"),
        ({"outcome": "error", "handled_by": "mend"}, "errors"),
        ({"outcome": "waiting"}, "waited"),
        ({"outcome": "cancelled"}, "cancelled"),
        ({"outcome": "again"}, ""),
    ],
)
def test_each_outcome_counts_where_it_belongs(run: Run, ended: dict[str, Any], column: str) -> None:
    row = run.work("i1", **ended).steps()
    assert row["invocations"] == 1
    assert [name for name in tables.STEP_COUNTS if row[name]] == sorted(
        column.split(), key=list(tables.STEP_COUNTS).index
    )


def test_times_are_of_those_that_came_to_their_end(run: Run) -> None:
    for number, took in enumerate([10.0, 20.0, 90.0]):
        run.work(f"i{number}", took_ms=took)
    run.work("i8", "error", 5_000.0).work("i9", "waiting", 1.0)
    row = run.steps()
    assert (row["median_ms"], row["p95_ms"], row["total_ms"]) == (20.0, 83.0, 120.0)
    assert (row["queue_median_ms"], row["queue_p95_ms"]) == (1.0, 1.0)


def test_a_step_that_never_ended_well_has_no_times(run: Run) -> None:
    row = run.work("i1", "error", 5.0, begun={"queue_ms": None}).steps()
    assert row["median_ms"] is None and row["p95_ms"] is None and row["queue_median_ms"] is None


def test_what_goes_on_is_running_until_the_run_is_over(run: Run) -> None:
    run.then("invocation_started", invocation="i1", step="work")
    assert run.steps()["running"] == 1
    run.then("run_ended", status="interrupted")
    row = run.steps()
    assert (row["running"], row["cancelled"]) == (0, 1)
    run.then("resumed").work("i2")
    assert (run.steps()["invocations"], run.steps()["done"]) == (2, 1)


def test_an_end_without_a_beginning_is_counted(run: Run) -> None:
    run.then("records_missing", upto=9, count=9)
    run.then("invocation_ended", invocation="i1", step="work", outcome="ok", took_ms=3.0)
    assert run.steps()["done"] == 1
    (row,) = tables.invocation_rows(run.records)
    assert (row["invocation"], row["started"], row["outcome"]) == ("i1", None, "ok")


def test_event_types_are_counted_with_how_long_they_lay_in_queues(run: Run) -> None:
    for key in ("x1", "x2"):
        run.then("event", key=key, type="Part", module="m", via="sent", by=None, from_step=None)
    run.then("event", key="s1", type="Token", module="m", via="streamed", by=None, from_step="work")
    run.work("i1", begun={"queue_ms": 4.0}).work("i2", begun={"queue_ms": 8.0, "takes": {"Part": 2}})
    run.work("i3", "again").work("i4", "waiting").work("i5", "error", retry_in=1.0)
    tally = Tally()
    for record in run.records:
        tally.add(record)
    part, token = tables.plain(tally.event_types())
    assert list(part.values()) == ["Part", 2, 0, 3, 8.0, 8.0]
    assert token["streamed"] == 1 and token["taken"] == 0 and token["wait_median_ms"] is None
    assert tally.json()["upto"] == run.records[-1]["seq"]


def test_columns_can_be_summed_up_while_records_go_on_being_added(run: Run) -> None:
    tally = Tally()
    for record in run.work("i1").records:
        tally.add(record)
    before = tally.columns()
    frame = tally.steps()  # holds on to nothing that has to grow
    for record in run.work("i2").records[2:]:
        tally.add(record)
    assert [int(one.steps()["invocations"][0]) for one in (before, tally)] == [1, 2]
    assert int(frame["invocations"][0]) == 1


def test_a_run_without_any_records_has_empty_tables() -> None:
    assert Tally().json() == {"upto": 0, "steps": [], "events": []}
    for make in (tables.records_frame, tables.invocations_frame, tables.events_frame):
        assert make([]).empty
    assert list(tables.steps_frame(tables.invocations_frame([])).columns) == list(tables.STEPS)


def test_rows_hold_who_took_what_and_what_came_of_it(run: Run) -> None:
    run.then("event", key="x1", type="Part", module="m", via="start", by=None, from_step=None, fields={"n": 1})
    run.work("i1", "error", retry_in=0.5, error={"type": "E", "message": "m"}, begun={"consumed": ["x1"]})
    (event,) = tables.event_rows(run.records)
    assert event["taken_by"] == ["i1"] and event["fields"] == {"n": 1}
    (invocation,) = tables.invocation_rows(run.records)
    assert (invocation["outcome"], invocation["retry_in_ms"], invocation["error"]) == ("retried", 500.0, "m")
    assert [row["dt"] for row in tables.record_rows(run.records)] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_traces_add_up(path: Path) -> None:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    invocations = tables.invocations_frame(records)
    began = [record for record in records if record["kind"] == "invocation_started"]
    assert len(invocations) == len(began) == tables.steps_frame(invocations)["invocations"].sum()
    tally = Tally()
    for record in records:
        tally.add(record)
    pd.testing.assert_frame_equal(tally.steps(), tables.steps_frame(invocations), check_dtype=False)
    assert tally.event_types()["events"].sum() == len(tables.events_frame(records))


HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_cell_of_a_file_begins_a_formula(run: Run, name: str) -> None:
    run.then("event", key=name, type=name, module=name, via="sent", by=None, from_step=name, fields={name: name})
    run.then("invocation_started", invocation=name, step=name, consumed=[name], takes={name: 1}, queue_ms=-1.0)
    run.then("invocation_ended", invocation=name, step=name, outcome="error", error={"type": name, "message": name})
    for table in TABLES:
        for row in csv.DictReader(io.StringIO("".join(table_csv(table, run.records)))):
            for cell in row.values():
                assert cell == "-1.0" or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), table


def test_files_have_the_columns_of_their_tables_and_say_nothing_where_nothing_is_known(run: Run) -> None:
    run.work("i1", took_ms=None, begun={"queue_ms": None})
    (row,) = csv.DictReader(io.StringIO("".join(table_csv("invocations", run.records))))
    assert tuple(row) == tables.INVOCATIONS
    assert (row["took_ms"], row["queue_ms"], row["started"]) == ("", "", "1970-01-01T00:16:41.000000+00:00")
    assert json.loads(row["takes"]) == {"Part": 1}
    with pytest.raises(KeyError):
        next(table_csv("runs", []))


@pytest.fixture
def kept(tmp_path: Path, run: Run) -> Callable[[], tuple[str, Path]]:
    """The records in a database of their own: run id and file."""

    def write() -> tuple[str, Path]:
        store = Store(tmp_path / "kept.db")
        run_id = store.create_run(workflow="W", module="m", file="f.py", version="1", input={"a": 1})
        store.commit([Commit(run_id, 1, lines=[json.dumps(record) for record in run.records])])
        store.close()
        return run_id, store.path

    return write


def test_a_run_is_loaded_with_all_its_tables(run: Run, kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run.then("event", key="x1", type="Part", module="m", via="start", by=None, from_step=None).work("i1")
    run_id, database = kept()
    loaded = load_run(run_id, database)
    assert loaded.run.workflow == "W" and loaded.run.input == {"a": 1}
    assert repr(loaded) == f"<run {run_id} of W, starting, 3 records>"
    assert [len(frame) for frame in (loaded.records, loaded.invocations, loaded.events)] == [3, 1, 1]
    assert tuple(loaded.steps.columns) == tables.STEPS and tuple(loaded.event_types.columns) == tables.EVENT_TYPES
    assert str(loaded.invocations["started"].dt.tz) == "UTC"
    monkeypatch.setenv("STEPSCOPE_DB", str(database))
    assert len(load_run(run_id).records) == 3


def test_a_run_or_file_that_is_not_there_is_said_to_be_missing(kept: Any, tmp_path: Path) -> None:
    _, database = kept()
    with pytest.raises(LookupError, match="holds no run nope"):
        load_run("nope", database)
    with pytest.raises(FileNotFoundError, match="There is no database at"):
        load_run("nope", tmp_path / "other.db")
    assert not (tmp_path / "other.db").exists()


def test_importing_the_library_loads_nothing_else() -> None:
    code = (
        "import sys; from inspectors import load_run; import inspectors.trace.tables, inspectors.trace.tally;"
        "assert not {'pandas', 'numpy', 'streamlit', 'workflows'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=Path(__file__).parents[2])
