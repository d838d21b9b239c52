"""What filters, sorting and jumps need of a run's records: a few columns of numbers, and the text of each record.

A million records take about 30 MB here, and a filter over them some milliseconds. A line is a record's place among the
records that there are; that is its seq less one, unless a record stands for several.
"""

from __future__ import annotations

import math
import sys
import zlib
from array import array
from typing import Any

from inspectors.trace.words import plain_output

Record = dict[str, Any]
Row = dict[str, Any]

CHUNK = 4_000
"""Records whose texts are packed together."""
MANY_HITS = 400
"""With more of them in a chunk, looking at each line is quicker than counting lines between them."""
OTHER = 65_535
"""The code of all names beyond those that a column of two bytes can tell apart."""

KINDS = ("", "step", "event", "person", "store", "log", "llm", "tool", "call", "child", "run")
"""What the kinds of records come down to for those who choose among them; a code is a place here."""

_KIND_OF = {
    "invocation_started": "step",
    "invocation_ended": "step",
    "event": "event",
    "streamed": "event",
    "prompt": "person",
    "prompt_expired": "person",
    "store_written": "store",
    "printed": "log",
    "logged": "log",
    "output_left_out": "log",
    "child_not_recorded": "child",
}
_CALLS = {"llm": "llm", "tool": "tool"}

FAILED, INTERRUPTED, PROMPT = 1, 2, 4
_TONES = {"failed": FAILED, "interrupted": INTERRUPTED}

_CONTENTS = frozenset(
    "fields text error result changes invocation key why by messages output input model place name value prompt chunks"
    " run to_step via from_step".split()
)
_SAID = ("event", "printed", "logged")
"""Kinds whose row says nothing in short that the contents don't."""

ARRAYS = (("seqs", "I"), ("times", "d"), ("took", "f"), ("kinds", "B"), ("steps", "H"), ("types", "H"), ("whats", "H"),
          ("marks", "B"))  # fmt: skip
NAMES = ("step", "type", "what")


class Names:
    """Names and the codes that stand for them."""

    def __init__(self, names: list[str] | None = None) -> None:
        self.names = names if names is not None else [""]
        self._codes = {name: code for code, name in enumerate(self.names)}

    def code(self, name: str) -> int:
        """The code of a name, a new one if it has none."""
        found = self._codes.get(name)
        if found is None:
            if len(self.names) >= OTHER:
                return OTHER
            found = self._codes[name] = len(self.names)
            self.names.append(name)
        return found

    def known(self, name: str) -> int | None:
        """The code of a name; None if no record has it."""
        return self._codes.get(name)


