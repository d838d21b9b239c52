"""The form that starts a run: what it starts from, constructor arguments, presets, options, what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit
from parts import preset_dialogs, run_form
from parts.run_options import constructor_of
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from inspectors.forms import Field, Form
from inspectors.runner.supervisor import RunnerStatus, StartRefused
from inspectors.store.records import Commit
from inspectors.workbench import Workbench
from tests.pages.bench import add_pause, add_run, asks_behind, data_of, texts

OpenPage = Callable[..., AppTest]
APPROVAL = "approval.ApprovalWorkflow"

SOURCE = '''
"""Workflows whose constructors take arguments."""
from enum import Enum
from typing import Literal
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from vectors import Index

class Mode(Enum):
    FAST = "fast"
    THOROUGH = "thorough"

class Rag(Workflow):
    """Answers."""
    example_input = {"query": "Who?"}
    def __init__(self, folder: str, top_k: int = 3, mode: Mode = Mode.FAST, api_key: str = "", **kwargs):
        super().__init__(**kwargs)
    @step
    async def answer(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=ev.query)

class Indexed(Workflow):
    """Needs an index."""
    def __init__(self, index: Index):
        super().__init__()
    @step
    async def answer(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=ev.query)

class Built(Indexed):
    """Is built."""

def build(words: int = 2) -> Built:
    return Built(Index())
'''


@pytest.fixture
def rag(bench: Workbench, tmp_path: Path) -> Workbench:
    """The bench with a file whose constructors take arguments."""
    file = tmp_path / "rag.py"
    file.write_text(SOURCE)
    bench.settings = replace(bench.settings, targets=(str(file),))
    bench.look_again()
    return bench


def box(app: AppTest, label: str) -> Any:
    """The input with this label."""
    kinds = ("text_input", "number_input", "text_area", "selectbox", "toggle", "button_group")
    found = [one for kind in kinds for one in app.get(kind) if _plain(one) == label]
    assert found, f"no input is called {label}"
    return found[0]


def _plain(element: Any) -> str:
    """A label without the signs that keep it from being Markdown."""
    return str(getattr(element, "label", "")).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with this label; the page must not raise."""
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def choices(app: AppTest) -> list[str]:
    """What the form can start from."""
    return list(box(app, "Start from").options)


def save(app: AppTest, name: str, button: str = "Save") -> AppTest:
    """Save what the form holds under a name, in the dialog that "Save as preset" opens."""
    box(app, "Name").input(name)
    return press(app, button)


def test_only_arguments_that_differ_from_being_left_out_are_sent(open_page: OpenPage, rag: Workbench) -> None:
    app = open_page("workflow", id="rag.Rag")
    box(app, "folder").input("papers")
    box(app, "top_k").input("5")
    press(app, "Run")
    assert rag.supervisor.started == [
        ("Rag", {"query": "Who?"}, {"timeout": None, "verbose": False, "arguments": {"folder": "papers", "top_k": 5}})
    ]


