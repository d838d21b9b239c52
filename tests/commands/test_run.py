"""`python -m inspectors run`: the result as JSON, or a sentence on stderr; 1 if the run failed, 2 for bad input.

Once as a process of its own, otherwise in this process, which is quicker; runs have their runner processes either way.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inspectors.__main__ import main
from inspectors.store import Store
from tests.waiting import PATIENCE

PROJECT = Path(__file__).resolve().parents[2]
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this process, which never raises."""
    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr("inspectors.runner.supervisor.CHECK_SECONDS", PATIENCE)

    def command(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(["run", *arguments])
        said = capsys.readouterr()
        return Done(arguments, code, said.out, said.err)

    return command


def test_an_answered_run_prints_its_result():
    command = [sys.executable, "-m", "inspectors", "run", "workflows/approval.py:ApprovalWorkflow"]
    command += ["--input", '{"topic": "tea"}', "--answer", '{"response": "APPROVE"}']
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, "Draft approved.", "")


def test_a_failed_run_says_why(run: Run):
    done = run("workflows/risky.py:RiskyFailsWorkflow")
    assert done.returncode == 1 and done.stdout == ""
    assert "failed in risky_step: ConnectionError: The price feed refused the connection" in done.stderr


def test_a_run_that_waits_says_what_for(run: Run):
    done = run("workflows/approval.py:ApprovalWorkflow", "--input", '{"topic": "tea"}')
    assert done.returncode == 1 and "waits for an answer: Please review this draft" in done.stderr


def test_an_input_that_does_not_fit_is_one_sentence(run: Run):
    done = run("workflows/draft_review.py:DraftReviewWorkflow", "--input", '{"topic": "tea", "max_rounds": 99}')
    assert done.returncode == 2 and "max_rounds" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["workflows/risky.py"], "has 2 workflows: name one, such as workflows/risky.py:Risky"),
        (["workflows/approval.py:Nothing"], "has no workflow Nothing. It has ApprovalWorkflow."),
        (["nowhere.py:Nothing"], "nowhere.py"),
        (["workflows/approval.py:ApprovalWorkflow", "--input", "{"], "--input is not valid JSON"),
        (["workflows/approval.py:ApprovalWorkflow", "--input", "[1]"], "must be a JSON object"),
    ],
)
def test_wrong_arguments_are_said_in_a_sentence(run: Run, arguments: list[str], sentence: str):
    done = run(*arguments)
    assert done.returncode == 2 and sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_class_that_two_files_have_must_be_named_by_file(run: Run, tmp_path: Path):
    source = (
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        "class Same(Workflow):\n    @step\n    async def end(self, ev: StartEvent) -> StopEvent:\n"
        "        return StopEvent(result=1)\n"
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(source)
    done = run(f"{tmp_path}:Same")
    assert done.returncode == 2 and "one.py" in done.stderr and "two.py" in done.stderr
    assert run(f"{tmp_path}/two.py:Same").stdout == "1\n"


CONSTRUCTED = "tests/runner/constructed.py"


def test_arguments_reach_the_constructor(run: Run):
    done = run(f"{CONSTRUCTED}:Typed", "--arguments", '{"folder": "a", "top_k": 4}')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[::4] == ["PosixPath('a')", "4"]


def test_arguments_that_do_not_fit_are_one_sentence(run: Run):
    done = run(f"{CONSTRUCTED}:Typed", "--arguments", '{"top_k": 0}')
    assert done.returncode == 2 and "folder: This argument is required." in done.stderr and "top_k: " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_class_that_nothing_can_make_shows_the_lines_to_write(run: Run):
    done = run(f"{CONSTRUCTED}:Impossible")
    assert done.returncode == 2 and "Impossible needs index (Index) to be made" in done.stderr
    assert "def build_impossible(top_k: int) -> Impossible:" in done.stderr and "Traceback" not in done.stderr


def test_a_preset_is_what_a_run_starts_from(run: Run, own_database: Path):
    store = Store(own_database)
    here = {"workflow": "Counts", "file": str(PROJECT / CONSTRUCTED)}
    options = {"timeout": 9.0, "verbose": False, "arguments": {"name": "b"}}
    store.save_preset(**here, name="Mine", input={}, options=options)
    store.save_preset(**here, name="Secret", input={}, left_out=["api_key"])
    done = run(f"{CONSTRUCTED}:Counts", "--preset", "Mine")
    assert (done.returncode, done.stdout) == (0, "[1, 9.0]\n"), done.stderr
    assert store.runs()[0].options == options
    assert run(f"{CONSTRUCTED}:Counts", "--preset", "Mine", "--timeout", "8").stdout == "[1, 8.0]\n"
    unknown = run(f"{CONSTRUCTED}:Counts", "--preset", "Other")
    assert unknown.returncode == 2 and "has no preset “Other”. It has “Mine”, “Secret”." in unknown.stderr
    secret = run(f"{CONSTRUCTED}:Counts", "--preset", "Secret")
    assert secret.returncode == 2 and "doesn't keep api_key" in secret.stderr
    store.close()
