"""A fault of Stepscope's own is a sentence in JSON and stands in the log."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from starlette.requests import Request
from starlette.responses import Response

from inspectors.server.routes import _checked


def test_a_fault_of_its_own_is_said_in_json_and_logged(caplog: pytest.LogCaptureFixture):
    async def breaks(request: Request) -> Response:
        raise KeyError("tables")

    headers = [(b"host", b"127.0.0.1:8501")]
    scope = {"type": "http", "method": "GET", "path": "/stepscope/api/x", "headers": headers, "query_string": b""}
    with caplog.at_level(logging.ERROR):
        answer = asyncio.run(_checked(breaks)(Request({**scope, "server": ("127.0.0.1", 8501), "scheme": "http"})))
    assert answer.status_code == 500
    assert json.loads(bytes(answer.body))["error"].startswith("Stepscope could not answer this")
    assert "KeyError: 'tables'" in caplog.text
