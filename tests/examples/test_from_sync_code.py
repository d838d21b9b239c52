"""The script is run as its README says, and its function as any program would call it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspectors.recording import elsewhere
from inspectors.store import Store

EXAMPLES = Path(__file__).parents[2] / "examples"


def started(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run the script from the project's folder, warnings counted as errors."""
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    return subprocess.run(
        [sys.executable, "-W", "error", "examples/from_sync_code.py", *words],
        cwd=EXAMPLES.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def test_the_script_answers_and_its_run_is_recorded(own_database: Path) -> None:
    done = started("When", "do", "keys", "expire?")
    assert (done.returncode, done.stderr) == (0, "")
    answer, sources = done.stdout.strip().split("\n\n")
    assert answer.startswith("Keys expire after 90 days.") and "authentication.txt" in sources
    store = Store(own_database)
    (run,) = store.runs()
    assert (run.workflow, run.status, run.options["program"]) == ("RAGWorkflow", "done", "from_sync_code.py")
    store.close()


def test_its_function_can_be_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(sys, "path", [str(EXAMPLES), *sys.path])
    import from_sync_code  # type: ignore[import-not-found]

    first, second = (from_sync_code.run_workflow_sync("What are the key findings?") for _ in range(2))
    elsewhere.close_programs()
    assert first == second and "47 minutes earlier" in first["answer"]


def test_the_readme_names_both() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(path.name in readme for path in EXAMPLES.glob("*.py"))
