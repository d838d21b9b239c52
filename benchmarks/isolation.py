"""What runs that misbehave do to everybody else, in headless Chromium on the real app.

One page watches a run that writes an event every 100 ms; another goes from Browse to Traces again and again. First
alone, then beside one fault after the other, each in a runner of its own:
`isolation_FAULT_live_p95_ms`: from an event's making in the undisturbed run to its row on the page.
`isolation_FAULT_click_p95_ms`: from the click on Traces to the first rows.
Baseline: the same without a fault, measured just before it. The note is what the run's page said of the fault.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from benchmarks.figures import Figure, p95
from benchmarks.traces import ROWS, _timed
from inspectors.server.run_views import RunViews
from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import chromium, key, open_page, run_id_of

FAULTS = {
    "blocks": "Blocks",
    "spins": "Spins",
    "backtracks": "Backtracks",
    "memory": "Eats",
    "prints": "Prints",
    "sends": "Sends",
    "streams": "Streams",
    "fans_out": "FansOut",
    "carries": "Carries",
    "clings": "Clings",
}
SMALL = ("blocks", "backtracks")
SECONDS, SMALL_SECONDS = 12.0, 4.0
QUIET_SECONDS = 6.0
GOAL = 300
HERE = Path(__file__).parent

# A row is in the document a frame before it is seen; what was there when the watching began doesn't count.
WATCH_BEATS = """
() => {
  window.beats = [];
  const seen = new Set();
  const look = (count) => {
    for (const row of document.querySelectorAll('.st-key-timeline .ss-row')) {
      const at = /at (\\d{13})/.exec(row.textContent.replaceAll(',', ''))?.[1];
      if (!at || seen.has(at)) continue;
      seen.add(at);
      if (count) window.beats.push(Date.now() - Number(at));
    }
  };
  look(false);
  window.beatsWatched?.disconnect();
  window.beatsWatched = new MutationObserver(() => look(true));
  const changes = {childList: true, subtree: true, characterData: true};
  window.beatsWatched.observe(document.querySelector('.st-key-timeline'), changes);
}
"""


@dataclass
class Times:
    """Milliseconds of one stretch of time."""

    live: list[float] = field(default_factory=list)
    click: list[float] = field(default_factory=list)


def measure(small: bool) -> list[Figure]:
    """The figures of this benchmark; `small` for CI: two faults, a few seconds each."""
    figures = []
    seconds = SMALL_SECONDS if small else SECONDS
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        targets = [str(HERE / "isolation_faults.py"), str(HERE / "isolation_beats.py")]
        app = AppProcess(Path(folder) / "stepscope.db", targets, variables={"STEPSCOPE_MEMORY_LIMIT": "512MB"}).start()
        store = Store(app.database)
        try:
            watching, clicking, starting = (_page(browser) for _ in range(3))
            _start(watching, app, "Beats")
            expect(key(watching, "timeline")).to_contain_text("Beat")
            open_page(clicking, app.url)
            _stretch(watching, clicking, 2.0)  # fills the caches
            for name in SMALL if small else FAULTS:
                quiet = _stretch(watching, clicking, QUIET_SECONDS if not small else SMALL_SECONDS)
                run_id = _start(starting, app, FAULTS[name])
                _until_running(store, run_id)
                if name == "clings":
                    starting.get_by_role("button", name="Cancel run").click()
                    starting.get_by_role("dialog").get_by_role("button", name="Cancel run").click()
                beside = _stretch(watching, clicking, seconds)
                said = _said(store, run_id)
                for what in ("live", "click"):
                    value, baseline = p95(getattr(beside, what)), p95(getattr(quiet, what))
                    note = f"{len(getattr(beside, what))} measured" + (f"; {said}" if what == "live" else "")
                    figures.append(Figure(f"isolation_{name}_{what}_p95_ms", value, "ms", baseline, GOAL, note))
                    print(figures[-1].line(), file=sys.stderr, flush=True)  # the whole takes minutes
                _end(store, run_id)
        finally:
            for run in store.live_runs():
                store.ask_cancel(run.run_id, "")
            _until(lambda: not any(run.loaded for run in store.live_runs()), 20)
            store.close()
            app.stop()
    return figures


def _page(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1440, "height": 900}).new_page()


def _start(page: Page, app: AppProcess, workflow: str) -> str:
    """Run a workflow from its page; the page then shows the run."""
    open_page(page, app.url)
    key(page, f"workflow-card-{workflow}").get_by_role("link").click()
    key(page, "run-start").get_by_role("button").click()
    return run_id_of(page)


def _stretch(watching: Page, clicking: Page, seconds: float) -> Times:
    """What is measured in so many seconds."""
    times = Times()
    watching.evaluate(WATCH_BEATS)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or len(times.click) < 3:
        clicking.get_by_role("link", name="Browse").first.click()
        clicking.get_by_role("heading", name="Workflows").wait_for()
        clicking.wait_for_timeout(150)
        to_traces = clicking.get_by_role("link", name="Traces").first
        times.click.append(_timed(clicking, "pointerdown", ROWS, to_traces.click))
    times.live = [float(value) for value in watching.evaluate("window.beats")]
    return times


def _said(store: Store, run_id: str) -> str:
    """What the run's page says of it now: its notice, or how it ended."""
    run = store.run(run_id)
    assert run is not None
    if run.ended:
        return f"{run.status}: {(run.error or {}).get('message', '')}"[:160]
    view = RunViews(store).get(run)
    view.advance(run.last_seq)
    return re.sub(r"\s+", " ", view.summary(run)["notice"] or run.status)[:160]


def _until_running(store: Store, run_id: str) -> None:
    _until(lambda: (run := store.run(run_id)) is not None and run.status != "starting", 60)


def _end(store: Store, run_id: str) -> None:
    """Have the app's watch end the run's runner."""
    store.ask_cancel(run_id, "")
    _until(lambda: (run := store.run(run_id)) is not None and run.ended, 60)


def _until(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not in {seconds} s")
        time.sleep(0.05)
