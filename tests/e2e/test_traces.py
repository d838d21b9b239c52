"""Traces with ten thousand runs: filters in the URL, live rows, selecting, deleting, exporting, scrolling."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from inspectors.store import Run, Store
from inspectors.store.records import Commit
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import PHONE, eventually, key, open_page, says, settled

MANY, IN_A_DAY = 10_000, 690
COLUMNS = "run_id, workflow, module, file, status, input, result, error, created_at, started_at, ended_at, active_s"


def fill(store: Store) -> None:
    """Ten thousand ended runs of three workflows, one every two minutes; every tenth failed.

    Between 23 and 24 hours ago there is none, so that the last day holds as many while tests go on.
    """
    now = time.time()

    def row(number: int) -> tuple[object, ...]:
        failed = number % 10 == 3
        created = now - 60 - 120 * number - (3600 if number >= IN_A_DAY else 0)
        told = {"value": f"answer {number}", "type": "str"}
        error = {"type": "ConnectionError", "message": f"feed {number} refused", "step": "fetch"}
        where = (f"Flow{number % 3}", "flows", f"/tmp/{'one' if number % 6 < 3 else 'two'}/flows.py")
        values = (json.dumps({"topic": f"subject {number}"}), None if failed else json.dumps(told))
        times = (created, created, created + 1, 0.5 + number % 7)
        return (
            f"{number:08x}",
            *where,
            "failed" if failed else "done",
            *values,
            json.dumps(error) if failed else None,
            *times,
        )

    with store.writing() as db:
        db.executemany(
            f"INSERT INTO run ({COLUMNS}) VALUES ({','.join('?' * 12)})", (row(number) for number in range(MANY))
        )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app whose database has ten thousand runs."""
    started = AppProcess(tmp_path_factory.mktemp("many") / "stepscope.db")
    store = Store(started.database)
    fill(store)
    store.close()
    started.start()
    try:
        yield started
    finally:
        started.stop_later()


@pytest.fixture
def many_runs(many: AppProcess) -> Iterator[Store]:
    """Its database, read beside it."""
    opened = Store(many.database)
    yield opened
    opened.close()


def rows(page: Page) -> Locator:
    """The runs in view, as links."""
    return key(page, "trace-list").locator("a[data-run]")


def pill(page: Page, name: str) -> Locator:
    """The button that filters by a status."""
    return key(page, "trace-filters").get_by_role("group", name="Status").get_by_role("button", name=name)


def foot(page: Page) -> Locator:
    """How many runs are shown."""
    return key(page, "trace-list").locator(".ss-table-foot")


def check(page: Page, index: int) -> Locator:
    """The box that selects a row in view."""
    return key(page, "trace-list").get_by_role("listitem").nth(index).get_by_role("checkbox")


def test_rows_come_and_change_without_a_reload(fresh_app: AppProcess, page: Page):
    store = Store(fresh_app.database)
    open_page(page, f"{fresh_app.url}/traces")
    expect(page.locator("[data-testid=stMain]")).to_contain_text("No runs yet")
    first = store.create_run(workflow="Early", module="m", file="/tmp/m.py", version="1", input={"n": 1}, loaded=True)
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("Starting")
    store.commit([Commit(first, 1, run={"status": "running", "started_at": time.time(), "active_since": time.time()})])
    expect(rows(page).first).to_contain_text("Running")
    expect(pill(page, "Running")).to_have_text(re.compile(r"Running\s*1"))
    store.commit([Commit(first, 1, run={"status": "done", "result": {"type": "str", "value": "All well."}})])
    expect(rows(page).first).to_contain_text("All well.")
    # Under the pointer nothing moves: what is new is offered.
    rows(page).first.hover()
    second = store.create_run(workflow="Late", module="m", file="/tmp/m.py", version="1", input={}, loaded=True)
    news = key(page, "trace-list").get_by_role("button", name="1 new run · show")
    expect(news).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.mouse.move(5, 5)
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_have_attribute("data-run", second)
    expect(news).to_be_hidden()
    store.close()


