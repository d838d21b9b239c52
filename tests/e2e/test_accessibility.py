"""axe-core over every page, light and dark and on a phone: nothing serious, in our parts or in Streamlit's.

axe comes with the package `axe-playwright-python`, so no other host is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.app_process import AppProcess
from tests.e2e.browser import PHONE, OfflineContext, key, open_page, run_id_of, settled

DESK = {"width": 1440, "height": 1000}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
NO_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}
"""A phone shows the same colours, and contrast takes most of the time."""

axe_script = Axe().axe_script


@pytest.fixture(scope="module")
def look(desk: OfflineContext) -> Iterator[Page]:
    """One page for all checks, so that scripts are loaded once."""
    desk.reset()
    yield desk.page()
    desk.reset()


@pytest.fixture(scope="module")
def runs(app: AppProcess, look: Page) -> dict[str, str]:
    """A run that waits, one that is done, one that failed: state -> run id."""
    found = {}
    for state, workflow, shown in (
        ("failed", "risky.RiskyFailsWorkflow", "error"),
        ("done", "parallel_search.ParallelSearchWorkflow", "result"),
        ("paused", "approval.ApprovalWorkflow", "review-form"),
    ):
        open_page(look, f"{app.url}/workflow?id={workflow}")
        key(look, "run-start").get_by_role("button").click()
        found[state] = run_id_of(look)
        expect(key(look, shown)).to_be_visible()
    return found


def serious(page: Page, **options: Any) -> list[str]:
    """What axe finds that keeps somebody out, one line for each element. Nothing on the page is left out."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(axe_script)
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], "preload": False, **options})
    return [
        f"{violation['id']}: {violation['help']}: {node['target'][0]}: {node['html'][:200]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def check(page: Page) -> None:
    """In light and dark, on a desk and on a phone. Streamlit takes up either while the page is open."""
    settled(page)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("[data-testid=stApp]")).to_have_css("color-scheme", "dark")
    assert serious(page, **CONTRAST) == []
    page.emulate_media(color_scheme="light")
    expect(page.locator("[data-testid=stApp]")).to_have_css("color-scheme", "light")
    page.set_viewport_size(PHONE)
    try:
        settled(page)
        assert serious(page, **NO_CONTRAST) == []
    finally:
        page.set_viewport_size(DESK)  # type: ignore[arg-type]


def test_browse(app: AppProcess, look: Page) -> None:
    open_page(look, app.url)
    expect(look.get_by_role("link", name="ApprovalWorkflow")).to_be_visible()
    check(look)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("id=approval.ApprovalWorkflow", "topic"),
        (
            "id=risky.RiskyFailsWorkflow&tab=Step&node=step:risky.RiskyFailsWorkflow.risky_step",
            "the retry policy decides",
        ),
        ("id=typed_events.TypedWorkflow&tab=Step&node=event:typed_events.MyStartEvent", "required"),
        ("id=approval.ApprovalWorkflow&tab=Problems", "Nothing wrong was found"),
        ("id=risky.RiskyFailsWorkflow&tab=Past runs", "failed"),
    ],
)
def test_workflow(app: AppProcess, look: Page, runs: dict[str, str], address: str, shown: str) -> None:
    open_page(look, f"{app.url}/workflow?{address}")
    expect(key(look, "workflow-body")).to_contain_text(shown)
    expect(look.locator(".ss-source-state")).to_contain_text("Ready to run")
    check(look)


def test_the_graph_in_words(app: AppProcess, look: Page) -> None:
    open_page(look, f"{app.url}/workflow?id=approval.ApprovalWorkflow")
    look.get_by_role("button", name="Graph in words").click()
    try:
        expect(look.get_by_role("group", name="Workflow graph in words")).to_contain_text("takes Start")
        check(look)
    finally:
        look.get_by_role("button", name="Graph in words").click()


@pytest.mark.parametrize("state", ["paused", "done", "failed"])
def test_trace(app: AppProcess, look: Page, runs: dict[str, str], state: str) -> None:
    open_page(look, f"{app.url}/trace?run={runs[state]}")
    expect(key(look, "timeline")).to_contain_text(re.compile("Run started"))
    check(look)


def test_review(app: AppProcess, look: Page, runs: dict[str, str]) -> None:
    open_page(look, f"{app.url}/review")
    expect(look.get_by_role("button", name="Approve")).to_be_visible()
    check(look)


def test_traces(app: AppProcess, look: Page, runs: dict[str, str]) -> None:
    open_page(look, f"{app.url}/traces")
    expect(key(look, "trace-list")).to_contain_text("ApprovalWorkflow")
    check(look)


def test_the_check_finds_what_is_wrong(app: AppProcess, look: Page) -> None:
    open_page(look, f"{app.url}/workflow?id=approval.ApprovalWorkflow")
    expect(look.locator(".ss-graph-bar")).to_be_visible()
    look.evaluate("() => document.querySelector('.ss-graph-bar').append(document.createElement('button'))")
    assert any(line.startswith("button-name") for line in serious(look))
