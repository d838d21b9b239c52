"""What is kept of exceptions."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspectors.recording.errors import describe_error, root_cause


def test_a_syntax_error_has_its_own_line_as_last_frame(tmp_path: Path):
    file = tmp_path / "broken.py"
    file.write_text("x = 1\ndef broken(:\n")
    try:
        compile(file.read_text(), str(file), "exec")
    except SyntaxError as error:
        last = describe_error(error, str(tmp_path))["frames"][-1]
    assert (last["file"], last["line"], last["code"], last["own"]) == (str(file), 2, "def broken(:", True)


def test_the_root_cause_is_what_an_exception_goes_back_to():
    def fail() -> None:
        try:
            raise TypeError("Object of type function is not JSON serializable")
        except TypeError as error:
            raise ValueError("Failed to serialize value: pages of state") from error

    with pytest.raises(ValueError, match="pages of state") as raised:
        fail()
    assert str(root_cause(raised.value)) == "Object of type function is not JSON serializable"
