"""The summary of a run, and its tables as files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from inspectors.server.json_response import Json, no_run
from inspectors.server.run_views import RunViews
from inspectors.store import Store
from inspectors.trace.table_csv import TABLES, table_csv

CHUNK = 64 * 1024
"""Characters of a file that are sent at a time, about."""


async def serve_summary(request: Request, store: Store, views: RunViews) -> Response:
    """`GET /stepscope/api/runs/{R}/summary`: {"upto", "steps", "events", "made_ms"}, worked out in a thread."""
    return await asyncio.to_thread(_summary, request.path_params["run_id"], store, views)


def _summary(run_id: str, store: Store, views: RunViews) -> Response:
    run = store.run(run_id)
    if run is None:
        return no_run(run_id)
    began = time.perf_counter()
    view = views.get(run)
    if view.behind(run.last_seq):
        view.catch_up()
    else:
        view.advance(run.last_seq)
    found = view.tables()
    made_ms = round((time.perf_counter() - began) * 1000, 1)
    return Json({**found, "made_ms": made_ms}, headers={"Cache-Control": "no-store"})


async def serve_table(request: Request, store: Store) -> Response:
    """`GET /stepscope/api/runs/{R}/tables/{name}.csv`: one of `table_csv.TABLES`, as far as the run is committed."""
    run_id, name = request.path_params["run_id"], request.path_params["name"]
    run = await asyncio.to_thread(store.run, run_id)
    if run is None:
        return no_run(run_id)
    if name not in TABLES:
        known = ", ".join(sorted(TABLES))
        return Json({"error": f"A run has no table {name[:64]}. Its tables are {known}."}, status_code=404)
    lines = table_csv(name, store.iter_records(run_id, 1, run.last_seq))
    return StreamingResponse(
        _chunks(lines),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="stepscope-{run.run_id}-{name}.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _chunks(lines: Iterator[str]) -> Iterator[bytes]:
    """Few large pieces: each is handed from a thread to the server's loop."""
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= CHUNK:
            yield "".join(held).encode("utf-8", "replace")
            held, size = [], 0
    yield "".join(held).encode("utf-8", "replace")
