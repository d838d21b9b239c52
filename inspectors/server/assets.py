"""Our scripts, served from this host. URLs hold a hash of the content: they may be cached for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PARTS = Path(__file__).resolve().parents[2] / "pages" / "parts"

_FOR_EVER = "public, max-age=31536000, immutable"


@lru_cache(maxsize=1)
def _files() -> dict[str, bytes]:
    """All that can be asked for, by its name under the version. A list, so that no path can lead elsewhere."""
    return {f"parts/{path.name}": path.read_bytes() for path in sorted(PARTS.glob("*.js"))}


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of everything served here: it changes when any file does, and modules import each other by it."""
    digest = hashlib.sha256()
    for name, content in _files().items():
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


def asset_path(name: str) -> str:
    """The path of a file, relative to where the app is mounted: `stepscope/assets/<version>/parts/graph.js`."""
    return f"stepscope/assets/{version()}/{name}"


async def serve_asset(request: Request) -> Response:
    """Answer `/stepscope/assets/{version}/{name:path}`."""
    name = request.path_params["name"]
    content = _files().get(name)
    if content is None:
        return JSONResponse({"error": f"There is no file {name!r} here."}, status_code=404)
    # A page from before a restart asks for an older version: it gets what there is, but must not keep it.
    current = request.path_params["version"] == version()
    return Response(
        content,
        media_type="text/javascript",
        headers={
            "Cache-Control": _FOR_EVER if current else "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
