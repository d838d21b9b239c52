"""Browse without a browser: what it hands to the part that draws cards, and what it says where there are none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from inspectors.discovery import Catalog
from inspectors.settings import read_settings
from inspectors.workbench import Workbench
from tests.pages.bench import add_pause, add_run, data_of, texts

OpenPage = Callable[..., AppTest]
FLOW = """from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent


class {name}(Workflow):
    \"\"\"{doc}\"\"\"

    @step
    async def only(self, ev: StartEvent) -> StopEvent:
        return StopEvent()
"""


@pytest.fixture
def aim(bench: Workbench, tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Point the workbench at a folder with these files."""

    def aimed(files: dict[str, str]) -> Path:
        folder = tmp_path / "claims"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        bench.settings = read_settings([str(folder)])
        bench.look_again()
        return folder

    return aimed


def cards(app: AppTest) -> list[dict[str, Any]]:
    """The cards in their order."""
    return data_of(app, "cards")["cards"]


def test_a_card_per_workflow(open_page: OpenPage, bench: Workbench) -> None:
    shown = cards(open_page())
    assert [card["name"] for card in shown] == [source.name for source in bench.catalog().workflows]
    approval = next(card for card in shown if card["name"] == "ApprovalWorkflow")
    assert approval["picture"].startswith("<svg")
    assert approval["url"] == "workflow?id=approval.ApprovalWorkflow"
    assert (approval["file"], approval["last"], "pauses" in approval["filters"]) == ("approval.py", None, True)


def test_what_needs_a_person_comes_first_then_what_failed(open_page: OpenPage, bench: Workbench) -> None:
    add_run(bench, "StreamingWorkflow", status="done", ended_at=1790000002.0)
    add_run(bench, "RiskyFailsWorkflow", status="failed", ended_at=1790000002.0)
    waiting = add_pause(bench)
    add_run(bench, "ApprovalWorkflow", status="done", ended_at=1790000009.0)
    shown = cards(open_page())
    assert [card["name"] for card in shown[:2]] == ["ApprovalWorkflow", "RiskyFailsWorkflow"]
    assert shown[0]["last"] == {"status": "waiting", "at": 1790000001.0, "count": 1, "run": waiting.run_id}, (
        "an older run still asks somebody, though a newer one is done"
    )
    rest = [card["name"] for card in shown[2:]]
    assert rest == sorted(rest)


def test_classes_of_one_name_differ_by_file_and_key(open_page: OpenPage, aim: Any) -> None:
    aim(
        {
            "a/rag.py": FLOW.format(name="RAGWorkflow", doc="One."),
            "b/rag.py": FLOW.format(name="RAGWorkflow", doc="Two."),
        }
    )
    shown = cards(open_page())
    assert [(card["key"], card["file"]) for card in shown] == [
        ("workflow-card-RAGWorkflow", "a/rag.py"),
        ("workflow-card-RAGWorkflow-2", "b/rag.py"),
    ]
    assert len({card["url"] for card in shown}) == 2


def test_problems_are_sentences_around_the_path_of_their_file(open_page: OpenPage, aim: Any) -> None:
    files = {"good.py": FLOW.format(name="Good", doc="Works."), "flows/bad.py": "def broken(:\n"}
    files["needs.py"] = "import no_such_package\n" + FLOW.format(name="Needs", doc="Needs something.")
    aim(files)
    data = data_of(open_page(), "cards")
    assert data["trouble"]["headline"] == "2 files have problems."
    assert {one["file"] for one in data["trouble"]["sentences"]} == {"flows/bad.py", "needs.py"}
    assert {card["name"]: "problems" in card["filters"] for card in data["cards"]} == {"Good": False, "Needs": True}


def test_no_workflows_offers_the_samples_and_they_open(open_page: OpenPage, bench: Workbench, aim: Any) -> None:
    aim({"plain.py": "x = 1\n"})
    app = open_page()
    assert "No workflows in claims/" in texts(app)
    assert "1 Python file was read; none has a class that inherits from Workflow." in texts(app)
    assert data_of(app, "cards")["trouble"] is None, "the same isn't said twice"
    next(button for button in app.button if button.label == "Open the samples").click().run()
    assert "ApprovalWorkflow" in {card["name"] for card in cards(app)}
    assert "claims/ has no workflows" in texts(app)
    assert "is not here" not in texts(open_page("workflow", id="approval.ApprovalWorkflow"))


def test_a_target_that_is_not_there_is_said(open_page: OpenPage, bench: Workbench, tmp_path: Path) -> None:
    bench.settings = read_settings([str(tmp_path / "gone")])
    app = open_page()
    assert "does not exist" in texts(app)
    assert "Python files were read" not in texts(app)


def test_reading_for_long_is_said_and_ends_in_the_cards(
    open_page: OpenPage, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from parts import reading

    said: list[str] = []
    told = threading.Event()
    whole, empty = bench.catalog, reading.empty_state

    def slow() -> Catalog:
        assert told.wait(60)
        return whole()

    def noting(headline: str, sentence: str, key: str) -> Any:
        said.append(headline)
        return empty(headline, sentence, key)

    class Clock:
        """Lets reading end once the page has said how long it takes, twice."""

        ticks = 0

        def monotonic(self) -> float:
            """Seconds; called once before and once a tick."""
            Clock.ticks += 1
            if Clock.ticks > 2:
                told.set()
            return float(Clock.ticks)

    monkeypatch.setattr(bench, "catalog", slow)
    monkeypatch.setattr(reading, "empty_state", noting)
    monkeypatch.setattr(reading, "time", Clock())
    monkeypatch.setattr(reading, "SAID_AFTER", 0.0)
    monkeypatch.setattr(reading, "SAID_EVERY", 0.01)
    app = open_page()
    assert said and said[0].startswith("Reading ") and said[0].endswith(" Python files in workflows/")
    assert Clock.ticks > 2, "the seconds were said anew without drawing anything twice"
    assert cards(app)
    assert "so far" not in texts(app)
