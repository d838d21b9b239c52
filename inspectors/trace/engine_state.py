"""The engine's own state at any record, folded from records: queues, busy workers, what gathers, waiters, the store.

Records tell what changed in their field `engine` (inspectors/recording/engine_changes.py says how). A record that a
thread of the user's code wrote tells nothing; what changed then is told by the next record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from inspectors.recording.values import is_mark, is_more

Record = dict[str, Any]

LISTS = ("queue", "busy", "static", "waiters")
DEFAULTS: dict[str, dict[str, Any]] = {
    "queue": {"attempts": 0, "not_before": None},
    "busy": {"attempts": 0, "consumed": None, "started": None},
    "waiters": {"resolved": None, "timed_out": False},
}
"""What entries hold that records leave out where it says nothing."""


class EngineState:
    """Folds records, given in order of seq. What a later version tells beyond today's fields is kept as it was told."""

    def __init__(self) -> None:
        self.seq = 0
        self.known = False
        """Whether records tell of the engine's state up to here; those of Stepscope's first versions don't."""
        self.steps: dict[str, dict[str, Any]] = {}
        self.streams: dict[str, dict[str, Any]] = {}
        self.releases: dict[str, dict[str, Any]] = {}
        self.stores: dict[str, dict[str, Any]] = {"": {}}
        """By namespace; the run's own has none."""
        self.more: dict[str, Any] = {}
        self._consumed: dict[str, dict[str, Any]] = {}

    def apply(self, record: Record) -> None:
        """Fold the next record."""
        self.seq = record["upto"] if "upto" in record else record["seq"]
        if record["kind"] in ("records_missing", "records_unreadable"):
            self.known = False  # until a record tells of everything
        changed = record.get("engine")
        if changed:
            self._change(changed)
        if record["kind"] == "invocation_started":
            taken = {"consumed": record.get("consumed"), "started": record["t"]}
            self._consumed[record["invocation"]] = taken
        elif record["kind"] == "invocation_ended":
            self._consumed.pop(record["invocation"], None)
        elif record["kind"] == "store_written":
            self._write(record)

    def json(self) -> dict[str, Any]:
        """{"known", "steps": {name: {"workers", "queue", "busy", "buffers", "waiters", "static"}}, "streams",
        "releases", "store"}; lists are in the engine's order. An invocation that is busy and has not begun has no
        `started`. `namespaces` holds the stores of a run that has more than one.
        """
        told = {
            "known": self.known,
            **self.more,
            "steps": {name: self._step(step) for name, step in self.steps.items()},
            "streams": self.streams,
            "releases": self.releases,
            "store": self.stores[""],
        }
        if len(self.stores) > 1:
            told["namespaces"] = {name: store for name, store in self.stores.items() if name}
        copied: dict[str, Any] = json.loads(json.dumps(told))
        return copied

    def _step(self, step: dict[str, Any]) -> dict[str, Any]:
        shown = dict(step)
        for name, defaults in DEFAULTS.items():
            shown[name] = [{**defaults, **entry} for entry in step[name]]
        for entry in shown["busy"]:
            entry.update(self._consumed.get(entry["invocation"], {}))
        return shown

    # -- the field `engine` -------------------------------------------------------------------------

    def _change(self, changed: dict[str, Any]) -> None:
        if changed.get("whole"):
            self.known = True
            self.steps, self.streams, self.releases, self.more, self._consumed = {}, {}, {}, {}, {}
        for name, value in changed.items():
            if name == "steps":
                for step, changes in value.items():
                    self._change_step(step, changes)
            elif name == "streams":
                _change_entries(self.streams, value)
            elif name == "releases":
                self._change_releases(value)
            elif name == "store":
                self.stores[""] = deepcopy(value)
            elif name == "lost":
                self.known = False
            elif name != "whole":
                self.more[name] = value

    def _change_step(self, name: str, changes: dict[str, Any]) -> None:
        step = self.steps.get(name)
        if step is None:
            step = self.steps[name] = {"queue": [], "busy": [], "buffers": {}, "waiters": [], "static": []}
        for field, value in changes.items():
            if field in LISTS:
                _splice(step[field], value)
            elif field == "buffers":
                for buffer_id, splices in value.items():
                    _splice(step["buffers"].setdefault(buffer_id, []), splices)
                    if not step["buffers"][buffer_id]:
                        del step["buffers"][buffer_id]
            else:
                step[field] = value

    def _change_releases(self, changes: dict[str, Any]) -> None:
        told = {}
        for release_id, value in changes.items():
            if value is None:
                self.releases.pop(release_id, None)
                continue
            keys = self.releases.get(release_id, {}).get("keys", [])
            _splice(keys, value.get("keys", []))
            told[release_id] = {"released": False, **self.releases.get(release_id, {}), **value, "keys": keys}
        self.releases.update(told)

    # -- the store ----------------------------------------------------------------------------------

    def _write(self, record: Record) -> None:
        store = self.stores.setdefault(record.get("namespace") or "", {})
        for path, pair in (record.get("changes") or {}).items():
            if isinstance(pair, list) and len(pair) == 2:
                value = deepcopy(pair[1])
            elif is_mark(pair):  # masked
                value = pair
            else:  # how many more there were than a record keeps
                continue
            _assign(store, path.split(".") if record.get("op") == "set" else [path], value)
        for name in record.get("removed") or []:
            store.pop(name, None)


def state_at(records: Iterable[Record], seq: int) -> dict[str, Any]:
    """`EngineState.json()` as it was when the record `seq` was written; `records` are the run's, from its first."""
    state = EngineState()
    for record in records:
        if record["seq"] > seq:
            break
        state.apply(record)
    return state.json()


def _splice(items: list[Any], splices: list[list[Any]]) -> None:
    for position, deleted, inserted in splices:
        items[position : position + deleted] = inserted


def _change_entries(entries: dict[str, dict[str, Any]], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            entries.pop(name, None)
        else:
            entries[name] = value


def _assign(store: dict[str, Any], path: list[str], value: Any) -> None:
    """Set what a path leads to as the engine does, which makes dicts on the way where there is nothing.

    Below a value of which a record keeps only a part, such as the text of a model, there is nothing to set.
    """
    current: Any = store
    for name in path[:-1]:
        if isinstance(current, dict):
            current = current.setdefault(name, {})
        else:
            index = _index(current, name)
            current = None if index is None else current[index]
        if is_mark(current) or not isinstance(current, dict | list):
            return
    if isinstance(current, dict):
        current[path[-1]] = value
    elif (last := _index(current, path[-1])) is not None:
        current[last] = value


def _index(items: list[Any], name: str) -> int | None:
    """The place in a list that a part of a path names, if a record has kept what stands there."""
    try:
        index = int(name)
        return None if is_more(items[index]) else index
    except (ValueError, IndexError):
        return None
