"""Lines of source around a failure: only those that ran."""

import os
from pathlib import Path
from typing import Any

import pytest

from inspectors.server.source_lines import with_source

TEXT = "".join(f"line_{number} = {number}\n" for number in range(1, 11))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    made = tmp_path / "flow.py"
    made.write_text(TEXT, encoding="utf-8")
    os.utime(made, (1_000, 1_000))
    return made


def frame(path: Path, line: int = 5, **fields: Any) -> dict[str, Any]:
    return {"file": str(path), "line": line, "function": "f", "code": f"line_{line} = {line}", "own": True, **fields}


def around(made: dict[str, Any], raised_at: float = 2_000.0) -> list[int]:
    (told,) = with_source({"type": "E", "frames": [made]}, raised_at)["frames"]
    return [one["line"] for one in told.get("lines", [])]


@pytest.mark.parametrize(
    ("line", "found"), [(5, [2, 3, 4, 5, 6, 7]), (1, [1, 2, 3]), (10, [7, 8, 9, 10]), (11, []), (0, [])]
)
def test_the_lines_around_the_failing_one_are_shown(source: Path, line: int, found: list[int]) -> None:
    assert around(frame(source, line)) == found


def test_a_file_that_was_changed_since_is_not_what_ran(source: Path) -> None:
    assert around(frame(source), raised_at=999.0) == []
    assert around(frame(source, code="something_else()")) == []
    assert around(frame(source, code="")) == []


def test_only_the_users_own_python_files_are_read(source: Path, tmp_path: Path) -> None:
    assert around(frame(source, own=False)) == []
    other = tmp_path / "secret.txt"
    other.write_text(TEXT, encoding="utf-8")
    os.utime(other, (1_000, 1_000))
    assert around(frame(other)) == []
    assert around(frame(tmp_path / "gone.py")) == []
    source.write_bytes(b"\xff\xfe\n" * 9)
    os.utime(source, (1_000, 1_000))
    assert around(frame(source)) == []


def test_the_newest_frames_get_lines_and_the_record_stays_as_it_is(source: Path) -> None:
    error = {"type": "E", "frames": [frame(source, line) for line in (2, 3, 4, 5)]}
    told = with_source(error, 2_000.0)["frames"]
    assert ["lines" in one for one in told] == [False, True, True, True]
    assert all("lines" not in one for one in error["frames"])  # type: ignore[operator]
    assert with_source({"type": "E"}, 0.0)["frames"] == []
