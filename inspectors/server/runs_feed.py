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
from inspectors.store.connections import ChangeCounter

logger = logging.getLogger("stepscope.live")

EVERY = 0.3
"""Seconds between two looks."""
AGAIN = 2.0
"""Seconds until a database that could not be read is tried again."""


class Listener(Protocol):
    """Whoever is told: a tab."""

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""


class RunsFeed:
    """The tabs that show lists, and the task that watches the database for them while there are any."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stamps: dict[Listener, str] = {}
        self._seen: object = None
        """The version of the database that the tabs were told of; None has all of them looked at again."""
        self._task: asyncio.Task[None] | None = None

    def add(self, listener: Listener, stamp: str) -> None:
        """Tell this tab from now on what differs from the list with this stamp."""
        self._stamps[listener] = stamp
        self._seen = None  # the tab's stamp may be old
        if self._task is None or self._task.done():
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
        counter, refused = ChangeCounter(self._store.path), ""
        try:
            while self._stamps:
                try:
                    version = counter.read()
                    if version != self._seen:
                        self._seen = version  # a tab that is added meanwhile has it looked at once more
                        await self._tell()
                        refused = ""
                except Exception as error:  # a locked database must not end the feed: it is tried again, and said once
                    if str(error) != refused:
                        logger.exception("The list of runs can't be watched now; it is tried again")
                    self._seen, refused = None, str(error)
                    await asyncio.sleep(AGAIN)
                await asyncio.sleep(EVERY)
        finally:
            counter.close()

    async def _tell(self) -> None:
        """Tell the tabs whose list has changed."""
        stamp = await asyncio.to_thread(self._store.runs_stamp)
        late = [listener for listener, told in self._stamps.items() if told != stamp]
        self._stamps.update(dict.fromkeys(late, stamp))
        await asyncio.gather(*(listener.send({"op": "runs", "stamp": stamp}) for listener in late))
