"""Notices that a source file which an open page shows was saved, moved away or brought back.

Looks at times and sizes only, a few times a second, and only at files that a tab shows, their local imports and the
places of their `.env`; the content is read when one of them changed. That works the same on every system and file
system, and finds editors that write a new file and rename it over the old one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from inspectors.discovery.environment import environment_places
from inspectors.discovery.modules import read_module
from inspectors.discovery.rereading import shown_version
from inspectors.discovery.versions import local_imports
from inspectors.runner.cells import SUFFIXES

logger = logging.getLogger("stepscope.source_watch")

LOOK_SECONDS = 0.25
SETTLE_SECONDS = 0.06
"""A file is told of once two looks this far apart agree: an editor may have written only half of it."""
GONE_SECONDS = 0.3
"""How long a file must be away before it counts as deleted: some editors move the old one away first."""
MOST_FILES = 20
"""Files that one tab may watch: a page shows one."""

Stamp = tuple[int, int, int, int] | None
"""Time of change of content and of the entry, size, inode; None if there is no file."""
Watcher = TypeVar("Watcher")


@dataclass
class _Watched(Generic[Watcher]):
    """One file that pages show: what it rests on looked like this, and these tabs show it."""

    version: str
    stamps: dict[Path, Stamp]
    tabs: set[Watcher] = field(default_factory=set)


class SourceWatch(Generic[Watcher]):
    """The files that tabs show. Use it on one event loop; looks happen in a thread.

    `tell(tab, file, version)` is awaited when a tab begins to watch a file and whenever its version changes; then
    `changed(file)` is called first, in a thread. `targets` says how far up a `.env` is looked for.
    """

    def __init__(
        self,
        tell: Callable[[Watcher, str, str], Awaitable[None]],
        changed: Callable[[str], None] = lambda _file: None,
        targets: Sequence[str] = (),
    ) -> None:
        self._tell = tell
        self._changed = changed
        self._targets = targets
        self._watched: dict[str, _Watched[Watcher]] = {}
        self._task: asyncio.Task[None] | None = None

    async def watch(self, tab: Watcher, file: str) -> None:
        """Tell a tab the version of a file now and from now on. Anything but a Python file is ignored."""
        if not file.endswith((".py", *SUFFIXES)) or self._count(tab) >= MOST_FILES:
            return
        known = self._watched.get(file)
        if known is None:
            known = self._watched.setdefault(file, await asyncio.to_thread(self._look_closely, file))
        known.tabs.add(tab)
        await self._tell(tab, file, known.version)

    def unwatch(self, tab: Watcher, file: str) -> None:
        """A tab shows a file no longer."""
        known = self._watched.get(file)
        if known is not None:
            known.tabs.discard(tab)
            if not known.tabs:
                del self._watched[file]

    def forget(self, tab: Watcher) -> None:
        """A tab was closed."""
        for file in list(self._watched):
            self.unwatch(tab, file)

    def _count(self, tab: Watcher) -> int:
        return sum(tab in known.tabs for known in self._watched.values())

    def start(self) -> None:
        """Begin to look; called on the event loop."""
        self._task = asyncio.get_running_loop().create_task(self._look_on())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._watched:
                continue
            try:
                await self._look()
            except Exception:  # one strange file must not end the watch of all others; the next round tries again
                logger.exception("Looking at source files failed once; it is tried again")

    async def _look(self) -> None:
        for file, known in list(self._watched.items()):
            if await asyncio.to_thread(self._stamps, file) == known.stamps:
                continue
            found = await self._settled(file)
            changed = found.version != known.version
            known.stamps, known.version = found.stamps, found.version
            if changed:
                await asyncio.to_thread(self._changed, file)
                for tab in list(known.tabs):
                    await self._tell(tab, file, known.version)

    async def _settled(self, file: str) -> _Watched[Watcher]:
        """The file once it stays as it is for a moment."""
        before = await asyncio.to_thread(self._stamps, file)
        while True:
            gone = before[Path(file)] is None
            await asyncio.sleep(GONE_SECONDS if gone else SETTLE_SECONDS)
            found: _Watched[Watcher] = await asyncio.to_thread(self._look_closely, file)
            if found.stamps == before:
                return found
            before = found.stamps

    def _look_closely(self, file: str) -> _Watched[Watcher]:
        # Stamps first: a save in between is then found by the next look.
        stamps = self._stamps(file)
        return _Watched(shown_version(file, self._targets), stamps)

    def _stamps(self, file: str) -> dict[Path, Stamp]:
        """How all that a version rests on looks from outside; unchanged files are not read again for their imports."""
        sources = [Path(file), *(module.path for module in local_imports(read_module(file)))]
        return {path: _stamp(path) for path in [*sources, *environment_places(file, self._targets)]}


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
