"""The graph, the details panel, the summary and the head of a run's page, on runs that are written record by record."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inspectors.store import Store
from inspectors.store.records import Commit
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import PHONE, eventually, key, open_page, run_id_of, settled

GRAPH = json.loads((Path(__file__).parents[1] / "trace/golden/parallel_search.graph.json").read_text(encoding="utf-8"))
SEARCH = "search_sources"
TALK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why is the sky blue?"}]
WANTED = [{"name": "look_up", "arguments": '{"word": "sky"}'}]


class Writer:
    """A run that a runner writes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.run_id = store.create_run(
            workflow=GRAPH["name"],
            module=GRAPH["module"],
            file="/gone.py",
            version="1",
            input={},
            graph=GRAPH,
            loaded=True,
        )
        self.seq = 0
        self.t = time.time()
        self.lines: list[str] = []

    def then(self, kind: str, **fields: Any) -> Writer:
        self.seq += 1
        self.t += 0.01
        self.lines.append(json.dumps({"seq": self.seq, "t": round(self.t, 6), "kind": kind, **fields}))
        return self

    def commit(self, **run: Any) -> Writer:
        first = self.seq - len(self.lines) + 1
        self.store.commit([Commit(self.run_id, first, lines=self.lines, run=run)])
        self.lines = []
        return self

    def fans_out(self, many: int) -> Writer:
        """The run begins, and that many events wait for the search."""
        self.then("run_started", timeout=None, session=1, resumed=False)
        self.then("event", key="x1", type="StartEvent", module="workflows.events", via="start", by=None, fields={})
        self.starts("i0", "dispatch", ["x1"], {"StartEvent": 1})
        for n in range(many):
            entry = {"work_item": f"w{n + 1}", "events": [f"i0.{n}"]}
            queued = {"steps": {SEARCH: {"queue": [[n, 0, [entry]]]}}}
            fields = {"source": f"source {n}", "api_key": {"$masked": True}, "deep": {"a": [1, 2], "needle": "hay"}}
            self.then(
                "event", key=f"i0.{n}", by="i0", from_step="dispatch", via="sent", engine=queued, **PART, fields=fields
            )
        return self.ends("i0", "dispatch", gave=["i0.0"], gives={"SearchEvent": many})

    def starts(self, name: str, step: str, consumed: list[str], takes: dict[str, int], **fields: Any) -> Writer:
        given = {"worker": 0, "workers": 3, "attempt": 1, "queue_ms": 20.0, "work_item": f"w{name[1:]}", **fields}
        return self.then("invocation_started", invocation=name, step=step, consumed=consumed, takes=takes, **given)

    def ends(self, name: str, step: str, outcome: str = "ok", **fields: Any) -> Writer:
        return self.then("invocation_ended", invocation=name, step=step, outcome=outcome, took_ms=250.0, **fields)

    def searches(self, n: int) -> Writer:
        taken = {"steps": {SEARCH: {"queue": [[0, 1, []]]}}}
        return self.starts(f"i{n}", SEARCH, [f"i0.{n - 1}"], {"SearchEvent": 1}, engine=taken)


PART = {"type": "SearchEvent", "module": "parallel_search"}


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    """A run in the app's database; it is over when the test is."""
    made = Writer(store)
    yield made
    made.then("run_ended", status="cancelled").commit(status="cancelled", ended_at=time.time())


def copied(page: Page, text: str) -> None:
    """Wait until the clipboard holds it."""
    eventually(page, lambda: page.evaluate("navigator.clipboard.readText()") == text, text)


def test_a_live_run_is_counted_on_the_graph_in_the_summary_and_in_the_title(
    app: AppProcess, page: Page, writer: Writer
) -> None:
    writer.fans_out(40)
    for n in (1, 2, 3):
        writer.searches(n)
    now = time.time()
    writer.ends("i1", SEARCH).commit(status="running", started_at=now, active_since=now)
    open_page(page, f"{app.url}/trace?run={writer.run_id}")
    graph, details, head = key(page, "graph"), page.locator(".ss-details"), key(page, "run-status")
    expect(graph).to_contain_text("step search_sources, running, 1 of 40 · 0.25 s, 2 running, 37 queued")
    expect(graph).to_contain_text("step dispatch, done, done · 0.25 s")
    expect(head).to_contain_text("2 of at least 41 steps")
    expect(head.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "5")
    step = details.get_by_role("row").filter(has_text=SEARCH)
    expect(step).to_contain_text("2 running")
    eventually(page, lambda: "▶ Running · ParallelSearchWorkflow" in page.title(), "the title says that it runs")

    error = {"type": "ConnectionError", "message": "no answer", "traceback": "", "frames": []}
    again = {"steps": {SEARCH: {"queue": [[0, 0, [{"work_item": "w3", "events": ["i0.2"], "attempts": 1}]]]}}}
    writer.ends("i2", SEARCH, "error", error=error)
    writer.ends("i3", SEARCH, "error", retry_in=9.0, error=error, engine=again).commit()
    expect(graph).to_contain_text("step search_sources, failed, 2 of 40 · 1 failed")
    expect(step.locator(".ss-failed-count")).to_have_text("2")
    step.get_by_role("button", name=SEARCH).click()
    expect(details).to_contain_text("failed, next attempt in 9.00 s")
    page.keyboard.press("Escape")

    writer.then("run_ended", status="done").commit(status="done", ended_at=time.time(), active_since=None, active_s=3.0)
    expect(head).to_contain_text("Done")
    eventually(page, lambda: "✓ Done · ParallelSearchWorkflow" in page.title(), "the title says that it is done")
    settled(page)  # the page ran again, and Streamlit wrote its own title
    eventually(page, lambda: "✓ Done · " in page.title(), "the title is kept when the page runs again")
    page.get_by_role("link", name="Traces").first.click()
    eventually(page, lambda: page.title().endswith("Traces · Stepscope"), "another page has its own title")
    assert "Done" not in page.title()


