"""`/stepscope/api/graphs/{key}/…`: another look at a graph that a page shows, and files of it to be taken along."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import quote

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inspectors.graph.exports import FORMATS, NotDrawn, export
from inspectors.graph.layout import DIRECTIONS
from inspectors.graph.shelf import drawn, kept
from inspectors.graph.view import View

_GONE = "This graph is no longer kept here. Load the page again."


def view_of(query: QueryParams) -> View:
    """The view that a query asks for; what it doesn't name is as usual."""
    direction = query.get("direction", "TB")
    return View(
        direction=direction if direction in DIRECTIONS else "TB",
        steps_only=query.get("steps") == "1",
        streams=query.get("streams") != "0",
        resources=query.get("resources") != "0",
        opened=frozenset(query.getlist("opened")),
        roomy=query.get("roomy") == "1",
    )


async def serve_drawing(request: Request) -> Response:
    """The drawing of a graph in a view, as JSON."""
    drawing = await asyncio.to_thread(drawn, request.path_params["key"], view_of(request.query_params))
    if drawing is None:
        return JSONResponse({"error": _GONE}, status_code=410)
    # ASCII: a name may hold half of a surrogate pair, which UTF-8 can't write.
    text = json.dumps(drawing, separators=(",", ":"), allow_nan=False)
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


async def serve_file(request: Request) -> Response:
    """A file of a graph: `format` is one of `FORMATS`, `theme` light or dark."""
    form, theme = request.query_params.get("format", ""), request.query_params.get("theme", "light")
    if form not in FORMATS or theme not in ("light", "dark"):
        return JSONResponse(
            {"error": f"format is one of {', '.join(FORMATS)}; theme is light or dark."}, status_code=400
        )
    graph = kept(request.path_params["key"])
    if graph is None:
        return JSONResponse({"error": _GONE}, status_code=410)
    view = view_of(request.query_params)
    try:
        content = await asyncio.to_thread(export, graph, form, view, theme)
    except NotDrawn as sentence:
        return JSONResponse({"error": str(sentence)}, status_code=422)
    name = quote(f"{graph.get('name') or 'workflow'}{FORMATS[form].ending}")
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=FORMATS[form].media_type, headers=headers)
