"""Targets that are odd, broken or huge: a sentence for each, and every other workflow is still there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inspectors.discovery import discover
from inspectors.discovery.modules import LARGEST_FILE, module_name, read_module
from inspectors.settings import read_settings
from tests.bad_input.conftest import GOOD, PROJECT


def told(*targets: Path | str) -> tuple[list[str], list[str]]:
    """The names of the workflows and the sentences."""
    catalog = discover(targets)
    return [source.name for source in catalog.workflows], [problem.sentence for problem in catalog.problems]


def test_a_binary(project: Path, good: Path) -> None:
    (project / "photo.py").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe" * 50)
    names, sentences = told(project)
    assert names == ["Good"]
    assert sentences == ["photo.py holds zero bytes, so it is not Python source. No workflow could be read from it."]


def test_zero_bytes(project: Path, good: Path) -> None:
    (project / "zeros.py").write_bytes(b"x = 1\n\x00\x00\n")
    names, sentences = told(project)
    assert names == ["Good"] and len(sentences) == 1 and sentences[0].startswith("zeros.py")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift_jis", "utf-8-sig"])
def test_a_file_in_another_encoding_is_read_as_it_says(encoding: str, project: Path) -> None:
    mark = "" if encoding == "utf-8-sig" else f"# -*- coding: {encoding} -*-\n"
    word = "ドラフト" if encoding == "shift_jis" else "Entwürfe prüfen"
    text = mark + GOOD.format(name="Good").replace("    @step", f'    """{word}."""\n\n    @step')
    (project / "old.py").write_bytes(text.encode(encoding))
    catalog = discover([project])
    assert [source.summary for source in catalog.workflows] == [f"{word}."]
    assert catalog.problems == []


def test_fifty_megabytes(project: Path, good: Path) -> None:
    with (project / "data.py").open("wb") as file:
        file.truncate(50_000_000)
    names, sentences = told(project)
    assert names == ["Good"]
    assert sentences == [
        f"data.py has 50.0 MB; files above {LARGEST_FILE // 1_000_000} MB are not read. "
        "No workflow could be read from it."
    ]


def test_five_thousand_files_and_a_circle_of_links(project: Path, good: Path) -> None:
    for number in range(5000):
        folder = project / f"part{number % 50:02}"
        if number < 50:
            folder.mkdir()
        (folder / f"module{number}.py").write_text("import os\n\nVALUE = 1\n")
    (project / "part00" / "round").symlink_to(project, target_is_directory=True)
    (project / "part01" / "itself.py").symlink_to(project / "part01" / "itself.py")
    names, sentences = told(project)
    assert names == ["Good"] and sentences == ["itself.py is a link that leads to no file."]
    assert discover([project]).files_read == 5001


def test_a_link_to_a_file_elsewhere_is_followed_and_one_to_a_folder_is_not(project: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far.py").write_text(GOOD.format(name="Far"))
    (tmp_path / "near.py").write_text(GOOD.format(name="Near"))
    (project / "linked.py").symlink_to(tmp_path / "near.py")
    (project / "folder").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert told(project) == (["Near"], [])
    assert told(project / "folder") == (["Far"], [])


def test_a_pipe_is_not_waited_for(project: Path, good: Path) -> None:
    os.mkfifo(project / "pipe.py")
    names, sentences = told(project)
    assert names == ["Good"] and sentences == ["pipe.py is not a regular file, so it is not read."]
    assert told(project / "pipe.py")[1] == [
        f"{project / 'pipe.py'} is neither a file nor a folder, so nothing is read from it."
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(project: Path, good: Path) -> None:
    (project / "secret.py").write_text("x = 1\n")
    (project / "closed").mkdir()
    (project / "secret.py").chmod(0)
    (project / "closed").chmod(0)
    try:
        names, sentences = told(project)
    finally:
        (project / "closed").chmod(0o700)
    assert names == ["Good"]
    assert sorted(sentences) == [
        f"The folder {project / 'closed'} can't be read: Permission denied.",
        "secret.py can't be read: Permission denied.",
    ]


CLOSED = """
import os, sys
from inspectors.discovery import discover
import inspectors.diagnostics.source_rules
os.setgroups([]); os.setgid(65534); os.setuid(65534)
catalog = discover([sys.argv[1]])
print([source.name for source in catalog.workflows])
for sentence in sorted(problem.sentence for problem in catalog.problems): print(sentence)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_what_nobody_may_read(project: Path, good: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    (project / "secret.py").write_text("x = 1\n")
    (project / "secret.py").chmod(0o600)
    (project / "closed").mkdir(mode=0o700)
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, str(project)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "['Good']",
        f"The folder {project / 'closed'} can't be read: Permission denied.",
        "secret.py can't be read: Permission denied.",
    ], done.stderr


