"""A real Chromium, blocked from every host but this one, and what tests do with its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, Route, expect, sync_playwright

from tests.e2e.chromium import find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# A browser waits for a server that shares two cores with other tests: a wait that ends too soon says nothing.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    playwright: Playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class OfflineContext:
    """A browser context in which only this machine can be reached; other hosts that were asked for are kept."""

    def __init__(self, browser: Browser, width: int = 1440, height: int = 1000, dark: bool = False) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.context.route("**/*", self._gate)

    def _gate(self, route: Route) -> None:
        host = urlsplit(route.request.url).hostname or ""
        if route.request.url.startswith(("data:", "blob:")) or host in ("127.0.0.1", "localhost"):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def page(self) -> Page:
        """A new page whose script errors are kept."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page


def settled(page: Page) -> None:
    """Wait until Streamlit has run the page's script and is connected."""
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]", timeout=30_000
    )


def key(page: Page, name: str) -> Locator:
    """The container with this key."""
    return page.locator(f".st-key-{name}")


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
