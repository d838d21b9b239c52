"""Runners get the `.env` beside their target, and nobody else does; other interpreters run targets, or say why not."""

from __future__ import annotations

import importlib.metadata
import os
import re
import stat
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from inspectors.discovery import versions
from inspectors.runner import link
from inspectors.settings import Settings, read_settings
from inspectors.workbench import Workbench
from tests.runner.conftest import Bench

PROJECT = Path(__file__).resolve().parents[2]
SECRET = 'sk-live-"42"-verysecret'
FLOW = '''
import os
import subprocess
import sys
from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class Shows(Event):
    text: str


class Tells(Workflow):
    """Tells of its environment, and says the secret wherever it can be said."""

    @step
    async def show(self, ev: StartEvent) -> Shows:
        key = os.environ.get("SERVICE_API_KEY", "")
        print("printed", key)
        subprocess.run([sys.executable, "-c", "import os; print(os.environ.get('SERVICE_API_KEY'))"])
        return Shows(text=f"the key is {key}")

    @step
    async def tell(self, ev: Shows) -> StopEvent:
        return StopEvent(result={"seen": os.environ.get("SEEN"), "python": sys.executable, "length": len(ev.text)})


class Raises(Workflow):
    """Raises with the secret in its message."""

    @step
    async def fail(self, ev: StartEvent) -> StopEvent:
        raise ValueError("refused: " + os.environ["SERVICE_API_KEY"])
'''


@contextmanager
def server(folder: Path, python: str = sys.executable, targets: tuple[str, ...] = ()) -> Iterator[Bench]:
    workbench = Workbench(Settings(folder / "db" / "stepscope.db", targets, python))
    try:
        yield Bench(workbench)
    finally:
        workbench.close()
        versions.runs_elsewhere(False)


def flow(folder: Path, env: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "flow.py").write_text(FLOW)
    if env:
        (folder / ".env").write_text(env)
    return folder / "flow.py"


def test_variables_reach_their_own_runner_and_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINS", "the real one")
    with_one = flow(tmp_path / "one", f"SEEN=one\nWINS=not this\nSERVICE_API_KEY='{SECRET}'\n")
    without = flow(tmp_path / "two")
    with server(tmp_path) as bench:
        first, second = (bench.ended(bench.start("Tells", file)) for file in (with_one, without))
        assert (first.result["value"]["seen"], second.result["value"]["seen"]) == ("one", None)
        assert first.result["value"]["length"] == len("the key is ") + len(SECRET), "the run itself has the real value"
        failed = bench.ended(bench.start("Raises", with_one))
        assert "refused: •••" in failed.error["message"]
        assert "SEEN" not in os.environ and "SERVICE_API_KEY" not in os.environ
        runners = {row.file: psutil.Process(row.pid) for row in bench.store.runners()}
        assert runners[str(with_one)].environ()["WINS"] == "the real one"
        assert not any("verysecret" in part for part in runners[str(with_one)].cmdline())

        said = str([bench.store.records(run.run_id) for run in (first, failed)])
        assert "the key is •••" in said and "printed •••" in said and "verysecret" not in said

        logs = [file.read_text() for file in bench.workbench.settings.runner_logs.glob("*.log")]
        assert any("printed •••" in log for log in logs) and "verysecret" not in str(logs)

        (with_one.parent / ".env").write_text("SEEN=changed\n")
        changed = bench.ended(bench.start("Tells", with_one))
        assert changed.result["value"]["seen"] == "changed" and changed.version != first.version
    for file in (tmp_path / "db").rglob("*"):
        assert not file.is_file() or b"verysecret" not in file.read_bytes(), file


# -- interpreters -----------------------------------------------------------------------------------------


def needed(name: str, found: set[str]) -> set[str]:
    """The distributions that one needs here, itself included; of extras nothing."""
    with suppress(importlib.metadata.PackageNotFoundError):  # needed on other systems only
        requirements = importlib.metadata.requires(name) or []
        if name not in found:
            found.add(name)
            for line in requirements:
                if "extra ==" not in line:
                    needed(re.split(r"[^\w.-]", line)[0].lower().replace("_", "-"), found)
    return found


