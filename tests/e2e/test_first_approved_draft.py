"""Journey 1: a new user approves a draft with three clicks: card, Run, Approve."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import eventually, key, open_page, ready, run_id_of, settled


def test_card_run_approve(app: AppProcess, page: Page, store: Store):
    open_page(page, app.url)
    expect(key(page, "workflow-card-ApprovalWorkflow")).to_contain_text(
        "Writes a draft and asks a person to approve it."
    )
    key(page, "workflow-card-ApprovalWorkflow").get_by_role("link").click()  # 1
    expect(key(page, "graph")).to_contain_text("generate_draft")
    expect(key(page, "run-form").get_by_label("topic")).to_have_value("AI regulation")
    key(page, "run-start").get_by_role("button").click()  # 2
    run_id = run_id_of(page)
    expect(key(page, "review-form")).to_contain_text("Please review this draft")
    expect(key(page, "review-form")).to_contain_text("who has to do what")
    expect(key(page, "run-status")).to_contain_text("Waiting for you")
    key(page, "review-submit").get_by_role("button").click()  # 3
    expect(key(page, "result")).to_contain_text("Draft approved.")
    expect(key(page, "run-status")).to_contain_text("Done")
    timeline = key(page, "timeline")
    for text in ("Run started", "generate_draft done", "A person was asked", "HumanResponseEvent", "Run done"):
        expect(timeline).to_contain_text(text)
    run = store.run(run_id)
    assert run is not None and run.status == "done" and run.result == {"type": "str", "value": "Draft approved."}


def numbers(tab: Page) -> list[int]:
    """Those that the rows of the timeline begin with."""
    shown = key(tab, "timeline").get_by_role("row").all_inner_texts()
    return [int(found.group()) for text in shown if (found := re.match(r"\d+", text.strip()))]


def test_a_second_tab_and_a_reload_land_on_the_run_and_miss_nothing(app: AppProcess, page: Page, store: Store):
    open_page(page, app.url)
    key(page, "workflow-card-ApprovalWorkflow").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    run_id = run_id_of(page)
    expect(key(page, "review-form")).to_be_visible()
    page.reload()
    expect(key(page, "review-form")).to_contain_text("Please review this draft")
    second = page.context.new_page()
    open_page(second, page.url)
    second.locator(".st-key-review-submit button").click()
    expect(key(second, "result")).to_contain_text("Draft approved.")
    expect(key(page, "result")).to_contain_text("Draft approved.")
    run = store.run(run_id)
    assert run is not None
    for tab in (page, second):
        expect(key(tab, "timeline")).to_contain_text(f"{run.last_seq} records")
        eventually(tab, lambda tab=tab: numbers(tab) == list(range(1, run.last_seq + 1)), "every record once, in order")


def test_a_field_left_empty_is_said_beside_it_and_nothing_runs(app: AppProcess, page: Page, store: Store):
    open_page(page, app.url)
    key(page, "workflow-card-ApprovalWorkflow").get_by_role("link").click()
    ready(page)
    before = store.count_runs()
    key(page, "run-form").get_by_label("topic").fill("")
    key(page, "run-start").get_by_role("button").click()
    expect(key(page, "run-form")).to_contain_text("This field is required.")
    assert store.count_runs() == before


def test_clicking_a_step_shows_its_docstring_signature_and_source(app: AppProcess, page: Page):
    open_page(page, app.url)
    key(page, "workflow-card-ApprovalWorkflow").get_by_role("link").click()
    key(page, "graph").get_by_role("button", name=re.compile("generate_draft")).first.click()
    expect(page.get_by_text("async def generate_draft").first).to_be_visible()
    key(page, "graph").get_by_role("button", name=re.compile("InputRequiredEvent")).first.click()
    expect(page.get_by_text("InputRequiredEvent").nth(1)).to_be_visible()


def test_back_from_a_run_shows_its_workflow_again(app: AppProcess, page: Page):
    open_page(page, app.url)
    key(page, "workflow-card-ApprovalWorkflow").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    expect(key(page, "review-form")).to_be_visible()
    expect(key(page, "run-status")).to_contain_text("Waiting for you")
    settled(page)
    page.go_back()
    expect(key(page, "run-form")).to_be_visible()
    expect(page.locator("[data-testid=stMain]")).to_contain_text("ApprovalWorkflow")


def test_a_double_click_on_run_starts_one_run(app: AppProcess, page: Page, store: Store):
    open_page(page, app.url)
    key(page, "workflow-card-StreamingWorkflow").get_by_role("link").click()
    before = store.count_runs(workflow="StreamingWorkflow")
    run = key(page, "run-start").get_by_role("button")
    run.dispatch_event("click", {"detail": 2})  # the second half alone does nothing, however late it comes
    run.dblclick()
    run_id_of(page)
    expect(key(page, "result")).to_be_visible()
    assert store.count_runs(workflow="StreamingWorkflow") == before + 1
