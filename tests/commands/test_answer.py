"""`python -m inspectors prompts` and `answer`: what waits, and answering it as the Review page does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspectors.__main__ import main
from tests.runner.conftest import Bench, settings_for, workbench_on

ASKING = Path(__file__).parents[1] / "runner" / "asking.py"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """A workbench on the database that the commands use."""
    monkeypatch.setenv("STEPSCOPE_DB", str(tmp_path / "stepscope.db"))
    with workbench_on(settings_for(tmp_path)) as made:
        yield made


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    capsys.readouterr()
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_a_prompt_is_listed_answered_once_and_gone(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "prompts") == (0, "", "Nothing waits for a person.\n")
    run_id = bench.start("EveryField", ASKING)
    bench.let_go(run_id)
    code, out, _ = said(capsys, "prompts", "--json", "--run", run_id)
    (found,) = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and (found["run"], found["text"]) == (run_id, "Fill this in")
    assert "place" in found["answer"]["schema"]["properties"]
    prompt = found["prompt"]
    assert prompt in said(capsys, "prompts")[1]
    for values, sentence in (
        ("[]", "must be a JSON object"),
        ("{", "can't be read"),
        ('{"name": "Ada"}', "The answer needs count, place."),
        ('{"name": "Ada", "count": 1, "place": {"city": "Ulm"}, "none": 1}', "has no field none"),
    ):
        code, _, err = said(capsys, "answer", prompt, "--json", values)
        assert code == 2 and sentence in err
    code, _, err = said(capsys, "answer", prompt, "--json", '{"name": "A", "count": 1, "place": {"city": "Ulm"}}')
    assert code == 1 and "was not taken" in err, "the workflow's own rule: at least two letters"
    good = '{"name": "Ada", "count": 1, "place": {"city": "Ulm"}}'
    assert said(capsys, "answer", prompt, "--json", good, "--by", "a script")[:2] == (0, f"{prompt} is answered.\n")
    assert bench.ended(run_id).status == "done"
    code, _, err = said(capsys, "answer", prompt, "--json", good)
    assert code == 1 and "Already answered by a script at " in err
    assert said(capsys, "answer", "none-1", "--json", "{}")[0] == 2


def test_without_a_database_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STEPSCOPE_DB", str(tmp_path / "none.db"))
    assert said(capsys, "prompts")[0] == 2
    code, _, err = said(capsys, "answer", "p-1", "--json", "{}")
    assert code == 2 and "There is no database" in err and not (tmp_path / "none.db").exists()
