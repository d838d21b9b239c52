"""What a workflow wrote to its stream, as people read it: tokens joined to text, other events with their fields.

Folded from records: events that were only streamed, events that have a record of their own and were streamed as well,
and prompts. A text ends with the next event of its invocation, so what two invocations stream at once isn't mixed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]

PIECES = ("delta", "token")
"""Fields that surely hold a piece of a text."""
TEXTS = ("chunk", "text", "content", "response")
"""Fields that may; a sentence that stands for itself isn't joined to the one before."""
LONGEST = 20_000
"""Characters of one text; a longer one goes on in the next."""
MOST_KEPT = 20_000
"""Events that are remembered in case they are written to the stream after they were recorded."""
_TELLS = (b'"kind":"streamed"', b'"kind":"prompt"')
_EVENT = re.compile(
    rb'\{"seq":\d+,"t":[\d.]+,"kind":"event","key":"([^"\\]*)","type":"[^"\\]*","module":"[^"\\]*","via":"(\w+)"'
)
_WRITTEN = ("streamed", "prompt")


@dataclass
class Block:
    """A text made of pieces, or one event."""

    seq: int
    t: float
    type: str
    step: str
    by: str
    name: str = ""
    """The field whose pieces are joined; "" for an event by itself."""
    last_seq: int = 0
    last_t: float = 0.0
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    fields: dict[str, Any] | None = None

    def add(self, seq: int, t: float, piece: str) -> None:
        """Another piece of the text."""
        self.pieces.append(piece)
        self.length += len(piece)
        self.last_seq, self.last_t = seq, t

    def searched(self) -> str:
        """All its words in small letters."""
        return ("".join(self.pieces) or f"{self.type} {json.dumps(self.fields, ensure_ascii=False)}").lower()

    def json(self) -> dict[str, Any]:
        """{"seq", "last_seq", "t", "last_t", "type", "step", "by", "pieces" (how many), "text" | "fields"}."""
        told: dict[str, Any] = {
            name: getattr(self, name) for name in ("seq", "last_seq", "t", "last_t", "type", "step", "by")
        }
        told["pieces"] = len(self.pieces)
        return {**told, "fields": self.fields} if self.fields is not None else {**told, "text": "".join(self.pieces)}


class Stream:
    """Folds records, given in order of seq."""

    def __init__(self) -> None:
        self.seq = 0
        self.began = 0.0
        self.blocks: list[Block] = []
        self.written = 0
        """How many events were written to the stream."""
        self._texts: dict[str, Block] = {}
        """The text that an invocation goes on with."""
        self._known: dict[str, Record | bytes] = {}
        """Events with a record of their own, or its text, by key: they may be streamed as well."""

    def apply_lines(self, lines: Iterable[bytes], last_seq: int) -> None:
        """Fold records as they are stored, up to the record `last_seq`."""
        for line in lines:
            event = _EVENT.match(line)
            if event is not None and event[2].decode() not in _WRITTEN and self.began:
                self._keep(event[1].decode(), line)
            elif event is not None or not self.began or any(sign in line[:96] for sign in _TELLS):
                self.apply(json.loads(line))
        self.seq = last_seq

    def apply(self, record: Record) -> None:
        """Fold the next record."""
        self.seq = record["upto"] if "upto" in record else record["seq"]
        self.began = self.began or record["t"]
        kind = record["kind"]
        if kind == "event" and record.get("via") in _WRITTEN:
            self._written(record, record)
        elif kind == "event":
            self._keep(record["key"], record)
        elif kind in ("streamed", "prompt"):  # a returned prompt is written to the stream as well
            event = self._known.get(record.get("key" if kind == "streamed" else "event") or "")
            if event is not None:
                self._written(json.loads(event) if isinstance(event, bytes) else event, record)

    def _keep(self, key: str, event: Record | bytes) -> None:
        self._known[key] = event
        if len(self._known) > MOST_KEPT:
            for old in list(self._known)[: MOST_KEPT // 2]:
                del self._known[old]

    def _written(self, event: Record, record: Record) -> None:
        self.written += 1
        fields = event.get("fields") or {}
        by = str(record.get("by") or event.get("by") or "")
        name = _piece_name(fields)
        text = self._texts.get(by)
        same = text is not None and (text.type, text.name) == (event["type"], name)
        if text is not None and same and not fields[name] and not fields.get("tool_calls"):
            text.last_seq = record["seq"]  # a model's stream often ends with a piece that holds nothing
        elif name and fields[name]:
            piece = fields[name]
            if text is None or not same or text.length > LONGEST or _stands_for_itself(name, text.pieces[-1], piece):
                text = self._texts[by] = self._block(event, record, by, name)
                self.blocks.append(text)
            text.add(record["seq"], record["t"], piece)
        else:
            self._texts.pop(by, None)
            block = self._block(event, record, by, "")
            block.fields, block.last_seq, block.last_t = fields, record["seq"], record["t"]
            self.blocks.append(block)

    def _block(self, event: Record, record: Record, by: str, name: str) -> Block:
        return Block(record["seq"], record["t"], event["type"], event.get("from_step") or "", by, name)

    def chosen(self, step: str = "", event: str = "", q: str = "") -> list[Block]:
        """The blocks of a step, of an event type, with a text in them (in any case of letters); "" is any."""
        q = q.lower()
        return [
            block
            for block in self.blocks
            if step in ("", block.step) and event in ("", block.type) and (not q or q in block.searched())
        ]


def block_of(blocks: list[Block], seq: int) -> int | None:
    """The number of the block that a record belongs to; None if it wrote nothing."""
    for number, block in enumerate(blocks):
        if block.seq <= seq <= block.last_seq and (block.seq == seq or block.name):
            return number
    return None


def _piece_name(fields: dict[str, Any]) -> str:
    """The field that holds a piece of a text; "" if the event is none."""
    sure = next((name for name in PIECES if isinstance(fields.get(name), str)), "")
    return sure or next((name for name in TEXTS if isinstance(fields.get(name), str) and fields[name]), "")


def _stands_for_itself(name: str, before: str, piece: str) -> bool:
    """Whether a piece is a sentence rather than the next part of what came before."""
    if name in PIECES or piece[:1].isspace() or before[-1:].isspace():
        return False
    return " " in piece.strip() and not (piece[0].islower() or piece[0] in ",.;:!?)]}'\"")
