"""Answers of our routes as JSON."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


class Json(Response):
    """JSON in ASCII: a record may hold half of a surrogate pair, which UTF-8 can't write."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The content as bytes."""
        return json.dumps(content, allow_nan=False).encode()


def no_run(run_id: str) -> Response:
    """404: the run doesn't exist, or not in this database."""
    return Json({"error": f"There is no run {run_id[:64]}."}, status_code=404)
