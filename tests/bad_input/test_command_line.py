"""What the command line says of bad input, with the exit code: 0 in order, 1 the run failed, 2 nothing could be run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.conftest import GOOD, Done

Command = Callable[..., Done]


def test_what_is_in_order(good: Path, command: Command) -> None:
    done = command("run", str(good))
    assert (done.returncode, done.stdout, done.stderr) == (0, '"ran"\n', "")
    assert command("graph", f"{good}:Good").returncode == 0


def test_as_a_program(project: Path, process: Command) -> None:
    (project / "bad.py").write_text("1 / 0\n" + GOOD.format(name="Bad"))
    done = process("run", f"{project / 'bad.py'}:Bad")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert process("grph").returncode == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Name a command. answer: "),
        (["grph"], "There is no command grph. Was graph meant? "),
        (["dance", "x.py"], "There is no command dance. answer: "),
        (["graph", "{project}/god.py"], "{project}/god.py does not exist. Was {project}/good.py meant?"),
        (["graph", "{project}/good.py:Goood"], "{project}/good.py has no workflow Goood. Was Good meant?"),
        (["run", "{project}/good.py:good"], "{project}/good.py has no workflow good. Was Good meant?"),
        (["run", "{project}/good.py:Zebra"], "{project}/good.py has no workflow Zebra. It has Good."),
        (["run", "{project}/*.py:Good"], "No file matches {project}/*.py."),
        (["run", "{project}/good.py", "--input", "{{"], "--input is not valid JSON: "),
        (["run", "{project}/good.py", "--input", '{{\n  "a": 1,\n}}'], "at line 3, column 1."),
        (["run", "{project}/good.py", "--input", "[1]"], "--input must be a JSON object such as "),
        (["run", "{project}/good.py", "--input", "[" * 100_000], "--input can't be read: "),
        (["run", "{project}/good.py", "--answer", "yes"], "--answer is not valid JSON: "),
    ],
)
def test_bad_input_is_a_sentence(words: list[str], sentence: str, project: Path, good: Path, command: Command) -> None:
    done = command(*(word.format(project=project) for word in words))
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence.format(project=project) in done.stderr and len(done.stderr.splitlines()) == 1


def test_the_rest_of_a_folder_is_still_there(project: Path, good: Path, command: Command) -> None:
    (project / "broken.py").write_text("x = (\n")
    (project / "photo.py").write_bytes(b"\0\0\0")
    (project / "needs.py").write_text("import pandas_xyz\n" + GOOD.format(name="Needs"))
    done = command("graph", str(project))
    assert done.returncode == 0
    assert [graph["name"] for graph in json.loads(done.stdout)["workflows"]] == ["Good", "Needs"]
    files = sorted(line.partition(" ")[0] for line in done.stderr.splitlines())
    assert files == ["broken.py", "needs.py", "photo.py"]
    assert command("graph", f"{project}:Good").returncode == 0
    done = command("run", str(project / "broken.py"))
    assert (done.returncode, done.stderr) == (
        2,
        "broken.py line 1: '(' was never closed. No workflow could be read from it.\n",
    )


def test_two_classes_of_one_name(project: Path, command: Command) -> None:
    for name in ("one", "two"):
        (project / f"{name}.py").write_text(GOOD.format(name="Same"))
    done = command("run", f"{project}:Same")
    assert done.returncode == 2
    assert done.stderr == (
        f"{project} has 2 workflows Same: name the file of the one that is meant. "
        f"{project / 'one.py'} (line 4), {project / 'two.py'} (line 4).\n"
    )
    assert command("graph", f"{project / 'two.py'}:Same").returncode == 0


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (
            "import pandas_xyz\n",
            "bad.py, line 1: bad.py imports pandas_xyz, which is not installed here. "
            "Install it with `pip install pandas_xyz`, then try again.\n",
        ),
        (
            "from json import nothing_like_it\n",
            "bad.py, line 1: bad.py imports nothing_like_it from json, which has no such name. "
            "Check the spelling, or whether the installed version of json is the one it needs.\n",
        ),
        ("import sys\nsys.exit(3)\n", "bad.py, line 2: bad.py ends the program while it is imported (sys.exit)"),
        ("1 / 0\n", "bad.py, line 1: bad.py can't be imported: ZeroDivisionError: division by zero."),
        ("import bad\nfrom bad import Late\n", "bad.py and bad import each other"),
    ],
)
def test_an_import_that_fails(head: str, sentence: str, project: Path, command: Command) -> None:
    (project / "bad.py").write_text(head + GOOD.format(name="Bad"))
    done = command("run", f"{project / 'bad.py'}:Bad")
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1
    assert command("graph", f"{project / 'bad.py'}:Bad").returncode == 0, "the graph comes from source"


def test_a_class_that_the_engine_refuses(project: Path, command: Command) -> None:
    (project / "bad.py").write_text(GOOD.format(name="Bad").replace("StartEvent) -> StopEvent", "StartEvent) -> None"))
    done = command("run", f"{project / 'bad.py'}:Bad")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "bad.py, line 4: Bad can't end: none of its steps is annotated to return StopEvent. "
        "Write `-> StopEvent` after the parameters of its last step, and return one there.\n"
    )


def test_a_run_that_fails_says_what_its_error_means(project: Path, command: Command) -> None:
    (project / "bad.py").write_text(GOOD.format(name="Bad").replace('StopEvent(result="ran")', '"ran"'))
    done = command("run", f"{project / 'bad.py'}:Bad")
    assert done.returncode == 1
    assert done.stderr.splitlines()[1] == (
        "bad.py, line 5: Step only of Bad returns a str, not an event. "
        "Return an event there, such as `StopEvent(result=...)`, or None if only gives nothing."
    )
