"""Files given to a form: kept once, by their owner only, under their own name, and read back for a run."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from inspectors.forms.files import GRACE_SECONDS, forget_files, keep_file
from inspectors.runner.kept_files import MARK, kept_folder, with_contents
from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("notes ä.txt", "notes ä.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.png", "a.png"),
        ("a\x00b|c?.csv", "a_b_c_.csv"),
        ("", "file"),
        ("..", "file"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_file_keeps_its_name_and_stays_in_its_folder(tmp_path: Path, given: str, kept: str) -> None:
    path = keep_file(tmp_path / "files", given, b"abc")
    assert path.name == kept
    assert path.parent.parent == tmp_path / "files"
    assert path.read_bytes() == b"abc"


def test_only_the_owner_can_read_it_and_the_same_is_kept_once(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    first, again = keep_file(folder, "a.txt", b"1"), keep_file(folder, "a.txt", b"1")
    other = keep_file(folder, "a.txt", b"2")
    assert first == again != other
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(first.parent.stat().st_mode) == 0o700
    assert [path.name for path in first.parent.iterdir()] == ["a.txt"], "nothing half written is left"


def test_a_run_gets_the_contents_back(tmp_path: Path) -> None:
    database = tmp_path / "stepscope.db"
    path = keep_file(kept_folder(database), "a.bin", b"\x00\xff")
    mark = {MARK: str(path), "name": "a.bin", "size": 2}
    given = {"picture": mark, "more": [mark, {"deep": mark}], "text": "x"}
    assert with_contents(given, database) == {
        "picture": b"\x00\xff",
        "more": [b"\x00\xff", {"deep": b"\x00\xff"}],
        "text": "x",
    }


def test_a_mark_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("no")
    for named in (str(tmp_path / "secret"), str(kept_folder(tmp_path / "x.db") / ".." / "secret"), ""):
        mark = {MARK: named, "size": 2}
        assert with_contents({"a": mark}, tmp_path / "x.db") == {"a": mark}


def test_a_file_that_is_gone_is_said_by_its_name(tmp_path: Path) -> None:
    database = tmp_path / "stepscope.db"
    path = keep_file(kept_folder(database), "a.bin", b"1")
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"The file a\.bin of this input is not kept any more"):
        with_contents({"a": {MARK: str(path), "name": "a.bin", "size": 1}}, database)


def test_files_that_nothing_names_any_more_are_deleted(tmp_path: Path) -> None:
    database = tmp_path / "stepscope.db"
    folder, store = kept_folder(database), Store(database)

    def given(name: str, age: float = 2 * GRACE_SECONDS) -> dict[str, Any]:
        path = keep_file(folder, name, name.encode())
        os.utime(path.parent, (time.time() - age,) * 2)
        return {MARK: str(path), "name": name, "size": len(name)}

    def kept() -> set[str]:
        return {path.name for path in folder.glob("*/*")}

    run = {"workflow": "W", "module": "m", "file": "f", "version": "1"}
    doomed = store.create_run(**run, input={"deep": [{"a": given("run.txt")}], "path": given("path.txt")[MARK]})
    other = store.create_run(**run, input={}, options={"arguments": {"a": given("argument.txt")}})
    prompt = NewPrompt("p", 1, "Ask", "s", "?", {}, None, {})
    store.commit([Commit(other, 1, ['{"seq": 1, "t": 1.0, "kind": "prompt"}'], prompts=[prompt])])
    store.add_answer("p", {"photo": given("answer.txt")}, "")
    store.save_preset(workflow="W", file="f", name="P", input={"a": given("preset.txt")})
    given("nobody.txt")
    given("just now.txt", age=1.0)
    (folder / "mine.txt").write_text("of somebody else")

    assert forget_files(folder, store.named_digests) == 1
    assert kept() == {"run.txt", "path.txt", "argument.txt", "answer.txt", "preset.txt", "just now.txt"}

    for run_id in (doomed, other):
        store.commit([Commit(run_id, 2, run={"status": "done"})])
    store.delete_runs([doomed])
    store.delete_preset(workflow="W", file="f", name="P")
    forget_files(folder, store.named_digests)
    assert kept() == {"argument.txt", "answer.txt", "just now.txt"}

    store.delete_runs([other])
    assert keep_file(folder, "answer.txt", b"answer.txt").is_file(), "given again, to a form that is still open"
    forget_files(folder, store.named_digests)
    assert kept() == {"answer.txt", "just now.txt"} and (folder / "mine.txt").is_file()
    store.close()
    assert forget_files(tmp_path / "nowhere", set) == 0


def test_a_file_that_can_t_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inspectors.forms.files.os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        keep_file(tmp_path / "files", "a.txt", b"1")
    assert not list((tmp_path / "files").glob("*/*"))