def test_filters_are_in_the_url_and_back_undoes_them(many: AppProcess, page: Page):
    open_page(page, f"{many.url}/traces?q=feed+13&status=failed")
    expect(foot(page)).to_contain_text("12 runs shown")
    expect(key(page, "trace-filters").get_by_role("searchbox")).to_have_value("feed 13")
    expect(pill(page, "Failed")).to_have_attribute("aria-pressed", "true")
    pill(page, "Failed").click()
    expect(page).to_have_url(re.compile(r"/traces\?q=feed\+13$"))
    pill(page, "Done").click()
    expect(page).to_have_url(re.compile(r"q=feed\+13&status=done"))
    nothing = key(page, "trace-list")
    expect(nothing).to_contain_text("No run matches “feed 13” with status Done")
    expect(nothing).to_contain_text("12 runs match with other statuses.")
    nothing.get_by_role("button", name="Show all 12").click()
    expect(page).to_have_url(re.compile(r"/traces\?q=feed\+13$"))
    page.go_back()
    expect(nothing).to_contain_text("No run matches “feed 13” with status Done")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/traces\?q=feed\+13$"))
    page.go_back()
    expect(pill(page, "Failed")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(foot(page)).to_contain_text("12 runs shown")
    page.get_by_role("button", name="Clear filters").click()
    expect(page).to_have_url(re.compile(r"/traces$"))
    expect(foot(page)).to_contain_text("of 10,000 shown")


def test_files_with_one_class_name_are_told_apart(many: AppProcess, page: Page):
    open_page(page, f"{many.url}/traces")
    choice = key(page, "trace-filters").get_by_label("Workflow", exact=True)
    choice.select_option(label="Flow0, two/flows.py (1,667)")
    expect(page).to_have_url(re.compile(r"workflow=Flow0&file=%2Ftmp%2Ftwo%2Fflows.py"))
    expect(foot(page)).to_contain_text("of 1,667 shown")
    expect(rows(page).first).to_contain_text("two/flows.py")


def test_a_time_is_chosen_on_the_chart_by_keyboard_and_pointer(many: AppProcess, page: Page):
    open_page(page, f"{many.url}/traces?last=24h")
    chart = key(page, "trace-filters").get_by_role("group", name=re.compile("^Runs per half hour, last 24 h: 690 runs"))
    expect(key(page, "trace-filters").get_by_role("table")).to_contain_text("Runs per half hour, last 24 h")
    chart.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")  # the last two half hours may hold less: one is not over, one began before now
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    expect(key(page, "trace-filters")).to_contain_text("30 runs, 3 failed")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+$"))
    expect(foot(page)).to_contain_text("of 30 shown")
    page.go_back()
    expect(foot(page)).to_contain_text("of 690 shown")
    box = key(page, "trace-filters").locator(".ss-chart-plot").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 25, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+$"))
    expect(key(page, "trace-filters")).to_contain_text("Runs per 10 minutes, ")


def test_ten_thousand_runs_scroll_to_the_end_and_back_keeps_the_place(many: AppProcess, page: Page):
    open_page(page, f"{many.url}/traces")
    expect(foot(page)).to_contain_text("of 10,000 shown · scroll for more")
    assert rows(page).count() < 60, "only rows in view are in the page"
    scroller = key(page, "trace-list").locator(".ss-scroller")
    scroller.evaluate("element => { element.scrollTop = element.scrollHeight }")
    expect(rows(page).last).to_have_attribute("data-run", f"{MANY - 1:08x}")
    expect(foot(page)).to_contain_text("10,000 runs shown")
    scroller.evaluate("element => { element.scrollTop = 32 * 4000 }")
    there = key(page, "trace-list").locator(f"a[data-run='{4003:08x}']")
    there.click()
    expect(page).to_have_url(re.compile(rf"/trace\?run={4003:08x}"))
    expect(key(page, "run-status")).to_contain_text("Failed")
    settled(page)
    page.go_back()
    expect(there).to_be_in_viewport()
    page.get_by_role("link", name="Browse").first.click()
    expect(page.get_by_role("heading", name="Workflows")).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Traces").first.click()
    expect(key(page, "trace-list").locator(f"a[data-run='{0:08x}']")).to_be_in_viewport()


def test_a_range_is_selected_exported_and_deleted(many: AppProcess, many_runs: Store, page: Page, tmp_path: Path):
    asked = f"{many.url}/traces?q=subject+77"
    open_page(page, asked)
    expect(foot(page)).to_contain_text("shown")
    before = many_runs.count_runs()
    check(page, 1).click()
    check(page, 3).click(modifiers=["Shift"])
    chosen = [rows(page).nth(index).get_attribute("data-run") for index in (1, 2, 3)]
    listed = key(page, "trace-list")
    expect(listed).to_contain_text("3 selected")
    with page.expect_download() as download:
        listed.get_by_role("button", name="Export CSV").click()
    download.value.save_as(tmp_path / "some.csv")
    with (tmp_path / "some.csv").open(newline="", encoding="utf-8") as file:
        exported = list(csv.DictReader(file))
    assert [row["id"] for row in exported] == chosen
    assert json.loads(exported[0]["input"]) == {"topic": f"subject {int(str(chosen[0]), 16)}"}
    listed.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 3 runs?")
    dialog.get_by_role("button", name="Keep them").click()
    expect(dialog).to_be_hidden()
    assert many_runs.count_runs() == before
    listed.get_by_role("button", name="Delete", exact=True).click()
    with says(page, "[data-testid=stToast]", "3 runs deleted."):
        dialog.get_by_role("button", name="Delete 3 runs").click()
    expect(listed).not_to_contain_text("selected")
    expect(listed.locator(f"[data-run='{chosen[0]}']")).to_have_count(0)
    assert many_runs.count_runs() == before - 3
    assert page.url == asked


def test_all_that_match_are_exported_and_those_that_go_on_stay(many: AppProcess, many_runs: Store, page: Page):
    run_id = many_runs.create_run(
        workflow="Flow0",
        module="m",
        file="/tmp/one/flows.py",
        version="1",
        input={"topic": "subject 4242x"},
        loaded=True,
    )
    ended = many_runs.runs(text="subject 4242", status="done")
    open_page(page, f"{many.url}/traces?q=subject+4242")
    expect(foot(page)).to_contain_text("2 runs shown")
    key(page, "trace-list").get_by_role("checkbox", name="Select all runs found").click()
    expect(key(page, "trace-list")).to_contain_text("2 selected")
    with page.expect_download() as download:
        key(page, "trace-list").get_by_role("button", name="Export CSV").click()
    assert len(Path(download.value.path()).read_text(encoding="utf-8").splitlines()) == 3
    key(page, "trace-list").get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 run goes on or waits for a person and stays. Cancel it first.")
    dialog.get_by_role("button", name="Delete 1 run").click()
    expect(foot(page)).to_contain_text("1 run shown")
    assert [many_runs.run(run.run_id) for run in ended] == [None]
    left = many_runs.run(run_id)
    assert isinstance(left, Run)
    many_runs.delete_runs([run_id])
    assert many_runs.run(run_id) is not None
    many_runs.commit([Commit(run_id, 1, run={"status": "done"})])


def test_the_keyboard_reaches_everything(many: AppProcess, page: Page):
    open_page(page, f"{many.url}/traces")
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("/")
    expect(key(page, "trace-filters").get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("subject 5")
    expect(foot(page)).to_contain_text("of 1,111 shown")
    expect(page.locator(".ss-stale")).to_have_count(0)
    rows(page).first.focus()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(2)).to_be_focused()
    page.keyboard.press(" ")
    page.keyboard.press("Shift+ArrowDown")
    expect(key(page, "trace-list")).to_contain_text("2 selected")
    page.keyboard.press("End")
    expect(rows(page).last).to_be_focused()
    page.keyboard.press("Escape")
    expect(key(page, "trace-list")).not_to_contain_text("selected")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/trace\?run="))


def test_on_a_phone_nothing_is_wider_than_the_screen(many: AppProcess, page: Page):
    page.set_viewport_size(PHONE)
    open_page(page, f"{many.url}/traces")
    expect(rows(page).first).to_be_visible()
    expect(rows(page).first).to_contain_text("Flow")
    main = "document.querySelector('[data-testid=stMain]').scrollWidth"
    eventually(page, lambda: page.evaluate(main) <= 390, "nothing is wider than the screen")
    touched = check(page, 0).locator("..")
    eventually(page, lambda: (touched.bounding_box() or {"width": 0})["width"] >= 44, "a finger finds it")
