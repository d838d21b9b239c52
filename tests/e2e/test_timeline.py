"""The timeline of a run: filter, order, columns, keys, links to records, following; on a desk and on a phone."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from inspectors.store import Store
from inspectors.store.records import Commit
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import PATIENCE_MS, PHONE, OfflineContext, eventually, key, open_page, says, settled

FAILED, ASKED = (100, 301), 202


class Writing:
    """A run written as a runner writes it: step `work` and step `rest` in turn, an event each, two errors, a prompt."""

    def __init__(self, store: Store) -> None:
        self.store = store
        graph = {
            "nodes": [{"id": f"step:m.W.{name}", "kind": "step", "name": name} for name in ("work", "rest")],
            "edges": [],
        }
        self.run_id = store.create_run(
            workflow="W", module="m", file="/gone.py", version="1", input={}, graph=graph, loaded=True
        )
        self.seq = 0

    def record(self) -> dict[str, Any]:
        self.seq += 1
        number, step = self.seq // 4, ("work", "rest")[self.seq // 4 % 2]
        made: dict[str, Any] = {"seq": self.seq, "t": 1_790_000_000 + self.seq * 0.25}
        invocation = {"invocation": f"i{number}", "step": step}
        if self.seq == 1:
            return {**made, "kind": "run_started", "timeout": None}
        if self.seq in FAILED:
            error = {"type": "ValueError", "message": "rotten", "frames": [], "traceback": "boom"}
            return {
                **made,
                "kind": "invocation_ended",
                "outcome": "error",
                "took_ms": 9.0,
                "error": error,
                **invocation,
            }
        if self.seq == ASKED:
            return {**made, "kind": "prompt", "prompt": f"{self.run_id}-1", "step": step, "text": "Is it good?"}
        if self.seq % 4 == 0:
            more = {"worker": number % 3, "workers": 3, "attempt": 1, "takes": {}}
            return {**made, "kind": "invocation_started", **invocation, **more}
        if self.seq % 4 == 3:
            took = {"outcome": "ok", "took_ms": float(self.seq), "gives": {}}
            return {**made, "kind": "invocation_ended", **invocation, **took}
        fields = {"text": f"pear {number}" if number % 10 == 0 else f"plum {number}"}
        made["kind"] = "event"
        return {
            **made,
            "type": "Part",
            "module": "m",
            "via": "returned",
            "from_step": step,
            "fields": fields,
            "key": "x",
        }

    def commit(self, count: int, **columns: Any) -> None:
        lines = [json.dumps(self.record()) for _ in range(count)]
        self.store.commit([Commit(self.run_id, self.seq - count + 1, lines, run={"status": "running", **columns})])

    def end(self) -> None:
        self.seq += 1
        line = json.dumps({"seq": self.seq, "t": 1_790_001_000.0, "kind": "run_ended", "status": "done"})
        self.store.commit([Commit(self.run_id, self.seq, [line], run={"status": "done", "ended_at": time.time()})])


@pytest.fixture
def run(store: Store) -> Writing:
    """A run of 401 records that has ended."""
    made = Writing(store)
    made.commit(400)
    made.end()
    return made


def rows(page: Page) -> Locator:
    return page.locator(".st-key-timeline .ss-rows [data-seq]")


def row(page: Page, seq: int) -> Locator:
    return page.locator(f"#ss-row-{seq}")


def total(page: Page) -> Locator:
    return page.locator(".st-key-timeline .ss-total")


def field(page: Page) -> Locator:
    return page.get_by_label("Filter by text")


def head(page: Page, name: str) -> Locator:
    return page.locator(".ss-row-head").get_by_role("columnheader", name=name)


def shown(page: Page, seq: int) -> None:
    """Wait until a record's row is in view within the table, wherever the page itself is scrolled to."""
    page.wait_for_function(
        """(seq) => {
          const row = document.getElementById(`ss-row-${seq}`)?.getBoundingClientRect();
          const box = document.querySelector('.st-key-timeline .ss-scroller')?.getBoundingClientRect();
          return row && box && row.height > 20 && row.top >= box.top - 1 && row.bottom <= box.bottom + 1;
        }""",
        arg=seq,
        timeout=PATIENCE_MS,
    )


def open_run(page: Page, app: AppProcess, run: Writing, more: str = "") -> None:
    open_page(page, f"{app.url}/trace?run={run.run_id}{more}")
    expect(rows(page).first.locator(".ss-short")).to_be_attached()


