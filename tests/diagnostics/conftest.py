"""Real files, imported by the runner's own code in another process, so that the engine says what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
HEAD = """\
from workflows import Context, Workflow, step
from workflows.decorators import catch_error
from workflows.events import (
    Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StepFailedEvent, StopEvent,
)


"""
"""Seven lines: the first line of a test's own code is 8."""

IMPORTER = """
import json, sys
from pathlib import Path
from inspectors.recording.errors import describe_error
from inspectors.runner.describing import describe
from inspectors.runner.loading import Instances, import_file
for line in sys.stdin:
    file = Path(line.strip())
    try:
        module = import_file(file, file.parent, file.stem)
        described = describe(module, Instances(module, str(file.parent)), str(file.parent))
        said = {"described": described["workflows"], "error": None}
    except BaseException as error:
        said = {"described": {}, "error": describe_error(error, str(file.parent))}
    for answer in said["described"].values():
        answer.pop("graph")
    print(json.dumps([str(file), said]))
"""

Said = dict[str, Any]


def imported(files: list[Path]) -> dict[str, Said]:
    """What a runner says of each file: {"described": {class: ...}, "error": ...}."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTER],
        cwd=PROJECT,
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file whose own code begins on line 8."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(HEAD + text.strip("\n") + "\n", encoding="utf-8")
        return path

    return write_file