def test_a_file_that_vanishes_between_the_listing_and_the_reading(
    project: Path, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = project / "gone.py"
    gone.write_text(GOOD.format(name="Gone"))
    from inspectors.discovery import catalog as catalog_module

    def listed_then_removed(target: Path) -> object:
        found = files_of(target)
        gone.unlink(missing_ok=True)
        return found

    files_of = catalog_module.files_of
    monkeypatch.setattr(catalog_module, "files_of", listed_then_removed)
    assert told(project) == (["Good"], ["gone.py can't be read: No such file or directory."])


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("{project}/*.py", "No file matches {project}/*.py."),
        ("{project}/god.py", "{project}/god.py does not exist. Was {project}/good.py meant?"),
        ("{project}/deep/down/x.py", "{project}/deep/down/x.py does not exist."),
        ("~nobody_here_xyz/flows", "~nobody_here_xyz/flows can't be looked at: Could not determine home directory."),
        ("no_such_package_xyz.flows", "no_such_package_xyz.flows does not exist."),
    ],
)
def test_targets_that_lead_nowhere(target: str, sentence: str, project: Path, good: Path) -> None:
    names, sentences = told(target.format(project=project), good)
    assert (names, sentences) == (["Good"], [sentence.format(project=project)])


@pytest.mark.parametrize("target", ["x" * 5000, "zero\0byte.py", "line\nbreak.py", "", "\udcff.py", "a" * 250 + ".py"])
def test_targets_that_are_no_names(target: str, good: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    names, sentences = told(target, good)
    assert "Good" in names and all("\0" not in one and "\n" not in one and len(one) < 600 for one in sentences)


def test_a_folder_named_like_a_file_and_an_empty_file(project: Path, good: Path) -> None:
    (project / "x.py").mkdir()
    (project / "x.py" / "inner.py").write_text(GOOD.format(name="Inner"))
    (project / "empty.py").write_text("")
    assert told(project) == (["Good", "Inner"], [])
    assert told(project / "x.py") == (["Inner"], [])
    assert told(project / "empty.py")[1] == [
        f"No workflows in {project / 'empty.py'} · 1 Python file was read; no class in it inherits from Workflow."
    ]


def test_deep_folders(project: Path) -> None:
    folder = project
    for number in range(60):
        folder = folder / f"level{number}"
    folder.mkdir(parents=True)
    (folder / "deep.py").write_text(GOOD.format(name="Deep"))
    assert told(project) == (["Deep"], [])


def test_relative_and_home(project: Path, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(project.parent))
    for target in ("good.py", "./good.py", "../project", "~/project", "."):
        assert told(target) == (["Good"], [])
        assert read_settings([target]).targets == (str(Path(target).expanduser().resolve()),)


def test_a_package_by_name_from_the_command_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "claims").mkdir()
    (project / "claims" / "__init__.py").write_text("")
    (project / "claims" / "flows.py").write_text(GOOD.format(name="Flows"))
    monkeypatch.chdir(project.parent)
    monkeypatch.syspath_prepend(str(project))
    assert told(*read_settings(["claims.flows"]).targets) == (["Flows"], [])


