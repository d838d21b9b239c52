"""The workflow page by mouse and by keyboard: choosing nodes, the graph in words, and a URL that keeps both."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.app_process import AppProcess
from tests.e2e.browser import eventually, key, open_page, ready, run_id_of, settled

ADDRESS = "workflow?id=approval.ApprovalWorkflow"
STEP = "step:approval.ApprovalWorkflow.generate_draft"


def test_a_chip_chooses_the_node_that_it_names(app: AppProcess, page: Page) -> None:
    open_page(page, f"{app.url}/{ADDRESS}&node={STEP}&tab=Step")
    facts = page.locator(".ss-node-facts")
    expect(facts).to_contain_text("generate_draft")
    facts.get_by_role("button", name="InputRequiredEvent").click()
    expect(facts.get_by_role("heading", level=2)).to_have_text("InputRequiredEvent")
    expect(page).to_have_url(re.compile("node=event%3Aworkflows.events.InputRequiredEvent"))
    node = key(page, "graph").get_by_role("button", name="event InputRequiredEvent")
    expect(node).to_have_attribute("aria-pressed", "true")
    facts.get_by_role("button", name="generate_draft").press("Enter")
    expect(facts.get_by_role("heading", level=2)).to_have_text("generate_draft")


def test_a_chip_that_is_pressed_before_the_graph_is_there_chooses_too(app: AppProcess, page: Page) -> None:
    held: list[Route] = []
    page.route("**/parts/graph.js", lambda route: held.append(route))
    page.goto(f"{app.url}/{ADDRESS}&node={STEP}&tab=Step")
    facts = page.locator(".ss-node-facts")
    facts.get_by_role("button", name="InputRequiredEvent").click()
    eventually(page, lambda: bool(held), "the graph's script was asked for")
    held[0].continue_()
    expect(facts.get_by_role("heading", level=2)).to_have_text("InputRequiredEvent")
    page.unroute("**/parts/graph.js")


def test_the_keyboard_walks_the_graph(app: AppProcess, page: Page) -> None:
    open_page(page, f"{app.url}/{ADDRESS}")
    ready(page)
    graph = key(page, "graph")
    start = graph.get_by_role("button", name="start event Start")
    start.focus()
    page.keyboard.press("ArrowDown")
    step = graph.get_by_role("button", name="step generate_draft")
    expect(step).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".ss-node-facts")).to_contain_text("approval.py, lines")
    expect(step).to_have_attribute("aria-pressed", "true")


def test_the_graph_in_words_is_kept_and_chooses_too(app: AppProcess, page: Page) -> None:
    open_page(page, f"{app.url}/{ADDRESS}")
    page.get_by_role("button", name="Graph in words").click()
    words = page.get_by_role("group", name="Workflow graph in words")
    # Other tests have run it: "(never taken)" may stand between.
    expect(words).to_contain_text(re.compile(r"takes HumanResponseEvent( \(never taken\))? · gives Stop"))
    words.get_by_role("button", name="handle_review").click()
    expect(page.locator(".ss-node-facts").get_by_role("heading", level=2)).to_have_text("handle_review")
    expect(page).to_have_url(re.compile("node=.*handle_review"))
    page.reload()
    expect(words.get_by_role("button", name="handle_review")).to_have_attribute("aria-pressed", "true")


def test_back_from_a_trace_leads_to_the_same_tab_and_node(app: AppProcess, page: Page) -> None:
    open_page(page, f"{app.url}/workflow?id=parallel_search.ParallelSearchWorkflow")
    key(page, "run-start").get_by_role("button").click()
    run_id_of(page)
    expect(key(page, "result")).to_be_visible()
    node = "step:parallel_search.ParallelSearchWorkflow.dispatch"
    open_page(page, f"{app.url}/workflow?id=parallel_search.ParallelSearchWorkflow&node={node}&tab=Past runs")
    ready(page)
    key(page, "past-runs-head").get_by_role("link", name="All runs of this workflow").click()
    expect(page).to_have_url(re.compile(r"traces\?workflow=ParallelSearchWorkflow"))
    expect(key(page, "trace-list")).to_contain_text("ParallelSearchWorkflow")
    settled(page)
    page.go_back()
    expect(page.get_by_role("tab", name="Past runs")).to_have_attribute("aria-selected", "true")
    expect(key(page, "graph").get_by_role("button", name="step dispatch")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"dispatch&tab=Past\+runs$"))
