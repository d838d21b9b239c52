"""What every test needs: no run may touch the person's own database, and no clock may fail a property.

Properties are tried with STEPSCOPE_EXAMPLES examples each, 50 if it isn't set, as in CI. `STEPSCOPE_EXAMPLES=1000
python -m pytest -k fold` looks longer.
"""

import os
from pathlib import Path

import hypothesis
import pytest

# Other processes share the machine, so a slow example says nothing about the code.
hypothesis.settings.register_profile(
    "stepscope",
    deadline=None,
    database=None,
    max_examples=int(os.environ.get("STEPSCOPE_EXAMPLES", "50")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("stepscope")


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a database of its own through STEPSCOPE_DB, which child processes inherit."""
    path = tmp_path / "stepscope.db"
    monkeypatch.setenv("STEPSCOPE_DB", str(path))
    monkeypatch.delenv("STEPSCOPE_PYTHON", raising=False)
    return path


LONGEST = (
    "test_accessibility",
    "test_benchmarks",
    "test_server_dies",
    "test_first_approved_draft",
    "test_run_form",
    "test_resume",
    "test_two_people",
    "test_clean_stop",
    "test_reviewer_from_a_link",
    "test_live",
    "test_traces",
    "test_saving_a_file",
    "test_forms",
    "test_results",
)
"""Files of browser tests that take long: begun first, they leave no process working alone in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run browser tests last: Playwright keeps an event loop in this thread, and asyncio.run fails beside one."""
    items.sort(key=lambda item: ("e2e" in item.path.parts, "e2e" in item.path.parts and item.path.stem not in LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: a browser test waits for its page half of the time."""
    return (os.cpu_count() or 1) + 1
