"""The log of one run: its records in order, and what is changed beside them in the same commits."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workflows.events import Event
from workflows.runtime.types.internal_state import BrokerState
from workflows.runtime.types.results import StepWorkerState

from inspectors.recording.engine_changes import EngineChanges
from inspectors.recording.event_keys import EventKeys
from inspectors.recording.held_commits import Part
from inspectors.recording.journal import Journal
from inspectors.recording.live_state import LiveState
from inspectors.recording.prompts import PromptBook
from inspectors.recording.record_text import encode, or_null, quoted, type_text
from inspectors.recording.run_output import ENDS, RunOutput
from inspectors.recording.values import configured_limit, preview_of_fields
from inspectors.recording.vocabulary import VERSION
from inspectors.recording.whole_values import WHOLE
from inspectors.recording.writer import CommitWriter
from inspectors.store.records import Commit

MOST_HELD = 20
"""Journal lines that may wait for a record."""


@dataclass
class Active:
    """An invocation that has begun and not been committed as ended."""

    step: str
    started: float
    state: StepWorkerState | None
    keys: list[str | None]
    work_item: str | None
    ended: float | None = None
    error: dict[str, Any] | None = None
    streamed: int = 0
    asked: int = 0
    """Questions that it has written to the stream."""


@dataclass
class Session:
    """One stay of a run in a runner's memory."""

    engine_run_id: str
    number: int
    resumed: bool
    timeout: float | None
    known: dict[str, Any] = field(default_factory=dict)
    """What an earlier session's recorder knew (`RunRecorder.snapshot`)."""
    context: dict[str, Any] | None = None
    """The engine's context that this session begins with; None for a run that begins."""


