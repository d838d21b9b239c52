"""A workflow read again while its file changes: as it is now, or as it last was, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspectors.discovery import discover
from inspectors.discovery.model import WorkflowSource
from inspectors.discovery.rereading import MISSING, last_good, read_again, shown_version

FLOW = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent


class Flow(Workflow):
    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=1)
"""


@pytest.fixture
def known(tmp_path: Path) -> WorkflowSource:
    file = tmp_path / f"{tmp_path.name.replace('-', '_')}.py"
    file.write_text(FLOW)
    return discover([file]).workflows[0]


def steps(source: WorkflowSource) -> list[str]:
    return [node["name"] for node in source.graph["nodes"] if node["kind"] == "step"]


def test_a_save_is_read_at_once(known: WorkflowSource) -> None:
    Path(known.file).write_text(FLOW.replace("work(", "toil("))
    reading = read_again(known)
    assert (steps(reading.source), reading.trouble) == (["toil"], None)
    assert reading.version == shown_version(known.file)


def test_the_newest_good_reading_outlives_a_syntax_error(known: WorkflowSource) -> None:
    file = Path(known.file)
    file.write_text(FLOW.replace("work(", "toil("))
    read_again(known)
    file.write_text("class Flow(:\n")
    reading = read_again(known)
    assert steps(reading.source) == ["toil"]
    assert reading.trouble is not None and reading.trouble.line == 1
    assert last_good(known.id) == reading.source


def test_a_file_that_is_gone_and_a_class_that_is_gone(known: WorkflowSource) -> None:
    file = Path(known.file)
    file.unlink()
    gone = read_again(known)
    assert gone.version == MISSING and gone.trouble is not None and gone.source == known
    file.write_text(FLOW.replace("Flow(", "Other("))
    renamed = read_again(known)
    assert renamed.trouble is not None and "no workflow Flow any more" in renamed.trouble.sentence
    file.write_text("")
    emptied = read_again(known)
    assert emptied.trouble is not None and "no workflow Flow any more" in emptied.trouble.sentence
    file.write_text(FLOW)
    assert read_again(known).trouble is None


def test_an_id_that_tells_two_files_apart_is_kept(tmp_path: Path) -> None:
    for part in ("a", "b"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "flow.py").write_text(FLOW)
    for source in discover([tmp_path]).workflows:
        assert "@" in source.id
        assert read_again(source).source.id == source.id
