"""Views of runs that are kept between requests: the overlay folded so far, and what rows need to know."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any

from inspectors.server.notices import notice
from inspectors.store import Run, Store
from inspectors.trace.details import Relations, details
from inspectors.trace.overlay import Overlay
from inspectors.trace.rows import RowContext, row
from inspectors.trace.words import STATUS_WORDS

KEPT = 64
WINDOW = 500
AROUND = 5_000
"""Records read on either side of the one whose details are asked for."""


class RunView:
    """One run as the live page sees it, up to the last record read."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store = store
        self.run_id = run.run_id
        self.overlay = Overlay(store.graph(run.run_id))
        self.started_at = run.created_at
        self.lock = threading.Lock()

    def advance(self, upto: int) -> list[dict[str, Any]]:
        """Fold records up to `upto`; returns the rows of the last 500 of those that are new."""
        with self.lock:
            fresh: list[dict[str, Any]] = []
            for record in self._store.iter_records(self.run_id, self.overlay.seq + 1, upto):
                if record["seq"] == 1:
                    self.started_at = record["t"]
                self.overlay.apply(record)
                fresh.append(record)
                if len(fresh) > 2 * WINDOW:
                    del fresh[:WINDOW]
            context = self._context()
            return [row(record, context) for record in fresh[-WINDOW:]]

    def rows(self, first: int, last: int) -> list[dict[str, Any]]:
        """Rows of a window of records, at most 500."""
        last = min(last, first + WINDOW - 1)
        with self.lock:
            context = self._context()
        return [row(record, context) for record in self._store.iter_records(self.run_id, first, last)]

    def details(self, seq: int) -> dict[str, Any] | None:
        """Details of one record, related to those around it."""
        relations = Relations(self._store.iter_records(self.run_id, max(1, seq - AROUND), seq + AROUND))
        with self.lock:
            context = self._context()
        return details(seq, relations, context)

    def _context(self) -> RowContext:
        return RowContext(self.started_at, self.overlay.step_ids, frozenset(self.overlay.open_prompts))

    def summary(self, run: Run) -> dict[str, Any]:
        """`S` of the live protocol (docs/architecture.md)."""
        now = time.time()
        prompts = self._store.prompts(run.run_id) if not run.ended else []
        step = (run.error or {}).get("step")
        text = STATUS_WORDS.get(run.status, run.status)
        if run.status == "failed" and step:
            text = f"Failed in {step}"
        return {
            "run": run.run_id,
            "workflow": run.workflow,
            "status": run.status,
            "status_text": text,
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
            "notice": notice(self._store, run, self.overlay, now) or self._child_notice(run),
            "spans": self.overlay.spans,
            "cancel_asked": run.cancel_asked_at is not None and not run.ended,
        }

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


class RunViews:
    """The views used last, by run id."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._views: OrderedDict[str, RunView] = OrderedDict()
        self._lock = threading.Lock()

    def seen(self, run_id: str) -> int:
        """How far the view of a run has been folded; 0 if there is none."""
        view = self._views.get(run_id)
        return view.overlay.seq if view is not None else 0

    def get(self, run: Run) -> RunView:
        """The view of a run; the one used longest ago makes room for a new one."""
        with self._lock:
            view = self._views.pop(run.run_id, None) or RunView(self._store, run)
            self._views[run.run_id] = view
            while len(self._views) > KEPT:
                self._views.popitem(last=False)
            return view
