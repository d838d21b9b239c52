"""Reviewing by people: drafts that survive, two tabs, keys, names, what was answered; many requests at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from inspectors.discovery import discover
from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt
from tests.e2e.app_process import PROJECT, AppProcess
from tests.e2e.browser import PHONE, OfflineContext, eventually, key, open_page, settled
from tests.waiting import until, until_run

ASKING = PROJECT / "tests" / "runner" / "asking.py"


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app on workflows that ask in every way."""
    folder = tmp_path_factory.mktemp("asking")
    variables = {"PYTHONPATH": str(PROJECT)}
    targets = [str(ASKING), str(PROJECT / "workflows" / "draft_review.py")]
    started = AppProcess(folder / "stepscope.db", targets, variables=variables).start()
    yield started
    started.stop_later()


@pytest.fixture
def opened(asking: AppProcess) -> Iterator[Store]:
    """The store of that app."""
    store = Store(asking.database)
    yield store
    store.close()


def start(app: AppProcess, page: Page, name: str) -> str:
    """Run a workflow from its page; gives the first prompt that it asks."""
    source = next(one for file in app.targets for one in discover([file]).workflows if one.name == name)
    store = Store(app.database)
    before = {prompt.prompt_id for prompt in store.prompts()}
    open_page(page, f"{app.url}/workflow?id={source.id}")
    key(page, "run-start").get_by_role("button").click()
    try:
        (asked, *_) = until(lambda: [one for one in store.prompts() if one.prompt_id not in before], "a prompt")
    finally:
        store.close()
    return str(asked.prompt_id)


def open_request(page: Page, app: AppProcess, prompt_id: str) -> None:
    """From a copied link."""
    open_page(page, f"{app.url}/review?prompt={prompt_id}")
    expect(key(page, "review-form")).to_be_visible()


def edit(page: Page, text: str) -> None:
    """Type into the draft."""
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("textbox", name="Draft").fill(text)


def test_what_was_typed_is_there_after_f5_in_another_tab_and_after_the_server_has_died(page: Page, tmp_path: Path):
    app = AppProcess(tmp_path / "stepscope.db", [str(PROJECT / "workflows" / "draft_review.py")]).start()
    store = Store(app.database)
    try:
        prompt_id = start(app, page, "DraftReviewWorkflow")
        open_request(page, app, prompt_id)
        edit(page, "The rules in my words.")
        page.get_by_label("Comment").press_sequentially("Say who must act")
        until(lambda: [one for one in store.drafts_of(_browser(page)) if one == prompt_id], "a draft is kept")
        eventually(
            page,
            lambda: store.review_draft(prompt_id, _browser(page)).get("comment") == "Say who must act",
            "all letters are kept",
        )
        page.reload()
        settled(page)
        expect(page.locator(".ss-draft ins")).to_contain_text("in my words")
        expect(page.get_by_label("Comment")).to_have_value("Say who must act")
        app.kill()
        app.start()
        other = page.context.new_page()
        open_request(other, app, prompt_id)
        expect(other.locator(".ss-draft ins")).to_contain_text("in my words")
        expect(other.get_by_label("Comment")).to_have_value("Say who must act")
        expect(key(other, "review-submit")).to_contain_text("Approve with my edits")
        other.get_by_role("button", name="Undo all edits").click()
        expect(key(other, "review-submit")).not_to_contain_text("with my edits")
        other.get_by_role("textbox", name="Draft").fill("Short.")
        other.keyboard.press("Alt+KeyA")  # from inside the box: what it holds goes along
        answered = until(lambda: (one := store.prompt(prompt_id)) and one.answer_value, "an answer")
        assert (answered["edited_text"], answered["approve"]) == ("Short.", True)
    finally:
        store.close()
        app.stop_later()


def _browser(page: Page) -> str:
    return next(str(one["value"]) for one in page.context.cookies() if one["name"] == "stepscope_browser")


