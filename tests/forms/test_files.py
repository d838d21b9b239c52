"""Files given to a form: kept once, by their owner only, under their own name, and read back for a run."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from inspectors.forms.files import keep_file
from inspectors.forms.scalars import FILE
from inspectors.runner.kept_files import MARK, kept_folder, with_contents


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
    assert FILE == MARK
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
