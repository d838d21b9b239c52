"""One Chromium for the session, one app on the samples, one offline context, blank before each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from inspectors.store import Store
from tests.e2e.app_process import STOPPING, AppProcess
from tests.e2e.browser import FRUGAL, OfflineContext, chromium


@pytest.fixture(scope="session", autouse=True)
def _no_server_is_left_behind() -> Iterator[None]:
    yield
    for started in STOPPING:
        started.stop_later()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests fail with a sentence, they are not skipped."""
    with chromium(FRUGAL) as started:
        yield started


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app on the samples."""
    started = AppProcess(tmp_path_factory.mktemp("app") / "stepscope.db").start()
    try:
        yield started
    finally:
        started.stop_later()


@pytest.fixture
def fresh_app(tmp_path: Path) -> Iterator[AppProcess]:
    """The app on the samples with no runs yet."""
    started = AppProcess(tmp_path / "stepscope.db").start()
    try:
        yield started
    finally:
        started.stop_later()


@pytest.fixture
def store(app: AppProcess) -> Iterator[Store]:
    """The app's database, read beside it."""
    opened = Store(app.database)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def desk(browser: Browser) -> Iterator[OfflineContext]:
    """The context that tests use one after the other."""
    context = OfflineContext(browser)
    yield context
    context.context.close()


@pytest.fixture
def offline(desk: OfflineContext) -> Iterator[OfflineContext]:
    """A context that reaches this machine only; the test fails if a page asked another host or a script failed."""
    desk.reset()
    yield desk
    foreign, errors = desk.foreign, desk.errors
    desk.reset()
    assert foreign == [], "a page asked another host"
    assert errors == [], "a script on a page failed"


@pytest.fixture
def page(offline: OfflineContext) -> Page:
    """A page in the offline context."""
    return offline.page()


@pytest.fixture
def hostile_app(tmp_path: Path) -> Iterator[AppProcess]:
    """The app on workflows whose every string is an attack."""
    folder = tmp_path / "targets"
    folder.mkdir()
    source = Path(__file__).with_name("hostile.py").read_text(encoding="utf-8")
    (folder / "hostile.py").write_text(source, encoding="utf-8")
    started = AppProcess(tmp_path / "stepscope.db", [str(folder)]).start()
    try:
        yield started
    finally:
        started.stop_later()