def test_of_two_people_one_wins_and_the_other_keeps_the_text_and_reads_by_whom(
    asking: AppProcess, page: Page, browser: Browser, opened: Store
):
    prompt_id = start(asking, page, "DraftReviewWorkflow")
    open_request(page, asking, prompt_id)
    guest = OfflineContext(browser)
    try:
        grace = guest.page()
        open_request(grace, asking, prompt_id)
        edit(grace, "Nobody will see this.")
        grace.get_by_label("Comment").fill("A remark of Grace's")
        expect(key(grace, "review-submit")).to_contain_text("Approve with my edits")
        mine = _browser(grace)
        until(lambda: opened.review_draft(prompt_id, mine).get("comment") == "A remark of Grace's", "it is kept")
        page.get_by_role("textbox", name="Your name").fill("Ada")
        key(page, "review-submit").get_by_role("button").click()
        until(lambda: (one := opened.prompt(prompt_id)) and one.answered_at, "an answer")
        main = grace.locator("[data-testid=stMain]")
        expect(main).to_contain_text(re.compile(r"Already answered by Ada at \d\d:\d\d: “Approve”"))
        expect(main).to_contain_text("Your text was kept below and was not sent.")
        for text in ("Nobody will see this.", "A remark of Grace's"):
            expect(main).to_contain_text(text)
        assert guest.errors == [] and guest.foreign == []
    finally:
        guest.context.close()
    prompt = opened.prompt(prompt_id)
    assert prompt is not None and (prompt.answered_by, prompt.answered_verified) == ("Ada", False)
    # The name was asked once: it is known on the next request, and stands in the trace.
    again = start(asking, page, "DraftReviewWorkflow")
    open_request(page, asking, again)
    expect(key(page, "identity")).to_contain_text("Ada")
    edit(page, "As I would have it.")
    key(page, "review-submit").get_by_role("button").click()
    run_id = again.rsplit("-", 1)[0]
    until_run(opened, run_id, lambda run: run.status == "done")
    open_page(page, f"{asking.url}/trace?run={run_id}")
    key(page, "answers").get_by_text("1 answer by people").click()
    expect(key(page, "answers")).to_contain_text("by Ada (name not verified)")
    expect(key(page, "answers").locator("ins")).to_contain_text("As I would have")


def test_the_keys_put_off_ask_for_changes_and_go_through_the_queue(asking: AppProcess, page: Page, opened: Store):
    for prompt in opened.prompts():
        opened.add_answer(prompt.prompt_id, {"response": "gone"}, "")
    first = start(asking, page, "TwoQuestions")
    second = start(asking, page, "DraftReviewWorkflow")
    open_request(page, asking, first)
    body = page.locator("[data-testid=stMain]")
    expect(key(page, "review-submit")).to_contain_text("Yes")  # read from what this question compares, and no other
    for jargon in ("TwoQuestions", "HumanResponseEvent"):
        expect(body).not_to_contain_text(jargon)
    queue = page.get_by_role("navigation", name="Waiting requests")
    expect(queue.locator(f'a[href*="{second}"]')).to_be_visible()  # it is what hears the keys
    page.keyboard.press("Alt+KeyJ")
    expect(page).to_have_url(re.compile(second))
    page.keyboard.press("Alt+KeyK")
    expect(page).to_have_url(re.compile(first))
    expect(key(page, "review-submit")).to_have_count(1)  # the request before it may stand a moment longer
    expect(key(page, "review-submit")).to_contain_text("Yes")
    settled(page)
    page.keyboard.press("Alt+KeyN")
    expect(page).to_have_url(re.compile(second))
    page.get_by_label("Comment").press_sequentially("Shorter")
    until(lambda: opened.review_draft(second, _browser(page)).get("comment") == "Shorter", "the form hears its keys")
    page.keyboard.press("Alt+KeyR")
    answered = until(lambda: (one := opened.prompt(second)) and one.answer_value, "an answer")
    assert (answered["approve"], answered["comment"]) == (False, "Shorter")
    round_two = until(lambda: [one for one in opened.prompts() if one.run_id == second[:8]], "a second round")[0]
    open_request(page, asking, round_two.prompt_id)
    expect(body).to_contain_text("round 2, after the comment “Shorter”")
    key(page, f"request-led-{round_two.prompt_id}").get_by_text("What led here").click()
    expect(body).to_contain_text("Ask for changes")


def test_a_tool_of_an_agent_asks_and_its_parents_trace_shows_the_form(asking: AppProcess, page: Page, opened: Store):
    prompt_id = start(asking, page, "AskInTool")
    expect(key(page, "review-form")).to_contain_text("Delete all files in old?")  # on the Trace of the run itself
    key(page, "review-submit").get_by_role("button", name="Yes").click()
    expect(key(page, "result")).to_contain_text("deleted")
    prompt = opened.prompt(prompt_id)
    assert prompt is not None and prompt.answer_value == {"response": "yes"}


