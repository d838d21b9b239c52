"""Journey 2: a reviewer from a copied link. Approve is one click, an edited draft two; the next prompt opens itself."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, expect

from inspectors.runner.processes import is_alive
from inspectors.store import Run, Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, run_id_of, settled
from tests.waiting import is_let_go, until, until_run


def _start(app: AppProcess, page: Page, name: str) -> str:
    open_page(page, app.url)
    key(page, f"workflow-card-{name}").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    run_id = run_id_of(page)
    expect(key(page, "review-form")).to_be_visible()
    return run_id


def test_one_click_approves_and_the_next_request_opens(fresh_app: AppProcess, page: Page):
    store = Store(fresh_app.database)
    first = _start(fresh_app, page, "ApprovalWorkflow")
    second = _start(fresh_app, page, "ApprovalWorkflow")
    reviewer = page.context.new_page()
    open_page(reviewer, f"{fresh_app.url}/review?prompt={first}-1")
    body = reviewer.locator("[data-testid=stMain]")
    expect(key(reviewer, "review-form")).to_contain_text("Please review this draft")
    for jargon in ("ApprovalWorkflow", "HumanResponseEvent", '"payload"'):
        expect(body).not_to_contain_text(jargon)
    key(reviewer, "review-submit").get_by_role("button").click()  # 1
    expect(reviewer).to_have_url(re.compile(f"{second}-1"))
    settled(reviewer)  # the form before it may stand a moment longer
    expect(key(reviewer, "review-submit").get_by_role("button")).to_have_count(1)
    # The late half of a double click must not answer the request that has come into its place.
    key(reviewer, "review-submit").get_by_role("button").dispatch_event("click", {"detail": 2})
    reviewer.reload()
    settled(reviewer)
    expect(reviewer).to_have_url(re.compile(f"{second}-1"))
    assert [prompt.prompt_id for prompt in store.prompts()] == [f"{second}-1"]
    key(reviewer, "review-submit").get_by_role("button").click()
    expect(body).to_contain_text("Nothing is waiting for you")
    for run_id in (first, second):
        _wait_done(store, run_id)
    store.close()


def test_an_edited_draft_is_what_the_workflow_publishes(app: AppProcess, page: Page, store: Store):
    run_id = _start(app, page, "DraftReviewWorkflow")
    open_page(page, f"{app.url}/review?prompt={run_id}-1")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("textbox", name="Draft").fill("My own words about it.")  # edit
    page.keyboard.press("Control+Enter")
    expect(key(page, "review-submit")).to_contain_text("Approve with my edits")
    key(page, "review-submit").get_by_role("button").click()  # send
    run = _wait_done(store, run_id)
    assert run.result is not None and run.result["fields"]["text"] == "My own words about it."


def test_asking_for_changes_brings_a_second_round(app: AppProcess, page: Page, store: Store):
    run_id = _start(app, page, "DraftReviewWorkflow")
    page.get_by_label("Comment").fill("Shorter, and say who must act.")
    page.get_by_role("button", name="Ask for changes").click()
    expect(key(page, "review-form")).to_be_visible()
    prompts = until(lambda: len(found := store.prompts(run_id, status=None)) >= 2 and found, "a second round")
    assert prompts[0].answer_value["comment"] == "Shorter, and say who must act."
    expect(key(page, "review-form")).to_contain_text("Is this draft ready to publish?")


def test_the_answer_of_a_run_survives_the_death_of_server_and_runner(page: Page, tmp_path: Path):
    app = AppProcess(tmp_path / "stepscope.db").start()
    store = Store(app.database)
    try:
        run_id = _start(app, page, "ApprovalWorkflow")
        until_run(store, run_id, is_let_go)
        pids = [row.pid for row in store.runners()]
        app.kill()
        _kill_all(pids)
        app.start()
        open_page(page, f"{app.url}/review?prompt={run_id}-1")
        key(page, "review-submit").get_by_role("button").click()
        run = _wait_done(store, run_id)
        assert run.result is not None and run.result["value"] == "Draft approved."
    finally:
        store.close()
        app.stop_later()


def _wait_done(store: Store, run_id: str) -> Run:
    return until_run(store, run_id, lambda run: run.status == "done")


def _kill_all(pids: list[int | None]) -> None:
    for pid in pids:
        if pid is not None:
            with suppress(ProcessLookupError):  # a runner without a server ends by itself
                os.kill(pid, signal.SIGKILL)
    until(lambda: not any(is_alive(pid, None) for pid in pids))
