"""Strings from workflows are inert on every page, and no page asks another host for them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, run_id_of


def _nothing_ran(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.locator("[onerror]").count() == 0
    assert page.locator("a[href^='javascript:']").count() == 0
    assert page.locator("[data-testid=stMain] img[src='x']").count() == 0


def test_attacks_stay_text_on_every_page(hostile_app: AppProcess, page: Page):
    open_page(page, hostile_app.url)
    expect(key(page, "workflow-card-HostileWorkflow")).to_contain_text("<img src=x onerror")
    _nothing_ran(page)
    key(page, "workflow-card-HostileWorkflow").get_by_role("link").click()
    graph = key(page, "graph")
    for name in ("attack", "AttackEvent"):
        graph.get_by_role("button", name=re.compile(name)).first.click()
        graph.get_by_role("button", name=re.compile(name)).first.hover()
        page.wait_for_timeout(200)
        _nothing_ran(page)
    page.get_by_role("tab", name="Run", exact=True).click()
    key(page, "run-start").get_by_role("button").click()
    run_id = run_id_of(page)
    expect(key(page, "review-form")).to_contain_text("onerror=window.hacked='prefix'")
    _nothing_ran(page)
    rows = key(page, "timeline").get_by_role("row")
    for index in range(1, min(8, rows.count())):
        rows.nth(index).click()
        page.wait_for_timeout(50)
    _nothing_ran(page)
    open_page(page, f"{hostile_app.url}/review?prompt={run_id}-1")
    _nothing_ran(page)
    open_page(page, f"{hostile_app.url}/traces")
    _nothing_ran(page)
    open_page(page, f"{hostile_app.url}/trace?run={run_id}")
    key(page, "review-submit").get_by_role("button").first.click()
    expect(page.locator(".st-key-result, .st-key-error").first).to_contain_text("onerror=window.hacked=1")
    _nothing_ran(page)
