"""The WebSocket: tells each tab how far its run is committed, with the rows since, and how many prompts wait.

Commits are found by SQLite's own counter of changes by other connections (`PRAGMA data_version`, microseconds), whoever
made them: a runner of this server, of another, or a script. It is read every 4 ms while a tab watches a run that goes
on, else every 200 ms; a tab that begins to watch such a run wakes the feed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from inspectors.server.look_views import LookViews
from inspectors.server.run_views import RunViews, status_text_of
from inspectors.server.runs_feed import RunsFeed
from inspectors.server.security import refusal
from inspectors.server.source_watch import SourceWatch
from inspectors.server.store_trouble import StoreTrouble, in_words
from inspectors.store import Store
from inspectors.store.connections import ChangeCounter
from inspectors.store.models import ENDED

logger = logging.getLogger("stepscope.live")

QUICK, SLOW = 0.004, 0.200
"""Seconds between two looks for commits: while a run that is watched goes on, and else."""
NOTICE_EVERY = 1.0
COUNTING_EVERY = 0.25
"""How often a tab sees how far a long run's records are counted."""
REFUSED_AGAIN = 2.0
TROUBLE_EVERY = 0.5
TAIL_LIMIT = 500
HEAD = 60
"""Rows of an ended run from its start: that is where its page opens."""
BACKLOG = 300


NONE: StoreTrouble = ("", "")


class Tab:
    """One browser tab: its socket, what it watches, and how far it has been told."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.told: dict[str, int] = {}
        self.summaries: dict[str, str] = {}
        self.statuses: dict[str, str] = {}
        """Runs of which a tab that nobody looks at is told no more than the status, for its title."""
        self.reviews = -1
        self.trouble = NONE
        self.sending = asyncio.Lock()

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message; a tab that has gone is noticed by its own loop."""
        async with self.sending:
            with suppress(RuntimeError, WebSocketDisconnect):
                await self.socket.send_text(json.dumps(message))


