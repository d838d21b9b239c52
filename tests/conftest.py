"""What every test needs: no run may touch the person's own database, and no clock may fail a property."""

from pathlib import Path

import hypothesis
import pytest

# Other processes share the machine, so a slow example says nothing about the code.
hypothesis.settings.register_profile("stepscope", deadline=None, database=None)
hypothesis.settings.load_profile("stepscope")


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a database of its own through STEPSCOPE_DB, which child processes inherit."""
    path = tmp_path / "stepscope.db"
    monkeypatch.setenv("STEPSCOPE_DB", str(path))
    monkeypatch.delenv("STEPSCOPE_PYTHON", raising=False)
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run browser tests last: Playwright keeps an event loop in this thread, and asyncio.run fails beside one."""
    items.sort(key=lambda item: "e2e" in item.path.parts)
