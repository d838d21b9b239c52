"""Journey 3: from Traces to the newest failed run in two clicks, its failing step and traceback already selected."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, run_id_of


def test_two_clicks_lead_to_the_traceback(app: AppProcess, page: Page):
    open_page(page, app.url)
    key(page, "workflow-card-RiskyFailsWorkflow").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    failed = run_id_of(page)
    expect(key(page, "error")).to_contain_text("ConnectionError")
    open_page(page, app.url)
    page.get_by_role("link", name="Traces").first.click()  # 1
    rows = key(page, "trace-list")
    expect(rows).to_contain_text("RiskyFailsWorkflow")
    rows.get_by_role("link").first.click()  # 2
    assert run_id_of(page) == failed
    expect(key(page, "run-status")).to_contain_text("Failed in risky_step")
    error = key(page, "error")
    expect(error).to_contain_text("The price feed refused the connection")
    expect(error).to_contain_text("risky.py")
    expect(key(page, "timeline").locator(".ss-rows [aria-selected=true]")).to_contain_text("risky_step failed")


def test_a_run_that_does_not_exist_is_said_plainly(app: AppProcess, page: Page):
    open_page(page, f"{app.url}/trace?run=ffffffff")
    expect(page.locator("[data-testid=stMain]")).to_contain_text("This run is not here")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
