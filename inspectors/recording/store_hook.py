"""`ctx.store` with its writes recorded. What is changed in place, without a write, no hook can see."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Coroutine
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from typing import Any

from workflows.context.state_store import get_by_path

from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.values import fields_of, kept_of, preview

_MISSING = object()
_PLAIN = (str, int, float, bool, bytes, type(None))
MOST_KNOWN = 100
KNOWN_LIMIT = 20_000
"""Characters of JSON up to which a written value is remembered."""


class StoreMemory:
    """What a run remembers of one store, so that old values are right.

    A value that is changed in place and then written is its own old value: what was recorded of it is the old one.
    """

    def __init__(self) -> None:
        self.editing = 0
        """How many `edit_state` blocks hold the store or wait for it."""
        self.waiting = 0
        """How many other writes wait for such a block."""
        self.last: Any = None
        """The state after the last write, kept only while somebody waits."""
        self._known: dict[str, tuple[int, Any]] = {}

    def known(self, path: str, value: Any) -> Any:
        """What was recorded when this very object was written here, or _MISSING."""
        ident, kept = self._known.get(path, (0, _MISSING))
        return kept if ident == id(value) else _MISSING

    def learn(self, path: str, value: Any, kept: Any) -> None:
        """Remember what was recorded of a value; of those below and above its path nothing is known any more."""
        for other in [other for other in self._known if f"{other}.".startswith(f"{path}.")]:
            del self._known[other]
        if isinstance(value, _PLAIN) or len(json.dumps(kept)) > KNOWN_LIMIT:
            return
        self._known[path] = (id(value), kept)
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]


class RecordedStore:
    """Stands in for the engine's state store; everything but writing is handed on."""

    def __init__(self, inner: Any, run: RunRecorder, namespace: tuple[str, ...] = ()) -> None:
        self._inner = inner
        self._run = run
        self._namespace = "/".join(namespace)
        self._memory: StoreMemory = run.stores.setdefault(self._namespace, StoreMemory())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def get(self, path: str, default: Any = ...) -> Any:
        """As the engine's."""
        return await self._inner.get(path, default)

    async def set(self, path: str, value: Any) -> None:
        """As the engine's, with the old value kept beside the new."""
        old = await self._inner.get(path, None)
        between = await self._write(self._inner.set(path, value))
        if between is not None:
            old = get_by_path(between, path, None)
        self._record("set", {path: (old, value)})

    async def set_state(self, state: Any) -> None:
        """As the engine's."""
        await self._changing("set_state", self._inner.set_state(state))

    async def clear(self) -> None:
        """As the engine's."""
        await self._changing("clear", self._inner.clear())

    async def _changing(self, op: str, write: Coroutine[Any, Any, None]) -> None:
        before = await self._inner.get_state()
        between = await self._write(write)
        self._compare(op, before if between is None else between, await self._inner.get_state())

    async def _write(self, write: Coroutine[Any, Any, None]) -> Any:
        """Write; gives the state it found if that was another than before, because an `edit_state` block was open."""
        memory = self._memory
        if not memory.editing:
            await write
            self._run.store_touched = True
            return None
        memory.waiting += 1
        try:
            await write
        finally:
            memory.waiting -= 1
            self._run.store_touched = True
        found = memory.last
        await self._leave_last()
        return found

    async def _leave_last(self) -> None:
        memory = self._memory
        memory.last = await self._inner.get_state() if memory.editing or memory.waiting else None

    @asynccontextmanager
    async def edit_state(self) -> AsyncGenerator[Any, None]:
        """As the engine's; what the block changed is recorded when it ends."""
        self._memory.editing += 1
        try:
            async with self._inner.edit_state() as state:
                before = await self._inner.get_state()  # in here nobody else can write
                yield state
        finally:
            self._memory.editing -= 1
            self._run.store_touched = True
        await self._leave_last()
        self._compare("edit_state", before, state)

    def _compare(self, op: str, before: Any, after: Any) -> None:
        old, new = fields_of(before) or {}, fields_of(after) or {}
        changes = {
            name: (old.get(name), new.get(name))
            for name in [*old, *(name for name in new if name not in old)]
            if self._differs(name, old.get(name, _MISSING), new.get(name, _MISSING))
        }
        if changes:
            self._record(op, changes, {name for name in changes if name not in new})

    def _differs(self, name: str, old: Any, new: Any) -> bool:
        if old is new:
            known = self._memory.known(name, new)
            return known is not _MISSING and bool(preview(new) != known)
        return not _same(old, new)

    def _record(self, op: str, changes: dict[str, tuple[Any, Any]], removed: AbstractSet[str] = frozenset()) -> None:
        kept, _, once = kept_of({path: list(pair) for path, pair in changes.items()})
        if once:
            self._run.holds_iterator(f"ctx.store holds an iterator ({', '.join(changes)[:100]})")
        for path, (old, new) in changes.items():
            pair = kept.get(path)
            if not isinstance(pair, list) or len(pair) != 2:
                continue  # masked, or beyond what is kept
            known = self._memory.known(path, new) if old is new else _MISSING
            if known is not _MISSING:
                pair[0] = known
            self._memory.learn(path, new, pair[1])
        more: dict[str, Any] = {"namespace": self._namespace} if self._namespace else {}
        if removed:
            more["removed"] = [shown for shown, name in zip(kept, changes, strict=False) if name in removed]
        self._run.store_written(op, kept, **more)


def _same(old: Any, new: Any) -> bool:
    try:
        return bool(old == new)
    except Exception:  # numpy arrays and the like don't say whether they are equal
        return False
