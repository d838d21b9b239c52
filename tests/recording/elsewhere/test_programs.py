"""Runs of scripts, tests and forked processes: shown while they go on, ended with their process, left alone."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from inspectors.discovery import discover
from inspectors.runner.supervisor import Supervisor
from inspectors.store import Store
from tests.recording.elsewhere.tea import (
    AT_IMPORT,
    ended,
    kinds,
)
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[3]


def script(folder: Path, body: str, name: str = "brewing.py") -> Path:
    """A program of the user's, beside whatever else is in the folder."""
    file = folder / name
    file.write_text(
        "import asyncio, os, sys\n"
        "from workflows import Context, Workflow, step\n"
        "from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent\n"
        "from inspectors.recording import record\n\n" + body
    )
    return file


SLOW = """
class Slow(Workflow):
    '''Takes its time.'''

    @step
    async def brew(self, ev: StartEvent) -> StopEvent:
        await asyncio.sleep(ev.seconds)
        return StopEvent(result=os.getpid())
"""
WAITS = """
class Waits(Workflow):
    '''Until a file is there.'''

    @step
    async def brew(self, ev: StartEvent) -> StopEvent:
        while not os.path.exists(ev.file):
            await asyncio.sleep(0.01)
        return StopEvent(result=os.getpid())

async def main():
    return await record(Waits()).run(file=sys.argv[1])

print(asyncio.run(main()))
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def program_of(file: Path, *words: str, database: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(file), *words],
        env={**ENVIRONMENT, "STEPSCOPE_DB": str(database)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    out, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
    return out


def test_a_plain_script_is_seen_while_it_runs_and_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    file, enough = script(tmp_path, WAITS), tmp_path / "enough"
    process = program_of(file, str(enough), database=store.path)
    (run,) = until(lambda: [run for run in store.runs() if run.status == "running"], "running")
    assert process.poll() is None
    (row,) = store.runners()
    assert row.is_program and row.pid == process.pid and row.file == str(file)
    enough.touch()
    assert finished(process).strip() == str(process.pid)
    (done,) = store.runs()
    assert (done.run_id, done.status, done.module, done.file) == (run.run_id, "done", "brewing", str(file))
    assert done.options["program"] == "brewing.py" and store.runners() == []
    assert kinds(store, run.run_id)[-1] == "run_ended"


def test_a_killed_script_leaves_its_run_interrupted(store: Store, supervisor: Supervisor, tmp_path: Path) -> None:
    file = script(
        tmp_path,
        SLOW
        + "class Asks(Workflow):\n    @step\n    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:\n"
        + "        await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(prefix='Milk?'))\n"
        + "        return StopEvent()\n\n"
        + "async def main():\n    handler = record(Asks()).run()\n    await record(Slow()).run(seconds=3600)\n"
        + "asyncio.run(main())\n",
    )
    process = program_of(file, database=store.path)
    (prompt,) = until(store.prompts, "a prompt")
    until(
        lambda: (
            len(store.runs()) == 2 and all("invocation_started" in kinds(store, each.run_id) for each in store.runs())
        )
    )
    supervisor._watch.stop()  # its own look, every five seconds, must not come before the answer
    process.kill()
    process.communicate()
    outcome = supervisor.answer(prompt.prompt_id, {"response": "yes"})
    assert not outcome.accepted and "program that asked this has ended" in outcome.sentence
    runs = {run.workflow: run for run in ended(store, 2)}
    assert {run.status for run in runs.values()} == {"interrupted"}
    assert runs["Slow"].error["message"] == "The program ended while brew was running: its process is gone."
    assert store.prompts() == [] and store.runners() == []


def test_a_program_that_ends_in_the_middle_says_so_itself(store: Store, tmp_path: Path) -> None:
    file = script(
        tmp_path,
        SLOW
        + "loop = asyncio.new_event_loop()\n"
        + "begun = asyncio.Event()\n"
        + "class Begins(Slow):\n    @step\n    async def brew(self, ev: StartEvent) -> StopEvent:\n"
        + "        begun.set()\n        await asyncio.sleep(ev.seconds)\n        return StopEvent()\n\n"
        + "async def main():\n    record(Begins()).run(seconds=3600)\n    await begun.wait()\n"
        + "loop.run_until_complete(main())\nos.dup2(os.open(os.devnull, os.O_WRONLY), 2)\n",
    )
    finished(program_of(file, database=store.path))
    (run,) = store.runs()
    assert (run.status, run.error["message"]) == (
        "interrupted",
        "The program ended while brew was running: it did not wait for the run.",
    )


def test_the_supervisor_never_ends_a_users_process(
    store: Store, supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspectors.runner.watch.GRACE_SECONDS", 0.1)
    file = script(
        tmp_path,
        "import os, sys, time\n"
        "class Deaf(Workflow):\n    @step\n    async def work(self, ev: StartEvent) -> StopEvent:\n"
        "        while not os.path.exists(sys.argv[1]):\n            time.sleep(0.02)\n        return StopEvent()\n\n"
        "async def main():\n    try:\n        await record(Deaf()).run()\n    except Exception as error:\n"
        "        print(type(error).__name__)\n"
        "asyncio.run(main())\n",
    )
    process = program_of(file, str(tmp_path / "enough"), database=store.path)
    (run,) = until(lambda: [run for run in store.runs() if run.status == "running"])
    supervisor.cancel(run.run_id)
    time.sleep(1.0)  # ten times the grace time
    (tmp_path / "enough").touch()
    assert finished(process).strip() in ("WorkflowCancelledByUser", "")
    assert ended(store)[0].status in ("cancelled", "done")


def test_a_runner_takes_no_notice_of_record_in_the_file_it_imports(
    store: Store, supervisor: Supervisor, tmp_path: Path
) -> None:
    file = script(tmp_path, SLOW + "workflow = record(Slow())\n", "brewery.py")
    (source,) = discover([file]).workflows
    run_id = supervisor.start(source, {"seconds": 0})
    (run,) = ended(store)
    assert (run.run_id, run.status, run.origin) == (run_id, "done", "page")
    assert kinds(store, run_id)[-1] == "run_ended"


def test_in_a_test_of_the_users(store: Store, tmp_path: Path) -> None:
    script(tmp_path, SLOW + "workflow = record(Slow())\n", "brewery.py")
    (tmp_path / "test_brewery.py").write_text(
        "import asyncio, sys\nfrom brewery import workflow\n\n\n"
        "def test_brew(capsys):\n"
        "    async def main():\n        return await workflow.run(seconds=0)\n\n"
        "    assert asyncio.run(main()) > 0\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        env={**ENVIRONMENT, "STEPSCOPE_DB": str(store.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = ended(store)
    assert (run.workflow, run.status, run.file) == ("Slow", "done", str(tmp_path / "brewery.py"))


def _forked(queue: Any) -> None:
    async def main() -> Any:
        return await AT_IMPORT.run(topic="in the child")

    queue.put(asyncio.run(main()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes are forked")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_processes_record_their_own_runs(store: Store) -> None:
    async def main() -> None:
        await AT_IMPORT.run(topic="before")
        fork = multiprocessing.get_context("fork")
        queue = fork.Queue()
        child = fork.Process(target=_forked, args=(queue,))
        child.start()
        assert await asyncio.to_thread(queue.get, True, PATIENCE) == "in the child is ready"
        await asyncio.to_thread(child.join, PATIENCE)
        await AT_IMPORT.run(topic="after")

    asyncio.run(main())
    runs = ended(store, 3)
    assert sorted(run.input["topic"] for run in runs) == ["after", "before", "in the child"]
    assert {run.status for run in runs} == {"done"}


def test_importing_it_is_cheap() -> None:
    look = (
        "import sys; from inspectors.recording import record;"
        "print([name for name in ('workflows', 'sqlite3', 'pydantic', 'streamlit') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", look], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
