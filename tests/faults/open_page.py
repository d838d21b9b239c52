"""A person at an open page of a run, in a real Chromium; the page is never loaded anew."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

from playwright.sync_api import Page, TimeoutError, expect

from inspectors.discovery.model import WorkflowSource
from inspectors.store import Run
from tests.e2e.browser import key, open_page, run_id_of, settled

ROWS = """async (wanted) => {
  const seen = new Map();
  const pause = () => new Promise((done) => setTimeout(done, 50));
  const there = () => [...document.querySelectorAll('.st-key-timeline .ss-scroller [data-seq]')];
  const words = (row) => row.querySelector('.ss-what').textContent;
  const isDrawn = () => there().length > 0 && there().every((row) => words(row) !== '…');
  const drawn = async () => {
    // A rerun may put another timeline in the place of this one, and rows that are far away are fetched.
    for (let tries = 0; tries < 100 && !isDrawn(); tries += 1) await pause();
  };
  for (let tries = 0; tries < 3 && seen.size < wanted; tries += 1) {
    for (let step = 0; step < 2000; step += 1) {
      await drawn();
      const scroller = document.querySelector('.st-key-timeline .ss-scroller');
      const top = step * 300;
      if (!scroller || (step > 0 && top > scroller.scrollHeight)) break;
      scroller.scrollTop = top;
      await pause();
      await drawn();
      for (const row of there()) if (words(row) !== '…') seen.set(Number(row.dataset.seq), words(row));
    }
  }
  return [...seen.entries()].sort((one, other) => one[0] - other[0]);
}"""
"""Scrolls through the timeline: [seq, words] of each row that is drawn whole."""

DIALOGS_SEEN = """() => {
  window.stepscopeDialogs = 0;
  window.stepscopeMarked = true;
  const look = () => {
    for (const title of document.querySelectorAll('[role=dialog] h2')) {
      if (title.textContent === 'Connection error') window.stepscopeDialogs += 1;
    }
    requestAnimationFrame(look);
  };
  look();
}"""
"""Counts the frames in which Streamlit's own dialog lay over the page, and marks the page: a reload takes it away."""


class OpenPage:
    """What a person does with one tab, and sees."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def start(self, source: WorkflowSource, **values: object) -> str:
        """Open the workflow, fill the form, press Run; the run's id, once its page is there."""
        open_page(self.page, f"{self.url}/workflow?id={quote(source.id)}")
        for name, value in values.items():
            self.page.get_by_label(name).fill(str(value))
        key(self.page, "run-start").get_by_role("button").click()
        run_id = run_id_of(self.page)
        expect(key(self.page, "timeline")).to_be_visible()
        self.page.evaluate(DIALOGS_SEEN)
        return run_id

    def says_it_is_gone(self) -> None:
        """Wait until the page says calmly that there is no connection, in the header and beside the run."""
        expect(self.page.get_by_role("status").filter(has_text="Connection lost, reconnecting…")).to_be_attached()
        expect(key(self.page, "run-status")).to_contain_text("Not connected since")

    def is_back(self) -> None:
        """Wait until the page is connected and says nothing of it any more."""
        expect(self.page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]")).to_be_attached()
        expect(self.page.locator("html[data-ss-lost]")).to_have_count(0)
        expect(key(self.page, "run-status")).not_to_contain_text("Not connected")

    def records(self) -> int:
        """How many records the page says there are."""
        return int(key(self.page, "timeline").locator(".ss-total").inner_text().split(" ")[0].replace(",", ""))

    def approve(self) -> None:
        """Press the first button of the request."""
        key(self.page, "review-submit").get_by_role("button").click()

    def approve_if_there(self) -> None:
        """The same; the request may go away under the hand, when its server does."""
        with suppress(TimeoutError):
            key(self.page, "review-submit").get_by_role("button").click(timeout=3000)

    def asks(self) -> bool:
        """Whether a request can be answered here and now."""
        button = key(self.page, "review-submit").get_by_role("button")
        return button.count() == 1 and button.is_enabled()

    def cancel(self) -> None:
        """Cancel the run, and confirm it."""
        self.page.get_by_role("button", name="Cancel run").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Cancel run").click()

    def faults(self, run: Run) -> list[str]:
        """What is wrong with what the page shows of a run that has ended: every row once, its end, nothing else."""
        wrong = []
        expect(key(self.page, "timeline")).to_contain_text(f"{run.last_seq:,} records")
        settled(self.page)
        seqs = [seq for seq, _ in self.page.evaluate(ROWS, run.last_seq)]
        if seqs != list(range(1, run.last_seq + 1)):
            missing = sorted(set(range(1, run.last_seq + 1)) - set(seqs))
            wrong.append(f"The page shows {len(seqs)} rows of {run.last_seq}; missing {missing[:5]}.")
        if not self.page.evaluate("() => window.stepscopeMarked === true"):
            wrong.append("The page was loaded anew.")
        if frames := self.page.evaluate("() => window.stepscopeDialogs"):
            wrong.append(f"Streamlit's own dialog lay over the page for {frames} frames.")
        return wrong