def test_a_filter_leaves_out_the_rest_says_what_is_wrong_with_it_and_is_kept(
    app: AppProcess, page: Page, run: Writing
) -> None:
    open_run(page, app, run)
    expect(total(page)).to_have_text("401 records")
    page.locator("body").press("/")
    expect(field(page)).to_be_focused()
    page.keyboard.type("pear")
    expect(page).to_have_url(re.compile(r"[?&]q=pear(&|$)"))  # and no longer only "p"
    expect(total(page)).to_have_text(re.compile(r"^(1\d|2[0-2]) of 401$"))
    shown = int(total(page).inner_text().split(" ")[0])
    expect(rows(page)).to_have_count(shown)
    expect(rows(page).first).to_contain_text("pear 0")
    # An expression: a wrong one is said beside the field and changes nothing.
    page.get_by_role("button", name="Regular expression").click()
    field(page).fill("pear (")
    refusal = page.locator(".ss-filter-refusal")
    expect(refusal).to_contain_text("This is no regular expression: missing )")
    expect(field(page)).to_have_attribute("aria-invalid", "true")
    expect(total(page)).to_have_text(f"{shown} of 401")
    field(page).fill("pear [24]0”|^nothing")
    expect(refusal).to_be_hidden()
    expect(total(page)).to_have_text("0 of 401")
    expect(page.locator(".ss-no-match")).to_contain_text("No record matches “pear [24]0”|^nothing”")
    field(page).fill(r"pear [24]0\b")
    expect(total(page)).to_have_text("4 of 401")
    # Chosen from what there is; all of it holds at once, and F5 keeps it.
    page.get_by_role("button", name="Filter by step, event type or kind").click()
    page.get_by_label("Kind", exact=True).select_option(label="Events (197)")
    page.get_by_label("Step", exact=True).select_option("work")
    expect(total(page)).to_have_text("4 of 401")
    page.get_by_label("Step", exact=True).select_option("rest")
    expect(page.locator(".ss-no-match")).to_contain_text("step rest")
    page.get_by_label("Step", exact=True).select_option("work")
    expect(total(page)).to_have_text("4 of 401")
    page.reload()
    settled(page)
    expect(total(page)).to_have_text("4 of 401")
    expect(field(page)).to_have_value(r"pear [24]0\b")
    expect(page.get_by_label("Step", exact=True)).to_have_value("work")
    page.locator(".ss-filter-choices").get_by_role("button", name="Clear filter").click()
    expect(total(page)).to_have_text("401 records")
    expect(page).not_to_have_url(re.compile("[?&](q|step)="))
    # A wrong expression in a link: all is shown, and why.
    open_run(page, app, run, "&q=pear+(&regex=1")
    expect(refusal).to_contain_text("no regular expression")
    expect(field(page)).to_have_value("pear (")
    expect(total(page)).to_have_text("401 records")


def test_order_and_columns_are_chosen_by_their_heads(app: AppProcess, page: Page, run: Writing) -> None:
    open_run(page, app, run)
    expect(head(page, "#")).to_have_attribute("aria-sort", "ascending")
    head(page, "Took").get_by_role("button").click()
    expect(head(page, "Took")).to_have_attribute("aria-sort", "descending")
    expect(rows(page).first.locator(".ss-seq")).to_have_text("399")
    expect(head(page, "Took").get_by_role("button")).to_be_focused()
    head(page, "Step").get_by_role("button").click()
    expect(head(page, "Step")).to_have_attribute("aria-sort", "ascending")
    expect(rows(page).first.locator(".ss-step")).to_have_text("rest")
    head(page, "#").get_by_role("button").click()
    expect(rows(page).first.locator(".ss-seq")).to_have_text("1")
    # Columns that are hidden at first stay with the browser.
    expect(head(page, "Worker")).to_have_count(0)
    page.get_by_role("button", name="Columns and order").click()
    page.get_by_role("menuitemcheckbox", name="Worker").click()
    expect(row(page, 4).locator(".ss-worker")).to_have_text("2")
    page.reload()
    expect(row(page, 4).locator(".ss-worker")).to_have_text("2")
    page.get_by_role("button", name="Columns and order").click()
    page.get_by_role("menuitemcheckbox", name="Δ").click()
    expect(row(page, 4).locator(".ss-delta")).to_have_text("+0.250 s")
    page.get_by_role("button", name="Show clock times").click()
    expect(row(page, 4).locator(".ss-time")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3}$"))


