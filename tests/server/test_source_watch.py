"""A tab is told when a file that it shows was saved, however it was saved; and nothing of other files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inspectors.discovery import discover
from inspectors.discovery.rereading import MISSING, shown_version
from inspectors.server import source_watch
from inspectors.workbench import get_workbench

Tabs = Callable[[], Any]
FLOW = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from sibling import WORD


class Flow(Workflow):
    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=WORD)
"""


def save(file: Path, text: str) -> None:
    """In one moment: who reads it in between sees no half of it."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text)
    os.replace(new, file)


def flow(folder: Path) -> Path:
    save(folder / "sibling.py", 'WORD = "one"\n')
    file = folder / "flow.py"
    save(file, FLOW)
    return file


def watched(tab: Tabs, file: Path) -> Any:
    """A tab that shows this file and knows its version."""
    page = tab()
    page.send(op="watch_source", file=str(file))
    assert page.hear("source") == {"op": "source", "file": str(file), "version": shown_version(file)}
    return page


def test_a_save_is_told(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    save(file, FLOW.replace("work", "toil"))
    assert page.hear("source")["version"] == shown_version(file)
    assert source_watch.LOOK_SECONDS + source_watch.SETTLE_SECONDS < 0.5, "nobody waits for longer"


def test_an_editor_that_renames_a_new_file_over_the_old_one(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    new = tmp_path / "flow.py.new"
    new.write_text(FLOW.replace("work", "toil"))
    os.replace(new, file)
    assert page.hear("source")["version"] == shown_version(file) != MISSING


def test_an_editor_that_moves_the_old_file_away_first_is_no_deletion(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    file.rename(tmp_path / "flow.py~")
    save(file, FLOW.replace("work", "toil"))
    assert page.hear("source")["version"] == shown_version(file) != MISSING


def test_a_file_that_a_shown_file_imports(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    save(tmp_path / "sibling.py", 'WORD = "two"\n')
    assert page.hear("source")["version"] == shown_version(file)


def test_an_import_that_comes_into_being(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    (tmp_path / "sibling.py").unlink()
    page = watched(tab, file)
    save(tmp_path / "sibling.py", 'WORD = "two"\n')
    assert page.hear("source")["version"] == shown_version(file)


def test_variables_beside_it(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    seen = [shown_version(file)]
    for text in ("SERVICE_API_KEY=one\n", "SERVICE_API_KEY=two\n"):
        save(tmp_path / ".env", text)
        seen.append(page.hear("source")["version"])
        assert seen[-1] == shown_version(file)
    assert len(set(seen)) == 3


def test_a_save_has_a_runner_of_the_new_version_started_without_the_page(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    workbench = get_workbench()
    (source,) = discover([file]).workflows
    save(file, FLOW.replace("work", "toil"))
    page.hear("source")
    assert workbench.store.runners() == [], "nobody has opened its page"
    workbench.supervisor.open(source)
    save(file, FLOW.replace("work", "labour"))
    version = page.hear("source")["version"]
    assert version in {row.version for row in workbench.store.runners()}
    save(file, "def broken(:\n")
    broken = page.hear("source")["version"]
    assert broken not in {row.version for row in workbench.store.runners()}


def test_a_deleted_file_is_told_and_so_is_its_return(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    before = shown_version(file)
    file.unlink()
    assert page.hear("source")["version"] == MISSING
    save(file, FLOW)
    assert page.hear("source")["version"] == before


def test_a_file_with_a_syntax_error_and_its_mending(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    before = shown_version(file)
    save(file, FLOW + "def broken(:\n")
    assert page.hear("source")["version"] != before
    save(file, FLOW)
    assert page.hear("source")["version"] == before


def test_saving_without_a_change_says_nothing(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = watched(tab, file)
    os.utime(file)
    save(file, FLOW.replace("work", "toil"))
    assert page.hear("source")["version"] == shown_version(file)  # the first that is told is the change


def test_a_tab_that_shows_it_no_longer_is_not_told(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    left, stays = watched(tab, file), watched(tab, file)
    left.send(op="unwatch_source", file=str(file))
    left.send(op="watch_source", file=str(tmp_path / "sibling.py"))
    assert left.hear("source")["file"].endswith("sibling.py")
    save(file, FLOW.replace("work", "toil"))
    stays.hear("source")
    save(tmp_path / "sibling.py", "WORD = 3\n")
    assert left.hear("source")["file"].endswith("sibling.py")


def test_what_is_no_python_file_is_not_watched(tab: Tabs, tmp_path: Path) -> None:
    file = flow(tmp_path)
    page = tab()
    page.send(op="watch_source", file="/etc/passwd")
    page.send(op="watch_source")
    page.send(op="watch_source", file=str(file))
    assert page.hear("source")["file"] == str(file)
