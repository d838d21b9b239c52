"""A file that changes or vanishes while its page is open or a run of it waits: said in words, the trace stays."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from inspectors import workbench as workbench_module
from inspectors.diagnostics import problems_of
from inspectors.settings import read_settings
from inspectors.store import Run
from inspectors.workbench import Workbench
from tests.bad_input.conftest import GOOD, PROJECT
from tests.waiting import has_ended, is_let_go, until_run

PAGES = PROJECT / "pages"
sys.path.insert(0, str(PAGES))  # as Streamlit does


@pytest.fixture
def bench(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """A workbench on a copy of the approval sample."""
    (project / "mine.py").write_text((PROJECT / "workflows" / "approval.py").read_text())
    made = Workbench(read_settings([str(project)]))
    monkeypatch.setattr(workbench_module, "_workbench", made)
    yield made
    made.close()


def paused(bench: Workbench) -> Run:
    source = next(source for source in bench.catalog().workflows if source.name == "ApprovalWorkflow")
    run_id = bench.supervisor.start(source, {"topic": "tea"}, {})
    return until_run(bench.store, run_id, is_let_go)


def refused(bench: Workbench, prompt_id: str) -> str:
    """Why an answer was not taken; "" if it was."""
    prompt = bench.store.prompt(prompt_id)
    return str(prompt.refused or "") if prompt else ""


def page(name: str, **query: str) -> AppTest:
    """A page with its query; no exception may reach it."""
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=100)
    app.run()
    app.switch_page(str(PAGES / f"{name}.py"))
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def texts(app: AppTest) -> str:
    return " | ".join(one.value for one in app.text)


def forget(bench: Workbench) -> None:
    """Read the targets anew at once."""
    bench.look_again()


def test_a_run_goes_on_in_its_runner_though_its_file_is_gone(bench: Workbench, project: Path) -> None:
    run = paused(bench)
    (project / "mine.py").unlink()
    forget(bench)
    shown = texts(page("trace_detail", run=run.run_id))
    assert "ApprovalWorkflow" in shown and "not here" not in shown
    assert "not here" in texts(page("workflow", id="mine.ApprovalWorkflow"))
    prompt = bench.store.prompts(run.run_id)[0]
    assert bench.supervisor.answer(prompt.prompt_id, {"response": "APPROVE"}).accepted
    assert until_run(bench.store, run.run_id, has_ended).status == "done"
    assert "not here" not in texts(page("trace_detail", run=run.run_id))


def test_an_answer_to_a_run_whose_file_and_runner_are_gone(
    bench: Workbench, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = paused(bench)
    bench.close()
    (project / "mine.py").unlink()
    later = Workbench(read_settings([str(project)]))
    monkeypatch.setattr(workbench_module, "_workbench", later)
    try:
        prompt = later.store.prompts(run.run_id)[0]
        assert later.supervisor.answer(prompt.prompt_id, {"response": "APPROVE"}).accepted
        now = until_run(later.store, run.run_id, lambda _run: bool(refused(later, prompt.prompt_id)))
        assert now.status == "waiting"
        assert refused(later, prompt.prompt_id) == (
            "mine.py is not there any more. The run still waits: answer again once the file is in order."
        )
        assert "not here" not in texts(page("trace_detail", run=run.run_id))
    finally:
        later.close()


def test_a_file_that_breaks_while_its_page_is_open(bench: Workbench, project: Path) -> None:
    (project / "good.py").write_text(GOOD.format(name="Good"))
    forget(bench)
    source = next(source for source in bench.catalog().workflows if source.name == "Good")
    assert problems_of(source) == []
    (project / "good.py").write_text("x = (\n")
    forget(bench)
    assert [one.sentence for one in problems_of(source)] == [
        "good.py line 1: '(' was never closed. No workflow could be read from it."
    ]
    catalog = bench.catalog()
    assert [one.name for one in catalog.workflows] == ["ApprovalWorkflow"], "the rest is still there"
    assert "good.py line 1" in texts(page("workflow", id=source.id))
    (project / "good.py").write_text(GOOD.format(name="Good"))
    forget(bench)
    assert "good.py line 1" not in texts(page("workflow", id=source.id))


def test_the_trace_of_a_failed_run_says_what_its_error_means(bench: Workbench, project: Path) -> None:
    (project / "bad.py").write_text(GOOD.format(name="Bad").replace('StopEvent(result="ran")', '"ran"'))
    forget(bench)
    source = next(source for source in bench.catalog().workflows if source.name == "Bad")
    run_id = bench.supervisor.start(source, {}, {})
    assert until_run(bench.store, run_id, has_ended).status == "failed"
    assert "Step only of Bad returns a str, not an event." in texts(page("trace_detail", run=run_id))