def test_a_form_with_every_kind_of_field_shows_the_prompt_for_reading_and_refuses_beside_the_field(
    asking: AppProcess, page: Page, opened: Store
):
    prompt_id = start(asking, page, "EveryField")
    open_request(page, asking, prompt_id)
    paper = key(page, "review-paper")
    expect(paper.get_by_role("heading", name="What we know")).to_be_visible()  # Markdown
    expect(paper).to_contain_text("2 rows × 2 columns")
    expect(paper.locator(".ss-result-tree")).to_contain_text("deep")
    key(page, "review-submit").get_by_role("button").click()
    expect(key(page, "review-form")).to_contain_text("This field is required.")
    assert opened.prompt(prompt_id).answered_at is None  # type: ignore[union-attr]
    page.get_by_label("name", exact=True).fill("Ada")
    page.get_by_label("count", exact=True).fill("3")
    page.get_by_label("city", exact=True).fill("Ulm")
    page.keyboard.press("Tab")
    page.reload()  # at once: what was typed is on its way, and the page runs again with each box that was left
    settled(page)
    expect(page.get_by_label("name", exact=True)).to_have_value("Ada")
    expect(page.get_by_label("count", exact=True)).to_have_value("3")
    expect(page.get_by_label("city", exact=True)).to_have_value("Ulm")
    key(page, "review-submit").get_by_role("button").click()
    run = until_run(opened, prompt_id[:8], lambda run: run.ended)
    assert run.result is not None and run.result["value"]["place"] == {"city": "Ulm", "floor": 0}


def test_rows_choices_and_dates_are_there_again_and_half_a_word_in_a_row(asking: AppProcess, page: Page, opened: Store):
    prompt_id = start(asking, page, "NestedFields")
    open_request(page, asking, prompt_id)
    items, bills = page.get_by_role("textbox", name="item"), page.get_by_role("button", name="Add bill")
    assert opened.drafts_of(_browser(page)).isdisjoint({prompt_id}), "nothing was done yet"
    for number in (1, 2, 3):
        bills.click()
        expect(items).to_have_count(number)
    items.nth(0).fill("Paper")
    page.get_by_role("button", name="Remove Bill 1").click()
    expect(items).to_have_count(2)
    page.get_by_role("button", name="Place", exact=True).click()
    page.get_by_role("textbox", name="city").fill("Ulm")
    page.get_by_role("button", name="Add an entry").click()
    page.get_by_role("textbox", name="Name 1").fill("rent")
    page.get_by_role("textbox", name="Value 1").fill("12.5")
    page.get_by_text("sure").click()
    day = key(page, "review-form").get_by_test_id("stDateInput").get_by_role("spinbutton")
    day.first.click()
    page.keyboard.type("20261130")
    items.nth(0).fill("Ink")
    until(lambda: opened.review_draft(prompt_id, _browser(page)).get("in:when") == "2026-11-30", "the date is kept")
    items.nth(1).press_sequentially("Half a wor")  # and the box is not left
    page.reload()
    settled(page)
    expect(items).to_have_count(2)
    expect(items.nth(0)).to_have_value("Ink")
    expect(items.nth(1)).to_have_value("Half a wor")
    items.nth(1).fill("Half a word")
    key(page, "review-form").get_by_role("button", name="Good").click()
    run = until_run(opened, prompt_id[:8], lambda run: run.ended)
    sent = run.result["value"]
    assert sent["bills"] == [{"item": "Ink", "amount": 1}, {"item": "Half a word", "amount": 1}]
    assert (sent["how"], sent["prices"], sent["where"]) == ({"city": "Ulm", "floor": 0}, {"rent": 12.5}, None)
    assert (sent["when"], sent["sure"], sent["mood"]) == ("2026-11-30", True, "good")


