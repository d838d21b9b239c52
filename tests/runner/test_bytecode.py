"""A file saved twice within a second runs as it is now."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOOK = """
import sys
from inspectors.runner.bytecode import cache_settled_only
cache_settled_only()
sys.path.insert(0, sys.argv[1])
import word
print(word.WORD)
"""


def imported(folder: Path) -> str:
    caching = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(folder)], cwd=PROJECT, env=caching, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def saved(folder: Path, word: str, at: float) -> None:
    (folder / "word.py").write_text(f"WORD = {word!r}\n")
    os.utime(folder / "word.py", (at, at))


def test_two_saves_in_one_second(tmp_path: Path):
    at = time.time() + 60  # within the moment, however long the processes take
    for word in ("one", "two"):
        saved(tmp_path, word, at)
        assert imported(tmp_path) == word
    assert not list(tmp_path.glob("__pycache__/*"))
    saved(tmp_path, "old", at - 120)
    assert imported(tmp_path) == "old" and list(tmp_path.glob("__pycache__/*"))
