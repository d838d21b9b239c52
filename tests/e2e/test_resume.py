"""An interrupted run on its page: what Resume would do is said, and one click later the same page is live."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from playwright.sync_api import Page, expect

from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, ready, run_id_of

PIPELINE = Path(__file__).resolve().parents[2] / "workflows" / "long_pipeline.py"


def test_a_killed_run_goes_on_after_one_click_on_the_page_that_said_so(page: Page, tmp_path: Path):
    app = AppProcess(tmp_path / "stepscope.db", [str(PIPELINE)]).start()
    store = Store(app.database)
    try:
        open_page(page, app.url)
        key(page, "workflow-card-LongPipelineWorkflow").get_by_role("link").click()
        ready(page)
        page.get_by_label("pace").fill("1")  # seconds a chunk: it goes on until it was killed and seen to go on
        key(page, "run-start").get_by_role("button").click()
        run_id = run_id_of(page)
        expect(key(page, "timeline")).to_contain_text("ChunkDoneEvent")
        run = store.run(run_id)
        row = store.runner(run.runner_id) if run is not None and run.runner_id else None
        assert row is not None and row.pid is not None
        os.kill(row.pid, signal.SIGKILL)
        box = key(page, "interrupted")
        expect(box).to_contain_text("The runner ended while read_chunk was running: it was killed.")
        expect(box).to_contain_text("run again. read_chunk was running and runs again.")
        address = page.url
        box.get_by_role("button", name="Resume").click()
        expect(key(page, "run-status")).to_contain_text("Running")
        expect(box).to_have_count(0)
        expect(key(page, "result")).to_be_visible(timeout=120_000)
        assert page.url == address
        records = store.records(run_id)
        started = [record["consumed"] for record in records if record["kind"] == "invocation_started"]
        assert sum(started.count(consumed) > 1 for consumed in started) == 2, "one step ran twice, and no other"
    finally:
        page.goto("about:blank")  # it may still be fetching its scripts
        store.close()
        app.stop()
