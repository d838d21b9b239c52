"""The looks Gantt, Stream and State of runs: their folds are kept between requests and go on where they stopped."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from inspectors.server.lane_labels import lane_labels
from inspectors.store import Run, Store
from inspectors.trace.gantt import DEEPEST, Looked, RunSpans, gantt, with_labels
from inspectors.trace.markdown import is_markdown, markdown_tree
from inspectors.trace.spans import FORMAT, Spans
from inspectors.trace.state import StoreHistory
from inspectors.trace.stream import Stream, block_of

KEPT = 24
LONG = 20_000
"""Records of a run whose spans are kept once it has ended: fewer are folded in no time."""
REST_SECONDS = 0.0005
MOST_CHILDREN = 200
"""Child runs whose lanes are nested; more are found among the runs."""


class Fold(Protocol):
    """What is folded from the records of a run."""

    seq: int

    def apply_lines(self, lines: Iterable[bytes], last_seq: int) -> None:
        """Fold the next records."""


F = TypeVar("F", bound=Fold)


class Folds(Generic[F]):
    """One kind of fold, by run; the one used longest ago makes room."""

    def __init__(self, store: Store, make: Callable[[Run], F]) -> None:
        self._store, self._make = store, make
        self._kept: OrderedDict[str, tuple[F, threading.Lock]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, run: Run, rest: float = 0.0) -> tuple[F, threading.Lock]:
        """The fold of a run, up to its last record; what is read from it is read while the lock is held.

        `rest` seconds are left to others after each block.
        """
        with self._lock:
            kept = self._kept.pop(run.run_id, None) or (self._make(run), threading.Lock())
            self._kept[run.run_id] = kept
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        fold, lock = kept
        with lock:
            if fold.seq < run.last_seq:
                for last_seq, lines in self._store.iter_lines(run.run_id, fold.seq + 1):
                    fold.apply_lines(lines, last_seq)
                    if rest:
                        time.sleep(rest)
        return kept

    def drop(self, run_id: str) -> None:
        """Fold the run anew next time."""
        with self._lock:
            self._kept.pop(run_id, None)


class LookViews:
    """What the three looks show, as JSON (docs/architecture.md, "Looks")."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._spans = Folds(store, self._first_spans)
        self._streams = Folds(store, lambda _: Stream())
        self._states = Folds(store, lambda _: StoreHistory())
        self._loaded: dict[str, int] = {}
        """Runs whose spans were kept, and up to which record: they can't go on from there."""
        self._nodes: dict[str, dict[str, str]] = {}

    def gantt(self, run: Run, looked: Looked) -> dict[str, Any]:
        """The rows of the Gantt look in view."""
        picture = gantt(self._run_spans(run, 0), looked, time.time())
        picture["nodes"] = self._step_ids(run.run_id)
        return with_labels(picture, lambda run_id, seqs: lane_labels(self._store, run_id, seqs))

    def prepare(self, run: Run) -> None:
        """Work out what the Gantt look of a long run needs, beside other work."""
        self._spans_of(run, REST_SECONDS)

    def _first_spans(self, run: Run) -> Spans:
        dumped = self._store.kept_spans(run.run_id, run.last_seq, FORMAT) if run.ended else None
        if dumped is None:
            return Spans()
        self._loaded[run.run_id] = run.last_seq
        return Spans.load(dumped)

    def _spans_of(self, run: Run, rest: float = 0.0) -> tuple[Spans, threading.Lock]:
        if self._loaded.get(run.run_id, run.last_seq) != run.last_seq:  # an interrupted run goes on after all
            del self._loaded[run.run_id]
            self._spans.drop(run.run_id)
        spans, lock = self._spans.of(run, rest)
        if run.ended and run.last_seq >= LONG and run.run_id not in self._loaded:
            with lock:
                dumped = spans.dump()
            self._loaded[run.run_id] = run.last_seq
            self._store.keep_spans(run.run_id, run.last_seq, FORMAT, dumped)
        return spans, lock

    def _run_spans(self, run: Run, depth: int) -> RunSpans:
        spans, lock = self._spans_of(run)
        with lock:
            columns = spans.columns()
        children: dict[int, list[RunSpans]] = {}
        if depth < DEEPEST:
            for child in self._store.child_runs([run.run_id]).get(run.run_id, [])[:MOST_CHILDREN]:
                number = (child.parent_invocation or "").removeprefix("invocation_")
                if number.isdecimal() and child.last_seq:
                    children.setdefault(int(number), []).append(self._run_spans(child, depth + 1))
        return RunSpans(run.run_id, run.workflow, spans, columns, children)

    def _step_ids(self, run_id: str) -> dict[str, str]:
        """Node ids of steps by their names; a run's graph doesn't change."""
        known = self._nodes.get(run_id)
        if known is None:
            nodes = (self._store.graph(run_id) or {}).get("nodes", [])
            known = {node["name"]: node["id"] for node in nodes if node["kind"] == "step"}
            if len(self._nodes) > 4 * KEPT:
                self._nodes.clear()
            self._nodes[run_id] = known
        return known

    def stream(self, run: Run, first: int, count: int, find: int, only: dict[str, str]) -> dict[str, Any]:
        """Blocks of the stream, from number `first` on; below 0 it counts from the end. `only`: step, event, q.

        A text that is Markdown has its `tree`.
        """
        stream, lock = self._streams.of(run)
        with lock:
            chosen = stream.chosen(**only) if any(only.values()) else stream.blocks
            found = block_of(chosen, find) if find else None
            if found is not None:
                first = max(0, found - count // 2)
            elif first < 0:
                first = max(0, len(chosen) + first)
            blocks = [block.json() for block in chosen[first : first + count]]
            told = {"upto": stream.seq, "began": stream.began, "written": stream.written, "total": len(chosen)}
        for block in blocks:
            text = block.get("text")
            if text is not None and is_markdown(text):
                block["tree"] = markdown_tree(text)
        return {**told, "first": first, "blocks": blocks, "found": found}

    def state(self, run: Run, seq: int) -> dict[str, Any]:
        """`ctx.store` at a record; 0 is the last one."""
        history, lock = self._states.of(run)
        with lock:
            return {"upto": history.seq, **history.at(seq or history.seq)}
