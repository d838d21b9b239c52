"""The page of a workflow: what it says of nodes, problems and past runs, and how it keeps to its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from inspectors import workbench as workbench_module
from inspectors.runner.supervisor import RunnerStatus
from inspectors.workbench import Workbench
from tests.pages.bench import add_run, data_of, texts

OpenPage = Callable[..., AppTest]
FLOW = '''"""A file that changes."""
from child import Child
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Half(Event):
    """Half of the way."""

    text: str
    tries: int = 2


class Flow(Workflow):
    """Goes somewhere."""

    @step(num_workers=3)
    async def begin(self, ctx: Context, ev: StartEvent) -> Half | InputRequiredEvent:
        """Begin."""
        await ctx.store.set("where", ev.place)
        if ev.place:
            return Half(text=ev.place)
        return InputRequiredEvent(prefix="Where?")

    @step
    async def answer(self, ev: HumanResponseEvent) -> Half:
        return Half(text=ev.response)

    @step
    async def finish(self, ctx: Context, ev: Half) -> StopEvent:
        where = await ctx.store.get("where")
        await Child().run()
        return StopEvent(result=where)
'''
CHILD = '''from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent


class Child(Workflow):
    """Does a part of it."""

    @step
    async def only(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=1)
'''


@pytest.fixture
def flow(bench: Workbench, tmp_path: Path) -> Path:
    """The file of `flow.Flow`, which alone is a target, with its child."""
    (tmp_path / "child.py").write_text(CHILD)
    file = tmp_path / "flow.py"
    file.write_text(FLOW)
    bench.settings = replace(bench.settings, targets=(str(tmp_path),))
    return file


def node_facts(open_page: OpenPage, node: str, tab: str = "Step") -> dict[str, Any]:
    return data_of(open_page("workflow", id="flow.Flow", node=node, tab=tab), "node_facts")


def rows(facts: dict[str, Any]) -> dict[str, list[str]]:
    return {row["label"]: [chip["name"] for chip in row["chips"]] for row in facts["rows"]}


def test_a_step_says_what_it_takes_gives_and_keeps(open_page: OpenPage, flow: Path) -> None:
    facts = node_facts(open_page, "step:flow.Flow.begin")
    assert rows(facts) == {"Takes": ["StartEvent"], "Gives": ["Half", "InputRequiredEvent"]}
    assert facts["keys"] == [{"label": "Reads", "keys": []}, {"label": "Writes", "keys": ["where"]}]
    assert facts["tags"] == ["3 at once"]
    line = FLOW[: FLOW.index("@step(num")].count("\n") + 1
    assert facts["place"] == {"text": f"flow.py, lines {line} to {line + 6}", "copy": f"{flow}:{line}"}
    assert facts["node"]["source"].startswith("@step(num_workers=3)")


def test_the_engines_own_number_of_workers_is_no_news(open_page: OpenPage, flow: Path) -> None:
    assert node_facts(open_page, "step:flow.Flow.finish")["tags"] == []


def test_an_event_has_its_fields_and_who_sends_and_takes_it(open_page: OpenPage, flow: Path) -> None:
    facts = node_facts(open_page, "event:flow.Half")
    assert rows(facts) == {"Sent by": ["begin", "answer"], "Taken by": ["finish"]}
    assert [(field["name"], field["type"], field["required"], field["default"]) for field in facts["fields"]] == [
        ("text", "str", True, None),
        ("tries", "int", False, 2),
    ]


def test_a_plain_start_event_has_the_fields_that_steps_read(open_page: OpenPage, flow: Path) -> None:
    facts = node_facts(open_page, "event:workflows.events.StartEvent")
    assert facts["open"]
    assert [(field["name"], field["note"][:13]) for field in facts["fields"]] == [("place", "read in begin")]


def test_a_person_is_asked_with_one_event_and_answers_with_another(open_page: OpenPage, flow: Path) -> None:
    facts = node_facts(open_page, "external:flow.Flow.person")
    assert rows(facts) == {"Asked with": ["InputRequiredEvent"], "Answers with": ["HumanResponseEvent"]}
    assert "can wait for days" in facts["about"]


def test_a_child_workflow_leads_to_its_own_page(open_page: OpenPage, flow: Path) -> None:
    facts = node_facts(open_page, "workflow:child.Child")
    assert facts["page"] == "workflow?id=child.Child"
    assert rows(facts) == {"Started by": ["finish"]}


def test_a_node_that_is_not_there_is_not_chosen(open_page: OpenPage, flow: Path) -> None:
    app = open_page("workflow", id="flow.Flow", node="step:flow.Flow.gone", tab="Step")
    assert "Choose a step, an event or a person" in texts(app)
    assert data_of(app, "open_source")["node"] is None


def test_the_url_opens_a_tab(open_page: OpenPage, flow: Path) -> None:
    app = open_page("workflow", id="flow.Flow", tab="Past runs")
    assert data_of(app, "open_source")["tab"] == "Past runs"
    assert data_of(open_page("workflow", id="flow.Flow", tab="No such"), "open_source")["tab"] == "Run"


def test_a_syntax_error_is_said_with_its_line_and_the_last_graph_stays(open_page: OpenPage, flow: Path) -> None:
    app = open_page("workflow", id="flow.Flow")
    before = data_of(app, "graph")["drawing"]
    flow.write_text(FLOW + "\ndef broken(:\n")
    app.run()
    assert not app.exception
    assert f"flow.py line {FLOW.count(chr(10)) + 2}" in texts(app)
    assert "No workflow could be read from it" not in texts(app)
    assert data_of(app, "graph")["drawing"] == before
    said = data_of(app, "open_source")
    assert (said["state"], said["problems"]) == ("unreadable", 1)
    flow.write_text(FLOW.replace("async def finish", "async def arrive"))
    app.run()
    assert "flow.py line" not in texts(app)
    assert any(node["name"] == "arrive" for node in data_of(app, "graph")["drawing"]["nodes"])


def test_a_deleted_file_is_said_and_so_is_a_class_that_is_gone(open_page: OpenPage, flow: Path) -> None:
    app = open_page("workflow", id="flow.Flow")
    flow.unlink()
    app.run()
    assert f"{flow} is not there any more" in texts(app)
    assert data_of(app, "open_source")["version"] == "missing"
    unused = "    @step\n    async def never(self, ev: HumanResponseEvent) -> None: ...\n"
    flow.write_text(FLOW.replace("class Flow", "class Stream") + unused)
    app.run()
    assert "flow.py has no workflow Flow any more" in texts(app)
    assert data_of(app, "graph")["drawing"]["nodes"]


def test_a_file_that_could_never_be_read_is_said_and_watched(open_page: OpenPage, flow: Path) -> None:
    broken = flow.with_name("broken.py")
    broken.write_text("def broken(:\n")
    app = open_page("workflow", id="broken.Flow")
    assert "This workflow can’t be read" in texts(app)
    assert "broken.py line 1" in texts(app)
    assert data_of(app, "open_source")["file"] == str(broken)


def test_a_file_saved_within_the_look_at_the_targets_opens(
    open_page: OpenPage, bench: Workbench, flow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said of a file and the version that is watched belong together, or the page would stay as it is."""
    monkeypatch.setattr(workbench_module, "FRESH_SECONDS", 3600)
    bench.look_again()
    late = flow.with_name("late.py")
    late.write_text("def broken(:\n")
    app = open_page("workflow", id="late.Flow")
    assert "This workflow can’t be read" in texts(app)
    late.write_text(FLOW)
    app.run()
    assert "This workflow can’t be read" not in texts(app)
    assert data_of(app, "graph")["drawing"]["nodes"]


