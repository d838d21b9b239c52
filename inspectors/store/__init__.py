"""The store: one SQLite file that holds runs, their records, prompts, answers and runners.

Imports nothing outside the standard library, since runners use it too.
"""

from inspectors.store.blocks import Unreadable
from inspectors.store.database import StoreRefused
from inspectors.store.models import Answer, Prompt, Run, RunnerRow
from inspectors.store.run_filter import RunFilter
from inspectors.store.store import Store

__all__ = ["Answer", "Prompt", "Run", "RunFilter", "RunnerRow", "Store", "StoreRefused", "Unreadable"]
