"""Invocations of a run as spans of time, folded from its records: what the Gantt look is drawn from.

A run of a million records has some hundred thousand of them, so they are kept in columns, and the texts of the
commonest records are read by pattern: an invocation takes about a hundred bytes.
"""

from __future__ import annotations

import json
import math
import re
import sys
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inspectors.trace.span_columns import BUFFERED, CANCELLED, ERROR, OK, OPEN, WAITING, Columns

Record = dict[str, Any]

OUTCOMES = {"ok": OK, "buffered": BUFFERED, "again": OK, "error": ERROR, "waiting": WAITING, "cancelled": CANCELLED}
MOST_TIMES = 100_000
"""Events whose time is remembered until a step takes them."""

_HEAD = rb'\{"seq":(\d+),"t":([\d.]+),"kind":'
_STARTED = re.compile(
    _HEAD + rb'"invocation_started","invocation":"([^"\\]*)","step":"([^"\\]*)","consumed":\[([^\]]*)\],'
    rb'"worker":(\d+|null),"workers":(\d+|null),"attempt":(\d+),"queue_ms":([\d.]+|null),"work_item":(?:null|"([^"\\]*)")'
)
_ENDED = re.compile(
    _HEAD + rb'"invocation_ended","invocation":"([^"\\]*)","step":"[^"\\]*","took_ms":[\d.]+,'
    rb'"gave":\[[^\]]*\],"gives":\{[^}]*\},"outcome":"ok"\}'
)
_ENDED_TOLD = re.compile(_ENDED.pattern[:-2] + rb',"engine":')
_EVENT = re.compile(_HEAD + rb'"event","key":"([^"\\]*)","type":"[^"\\]*","module":"[^"\\]*","via":"(\w+)"')
_FLOATS = ("queued", "start", "end", "since", "lane_from", "lane_to", "ask_from", "ask_to")
_INTS = {
    "seq": "q",
    "end_seq": "q",
    "lane": "i",
    "worker": "i",
    "attempt": "i",
    "outcome": "b",
    "number": "q",
    "lane_step": "i",
    "ask_lane": "i",
    "ask_seq": "q",
}
FORMAT = f"1-{sys.byteorder}"
"""Spans that were kept in another format are made anew."""
_TOLD = ("seq", "began", "last", "ended", "status", "steps", "workers")
_NUMBER = re.compile(r"invocation_(\d+)")
_OTHERS = (b'"invocation_', b'"run_started"', b'"run_ended"', b'"resumed"', b'"event"', b'"prompt')


