"""What every test needs: no run may touch the person's own database."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a database of its own through STEPSCOPE_DB, which child processes inherit."""
    path = tmp_path / "stepscope.db"
    monkeypatch.setenv("STEPSCOPE_DB", str(path))
    return path
