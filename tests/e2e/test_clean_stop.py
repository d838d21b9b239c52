"""The app is stopped as people and systems do: it asks nothing, loses nothing, and leaves nothing behind."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import eventually, key, open_page, run_id_of

STEADY = Path(__file__).resolve().parents[1] / "runner" / "steady.py"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_stop_asks_nothing_and_loses_nothing(page: Page, tmp_path: Path):
    folder = tmp_path / "data"
    folder.mkdir()
    app = AppProcess(folder / "stepscope.db", [str(STEADY)])
    app.log = tmp_path / "app.log"
    gate = tmp_path / "gate"
    app.start()
    store = Store(app.database)
    try:
        open_page(page, app.url)
        key(page, "workflow-card-Steady").get_by_role("link").click()
        key(page, "run-form").get_by_label("gate").first.fill(str(gate))
        key(page, "run-start").get_by_role("button").click()
        run_id = run_id_of(page)
        expect(key(page, "run-status")).to_contain_text("Running")
        assert app.end(signal.SIGTERM, 90.0) in (0, -signal.SIGTERM)
        upto = store.run(run_id).last_seq  # type: ignore[union-attr]
        eventually(page, lambda: store.run(run_id).last_seq > upto + 20, "it goes on")  # type: ignore[union-attr]
        app.start()
        gate.touch()
        eventually(page, lambda: store.run(run_id).status == "done", "it is done")  # type: ignore[union-attr]
        records = store.records(run_id)
        counts = [record["fields"]["n"] for record in records if record.get("type") == "Count"]
        assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
        assert counts == list(range(1, len(counts) + 1))
        page.goto("about:blank")
        assert app.end(signal.SIGINT, 90.0) in (0, 1, -signal.SIGINT)  # Streamlit's own: it says "Aborted!" and gives 1
        assert "Traceback" not in app.output() and "rror" not in app.output(), app.output()
        eventually(page, lambda: store.registered() == [], "no runner is registered")
        store.close()
        eventually(page, lambda: not processes_of(app.database), "no process is left")
        assert sorted(path.name for path in folder.rglob("*")) == ["stepscope.db", "stepscope.db.runners"]
    finally:
        gate.touch()
        store.close()
        app.stop()


def processes_of(database: Path) -> list[psutil.Process]:
    """Runners of a database: they are told of it on their command line."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(database) in word for word in process.info["cmdline"] or ())
    ]
