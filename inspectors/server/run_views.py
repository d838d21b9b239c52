"""Views of runs that are kept between requests: the overlay folded so far, and what rows need to know."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from inspectors.server.notices import notice
from inspectors.server.run_matches import RunMatches
from inspectors.server.source_lines import with_source
from inspectors.store import Run, Store, StoreRefused
from inspectors.trace.columns import FORMAT, Columns
from inspectors.trace.details import details
from inspectors.trace.earlier_runs import expected
from inspectors.trace.overlay import Overlay
from inspectors.trace.relations import RELATED, Relations, missing
from inspectors.trace.rows import RowContext, row
from inspectors.trace.tally import Tally
from inspectors.trace.words import STATUS_WORDS

KEPT = 64
WINDOW = 500
AROUND = 1_000
"""Records read on either side of the one whose details are asked for."""
LONG = 3_000
"""So many records are folded in a thread while the page shows rows already; and then what was folded is kept."""
PIECE = 500
"""Records folded while other requests wait, and then they have their turn."""
REST_SECONDS = 0.0005

logger = logging.getLogger("stepscope.live")

Folded = Callable[[Run], None]


class RunView:
    """One run as the live page sees it, up to the last record read."""

    def __init__(self, store: Store, run: Run, folded: Folded = lambda run: None) -> None:
        """`folded` is called in a thread when a long run has been folded to its end."""
        self._store = store
        self.run_id = run.run_id
        self._folded = folded
        self._graph = store.graph(run.run_id)
        self.started_at = run.created_at
        self.lock = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._kept = False
        self._looked_back = False
        self._expected: dict[str, Any] | None = None
        self._columns: Columns | None
        self._tables: dict[str, Any]
        self._begin()
        self.matches = RunMatches(self)
        fold = store.kept_fold(run.run_id, run.last_seq, FORMAT) if run.ended and run.last_seq >= LONG else None
        if fold is not None:
            self.overlay.restore(fold)
            self._columns, self._kept, self._tables = None, True, fold["tables"]
        if run.last_seq:
            self._take_start()  # rows are shown before their records are folded

    def _begin(self) -> None:
        self.overlay, self.tally, self._columns = Overlay(self._graph), Tally(), Columns()
        self._tables = {"upto": -1}

    def _take_start(self) -> None:
        first = self._store.records(self.run_id, 1, 1)
        if first and first[0]["seq"] == 1:
            self.started_at = first[0]["t"]

    # -- folding --

    def behind(self, upto: int) -> bool:
        """Whether so many records are not folded yet that nobody should wait for it: `catch_up` does it."""
        return upto - self.overlay.seq > LONG or self.catching_up

    @property
    def catching_up(self) -> bool:
        """Whether a thread is folding just now."""
        return self._thread is not None and self._thread.is_alive()

    def advance(self, upto: int) -> list[dict[str, Any]]:
        """Fold records up to `upto`; returns the rows of the last 500 of those that are new."""
        with self.lock:
            fresh: list[dict[str, Any]] = []
            if upto > self.overlay.seq and self.overlay.restored:  # an interrupted run that goes on after all
                self._begin()
            for record in self._store.iter_records(self.run_id, self.overlay.seq + 1, upto):
                self._fold(record)
                fresh.append(record)
                if len(fresh) > 2 * WINDOW:
                    del fresh[:WINDOW]
            context = self._context()
        return [_shown(record, context) for record in fresh[-WINDOW:]]

    def _fold(self, record: dict[str, Any]) -> None:
        if record["seq"] == 1:
            self.started_at = record["t"]
        self.overlay.apply(record)
        self.tally.add(record)
        if self._columns is not None:
            self._columns.append(record, row(record, RowContext(self.started_at, self.overlay.step_ids)))

    def catch_up(self) -> None:
        """Fold the rest in a thread, in small pieces; an ended run's fold is kept if it was long work."""
        with self._starting:
            if not self.catching_up:
                self._thread = threading.Thread(target=self._catch_up, name=f"fold-{self.run_id}", daemon=True)
                self._thread.start()

    def _catch_up(self) -> None:
        try:
            while (run := self._store.run(self.run_id)) is not None and run.last_seq > self.overlay.seq:
                for upto in range(self.overlay.seq + PIECE, run.last_seq + PIECE, PIECE):
                    self.advance(min(upto, run.last_seq))
                    time.sleep(REST_SECONDS)
            if run is not None and run.ended and run.last_seq == self.overlay.seq >= LONG and not self._kept:
                with self.lock:
                    fold, kept, counted = self.overlay.kept(), self.columns().dump(), self.tally.columns()
                fold["tables"] = counted.json()  # takes long, and nobody should wait for it
                self._store.keep_index(self.run_id, run.last_seq, FORMAT, fold, kept)
                self._kept = True
            if run is not None and run.ended and run.last_seq == self.overlay.seq:
                self._folded(run)
        except StoreRefused as refused:
            logger.warning("The records of run %s could not be counted to their end. %s", self.run_id, refused)

    def settle(self, run: Run) -> None:
        """Keep what was folded of a long run that has ended, unless it is kept already."""
        if run.ended and not self._kept and run.last_seq >= LONG and not self.catching_up:
            self.catch_up()

    def columns(self) -> Columns:
        """The columns and texts so far; those of a run whose fold was kept are read now. Call it with the lock."""
        if self._columns is None:
            kept = self._store.kept_columns(self.run_id, self.overlay.seq, FORMAT)
            if kept is None:  # somebody else has made them anew in another way
                made, context = Columns(), RowContext(self.started_at, self.overlay.step_ids)
                for record in self._store.iter_records(self.run_id, 1, self.overlay.seq):
                    made.append(record, row(record, context))
                self._columns = made
            else:
                self._columns = Columns.load(*kept)
        return self._columns

    # -- showing --

    def rows(self, first: int, last: int) -> list[dict[str, Any]]:
        """Rows of a window of records, at most 500."""
        last = min(last, first + WINDOW - 1)
        context = self._context()
        return [_shown(record, context) for record in self._store.iter_records(self.run_id, first, last)]

    def rows_at(self, seqs: list[int]) -> list[dict[str, Any]]:
        """Rows of these records, in this order."""
        context, found = self._context(), self._store.records_at(self.run_id, seqs)
        return [_shown(found[seq], context) for seq in seqs if seq in found]

    def details(self, seq: int) -> dict[str, Any] | None:
        """Details of one record, related to those around it."""
        relations = self._relations(seq)
        with self.lock:
            context = self._context()
        found = details(seq, relations, context)
        if found is not None and found["error"]:
            found["error"] = with_source(found["error"], found["t"])
        return found

    def _relations(self, seq: int) -> Relations:
        """Of the records around one, and of those further away that belong to it."""
        first, last = max(1, seq - AROUND), seq + AROUND
        near = list(self._store.iter_records(self.run_id, first, last))
        relations = Relations(near)
        asked = missing(seq, relations) if first > 1 or self.overlay.seq > last else []
        if not asked:
            return relations
        far = self._store.naming(self.run_id, asked, RELATED)
        records = {record["seq"]: record for record in (*near, *far)}
        return Relations(records[seq] for seq in sorted(records))

    def tables(self) -> dict[str, Any]:
        """The summary of the records that were folded so far: `Tally.json`."""
        with self.lock:
            found = self._tables
            if self.overlay.restored or found["upto"] == self.tally.seq:
                return found
            columns = self.tally.columns()
        self._tables = columns.json()
        return self._tables

    def _context(self) -> RowContext:
        return RowContext(self.started_at, self.overlay.step_ids, frozenset(self.overlay.open_prompts))

    def summary(self, run: Run) -> dict[str, Any]:
        """`S` of the live protocol (docs/architecture.md)."""
        now = time.time()
        prompts = self._store.prompts(run.run_id) if not run.ended else []
        step = (run.error or {}).get("step")
        return {
            "run": run.run_id,
            "workflow": run.workflow,
            "status": run.status,
            "status_text": status_text_of(run),
            "now": now,
            "started_at": run.started_at or run.created_at,
            "ended_at": run.ended_at,
            "active_s": run.active_s,
            "active_since": run.active_since,
            "waiting_since": run.waiting_since,
            "prompt_id": prompts[0].prompt_id if prompts else None,
            "open_prompts": [prompt.prompt_id for prompt in prompts],
            "error_seq": (run.error or {}).get("seq") or self.overlay.error_seq,
            "step": step,
            "notice": notice(self._store, run, self.overlay, now) or self._child_notice(run) or self._counting(run),
            "spans": self.overlay.spans,
            "expected": self._expected_of(run),
            "counted": self.overlay.seq,
            "cancel_asked": run.cancel_asked_at is not None and not run.ended,
        }

    def _expected_of(self, run: Run) -> dict[str, Any] | None:
        """What earlier runs let expect of one that goes on. Found in a thread once, and told when it is known."""
        if not run.ended and not self._looked_back:
            self._looked_back = True
            threading.Thread(target=self._look_back, args=(run,), name=f"expected-{run.run_id}", daemon=True).start()
        return self._expected if not run.ended else None

    def _look_back(self, run: Run) -> None:
        try:
            found = expected(self._store, run.workflow, run.file, run.created_at, steps=True)
        except StoreRefused:  # only a hint: who needs the database says what is wrong with it
            return
        self._expected = found.json()

    def _counting(self, run: Run) -> str | None:
        if not self.behind(run.last_seq) or self.overlay.seq >= run.last_seq:
            return None
        return f"The graph is still counting: {self.overlay.seq:,} of {run.last_seq:,} records so far."

    def _has_limit(self, run: Run) -> bool:
        began = next(iter(self._store.records(run.run_id, 1, 1)), {})
        return bool(began.get("timeout"))

    def _child_notice(self, run: Run) -> str | None:
        """That a run which a step started waits for a person."""
        child = self._store.waiting_child(run.run_id) if run.status == "running" else None
        if child is None:
            return None
        clock = ", and its time limit runs on" if self._has_limit(run) else ""
        return f"Run `{child.run_id}`, which a step started, waits for a person. This run stays in memory{clock}."


