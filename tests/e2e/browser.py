"""A real Chromium, blocked from every host but this one, and what tests do with its pages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    Playwright,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.e2e.chromium import find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No other host has an address. Playwright's own routes would do that, too, but switch the browser's cache off and
    # take each request through Python: a third of all the time of the suite.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


FRUGAL = ["--js-flags=--no-opt,--no-maglev,--single-threaded", "--num-raster-threads=1"]
"""For tests: compiling for speed what runs for seconds takes a fifth of a page's processor time. Not for figures."""

# A browser waits for a server that shares two cores with other tests: a wait that ends too soon says nothing.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium(flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A headless Chromium, with more flags than all need."""
    playwright: Playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


class OfflineContext:
    """A browser context in which only this machine can be reached; other hosts that were asked for are kept.

    A context is used again by the next test after `reset`: its cache holds Streamlit's scripts, which a new one takes
    three times as long to load.
    """

    def __init__(self, browser: Browser, width: int = 1440, height: int = 1000, dark: bool = False) -> None:
        self._size: ViewportSize = {"width": width, "height": height}
        self._colors: Literal["dark", "light"] = "dark" if dark else "light"
        self.context: BrowserContext = browser.new_context(
            viewport=self._size, color_scheme=self._colors, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self._kept: Page | None = None
        self._lent = False
        self.context.on("request", self._note)
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def _note(self, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        if not request.url.startswith(("data:", "blob:")) and host not in ("127.0.0.1", "localhost"):
            self.foreign.append(request.url)

    def page(self) -> Page:
        """A page of this context: the one that is kept between tests, or a new one if that is in use."""
        if self._kept is not None and not self._lent:
            self._lent = True
            return self._kept
        page = self.context.new_page()
        if self._kept is None:
            self._kept, self._lent = page, True
        return page

    def reset(self) -> None:
        """Leave nothing to the next test: its page is blank, nothing is stored, the window has its size again."""
        if self._kept is not None and self._kept.is_closed():
            self._kept = None
        for page in self.context.pages:
            if page is not self._kept:
                page.close()
        if self._kept is not None:
            with suppress(Error):  # a page that never loaded has nothing stored, and refuses to be asked
                self._kept.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            self._kept.goto("about:blank")
            self._kept.set_viewport_size(self._size)
            self._kept.emulate_media(color_scheme=self._colors)
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.foreign, self.errors, self._lent = [], [], False


def settled(page: Page) -> None:
    """Wait until Streamlit has run the page's script and is connected."""
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]",
        timeout=PATIENCE_MS,
    )


PHONE: ViewportSize = {"width": 390, "height": 844}


def ready(page: Page) -> None:
    """Wait until a workflow's page stands still: its runner is ready, and nothing of it is drawn anew by itself."""
    expect(page.locator(".ss-source-state")).to_contain_text("Ready to run")
    settled(page)


def key(page: Page, name: str) -> Locator:
    """The container with this key."""
    return page.locator(f".st-key-{name}")


def eventually(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Wait until something is so that no single element shows; fails with `what` if it isn't in time."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not holds():
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(50)


SAID = """([places, words]) => {
  window.hasSaid = false;
  new MutationObserver((_, observer) => {
    if (![...document.querySelectorAll(places)].some((one) => one.textContent.includes(words))) return;
    window.hasSaid = true;
    observer.disconnect();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@contextmanager
def says(page: Page, places: str, words: str) -> Iterator[None]:
    """What is done in this block makes the page say so in one of these places (a selector), be it for a second only."""
    page.evaluate(SAID, [places, words])
    yield
    page.wait_for_function("window.hasSaid")


def open_page(page: Page, url: str) -> None:
    """Go to a page and wait for it."""
    page.goto(url)
    settled(page)


def run_id_of(page: Page) -> str:
    """The run in the page's URL, once there is one."""
    expect(page).to_have_url(re.compile(r"run=[0-9a-f]{8}"))
    found = re.search(r"run=([0-9a-f]{8})", page.url)
    assert found is not None
    return found.group(1)
