"""Browse with 200 workflows in a real browser: search at each key, filters, problems, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.browse import write_workflows
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import PHONE, eventually, key, open_page, ready

RAG = '''"""A loop."""

from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Again(Event):
    """Once more."""


class RAGWorkflow(Workflow):
    """Tries {what} until it is good."""

    @step
    async def draft(self, ev: StartEvent | Again) -> Again | StopEvent:
        """Go round."""
        if isinstance(ev, StartEvent):
            return Again()
        return StopEvent(result="{what}")
'''
LONG = "CustomerComplaintTriageAndEscalationAcrossAllDesksWorkflow"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app on 200 workflows, some of them with loops or problems."""
    folder = tmp_path_factory.mktemp("many") / "flows"
    write_workflows(folder, 196)
    for team in ("north", "south"):
        (folder / team).mkdir()
        (folder / team / "rag.py").write_text(RAG.format(what=team), encoding="utf-8")
    (folder / "long.py").write_text(RAG.format(what="all").replace("RAGWorkflow", LONG), encoding="utf-8")
    needs = "import no_such_package\n" + RAG.format(what="frames").replace("RAGWorkflow", "RefundTableWorkflow")
    (folder / "needs.py").write_text(needs, encoding="utf-8")
    for number in range(4):
        (folder / f"broken_{number}.py").write_text("class Broken(:\n", encoding="utf-8")
    app = AppProcess(folder.parent / "stepscope.db", [str(folder)]).start()
    try:
        yield app
    finally:
        app.stop_later()


def shown(page: Page) -> Locator:
    """The cards that can be seen."""
    return page.locator(".ss-card:not([hidden])")


def search(page: Page) -> Locator:
    """The search field."""
    return page.get_by_label("Search name, text or file")


def test_search_filters_at_each_key_and_is_in_the_url(many: AppProcess, page: Page):
    open_page(page, many.url)
    expect(shown(page)).to_have_count(200)
    page.keyboard.press("/")
    expect(search(page)).to_be_focused()
    for keys, expected in (("inv", 25), ("oice16", 3), ("8", 1)):
        page.keyboard.type(keys)
        expect(shown(page)).to_have_count(expected)
    expect(page.locator("p[role=status]")).to_contain_text("1 of 200")
    expect(page).to_have_url(re.compile(r"\?q=invoice168$"))
    page.reload()
    expect(shown(page)).to_have_count(1)
    expect(search(page)).to_have_value("invoice168")
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    expect(key(page, "workflow-card-Invoice168Workflow").get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/workflow\?id="))
    expect(key(page, "graph")).to_contain_text("gather")
    # Streamlit takes Back for the page that it draws anew at that moment, as this one when its runner is ready.
    ready(page)
    page.go_back()
    expect(shown(page)).to_have_count(1)
    search(page).press("Escape")
    expect(shown(page)).to_have_count(200)
    expect(page).not_to_have_url(re.compile(r"q="))


def test_a_card_opened_right_after_typing_leaves_the_search_in_the_history(many: AppProcess, page: Page):
    open_page(page, many.url)
    expect(shown(page)).to_have_count(200)
    page.evaluate("""() => {
        const field = document.querySelector('.ss-search input');
        field.value = 'invoice168';
        field.dispatchEvent(new Event('input'));
        document.querySelector('.ss-card:not([hidden]) a').click();
    }""")
    expect(page).to_have_url(re.compile(r"/workflow\?id=[^&]*$"))
    ready(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?q=invoice168$"))
    expect(shown(page)).to_have_count(1)


def test_filters_combine_and_are_in_the_url(many: AppProcess, page: Page):
    open_page(page, many.url)
    pills = page.get_by_role("group", name="Filters").get_by_role("button")
    expect(pills).to_have_text(["Pauses for a person", "Fans out", "Loops", "Has problems"])
    pills.filter(has_text="Loops").click()
    expect(shown(page)).to_have_count(4)
    pills.filter(has_text="Has problems").click()
    expect(shown(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"filter=loops%2Cproblems"))
    page.reload()
    expect(shown(page)).to_have_count(1)
    expect(pills.filter(has_text="Loops")).to_have_attribute("aria-pressed", "true")
    search(page).fill("invoice")
    expect(page.locator(".ss-empty")).to_contain_text("No workflow matches “invoice” with Loops and Has problems")
    page.get_by_role("button", name="Show all 200").click()
    expect(shown(page)).to_have_count(200)


def test_two_of_one_name_are_told_apart_and_a_long_name_is_whole_on_hover(many: AppProcess, page: Page):
    open_page(page, f"{many.url}/?q=rag")
    expect(key(page, "workflow-card-RAGWorkflow")).to_contain_text("north/rag.py")
    expect(key(page, "workflow-card-RAGWorkflow-2")).to_contain_text("south/rag.py")
    search(page).fill(LONG)
    expect(shown(page).get_by_role("link")).to_have_attribute("title", LONG)
    assert shown(page).get_by_role("heading").evaluate("one => one.scrollWidth > one.clientWidth"), "it is cut"


def test_problems_fold_and_stay_hidden_for_the_session(many: AppProcess, page: Page):
    open_page(page, many.url)
    box = page.get_by_role("region", name="Problems")
    expect(box).to_contain_text("5 files have problems.")
    expect(box.get_by_role("listitem")).to_have_count(3)
    box.get_by_role("button", name="Show all 5").click()
    expect(box.get_by_role("listitem")).to_have_count(5)
    box.get_by_role("button", name="Hide").click()
    expect(box).to_have_count(0)
    page.reload()
    expect(shown(page)).to_have_count(200)
    expect(box).to_have_count(0)
    page.get_by_role("button", name="Show 5 problems").click()
    expect(box).to_be_visible()


def test_pictures_come_into_view_with_their_cards(many: AppProcess, page: Page):
    open_page(page, many.url)
    expect(shown(page).first.locator("svg[aria-label]")).to_have_count(1)
    last = shown(page).last
    expect(last.locator(".ss-card-picture svg")).to_have_count(0)
    last.scroll_into_view_if_needed()
    expect(last.locator(".ss-card-picture svg")).to_have_count(1)


def test_a_phone_shows_one_column_without_scrolling_sideways(many: AppProcess, page: Page):
    page.set_viewport_size(PHONE)
    open_page(page, many.url)
    expect(shown(page)).to_have_count(200)
    widths = "[document.documentElement.scrollWidth <= 390, document.querySelector('.ss-card').clientWidth > 340]"
    eventually(page, lambda: page.evaluate(widths) == [True, True], "a card is as wide as the screen, and no wider")
    assert search(page).bounding_box()["height"] >= 44


def test_a_workflow_that_was_added_shows_when_the_page_is_drawn_again(many: AppProcess, page: Page):
    open_page(page, f"{many.url}/?q=newcomer")
    expect(shown(page)).to_have_count(0)
    folder = many.database.parent / "flows"
    added = Path(folder / "newcomer.py")
    added.write_text(RAG.format(what="new").replace("RAGWorkflow", "NewcomerWorkflow"), encoding="utf-8")
    try:
        page.reload()
        expect(shown(page)).to_have_count(1)
    finally:
        added.unlink()