def _shown(record: dict[str, Any], context: RowContext) -> dict[str, Any]:
    """A row with what its hidden columns show."""
    made = row(record, context)
    made["size"] = len(json.dumps(record, separators=(",", ":")))
    for name in ("worker", "attempt"):
        if record.get(name) is not None:
            made[name] = record[name]
    return made


def status_text_of(run: Run) -> str:
    """The status as the head of a run's page says it."""
    step = (run.error or {}).get("step")
    return f"Failed in {step}" if run.status == "failed" and step else STATUS_WORDS.get(run.status, run.status)


class RunViews:
    """The views used last, by run id."""

    def __init__(self, store: Store, folded: Folded = lambda run: None) -> None:
        self._store, self._folded = store, folded
        self._views: OrderedDict[str, RunView] = OrderedDict()
        self._lock = threading.Lock()

    def seen(self, run_id: str) -> int:
        """How far the view of a run has been folded; 0 if there is none."""
        view = self._views.get(run_id)
        return view.overlay.seq if view is not None else 0

    def catching_up(self, run_ids: Iterable[str]) -> bool:
        """Whether one of these runs is being folded in a thread."""
        return any(view is not None and view.catching_up for view in map(self._views.get, run_ids))

    def get(self, run: Run) -> RunView:
        """The view of a run; the one used longest ago makes room for a new one."""
        with self._lock:
            view = self._views.pop(run.run_id, None) or RunView(self._store, run, self._folded)
            self._views[run.run_id] = view
            while len(self._views) > KEPT:
                self._views.popitem(last=False)
            return view
