"""What a run's code printed and logged, on its way into the run's records.

`print` and `logging` only put what they got into a queue: they may be called anywhere, also by the garbage collector
in the midst of a commit, where a record could not be written. The queue is emptied before the run's next record, when
a step ends, and else by a thread of its own a few milliseconds later.
"""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inspectors.recording.output_flusher import FLUSHER
from inspectors.recording.values import preview

if TYPE_CHECKING:
    from inspectors.recording.run_log import RunLog

TEXT_LIMIT = 16_000
"""Characters of one record."""
MOST_RECORDS = 2_000
MOST_CHARACTERS = 1_000_000
"""Of what a session of a run prints, and again of what it logs."""
JOIN_SECONDS = 0.010
"""Lines that one invocation prints within this time stand in one record."""
UNFINISHED_SECONDS = 2.0
"""When a line without its end is recorded as far as it is."""
FAST_SECONDS = 0.001
"""No subprocess comes and goes within this time, so after a step as short as that nobody looks for its output."""
QUEUE_MANY = 2_000
QUEUE_MOST = 40_000
QUEUE_LARGE = 8_000_000

ENDS = frozenset({"run_ended", "unloaded"})
"""Kinds of records before which everything must be in."""

SOURCES: list[Callable[[RunLog | None], None]] = []
"""Read what came by file descriptors into the runs' queues; called with the run that is about to end, if one is."""

LIVE: weakref.WeakSet[RunOutput] = weakref.WeakSet()
_live_lock = threading.Lock()

log_path: str | None = None
"""The file that holds all that this process prints, if there is one."""

Source = tuple[str | None, str, bool | None]
"""Who printed: invocation or None; stdout or stderr; whether several runs were active (None: not by descriptor)."""


@dataclass
class Group:
    """Lines that stand in one record, or a logged message."""

    t: float
    source: Source
    lines: list[str] = field(default_factory=list)
    size: int = 0
    logged: dict[str, Any] | None = None


@dataclass
class Budget:
    """What may still be recorded, and what could not be."""

    records: int = MOST_RECORDS
    characters: int = MOST_CHARACTERS
    left_lines: int = 0
    left_characters: int = 0
    spent: bool = False
    """Whether nothing more is recorded."""
    told: bool = False

    def spend(self, characters: int) -> None:
        """Count what is recorded."""
        self.records -= 1
        self.characters -= characters
        self.spent = self.records <= 0 or self.characters <= 0

    def leave_out(self, text: str) -> None:
        """Count what isn't recorded."""
        self.left_lines += text.count("\n")
        self.left_characters += len(text)


