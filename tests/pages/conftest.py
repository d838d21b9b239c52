"""A workbench without runner processes, and pages run by Streamlit's AppTest without a browser."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from inspectors import workbench as workbench_module
from inspectors.settings import read_settings
from inspectors.workbench import Workbench
from tests.pages.bench import Runners

PAGES = Path(__file__).parents[2] / "pages"
sys.path.insert(0, str(PAGES))  # as Streamlit does


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, own_database: Path) -> Iterator[Workbench]:
    """A workbench on the samples with a database of its own."""
    made = Workbench(read_settings([]))
    made.supervisor.close()
    made.supervisor = Runners(made)  # type: ignore[assignment]
    monkeypatch.setattr(workbench_module, "_workbench", made)
    yield made
    made.close()


@pytest.fixture
def open_page(bench: Workbench) -> Callable[..., AppTest]:
    """Open a page by its file's name, with query parameters; the page must not raise."""

    def opened(name: str = "browse", **query: str) -> AppTest:
        app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=100)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        if name != "browse":
            app.switch_page(str(PAGES / f"{name}.py"))
            for key, value in query.items():
                app.query_params[key] = value
            app.run()
        assert not app.exception, [one.value for one in app.exception]
        return app

    return opened
