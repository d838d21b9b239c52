"""`ctx.store` as it was when any record was written, and what changed it."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from inspectors.trace.engine_state import EngineState

Record = dict[str, Any]

EVERY = 200
"""Writes after which the whole store is remembered, so that any moment is near one."""
_WRITES = (b'"kind":"store_written"', b'"kind":"run_started"', b'"kind":"records_', b'"store":')


class StoreHistory:
    """Folds records, given in order of seq."""

    def __init__(self) -> None:
        self.seq = 0
        self.missing = False
        """Whether records are missing, so that a write may be among them."""
        self._state = EngineState()
        self._told: list[Record] = []
        """The records that tell of the store, in order."""
        self._seqs: list[int] = []
        self._writes: list[int] = []
        self._kept: list[dict[str, dict[str, Any]]] = [{"": {}}]
        """The stores before each `EVERY` of them."""

    def apply_lines(self, lines: Iterable[bytes], last_seq: int) -> None:
        """Fold records as they are stored, up to the record `last_seq`."""
        for line in lines:
            if any(sign in line for sign in _WRITES):
                self.apply(json.loads(line))
        self.seq = last_seq

    def apply(self, record: Record) -> None:
        """Fold the next record."""
        self.seq = record["upto"] if "upto" in record else record["seq"]
        wrote = record["kind"] == "store_written"
        self.missing |= record["kind"] in ("records_missing", "records_unreadable")
        told = (record.get("engine") or {}).get("store") if not wrote else None
        if not wrote and told is None:
            return
        if told == self._state.stores[""] and not wrote:
            return
        if self._told and len(self._told) % EVERY == 0:
            self._kept.append(deepcopy(self._state.stores))
        self._told.append({name: record[name] for name in _KEPT_FIELDS if name in record})
        if not wrote:
            self._told[-1]["engine"] = {"store": told}
        self._state.apply(self._told[-1])
        self._seqs.append(record["seq"])
        if wrote:
            self._writes.append(record["seq"])

    def at(self, seq: int) -> dict[str, Any]:
        """The store when the record `seq` was written, after what it wrote itself.

        {"seq", "writes" (of the whole run), "write" (number of the last one, from 1; 0 before the first), "store",
        "namespaces", "last": {"seq", "t", "step", "op", "namespace", "changes": {path: [old, new]}, "removed"} or null,
        "previous", "next" (seqs of the writes before and after that last one), "missing"}
        """
        upto = bisect_right(self._seqs, seq)
        state = EngineState()
        nearest = min(upto // EVERY, len(self._kept) - 1)
        state.stores = deepcopy(self._kept[nearest])
        for record in self._told[nearest * EVERY : upto]:
            state.apply(record)
        write = bisect_right(self._writes, seq)
        last = None
        if write:
            found = self._told[bisect_right(self._seqs, self._writes[write - 1]) - 1]
            last = {name: found.get(name) for name in ("seq", "t", "step", "op", "namespace", "changes", "removed")}
        return {
            "seq": seq,
            "writes": len(self._writes),
            "write": write,
            "store": state.stores.get("", {}),
            "namespaces": {name: store for name, store in state.stores.items() if name},
            "last": last,
            "previous": self._writes[write - 2] if write > 1 else None,
            "next": self._writes[write] if write < len(self._writes) else None,
            "missing": self.missing,
        }


_KEPT_FIELDS = ("seq", "t", "kind", "op", "invocation", "step", "namespace", "changes", "removed")
