"""Gantt, Stream and State on the Trace page: the same records and the same selection as the table, seen otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from inspectors.store import Store
from inspectors.store.records import Commit
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, ready

NAMES = ["web", "arxiv", "news", "patents", "forum", "blog", "papers"]
START = 1_795_000_000.0
BLOCK = 1_000


class Made:
    """A run whose records are made up, so that times are known."""

    def __init__(self, store: Store, workflow: str) -> None:
        steps = [{"id": f"step:m.W.{name}", "kind": "step", "name": name} for name in ("fan_out", "search", "ask")]
        graph = {"name": workflow, "module": "m", "file": "m.py", "line": 1, "doc": "", "nodes": steps, "edges": []}
        self.store = store
        self.run_id = store.create_run(
            workflow=workflow, module="m", file="m.py", version="1", input={}, graph=graph, loaded=True
        )
        self.lines: list[str] = []
        self.then(0.0, "run_started", timeout=None, session=1, resumed=False)

    def then(self, t: float, kind: str, **fields: Any) -> int:
        seq = len(self.lines) + 1
        self.lines.append(json.dumps({"seq": seq, "t": START + t, "kind": kind, **fields}, separators=(",", ":")))
        return seq

    def event(self, t: float, key: str, type: str, via: str = "sent", **fields: Any) -> int:
        made = {"key": key, "type": type, "module": "m", "via": via, "by": "invocation_1", "from_step": "fan_out"}
        return self.then(t, "event", **made, fields=fields)

    def span(self, start: float, end: float, number: int, step: str, outcome: str = "ok", **fields: Any) -> list[Any]:
        """The two records of an invocation, for `add`."""
        begun = {"consumed": [f"e{number}"], "worker": 0, "workers": 4, "attempt": 1, "queue_ms": None, "takes": {}}
        told = {name: fields.pop(name) for name in ("retry_in", "error") if name in fields}
        invocation = {"invocation": f"invocation_{number}", "step": step}
        first = (start, "invocation_started", {**invocation, **begun, "work_item": f"w{number}", **fields})
        over = {**invocation, "took_ms": (end - start) * 1000, "gave": [], "gives": {}, "outcome": outcome, **told}
        return [first, (end, "invocation_ended", over)]

    def add(self, *spans: list[Any]) -> None:
        for t, kind, fields in sorted((record for span in spans for record in span), key=lambda record: record[0]):
            self.then(t, kind, **fields)

    def end(self, t: float, status: str = "done", error: dict[str, Any] | None = None) -> str:
        """Commit everything; gives the run's id."""
        self.then(t, "run_ended", status=status, result=None, error=error)
        for first in range(0, len(self.lines), BLOCK):
            lines = self.lines[first : first + BLOCK]
            self.store.commit([Commit(self.run_id, first + 1, lines=lines)])
        columns = {"status": status, "started_at": START, "ended_at": START + t, "active_s": t, "error": error}
        self.store.commit([Commit(self.run_id, len(self.lines) + 1, run=columns)])
        return self.run_id


def failed_research(store: Store) -> str:
    """Seven searches, one of which fails twice; nothing happens for four minutes before the last attempt."""
    made = Made(store, "MadeResearch")
    made.add(made.span(0.1, 0.3, 1, "fan_out"))
    for number, name in enumerate(NAMES, 10):
        made.event(0.4, f"e{number}", "Search", query=name)
    error = {"type": "ConnectionError", "message": "no answer", "traceback": "", "frames": []}
    spans = [made.span(1.0, 2.0 + n / 10, n, "search", queue_ms=500.0) for n in range(10, 17) if n != 13]
    spans.append(made.span(1.0, 2.0, 13, "search", "error", retry_in=240.0, error=error))
    spans.append(made.span(242.0, 243.0, 99, "search", "error", work_item="w13", attempt=2, error=error))
    made.add(*spans)
    return made.end(243.0, "failed", {**error, "step": "search", "seq": len(made.lines)})


