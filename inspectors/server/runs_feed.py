"""Tells tabs that show lists of runs when a run was created, has changed its status or was deleted.

It only says so, with a stamp: what is shown is fetched again, a few times a second at most. A tab says which stamp its
list has, so that nothing is missed between reading a list and watching it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Protocol

from inspectors.store import Store
from inspectors.store.database import connect

logger = logging.getLogger("stepscope.live")

EVERY = 0.3


class Listener(Protocol):
    """Whoever is told: a tab."""

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""


class RunsFeed:
    """The tabs that show lists, and the task that watches the database for them while there are any."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stamps: dict[Listener, str] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, listener: Listener, stamp: str) -> None:
        """Tell this tab from now on what differs from the list with this stamp."""
        self._stamps[listener] = stamp
        if self._task is not None:
            self._task.cancel()  # a new round at once: the tab's stamp may be old
        self._task = asyncio.get_running_loop().create_task(self._watch())

    def remove(self, listener: Listener) -> None:
        """Don't tell it any more; the task ends with the last one."""
        self._stamps.pop(listener, None)

    async def stop(self) -> None:
        """Tell nobody any more."""
        self._stamps.clear()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        counter = connect(self._store.path)
        try:
            seen = None
            while self._stamps:
                version = counter.execute("PRAGMA data_version").fetchone()[0]
                if version != seen and await self._tell():
                    seen = version
                await asyncio.sleep(EVERY)
        finally:
            counter.close()

    async def _tell(self) -> bool:
        """Tell the tabs whose list has changed; False if that could not be found out."""
        try:
            stamp = await asyncio.to_thread(self._store.runs_stamp)
        except Exception:  # a locked database must not end the feed; the next round tries again
            logger.exception("The list of runs could not be watched once; it is tried again")
            return False
        late = [listener for listener, told in self._stamps.items() if told != stamp]
        self._stamps.update(dict.fromkeys(late, stamp))
        await asyncio.gather(*(listener.send({"op": "runs", "stamp": stamp}) for listener in late))
        return True
