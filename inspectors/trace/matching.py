"""Which records of a run a filter lets through, and in which order they are asked for."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
import regex

from inspectors.trace.columns import CHUNK, FAILED, INTERRUPTED, KINDS, OTHER, PROMPT, Columns, lines_with

ONE_TEXT_SECONDS = 0.1
"""How long an expression may work on one record's text: more means that it tries for ever."""
LONGEST = 500

SORTS = ("seq", "time", "what", "step", "took")
ERRORS = "error"
"""Chosen like a kind: whatever failed or was interrupted."""


class WrongFilter(ValueError):
    """A filter that can't be used; the message is a sentence."""


@dataclass(frozen=True)
class RecordFilter:
    """What is asked for; an empty part leaves nothing out."""

    q: str = ""
    regex: bool = False
    step: str = ""
    event: str = ""
    kind: str = ""
    """One of `columns.KINDS`, or `error`."""


def expression(wanted: RecordFilter) -> Any:
    """The compiled expression of a filter that has one, or None. Raises WrongFilter if it is none."""
    if len(wanted.q) > LONGEST:
        raise WrongFilter(f"The filter is longer than {LONGEST} characters.")
    if wanted.kind not in (*KINDS, ERRORS):
        raise WrongFilter(f"There is no kind of record called “{wanted.kind[:40]}”.")
    if not (wanted.regex and wanted.q):
        return None
    try:
        return regex.compile(wanted.q, regex.IGNORECASE | regex.VERSION0)
    except regex.error as error:
        at = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise WrongFilter(f"This is no regular expression: {error.msg}{at}.") from error
    except (OverflowError, RecursionError, MemoryError) as error:
        raise WrongFilter("This regular expression is too large.") from error


class Matching:
    """The lines that match, found little by little. What was looked at once is never looked at again."""

    def __init__(self, wanted: RecordFilter) -> None:
        """Raises WrongFilter."""
        self.wanted = wanted
        self._expression = expression(wanted)
        self.lines = array("I")
        self.seen = 0
        """How many lines were looked at."""

    def look(self, columns: Columns, seconds: float) -> bool:
        """Look at what there is of `columns`, for about so long; whether all was looked at. Raises WrongFilter."""
        upto, deadline = len(columns), time.monotonic() + seconds
        while self.seen < upto:
            # Without a text to look for, columns are enough, and all of them are quick.
            last = min(upto, (self.seen // CHUNK + 1) * CHUNK) if self.wanted.q else upto
            found = self._by_columns(columns, self.seen, last)
            if self.wanted.q and len(found):
                number = self.seen // CHUNK
                found = self._by_text(columns.chunk(number), found, number * CHUNK)
            self.lines.frombytes(np.asarray(found, dtype=np.uint32).tobytes())
            self.seen = last
            if time.monotonic() > deadline:
                break
        return self.seen >= upto

    def _by_columns(self, columns: Columns, first: int, last: int) -> Any:
        wanted, kept = self.wanted, None
        for value, names, column in (
            (wanted.step, columns.step, columns.steps),
            (wanted.event, columns.type, columns.types),
        ):
            if value:
                code = names.known(value)
                same = np.frombuffer(column[first:last], np.uint16) == (OTHER + 1 if code is None else code)
                kept = same if kept is None else kept & same
        if wanted.kind:
            if wanted.kind == ERRORS:
                same = (np.frombuffer(columns.marks[first:last], np.uint8) & (FAILED | INTERRUPTED)) > 0
            else:
                same = np.frombuffer(columns.kinds[first:last], np.uint8) == KINDS.index(wanted.kind)
            kept = same if kept is None else kept & same
        return np.arange(first, last) if kept is None else np.flatnonzero(kept) + first

    def _by_text(self, texts: bytes, lines: Any, first: int) -> Any:
        """Those of `lines` that match; `texts` are those of a chunk, which begins with line `first`."""
        if self._expression is None:
            q = self.wanted.q.lower().encode("utf-8", "surrogatepass")
            return np.intersect1d(np.array(lines_with(texts, q), np.int64) + first, lines, assume_unique=True)
        of_chunk = texts.decode("utf-8", "surrogatepass").split("\n")
        return [line for line in lines.tolist() if self._fits(of_chunk[line - first])]

    def _fits(self, text: str) -> bool:
        """Whether the expression matches. Only this thread's own time counts: a machine may be busy."""
        seconds, spent = ONE_TEXT_SECONDS, 0.0
        while spent < ONE_TEXT_SECONDS:
            began = time.thread_time()
            try:
                return self._expression.search(text, timeout=seconds, concurrent=True) is not None
            except TimeoutError:
                spent += time.thread_time() - began
                seconds *= 2
        raise WrongFilter(
            "This regular expression takes too long on a single record. Take out nested repetitions such as (a+)+."
        )

    # -- what was found --

    def ordered(self, columns: Columns, by: str, descending: bool) -> Any:
        """The lines found, in the order asked for (numpy array)."""
        lines = np.frombuffer(self.lines, np.uint32).copy() if len(self.lines) else np.zeros(0, np.uint32)
        if by not in SORTS:
            raise WrongFilter(f"Records can’t be sorted by “{by[:40]}”.")
        if by in ("seq", ""):
            return lines[::-1] if descending else lines
        keys = _keys(columns, by)[lines]
        if by == "took":  # records without a duration come last, whichever way
            keys = np.where(np.isnan(keys), np.inf, -keys if descending else keys)
            return lines[np.argsort(keys, kind="stable")]
        return lines[np.argsort(-keys if descending else keys, kind="stable")]


def _keys(columns: Columns, by: str) -> Any:
    if by == "time":
        return np.frombuffer(columns.times[:], np.float64)
    if by == "took":
        return np.frombuffer(columns.took[:], np.float32).astype(np.float64)
    names, column = (columns.step, columns.steps) if by == "step" else (columns.what, columns.whats)
    rank = np.full(OTHER + 1, OTHER + 1, np.int64)
    for place, code in enumerate(sorted(range(len(names.names)), key=lambda code: names.names[code].lower())):
        rank[code] = place
    if by == "step":
        rank[0] = OTHER + 1  # records of no step come last
    return rank[np.frombuffer(column[:], np.uint16)]


def next_marked(columns: Columns, what: str, seq: int, forward: bool, among: Any = None) -> int | None:
    """The seq of the next (or previous) error or prompt after (before) `seq`; `among`: only these lines."""
    if what not in ("error", "prompt"):
        raise WrongFilter(f"There is no jump to “{what[:40]}”.")
    bits = FAILED | INTERRUPTED if what == "error" else PROMPT
    seqs = np.frombuffer(columns.seqs[:], np.uint32)
    marked = np.flatnonzero(np.frombuffer(columns.marks[: len(seqs)], np.uint8) & bits)
    if among is not None:
        marked = np.intersect1d(marked, among, assume_unique=True)
    there = seqs[marked]
    at = int(np.searchsorted(there, seq, side="right" if forward else "left")) - (0 if forward else 1)
    return int(there[at]) if 0 <= at < len(there) else None