def environment(folder: Path, distributions: set[str]) -> Path:
    """A virtual environment that has only these distributions, as links to what is installed here."""
    venv.create(folder, symlinks=os.name == "posix", with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in distributions:
        found = importlib.metadata.distribution(name)
        for top in {Path(file.parts[0]) for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            if not (site / top).exists():
                (site / top).symlink_to(found.locate_file(top))
    return folder


@pytest.fixture(scope="module")
def engine_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("engine") / "venv", needed("llama-index-workflows", set()))


def test_a_run_works_where_only_the_engine_is_installed(tmp_path: Path, engine_only: Path):
    has = subprocess.run(
        [engine_only / "bin" / "python", "-c", "import importlib.util as u; print(u.find_spec('streamlit'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert has.stdout.strip() == "None"
    settings = read_settings(["--python", str(engine_only), str(tmp_path)])
    assert settings.targets == (str(tmp_path),)
    with server(tmp_path, settings.python) as bench:
        run = bench.ended(bench.start("Tells", flow(tmp_path)))
        assert run.result["value"]["python"] == str(engine_only / "bin" / "python")
        asks = PROJECT / "workflows" / "approval.py"
        waiting = bench.let_go(bench.start("ApprovalWorkflow", asks, topic="tea"))
        bench.supervisor.answer(bench.store.prompts(waiting.run_id)[0].prompt_id, {"response": "APPROVE"})
        assert bench.ended(waiting.run_id).status == "done"


def script(folder: Path, text: str) -> Path:
    path = folder / "interpreter"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def old_python(folder: Path) -> Path:
    """A Python that takes itself for an older one."""
    made = environment(folder / "old", set())
    (site,) = made.glob("lib/python*/site-packages")
    (site / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 8, 18, 'final', 0)\n")
    return made


def old_engine(folder: Path) -> Path:
    """An environment whose engine says that it is an older one."""
    made = environment(folder / "old-engine", needed("llama-index-workflows", set()))
    (site,) = made.glob("lib/python*/site-packages")
    (told,) = site.glob("llama_index_workflows-*.dist-info")
    told.unlink()
    older = site / "llama_index_workflows-1.3.0.dist-info"
    older.mkdir()
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: llama-index-workflows\nVersion: 1.3.0\n")
    return made


UNUSABLE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing there": (lambda folder: folder / "nowhere" / "python", "There is no Python at "),
    "a folder without a Python": (lambda folder: folder, "is no virtual environment: there is no Python in it."),
    "no program": (lambda folder: flow(folder), "can't be run: it is not a program."),
    "a program, but no Python": (lambda folder: script(folder, "exit 4"), "ended before it could load anything: exit"),
    "without the engine": (lambda folder: environment(folder / "bare", set()), "has no llama-index-workflows"),
    "an old engine": (old_engine, "has llama-index-workflows 1.3.0, and Stepscope needs 2.26 or newer."),
    "an old Python": (old_python, "is Python 3.8.18, and workflows need Python 3.11 or newer."),
    "one that hangs": (lambda folder: script(folder, "exec sleep 600"), "has not begun to load anything for 2 s"),
}


@pytest.mark.parametrize(("made", "sentence"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_interpreter_that_cannot_be_used_is_said_and_the_run_fails_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], Path], sentence: str
):
    if "2 s" in sentence:
        monkeypatch.setattr(link, "SILENT_SECONDS", 2.0)
    settings = read_settings(["--python", str(made(tmp_path))])
    with server(tmp_path, settings.python) as bench:
        run = bench.ended(bench.start("Tells", flow(tmp_path / "flows")))
        assert (run.status, run.error["type"]) == ("failed", "Interpreter")
        assert sentence in run.error["message"]
        status = bench.supervisor.status(bench.source("Tells", tmp_path / "flows" / "flow.py"))
        assert status.state == "failed" and sentence in status.error["message"]


def test_a_command_says_it_and_ends_with_2(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "inspectors", "run", "--python", "/nowhere/python", "workflows/approval.py"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("There is no Python at /nowhere/python. Name another with STEPSCOPE_PYTHON or")
    assert len(done.stderr.splitlines()) == 1
