"""Links that lead nowhere, and a database that can't be used until somebody mends it while the page is open."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page

LONG = "x" * 3000


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/nosuchpage", "There is no such page"),
        ("/no%20such%20p%C3%A4ge?run=1", "There is no such page"),
        ("/workflow?id=nope", "This workflow is not here"),
        (f"/workflow?id={LONG}", "This workflow is not here"),
        ("/workflow?run=zz&run=qq", "This workflow is not here"),
        ("/workflow?id=approval.ApprovalWorkflow&from=nonsense", "ApprovalWorkflow"),
        ("/trace?run=%00%27%22", "This run is not here"),
        (f"/review?prompt={LONG}", "This request is not here"),
        ("/traces?status=nonsense&q=%27%22%25", "Traces"),
        ("/browse", "Workflows"),
    ],
)
def test_a_link_that_leads_nowhere(path: str, sentence: str, app: AppProcess, page: Page):
    open_page(page, f"{app.url}{path}")
    main = page.locator("[data-testid=stMain]")
    expect(main).to_contain_text(sentence)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    if sentence.startswith("There is no"):
        main.get_by_role("link", name="Browse the workflows").click()
        expect(main).to_contain_text("ApprovalWorkflow")


def test_a_page_goes_on_once_its_database_can_be_used(tmp_path: Path, page: Page):
    database = tmp_path / "stepscope.db"
    database.write_text("Dear reader, this is a letter.")
    app = AppProcess(database).start()
    try:
        open_page(page, f"{app.url}/traces")
        expect(key(page, "error")).to_contain_text("it is not a database")
        database.unlink()  # somebody moves it away
        expect(page.locator("[data-testid=stMain]")).to_contain_text("No runs yet")
        assert page.url.endswith("/traces")
    finally:
        page.goto("about:blank")  # it may still be fetching its scripts
        app.stop_later()
