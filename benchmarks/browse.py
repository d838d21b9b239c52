"""Browse with 500 workflows, in headless Chromium on the real app; baseline: the same with the samples alone.

`browse_cold_open_ms`: opening Browse first after the server's start, when no file has been read yet, to the last card.
`browse_open_ms`: the same once the server has read the files.
`browse_search_ms`: from a key pressed in the search field to the frame that shows only what matches.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.figures import Figure, median, spread
from inspectors.discovery import discover
from inspectors.settings import SAMPLES
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import chromium

TEMPLATE = '''"""Flow {number} of team {team}."""

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Part{number}Event(Event):
    """A part of {word}."""

    text: str


class {word}{number}Workflow(Workflow):
    """Reads {word} number {number}, splits it and asks a person whether the parts are right.

    Kept by team {team}.
    """

    example_input = {{"topic": "{word}"}}

    @step
    async def split(self, ctx: Context, ev: StartEvent) -> Part{number}Event | None:
        """Send three parts."""
        for index in range(3):
            ctx.send_event(Part{number}Event(text=f"{{ev.topic}} {{index}}"))

    @step
    async def gather(self, ctx: Context, ev: Part{number}Event) -> InputRequiredEvent | None:
        """Wait for all parts."""
        parts = ctx.collect_events(ev, [Part{number}Event] * 3)
        return InputRequiredEvent(prefix="Right?", text=" ".join(part.text for part in parts)) if parts else None

    @step
    async def finish(self, ev: HumanResponseEvent) -> StopEvent:
        """Take the answer."""
        return StopEvent(result=ev.response)
'''
Contexts = Callable[[], AbstractContextManager[BrowserContext]]
"""Where a page is opened: a context without a cache each time, or, small, one for all."""
WORDS = ("Invoice", "Claim", "Refund", "Contract", "Ticket", "Order", "Survey", "Letter")

COUNT = "document.querySelectorAll('.ss-card:not([hidden])').length"
WATCH = """
(expected) => {
  window.measured = null;
  document.querySelector('.ss-search input').addEventListener('keydown', () => {
    const began = performance.now();
    const look = () => {
      if (COUNT === expected) requestAnimationFrame(() => { window.measured = performance.now() - began; });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, {capture: true, once: true});
}
""".replace("COUNT", COUNT)


def write_workflows(folder: Path, count: int) -> None:
    """Write `count` workflows, one a file, in twelve folders."""
    for number in range(count):
        team = folder / f"team_{number % 12:02d}"
        team.mkdir(parents=True, exist_ok=True)
        text = TEMPLATE.format(number=number, team=number % 12, word=WORDS[number % len(WORDS)])
        (team / f"flow_{number}.py").write_text(text, encoding="utf-8")


def measure(small: bool) -> list[Figure]:
    """The figures of this benchmark; `small` for CI."""
    many = 40 if small else 500
    repetitions = 1 if small else 7
    with tempfile.TemporaryDirectory() as name, chromium() as browser, _context(browser) as shared:
        contexts: Contexts = (lambda: nullcontext(shared)) if small else (lambda: _context(browser))
        folder = Path(name)
        write_workflows(folder / "flows", many)
        shutil.copytree(SAMPLES, folder / "samples")
        samples = len(discover([folder / "samples"]).workflows)
        few = _measured(contexts, folder, [str(folder / "samples")], samples, repetitions)
        all_ = _measured(contexts, folder, [str(folder / "flows")], many, repetitions)
    note = f"{many} workflows beside the {samples} samples"
    goals = {"browse_cold_open_ms": 8_000, "browse_open_ms": 1_500, "browse_search_ms": 100}
    return [
        Figure(name, median(all_[name]), "ms", median(few[name]), goal, f"{spread(all_[name])}; {note}")
        for name, goal in goals.items()
    ]


@contextmanager
def _context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    try:
        yield context
    finally:
        context.close()


def _measured(
    contexts: Contexts, folder: Path, targets: list[str], count: int, repetitions: int
) -> dict[str, list[float]]:
    """Milliseconds by figure, with a server of its own for each cold opening."""
    cold, warm, search = [], [], []
    app = AppProcess(folder / "stepscope.db", targets)
    for turn in range(1 if repetitions < 5 else 3):
        app.start()
        try:
            cold.append(_open(contexts, app.url, count)[0])
            if turn == 0:
                for _ in range(repetitions):
                    took, typed = _open(contexts, app.url, count, search=True)
                    warm.append(took)
                    search += typed
        finally:
            app.stop()
    return {"browse_cold_open_ms": cold, "browse_open_ms": warm, "browse_search_ms": search}


def _open(contexts: Contexts, url: str, count: int, search: bool = False) -> tuple[float, list[float]]:
    """Milliseconds to the last card in a browser without a cache; and from keys to what matches them."""
    with contexts() as context, context.new_page() as page:
        began = time.monotonic()
        page.goto(url)
        page.wait_for_function(f"{COUNT} === {count}", timeout=120_000)
        took = (time.monotonic() - began) * 1000
        return took, _type(page, count) if search else []


def _type(page: Page, count: int) -> list[float]:
    """Type a word that no workflow has, a key at a time, and take it away again; only keys that change much count."""
    field = page.get_by_label("Search name, text or file")
    times = []
    for key, expected in (("~", 0), ("Backspace", count)):
        field.focus()
        page.evaluate(WATCH, expected)
        page.keyboard.press(key)
        page.wait_for_function("window.measured !== null", timeout=60_000)
        times.append(float(page.evaluate("window.measured")))
    return times
