"""Who made and who took what in a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Record = dict[str, Any]


class Relations:
    """Who made and who took what, over the records given (all of a run, or those around the one in question)."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.by_seq: dict[int, Record] = {}
        self.event: dict[str, Record] = {}
        self.started: dict[str, Record] = {}
        self.ended: dict[str, Record] = {}
        self.taken_by: dict[str, list[Record]] = {}
        self.prompt_of_event: dict[str, Record] = {}
        self.prompt: dict[str, Record] = {}
        self.answer: dict[str, Record] = {}
        self.call_started: dict[str, Record] = {}
        self.call_ended: dict[str, Record] = {}
        self.calls_of: dict[str, list[Record]] = {}
        """What each invocation called, the outermost of what stands in one another."""
        self.items: dict[str, list[Record]] = {}
        """Beginnings of the invocations of each work item."""
        self.run_ended_at: float | None = None
        self.failures: dict[str, list[str]] = {}
        """Keys of the failures that the engine handed to @catch_error steps, by the invocation that failed."""
        for record in records:
            self.by_seq[record["seq"]] = record
            kind = record["kind"]
            if kind == "event":
                self.event[record["key"]] = record
                if record.get("prompt"):
                    self.answer[record["prompt"]] = record
                if record.get("via") == "failure":
                    self.failures.setdefault(record.get("by") or "", []).append(record["key"])
            elif kind == "invocation_started":
                self.started[record["invocation"]] = record
                self.items.setdefault(record.get("work_item") or record["invocation"], []).append(record)
                for key in record.get("consumed") or []:
                    if key:
                        self.taken_by.setdefault(key, []).append(record)
            elif kind == "invocation_ended":
                self.ended[record["invocation"]] = record
                for key in record.get("joined") or []:
                    started = self.started.get(record["invocation"])
                    if key and started is not None and started not in self.taken_by.setdefault(key, []):
                        self.taken_by[key].append(started)
            elif kind == "call_started":
                self.call_started[record["call"]] = record
                if not record.get("parent"):
                    self.calls_of.setdefault(record.get("invocation") or "", []).append(record)
            elif kind == "run_ended":
                self.run_ended_at = record["t"]
            elif kind == "resumed":
                self.run_ended_at = None
            elif kind == "call_ended":
                self.call_ended[record["call"]] = record
            elif kind == "prompt":
                self.prompt[record["prompt"]] = record
                if record.get("event"):
                    self.prompt_of_event[record["event"]] = record


RELATED = ("event", "invocation_started", "invocation_ended")
"""Kinds of the records that `missing` asks for."""
MOST_ASKED = 24


def missing(seq: int, relations: Relations) -> list[str]:
    """Keys and ids by which records that are not at hand belong to this one; none where nothing can be amiss."""
    record = relations.by_seq.get(seq, {})
    if record.get("kind") == "event":
        by = record.get("by")
        sender = [by] if by and by not in relations.started else []
        taken = record["key"] in relations.taken_by or record.get("via") in ("streamed", "prompt")
        return sender if taken else [*sender, record["key"]]
    if record.get("kind") not in ("invocation_started", "invocation_ended"):
        return []
    invocation = record["invocation"]
    started, ended = relations.started.get(invocation), relations.ended.get(invocation)
    keys = [*((started or {}).get("consumed") or []), *((ended or {}).get("joined") or [])]
    keys += (ended or {}).get("gave") or []
    found = [key for key in keys[:MOST_ASKED] if key and key not in relations.event]
    if started is None or ended is None:
        found.append(invocation)
    item = (started or {}).get("work_item")
    if item and ((started or {}).get("attempt", 1) > 1 or (ended or {}).get("outcome") not in ("ok", "buffered")):
        found.append(item)
    return found