@dataclass
class Spans:
    """Folds records, given in order of seq."""

    seq: int = 0
    began: float = 0.0
    """Epoch seconds of the first record; 0 before it."""
    last: float = 0.0
    ended: float = 0.0
    """0 while the run goes on."""
    status: str = ""
    """How it ended; "" while it goes on."""
    steps: list[str] = field(default_factory=list)
    """In the order of their first invocations."""
    workers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._floats = {name: array("d") for name in _FLOATS}
        self._ints = {name: array(code) for name, code in _INTS.items()}
        self._open: dict[str, int] = {}
        self._items: dict[str, int] = {}
        """Lanes of work items that go on, or may."""
        self._item_of: dict[int, str] = {}
        self._gathering: dict[str, int] = {}
        """The lane in which a step gathers events."""
        self._step: dict[str, int] = {}
        self._times: dict[str, float] = {}
        self._asked: dict[str, int] = {}
        """Prompts that nobody has answered."""
        self._last = ("", -1)
        """The invocation that ended last, and its row."""
        self._columns: tuple[int, Columns] | None = None

    def __len__(self) -> int:
        return len(self._floats["start"])

    def columns(self) -> Columns:
        """The spans folded so far, as arrays that stay as they are."""
        if self._columns is None or self._columns[0] != self.seq:
            made: dict[str, Any] = {name: np.array(values, np.float64) for name, values in self._floats.items()}
            made |= {name: np.array(values, np.int64) for name, values in self._ints.items()}
            self._columns = (self.seq, Columns(**made))
        return self._columns[1]

    # -- kept in the store --

    def _arrays(self) -> dict[str, array[Any]]:
        return {**self._floats, **self._ints}

    def dump(self) -> bytes:
        """The spans of a run that is over: what `load` makes the same of."""
        arrays = self._arrays()
        told = {name: getattr(self, name) for name in _TOLD}
        head = json.dumps({**told, "sizes": {name: len(values) for name, values in arrays.items()}}).encode()
        packed = b"".join(values.tobytes() for values in arrays.values())
        return zlib.compress(len(head).to_bytes(4, "big") + head + packed, 1)

    @classmethod
    def load(cls, dumped: bytes) -> Spans:
        """Spans as `dump` gave them; nothing may follow. Raises ValueError or zlib.error for anything else."""
        packed = zlib.decompress(dumped)
        at = 4 + int.from_bytes(packed[:4], "big")
        told = json.loads(packed[4:at])
        made = cls(**{name: told[name] for name in _TOLD})
        for name, values in made._arrays().items():
            size = told["sizes"][name] * values.itemsize
            values.frombytes(packed[at : at + size])
            if len(values) != told["sizes"][name]:
                raise ValueError("the spans are cut")
            at += size
        return made

    # -- folding --

    def apply_lines(self, lines: Iterable[bytes], last_seq: int) -> None:
        """Fold records as they are stored, up to the record `last_seq`."""
        for line in lines:
            head = line[:96]
            if b'"event"' in head and (event := _EVENT.match(line)):
                if event[4] == b"answer":
                    self.apply(json.loads(line))
                elif event[4] != b"streamed":
                    self._remember(event[3].decode(), float(event[2]))
                if not self.began:
                    self.began = float(event[2])
                self.last = float(event[2])
            elif started := _STARTED.match(line):
                self.last = float(started[2])
                self._start(
                    int(started[1]),
                    self.last,
                    started[3].decode(),
                    started[4].decode(),
                    [key.decode().strip('"') for key in started[5].split(b",")] if b"," in started[5] else [],
                    -1 if started[6] == b"null" else int(started[6]),
                    0 if started[7] == b"null" else int(started[7]),
                    int(started[8]),
                    None if started[9] == b"null" else float(started[9]),
                    started[10].decode() if started[10] is not None else "",
                )
            elif ended := _ENDED.match(line) or _ENDED_TOLD.match(line):
                self.last = float(ended[2])
                self._end(int(ended[1]), self.last, ended[3].decode(), OK, again=False)
            elif not self.began or any(kind in head for kind in _OTHERS):
                self.apply(json.loads(line))
        self.seq = last_seq

    def apply(self, record: Record) -> None:
        """Fold the next record."""
        self.seq = record["upto"] if "upto" in record else record["seq"]
        self.began = self.began or record["t"]
        self.last = record["t"]
        kind = record["kind"]
        if kind == "event" and record.get("via") != "streamed":
            self._remember(record["key"], record["t"])
            self._answered(record.get("prompt") or "", record["t"])
        elif kind == "prompt":
            self._ask(record)
        elif kind == "prompt_expired":
            self._answered(record["prompt"], record["t"])
        elif kind == "invocation_started":
            self._start(
                record["seq"],
                record["t"],
                record["invocation"],
                record["step"],
                [key for key in record.get("consumed") or [] if key],
                record["worker"] if record.get("worker") is not None else -1,
                record.get("workers") or 0,
                record.get("attempt") or 1,
                record.get("queue_ms"),
                record.get("work_item") or "",
            )
        elif kind == "invocation_ended":
            outcome = record.get("outcome")
            again = outcome in ("waiting", "again", "buffered") or record.get("retry_in") is not None
            self._gather(record)
            self._end(record["seq"], record["t"], record["invocation"], OUTCOMES.get(str(outcome), OK), again)
        elif kind == "run_ended":
            self.ended, self.status = record["t"], str(record.get("status"))
            self._close_all(record["seq"], record["t"])
        elif kind == "resumed":
            self.ended, self.status = 0.0, ""
            self._close_all(record["seq"], record["t"])

    def _remember(self, key: str, t: float) -> None:
        self._times[key] = t
        if len(self._times) > MOST_TIMES:
            for old in list(self._times)[: MOST_TIMES // 2]:
                del self._times[old]

    def _ask(self, record: Record) -> None:
        """A step that waits for its answer has a lane that says so; one that returned its prompt is over."""
        invocation, row = self._last
        if invocation != record.get("invocation") or self._ints["outcome"][row] == WAITING:
            return
        self._asked[record["prompt"]] = len(self._floats["ask_from"])
        self._floats["ask_from"].append(record["t"])
        self._floats["ask_to"].append(math.nan)
        self._ints["ask_lane"].append(self._ints["lane"][row])
        self._ints["ask_seq"].append(record["seq"])
        self._floats["lane_to"][self._ints["lane"][row]] = math.nan

    def _answered(self, prompt: str, t: float) -> None:
        ask = self._asked.pop(prompt, None)
        if ask is not None:
            self._floats["ask_to"][ask] = self._floats["lane_to"][self._ints["ask_lane"][ask]] = t

    def _start(
        self,
        seq: int,
        t: float,
        invocation: str,
        step: str,
        consumed: list[str],
        worker: int,
        workers: int,
        attempt: int,
        queue_ms: float | None,
        item: str,
    ) -> None:
        if workers > self.workers.get(step, 0):
            self.workers[step] = workers
        number = self._step.get(step)
        if number is None:
            number = self._step[step] = len(self.steps)
            self.steps.append(step)
        queued = t - queue_ms / 1000 if queue_ms else t
        floats, ints = self._floats, self._ints
        item = item or invocation
        lane = self._items.get(item)
        if lane is None:
            lane = self._items[item] = len(floats["lane_from"])
            self._item_of[lane] = item
            floats["lane_from"].append(queued)
            floats["lane_to"].append(math.nan)
            ints["lane_step"].append(number)
        floats["lane_to"][lane] = math.nan
        since = math.nan
        if len(consumed) > 1:
            times = [self._times[key] for key in consumed if key in self._times]
            if attempt == 1 and times and min(times) < queued:
                since = min(times)
                floats["lane_from"][lane] = min(since, floats["lane_from"][lane])
        self._open[invocation] = len(floats["start"])
        for name, value in (("queued", queued), ("start", t), ("end", math.nan), ("since", since)):
            floats[name].append(value)
        ints["seq"].append(seq)
        ints["end_seq"].append(0)
        ints["lane"].append(lane)
        ints["worker"].append(worker)
        ints["attempt"].append(attempt)
        ints["outcome"].append(OPEN)
        found = _NUMBER.fullmatch(invocation)
        ints["number"].append(int(found[1]) if found else -1)

    def _end(self, seq: int, t: float, invocation: str, outcome: int, again: bool) -> None:
        row = self._open.pop(invocation, None)
        if row is None:
            return
        self._floats["end"][row] = t
        self._ints["end_seq"][row] = seq
        self._ints["outcome"][row] = outcome
        self._last = (invocation, row)
        if not again:
            self._leave(self._ints["lane"][row], t)

    def _leave(self, lane: int, t: float) -> None:
        self._floats["lane_to"][lane] = t
        self._items.pop(self._item_of.pop(lane, ""), None)

    def _gather(self, record: Record) -> None:
        """Put all that a step gathers into one lane, until an invocation joins it."""
        row = self._open.get(record["invocation"])
        if row is None:
            return
        lane, step = self._ints["lane"][row], record["step"]
        if record.get("outcome") == "buffered":
            into = self._gathering.setdefault(step, lane)
        elif record.get("joined") and step in self._gathering:
            into = self._gathering.pop(step)
        else:
            return
        if into != lane:
            self._items.pop(self._item_of.pop(lane, ""), None)
            self._ints["lane"][row] = into
            self._ints["lane_step"][lane] = -1

    def _close_all(self, seq: int, t: float) -> None:
        """Nothing goes on when a run is over, or is taken up anew."""
        for prompt in list(self._asked):
            self._answered(prompt, t)
        for row in self._open.values():
            self._floats["end"][row] = t
            self._ints["end_seq"][row] = seq
            self._ints["outcome"][row] = CANCELLED
        for lane in (*self._items.values(), *self._gathering.values()):
            if math.isnan(self._floats["lane_to"][lane]):
                self._floats["lane_to"][lane] = t
        self._open.clear()