def bars(page: Page, kind: str) -> Locator:
    return page.locator(f".ss-g-rows .ss-g-bar[data-kind={kind}]")


def look(page: Page, app: AppProcess, run_id: str, name: str) -> None:
    open_page(page, f"{app.url}/trace?run={run_id}&look={name}")


def test_the_gantt_tells_what_waited_ran_and_failed(app: AppProcess, page: Page, store: Store) -> None:
    look(page, app, failed_research(store), "gantt")
    timeline = key(page, "timeline")
    group = timeline.locator(".ss-g-row[data-kind=group]")
    expect(group).to_contain_text("7 ×")
    expect(bars(page, "failed")).to_have_count(0)
    group.get_by_role("button", name="7 lanes of search").click()
    expect(bars(page, "failed")).to_have_count(2)
    expect(bars(page, "retry")).to_have_count(1)
    expect(bars(page, "queued")).to_have_count(6)
    expect(timeline.locator(".ss-g-fold-words")).to_contain_text("// 3 min 5")
    expect(timeline.locator(".ss-g-end")).to_have_text("243.00 s")
    lane = timeline.locator(".ss-g-row", has_text="patents")
    failed = lane.get_by_role("button", name="search on “patents”: failed attempt 2")
    failed.click()
    expect(failed).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ss-details")).to_contain_text("search")
    timeline.get_by_role("tab", name="Table").click()
    expect(timeline.locator(".ss-row[aria-selected=true]")).to_contain_text("search started")
    page.keyboard.press("2")
    expect(failed).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("t")
    page.keyboard.press("ArrowLeft")
    expect(bars(page, "retry")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(timeline.locator(".ss-g-row", has_text="papers").locator("[data-kind=ran]")).to_be_focused()


def test_a_stretch_is_brushed_zoomed_and_shown_whole_again(app: AppProcess, page: Page, store: Store) -> None:
    made = Made(store, "MadeChain")
    made.add(*(made.span(n / 10, n / 10 + 0.05, n + 2, "search") for n in range(1, 400)))
    look(page, app, made.end(40.0), "gantt")
    timeline = key(page, "timeline")
    note = timeline.locator(".ss-g-row[data-kind=group] .ss-g-note")
    expect(note).to_contain_text("399 ×")
    expect(page.locator(".st-key-graph .ss-graph-pane[data-shown]")).to_be_attached()  # it has its height
    track = timeline.locator(".ss-g-row[data-kind=group] .ss-g-track").bounding_box()
    assert track is not None
    middle = track["y"] + track["height"] / 2
    page.mouse.move(track["x"] + 200, middle)
    page.mouse.down()
    page.mouse.move(track["x"] + 204, middle + 20, steps=3)
    page.mouse.move(track["x"] + 206, middle + 20)
    page.mouse.up()
    expect(timeline.locator(".ss-g-row[data-kind=lane]").first).to_be_visible()
    expect(timeline.locator(".ss-total")).to_contain_text("of 40 s")
    timeline.locator(".ss-g-scroller").dblclick(position={"x": 500, "y": 12})
    expect(note).to_contain_text("399 ×")
    page.keyboard.press("+")
    expect(timeline.locator(".ss-total")).to_contain_text("20 s of 40 s")
    timeline.get_by_role("button", name="Show the whole run").click()
    expect(note).to_contain_text("399 ×")


def test_many_tokens_are_a_few_texts(app: AppProcess, page: Page, store: Store) -> None:
    made = Made(store, "MadeStream")
    for number in range(12_000):
        if number % 100 == 99:
            made.event(number / 1000, f"s{number}", "Progress", "streamed", msg=f"page {number // 100}")
        else:
            piece = "# Page\n\nIt is **bold** and `code`. " if number % 100 == 0 else "<b>sand</b> "
            made.event(number / 1000, f"s{number}", "Token", "streamed", delta=piece)
    look(page, app, made.end(12.0), "stream")
    timeline = key(page, "timeline")
    first = timeline.locator(".ss-s-block").first
    expect(first.locator("strong")).to_have_text("bold")
    expect(first).to_contain_text("99 pieces")
    expect(first).to_contain_text("<b>sand</b>")
    expect(timeline.locator(".ss-total")).to_have_text("12,000 events streamed")
    assert timeline.locator(".ss-s-block").count() <= 90
    timeline.get_by_role("button", name="Markdown").click()
    expect(first).to_contain_text("**bold**")
    timeline.locator(".ss-s-head").nth(1).click()
    expect(page.locator(".ss-details")).to_contain_text("page 0")
    timeline.get_by_label("Filter by text").fill("page 118")
    expect(timeline.locator(".ss-s-block")).to_have_count(1)
    timeline.get_by_label("Filter by text").fill("")
    expect(timeline.locator(".ss-s-block").nth(5)).to_be_visible()
    timeline.get_by_role("tab", name="Table").click()
    expect(page.get_by_role("grid", name="Timeline")).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("3")
    expect(timeline.locator(".ss-s-chosen")).to_contain_text("page 119")
    assert timeline.locator(".ss-s-block").count() <= 90


def test_the_state_is_as_it_was_at_the_chosen_record(app: AppProcess, page: Page, store: Store) -> None:
    made = Made(store, "MadeState")
    at = {"op": "set", "step": "fan_out", "invocation": "invocation_1", "namespace": None}
    made.then(1.0, "store_written", **at, changes={"topic": [None, "rivers"]})
    second = made.then(2.0, "store_written", **at, changes={"topic": ["rivers", "lakes"]})
    made.then(3.0, "printed", stream="stdout", text="hello", invocation="invocation_1", step="fan_out")
    look(page, app, made.end(4.0), "state")
    timeline = key(page, "timeline")
    body = timeline.locator(".ss-v-body")
    expect(body).to_contain_text('"lakes"')
    expect(body.locator("del")).to_have_text('"rivers"')
    expect(timeline.locator(".ss-v-where")).to_contain_text("change 2 of 2")
    timeline.get_by_role("button", name="Previous change").click()
    expect(body).to_contain_text("new")
    expect(body).not_to_contain_text("lakes")
    timeline.get_by_role("button", name="Next change").click()
    expect(body).to_contain_text('"lakes"')
    expect(timeline.locator(".ss-v-changes")).to_contain_text(f"fan_out #{second}")
    expect(page.locator(".ss-details")).to_contain_text(f"#{second}")
    timeline.get_by_role("tab", name="Stream").click()
    expect(timeline).to_contain_text("This run wrote nothing to its stream.")
    timeline.get_by_role("tab", name="Gantt").click()
    expect(timeline).to_contain_text("No step ran.")


def test_looks_grow_with_a_run_that_goes_on(app: AppProcess, page: Page) -> None:
    open_page(page, app.url)
    key(page, "workflow-card-StreamingWorkflow").get_by_role("link").click()
    ready(page)
    page.get_by_label("pace").fill("600")  # it goes on until it is cancelled
    key(page, "run-form").get_by_text("Options").click()
    page.get_by_label("Time limit").fill("600")
    key(page, "run-start").get_by_role("button").click()
    timeline = key(page, "timeline")
    timeline.get_by_role("tab", name="Stream").click()
    expect(timeline.locator(".ss-s-list")).to_contain_text("Retrieving documents")
    timeline.get_by_role("tab", name="Gantt").click()
    expect(bars(page, "running").first).to_be_visible()
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel run").click()
    expect(key(page, "run-status")).to_contain_text("Cancelled")
    expect(bars(page, "running")).to_have_count(0)
    expect(bars(page, "cancelled").first).to_be_visible()


@pytest.mark.parametrize("name", ["gantt", "stream", "state"])
def test_looks_fit_a_phone(app: AppProcess, page: Page, store: Store, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    look(page, app, failed_research(store), name)
    host = key(page, "timeline").locator(f".ss-look-{name}")
    expect(host).to_be_visible()
    expect(host.locator(".ss-g-row,.ss-s-empty:visible,.ss-v-empty").first).to_be_visible()
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
