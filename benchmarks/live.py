"""The Trace page, live and with runs of up to 1,000,000 records, in headless Chromium on the real app.

`emit_p95_ms_*`: from the moment at which a step writes to its stream to the row in the page's document, for a run of
the real engine; `20tabs`: the same run in 19 more tabs, which say they are hidden.
`lost_or_doubled`: records that are missing, twice or wrong in a page that was opened in the middle of a run, hidden and
shown, cut off the network, and whose server was killed and started again.
`open_*_ms`: the click on a run in Traces to its first rows; `reload_*_ms`: the same by F5. The records of these runs
were counted before by a server; `first_open_*_ms` is the very first time.
`filter_*_ms`: Enter in the filter to the final count with its rows, the slowest of step, event type, text and all
three; `regex_*_ms` likewise. Never the same filter twice.
`jump_1m_ms`: the scrollbar moved anywhere to drawn rows.
`heap_100k_mb`, `longest_block_100k_ms`: of a page that follows a live run to 100,000 records at 5,000 a second.
`idle_cpu_percent`: of the server, with 10 tabs on ended runs.
Baselines are the official page's own figures, measured once (`/work/shared/official-debugger.md`).
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, expect

from benchmarks import big_runs
from benchmarks.figures import Figure, median, p95, spread
from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import chromium, key, open_page, run_id_of, settled

TICKS = Path(__file__).with_name("live_ticks.py")
LEFT_OUT = ("jump_100k_ms", "reload_100k_ms", "gantt_100k_ms", "gantt_100k_zoomed_ms")
"""Said by the larger run already."""
ENDLESS = 100_000
"""Ticks of a run that is cancelled when enough was seen."""
LIVE_RATE = 5_000.0
PATIENCE_MS = 120_000

FEED = """
const scripts = performance.getEntriesByType('resource').map((entry) => entry.name);
const url = scripts.find((name) => name.endsWith('/parts/live.js'));
const { live } = await import(url);
const feed = [...live.feeds.values()].at(-1);
"""
# The tab says that it is hidden while `saysHidden` is set.
HIDING = """
Object.defineProperty(document, 'hidden', {get: () => Boolean(window.saysHidden)});
window.hide = (on) => { window.saysHidden = on; document.dispatchEvent(new Event('visibilitychange')); };
"""
LATE = f"""
async () => {{
  {FEED}
  const known = feed.upto;
  const seen = new Set();
  window.late = [];
  const look = () => {{
    const now = Date.now() / 1000;
    for (const shown of document.querySelectorAll('.ss-timeline .ss-rows [data-seq]')) {{
      const seq = Number(shown.dataset.seq);
      const row = feed.rows.get(seq);
      if (seq <= known || seen.has(seq) || !row) continue;
      seen.add(seq);
      window.late.push((now - row.t) * 1000);
    }}
  }};
  new MutationObserver(look).observe(document.body, {{childList: true, subtree: true}});
}}
"""
ROWS_DRAWN = "document.querySelector('.st-key-timeline .ss-rows [data-seq] .ss-short')"
WATCH = """
([event, shown]) => {
  window.measured = null;
  let began = 0;
  const seen = new Function('return ' + shown);
  const look = () => {
    if (window.measured !== null || !began || !seen()) return;
    window.measured = performance.now() - began;
    observer.disconnect();
  };
  const observer = new MutationObserver(look);
  const begin = () => { began ||= performance.now(); queueMicrotask(look); };
  document.addEventListener(event, begin, {capture: true, once: true});
  observer.observe(document.body, {childList: true, subtree: true, characterData: true, attributes: true});
}
"""
FIRST_ROWS = f"""
new MutationObserver((_, observer) => {{
  if (!({ROWS_DRAWN})) return;
  window.firstRows = performance.now();
  observer.disconnect();
}}).observe(document, {{childList: true, subtree: true}});
"""
JUMP = """
async (share) => {
  const scroller = document.querySelector('.st-key-timeline .ss-scroller');
  const began = performance.now();
  const top = Math.round((scroller.scrollHeight - scroller.clientHeight) * share);
  scroller.scrollTop = top;
  const drawn = () => {
    const box = scroller.getBoundingClientRect();
    const rows = [...scroller.querySelectorAll('[data-seq]')].filter((row) => {
      const at = row.getBoundingClientRect();
      return at.bottom > box.top && at.top < box.bottom;
    });
    return rows.length > 5 && rows.every((row) => row.querySelector('.ss-short'));
  };
  await new Promise((done) => requestAnimationFrame(done));
  while (!drawn()) await new Promise((done) => setTimeout(done, 1));
  return performance.now() - began;
}
"""
SET_FILTER = """
({q, step, event, regex}) => {
  const set = (label, value) => {
    const select = document.querySelector(`.ss-filter-choices select[aria-label="${label}"]`);
    if (value && ![...select.options].some((option) => option.value === value)) select.append(new Option(value, value));
    select.value = value;
  };
  set('Step', step);
  set('Event type', event);
  document.querySelector('.ss-timeline .ss-expression').setAttribute('aria-pressed', String(regex));
  document.querySelector('.ss-timeline [aria-label="Filter by text"]').value = q;
}
"""
CLEAR_FILTER = "() => document.querySelector('.ss-filter-choices .ss-link').click()"
# Goes through the whole timeline and gives [seq, what it says] in the order in which it is shown.
SHOWN = """
async (total) => {
  const scroller = document.querySelector('.st-key-timeline .ss-scroller');
  const found = [];
  const wait = () => new Promise((done) => setTimeout(done, 15));
  const rows = () => [...scroller.querySelectorAll('.ss-row[aria-rowindex]')];
  for (let line = 1; line <= total;) {
    scroller.scrollTop = (line - 1) * 30;
    let here = [];
    for (let tries = 0; tries < 400; tries += 1) {
      here = rows().filter((row) => Number(row.ariaRowIndex ?? row.getAttribute('aria-rowindex')) - 1 >= line);
      if (here.length && here.every((row) => row.querySelector('.ss-what').textContent !== '…')) break;
      await wait();
    }
    if (!here.length) break;
    for (const row of here) found.push([Number(row.dataset.seq), row.querySelector('.ss-short').textContent]);
    line += here.length;
  }
  return found;
}
"""


def measure(small: bool) -> list[Figure]:
    """The figures of this benchmark; `small` for CI: short live runs, one of 5,000 records for the big ones."""
    figures: list[Figure] = []

    def add(*measured: Figure) -> None:
        # Load averages above the number of cores say that the machine had other things to do.
        found = [replace(figure, note=f"{figure.note} · load {os.getloadavg()[0]:.1f}") for figure in measured]
        figures.extend(found)
        for figure in found:
            print(figure.line(), file=sys.stderr, flush=True)  # the whole takes minutes

    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        app = AppProcess(Path(name) / "stepscope.db", [str(TICKS)]).start()
        store = Store(app.database)
        try:
            for figure in _live(browser, app, small):
                add(figure)
            add(_lost(browser, app, store, 300 if small else 3_000, 100.0 if small else 200.0))
            add(*_followed(browser, app, store, 5_000 if small else 100_000))
            for label, count in (("100k", 5_000),) if small else (("100k", 100_000), ("1m", 1_000_000)):
                run_id = big_runs.write(store, count)
                add(*_big(browser, app, store, run_id, label, 2 if small else 9))
            add(_idle(browser, app, store, 2 if small else 10, 3.0 if small else 20.0))
        finally:
            store.close()
            app.stop()
    return figures


# -- live --


def _context(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(HIDING)
    context.add_init_script(FIRST_ROWS)
    return context


def _start(page: Page, app: AppProcess, count: int, rate: float) -> str:
    """Run the ticks from their page; the page then shows the run."""
    open_page(page, f"{app.url}/workflow?id=benchmarks.live_ticks.Ticks")
    page.get_by_label("count").fill(str(count))
    page.get_by_label("rate").fill(str(int(rate)))
    page.get_by_label("rate").press("Tab")
    key(page, "run-start").get_by_role("button").click()
    run_id = run_id_of(page)
    page.wait_for_function(ROWS_DRAWN, timeout=PATIENCE_MS)
    settled(page)
    return run_id


def _live(browser: Browser, app: AppProcess, small: bool) -> Iterator[Figure]:
    plans = [("20eps", 20.0, 0, 20, 5_100.0), ("200eps", 200.0, 0, 50, None), ("20tabs", 20.0, 19, 60, None)]
    for name, rate, tabs, goal, official in plans:
        seconds = 3 if small else 20
        context = _context(browser)
        page = context.new_page()
        hidden = [context.new_page() for _ in range(min(tabs, 2) if small else tabs)]
        run_id = _start(page, app, ENDLESS, rate)
        for tab in hidden:
            tab.goto(f"{app.url}/trace?run={run_id}")
            tab.wait_for_function(ROWS_DRAWN, timeout=PATIENCE_MS)
            tab.evaluate("window.hide(true)")
        page.bring_to_front()
        page.evaluate(LATE)
        page.wait_for_timeout(seconds * 1000)
        late = [float(value) for value in page.evaluate("window.late")]
        note = f"median {median(late)}, {len(late)} rows" if late else "nothing was shown"
        yield Figure(f"emit_p95_ms_{name}", p95(late), "ms", official, goal, note)
        store = Store(app.database)
        store.ask_cancel(run_id, "")
        store.close()
        context.close()


def _lost(browser: Browser, app: AppProcess, store: Store, count: int, rate: float) -> Figure:
    context = _context(browser)
    starter, page = context.new_page(), context.new_page()
    run_id = _start(starter, app, count, rate)
    starter.close()
    page.goto(f"{app.url}/trace?run={run_id}")
    page.wait_for_function(ROWS_DRAWN, timeout=PATIENCE_MS)
    page.evaluate("window.hide(true)")
    page.wait_for_timeout(700)
    page.evaluate("window.hide(false)")
    page.wait_for_timeout(500)
    context.set_offline(True)
    page.wait_for_timeout(1000)
    context.set_offline(False)
    app.kill()
    app.start()
    deadline = time.monotonic() + 120
    while not (run := store.run(run_id)) or not run.ended:
        assert time.monotonic() < deadline, "the run did not end"
        time.sleep(0.1)
    expect(page.locator(".st-key-timeline .ss-total")).to_contain_text(f"{run.last_seq:,} records", timeout=PATIENCE_MS)
    settled(page)
    shown = page.evaluate(SHOWN, run.last_seq)
    context.close()
    return Figure("lost_or_doubled", _wrong(shown, store, run_id), "records", None, 0, f"of {run.last_seq:,}")


def _wrong(shown: list[tuple[int, str]], store: Store, run_id: str) -> int:
    """How many rows are missing, doubled, or say something else than their record."""
    seqs = [seq for seq, _ in shown]
    wanted = {record["seq"]: record for record in store.iter_records(run_id)}
    wrong = len(set(wanted) ^ set(seqs)) + len(seqs) - len(set(seqs))
    wrong += sum(one >= other for one, other in itertools.pairwise(seqs))
    for seq, short in shown:
        record = wanted.get(seq, {})
        if record.get("type") == "Tick":
            wrong += not short.startswith(f"n {record['fields']['n']} ")
    return wrong


def _followed(browser: Browser, app: AppProcess, store: Store, count: int) -> list[Figure]:
    run_id = big_runs.create(store)
    context = _context(browser)
    page = context.new_page()
    open_page(page, f"{app.url}/trace?run={run_id}")
    page.evaluate(
        "() => { window.longest = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries())"
        " window.longest = Math.max(window.longest, entry.duration); }).observe({type: 'longtask'}); }"
    )
    writer = multiprocessing.get_context("spawn").Process(target=_write_live, args=(app.database, run_id, count))
    writer.start()
    expect(page.locator(".st-key-timeline .ss-total")).to_contain_text(f"{count:,} records", timeout=PATIENCE_MS)
    writer.join()
    page.wait_for_timeout(500)
    longest = float(page.evaluate("window.longest"))
    client = context.new_cdp_session(page)
    client.send("HeapProfiler.enable")
    client.send("HeapProfiler.collectGarbage")
    heap = client.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    context.close()
    return [
        Figure("heap_100k_mb", round(heap, 1), "MB", 1_400.0, 60),
        Figure("longest_block_100k_ms", round(longest, 1), "ms", None, 100, "0: nothing above 50 ms"),
    ]


def _write_live(database: Path, run_id: str, count: int) -> None:
    store = Store(database)
    try:
        big_runs.write_live(store, run_id, count, LIVE_RATE)
    finally:
        store.close()


# -- big runs --


def _timed(page: Page, event: str, shown: str, act: Callable[[], object]) -> float:
    """Milliseconds from the event that `act` causes until the script `shown` is true."""
    page.evaluate(WATCH, [event, shown])
    act()
    page.wait_for_function("window.measured !== null", timeout=PATIENCE_MS)
    return float(page.evaluate("window.measured"))


def _big(browser: Browser, app: AppProcess, store: Store, run_id: str, label: str, turns: int) -> list[Figure]:
    context = _context(browser)
    page = context.new_page()
    # A run of few records is opened before, so that the page's scripts are in the cache, as they are for whoever works.
    open_page(page, f"{app.url}/trace?run={big_runs.write(store, 20)}")
    first = _opened(page, run_id)
    began = time.monotonic()
    while _ask(page, run_id, "choices", "steps.length") and not _ask(page, run_id, "matches?kind=run", "done"):
        page.wait_for_timeout(200)
    counting = time.monotonic() - began
    opened = [_opened(page, run_id) for _ in range(turns + 1)][1:]
    reloads = []
    for _ in range(turns):
        page.reload()
        page.wait_for_function("window.firstRows", timeout=PATIENCE_MS)
        reloads.append(float(page.evaluate("window.firstRows")))
        settled(page)
    jumps = [float(page.evaluate(JUMP, ((turn * 7 + 3) % 23 + 0.5) / 23.5)) for turn in range(turns * 2)]
    gantt = _gantt(page, label, turns)
    filters = _filters(page, label, turns)
    context.close()
    found = [
        Figure(f"open_{label}_ms", median(opened), "ms", None, 200, spread(opened)),
        Figure(f"first_open_{label}_ms", round(first, 1), "ms", None, 400, f"all counted {counting:.1f} s later"),
        Figure(f"reload_{label}_ms", median(reloads), "ms", None, 600, spread(reloads)),
        *filters,
        Figure(f"jump_{label}_ms", median(jumps), "ms", None, 100, spread(jumps)),
        *gantt,
    ]
    return [figure for figure in found if figure.name not in LEFT_OUT]


def _ask(page: Page, run_id: str, what: str, path: str) -> Any:
    return page.evaluate(f"async () => (await (await fetch('/stepscope/api/runs/{run_id}/{what}')).json()).{path}")


def _opened(page: Page, run_id: str) -> float:
    """From the click on the run in Traces to its first rows; the page then shows the run."""
    page.get_by_role("link", name="Traces").first.click()
    link = page.locator(f'a[href*="{run_id}"]').first
    link.wait_for(timeout=PATIENCE_MS)
    settled(page)
    page.wait_for_timeout(300)
    took = _timed(page, "pointerdown", ROWS_DRAWN, link.click)
    settled(page)
    return took


def _filters(page: Page, label: str, turns: int) -> list[Figure]:
    """Each filter once, so that nothing was found before; Enter, or a choice, to the final count with its rows."""
    goal = {"100k": 300, "1m": 800}[label]
    done = (
        "/^[0-9,]+ of /.test(document.querySelector('.st-key-timeline .ss-total').textContent)"
        f" && {ROWS_DRAWN} && !document.querySelector('.st-key-timeline .ss-what')?.textContent.includes('…')"
    )
    field = page.get_by_label("Filter by text")
    plans: dict[str, list[tuple[str, str, str]]] = {
        "step": [("", step, "") for step in big_runs.STEPS],
        "event": [("", "", f"{step.title()}ed") for step in big_runs.STEPS],
        "text": [(f"of {fruit}", "", "") for fruit in big_runs.FRUIT],
        "three": [(f"of {fruit}", "embed", "Embeded") for fruit in big_runs.FRUIT],
        "regex": [(f"part [0-9]*7 .*{fruit}", "", "") for fruit in big_runs.FRUIT],
    }
    taken: dict[str, float] = {}
    for name, filters in plans.items():
        values = []
        for q, step, event in filters[: min(turns, 5)]:
            if page.get_by_label("Step", exact=True).count() == 0:
                page.get_by_role("button", name="Filter by step, event type or kind").click()
            page.evaluate(SET_FILTER, {"q": q, "step": step, "event": event, "regex": name == "regex"})
            values.append(_timed(page, "keydown", done, lambda: field.press("Enter")))
            page.evaluate(CLEAR_FILTER)
            expect(page.locator(".st-key-timeline .ss-total")).to_contain_text("records", timeout=PATIENCE_MS)
        taken[name] = median(values)
    slowest = max(taken[name] for name in plans if name != "regex")
    note = " · ".join(f"{name} {value:g}" for name, value in taken.items() if name != "regex")
    return [
        Figure(f"filter_{label}_ms", slowest, "ms", None, goal, note),
        Figure(f"regex_{label}_ms", taken["regex"], "ms", None, 10 * goal, "of all records"),
    ]


def _gantt(page: Page, label: str, turns: int) -> list[Figure]:
    """The look chosen to the picture; nothing if this timeline has no Gantt."""
    tab = page.get_by_role("tab", name="Gantt")
    if tab.count() == 0:
        return []
    drawn = "document.querySelector('.ss-look-gantt:not([hidden]) [data-drawn]')"
    whole, zoomed = [], []
    for _ in range(turns):
        page.goto(page.url.partition("&look=")[0])  # anew, or the picture of the time before would be shown
        page.wait_for_function(ROWS_DRAWN, timeout=PATIENCE_MS)
        settled(page)
        whole.append(_timed(page, "pointerdown", drawn, tab.click))
        for _ in range(3):
            window = page.evaluate(f"{drawn}.dataset.drawn")
            page.wait_for_timeout(300)
            another = f"{drawn}.dataset.drawn !== {json.dumps(window)}"
            zoomed.append(
                _timed(
                    page,
                    "pointerdown",
                    another,
                    page.locator(".ss-timeline").get_by_role("button", name="Zoom in").click,
                )
            )
    page.get_by_role("tab", name="Table").click()
    return [
        Figure(f"gantt_{label}_ms", median(whole), "ms", None, 500, spread(whole)),
        Figure(f"gantt_{label}_zoomed_ms", median(zoomed), "ms", None, 50, spread(zoomed)),
    ]


def _idle(browser: Browser, app: AppProcess, store: Store, tabs: int, seconds: float) -> Figure:
    context = _context(browser)
    for _ in range(tabs):
        page = context.new_page()
        page.goto(f"{app.url}/trace?run={big_runs.write(store, 200)}")
        page.wait_for_function(ROWS_DRAWN, timeout=PATIENCE_MS)
        settled(page)
    process = psutil.Process(app.pid)
    time.sleep(2)
    before = sum(process.cpu_times()[:2])
    time.sleep(seconds)
    used = (sum(process.cpu_times()[:2]) - before) / seconds * 100
    context.close()
    return Figure("idle_cpu_percent", round(used, 2), "%", None, 1, f"{tabs} tabs, {seconds:g} s")
