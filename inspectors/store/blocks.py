"""Blocks: the records of one run and one commit, packed; and what stands for records that nobody can read.

A record that stands for several has `upto`, the seq of the last one, and the next record's seq follows that.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from inspectors.store.packing import pack, unpack

LINES = 2_000
"""Records of one block at most: what waited for its disk for long is read in windows, like everything else."""


class Unreadable(Exception):
    """Something in the database is damaged, though the rest of it works; the message is a sentence."""


def damaged(run_id: str) -> Unreadable:
    """What is said of a run whose journal or checkpoint can't be read."""
    return Unreadable(f"What was saved of run {run_id} is damaged, so nothing can go on from it. Its records are kept.")


@dataclass
class Block:
    """Records that wait to be written, packed already; or a place for records that could not be kept."""

    first_seq: int
    last_seq: int
    records: bytes = b""
    """Empty for records that could not be kept."""
    since: float = 0.0
    """When the first of those was made, epoch seconds."""
    until: float = 0.0

    def packed(self, why: str) -> bytes:
        """What is written: the records, or one that says what is missing."""
        return self.records or pack([missing(self, why)])


def missing(block: Block, why: str) -> str:
    """The record that stands for those that could not be kept."""
    return json.dumps(
        {
            "seq": block.first_seq,
            "t": round(block.until, 6),
            "kind": "records_missing",
            "upto": block.last_seq,
            "count": block.last_seq - block.first_seq + 1,
            "since": round(block.since, 6),
            "until": round(block.until, 6),
            "why": why,
        }
    )


def read_block(
    first_seq: int, last_seq: int, committed_at: float, packed: bytes, first: int = 0, last: int = 2**62
) -> list[dict[str, Any]]:
    """The records of a block from `first` to `last`; one of kind `records_unreadable` for the block if it is damaged.

    Records outside of that may be among them.
    """
    try:
        lines = unpack(packed)
        if len(lines) == last_seq - first_seq + 1:  # none of them stands for several: the others needn't be read
            first, last = max(first, first_seq), min(last, last_seq)
            lines = lines[first - first_seq : last - first_seq + 1]
        else:
            first, last = first_seq, last_seq
        records = [json.loads(line) for line in lines]
        if _follow(records, first, last):
            return records
    except (zlib.error, ValueError, TypeError):
        pass  # its bytes are not those that were written
    return [unreadable(first_seq, last_seq, committed_at)]


def unreadable(first_seq: int, last_seq: int, t: float) -> dict[str, Any]:
    """The record that stands for those that are damaged."""
    return {
        "seq": first_seq,
        "t": t if isinstance(t, float) else 0.0,
        "kind": "records_unreadable",
        "upto": last_seq,
        "count": last_seq - first_seq + 1,
    }


def _follow(records: list[Any], first_seq: int, last_seq: int) -> bool:
    """Whether these are the records from one seq to another, without a gap."""
    expected = first_seq
    for record in records:
        if not isinstance(record, dict) or record.get("seq") != expected:
            return False
        expected = record.get("upto", expected) + 1
    return expected == last_seq + 1
