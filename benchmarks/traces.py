"""The Traces page with 10,000 runs, some of 60,000 characters, in headless Chromium on the real app.

`traces_click_to_rows_ms`: the click on Traces to the first rows; baseline: the same with 10 runs.
`traces_load_ms`: loading the page, its scripts cached, to the first rows; baseline: Streamlit's own table
(`st.dataframe`) of the same runs, read from the same database.
`traces_key_to_rows_ms`: a letter typed into the search to the rows it leaves; baseline: the same with 10 runs.
`traces_end_ms`: from the first row straight to the last.
`traces_scroll_frame_p95_ms`: the time from frame to frame that one in twenty exceeds while scrolling through all runs.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.bare_streamlit import bare_streamlit
from benchmarks.figures import Figure, median, spread
from benchmarks.many_runs import fill
from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import chromium, open_page

MANY, FEW, SMALL = 10_000, 10, 300
TYPED = "river"
STEPS, SMALL_STEPS = 120, 12
"""Frames in which the list is scrolled through."""

# Measured in the page: from the event that a person causes to the change of the document that shows its effect.
WATCH = """
([event, shown]) => {
  window.measured = null;
  let began = 0;
  const seen = new Function('return ' + shown);
  document.addEventListener(event, () => { began ||= performance.now(); }, {capture: true, once: true});
  const observer = new MutationObserver(() => {
    if (!began || !seen()) return;
    window.measured = performance.now() - began;
    observer.disconnect();
  });
  observer.observe(document.body, {childList: true, subtree: true, characterData: true, attributes: true});
}
"""
SCROLL = """
(steps) => new Promise((resolve) => {
  const list = document.querySelector('.ss-run-table .ss-scroller');
  const gaps = [];
  let before = null;
  let step = 0;
  const next = (now) => {
    if (before !== null) gaps.push(now - before);
    before = now;
    if (step > steps) return resolve(gaps.sort((one, two) => one - two)[Math.floor(gaps.length * 0.95)]);
    list.scrollTop = ((list.scrollHeight - list.clientHeight) * step) / steps;
    step += 1;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})
"""
ROWS = "document.querySelector('.ss-run-table a[data-run]')"
TO_END = "list => { list.scrollTop = list.scrollHeight }"
TABLE = """
import sqlite3
import pandas
import streamlit as st
columns = "run_id, workflow, status, input, result, error, created_at, active_s"
st.dataframe(pandas.read_sql(f"SELECT {columns} FROM run ORDER BY created_at DESC", sqlite3.connect(%r)))
"""


def measure(small: bool) -> list[Figure]:
    """The figures of this benchmark; `small` for CI, with fewer runs and repetitions."""
    turns, warm_up = (1, 0) if small else (11, 1)
    typed = TYPED[:1] if small else TYPED
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, _page(browser) as page:
        database = Path(folder) / "stepscope.db"
        _add_runs(database, FEW)
        app = AppProcess(database).start()
        try:
            few_click = _clicks(page, app, turns, warm_up)
            few_key = _keys(page, app, turns, typed)
            _add_runs(database, (SMALL if small else MANY) - FEW)
            click = _clicks(page, app, turns, warm_up)
            load = _loads(page, f"{app.url}/traces", ".ss-run-table a[data-run]", turns, warm_up)
            key = _keys(page, app, turns, typed)
            end, frames = _scrolls(page, app, turns, SMALL_STEPS if small else STEPS)
            table = _table(page, Path(folder), database, turns, warm_up)
        finally:
            app.stop()
    return [
        Figure("traces_click_to_rows_ms", median(click), "ms", median(few_click), 300, spread(click)),
        Figure("traces_load_ms", median(load), "ms", median(table), 1500, spread(load)),
        Figure("traces_key_to_rows_ms", median(key), "ms", median(few_key), 200, spread(key)),
        Figure("traces_end_ms", median(end), "ms", None, 100, spread(end)),
        Figure("traces_scroll_frame_p95_ms", median(frames), "ms", None, 50, spread(frames)),
    ]


def _add_runs(database: Path, runs: int) -> None:
    """Add so many runs to a database."""
    store = Store(database)
    fill(store, runs)
    store.close()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    """The page of all measurements: its cache holds Streamlit's scripts from the first turn on."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        yield context.new_page()
    finally:
        context.close()


def _timed(page: Page, event: str, shown: str, act: Callable[[], None]) -> float:
    """Milliseconds from the event that `act` causes until the script `shown` is true."""
    page.evaluate(WATCH, [event, shown])
    act()
    page.wait_for_function("window.measured !== null", timeout=60_000)
    return float(page.evaluate("window.measured"))


def _clicks(page: Page, app: AppProcess, turns: int, warm_up: int) -> list[float]:
    """From the click on Traces, on Browse, to the first rows. The turns that fill the cache aren't counted."""
    taken = []
    open_page(page, app.url)
    for _ in range(turns + warm_up):
        page.get_by_role("link", name="Browse").first.click()
        page.get_by_role("heading", name="Workflows").wait_for(timeout=60_000)
        page.wait_for_timeout(300)
        taken.append(_timed(page, "pointerdown", ROWS, page.get_by_role("link", name="Traces").first.click))
    return taken[warm_up:]


def _loads(page: Page, url: str, selector: str, turns: int, warm_up: int) -> list[float]:
    """From loading a page to an element of it; the turns that fill the cache aren't counted."""
    taken = []
    for _ in range(turns + warm_up):
        began = time.monotonic()
        page.goto(url)
        page.locator(selector).first.wait_for(timeout=60_000)
        taken.append((time.monotonic() - began) * 1000)
        page.wait_for_timeout(300)
    return taken[warm_up:]


def _keys(page: Page, app: AppProcess, turns: int, typed: str) -> list[float]:
    """From each letter of a word typed to the rows that it leaves."""
    taken = []
    open_page(page, f"{app.url}/traces")
    search = page.locator(".ss-runs-search input")
    for _ in range(turns):
        search.fill("")
        page.wait_for_timeout(400)
        search.focus()
        for at in range(len(typed)):
            shown = (
                "!document.querySelector('.ss-stale')"
                f" && document.querySelector('.ss-table-foot a').href.endsWith('q={typed[: at + 1]}')"
            )
            taken.append(_timed(page, "input", shown, lambda at=at: page.keyboard.type(typed[at])))  # type: ignore[misc]
    return taken


def _scrolls(page: Page, app: AppProcess, turns: int, steps: int) -> tuple[list[float], list[float]]:
    """Straight to the last row, and the 95th percentile of frames while scrolling through all of them."""
    ends, frames = [], []
    open_page(page, f"{app.url}/traces")
    page.locator(".ss-run-table a[data-run]").first.wait_for(timeout=60_000)
    scroller = page.locator(".ss-run-table .ss-scroller")
    last = "[...document.querySelectorAll('.ss-found-run')].at(-1)"
    shown = f"{last}.getAttribute('aria-posinset') === {last}.getAttribute('aria-setsize') && {last}.querySelector('a')"
    for _ in range(turns):
        page.reload()
        page.locator(".ss-run-table a[data-run]").first.wait_for(timeout=60_000)
        page.wait_for_timeout(500)
        ends.append(_timed(page, "scroll", shown, lambda: scroller.evaluate(TO_END)))
        scroller.evaluate("list => { list.scrollTop = 0 }")
        page.wait_for_timeout(300)
        frames.append(float(page.evaluate(SCROLL, steps)))
    return ends, frames


def _table(page: Page, folder: Path, database: Path, turns: int, warm_up: int) -> list[float]:
    """Loading a page with the same runs in Streamlit's own table."""
    with bare_streamlit(page, folder / "table.py", TABLE % str(database)) as url:
        return _loads(page, url, "[data-testid=stDataFrame] canvas", turns, warm_up)
