"""A run in a notebook: `from inspectors import load_run`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspectors.settings import read_settings
from inspectors.store import Run, Store
from inspectors.trace import tables
from inspectors.trace.tally import Tally

if TYPE_CHECKING:
    import pandas as pd


class LoadedRun:
    """A run as it was committed when it was loaded; `load_run` says what its DataFrames hold."""

    def __init__(self, run: Run, records: list[dict[str, Any]]) -> None:
        self.run = run
        self._records = records

    def __repr__(self) -> str:
        return f"<run {self.run.run_id} of {self.run.workflow}, {self.run.status}, {len(self._records):,} records>"

    @cached_property
    def records(self) -> pd.DataFrame:
        """A row a record."""
        return tables.records_frame(self._records)

    @cached_property
    def invocations(self) -> pd.DataFrame:
        """A row an invocation."""
        return tables.invocations_frame(self._records)

    @cached_property
    def events(self) -> pd.DataFrame:
        """A row an event."""
        return tables.events_frame(self._records)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """A row a step."""
        return tables.steps_frame(self.invocations)

    @cached_property
    def event_types(self) -> pd.DataFrame:
        """A row an event type."""
        tally = Tally()
        for record in self._records:
            tally.add(record)
        return tally.event_types()


def load(run_id: str, db: str | Path | None) -> LoadedRun:
    """`inspectors.load_run`."""
    path = Path(db).expanduser() if db is not None else read_settings([]).database
    if not path.is_file():
        raise FileNotFoundError(f"There is no database at {path}. Give its path as db, or set STEPSCOPE_DB.")
    store = Store(path)
    try:
        run = store.run(run_id)
        if run is None:
            raise LookupError(f"The database {path} holds no run {run_id}.")
        return LoadedRun(run, store.records(run_id, 1, run.last_seq))
    finally:
        store.close()
