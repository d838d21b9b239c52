"""What a person types for a prompt, kept as it is typed: `POST /stepscope/api/drafts/{prompt}`."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import Response

from inspectors.server.browser_cookie import browser_of
from inspectors.workbench import get_workbench

LARGEST = 2_000_000
"""Bytes of one request."""
MOST_WIDGETS = 100


async def keep_draft(request: Request) -> Response:
    """Keep {widget: text} for the browser that sends it; 204. With 4xx and a sentence where it can't be."""
    browser = browser_of(dict(request.cookies))
    if not browser:
        return _refused("This browser keeps no cookies of this page, so what is typed is not kept.", 403)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            return _refused(f"More than {LARGEST // 1_000_000} MB of text are not kept.", 413)
    try:
        typed = json.loads(body)
    except (ValueError, RecursionError):
        typed = None
    texts = isinstance(typed, dict) and all(isinstance(one, str) for one in typed.values())
    if not texts or len(typed) > MOST_WIDGETS:
        return _refused("A draft is a JSON object of texts.", 400)
    store = get_workbench().store
    prompt_id = str(request.path_params["prompt_id"])[:64]
    if not await asyncio.to_thread(store.keep_review_draft, prompt_id, browser, typed):
        return _refused("This request is not here any more.", 404)
    return Response(status_code=204)


def _refused(sentence: str, status: int) -> Response:
    return Response(json.dumps({"error": sentence}), status_code=status, media_type="application/json")
