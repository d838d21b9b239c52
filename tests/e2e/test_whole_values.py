"""The details panel loads the whole of what was cut, shows it to its end, and says when it is gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inspectors.settings import read_settings
from inspectors.store import Run
from inspectors.workbench import Workbench
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page
from tests.waiting import has_ended, until_run

PATIENCE = 100.0
TARGETS = Path(__file__).parents[1]


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[AppProcess, Workbench, Run, Run]]:
    """The app, runs whose records are cut and whose errors go back to others, and their living runners."""
    app = AppProcess(tmp_path / "stepscope.db", [str(TARGETS / "server" / "large.py")]).start()
    monkeypatch.setenv("STEPSCOPE_DB", str(app.database))
    bench = Workbench(read_settings([str(TARGETS / "server" / "large.py"), str(TARGETS / "golden" / "flows.py")]))
    sources = {one.name: one for one in bench.catalog().workflows}
    started = [bench.supervisor.start(sources[name], {}, {}) for name in ("LargeWorkflow", "Retries")]
    try:
        large_run, failing = [until_run(bench.store, run_id, has_ended) for run_id in started]
        yield app, bench, large_run, failing
    finally:
        bench.close()
        app.stop_later()


def test_what_was_cut_is_loaded_whole_and_shown_to_its_end(
    large: tuple[AppProcess, Workbench, Run, Run], page: Page
) -> None:
    app, bench, run, failed = large
    open_page(page, f"{app.url}/trace?run={run.run_id}")
    panel = page.locator(".ss-details")
    key(page, "timeline").get_by_text("Large", exact=True).first.click()
    expect(panel).to_contain_text("cut at")
    expect(panel).to_contain_text("of 700,000 characters")
    expect(panel).to_contain_text("3 fields")
    panel.get_by_role("button", name="Load the whole value").first.click()
    expect(panel.get_by_role("status")).to_have_text("Loaded whole from the runner.")
    expect(panel).not_to_contain_text("cut at")
    expect(panel).to_contain_text("•••• masked")
    more = panel.get_by_role("button", name="Show 100 more of 4,900")
    more.click()
    expect(panel.get_by_text("199", exact=True).first).to_be_visible()
    expect(panel.get_by_role("button", name="Show 100 more of 4,800")).to_be_visible()

    runner = bench.store.runner(run.runner_id or "")
    assert runner is not None and runner.pid is not None
    os.kill(runner.pid, signal.SIGKILL)
    open_page(page, f"{app.url}/trace?run={run.run_id}")
    key(page, "timeline").get_by_text("Large", exact=True).first.click()
    panel.get_by_role("button", name="Load the whole value").first.click()
    expect(panel.get_by_role("status")).to_have_text(
        "The runner that held it is gone. What was recorded is all there is."
    )
    expect(panel.get_by_role("button", name="Load the whole value")).to_have_count(0)

    open_page(page, f"{app.url}/trace?run={failed.run_id}")
    expect(panel).to_contain_text("ConnectionError: no line")
    expect(panel).to_contain_text("The direct cause was")
    expect(panel).to_contain_text("KeyError: 'url'")
