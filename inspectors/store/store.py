"""The store as the rest of Stepscope sees it."""

from __future__ import annotations

from inspectors.store.kept_files import KeptFiles
from inspectors.store.presets import Presets
from inspectors.store.prompts import Prompts
from inspectors.store.pruning import Pruning
from inspectors.store.record_search import RecordSearch
from inspectors.store.reviews import Reviews
from inspectors.store.run_indexes import RunIndexes
from inspectors.store.run_reopening import RunReopening
from inspectors.store.run_search import RunSearch
from inspectors.store.runners import Runners
from inspectors.store.runs import Runs


class Store(
    Runs, RunSearch, RunIndexes, RecordSearch, Pruning, RunReopening, Prompts, Reviews, Presets, KeptFiles, Runners
):
    """One SQLite file. `Store(path)` creates or migrates it and raises StoreRefused if it can't be used."""
