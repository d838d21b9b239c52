"""A database that can't be used: the server starts all the same and says why, in a sentence."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from inspectors.server.routes import build_routes, lifespan


def test_a_newer_database_is_refused_with_a_sentence(own_database: Path, capsys: pytest.CaptureFixture[str]):
    with closing(sqlite3.connect(own_database)) as db:
        db.execute("PRAGMA user_version=99")
    with TestClient(Starlette(routes=build_routes(), lifespan=lifespan), base_url="http://127.0.0.1") as client:
        assert "was written by a newer Stepscope (version 99" in capsys.readouterr().err
        answer = client.get("/stepscope/api/runs/aaaaaaaa/rows")
        assert answer.status_code == 503 and "Update Stepscope" in answer.json()["error"]
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stepscope/live"):
            pass