class LiveFeed:
    """All tabs of this server and the task that feeds them."""

    def __init__(
        self,
        store: Store,
        shown_runs: set[str],
        source_changed: Callable[[str], None] = lambda _file: None,
        targets: Sequence[str] = (),
        troubles: Callable[[], list[dict[str, Any]]] = list,
    ) -> None:
        """Runs that tabs have watched are put into `shown_runs`.

        `source_changed` is called in a thread with a file that a tab shows and that has another version now.

        `troubles` gives what keeps runners from committing (`CommitWriter.state`).
        """
        self._store = store
        self._shown_runs = shown_runs
        self.looks = LookViews(store)
        self.views = RunViews(store, self.looks.prepare)
        self._tabs: set[Tab] = set()
        self._task: asyncio.Task[None] | None = None
        self._goes_on: set[str] = set()
        self._woken = asyncio.Event()
        self._sources: SourceWatch[Tab] = SourceWatch(_tell_source, source_changed, targets)
        self._lists = RunsFeed(store)
        self._troubles = troubles

    async def serve(self, socket: WebSocket) -> None:
        """The endpoint `/stepscope/live`."""
        if refusal(socket.headers, socket.query_params) is not None:
            await socket.close(code=4403)
            return
        await socket.accept()
        tab = Tab(socket)
        self._tabs.add(tab)
        try:
            await self._tell_reviews(tab, await asyncio.to_thread(self._store.open_prompt_count))
            while True:
                await self._obey(tab, json.loads(await socket.receive_text()))
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError):
            with suppress(RuntimeError):  # not a message of ours: not JSON, not text, not an object, not a number
                await socket.close(code=4400)
        except (WebSocketDisconnect, RuntimeError):
            pass  # the tab was closed
        finally:
            self._tabs.discard(tab)
            self._sources.forget(tab)
            self._lists.remove(tab)

    async def _obey(self, tab: Tab, message: dict[str, Any]) -> None:
        run_id = str(message.get("run", ""))[:64]
        if message.get("op") == "watch":
            await self._watch(tab, run_id, max(0, min(int(message.get("tail", 200)), TAIL_LIMIT)))
        elif message.get("op") == "unwatch":
            status = tab.summaries.pop(run_id, None) if message.get("title") else None
            tab.told.pop(run_id, None)
            tab.summaries.pop(run_id, None)
            tab.statuses.pop(run_id, None)
            if status is not None:
                tab.statuses[run_id] = str(json.loads(status)["status"])
        elif message.get("op") == "watch_source":
            await self._sources.watch(tab, str(message.get("file", "")))
        elif message.get("op") == "unwatch_source":
            self._sources.unwatch(tab, str(message.get("file", "")))
        elif message.get("op") == "watch_runs":
            self._lists.add(tab, str(message.get("stamp", "")))
        elif message.get("op") == "unwatch_runs":
            self._lists.remove(tab)

    async def _watch(self, tab: Tab, run_id: str, tail: int) -> None:
        found = await asyncio.to_thread(self.state, run_id, tail)
        if found is None:
            await tab.send({"op": "gone", "run": run_id})
            return
        self._shown_runs.add(run_id)
        tab.statuses.pop(run_id, None)
        tab.told[run_id], tab.summaries[run_id] = found["upto"], _lasting(found["summary"])
        if found["summary"]["status"] not in ENDED:  # of an ended run the next slow look is soon enough
            self._goes_on.add(run_id)
            self._woken.set()
        await tab.send(found)

    def state(self, run_id: str, tail: int) -> dict[str, Any] | None:
        """What a tab is told first of a run: the newest rows, of one that has ended also the first; None if gone."""
        run = self._store.run(run_id)
        if run is None:
            return None
        view = self.views.get(run)
        if view.behind(run.last_seq):
            view.catch_up()  # rows come at once, counts as they are folded
        else:
            view.advance(run.last_seq)
        first = max(1, run.last_seq - tail + 1)
        return {
            "op": "state",
            "run": run_id,
            "upto": run.last_seq,
            "first": first,
            "rows": (view.rows(1, min(HEAD, first - 1)) if run.ended and first > 1 else [])
            + (view.rows(first, run.last_seq) if tail else []),
            "summary": view.summary(run),
            "graph": view.overlay.json(),
        }

    # -- the feed -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin feeding, unless it has begun; called on the server's event loop."""
        if self._task is not None and not self._task.done():
            return
        if self._task is None:
            self._sources.start()
        self._task = asyncio.get_running_loop().create_task(self._feed())

    async def stop(self) -> None:
        """Stop feeding."""
        await self._sources.stop()
        await self._lists.stop()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _feed(self) -> None:
        counter = ChangeCounter(self._store.path)
        try:
            seen: object = None
            noticed, refused, looked, counted = 0.0, "", 0.0, False
            while True:
                quick = any(run_id in self._goes_on for tab in self._tabs for run_id in tab.told)
                await (asyncio.sleep(QUICK) if quick else self._rest())
                if self._tabs and time.monotonic() - looked > TROUBLE_EVERY:
                    looked = time.monotonic()
                    await self._tell_trouble(in_words(self._troubles(), refused))
                try:
                    version = counter.read()
                    counting = self.views.catching_up({run_id for tab in self._tabs for run_id in tab.told})
                    rests = COUNTING_EVERY if counting or counted else NOTICE_EVERY
                    notice = (quick or counting or counted) and time.monotonic() - noticed > rests
                    if version != seen or notice or refused:
                        if notice:
                            noticed, counted = time.monotonic(), counting
                        await self._tell_all(notice)
                        seen, refused = version, ""
                except sqlite3.Error as error:
                    # A locked or damaged database must not end the feed: it is tried again, and said once.
                    if str(error) != refused:
                        logger.error("The live feed waits for the database. %s", error)
                    refused = str(error)
                    await self._tell_trouble(in_words([], refused))
                    await asyncio.sleep(REFUSED_AGAIN)
                except Exception:  # nor may a fault of ours
                    logger.exception("The live feed failed once; it is tried again")
        finally:
            counter.close()

    async def _rest(self) -> None:
        """Until the next slow look, or until a tab begins to watch a run that goes on."""
        self._woken.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(SLOW):
                await self._woken.wait()

    async def _tell_all(self, notice: bool) -> None:
        if not self._tabs:
            return
        watched = {run_id for tab in self._tabs for run_id in tab.told}
        # On the loop itself: a look costs a millisecond or two, and each hand-over to a thread and back can cost two
        # turns of the interpreter's lock (5 ms each) while a script draws a page. A long backlog goes to a thread.
        if self._far_behind(watched):
            messages, reviews = await asyncio.to_thread(self._collect, watched)
        else:
            messages, reviews = self._collect(watched)
        for tab in list(self._tabs):
            await self._tell_reviews(tab, reviews)
            await self._tell_statuses(tab)
            for run_id in list(tab.told):
                message = messages.get(run_id)
                if message is not None:
                    await self._tell(tab, run_id, message, notice)

    def _far_behind(self, watched: set[str]) -> bool:
        """Whether so many records are new that reading them would hold up the loop."""
        committed = self._store.last_seqs(list(watched))
        return any(seq - self.views.seen(run_id) > BACKLOG for run_id, (seq, _) in committed.items())

    def _collect(self, watched: set[str]) -> tuple[dict[str, dict[str, Any]], int]:
        """For each watched run the rows that are new since the feed's last look, its summary and its overlay."""
        messages: dict[str, dict[str, Any]] = {}
        for run_id in watched:
            run = self._store.run(run_id)
            if run is None:
                messages[run_id] = {"op": "gone", "run": run_id}
                continue
            view = self.views.get(run)
            if view.behind(run.last_seq):
                view.catch_up()
                rows: list[dict[str, Any]] = []
            else:
                rows = view.advance(run.last_seq)
                view.settle(run)
            messages[run_id] = {
                "op": "commit",
                "run": run_id,
                "upto": run.last_seq,
                "rows": rows,
                "summary": view.summary(run),
                "graph": view.overlay.json(),
            }
            (self._goes_on.discard if run.ended else self._goes_on.add)(run_id)
        return messages, self._store.open_prompt_count()

    async def _tell(self, tab: Tab, run_id: str, message: dict[str, Any], notice: bool) -> None:
        if message["op"] == "gone":
            tab.told.pop(run_id, None)
            await tab.send(message)
            return
        told, upto = tab.told[run_id], message["upto"]
        changed = _lasting(message["summary"])
        if upto <= told and changed == tab.summaries.get(run_id):
            return
        rows = [row for row in message["rows"] if row["seq"] > told]
        if upto > told and (not rows or rows[0]["seq"] > told + 1):
            rows = await asyncio.to_thread(self._missed, run_id, told, upto)
        tab.told[run_id], tab.summaries[run_id] = upto, changed
        await tab.send({**message, "rows": rows, "first": rows[0]["seq"] if rows else upto + 1})

    async def _tell_statuses(self, tab: Tab) -> None:
        """A hidden tab keeps its title right, and nothing else."""
        for run_id, (_, status) in self._store.last_seqs(list(tab.statuses)).items():
            run = self._store.run(run_id) if status != tab.statuses[run_id] else None
            if run is not None:
                tab.statuses[run_id] = status
                await tab.send({"op": "status", "run": run_id, "status": status, "status_text": status_text_of(run)})

    def _missed(self, run_id: str, told: int, upto: int) -> list[dict[str, Any]]:
        """Rows that another tab's look has folded already: read again, at most the last 500."""
        run = self._store.run(run_id)
        return self.views.get(run).rows(max(told + 1, upto - TAIL_LIMIT + 1), upto) if run is not None else []

    async def _tell_trouble(self, trouble: StoreTrouble) -> None:
        for tab in list(self._tabs):
            if tab.trouble != trouble:
                tab.trouble = trouble
                await tab.send({"op": "store", "sentence": trouble[0], "rest": trouble[1]})

    async def _tell_reviews(self, tab: Tab, count: int) -> None:
        if count != tab.reviews:
            tab.reviews = count
            await tab.send({"op": "reviews", "count": count})


async def _tell_source(tab: Tab, file: str, version: str) -> None:
    await tab.send({"op": "source", "file": file, "version": version})


def _lasting(summary: dict[str, Any]) -> str:
    """A summary without the clock: a tab is told when it changes."""
    return json.dumps({name: value for name, value in summary.items() if name != "now"}, sort_keys=True)
