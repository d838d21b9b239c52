"""A browser is found or its absence said; never skipped."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import chromium


def program(path: Path) -> Path:
    """An executable file."""
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_variable_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = program(tmp_path / "mine")
    monkeypatch.setenv("STEPSCOPE_CHROMIUM", str(mine))
    assert chromium.find_chromium() == str(mine)


def test_a_variable_that_leads_nowhere_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPSCOPE_CHROMIUM", str(tmp_path / "gone"))
    with pytest.raises(chromium.NoChromium, match=r"STEPSCOPE_CHROMIUM is .*, and no program is there"):
        chromium.find_chromium()


def test_then_the_path_then_playwrights_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEPSCOPE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "MAC", tmp_path / "none")
    monkeypatch.setattr(chromium, "playwrights_own", lambda: "/cache/chrome")
    assert chromium.find_chromium() == "/cache/chrome"
    found = program(tmp_path / "chromium-browser")
    assert chromium.find_chromium() == str(found)


def test_no_browser_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEPSCOPE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "MAC", tmp_path / "none")
    monkeypatch.setattr(chromium, "playwrights_own", lambda: None)
    with pytest.raises(chromium.NoChromium, match="Install one"):
        chromium.find_chromium()


def test_a_failed_installer_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(chromium.NoChromium, match="ended with exit code 1, so there is no Chromium"):
        chromium.install()


def test_the_command_fails_for_a_wrong_variable() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.chromium", "--install"],
        cwd=Path(__file__).parents[2],
        env={"STEPSCOPE_CHROMIUM": "/nowhere", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "STEPSCOPE_CHROMIUM is /nowhere, and no program is there.\n"
