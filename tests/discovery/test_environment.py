"""The `.env` for a file: the nearest one up to its root or target, read as data, without touching this process."""

from __future__ import annotations

import os
from pathlib import Path

from inspectors.discovery import read_environment, source_version


def flow(folder: Path, *parents: str) -> Path:
    place = folder.joinpath(*parents)
    place.mkdir(parents=True, exist_ok=True)
    (place / "flow.py").write_text("x = 1\n")
    return place / "flow.py"


def test_the_nearest_one_up_to_the_root_or_the_target_wins(tmp_path: Path):
    file = flow(tmp_path, "project", "flows")
    (tmp_path / ".env").write_text("WHERE=above\n")
    assert read_environment(file).file is None, "its folder is its root, and no target reaches further"
    (tmp_path / "project" / ".env").write_text("WHERE=target\n")
    targets = (str(tmp_path / "project"),)
    assert read_environment(file, targets).values == {"WHERE": "target"}
    assert read_environment(file, (str(file),)).file is None
    (file.parent / ".env").write_text("WHERE=beside\n")
    assert read_environment(file, targets).values == {"WHERE": "beside"}


def test_a_package_is_left_behind_up_to_its_root(tmp_path: Path):
    file = flow(tmp_path, "project", "package", "deep")
    for folder in (file.parent, file.parent.parent):
        (folder / "__init__.py").touch()
    (tmp_path / "project" / ".env").write_text("WHERE=root\n")
    assert read_environment(file).values == {"WHERE": "root"}


def test_a_folder_of_that_name_is_no_file_of_variables(tmp_path: Path):
    file = flow(tmp_path)
    (tmp_path / ".env").mkdir()
    assert read_environment(file).file is None


def test_it_is_read_as_other_tools_read_it_and_only_as_data(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("NAME", "Ada")
    file = flow(tmp_path)
    (tmp_path / ".env").write_text(
        "# a comment\nexport PLAIN=one\nQUOTED='two words'\nLINES=\"a\\nb\"\nGREETING=Hello ${NAME}\nBARE\n"
    )
    before = dict(os.environ)
    found = read_environment(file)
    assert found.values == {"PLAIN": "one", "QUOTED": "two words", "LINES": "a\nb", "GREETING": "Hello Ada"}
    assert found.problem is None and dict(os.environ) == before
    assert "two words" not in repr(found)


def test_what_cannot_be_read_is_said_without_a_value(tmp_path: Path):
    file, env = flow(tmp_path), tmp_path / ".env"
    env.write_text("GOOD=1\nthis is 'no line\nALSO=2\n")
    found = read_environment(file)
    assert found.values["GOOD"] == "1" and "in line 2" in found.problem and "this is" not in found.problem
    env.write_bytes(b"NAME=caf\xe9\n")
    assert "is not UTF-8" in read_environment(file).problem
    env.write_bytes(b"A=x\0y\nB=2\n")
    assert read_environment(file).values == {"B": "2"}
    env.write_text("A=" + "x" * 1_000_001)
    assert "larger than 1 MB" in read_environment(file).problem


def test_a_change_of_it_is_another_version(tmp_path: Path):
    file = flow(tmp_path)
    versions = [source_version(file)]
    for text in ("A=1\n", "A=2\n"):
        (tmp_path / ".env").write_text(text)
        versions.append(source_version(file))
    assert len(set(versions)) == 3
    (tmp_path / ".env").unlink()
    assert source_version(file) == versions[0]
