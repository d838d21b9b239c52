"""Steps that misbehave: the run says what happened, and others are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

HEAD = "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"


@pytest.mark.parametrize(("name", "code"), [("Exits", 3), ("ExitsInThread", 4)])
def test_sys_exit_in_a_step_fails_its_run_and_leaves_the_runner_alive(bench, name, code):
    other = bench.start("Sleeps", seconds=1.0)
    run = bench.ended(bench.start(name))
    assert run.status == "failed"
    assert run.error["type"] == "StepExited" and f"sys.exit({code})" in run.error["message"]
    assert run.error["step"] == "leave"
    assert bench.ended(other).status == "done"


@pytest.mark.parametrize(
    ("name", "step", "words"),
    [("Vanishes", "vanish", "exit code 7"), ("Crashes", "crash", "segmentation fault in faulty.py, line ")],
)
def test_a_process_that_ends_interrupts_its_runs_in_plain_words(bench, tmp_path: Path, name, step, words):
    go = tmp_path / "go"
    run_id = bench.start(name, go=str(go))
    bench.until(lambda: "invocation_started" in bench.kinds(run_id))  # a crash leaves no time to commit it
    go.touch()
    run = bench.ended(run_id)
    assert run.status == "interrupted"
    assert run.error["message"].startswith(f"The runner ended while {step} was running: {words}")
    assert bench.kinds(run.run_id)[-1] == "run_ended"
    after = bench.ended(bench.start("Sleeps", seconds=0.01))
    assert after.status == "done", "the next run gets a new runner"


def test_nothing_is_lost_before_an_exit_at_once(bench):
    run = bench.ended(bench.start("VanishesAfterMuch"))
    assert "exit code 7" in run.error["message"]
    streamed = [record for record in bench.store.records(run.run_id) if record.get("via") == "streamed"]
    assert [record["fields"]["number"] for record in streamed] == list(range(2_000))


def test_runs_of_other_files_go_on_beside_a_blocked_loop(bench, tmp_path: Path):
    (tmp_path / "calm.py").write_text(
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        "class Calm(Workflow):\n    @step\n    async def rest(self, ev: StartEvent) -> StopEvent:\n"
        "        return StopEvent(result='calm')\n"
    )
    bench.ended(bench.start("Calm", tmp_path / "calm.py"))
    blocked = bench.start("Blocks", seconds=110, sign=str(tmp_path / "over"))
    bench.wait(blocked, lambda run: "invocation_started" in bench.kinds(blocked))
    assert bench.ended(bench.start("Calm", tmp_path / "calm.py")).status == "done"
    assert not bench.store.run(blocked).ended
    (tmp_path / "over").touch()
    bench.ended(blocked)


def test_a_file_that_cannot_be_imported_fails_the_run_with_its_traceback(bench, tmp_path: Path):
    file = tmp_path / "broken.py"
    file.write_text(
        HEAD + "import nothing_of_that_name\nclass Broken(Workflow):\n    @step\n"
        "    async def rest(self, ev: StartEvent) -> StopEvent:\n"
        "        return StopEvent()\n"
    )
    run = bench.ended(bench.start("Broken", file))
    assert run.status == "failed" and run.error["type"] == "ModuleNotFoundError"
    assert any(frame["own"] and frame["line"] == 3 for frame in run.error["frames"])


def test_a_file_that_exits_while_it_is_imported_fails_the_run(bench, tmp_path: Path):
    file = tmp_path / "leaves.py"
    file.write_text(
        HEAD + "import os\nclass Leaves(Workflow):\n    @step\n    async def rest(self, ev: StartEvent) -> StopEvent:\n"
        "        return StopEvent()\n"
        "os._exit(5)\n"
    )
    run = bench.ended(bench.start("Leaves", file))
    assert run.status == "failed" and "exit code 5" in run.error["message"]


def test_a_workflow_that_needs_arguments_says_how_to_give_them(bench, tmp_path: Path):
    file = tmp_path / "needy.py"
    body = (
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        "class Needy(Workflow):\n    def __init__(self, index, **kwargs):\n        super().__init__(**kwargs)\n"
        "        self.index = index\n    @step\n    async def look(self, ev: StartEvent) -> StopEvent:\n"
        "        return StopEvent(result=self.index)\n"
    )
    file.write_text(body)
    run = bench.ended(bench.start("Needy", file))
    assert run.status == "failed" and "-> Needy" in run.error["message"]
    file.write_text(body + "\ndef needy() -> Needy:\n    return Needy(index='made by the author')\n")
    assert bench.ended(bench.start("Needy", file)).result["value"] == "made by the author"


def test_saved_code_is_what_the_next_run_uses_while_the_old_run_keeps_its_own(bench, tmp_path: Path):
    file = tmp_path / "edited.py"
    text = (
        "import asyncio, os\nfrom workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        "class Edited(Workflow):\n    @step\n    async def tell(self, ev: StartEvent) -> StopEvent:\n"
        "        while ev.get('sign') and not os.path.exists(ev.sign):\n            await asyncio.sleep(0.01)\n"
        "        return StopEvent(result='VERSION')\n"
    )
    file.write_text(text.replace("VERSION", "first"))
    sign = tmp_path / "over"
    old = bench.start("Edited", file, sign=str(sign))
    bench.wait(old, lambda run: run.status == "running")
    file.write_text(text.replace("VERSION", "second"))
    assert bench.ended(bench.start("Edited", file)).result["value"] == "second"
    sign.touch()
    assert bench.ended(old).result["value"] == "first"
