"""A file is saved, broken, deleted and brought back while its page is open: the page follows, and loses nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, ready

FLOW = '''"""A file that its author is working on."""

from words import GREETING
from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Half(Event):
    """Half of the way."""

    text: str


class Flow(Workflow):
    """Greets somebody."""

    example_input = {"name": "Ada"}

    @step
    async def begin(self, ev: StartEvent) -> Half:
        """Take the name."""
        return Half(text=ev.name)

    @step
    async def finish(self, ev: Half) -> StopEvent:
        """Greet."""
        return StopEvent(result=f"{GREETING}, {ev.text}")
'''
WITH_ANOTHER_STEP = FLOW.replace(
    """    @step
    async def finish(self, ev: Half)""",
    '''    @step
    async def check(self, ev: Half) -> Whole:
        """Between the two."""
        return Whole(text=ev.text)

    @step
    async def finish(self, ev: Whole)''',
).replace("class Flow", 'class Whole(Event):\n    """All of it."""\n\n    text: str\n\n\nclass Flow')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("targets")


@pytest.fixture(scope="module")
def app(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    write(folder)
    started = AppProcess(tmp_path_factory.mktemp("app") / "stepscope.db", [str(folder)]).start()
    try:
        yield started
    finally:
        started.stop_later()


def write(folder: Path, text: str = FLOW) -> Path:
    """Save the file as an editor does that writes a new one and renames it."""
    (folder / "words.py").write_text('GREETING = "Hello"\n')
    new = folder / "flow.py.new"
    new.write_text(text)
    os.replace(new, folder / "flow.py")
    return folder / "flow.py"


@pytest.fixture
def flow(folder: Path, app: AppProcess, page: Page) -> Path:
    """The file, with its page open and ready."""
    file = write(folder)
    open_page(page, f"{app.url}/workflow?id=flow.Flow")
    ready(page)
    return file


def node(page: Page, name: str) -> Locator:
    return key(page, "graph").get_by_role("button", name=re.compile(f"^step {name}"))


def test_a_save_changes_the_graph_and_keeps_what_was_chosen_and_typed(
    flow: Path, folder: Path, page: Page, store: Store
) -> None:
    key(page, "run-form").get_by_label(re.compile("^name")).fill("Grace")
    key(page, "run-form").get_by_label(re.compile("^name")).press("Tab")
    node(page, "begin").click()
    expect(page.get_by_role("tab", name="Step")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".ss-node-facts")).to_contain_text("Take the name.")
    expect(page).to_have_url(re.compile(r"node=step%3Aflow\.Flow\.begin&tab=Step"))

    write(folder, WITH_ANOTHER_STEP)
    expect(node(page, "check")).to_be_attached()
    expect(node(page, "begin")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("tab", name="Step")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".ss-source-state")).to_contain_text("Ready to run · source saved")

    page.get_by_role("tab", name="Run", exact=True).click()
    expect(key(page, "run-form").get_by_label(re.compile("^name"))).to_have_value("Grace")
    key(page, "run-start").get_by_role("button").click()
    expect(key(page, "result")).to_contain_text("Hello, Grace")
    (run,) = store.runs(workflow="Flow", limit=1)
    assert [record["step"] for record in store.records(run.run_id) if record["kind"] == "invocation_started"] == [
        "begin",
        "check",
        "finish",
    ], "a new run uses the new version"


def test_what_is_typed_at_that_moment_stays(flow: Path, folder: Path, page: Page) -> None:
    field = key(page, "run-form").get_by_label(re.compile("^name"))
    field.fill("")
    field.press_sequentially("Gra")
    write(folder, WITH_ANOTHER_STEP)
    expect(node(page, "check")).to_be_attached()
    field.press_sequentially("ce")
    expect(field).to_have_value("Grace")
    expect(field).to_be_focused()


def test_a_saved_import_is_run(flow: Path, folder: Path, page: Page) -> None:
    gate = folder / "words.py.go"
    (folder / "words.py").write_text(
        'import os, time\n\nwhile not os.path.exists(__file__ + ".go"):\n    time.sleep(0.05)\nGREETING = "Welcome"\n'
    )
    try:
        expect(page.locator(".ss-source-state")).to_contain_text("Starting the runner")
        key(page, "run-start").get_by_role("button").click()
        gate.touch()
        expect(key(page, "result")).to_contain_text("Welcome, Ada")
    finally:
        gate.unlink(missing_ok=True)


def test_a_syntax_error_is_said_and_the_last_graph_stays(flow: Path, folder: Path, page: Page) -> None:
    node(page, "finish").click()
    expect(page.locator(".ss-node-facts")).to_contain_text("Greet.")
    expect(page).to_have_url(re.compile("node=.*finish"))
    write(folder, FLOW + "\ndef broken(:\n")
    line = FLOW.count("\n") + 2
    expect(key(page, "source-trouble")).to_contain_text(f"flow.py line {line}")
    expect(page.locator(".ss-source-state")).to_contain_text("Can’t be read now")
    expect(node(page, "finish")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ss-node-facts")).to_contain_text("Greet.")
    expect(page.get_by_role("tab", name="Problems (1)")).to_be_visible()

    page.reload()
    expect(key(page, "source-trouble")).to_contain_text(f"flow.py line {line}")
    expect(node(page, "finish")).to_have_attribute("aria-pressed", "true")

    write(folder, FLOW)
    expect(key(page, "source-trouble")).to_have_count(0)
    expect(page.locator(".ss-source-state")).to_contain_text("Ready to run")
    expect(node(page, "finish")).to_have_attribute("aria-pressed", "true")


def test_a_deleted_file_is_said_and_comes_back(flow: Path, folder: Path, page: Page) -> None:
    flow.unlink()
    expect(key(page, "source-trouble")).to_contain_text("flow.py is not there any more")
    expect(node(page, "begin")).to_be_attached()
    write(folder, FLOW)
    expect(key(page, "source-trouble")).to_have_count(0)
    expect(node(page, "begin")).to_be_attached()


def test_a_renamed_step_is_chosen_no_longer(flow: Path, folder: Path, page: Page) -> None:
    node(page, "finish").click()
    expect(page.locator(".ss-node-facts")).to_contain_text("Greet.")
    write(folder, FLOW.replace("def finish", "def greet"))
    expect(node(page, "greet")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("body")).to_contain_text("Choose a step, an event or a person in the graph")
    expect(page).not_to_have_url(re.compile("node="))


def test_a_workflow_that_could_never_be_read_opens_once_it_can(folder: Path, app: AppProcess, page: Page) -> None:
    other = folder / "late.py"
    other.write_text("def broken(:\n")
    try:
        open_page(page, f"{app.url}/workflow?id=late.Flow")
        expect(page.locator("body")).to_contain_text("This workflow can’t be read")
        expect(page.locator("body")).to_contain_text("late.py line 1")
        other.write_text(FLOW)
        expect(page.get_by_role("heading", name="Flow")).to_be_visible()
    finally:
        other.unlink()
