"""Each page without a browser: what it says, and what its buttons ask for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from parts import review_sending
from streamlit.testing.v1 import AppTest

from inspectors.runner.supervisor import AnswerOutcome, StartRefused
from inspectors.store.records import Commit
from inspectors.workbench import Workbench
from tests.pages.bench import DRAFT, add_pause, add_run, asks_behind, data_of, texts

OpenPage = Callable[..., AppTest]
APPROVAL = "approval.ApprovalWorkflow"
HOSTILE = "<img src=x onerror=alert(1)> ![x](x.png) :red[no] $x$ [link](javascript:alert(1))"


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with this label; the page must not raise."""
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def test_run_starts_with_the_example_and_opens_the_trace(open_page: OpenPage, bench: Workbench) -> None:
    app = open_page("workflow", id=APPROVAL)
    press(app, "Run")
    assert bench.supervisor.started == [
        ("ApprovalWorkflow", {"topic": "AI regulation"}, {"timeout": None, "verbose": False})
    ]
    assert data_of(app, "head")["title"] == "ApprovalWorkflow"


def test_a_missing_value_is_said_at_its_field_and_nothing_runs(open_page: OpenPage, bench: Workbench) -> None:
    app = open_page("workflow", id=APPROVAL)
    next(box for box in app.text_input if box.label.startswith("topic")).input("")
    press(app, "Run")
    assert "This field is required." in texts(app)
    assert not bench.supervisor.started


def test_a_refused_start_is_a_sentence(open_page: OpenPage, bench: Workbench) -> None:
    bench.supervisor.refusal = StartRefused("The input doesn't fit the start event.", {"topic": "Must be shorter."})
    app = press(open_page("workflow", id=APPROVAL), "Run")
    assert "The input doesn't fit the start event." in texts(app)
    assert "Must be shorter." in texts(app)


def test_free_fields_reach_an_open_start_event(open_page: OpenPage, bench: Workbench) -> None:
    app = press(open_page("workflow", id=APPROVAL), "Add another field")
    next(box for box in app.text_input if box.label == "Name").input("depth")
    next(box for box in app.text_input if box.label == "Value").input("3")
    press(app, "Run")
    assert bench.supervisor.started[0][1] == {"topic": "AI regulation", "depth": 3}


def test_a_time_limit_of_nothing_is_refused(open_page: OpenPage, bench: Workbench) -> None:
    app = open_page("workflow", id=APPROVAL)
    next(box for box in app.number_input if box.label.startswith("Time limit")).set_value(0)
    press(app, "Run")
    assert "Must be more than 0." in texts(app)
    assert not bench.supervisor.started


def test_an_edited_rerun_is_filled_with_the_input_of_the_run(open_page: OpenPage, bench: Workbench) -> None:
    failed = add_run(bench, status="failed", input={"topic": "Heat pumps"})
    app = open_page("workflow", id=APPROVAL, **{"from": failed.run_id})
    assert next(box for box in app.text_input if box.label.startswith("topic")).value == "Heat pumps"


@pytest.mark.parametrize(("page", "query"), [("workflow", {"id": "no.Such"}), ("trace_detail", {"run": "00000000"})])
def test_what_is_not_there_is_said(open_page: OpenPage, page: str, query: dict[str, str]) -> None:
    assert "is not here" in texts(open_page(page, **query))


def test_trace_shows_the_pause_first(open_page: OpenPage, bench: Workbench) -> None:
    run = add_pause(bench)
    app = open_page("trace_detail", run=run.run_id)
    assert data_of(app, "draft_editor")["draft"] == DRAFT
    assert data_of(app, "head")["situation"] == "waiting:p1"
    press(app, "Approve")
    assert bench.supervisor.answered == [("p1", {"response": "APPROVE"})]


def test_somebody_was_faster(open_page: OpenPage, bench: Workbench) -> None:
    run = add_pause(bench)
    bench.supervisor.outcome = AnswerOutcome(False, "Already answered by Reviewer 2 at 22:57.")
    app = press(open_page("trace_detail", run=run.run_id), "Approve")
    assert "Already answered by Reviewer 2" in app.info[0].value.replace("\\", "")


@pytest.mark.parametrize("moment", ["before the answer is sent", "right after it"])
def test_a_click_is_not_lost_when_the_feed_asks_for_a_rerun_at_that_moment(
    open_page: OpenPage, bench: Workbench, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Streamlit breaks a callback off at its next use of the session's state when a rerun is waiting."""
    add_pause(bench)
    app = open_page("review", prompt="p1")
    owner, name = (review_sending, "read_fields") if moment.startswith("before") else (bench.supervisor, "answer")
    asked = asks_behind(app, owner, name, monkeypatch)
    press(app, "Approve")
    assert asked == [True]
    assert bench.supervisor.answered == [("p1", {"response": "APPROVE"})]
    assert "Nothing is waiting for you" in texts(app)


def test_a_run_is_cancelled_though_the_feed_asks_for_a_rerun_at_that_moment(
    open_page: OpenPage, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = add_run(bench, status="running")
    app = press(open_page("trace_detail", run=run.run_id), "Cancel run")
    app.run()  # as the feed has the page run when the run has come further: the dialog stays
    press(app, "Let it go on")
    assert [one.label for one in app.button] == ["Cancel run"] and not bench.supervisor.cancelled
    press(app, "Cancel run")
    asked = asks_behind(app, bench.supervisor, "cancel", monkeypatch)
    next(one for one in app.button if one.label == "Cancel run" and one.key != "cancel-run").click().run()
    assert asked == [True] and set(bench.supervisor.cancelled) == {run.run_id}
    assert "Let it go on" not in [one.label for one in app.button], "the dialog is closed"


def test_strings_of_a_workflow_stay_text(open_page: OpenPage, bench: Workbench) -> None:
    run = add_pause(bench, text=HOSTILE, note=HOSTILE)
    for app in (open_page("trace_detail", run=run.run_id), open_page("review")):
        read_as_markdown = [one.value for one in [*app.markdown, *app.caption, *app.title, *app.header]]
        assert all("javascript:" not in text for text in read_as_markdown)
        assert all("![x]" not in text for text in read_as_markdown)


def test_the_next_request_opens_by_itself(open_page: OpenPage, bench: Workbench) -> None:
    add_pause(bench, "p1", "First?")
    add_pause(bench, "p2", "Second?")
    app = open_page("review")
    assert app.header[0].value.replace("\\", "") == "First?"
    press(app, "Approve")
    assert app.header[0].value.replace("\\", "") == "Second?"


def test_a_link_to_an_answered_request_says_who_answered(open_page: OpenPage, bench: Workbench) -> None:
    run = add_pause(bench)
    bench.store.add_answer("p1", {"response": "APPROVE"}, "Reviewer 2")
    bench.store.commit([Commit(run.run_id, 3, delivered=["p1"])])
    assert "Already answered by Reviewer 2" in texts(open_page("review", prompt="p1"))


def test_nothing_waits(open_page: OpenPage) -> None:
    assert "Nothing is waiting for you" in texts(open_page("review"))
