"""What the Traces page hands to the browser, and which runs a selection means."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from inspectors.store.records import Commit
from inspectors.workbench import Workbench
from tests.pages.bench import add_pause, add_run, data_of, texts
from tests.pages.conftest import PAGES

OpenPage = Callable[..., AppTest]


@pytest.fixture
def traces(bench: Workbench) -> ModuleType:
    """The page's module, imported as a module: its functions, beside a page drawn into nowhere."""
    spec = importlib.util.spec_from_file_location("traces_page", PAGES / "traces.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_runs_yet_names_what_to_do(open_page: OpenPage) -> None:
    app = open_page("traces")
    assert "No runs yet" in texts(app)
    assert "Every run, from here or from your own scripts, is kept on this page." in texts(app)
    assert data_of(app, "first_run") == {}, "the page changes by itself when there is a run"


def test_the_first_rows_and_the_overview_come_with_the_page(open_page: OpenPage, bench: Workbench) -> None:
    for _ in range(60):
        add_run(bench, status="done", ended_at=1790000002.0)
    app = open_page("traces")
    answer = data_of(app, "run_filters")["answer"]
    assert len(answer["rows"]) == 50 and answer["matching"] == answer["overview"]["total"] == 60
    assert answer["overview"]["counts"]["done"] == 60
    assert data_of(app, "run_table") == {"deleted": 0}


def test_filters_are_read_from_the_url(open_page: OpenPage, bench: Workbench) -> None:
    add_run(bench, status="done", input={"topic": "patents"})
    failed = add_run(bench, status="failed", input={"topic": "patents"})
    given = data_of(open_page("traces", q="patents", status="failed"), "run_filters")
    assert given["query"] == {"q": "patents", "status": "failed"}
    assert [row["run"] for row in given["answer"]["rows"]] == [failed.run_id]


@pytest.mark.parametrize("query", [{"status": "happy"}, {"last": "2y"}, {"from": "yesterday"}, {"to": "nan"}])
def test_a_url_that_cannot_be_read_still_gives_a_page(
    open_page: OpenPage, bench: Workbench, query: dict[str, str]
) -> None:
    add_run(bench, status="done")
    assert data_of(open_page("traces", **query), "run_filters")["answer"] is None


def test_a_waiting_run_says_what_it_asks(open_page: OpenPage, bench: Workbench) -> None:
    add_pause(bench, text="Is this draft ready?")
    (row,) = data_of(open_page("traces"), "run_filters")["answer"]["rows"]
    assert (row["status_text"], row["outcome"]) == ("Waiting for you", "Is this draft ready?")


def test_a_selection_is_some_ids_or_all_that_a_query_finds_but_a_few(bench: Workbench, traces: ModuleType) -> None:
    runs = [add_run(bench, status="failed" if number % 2 else "done") for number in range(6)]
    failed = [run.run_id for run in reversed(runs) if run.status == "failed"]
    assert traces.runs_meant(bench, {"ids": failed[:2]}) == failed[:2]
    assert traces.runs_meant(bench, {"query": {"status": "failed"}, "except": failed[:1]}) == failed[1:]
    bench.store.commit([Commit(failed[1], 2, run={"status": "done"})])
    assert traces.runs_meant(bench, {"query": {"status": "failed"}, "except": []}) == [failed[0], failed[2]]