def test_keys_go_through_the_whole_run_and_a_record_has_a_link(
    app: AppProcess, offline: OfflineContext, run: Writing
) -> None:
    page = offline.page()
    offline.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_run(page, app, run)
    body = page.locator("body")
    for pressed, seq in (("e", FAILED[0]), ("e", FAILED[1]), ("E", FAILED[0]), ("p", ASKED), ("j", 203), ("k", ASKED)):
        body.press(pressed)
        expect(row(page, seq)).to_have_attribute("aria-selected", "true")
        shown(page, seq)
    for pressed, place in (("g", ".st-key-graph .ss-node"), ("d", ".ss-details")):
        body.press(pressed)
        expect(page.locator(f"{place}:focus")).to_have_count(1)
    body.press("t")
    expect(page.get_by_role("grid", name="Timeline")).to_be_focused()
    page.keyboard.press("End")
    expect(row(page, 401)).to_have_attribute("aria-selected", "true")
    with says(page, ".ss-said", "No later error"):
        body.press("e")
    page.keyboard.press("Escape")
    expect(page.locator(".ss-row[aria-selected=true]")).to_have_count(0)
    # Within a filter only what it lets through; Enter in the field never leaves the page.
    field(page).fill("rotten")
    expect(total(page)).to_have_text("2 of 401")
    field(page).press("ArrowDown")
    page.keyboard.press("j")
    expect(row(page, FAILED[0])).to_have_attribute("aria-selected", "true")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("next, previous error")
    page.keyboard.press("Escape")
    # The link shows the record, whatever is in the way of it.
    with says(page, "button", "Copied"):
        page.get_by_role("button", name=f"Link to #{FAILED[0]}").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{app.url}/trace?run={run.run_id}&record={FAILED[0]}"
    open_page(page, link.replace(str(FAILED[0]), "250"))
    expect(row(page, 250)).to_have_attribute("aria-selected", "true")
    shown(page, 250)
    expect(page.locator(".ss-details h3")).to_have_text("Part")
    # Typing c and r in the timeline is for nobody: Streamlit would rerun the page, or ask to clear its caches.
    page.get_by_role("grid", name="Timeline").press("c")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_matches_of_a_live_run_are_followed_until_somebody_scrolls(
    app: AppProcess, page: Page, store: Store, phone: bool
) -> None:
    run = Writing(store)
    run.commit(120)
    if phone:
        page.set_viewport_size(PHONE)
    open_run(page, app, run)
    follower = key(page, "timeline").get_by_role("button", name="Following")
    expect(follower).to_have_attribute("aria-pressed", "true")
    expect(row(page, 120)).to_be_attached()
    field(page).fill("rest")
    expect(total(page)).to_have_text(re.compile(r"^\d+ of 120$"))
    run.commit(80)
    expect(total(page)).to_have_text(re.compile(r"^\d+ of 200$"))
    newest = max(seq for seq in range(190, 201) if seq // 4 % 2)
    shown(page, newest)
    follow = key(page, "timeline").get_by_role("button", name="Follow", exact=True)

    def scrolled_up() -> bool:  # again, if rows that came in that moment took the table along
        page.get_by_role("grid", name="Timeline").evaluate("list => { list.scrollTop = 0 }")
        return follow.is_visible()

    eventually(page, scrolled_up, "who scrolls up is not taken along")
    eventually(page, lambda: int(rows(page).first.get_attribute("data-seq") or 999) < 20, "the first rows are drawn")
    first = rows(page).first.get_attribute("data-seq")
    run.commit(40)
    expect(total(page)).to_have_text(re.compile(r"^\d+ of 240$"))
    assert rows(page).first.get_attribute("data-seq") == first
    page.get_by_role("grid", name="Timeline").press("f")
    newest = max(seq for seq in range(230, 241) if seq // 4 % 2)
    shown(page, newest)
    run.end()
    expect(key(page, "timeline").locator(".ss-follow")).to_be_hidden()
    if phone:  # nothing is wider than the page, and what is pressed is large enough for a finger
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
        small = page.evaluate(
            "[...document.querySelectorAll('.ss-timeline .ss-bar button:not(.ss-expression)')].filter("
            "(one) => one.offsetParent && one.getBoundingClientRect().height < 43.5).map((one) => one.title)"
        )
        assert small == []