SIBLINGS = {
    "flows/events.py": "from workflows.events import Event\nclass Found(Event):\n    text: str\n",
    "flows/absolute.py": "from flows.events import Found\n",
    "flows/dotted.py": "from .events import Found\n",
}
USE = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
class W(Workflow):
    @step
    async def a(self, ev: StartEvent) -> Found:
        return Found(text="x")
    @step
    async def b(self, ev: Found) -> StopEvent:
        return StopEvent(result=ev.text)
"""


@pytest.fixture
def siblings(project: Path) -> Path:
    """A folder without `__init__.py` whose files import one another through its name."""
    for name, text in SIBLINGS.items():
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + (USE if "events" not in path.name else ""))
    return project


@pytest.mark.parametrize("name", ["absolute", "dotted"])
def test_siblings_through_the_name_of_their_folder(name: str, siblings: Path, command: Callable[..., object]) -> None:
    file = siblings / "flows" / f"{name}.py"
    assert module_name(file) == (siblings, f"flows.{name}")
    assert told(file) == (["W"], [])
    nodes = {node["id"] for node in discover([file]).workflows[0].graph["nodes"]}
    assert "event:flows.events.Found" in nodes
    done = command("run", f"{file}:W")
    assert (done.returncode, done.stdout, done.stderr) == (0, '"x"\n', "")  # type: ignore[attr-defined]


def test_a_folder_that_is_named_like_what_is_installed_stays_as_it_was(project: Path) -> None:
    (project / "json").mkdir()
    file = project / "json" / "flow.py"
    (project / "json" / "decoder.py").write_text("")
    file.write_text("from json.decoder import JSONDecoder\n")
    assert module_name(file) == (file.parent, "flow")


def test_each_file_is_read_once_and_again_when_it_changes(good: Path) -> None:
    first = read_module(good)
    assert read_module(good) is first
    good.write_text(GOOD.format(name="Better") + "\n")
    assert "Better" in read_module(good).classes
    good.unlink()
    assert read_module(good).problem is not None


@pytest.mark.parametrize(
    ("line", "name", "install"),
    [
        ("import pandas_xyz", "pandas_xyz", "pandas_xyz"),
        ("import yaml_missing.sub", "yaml_missing", "yaml_missing"),
        ("from llama_index.llms.nobody import X", "llama_index.llms.nobody", "llama-index-llms-nobody"),
        (
            "from llama_index.vector_stores.no_body import X",
            "llama_index.vector_stores.no_body",
            "llama-index-vector-stores-no-body",
        ),
        ("from llama_index.core.nowhere import X", None, None),
        ("import json, sqlite3, llama_index.core, workflows.events", None, None),
    ],
)
def test_what_to_install(line: str, name: str | None, install: str | None, project: Path) -> None:
    file = project / "needs.py"
    file.write_text(line + "\n" + GOOD.format(name="Needs"))
    names, sentences = told(project)
    assert names == ["Needs"]
    advice = f"Install it with `pip install {install}`, then try again."
    expected = f"needs.py imports {name}, which is not installed here. {advice}"
    assert sentences == ([expected] if name else [])


def test_a_class_that_the_engine_will_refuse_is_said_on_browse_once(project: Path, good: Path) -> None:
    broken = GOOD.format(name="Broken").replace(" -> StopEvent", "")
    (project / "broken.py").write_text(broken)
    base = GOOD.format(name="Base").replace("StartEvent", "A").replace("class Base", "class A(Event): pass\nclass Base")
    base = base.replace("import A,", "import Event, StartEvent,")
    (project / "base.py").write_text(base)
    (project / "built.py").write_text(
        "from base import A, Base\nfrom workflows import step\nfrom workflows.events import StartEvent\n"
        "class Built(Base):\n    @step\n    async def first(self, ev: StartEvent) -> A:\n        return A()\n"
    )
    names, sentences = told(project)
    assert set(names) == {"Good", "Broken", "Base", "Built"}
    # Base alone can't start, but Built can: nothing is wrong with either.
    assert sentences == [
        "broken.py, line 5: Step only of Broken doesn't say what it returns, and the engine needs to know. "
        "Annotate it, such as `-> StopEvent`; write `-> None` if it gives nothing."
    ]