class Columns:
    """The columns and texts of one run's records, filled in order."""

    def __init__(self) -> None:
        self.seqs = array("I")
        self.times = array("d")
        self.took = array("f")
        """Milliseconds; not a number where a record has none."""
        self.kinds = array("B")
        self.steps = array("H")
        self.types = array("H")
        self.whats = array("H")
        self.marks = array("B")
        """FAILED, INTERRUPTED, PROMPT; 0 for all others."""
        self.step, self.type, self.what = Names(), Names(), Names()
        self.texts: list[bytes] = []
        """Packed texts of `CHUNK` records each; the newest are in `open_texts`."""
        self.open_texts: list[str] = []

    def __len__(self) -> int:
        """How many records are in it."""
        return len(self.seqs)

    def append(self, record: Record, row: Row) -> None:
        """Take in the next record, with the row that shows it."""
        kind = record["kind"]
        self.times.append(record["t"])
        took = row["took_ms"]
        self.took.append(math.nan if took is None else took)
        self.kinds.append(_KINDS[kind_of(record)])
        self.steps.append(self.step.code(row["step"]))
        self.types.append(self.type.code(record["type"]) if kind == "event" else 0)
        self.whats.append(self.what.code(row["what"]))
        self.marks.append(PROMPT if kind == "prompt" else _TONES.get(row["tone"], 0))
        self.open_texts.append(text_of(record, row))
        self.seqs.append(record["seq"])  # the last of them: who looks meanwhile finds all of a record, or none of it
        if len(self.open_texts) == CHUNK:
            self.texts.append(pack_texts(self.open_texts))
            self.open_texts = []

    def chunk(self, number: int) -> bytes:
        """The texts of the records from line `number` × CHUNK on: UTF-8, a line each."""
        newest = self.open_texts  # before it is looked whether they were packed meanwhile
        return zlib.decompress(self.texts[number]) if number < len(self.texts) else _encoded(newest)

    # -- kept in the store --

    def dump(self) -> tuple[dict[str, list[str]], bytes, list[bytes]]:
        """(names, columns, texts): what `load` makes the same columns of."""
        columns = b"".join(getattr(self, name).tobytes() for name, _ in ARRAYS)
        texts = [*self.texts, *([pack_texts(self.open_texts)] if self.open_texts else [])]
        return {name: getattr(self, name).names for name in NAMES}, zlib.compress(columns, 1), texts

    @classmethod
    def load(cls, names: dict[str, list[str]], columns: bytes, texts: list[bytes]) -> Columns:
        """Columns as `dump` gave them. Raises ValueError or zlib.error for anything else."""
        made = cls()
        packed = zlib.decompress(columns)
        width = sum(array(code).itemsize for _, code in ARRAYS)
        count, rest = divmod(len(packed), width)
        if rest:
            raise ValueError("the columns are cut")
        at = 0
        for name, code in ARRAYS:
            values = array(code)
            size = count * values.itemsize
            values.frombytes(packed[at : at + size])
            setattr(made, name, values)
            at += size
        made.step, made.type, made.what = (Names(names[name]) for name in NAMES)
        made.texts = texts[: count // CHUNK]
        made.open_texts = unpack_texts(texts[count // CHUNK]) if count % CHUNK else []
        return made


FORMAT = f"3-{sys.byteorder}-{CHUNK}"
"""Columns that were kept in another format are made anew."""

_KINDS = {name: code for code, name in enumerate(KINDS)}


def kind_of(record: Record) -> str:
    """Which of KINDS a record is."""
    kind = record["kind"]
    if kind in ("call_started", "call_ended"):
        return _CALLS.get(record.get("call", ""), "call")
    return _KIND_OF.get(kind, "run")


def text_of(record: Record, row: Row) -> str:
    """What a search finds a record by, on one line and in small letters: what its row says, and what it holds."""
    kind = record["kind"]
    parts = [row["what"]] if kind in _SAID else [row["what"], row["short"]]
    if kind == "prompt":
        parts.append("Waiting for you")
    for name, value in record.items():
        if name in _CONTENTS:
            if value.__class__ is str:
                parts.append(value)
            elif value is not None:
                _add_leaves(value, parts)
    line = " ".join(parts)
    if "\x1b" in line:
        line = plain_output(line)
    if "\n" in line or "\r" in line:
        line = line.replace("\n", " ").replace("\r", " ")
    return line.lower()


def _add_leaves(value: Any, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            parts.append(name)
            _add_leaves(inner, parts)
    elif isinstance(value, list):
        for inner in value:
            _add_leaves(inner, parts)
    elif value is not None:
        parts.append(str(value))


def pack_texts(texts: list[str]) -> bytes:
    """Texts of one line each, packed."""
    return zlib.compress(_encoded(texts), 1)


def _encoded(texts: list[str]) -> bytes:
    return "\n".join(texts).encode("utf-8", "surrogatepass")


def unpack_texts(packed: bytes) -> list[str]:
    """What `pack_texts` was given."""
    return zlib.decompress(packed).decode("utf-8", "surrogatepass").split("\n")


def lines_with(texts: bytes, q: bytes) -> list[int]:
    """Which lines of `texts`, from 0, contain `q`."""
    hits = texts.count(q)
    if hits > MANY_HITS:
        return [number for number, line in enumerate(texts.split(b"\n")) if q in line]
    found: list[int] = []
    line, begin, at = 0, 0, texts.find(q)
    while at >= 0:
        line += texts.count(b"\n", begin, at)
        found.append(line)
        line, begin = line + 1, texts.find(b"\n", at) + 1
        at = texts.find(q, begin) if begin else -1
    return found
