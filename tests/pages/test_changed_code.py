"""A paused run whose code was changed says so on both pages, and its form sends which version answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from inspectors.runner.code_change import CodeChange
from inspectors.runner.supervisor import RunnerStatus
from inspectors.workbench import Workbench
from tests.pages.bench import add_pause, data_of, texts

OpenPage = Callable[..., AppTest]
CHANGED = "was changed after it asked this."


def approve(app: AppTest) -> None:
    """Press the primary button of the form."""
    next(button for button in app.button if button.key and button.key.endswith("-button-0")).click().run()


def test_review_says_it_without_jargon_and_sends_the_choice(open_page: OpenPage, bench: Workbench) -> None:
    add_pause(bench)
    assert CHANGED not in texts(open_page("review", prompt="p1"))
    bench.supervisor.change = CodeChange(asked_lives=True)
    app = open_page("review", prompt="p1")
    assert f"The workflow {CHANGED}" in texts(app) and "approval.py" not in texts(app)
    (choice,) = app.radio
    assert (choice.label, choice.options) == ("Answer with", ["The version that asked", "The new version"])
    assert data_of(app, "open_source")["file"].endswith("approval.py"), "a save while the page is open is heard"
    choice.set_value("new").run()
    approve(app)
    assert bench.supervisor.versions == ["new"]


def test_the_version_that_asked_answers_unless_the_person_chooses(open_page: OpenPage, bench: Workbench) -> None:
    run = add_pause(bench)
    bench.supervisor.change = CodeChange(asked_lives=True)
    app = open_page("trace_detail", run=run.run_id)
    assert f"approval.py {CHANGED}" in texts(app)
    approve(app)
    assert bench.supervisor.versions == ["asked"]


@pytest.mark.parametrize(
    ("change", "said", "sent"),
    [
        (CodeChange(False), "The version that asked is no longer in memory: the new version takes your answer.", None),
        (CodeChange(True, "line 3: invalid"), "the new one can’t be read now.", "asked"),
        (CodeChange(False, "line 3: invalid"), "Answer once its file is in order.", None),
    ],
)
def test_where_there_is_nothing_to_choose_it_says_which_answers(
    open_page: OpenPage, bench: Workbench, change: CodeChange, said: str, sent: str | None
) -> None:
    add_pause(bench)
    bench.supervisor.change = change
    app = open_page("review", prompt="p1")
    assert said in texts(app) and not app.radio
    approve(app)
    assert bench.supervisor.versions == [sent]


FLOW = '''"""A flow."""
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent


class Flow(Workflow):
    """Ends."""

    @step
    async def end(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
'''


def test_the_page_of_a_workflow_says_how_many_variables_its_runs_use(
    open_page: OpenPage, bench: Workbench, tmp_path: Path
) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "flow.py").write_text(FLOW)
    (folder / ".env").write_text("SERVICE_API_KEY=sk-verysecret\nREGION=north\n")
    bench.settings = replace(bench.settings, targets=(str(folder),))
    said = texts(open_page("workflow", id="flow.Flow"))
    assert "Runs use 2 variables from flows/.env." in said
    assert "verysecret" not in said and "REGION" not in said
    (folder / ".env").write_text("no variable at all !\nREGION=north\n")
    app = open_page("workflow", id="flow.Flow", tab="Problems")
    assert "can't be understood in line 1" in texts(app)


def test_an_interpreter_that_cannot_be_used_stands_among_the_problems(open_page: OpenPage, bench: Workbench) -> None:
    sentence = "There is no Python at /nowhere/python. Name another with STEPSCOPE_PYTHON or --python."
    error = {"type": "Interpreter", "message": sentence, "traceback": "", "frames": []}
    bench.supervisor.state = RunnerStatus("failed", error=error)
    for tab in ("Run", "Problems"):
        said = texts(open_page("workflow", id="approval.ApprovalWorkflow", tab=tab))
        assert "There is no Python at /nowhere/python." in said
        assert "Name another with STEPSCOPE_PYTHON" in said.replace("\\", "")
