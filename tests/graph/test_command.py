"""`python -m inspectors graph`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from inspectors.__main__ import main

ROOT = Path(__file__).parents[2]
RISKY = str(ROOT / "workflows" / "risky.py")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", RISKY]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [found["name"] for found in printed["workflows"]] == ["RiskyFailsWorkflow", "RiskyWorkflow"]
    assert set(printed["workflows"][0]) == {"name", "module", "file", "line", "nodes", "edges"}


@pytest.mark.parametrize(("form", "first"), [("mermaid", "flowchart TB"), ("dot", "digraph workflow {")])
def test_other_formats_of_one_class(form: str, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", f"{RISKY}:RiskyWorkflow", "--format", form]) == 0
    assert capsys.readouterr().out.startswith(first)


def test_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(ROOT / "workflows"), "--format", "mermaid"]) == 0
    assert "%% ApprovalWorkflow\nflowchart TB" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("nowhere.py", "nowhere.py does not exist."),
        (f"{RISKY}:Nope", "has no workflow Nope. It has RiskyFailsWorkflow, RiskyWorkflow."),
        (str(ROOT / "docs"), "there is no Python file in it."),
    ],
)
def test_errors_are_sentences(target: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", target]) == 2
    out, err = capsys.readouterr()
    assert (out, sentence in err, "Traceback" in err) == ("", True, False)


@pytest.mark.parametrize("words", [["graph"], ["graph", "x", "--format", "png"]])
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "inspectors", "graph", RISKY], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["workflows"]) == 2
