"""Two people on one server at once: their own runs, one request; and a run of which a part is damaged."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress

from playwright.sync_api import Browser, Error, Page, expect

from inspectors.store import Store
from inspectors.store.records import Commit
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import OfflineContext, eventually, key, open_page, run_id_of


def start(page: Page, app: AppProcess, name: str) -> str:
    """Run a sample from its page, as it is filled in."""
    open_page(page, app.url)
    key(page, f"workflow-card-{name}").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    return run_id_of(page)


def test_two_people_neither_disturb_nor_overtake_each_other(
    app: AppProcess, page: Page, browser: Browser, store: Store
):
    ada, guest = page, OfflineContext(browser)
    grace = guest.page()
    try:
        of_ada, of_grace = start(ada, app, "ApprovalWorkflow"), start(grace, app, "ParallelSearchWorkflow")
        assert of_ada != of_grace
        expect(key(grace, "result")).to_be_visible()
        expect(key(ada, "review-form")).to_be_visible()
        assert of_ada in ada.url and of_grace in grace.url
        expect(grace.locator("[data-testid=stMain]")).not_to_contain_text(of_ada[:6])
        # Both open the same request; what one types is not on the other's page, and one answer counts.
        for person in (ada, grace):
            open_page(person, f"{app.url}/review?prompt={of_ada}-1")
            expect(key(person, "review-form")).to_be_visible()
        key(ada, "review-submit").get_by_role("button").click()
        eventually(ada, lambda: store.run(of_ada).ended, "the run ends")  # type: ignore[union-attr]
        (answered,) = store.prompts(of_ada, status=None)
        assert answered.answer_value is not None
        with suppress(Error):  # the live page may have taken the form away before the click
            key(grace, "review-submit").get_by_role("button").first.click(timeout=3000)
        expect(grace.locator("[data-testid=stMain]")).to_contain_text(
            re.compile("[Aa]lready answered|Draft approved|No .*wait")
        )
        assert store.prompts(of_ada, status=None)[0].answered_at == answered.answered_at
        assert guest.errors == [] and guest.foreign == []
    finally:
        guest.context.close()


def test_damaged_records_are_one_row_and_the_rest_of_the_page_works(app: AppProcess, page: Page, store: Store):
    run_id = store.create_run(workflow="W", module="m", file="/gone.py", version="1", input={}, loaded=True)
    for first in (1, 21, 61):
        last = {1: 20, 21: 60, 61: 80}[first]
        kinds = [(seq, "run_ended" if seq == 80 else "printed") for seq in range(first, last + 1)]
        lines = [
            json.dumps({"seq": seq, "t": time.time(), "kind": kind, "text": f"line {seq}", "status": "done"})
            for seq, kind in kinds
        ]
        store.commit([Commit(run_id, first, lines, run={"status": "done", "ended_at": time.time()})])
    with store.writing() as db:
        db.execute(
            "UPDATE block SET records = randomblob(40) WHERE first_seq = 21"
            " AND run_key = (SELECT run_key FROM run WHERE run_id = ?)",
            (run_id,),
        )
    open_page(page, f"{app.url}/trace?run={run_id}")
    timeline = page.get_by_role("grid", name="Timeline")
    expect(timeline).to_have_attribute("aria-rowcount", "42")  # with the head
    timeline.press("End")
    expect(page.locator("#ss-row-80")).to_contain_text("Run done")
    for _ in range(20):
        timeline.press("ArrowUp")
    row = page.get_by_role("row", name=re.compile("can’t be read"))
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Records 21–60 can’t be read")
    expect(row).to_have_attribute("aria-selected", "true")
    expect(page.locator(".ss-details")).to_contain_text("Records 21–60 can’t be read")
    timeline.press("ArrowUp")
    expect(page.locator("#ss-row-20")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#ss-row-20")).to_contain_text("line 20")