def test_of_several_types_of_answer_the_chosen_one_is_kept_and_sent(asking: AppProcess, page: Page, opened: Store):
    prompt_id = start(asking, page, "TwoKinds")
    open_request(page, asking, prompt_id)
    form = key(page, "review-form")
    for kind, field in (("Change it", "what"), ("Approve it", "Comment")):
        form.get_by_role("radio", name=kind).click()
        form.get_by_role("textbox", name=field).fill(f"typed for {kind}")
    settled(page)  # the choice is kept by the page's own run, at its end
    page.reload()
    settled(page)
    expect(form.get_by_role("radio", name="Approve it")).to_be_checked()
    expect(form.get_by_role("textbox", name="Comment")).to_have_value("typed for Approve it")
    expect(form).not_to_contain_text("Read in")
    page.set_viewport_size(PHONE)
    kinds = form.get_by_role("radio").all()
    large = "box => box.closest('button, label').getBoundingClientRect().height >= 43.5"
    eventually(page, lambda: all(kind.evaluate(large) for kind in kinds), "they are large enough for a finger")
    key(page, "review-submit").get_by_role("button").click()
    run = until_run(opened, prompt_id[:8], lambda run: run.ended)
    assert run.result is not None and run.result["value"] == "published: typed for Approve it"


NOTES = """
window.notes = [];
window.Notification = class {
  static get permission() { return localStorage.getItem('allowed') ?? 'default'; }
  static async requestPermission() {
    localStorage.setItem('allowed', 'granted');
    return this.permission;
  }
  constructor(title) { window.notes.push([title, this]); }
  close() {}
};
document.hasFocus = () => false;
"""


def test_a_browser_that_was_asked_to_says_that_one_more_waits_and_leads_there(asking: AppProcess, page: Page):
    page = page.context.new_page()  # the kept one would have the script for ever
    page.add_init_script(NOTES)
    open_page(page, f"{asking.url}/review")
    page.get_by_role("button", name="Notify me in this browser").click()
    expect(page.get_by_role("button", name="Notifications are on in this browser")).to_be_visible()
    open_page(page, asking.url)
    start(asking, page.context.new_page(), "AskBySteps")
    page.wait_for_function("() => window.notes.length")
    (title,) = page.evaluate("() => window.notes.map(([title]) => title)")  # other tests' requests may wait, too
    assert re.fullmatch("A request waits for you|[0-9]+ requests wait for you", title)
    page.evaluate("() => window.notes[0][1].onclick()")
    expect(key(page, "review-form")).to_be_visible()
    assert page.evaluate("() => window.notes.length") == 1


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[AppProcess]:
    """The app, to be started once there are requests: it takes up runs that have none yet."""
    made = AppProcess(tmp_path / "stepscope.db")
    yield made
    made.stop_later()


def test_two_hundred_requests_are_found_by_a_filter_on_a_desk_and_on_a_phone(crowded: AppProcess, page: Page):
    store = Store(crowded.database)
    file = str(PROJECT / "workflows" / "approval.py")
    try:
        for number in range(200):
            run_id = store.create_run(
                workflow="ApprovalWorkflow",
                module="approval",
                file=file,
                version="1",
                input={"topic": f"Topic {number}"},
            )
            asked = NewPrompt(
                f"{run_id}-1",
                1,
                "InputRequiredEvent",
                "generate_draft",
                f"Is {number} right? YES or NO",
                {"payload": f"Draft {number}. " * 20},
                None,
                {"type": "HumanResponseEvent", "module": "workflows.events", "schema": None, "open": True},
            )
            store.commit(
                [Commit(run_id, 1, ['{"seq":1,"t":1,"kind":"x"}'], run={"status": "waiting"}, prompts=[asked])]
            )
    finally:
        store.close()
    crowded.start()
    open_page(page, f"{crowded.url}/review")
    queue = page.get_by_role("navigation", name="Waiting requests")
    expect(queue.get_by_role("link")).to_have_count(200)
    expect(page.locator("[data-testid=stMain]")).to_contain_text("200 requests, oldest first")
    expect(page).to_have_title(re.compile(r"^\(200\) Review"))
    queue.get_by_role("searchbox").fill("topic 137")
    expect(queue.get_by_role("link")).to_have_count(1)
    queue.get_by_role("link").click()
    expect(key(page, "review-form")).to_contain_text("Is 137 right?")
    page.set_viewport_size(PHONE)
    expect(key(page, "review-queue")).to_be_hidden()
    expect(key(page, "review-phone-head")).to_contain_text("138 of 200")
    box = key(page, "review-submit").get_by_role("button").bounding_box()
    assert box is not None and box["height"] >= 44 and box["y"] + box["height"] <= PHONE["height"]  # pinned
    key(page, "review-phone-head").get_by_text("All 200 waiting").click()
    expect(key(page, "review-queue")).to_be_visible()