def test_the_second_half_of_a_double_click_leads_to_the_first_run(
    open_page: OpenPage, rag: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit breaks a callback off at its next use of the session's state when another click is waiting."""
    app = open_page("workflow", id="rag.Rag")
    box(app, "folder").input("papers")
    run_button(app).click()
    clicks = app._tree.get_widget_states()
    start = rag.supervisor.start

    def start_while_clicked_again(*arguments: Any) -> str:
        run_id = start(*arguments)
        ctx = get_script_run_ctx()
        assert ctx is not None and ctx.script_requests is not None
        if len(rag.supervisor.started) == 1:
            again = RerunData(ctx.query_string, clicks, ctx.page_script_hash)
            assert ctx.script_requests.request_rerun(again)
        return run_id

    monkeypatch.setattr(rag.supervisor, "start", start_while_clicked_again)
    app.run()
    assert not app.exception
    assert len(rag.supervisor.started) == 1
    assert app.query_params["run"] == rag.store.runs()[0].run_id


def test_a_missing_argument_is_said_at_its_field(open_page: OpenPage, rag: Workbench) -> None:
    app = press(open_page("workflow", id="rag.Rag"), "Run")
    assert "This field is required." in texts(app) and not rag.supervisor.started


def test_a_refused_argument_is_said_at_its_field(open_page: OpenPage, rag: Workbench) -> None:
    rag.supervisor.refusal = StartRefused("The arguments don't fit the constructor.", {}, {"top_k": "Too many."})
    app = open_page("workflow", id="rag.Rag")
    box(app, "folder").input("papers")
    press(app, "Run")
    assert "Too many." in texts(app) and "The arguments don't fit the constructor." in texts(app)


def test_what_makes_it_is_said_and_its_parameters_are_the_form(open_page: OpenPage, rag: Workbench) -> None:
    app = open_page("workflow", id="rag.Built")
    assert "Made by build, line 33." in texts(app)
    box(app, "query").input("Who?")
    box(app, "words").input("4")
    press(app, "Run")
    assert rag.supervisor.started[0][2]["arguments"] == {"words": 4}


def described(**more: Any) -> dict[str, Any]:
    told = {"start": None, "graph": None, "problem": None, "error": None, "code": None, "blocked": False, **more}
    return {"workflows": {"Rag": told, "Indexed": told}}


def test_the_runners_word_on_the_constructor_wins(open_page: OpenPage, rag: Workbench) -> None:
    schema = {"type": "object", "properties": {"depth": {"type": "integer"}}, "required": ["depth"]}
    constructor = {"schema": schema, "unfillable": [], "factory": None}
    rag.supervisor.state = RunnerStatus("ready", description=described(constructor=constructor))
    app = open_page("workflow", id="rag.Rag")
    box(app, "depth").input("4")
    press(app, "Run")
    assert rag.supervisor.started[0][2]["arguments"] == {"depth": 4}


def run_button(app: AppTest) -> Any:
    return next(button for button in app.button if button.label == "Run")


def test_run_is_off_where_nothing_can_make_the_class(open_page: OpenPage, rag: Workbench) -> None:
    app = open_page("workflow", id="rag.Indexed")
    rag.supervisor.state = RunnerStatus("starting")
    assert run_button(open_page("workflow", id="rag.Indexed")).disabled
    code = "def build_indexed() -> Indexed:\n    index: Index = ...\n    return Indexed(index=index)"
    sentence = "Indexed needs index (Index) to be made, which no form can give."
    rag.supervisor.state = RunnerStatus("ready", description=described(problem=sentence, code=code, blocked=True))
    app = open_page("workflow", id="rag.Indexed")
    assert run_button(app).disabled and sentence in texts(app)
    assert code in [one.value for one in app.code]


def test_a_failed_import_turns_run_off_and_can_be_tried_again(open_page: OpenPage, rag: Workbench) -> None:
    error = {"type": "ModuleNotFoundError", "message": "No module named 'vectors'", "traceback": "", "frames": []}
    rag.supervisor.state = RunnerStatus("failed", error=error)
    app = open_page("workflow", id="rag.Rag")
    assert run_button(app).disabled
    press(app, "Try again")
    assert rag.supervisor.retried == ["Rag"]


def test_a_start_says_what_it_does_and_what_is_usual(open_page: OpenPage, rag: Workbench) -> None:
    rag.supervisor.state = RunnerStatus("starting", 2.1, doing="Importing llama_index.core", usual=3.0)
    data = data_of(open_page("workflow", id="rag.Rag"), "runner_line")
    assert (data["doing"], data["usual"], data["can_start"]) == ("Importing llama_index.core", "3.0 s", True)


def test_earlier_runs_are_offered_once_per_input(open_page: OpenPage, bench: Workbench) -> None:
    for topic in ("Tea", "Tea", "Bread", "AI regulation"):
        add_run(bench, status="done", input={"topic": topic})
    app = open_page("workflow", id=APPROVAL)
    offered = choices(app)
    assert offered[0] == "Example input" and offered[-1] == "Nothing" and len(offered) == 4
    assert "topic “Bread”" in offered[1] and "topic “Tea”" in offered[2]
    bread = next(run for run in bench.store.runs() if run.input == {"topic": "Bread"})
    box(app, "Start from").set_value(bread.run_id).run()
    assert box(app, "topic").value == "Bread"


def test_an_earlier_run_brings_its_options_and_arguments(open_page: OpenPage, rag: Workbench) -> None:
    options = {"timeout": 7, "verbose": True, "arguments": {"folder": "old", "api_key": {"$masked": True}, "gone": 1}}
    source = next(one for one in rag.catalog().workflows if one.name == "Rag")
    run_id = rag.store.create_run(
        workflow="Rag", module="rag", file=source.file, version="v", input={"query": "What?"}, options=options
    )
    app = open_page("workflow", id="rag.Rag", **{"from": run_id})
    assert (box(app, "query").value, box(app, "folder").value, box(app, "Time limit").value) == ("What?", "old", 7.0)
    assert "api_key was not kept, because of its name. Fill it in again." in texts(app)
    press(app, "Run")
    assert rag.supervisor.started[0][2] == {"timeout": 7.0, "verbose": True, "arguments": {"folder": "old"}}


def test_an_earlier_input_that_does_not_fit_fills_what_fits(open_page: OpenPage, bench: Workbench) -> None:
    source = next(one for one in bench.catalog().workflows if one.name == "DraftReviewWorkflow")
    bad = {"topic": "Tea", "max_rounds": "many", "gone": [1]}
    run = add_run(bench, "DraftReviewWorkflow", status="failed", input=bad)
    app = open_page("workflow", id=source.id, **{"from": run.run_id})
    assert box(app, "topic").value == "Tea"


def test_a_value_too_long_for_a_field_is_left_out_and_named(open_page: OpenPage, bench: Workbench) -> None:
    long = add_run(bench, input={"topic": "x" * 200_001, "tone": "dry"})
    app = open_page("workflow", id=APPROVAL, **{"from": long.run_id})
    assert "topic was left out: more than 200,000 characters are too many for a field." in texts(app)
    assert box(app, "topic").value == "" and box(app, "tone").value == "dry"


def test_a_preset_is_saved_chosen_replaced_and_deleted(open_page: OpenPage, bench: Workbench) -> None:
    app = open_page("workflow", id=APPROVAL)
    box(app, "topic").input("Tea")
    press(app, "Save as preset")
    save(app, "  Short   one ")
    assert "Preset “Short one”" in choices(app)
    assert box(app, "topic").value == "Tea"
    source = next(one for one in bench.catalog().workflows if one.name == "ApprovalWorkflow")
    here = {"workflow": source.name, "file": source.file}
    assert [preset.input for preset in bench.store.presets(**here)] == [{"topic": "Tea"}]
    box(app, "topic").input("Bread")
    press(app, "Save as preset")
    save(app, "Short one")
    assert "There is a preset “Short one” already." in texts(app)
    assert [preset.input for preset in bench.store.presets(**here)] == [{"topic": "Tea"}]
    press(app, "Replace it")
    assert [preset.input for preset in bench.store.presets(**here)] == [{"topic": "Bread"}]
    press(app, "Run")
    assert bench.supervisor.started[0][1] == {"topic": "Bread"}
    again = open_page("workflow", id=APPROVAL)
    box(again, "Start from").set_value("preset:Short one").run()
    assert box(again, "topic").value == "Bread"
    press(again, "Delete preset")
    next(one for one in again.button if one.key == "preset-delete-now").click().run()
    assert not bench.store.presets(**here) and "Preset “Short one”" not in choices(open_page("workflow", id=APPROVAL))


def test_no_click_about_presets_is_lost_to_a_rerun_that_is_asked_for_at_that_moment(
    open_page: OpenPage, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = next(one for one in bench.catalog().workflows if one.name == "ApprovalWorkflow")
    here = {"workflow": source.name, "file": source.file}
    app = open_page("workflow", id=APPROVAL)
    asked = asks_behind(app, run_form, "read_options", monkeypatch)
    press(app, "Save as preset")
    assert asked == [True]
    asked = asks_behind(app, bench.store, "save_preset", monkeypatch)
    save(app, "Mine")
    assert asked == [True] and [preset.name for preset in bench.store.presets(**here)] == ["Mine"]
    assert "already" not in texts(app), "it was saved once"
    app = open_page("workflow", id=APPROVAL)
    box(app, "Start from").set_value("preset:Mine").run()
    asked = asks_behind(app, preset_dialogs, "_forget", monkeypatch)
    press(app, "Delete preset")
    assert asked == [True]
    asked = asks_behind(app, bench.store, "delete_preset", monkeypatch)
    next(one for one in app.button if one.key == "preset-delete-now").click().run()
    assert asked == [True] and "Preset “Mine”" not in choices(app)


def test_a_field_is_added_though_a_rerun_is_asked_for_at_that_moment(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("workflow", id=APPROVAL)
    asked = asks_behind(app, run_form, "_extra_names", monkeypatch)
    press(app, "Add another field")
    assert asked == [True] and [one.label for one in app.text_input].count("Value") == 1


def test_a_preset_needs_a_name(open_page: OpenPage, bench: Workbench) -> None:
    app = press(open_page("workflow", id=APPROVAL), "Save as preset")
    save(app, "   ")
    assert "A preset needs a name." in texts(app)


NESTED = '''
from pydantic import BaseModel
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Server(BaseModel):
    host: str
    password: str

class Login(StartEvent):
    server: Server
    either: Server | int
    others: list[Server]

class Visit(Workflow):
    """Logs in."""
    example_input = {"others": [{"host": "a", "password": ""}]}
    @step
    async def log_in(self, ev: Login) -> StopEvent:
        return StopEvent()
'''


def test_secrets_inside_of_objects_are_hidden_while_they_are_typed(
    open_page: OpenPage, bench: Workbench, tmp_path: Path
) -> None:
    file = tmp_path / "visit.py"
    file.write_text(NESTED)
    bench.settings = replace(bench.settings, targets=(str(file),))
    app = open_page("workflow", id="visit.Visit")
    kinds = {
        label: [one.proto.type for one in app.text_input if _plain(one) == label] for label in ("host", "password")
    }
    assert kinds == {"host": [0, 0, 0], "password": [1, 1, 1]}


def test_a_preset_keeps_no_secrets_and_says_so(open_page: OpenPage, rag: Workbench) -> None:
    app = open_page("workflow", id="rag.Rag")
    box(app, "folder").input("papers")
    assert box(app, "api_key").proto.type == 1, "what is typed is hidden"
    box(app, "api_key").input("sk-1")
    press(app, "Save as preset")
    assert "Not kept, because of their names: api_key." in texts(app)
    save(app, "Mine")
    source = next(one for one in rag.catalog().workflows if one.name == "Rag")
    preset = rag.store.preset(workflow="Rag", file=source.file, name="Mine")
    assert preset is not None and preset.options["arguments"] == {"folder": "papers"}
    assert preset.left_out == ("api_key",)
    assert box(app, "api_key").value == "sk-1", "what was typed stays"
    box(app, "Start from").set_value("preset:Mine").run()
    assert "api_key was not kept, because of its name. Fill it in again." in texts(app)
    assert box(app, "folder").value == "papers" and not box(app, "api_key").value
    assert rag.store.path.read_bytes().find(b"sk-1") < 0


def test_the_authors_time_limit_and_the_log_are_said(open_page: OpenPage, rag: Workbench) -> None:
    status = RunnerStatus("ready", description=described(timeout=90), log="/tmp/runners/1.log")
    rag.supervisor.state = status
    app = open_page("workflow", id="rag.Rag")
    assert box(app, "Time limit").placeholder == "90, as the author set it"
    assert "/tmp/runners/1.log" in texts(app)


def test_what_to_expect_is_said_from_earlier_runs(open_page: OpenPage, bench: Workbench) -> None:
    add_run(bench, status="done", active_s=3.0)
    add_run(bench, status="done", active_s=1.0)
    add_run(bench, status="done", active_s=2.0)
    assert "Usually 2.00 s (3 runs)" in texts(open_page("workflow", id=APPROVAL))


def test_what_to_expect_of_a_workflow_that_pauses(open_page: OpenPage, bench: Workbench) -> None:
    run = add_pause(bench)
    prompt = bench.store.prompts(run.run_id)[0]
    bench.store.commit([Commit(run.run_id, 3, run={"started_at": prompt.created_at - 2.0})])
    assert "Usually 2.00 s to the first pause (1 run)" in texts(open_page("workflow", id=APPROVAL))


def test_a_drawing_of_the_form_starts_one_run_however_late_it_is_pressed_again(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(streamlit, "session_state", state)
    source = next(one for one in bench.catalog().workflows if one.id == APPROVAL)
    form, constructor = Form("", (Field("topic", "text", required=False),)), constructor_of(source, {})
    for drawing in ("one", "one", "two"):
        state["started-run"] = None
        run_form._start(bench, source, form, constructor, "run", drawing)
        assert state["started-run"][0] == bench.store.runs(limit=1)[0].run_id, "pressed again it leads to its run"
    assert len(bench.supervisor.started) == 2


def test_a_rerun_that_comes_late_leads_to_the_run_until_a_browser_has_shown_it(
    open_page: OpenPage, rag: Workbench
) -> None:
    """The browser may ask for the Workflow page once more before it knows of the Trace."""
    app = open_page("workflow", id="rag.Rag")
    box(app, "folder").input("papers")
    press(app, "Run")
    run_id = rag.store.runs()[0].run_id
    workflow = str(Path(run_form.__file__).parents[1] / "workflow.py")
    app.switch_page(workflow).run()
    assert app.query_params["run"] == run_id and data_of(app, "head")["title"] == "Rag"
    rag.shown_runs.add(run_id)
    app.query_params.clear()
    app.query_params["id"] = "rag.Rag"
    app.switch_page(workflow).run()
    assert run_button(app), "Back from the Trace shows the workflow"