class RunLog:
    """What one session of one run has written and knows. Methods belong on the event loop unless they say otherwise."""

    def __init__(self, writer: CommitWriter, run_id: str, *, next_seq: int, session: Session, root: str) -> None:
        self.run_id = run_id
        self.session = session
        self.root = root
        self.keys = EventKeys()
        self.engine = EngineChanges(self.keys)
        self.live: LiveState | None = None
        self.active: dict[str, Active] = {}
        self.work_items: dict[str, list[str | None]] = dict(session.known.get("work_items", {}))
        self.waiters: dict[str, dict[str, Any]] = dict(session.known.get("waiters", {}))
        """What the engine doesn't keep of the waiters there are (waiters.py), by their places."""
        self.kept: int = session.known.get("ended", 0)
        """Invocations that have ended and don't run again."""
        self.known_buffers: dict[str, list[str | None]] = session.known.get("buffers", {})
        self.prompts = PromptBook(run_id, session.known.get("prompts", {}))
        self.ticks = 0
        self.ended = False
        self.unsaveable: str | None = None
        """Why the run can't be written down just now."""
        self.last_error: tuple[BaseException, dict[str, Any]] | None = None
        self.on_idle: Callable[[], None] | None = None
        self.journal: Journal | None = None
        self.watcher: asyncio.Task[None] | None = None
        self.limit_at: float | None = None
        """When the run's time limit is reached unless it is let go before (epoch seconds); None if it has none."""
        self.adapter: Any = None
        """The engine's hold of the run from outside, by which it is cancelled."""
        self.stores: dict[str, Any] = {}
        """What the recorder remembers of each store (see store_hook.py), by namespace."""
        self.store_touched = True
        """Whether ctx.store may have changed since the journal last looked at it."""
        self.keeps_iterator = False
        """Whether an event or ctx.store holds an iterator."""
        self.active_steps: list[str] | None = None
        """The steps that the time limit found at work."""
        self.keeps_stream = False
        """Whether anyone can read the run's stream: code that holds its handler, not Stepscope."""
        self.output = RunOutput(self)
        self._writer = writer
        self._seq = next_seq
        self._held: list[str] = []
        """Journal lines that wait for a record."""
        self._parts: list[Part] | None = None
        """What the tick that is being worked off has to say; None between ticks."""
        self._parts_seq = 0
        self._reduced: BrokerState | None = None
        self._untold = False
        """Whether there was no room for a record: the next one that is kept tells the engine's state as a whole."""
        self._loop_thread = 0
        self._lock = threading.Lock()

    def record(self, kind: str, edit: Callable[[Commit], None] | None = None, **values: Any) -> int:
        """Add a record and return its seq, or 0 after the run's end, when nothing is added; safe from any thread."""
        return self.append(kind, encode(values)[1:-1] if values else "", edit)

    def append(self, kind: str, fields: str, edit: Callable[[Commit], None] | None = None, t: float = 0.0) -> int:
        """The same with the record's fields as JSON text, without braces; `t` if it isn't now.

        What was printed before stands before it, so its seq isn't known until it is returned.
        """
        if self.output.queue or kind in ENDS:
            self.output.before_record(kind)
        with self._lock:
            if self.ended:
                return 0
            seq = self._seq
            self._seq = seq + 1
            if self._reduced is not None and threading.get_ident() == self._loop_thread and not self._writer.is_full:
                if self._untold:
                    self.engine.forget()
                    self._untold = False
                changed, self._reduced = self.engine.take(self._reduced), None
                if changed:
                    fields = f'{fields}{"," if fields else ""}"engine":{changed}'
            line = f'{{"seq":{seq},"t":{t or time.time():.6f},"kind":"{kind}"{"," if fields else ""}{fields}}}'
            held = self._held
            if held:
                self._held = []
            if self._parts is None:
                self._untold |= not self._writer.append(self.run_id, seq, line, edit, held)
            else:
                self._parts.append((line, held, edit))
            if kind == "run_ended":
                self.ended = True
        return seq

    def reduced(self, state: BrokerState) -> None:
        """A tick has made this of the engine's state, and nothing changes it any more: the next record tells of it."""
        self._reduced, self._loop_thread = state, threading.get_ident()

    def tick_begins(self) -> None:
        """What is said until `tick_ends` is committed at once: a tick is in journal, records and rows, or in none."""
        with self._lock:
            self._parts, self._parts_seq = [], self._seq

    def tick_ends(self) -> None:
        """Hand over what was said since `tick_begins`."""
        with self._lock:
            parts, self._parts = self._parts, None
            if parts:
                self._untold |= not self._writer.extend(self.run_id, self._parts_seq, parts)

    def change(self, edit: Callable[[Commit], None]) -> None:
        """Change what is kept beside the records, unless this session is over; safe from any thread."""
        with self._lock:
            if self.ended:
                return  # the next session may have written already: what comes late would stand before its records
            if self._parts is None:
                self._writer.change(self.run_id, self._seq, edit)
            else:
                self._parts.append(("", (), edit))

    def keep_journal(self, lines: list[str], *, at_once: bool) -> None:
        """Commit journal lines; on the loop's thread only. Unless at once, they go with the next record."""
        if at_once or len(self._held) > MOST_HELD:
            with self._lock:
                lines, self._held = [*self._held, *lines], []
                if self.ended:
                    return
                if self._parts is None:
                    self._writer.journal(self.run_id, self._seq, lines)
                else:
                    self._parts.append(("", lines, None))
        else:
            self._held += lines

    def run_started(self, workflow: Any, **values: Any) -> None:
        """The first record of a session."""
        cls = type(workflow)
        now = time.time()
        columns = {"status": "running", "active_since": now, "waiting_since": None, "loaded": 1}
        if not self.session.resumed:
            columns["started_at"] = now
        context, known = self.session.context, {**self.session.known, "session": self.session.number}

        def edit(commit: Commit) -> None:
            commit.run.update(columns)
            if context is not None:
                commit.keep_checkpoint(context, known)  # the journal of earlier sessions is folded into it

        self.record(
            "run_started",
            edit,
            version=VERSION,
            workflow=cls.__qualname__,
            module=cls.__module__,
            timeout=self.session.timeout,
            session=self.session.number,
            resumed=self.session.resumed,
            **values,
        )

    def holds_iterator(self, what: str) -> None:
        """The run holds what writing down would use up: nothing of it is written down from here on."""
        self.keeps_iterator = True
        if self.unsaveable is None:
            why = self.unsaveable = f"{what}, which saving would use up"
            self.record("not_saved", lambda commit: commit.run.update(unsaved=why), why=why)

    def event(
        self,
        event: Event,
        key: str,
        via: str,
        by: str | None = None,
        from_step: str | None = None,
        **values: Any,
    ) -> int:
        """An event instance, seen for the first time; `from_step` is known without saying while `by` is active."""
        if by is not None and from_step is None and by in self.active:
            from_step = self.active[by].step
        fields = self.keys.fields(event)
        if fields is None or len(fields) > configured_limit():
            kept = preview_of_fields(event)
            fields = encode(kept.json)
            if kept.cut:
                WHOLE.keep(self.run_id, key, event)
            if kept.once:
                self.holds_iterator(f"{type(event).__qualname__} holds an iterator")
        more = f",{encode(values)[1:-1]}" if values else ""
        return self.append(
            "event",
            f'"key":{quoted(key)},{type_text(type(event))},"via":"{via}","by":{or_null(by)},'
            f'"from_step":{or_null(from_step)},"fields":{fields}{more}',
        )
