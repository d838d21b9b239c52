"""A button whose click needs the database, while it can't be used: a sentence on the page, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from inspectors.store import StoreRefused
from inspectors.workbench import Workbench
from tests.pages.bench import add_pause

OpenPage = Callable[..., AppTest]
LOCKED = "The database x.db can't be used: another program has locked it."


def refuse(*_: Any, **__: Any) -> Any:
    raise StoreRefused(LOCKED)


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def said(app: AppTest) -> list[str]:
    assert not app.exception, [one.value for one in app.exception]
    return [one.value.replace("\\", "") for one in app.toast]


def test_a_run_that_the_database_refuses_is_said(
    open_page: OpenPage, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("workflow", id="approval.ApprovalWorkflow")
    monkeypatch.setattr(bench.supervisor, "start", refuse)
    press(app, "Run")
    assert said(app) == [LOCKED]


def test_a_preset_that_the_database_refuses_can_be_saved_again(
    open_page: OpenPage, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press(open_page("workflow", id="approval.ApprovalWorkflow"), "Save as preset")
    app.text_input(key="preset-name").input("Mine")
    with monkeypatch.context() as locked:
        locked.setattr(bench.store, "save_preset", refuse)
        press(app, "Save")
    assert said(app) == [LOCKED]
    assert app.text_input(key="preset-name").value == "Mine"
    press(app, "Save")
    assert LOCKED not in said(app)
    (source,) = (one for one in bench.catalog().workflows if one.name == "ApprovalWorkflow")
    assert [one.name for one in bench.store.presets(workflow=source.name, file=source.file)] == ["Mine"]


def test_an_answer_that_the_database_refuses_is_said_and_not_lost(
    open_page: OpenPage, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_pause(bench)
    app = open_page("review")
    monkeypatch.setattr(bench.supervisor, "answer", refuse)
    button = next(one for one in app.button if "Approve" in one.label)
    button.click().run()
    assert said(app) == [LOCKED]
    assert any("Approve" in one.label for one in app.button)