class RunOutput:
    """Collects one session's output. `printed` and `logged` take no lock and may be called from anywhere."""

    def __init__(self, run: RunLog) -> None:
        self.run = run
        self.parent: tuple[RunLog, str] | None = None
        """The run and invocation that started this run."""
        self.queue: deque[tuple[float, Source, str, dict[str, Any] | None]] = deque()
        self.due = False
        """Whether the flusher has been told."""
        self._waiting_characters = 0
        self._rests: dict[Source, tuple[float, str]] = {}
        self._prints, self._logs = Budget(), Budget()
        self._lock = threading.RLock()
        self._flushing = False
        with _live_lock:
            LIVE.add(self)

    # -- what comes in ------------------------------------------------------------------------------

    def printed(self, source: Source, text: str) -> None:
        """Text was written, in whole lines or not."""
        if self._no_room(self._prints):
            self._prints.leave_out(text)
            return
        self._put(source, text, None)

    def logged(self, invocation: str | None, values: dict[str, Any]) -> None:
        """A message was logged; `values` are the record's level, logger, text and error."""
        if self._no_room(self._logs):
            self._logs.leave_out(values["text"] + "\n")
            return
        self._put((invocation, "", None), values["text"], values)

    def _no_room(self, budget: Budget) -> bool:
        """Whether what comes is only counted. The first piece too many goes the whole way, where it is told of."""
        full = len(self.queue) > QUEUE_MOST or self._waiting_characters > 2 * QUEUE_LARGE
        return full or (budget.spent and budget.told)

    def _put(self, source: Source, text: str, logged: dict[str, Any] | None) -> None:
        self.queue.append((time.time(), source, text, logged))
        self._waiting_characters += len(text)
        if not self.due:
            self.due = True
            FLUSHER.add(self)
        if len(self.queue) > QUEUE_MANY or self._waiting_characters > QUEUE_LARGE:
            FLUSHER.hand_over()

    # -- when it becomes records --------------------------------------------------------------------

    def before_record(self, kind: str) -> None:
        """A record of this kind is about to be written: what was printed before it stands before it."""
        if kind not in ENDS:
            self.flush()
            return
        for read in SOURCES:
            read(self.run)
        self.flush(all_rests=True)
        self._say_what_was_left_out()

    def step_over(self, invocation: str) -> None:
        """An invocation has ended: its unfinished line is as long as it will get."""
        if SOURCES:
            active = self.run.active.get(invocation)
            if active is None or time.perf_counter() - active.started > FAST_SECONDS:
                for read in SOURCES:
                    read(None)
        if self.queue or self._rests:
            self.flush(invocation)

    def flush(self, invocation: str | None = None, *, all_rests: bool = False) -> bool:
        """Record complete lines, and unfinished ones that are old, the invocation's, or all; whether some are left."""
        with self._lock:
            if self._flushing:
                return False  # recording what is flushed asks for it again
            self._flushing = True
            try:
                self.due = False
                for group in self._groups(invocation, all_rests):
                    self._record(group)
            finally:
                self._flushing = False
            return bool(self._rests)

    def _groups(self, invocation: str | None, all_rests: bool) -> list[Group]:
        groups: list[Group] = []
        last: dict[Source, Group] = {}
        queue = self.queue
        for _ in range(len(queue)):
            if not queue:
                break
            t, source, text, logged = queue.popleft()
            if logged is not None:
                groups.append(Group(t, source, logged=logged))
                last = {other: group for other, group in last.items() if other[0] != source[0]}
                continue
            if len(text) < TEXT_LIMIT // 2:
                text = self._with_what_follows(t, source, text)
            since, rest = self._rests.pop(source, (t, ""))
            lines, newline, rest = (rest + text).rpartition("\n")
            if rest:
                self._rests[source] = (since if not newline else t, _last_state(rest, unfinished=True))
            if newline:
                _add(groups, last, t, source, lines)
        self._waiting_characters = 0
        now = time.time()
        for source, (since, rest) in list(self._rests.items()):
            over = all_rests or (invocation is not None and source[0] == invocation)
            if over or now - since > UNFINISHED_SECONDS or len(rest) > TEXT_LIMIT:
                del self._rests[source]
                _add(groups, last, since, source, rest)
        return sorted(groups, key=lambda group: group.t)

    def _with_what_follows(self, t: float, source: Source, text: str) -> str:
        """A piece together with those that were written right after it: print writes each of its values alone."""
        parts, size, queue = [text], len(text), self.queue
        while queue and size < TEXT_LIMIT // 2:
            later, other, text, logged = queue[0]
            if logged is not None or other != source or later - t > JOIN_SECONDS:
                break
            queue.popleft()
            parts.append(text)
            size += len(text)
        return "".join(parts)

    def _record(self, group: Group) -> None:
        invocation, stream, shared = group.source
        active = self.run.active.get(invocation) if invocation is not None else None
        values: dict[str, Any] = {"invocation": invocation, "step": active.step if active is not None else None}
        if group.logged is not None:
            text, kind, budget = group.logged["text"], "logged", self._logs
            values = {**group.logged, **values}
        else:
            text, kind, budget = "\n".join(group.lines).strip("\n"), "printed", self._prints
            if not text.strip():
                return
            values = {"stream": stream, **values, **({} if shared is None else {"shared": shared})}
        if budget.spent:
            budget.leave_out(text + "\n")
            if not budget.told:
                budget.told = True
                self.run.record("output_left_out", what=kind, lines=None, characters=None, log=log_path)
            return
        budget.spend(min(len(text), TEXT_LIMIT))
        values["text"] = preview(text, TEXT_LIMIT)
        self.run.append(kind, json.dumps(values)[1:-1], t=group.t)

    def _say_what_was_left_out(self) -> None:
        with self._lock:
            for kind, budget in (("printed", self._prints), ("logged", self._logs)):
                lines, characters = budget.left_lines, budget.left_characters
                budget.left_lines = budget.left_characters = 0
                if characters:
                    self._flushing = True
                    try:
                        self.run.record("output_left_out", what=kind, lines=lines, characters=characters, log=log_path)
                    finally:
                        self._flushing = False


def _add(groups: list[Group], last: dict[Source, Group], t: float, source: Source, lines: str) -> None:
    """Add lines to the record that their source has just begun, or begin one or several."""
    if "\r" in lines:
        lines = "\n".join(map(_last_state, lines.split("\n")))
    for part in _parts(lines):
        group = last.get(source)
        if group is None or t - group.t > JOIN_SECONDS or group.size + len(part) > TEXT_LIMIT:
            group = last[source] = Group(t, source)
            groups.append(group)
        group.lines.append(part)
        group.size += len(part) + 1


def _parts(lines: str) -> Iterator[str]:
    """The lines in parts that fit into a record; a line that is longer than one stays whole, to be cut."""
    start = 0
    while len(lines) - start > TEXT_LIMIT:
        end = lines.rfind("\n", start, start + TEXT_LIMIT)
        if end < 0:
            end = lines.find("\n", start)
        if end < 0:
            break
        yield lines[start:end]
        start = end + 1
    yield lines[start:]


def _last_state(line: str, *, unfinished: bool = False) -> str:
    """What a terminal shows of a line whose start was returned to, as progress bars do."""
    if "\r" not in line:
        return line
    shown = line.rstrip("\r")
    return shown.rpartition("\r")[2] + ("\r" if unfinished and len(shown) < len(line) else "")


def live_outputs() -> list[RunOutput]:
    """The runs in this process's memory that have not ended."""
    with _live_lock:
        live = list(LIVE)
    return [output for output in live if not output.run.ended]


def active_outputs(ending: RunLog | None = None) -> list[RunOutput]:
    """The runs whose code may be printing: with a step at work that doesn't only wait for a run of its own."""
    active = [output for output in live_outputs() if output.run.active or output.run is ending]
    waiting = {(id(output.parent[0]), output.parent[1]) for output in active if output.parent is not None}
    return [
        output
        for output in active
        if output.run is ending
        or not all((id(output.run), invocation) in waiting for invocation in list(output.run.active))
    ]