def test_two_files_with_one_class_are_told_apart(
    open_page: OpenPage, bench: Workbench, flow: Path, tmp_path: Path
) -> None:
    for part in ("north", "south"):
        (tmp_path / part / "same").mkdir(parents=True)
        twin = CHILD.replace("Child", "Twin").replace("-> StopEvent", "-> None")  # with a problem of its own
        (tmp_path / part / "same" / "one.py").write_text(twin)
    app = open_page("workflow", id="one.Twin")
    assert "2 files define Twin" in texts(app)
    first, second = (one for one in bench.catalog().workflows if one.name == "Twin")
    assert "/ north/same/one.py" in texts(open_page("workflow", id=first.id))
    assert "/ south/same/one.py" in texts(open_page("workflow", id=second.id))


def test_a_package_that_is_missing_is_named_and_can_be_tried_again(
    open_page: OpenPage, bench: Workbench, flow: Path
) -> None:
    flow.write_text("import not_here_at_all\n" + FLOW)
    error = {
        "type": "ModuleNotFoundError",
        "message": "No module named 'not_here_at_all'",
        "traceback": "Traceback (most recent call last): …",
        "frames": [],
    }
    bench.supervisor.state = RunnerStatus("failed", 1.0, error)
    app = open_page("workflow", id="flow.Flow")
    assert "flow.py imports not_here_at_all, which is not installed here." in texts(app)
    said = data_of(app, "open_source")
    assert (said["state"], said["problems"]) == ("failed", 1)
    assert data_of(app, "graph")["drawing"]["nodes"], "the graph is read from the source"
    app.button(key="try-again").click().run()
    assert bench.supervisor.retried == ["Flow"]


def test_an_error_of_the_users_own_has_its_traceback_folded(open_page: OpenPage, bench: Workbench, flow: Path) -> None:
    error = {"type": "ValueError", "message": "no `such` *thing*", "traceback": "Traceback: line 3", "frames": []}
    bench.supervisor.state = RunnerStatus("failed", 1.0, error)
    app = open_page("workflow", id="flow.Flow", tab="Problems")
    assert "ValueError: no `such` *thing*" in texts(app)
    assert [one.label for one in app.expander] == ["Options", "Traceback"]
    assert app.code[0].value == "Traceback: line 3"


def test_past_runs_are_counted_and_lead_to_traces(open_page: OpenPage, bench: Workbench) -> None:
    for took in (1.0, 3.0, 2.0, 4.0, 1.5):
        add_run(bench, status="done", active_s=took, ended_at=1790000009.0)
    add_run(bench, status="failed", ended_at=1790000009.0)
    app = open_page("workflow", id="approval.ApprovalWorkflow", tab="Past runs")
    assert "6 runs · median 2.00 s · 1 failed" in texts(app)
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["All 6"] == links["All runs of this workflow"] == "workflow=ApprovalWorkflow"


def test_a_workflow_without_runs_says_so(open_page: OpenPage) -> None:
    app = open_page("workflow", id="approval.ApprovalWorkflow", tab="Past runs")
    assert "No runs yet." in texts(app)
