"""What filters have found in one run so far, kept between requests: a run that goes on is only looked at further."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from inspectors.trace.matching import Matching, RecordFilter, next_marked

if TYPE_CHECKING:
    from inspectors.server.run_views import RunView

KEPT = 8


class RunMatches:
    """The filters used last on one run."""

    def __init__(self, view: RunView) -> None:
        self._view = view
        self._found: OrderedDict[RecordFilter, Matching] = OrderedDict()
        self._orders: dict[tuple[RecordFilter, str, bool], tuple[int, Any]] = {}
        self._lock = threading.Lock()

    def _matching(self, wanted: RecordFilter) -> Matching:
        found = self._found.pop(wanted, None) or Matching(wanted)
        self._found[wanted] = found
        while len(self._found) > KEPT:
            gone, _ = self._found.popitem(last=False)
            self._orders = {key: order for key, order in self._orders.items() if key[0] != gone}
        return found

    def seqs(self, wanted: RecordFilter, sort: str, descending: bool, seconds: float) -> tuple[Any, int, bool]:
        """(seqs of the records found so far, in this order; how many were looked at; whether that is all there is).

        Raises WrongFilter.
        """
        with self._lock:
            found = self._matching(wanted)
            with self._view.lock:
                columns = self._view.columns()
            # Texts and columns are only added to, by whoever folds: looking at them needs no lock.
            done = found.look(columns, seconds)
            known = self._orders.get((wanted, sort, descending))
            if known is None or known[0] != found.seen:
                with self._view.lock:
                    lines = found.ordered(columns, sort, descending)
                    known = found.seen, _seqs(columns, lines)
                self._orders[wanted, sort, descending] = known
            return known[1], found.seen, done

    def next(self, what: str, seq: int, forward: bool, wanted: RecordFilter, seconds: float) -> int | None:
        """The next error or prompt, among what a filter lets through. Raises WrongFilter."""
        with self._lock:
            among = None
            with self._view.lock:
                columns = self._view.columns()
            if wanted != RecordFilter():
                found = self._matching(wanted)
                found.look(columns, seconds)
                among = found.ordered(columns, "seq", False)
            with self._view.lock:
                return next_marked(columns, what, seq, forward, among)


def _seqs(columns: Any, lines: Any) -> Any:
    import numpy as np

    return np.frombuffer(columns.seqs[:], np.uint32)[lines]
