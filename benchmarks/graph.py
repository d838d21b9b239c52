"""Reading and drawing graphs, in headless Chromium on the real app; baseline: the engine's representation, and the
official helper's page.

`infer_N_ms`: from a file of N steps, never seen before, to its graph. Baseline: the engine's own representation of the
imported class.
`draw_N_ms`: from a click that asks for another look at the graph to the frame that shows it; nothing of it was laid out
before. Baseline: from the call of `draw_all_possible_flows` until its page stands still.
`select_500_ms`: from a click on a node to the frame that shows it chosen and dims what isn't connected.
`scan_2000_s`: 2,000 Python files that no cache knows.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks import graph_official
from benchmarks.figures import Figure, median, spread
from benchmarks.graph_workflows import class_name, workflow_source, write_program
from inspectors.discovery import discover
from inspectors.discovery.catalog import workflows_in
from inspectors.discovery.modules import read_module
from inspectors.graph.inferred import read_graph
from inspectors.graph.step_readings import read_steps
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import chromium, settled

GOALS = {
    "infer_100_ms": 50,
    "infer_500_ms": 250,
    "draw_10_ms": 50,
    "draw_100_ms": 120,
    "draw_500_ms": 500,
    "select_500_ms": 100,
}
SCAN_GOAL_S = 2.0
LOOKS = ("left to right", "Streamed events", "Resources", "top-down", "Streamed events", "left to right", "Resources")
"""Clicks in the menu, each of which shows the whole graph in a way that it was not laid out in before."""

WATCH = """
(done) => {
  window.measured = null;
  document.addEventListener('click', (event) => {
    const began = event.timeStamp;
    const observer = new MutationObserver(() => {
      if (!eval(done)) return;
      observer.disconnect();
      // The frame that is painted now shows it; the message comes after that frame.
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => { window.measured = performance.now() - began; };
        channel.port2.postMessage(0);
      });
    });
    observer.observe(document.querySelector('.ss-graph-pane'), {subtree: true, attributes: true});
  }, {capture: true, once: true});
}
"""


def measure(small: bool) -> list[Figure]:
    """The figures of this benchmark; `small` for CI: only 10 steps beside the official helper, few repetitions."""
    sizes = (10,) if small else (10, 100, 500)
    figures: dict[str, tuple[list[float], float | None]] = {}
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        for steps in (100,) if small else (100, 500):
            figures[f"infer_{steps}_ms"] = _infer(folder, steps, 2 if small else 7)
        flows = folder / "flows"
        flows.mkdir()
        for steps in sizes:
            (flows / f"row_{steps}.py").write_text(workflow_source(steps), encoding="utf-8")
        app = AppProcess(folder / "stepscope.db", [str(flows)])
        app.start()
        try:
            for steps in sizes:
                page = _open(browser, app.url, steps)
                figures[f"draw_{steps}_ms"] = _draw(page, 2 if small else len(LOOKS)), None
                if steps == sizes[-1]:
                    figures[f"select_{steps}_ms"] = _select(page, 2 if small else 7), None
                page.context.close()
        finally:
            app.stop()
        if graph_official.helper() is not None:
            for steps in sizes:
                workflow = graph_official.load(flows / f"row_{steps}.py", steps)
                took = graph_official.drawn_ms(browser, workflow, folder)
                figures[f"draw_{steps}_ms"] = figures[f"draw_{steps}_ms"][0], round(took)
        scan = _scan(folder / "program", 200 if small else 2_000, 1 if small else 3)
    found = [
        Figure(name, median(values), "ms", baseline, GOALS.get(name, GOALS["select_500_ms"]), spread(values))
        for name, (values, baseline) in figures.items()
    ]
    files = "200 files only" if small else f"{min(scan):.1f}–{max(scan):.1f}"
    return [*found, Figure("scan_2000_s", round(sorted(scan)[len(scan) // 2], 2), "s", None, SCAN_GOAL_S, files)]


def _infer(folder: Path, steps: int, repetitions: int) -> tuple[list[float], float]:
    took = []
    for turn in range(repetitions + 1):
        path = folder / f"infer_{turn}" / f"row_{steps}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(workflow_source(steps), encoding="utf-8")
        began = time.perf_counter()
        target = workflows_in(read_module(path))[0]
        found = read_graph(target, read_steps(target))
        took.append((time.perf_counter() - began) * 1000)
        assert sum(node.kind == "step" for node in found.nodes.values()) == steps
    workflow = graph_official.load(path, steps)
    return took[1:], round(graph_official.representation_ms(workflow), 1)  # the first one loads modules


def _open(browser: Browser, url: str, steps: int) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.goto(f"{url}/workflow?id=row_{steps}.{class_name(steps)}")
    page.wait_for_selector(".ss-graph-pane[data-shown]", timeout=120_000)
    settled(page)
    # The runner imports the workflow meanwhile; its graph may come as another one.
    page.wait_for_selector(".ss-source-state:not(:has-text('Starting the runner'))", timeout=300_000)
    page.wait_for_timeout(500)
    return page


def _measured(page: Page, done: str, click: object) -> float:
    page.evaluate(WATCH, done)
    assert callable(click)
    click()
    page.wait_for_function("window.measured !== null", timeout=60_000)
    return float(page.evaluate("window.measured"))


def _draw(page: Page, repetitions: int) -> list[float]:
    took = []
    for words in LOOKS[:repetitions]:
        page.get_by_role("button", name="More", exact=True).click()
        item = page.locator(".ss-graph-menu .ss-menu-item", has_text=words)
        before = page.locator(".ss-graph-pane").get_attribute("data-shown")
        done = f"document.querySelector('.ss-graph-pane').dataset.shown !== '{before}'"
        took.append(_measured(page, done, item.click))
        page.wait_for_timeout(200)
    return took


def _select(page: Page, repetitions: int) -> list[float]:
    took = []
    for number in range(1, repetitions + 1):
        page.get_by_label("Find a step").fill(f"step_{number}")
        page.wait_for_timeout(150)
        page.get_by_label("Find a step").fill("")
        page.wait_for_timeout(300)
        node = f'.ss-node[data-node$=".step_{number}"]'
        done = f"""document.querySelector('{node}').getAttribute('aria-pressed') === 'true'"""
        took.append(_measured(page, done, page.locator(node).click))
        settled(page)
        page.wait_for_timeout(200)
    return took


def _scan(folder: Path, files: int, repetitions: int) -> list[float]:
    took = []
    for turn in range(repetitions):
        program = folder / str(turn)
        write_program(program, files)
        began = time.perf_counter()
        found = discover([program])
        took.append(time.perf_counter() - began)
        assert len(found.workflows) == len(range(0, files, 20))
    return took
