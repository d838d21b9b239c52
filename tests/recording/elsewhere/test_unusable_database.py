"""Runs of a program whose database can't be used: they go on, and one sentence says why."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from inspectors.recording import elsewhere, program, record
from inspectors.store import Store
from tests.recording.elsewhere.tea import (
    Tea,
    ended,
    kinds,
)
from tests.waiting import until


def test_without_a_database_the_workflow_runs_on_and_one_sentence_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    async def main() -> list[Any]:
        workflow = record(Tea(), database=folder)
        return [await workflow.run(topic=topic) for topic in ("one", "two")]

    with caplog.at_level(logging.WARNING, "stepscope"):
        assert asyncio.run(main()) == ["one is ready", "two is ready"]
        elsewhere.close_programs()
    (said,) = [each.getMessage() for each in caplog.records]
    assert "doesn't record the runs of" in said and str(folder) in said and "it is a folder" in said


def test_a_database_that_is_locked_slows_nobody_down(
    store: Store, own_database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(program, "TRY_FOR", 0.1)
    monkeypatch.setattr(program, "REST", 0.0)
    monkeypatch.setattr("inspectors.store.database.BUSY_SECONDS", 0.2)

    async def main() -> float:
        began = time.monotonic()
        await record(Tea()).run(topic="early")
        return time.monotonic() - began

    with contextlib.closing(sqlite3.connect(own_database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert asyncio.run(main()) < 30, "as long as it stays locked"
        until(lambda: caplog.records, "a warning")
        assert "another program has locked it" in caplog.records[0].getMessage()
        other.execute("ROLLBACK")
    asyncio.run(main())
    assert [run.input["topic"] for run in ended(store)] == ["early"]


def test_what_could_not_be_written_for_a_while_is_written_later(
    store: Store, own_database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("inspectors.store.database.BUSY_SECONDS", 0.05)
    monkeypatch.setattr(program, "TRY_AGAIN", 0.02)
    workflow = record(Tea())

    async def main(topic: str) -> None:
        await workflow.run(topic=topic)

    asyncio.run(main("before"))
    ended(store)
    with contextlib.closing(sqlite3.connect(own_database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.run(main("meanwhile"))
        assert not next(iter(elsewhere._programs.values())).writer.flush(0.3)
        other.execute("ROLLBACK")
    runs = ended(store, 2)
    assert [(run.input["topic"], run.status) for run in runs] == [("before", "done"), ("meanwhile", "done")]
    assert kinds(store, runs[1].run_id)[-1] == "run_ended" and not caplog.records
