"""The web server is killed under an open page of a run: the page comes back by itself, and everything works on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inspectors.discovery import discover
from inspectors.store import Store
from tests.e2e.app_process import PROJECT, AppProcess
from tests.e2e.browser import key
from tests.faults.open_page import OpenPage

SAMPLES = {source.name: source for source in discover([PROJECT / "workflows"]).workflows}
MORE = "shown => Number(document.querySelector('.st-key-timeline .ss-total')?.textContent.split(' ')[0]) > shown"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppProcess]:
    """A server of the test's own, to be killed."""
    started = AppProcess(tmp_path / "stepscope.db").start()
    try:
        yield started
    finally:
        started.stop()


def test_an_open_page_comes_back_by_itself_twice_without_a_gap(app: AppProcess, page: Page, store: Store):
    person = OpenPage(page, app.url)
    run_id = person.start(SAMPLES["LongPipelineWorkflow"], pace=8)
    expect(key(page, "timeline")).to_contain_text("read_chunk started")
    for _ in range(2):
        app.kill()
        person.says_it_is_gone()
        app.start()
        person.is_back()
        page.wait_for_function(MORE, arg=person.records())  # rows go on coming
    person.cancel()
    expect(key(page, "run-status")).to_contain_text("Cancelled")
    run = store.run(run_id)
    assert run is not None and run.status == "cancelled"
    assert person.faults(run) == []


def test_the_buttons_of_an_open_page_work_with_the_server_that_came_after(app: AppProcess, page: Page, store: Store):
    person = OpenPage(page, app.url)
    run_id = person.start(SAMPLES["ApprovalWorkflow"])
    expect(key(page, "review-form")).to_contain_text("Please review this draft")
    app.kill()
    person.says_it_is_gone()
    app.start()
    person.is_back()
    person.approve()
    expect(key(page, "result")).to_contain_text("Draft approved.")
    run = store.run(run_id)
    assert run is not None and run.status == "done"
    assert person.faults(run) == []
