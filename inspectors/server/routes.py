"""Our routes under `/stepscope/`, and what happens when the server starts and stops."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from inspectors.server.assets import serve_asset
from inspectors.server.live import LiveFeed
from inspectors.server.nodelay import set_nodelay
from inspectors.server.run_listing import Unreadable, filter_of, listing
from inspectors.server.security import refusal
from inspectors.server.warming import warm_up
from inspectors.store import StoreRefused
from inspectors.trace.run_csv import csv_lines
from inspectors.workbench import close_workbench, get_workbench

PREFIX = "/stepscope"
SWITCH_SECONDS = 0.001
"""How long a script that draws a page may keep the interpreter from the live feed; Python's own is 5 ms."""
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

MOST = 2**62
"""No run has so many records; SQLite takes no greater numbers."""

Handler = Callable[[Request], Awaitable[Response]]

_feed: LiveFeed | None = None


class Json(Response):
    """JSON in ASCII: a record may hold half of a surrogate pair, which UTF-8 can't write."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The content as bytes."""
        return json.dumps(content, allow_nan=False).encode()


def feed() -> LiveFeed:
    """This process's live feed."""
    global _feed
    if _feed is None:
        workbench = get_workbench()
        supervisor = workbench.supervisor
        _feed = LiveFeed(
            workbench.store,
            workbench.shown_runs,
            supervisor.renew,
            workbench.settings.targets,
            supervisor.troubles,
        )
    return _feed


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Open the workbench before the first page, close it after the last."""
    set_nodelay()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        workbench = await asyncio.to_thread(get_workbench)
    except StoreRefused as refused:
        # The pages start all the same and say what is wrong, and so does the terminal.
        print(f"\n  {refused}\n", file=sys.stderr)
        warming = None
    else:
        feed().start()
        warming = warm_up(workbench)
    try:
        yield
    finally:
        await _close_feed()
        if warming is not None:
            await asyncio.to_thread(warming.join)
        await asyncio.to_thread(close_workbench)


async def _close_feed() -> None:
    """Stop the feed; a server that starts later in this process gets a new one, on its own store."""
    global _feed
    if _feed is not None:
        await _feed.stop()
        _feed = None


def build_routes() -> list[BaseRoute]:
    """Routes for `st.App(routes=)`; they come before Streamlit's own. The last one catches what isn't ours."""
    return [
        WebSocketRoute(f"{PREFIX}/live", _live),
        Route(f"{PREFIX}/assets/{{version}}/{{name:path}}", _checked(serve_asset), methods=["GET"]),
        Route(f"{PREFIX}/api/runs", _checked(_runs), methods=["GET"]),
        Route(f"{PREFIX}/api/runs.csv", _checked(_runs_csv), methods=["GET", "POST"]),
        Route(f"{PREFIX}/api/runs/{{run_id}}/rows", _checked(_rows), methods=["GET"]),
        Route(f"{PREFIX}/api/runs/{{run_id}}/records/{{seq}}", _checked(_record), methods=["GET"]),
        Route(f"{PREFIX}/api/runs/{{run_id}}/events/{{key}}", _checked(_whole_event), methods=["GET"]),
        Route(f"{PREFIX}/api/health", _checked(_health), methods=["GET"]),
        Route(PREFIX, _checked(_unknown), methods=METHODS),
        Route(f"{PREFIX}/{{path:path}}", _checked(_unknown), methods=METHODS),
    ]


def _checked(handler: Handler) -> Handler:
    """The handler behind the checks of Host and Origin."""

    async def checked(request: Request) -> Response:
        sentence = refusal(request.headers, request.query_params)
        if sentence is not None:
            return Json({"error": sentence}, status_code=403)
        try:
            return await handler(request)
        except StoreRefused as refused:
            return Json({"error": str(refused)}, status_code=503)

    return checked


async def _live(socket: WebSocket) -> None:
    try:
        # In a thread: a database that is locked is waited for, and nothing else may wait for it meanwhile.
        await asyncio.to_thread(get_workbench)
        opened = feed()
        opened.start()
        await opened.serve(socket)
    except StoreRefused:
        with suppress(RuntimeError):  # the tab may be gone
            await socket.close(code=1013)  # "try again later"; the page says why there is nothing to see


async def _runs(request: Request) -> Response:
    try:
        answer = await asyncio.to_thread(listing, get_workbench().store, request.query_params)
    except Unreadable as sentence:
        return Json({"error": str(sentence)}, status_code=400)
    return Json(answer, headers={"Cache-Control": "no-store"})


async def _runs_csv(request: Request) -> Response:
    """Runs as a file: those a query finds. A form can name their `ids` instead, or those to leave out as `except`.

    A form, since a URL can't hold thousands of ids.
    """
    store = get_workbench().store
    try:
        wanted = filter_of(request.query_params, time.time())
    except Unreadable as sentence:
        return Json({"error": str(sentence)}, status_code=400)
    named = parse_qs((await request.body()).decode("ascii", "replace")) if request.method == "POST" else None
    if named is not None and "except" not in named:
        ids = named.get("ids", [""])[0].split(",")
    else:
        left_out = set((named or {}).get("except", [""])[0].split(","))
        ids = [run_id for run_id in await asyncio.to_thread(store.find_ids, wanted) if run_id not in left_out]
    name = f"stepscope-runs-{datetime.now().astimezone():%Y-%m-%d}.csv"
    return StreamingResponse(
        (line.encode("utf-8", "replace") for line in csv_lines(store.iter_runs(ids))),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _rows(request: Request) -> Response:
    try:
        first, last = int(request.query_params.get("from", 1)), int(request.query_params.get("to", MOST))
    except ValueError:
        return Json({"error": "from and to are numbers of records."}, status_code=400)
    return await asyncio.to_thread(_read_rows, request.path_params["run_id"], min(max(1, first), MOST), last)


def _read_rows(run_id: str, first: int, last: int) -> Response:
    run = get_workbench().store.run(run_id)
    if run is None:
        return _no_run(run_id)
    view = feed().views.get(run)
    view.advance(run.last_seq)
    return Json(
        {"rows": view.rows(first, min(last, run.last_seq)), "upto": run.last_seq},
        headers={"Cache-Control": "no-store"},
    )


async def _record(request: Request) -> Response:
    seq = request.path_params["seq"]
    if not (seq.isascii() and seq.isdecimal() and len(seq) < len(str(MOST))):
        return await _unknown(request)
    return await asyncio.to_thread(_read_record, request.path_params["run_id"], int(seq))


def _read_record(run_id: str, seq: int) -> Response:
    run = get_workbench().store.run(run_id)
    if run is None:
        return _no_run(run_id)
    view = feed().views.get(run)
    view.advance(run.last_seq)
    found = view.details(seq)
    if found is None:
        return Json({"error": f"Run {run_id} has no record {seq}; it has {run.last_seq}."}, status_code=404)
    return Json(found, headers={"Cache-Control": "no-store"})


async def _whole_event(request: Request) -> Response:
    return await asyncio.to_thread(_read_whole_event, request.path_params["run_id"], request.path_params["key"])


def _read_whole_event(run_id: str, key: str) -> Response:
    """{"fields", "cut"} from the run's runner: 404 if there is no such event, 410 if nobody has it whole any more."""
    workbench = get_workbench()
    run = workbench.store.run(run_id)
    if run is None:
        return _no_run(run_id)
    reply = workbench.supervisor.whole_event(run, key)
    if reply is not None and reply.get("ok"):
        return Json({"fields": reply["fields"], "cut": reply["cut"]}, headers={"Cache-Control": "no-store"})
    records = workbench.store.iter_records(run_id)
    if not any(record["kind"] == "event" and record.get("key") == key for record in records):
        return Json({"error": f"Run {run_id} has no event {key[:64]}."}, status_code=404)
    why = (
        "The runner that held it is gone. What was recorded is all there is."
        if reply is None
        else "The runner has let go of it: it keeps only the newest events whole."
    )
    return Json({"error": why}, status_code=410)


async def _health(_request: Request) -> Response:
    return Json({"stepscope": True})


async def _unknown(request: Request) -> Response:
    return Json({"error": f"There is nothing at {request.url.path}."}, status_code=404)


def _no_run(run_id: str) -> Response:
    return Json({"error": f"There is no run {run_id[:64]}."}, status_code=404)
