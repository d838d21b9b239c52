"""A preset from the form to the constructor: typed while the runner starts, saved, found after a reload, run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inspectors.store import Store
from tests.e2e.app_process import AppProcess
from tests.e2e.browser import key, open_page, run_id_of, settled

SOURCE = '''
"""A workflow whose constructor takes arguments."""
import os, time
from typing import Literal
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

while not os.path.exists(__file__ + ".go"):  # whoever is quick types before the runner is ready
    time.sleep(0.05)

class Answers(Workflow):
    """Answers from a folder."""
    example_input = {"query": "Who?"}
    def __init__(self, folder: str, depth: int = 3, mode: Literal["fast", "slow"] = "fast", **kwargs):
        super().__init__(**kwargs)
        self.got = [folder, depth, mode]
    @step
    async def answer(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=f"{ev.query} {self.got}")
'''


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[AppProcess]:
    """The app on one such workflow."""
    (tmp_path / "answers.py").write_text(SOURCE, encoding="utf-8")
    started = AppProcess(tmp_path / "stepscope.db", [str(tmp_path / "answers.py")]).start()
    try:
        yield started
    finally:
        started.stop_later()


def test_a_preset_is_saved_found_after_a_reload_and_run(answers: AppProcess, page: Page, tmp_path: Path):
    url = f"{answers.url}/workflow?id=answers.Answers"
    open_page(page, url)
    form = key(page, "run-form")
    expect(page.get_by_text("Starting the runner for Answers")).to_be_visible()
    form.get_by_text("2 more arguments, all optional").click()
    form.get_by_label("folder").fill("papers")
    form.get_by_label("depth").fill("5")
    (tmp_path / "answers.py.go").touch()
    expect(page.get_by_text("Starting the runner for Answers")).to_be_hidden()
    expect(form.get_by_label("folder")).to_have_value("papers")
    expect(form.get_by_label("depth")).to_have_value("5")
    key(page, "run-save").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Deep")
    dialog.get_by_label("Name").press("Enter")
    expect(dialog).to_be_hidden()
    expect(form.get_by_label("depth")).to_have_value("5")
    page.reload()
    settled(page)
    expect(form.get_by_label("folder")).to_have_value("")
    form.get_by_label("Start from").click()
    page.get_by_role("option", name="Preset “Deep”").click()
    folder = form.get_by_label("folder").last  # while the form is drawn anew, the old one stands beside it
    expect(folder).to_have_value("papers")
    settled(page)  # the button that hears the keys is the new form's
    folder.press("Control+Enter")
    run_id = run_id_of(page)
    expect(key(page, "result")).to_contain_text("Who? ['papers', 5, 'fast']")
    store = Store(answers.database)
    run = store.run(run_id)
    assert run is not None and run.options["arguments"] == {"folder": "papers", "depth": 5}
    assert store.count_runs() == 1
    store.close()
