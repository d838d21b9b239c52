"""The live page: progress while it runs, Cancel, a server that dies and returns, a page that stays responsive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, ready, run_id_of, settled

FAULTY = Path(__file__).resolve().parents[1] / "runner" / "faulty.py"


def test_streamed_progress_appears_while_the_run_goes_on(app: AppProcess, page: Page):
    open_page(page, app.url)
    key(page, "workflow-card-StreamingWorkflow").get_by_role("link").click()
    ready(page)
    page.get_by_label("pace").fill("10")  # seconds: long enough to be seen
    key(page, "run-start").get_by_role("button").click()
    expect(key(page, "timeline")).to_contain_text("Step 1: Retrieving documents")
    expect(key(page, "run-status")).to_contain_text("Running")
    expect(key(page, "result")).to_contain_text("Final answer here")


def test_three_searches_are_seen_to_run_at_the_same_time(app: AppProcess, page: Page, store: Store):
    for _ in range(
        5
    ):  # a search takes 0.3 s: on a machine that stands still for as long, one ends before another begins
        open_page(page, app.url)
        key(page, "workflow-card-ParallelSearchWorkflow").get_by_role("link").click()
        key(page, "run-start").get_by_role("button").click()
        run_id = run_id_of(page)
        expect(key(page, "result")).to_be_visible()
        kinds = [record["kind"] for record in store.records(run_id) if record.get("step") == "search_sources"]
        if kinds[:3] == ["invocation_started"] * 3:
            break
    assert kinds[:3] == ["invocation_started"] * 3
    expect(key(page, "graph")).to_contain_text("search_sources, done, 3 done")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app on workflows that misbehave."""
    started = AppProcess(tmp_path_factory.mktemp("faulty") / "stepscope.db", [str(FAULTY)]).start()
    try:
        yield started
    finally:
        started.stop_later()


def test_cancel_and_a_blocked_loop_leave_the_page_responsive(faulty: AppProcess, page: Page):
    with closing(Store(faulty.database)) as store:
        open_page(page, faulty.url)
        key(page, "workflow-card-Blocks").get_by_role("link").click()
        ready(page)
        key(page, "run-form").get_by_label(re.compile("^seconds")).first.fill("600")
        key(page, "run-start").get_by_role("button").click()
        run_id = run_id_of(page)
        expect(page.locator("body")).to_contain_text("has blocked the event loop for")
        page.get_by_role("link", name="Traces").first.click()
        expect(key(page, "trace-list")).to_contain_text("Blocks")
        blocked = store.run(run_id)
        assert blocked is not None and not blocked.ended, "the page must not wait for the blocked loop"
        settled(page)
        page.go_back()
        page.get_by_role("button", name="Cancel run").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel run").click()
        expect(key(page, "run-status")).to_contain_text("Cancelled")
        run = store.run(run_id)
        assert run is not None and run.status == "cancelled"


def test_a_step_that_ends_its_process_is_told_in_plain_words(faulty: AppProcess, page: Page):
    open_page(page, faulty.url)
    key(page, "workflow-card-Vanishes").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    sentence = "The runner ended while vanish was running: exit code 7."
    expect(key(page, "error")).to_contain_text(sentence)
    expect(key(page, "run-status")).to_contain_text("Interrupted")
