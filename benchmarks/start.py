"""From a click to what a person sees, in headless Chromium on the real app.

`run_click_to_first_event_ms`: the click on Run (warm runner) to the first event row on the Trace page.
`approve_click_to_next_step_ms`: the click on Approve to the row of the step that goes on.
`app_start_to_graph_s`: starting the server to a workflow's graph in a page; baseline: an empty Streamlit app.

Times are taken in the page: a capturing listener notes the click, a MutationObserver the row in the document.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.bare_streamlit import bare_streamlit
from benchmarks.figures import Figure, median, spread
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import chromium, key, open_page

WATCH = """
([text, button]) => {
  window.measured = null;
  const began = {at: 0};
  const start = () => { began.at = performance.now(); };
  document.querySelector(button).addEventListener('pointerdown', start, {capture: true, once: true});
  const seen = () => (document.querySelector('.st-key-timeline')?.textContent ?? '').includes(text);
  const observer = new MutationObserver(() => {
    if (!began.at || !seen()) return;
    window.measured = performance.now() - began.at;
    observer.disconnect();
  });
  observer.observe(document.body, {childList: true, subtree: true, characterData: true});
}
"""


def measure(small: bool) -> list[Figure]:
    """The figures of this benchmark; `small` for CI."""
    repetitions = 1 if small else 15
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        app = AppProcess(Path(folder) / "stepscope.db")
        graph_s, empty_s, run_ms, approve_ms = [], [], [], []
        starts = 1 if small else 3
        for start in range(starts):
            empty_s.append(_empty_app(browser, Path(folder)))
            with _page(browser) as page:
                try:
                    graph_s.append(_app_to_graph(page, app))
                    if start == starts - 1:
                        run_ms, approve_ms = _clicks(page, app, repetitions, warm_up=0 if small else 1)
                finally:
                    app.stop()
    return [
        Figure("run_click_to_first_event_ms", median(run_ms), "ms", None, 300, spread(run_ms)),
        Figure("approve_click_to_next_step_ms", median(approve_ms), "ms", None, 100, spread(approve_ms)),
        Figure("app_start_to_graph_s", round(median(graph_s), 2), "s", round(median(empty_s), 2), 3, spread(graph_s)),
    ]


def _clicks(page: Page, app: AppProcess, repetitions: int, warm_up: int) -> tuple[list[float], list[float]]:
    """Milliseconds from Run to the first event, and from Approve to the next step, on a warm runner."""
    run_ms: list[float] = []
    approve_ms: list[float] = []
    for turn in range(repetitions + warm_up):
        open_page(page, app.url)
        key(page, "workflow-card-ApprovalWorkflow").get_by_role("link").click()
        page.get_by_text("Ready to run").or_(page.get_by_text("Usually")).first.wait_for(timeout=60_000)
        first = _timed(page, "StartEvent", "run-start")
        key(page, "review-submit").get_by_role("button").wait_for(timeout=60_000)
        page.wait_for_timeout(800)  # a person reads; meanwhile the run has left its runner's memory
        second = _timed(page, "handle_review started", "review-submit")
        if turn >= warm_up:  # what comes before warms server, browser cache and runner
            run_ms.append(first)
            approve_ms.append(second)
    return run_ms, approve_ms


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    """A page in a context of its own, with a cold cache. Its requests aren't gated: that would slow each of them."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    try:
        yield context.new_page()
    finally:
        context.close()


def _timed(page: Page, text: str, button: str) -> float:
    """Click the button of a keyed container; milliseconds until the timeline holds the text."""
    selector = f".st-key-{button} button"
    page.evaluate(WATCH, [text, selector])
    page.locator(selector).first.click()
    page.wait_for_function("window.measured !== null", timeout=60_000)
    return float(page.evaluate("window.measured"))


def _app_to_graph(page: Page, app: AppProcess) -> float:
    """Seconds from starting the server, which is left running, to the graph of a workflow in a page."""
    began = time.monotonic()
    app.start()
    page.goto(f"{app.url}/workflow?id=approval.ApprovalWorkflow")
    key(page, "graph").get_by_role("button", name="generate_draft").first.wait_for(timeout=60_000)
    return time.monotonic() - began


def _empty_app(browser: Browser, folder: Path) -> float:
    """Seconds from starting an empty Streamlit app to its text in a page: what is Streamlit's own share."""
    code = "import streamlit as st\nst.write('empty')\n"
    with _page(browser) as page:
        began = time.monotonic()
        with bare_streamlit(page, folder / "empty.py", code):
            page.get_by_text("empty").wait_for(timeout=60_000)
            return time.monotonic() - began
