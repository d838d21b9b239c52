"""`ctx.store` with its writes recorded. What is changed in place, without a write, no hook can see."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.values import fields_of

_MISSING = object()


class RecordedStore:
    """Stands in for the engine's state store; everything but writing is handed on."""

    def __init__(self, inner: Any, run: RunRecorder) -> None:
        self._inner = inner
        self._run = run

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def get(self, path: str, default: Any = ...) -> Any:
        """As the engine's."""
        return await self._inner.get(path, default)

    async def set(self, path: str, value: Any) -> None:
        """As the engine's, with the old value kept beside the new."""
        old = await self._inner.get(path, None)
        await self._inner.set(path, value)
        self._run.store_written("set", {path: (old, value)})

    async def set_state(self, state: Any) -> None:
        """As the engine's."""
        await self._changing("set_state", self._inner.set_state(state))

    async def clear(self) -> None:
        """As the engine's."""
        await self._changing("clear", self._inner.clear())

    async def _changing(self, op: str, write: Any) -> None:
        before = await self._inner.get_state()
        await write
        self._written(op, before, await self._inner.get_state())

    @asynccontextmanager
    async def edit_state(self) -> AsyncGenerator[Any, None]:
        """As the engine's; what the block changed is recorded when it ends."""
        before = await self._inner.get_state()
        async with self._inner.edit_state() as state:
            yield state
        self._written("edit_state", before, await self._inner.get_state())

    def _written(self, op: str, before: Any, after: Any) -> None:
        old, new = fields_of(before) or {}, fields_of(after) or {}
        changes = {
            name: (old.get(name), new.get(name))
            for name in [*old, *(name for name in new if name not in old)]
            if not _same(old.get(name, _MISSING), new.get(name, _MISSING))
        }
        if changes:
            self._run.store_written(op, changes)


def _same(old: Any, new: Any) -> bool:
    if old is new:
        return True
    try:
        return bool(old == new)
    except Exception:  # numpy arrays and the like don't say whether they are equal
        return False