def test_an_invocation_tells_where_its_time_went_and_what_it_took_and_called(
    app: AppProcess, page: Page, writer: Writer
) -> None:
    error = {"type": "ConnectionError", "message": "no answer", "traceback": "", "frames": []}
    writer.fans_out(2).searches(1).ends("i1", SEARCH, "error", retry_in=0.5, error=error)
    writer.t += 0.5
    writer.starts("i2", SEARCH, ["i0.0"], {"SearchEvent": 1}, attempt=2, work_item="w1")
    call = {"call": "i2.c0", "invocation": "i2", "step": SEARCH, "what": "llm", "name": "Offline.chat"}
    writer.then("call_started", **call, model="offline", messages=TALK, left_out=2, options={"temperature": 0.5})
    tokens = {"prompt": 12, "completion": 3}
    writer.then(
        "call_ended", **call, outcome="ok", took_ms=9.0, completion="<b>Rayleigh</b>", tool_calls=WANTED, tokens=tokens
    )
    writer.ends("i2", SEARCH, gave=["i2.0"], gives={"SearchResultEvent": 1}).commit(status="running")
    open_page(page, f"{app.url}/trace?run={writer.run_id}")
    details = page.locator(".ss-details")
    page.locator(f".ss-node[data-node$='.{SEARCH}']").click()
    expect(details).to_contain_text("queued 20 ms")
    expect(details).to_contain_text("ran and failed 0.25 s")
    expect(details).to_contain_text("between attempts 0.51 s")
    attempts = details.locator(".ss-attempt")
    expect(attempts).to_have_count(2)
    expect(attempts.last).to_have_attribute("aria-current", "true")
    expect(details).to_contain_text("source 0")  # what it took, with its fields
    expect(details).to_contain_text("•••• masked")
    attempts.first.click()
    expect(details).to_contain_text("failed, next attempt in 0.50 s")
    attempts.last.click()

    details.get_by_role("button", name="Offline.chat").click()
    talk = details.locator(".ss-talk")
    expect(talk.locator(".ss-turn")).to_have_count(3)
    expect(talk).to_contain_text("2 messages left out: too long to keep")
    expect(talk).to_contain_text("Why is the sky blue?")
    expect(talk.locator(".ss-turn").last).to_contain_text("<b>Rayleigh</b>")
    expect(talk.locator(".ss-turn").last).to_contain_text("look_up")
    expect(talk.locator(".ss-turn").last).to_contain_text("12 tokens in, 3 out")
    expect(details).to_contain_text("temperature")


def test_fields_are_searched_and_copied_and_a_record_has_a_link(app: AppProcess, page: Page, writer: Writer) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    writer.fans_out(3).commit(status="running")
    open_page(page, f"{app.url}/trace?run={writer.run_id}")
    details = page.locator(".ss-details")
    key(page, "timeline").get_by_text("SearchEvent", exact=True).first.click()
    expect(details).to_contain_text("Sent by")
    details.get_by_role("button", name="Find in fields").click()
    field = details.get_by_role("searchbox", name="Find in fields")
    field.fill("hay")
    expect(details.locator(".ss-tree").first).to_contain_text("needle")
    expect(details.locator(".ss-tree").first).not_to_contain_text("source")
    field.fill("nowhere")
    expect(details).to_contain_text("Nothing here holds “nowhere”")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    details.get_by_role("button", name="Copy source").click()
    copied(page, "source 0")
    details.get_by_role("button", name="Copy deep").click()
    copied(page, json.dumps({"a": [1, 2], "needle": "hay"}, indent=2))
    expect(details.get_by_role("button", name="Copy api_key")).to_have_count(0)
    details.get_by_role("button", name="Link to #4").click()
    copied(page, f"{app.url}/trace?run={writer.run_id}&record=4")
    details.get_by_role("button", name="dispatch #3").click()
    expect(details.locator(".ss-bar")).to_contain_text("#3")


def test_the_summary_is_on_a_phone_too_and_its_tables_are_files(app: AppProcess, page: Page, writer: Writer) -> None:
    writer.fans_out(5).searches(1).ends("i1", SEARCH).commit(status="running")
    page.set_viewport_size(PHONE)
    open_page(page, f"{app.url}/trace?run={writer.run_id}")
    details = page.locator(".ss-details")
    expect(details.get_by_role("row").filter(has_text="SearchEvent")).to_contain_text("20 ms")
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")  # nothing is wider than the phone
    details.get_by_role("button", name="CSV").click()
    with page.expect_download() as saved:
        details.get_by_role("link", name="Steps one line a step").click()
    assert saved.value.suggested_filename == f"stepscope-{writer.run_id}-steps.csv"
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text(encoding="utf-8"))))
    assert [(row["step"], row["invocations"], row["done"]) for row in rows] == [
        ("dispatch", "1", "1"),
        (SEARCH, "1", "1"),
    ]


def test_a_failure_is_shown_with_the_lines_around_it(app: AppProcess, page: Page) -> None:
    open_page(page, app.url)
    key(page, "workflow-card-RiskyFailsWorkflow").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    run_id_of(page)
    details = page.locator(".ss-details")
    expect(details.locator(".ss-around").first).to_be_visible()
    expect(details.locator(".ss-source-line[data-failing]").last).to_contain_text("raise")
    expect(details.get_by_role("link", name="Open line")).to_have_attribute(
        "href", re.compile(r"vscode://file/.+/risky\.py:\d+")
    )
    eventually(page, lambda: "✕ Failed in risky_step · RiskyFailsWorkflow" in page.title(), "the title says it failed")
