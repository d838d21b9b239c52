"""Our routes under `/stepscope/`, and what happens when the server starts and stops."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from inspectors.server.assets import serve_asset
from inspectors.server.draft_routes import keep_draft
from inspectors.server.graph_routes import serve_drawing, serve_file
from inspectors.server.json_response import Json, no_run
from inspectors.server.live import LiveFeed
from inspectors.server.look_routes import LOOKS, ReadLook
from inspectors.server.look_routes import Unreadable as UnreadableLook
from inspectors.server.match_routes import choices, found_records, next_record
from inspectors.server.nodelay import set_nodelay
from inspectors.server.run_listing import Unreadable, filter_of, listing
from inspectors.server.run_views import RunView
from inspectors.server.security import refusal
from inspectors.server.table_routes import serve_summary, serve_table
from inspectors.server.warming import warm_up
from inspectors.store import Run, StoreRefused
from inspectors.trace.matching import WrongFilter
from inspectors.trace.run_csv import csv_lines
from inspectors.workbench import close_workbench, get_workbench

logger = logging.getLogger("stepscope.server")

PREFIX = "/stepscope"
SWITCH_SECONDS = 0.001
"""How long a script that draws a page may keep the interpreter from the live feed; Python's own is 5 ms."""
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

MOST = 2**62
"""No run has so many records; SQLite takes no greater numbers."""

Handler = Callable[[Request], Awaitable[Response]]

_feed: LiveFeed | None = None


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
        *(
            Route(f"{PREFIX}/api/runs/{{run_id}}/{name}", _checked(_look(read)), methods=["GET"])
            for name, read in LOOKS.items()
        ),
        Route(f"{PREFIX}/api/runs/{{run_id}}/matches", _checked(_matches), methods=["GET"]),
        Route(f"{PREFIX}/api/runs/{{run_id}}/next", _checked(_next), methods=["GET"]),
        Route(f"{PREFIX}/api/runs/{{run_id}}/choices", _checked(_choices), methods=["GET"]),
        Route(f"{PREFIX}/api/runs/{{run_id}}/summary", _checked(_summary), methods=["GET"]),
        Route(f"{PREFIX}/api/runs/{{run_id}}/tables/{{name}}.csv", _checked(_table), methods=["GET"]),
        Route(f"{PREFIX}/api/graphs/{{key}}/drawing", _checked(serve_drawing), methods=["GET"]),
        Route(f"{PREFIX}/api/graphs/{{key}}/file", _checked(serve_file), methods=["GET"]),
        Route(f"{PREFIX}/api/drafts/{{prompt_id}}", _checked(keep_draft), methods=["POST"]),
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
        except Exception:
            # A fault of Stepscope's own. Pages read JSON: the server's own 500 would be gibberish there.
            logger.exception("No answer could be given to %s.", request.url.path)
            sentence = "Stepscope could not answer this, by a fault of its own. The server’s log says more."
            return Json({"error": sentence}, status_code=500)

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
        return no_run(run_id)
    view = _view(run)
    return Json(
        {"rows": view.rows(first, min(last, run.last_seq)), "upto": run.last_seq},
        headers={"Cache-Control": "no-store"},
    )


async def _matches(request: Request) -> Response:
    return await asyncio.to_thread(_of_matches, request, found_records)


async def _next(request: Request) -> Response:
    return await asyncio.to_thread(_of_matches, request, next_record)


async def _choices(request: Request) -> Response:
    return await asyncio.to_thread(_of_matches, request, choices)


def _of_matches(request: Request, answer: Callable[[RunView, Run, QueryParams], dict[str, Any]]) -> Response:
    run_id = request.path_params["run_id"]
    run = get_workbench().store.run(run_id)
    if run is None:
        return no_run(run_id)
    try:
        return Json(answer(_view(run), run, request.query_params), headers={"Cache-Control": "no-store"})
    except WrongFilter as sentence:
        return Json({"error": str(sentence)}, status_code=400)


def _view(run: Run) -> RunView:
    """The view of a run with all its records folded; with a long rest to fold that is done in a thread."""
    view = feed().views.get(run)
    if view.behind(run.last_seq):
        view.catch_up()
    else:
        view.advance(run.last_seq)
    return view


async def _record(request: Request) -> Response:
    seq = request.path_params["seq"]
    if not (seq.isascii() and seq.isdecimal() and len(seq) < len(str(MOST))):
        return await _unknown(request)
    return await asyncio.to_thread(_read_record, request.path_params["run_id"], int(seq))


def _read_record(run_id: str, seq: int) -> Response:
    run = get_workbench().store.run(run_id)
    if run is None:
        return no_run(run_id)
    view = _view(run)
    found = view.details(seq)
    if found is None:
        return Json({"error": f"Run {run_id} has no record {seq}; it has {run.last_seq}."}, status_code=404)
    return Json(found, headers={"Cache-Control": "no-store"})


def _look(read: ReadLook) -> Handler:
    """The endpoint of a look: 404 without the run, 400 with a sentence for a query that can't be understood."""

    def answer(request: Request) -> Response:
        run = get_workbench().store.run(request.path_params["run_id"])
        if run is None:
            return no_run(request.path_params["run_id"])
        try:
            return Json(read(feed().looks, run, request.query_params), headers={"Cache-Control": "no-store"})
        except UnreadableLook as sentence:
            return Json({"error": str(sentence)}, status_code=400)

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(answer, request)

    return endpoint


async def _whole_event(request: Request) -> Response:
    return await asyncio.to_thread(_read_whole_event, request.path_params["run_id"], request.path_params["key"])


def _read_whole_event(run_id: str, key: str) -> Response:
    """{"fields", "cut"} from the run's runner: 404 if there is no such event, 410 if nobody has it whole any more."""
    workbench = get_workbench()
    run = workbench.store.run(run_id)
    if run is None:
        return no_run(run_id)
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


async def _summary(request: Request) -> Response:
    return await serve_summary(request, get_workbench().store, feed().views)


async def _table(request: Request) -> Response:
    return await serve_table(request, get_workbench().store)


async def _health(_request: Request) -> Response:
    return Json({"stepscope": True})


async def _unknown(request: Request) -> Response:
    return Json({"error": f"There is nothing at {request.url.path}."}, status_code=404)
