"""A file is saved while runs of it go on or wait: each run keeps its version, and a paused one can have the new."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from inspectors.runner import links
from inspectors.runner.carrying import VERSION_GONE
from inspectors.settings import Settings
from inspectors.store import Run
from inspectors.workbench import Workbench
from tests.runner.conftest import Bench

FLOW = '''
from pydantic import BaseModel
from words import GREETING
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
import asyncio
from pathlib import Path


class Notes(BaseModel):
    """What is kept over the pause."""

    draft: str = ""


class Ask(InputRequiredEvent):
    question: str


class Reply(HumanResponseEvent):
    text: str


class Carry(Event):
    draft: str


class Asks(Workflow):
    """Asks inside a step."""

    @step
    async def begin(self, ctx: Context[Notes], ev: StartEvent) -> Carry:
        await ctx.store.set("draft", "drafted")
        return Carry(draft="drafted")

    @step
    async def review(self, ctx: Context[Notes], ev: Carry) -> StopEvent:
        reply = await ctx.wait_for_event(Reply, waiter_event=Ask(question="Good?"))
        return StopEvent(result=f"{GREETING} {reply.text}")


class Waits(Workflow):
    """Goes on until a file is there."""

    @step
    async def wait(self, ev: StartEvent) -> StopEvent:
        while not Path(ev.until).exists():
            await asyncio.sleep(0.02)
        return StopEvent(result=GREETING)
'''


def saved(folder: Path, word: str = "one", text: str = FLOW) -> Path:
    """The flow and the local import that its result comes from."""
    (folder / "words.py").write_text(f"GREETING = {word!r}\n")
    (folder / "flow.py").write_text(text)
    return folder / "flow.py"


def paused(bench: Bench, file: Path) -> Run:
    return bench.let_go(bench.start("Asks", file))


def answer(bench: Bench, run: Run, version: str | None = None) -> str:
    """Answer the run's only prompt and give its id; the answer must be taken on."""
    (prompt,) = bench.store.prompts(run.run_id)
    assert bench.supervisor.answer(prompt.prompt_id, {"text": "yes"}, "Ada", version).accepted
    return prompt.prompt_id


def runner_versions(bench: Bench) -> set[str]:
    return {row.version for row in bench.store.runners()}


def test_each_run_keeps_its_version_and_a_paused_one_may_have_the_new(bench: Bench, tmp_path: Path):
    file, there = saved(tmp_path), tmp_path / "there"
    going = bench.start("Waits", file, until=str(there))
    first, second = paused(bench, file), paused(bench, file)
    assert bench.supervisor.code_change(first) is None

    saved(tmp_path, "two")  # only what the file imports
    bench.supervisor.renew(str(file))
    bench.until(lambda: bench.supervisor.status(bench.source("Waits", file)).state == "ready")
    change = bench.supervisor.code_change(bench.store.run(first.run_id))
    assert change is not None and change.asked_lives and change.new_trouble is None

    there.touch()
    new = bench.ended(bench.start("Waits", file, until=str(there)))
    assert (new.result["value"], bench.ended(going).result["value"]) == ("two", "one")
    answer(bench, first, "asked")
    answer(bench, second, "new")
    assert bench.ended(first.run_id).result["value"] == "one yes"
    assert bench.ended(second.run_id).result["value"] == "two yes"
    assert bench.store.run(first.run_id).version != bench.store.run(second.run_id).version == new.version
    bench.until(lambda: runner_versions(bench) == {new.version})  # nothing needs the old one any more


def test_a_version_that_is_gone_is_said_and_the_new_one_answers(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(links, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(links, "OUTDATED_SECONDS", 0.5)
    file = saved(tmp_path)
    run = paused(bench, file)
    saved(tmp_path, "two")
    bench.supervisor.renew(str(file))
    bench.until(lambda: not runner_versions(bench))
    monkeypatch.setattr(links, "IDLE_SECONDS", 900.0)  # the next one is needed
    change = bench.supervisor.code_change(bench.store.run(run.run_id))
    assert change is not None and not change.asked_lives

    (prompt,) = bench.store.prompts(run.run_id)
    refused = bench.supervisor.answer(prompt.prompt_id, {"text": "yes"}, "Ada", "asked")
    assert (refused.accepted, refused.sentence) == (False, VERSION_GONE)
    assert bench.store.answer(prompt.prompt_id) is None
    # It was there when the answer was given, and gone when a later server carries it.
    bench.store.add_answer(prompt.prompt_id, {"text": "yes"}, "Ada", "asked")
    bench.until(lambda: bench.store.prompt(prompt.prompt_id).refused == VERSION_GONE)
    answer(bench, run)
    assert bench.ended(run.run_id).result["value"] == "two yes"


def test_the_choice_outlives_the_server(tmp_path: Path):
    def server() -> Bench:
        return Bench(Workbench(Settings(tmp_path / "stepscope.db", (str(tmp_path),), sys.executable)))

    file = saved(tmp_path)
    bench, other = server(), server()
    try:
        run = paused(bench, file)
        saved(tmp_path, "two")
        bench.supervisor.renew(str(file))
        # The old version lives, and would be taken if nobody had chosen; the server that was told is gone.
        (prompt,) = bench.store.prompts(run.run_id)
        bench.store.add_answer(prompt.prompt_id, {"text": "yes"}, "Ada", "new")
        assert other.ended(run.run_id).result["value"] == "two yes"
    finally:
        bench.workbench.close()
        other.workbench.close()


MISFITS = {
    "a step renamed": (("def review", "def check"), "step review is not there any more, and the run waits in it"),
    "a field of the answer more": (("    text: str", "    text: str\n    grade: int"), "grade: Field required"),
    "a field of the state more": (('draft: str = ""', 'draft: str = ""\n    tone: str'), "doesn't fit Notes any more"),
    "a file that can't be loaded": (("class Asks", "boom\n\n\nclass Asks"), "NameError"),
}
"""Each in a runner of its own; what else may be found is in test_fitting.py."""


def test_what_the_new_code_cannot_go_on_with_is_said_and_the_run_waits_as_before(bench: Bench, tmp_path: Path):
    file = saved(tmp_path)
    run = paused(bench, file)
    kept = bench.store.checkpoint(run.run_id)
    for name, ((old, new), sentence) in MISFITS.items():
        saved(tmp_path, "two", FLOW.replace(old, new))
        assert FLOW.replace(old, new) != FLOW, name
        prompt_id = answer(bench, run, "new")
        bench.until(lambda at=prompt_id: bench.store.prompt(at).refused is not None)
        refused = bench.store.prompt(prompt_id).refused
        assert sentence in refused, f"{name}: {refused}"
        now = bench.store.run(run.run_id)
        assert (now.status, now.loaded, now.version, now.last_seq) == ("waiting", False, run.version, run.last_seq), (
            name
        )
        assert bench.store.checkpoint(run.run_id) == kept
    saved(tmp_path, "two", FLOW.replace("Ask", "Question").replace("Questions", "Asks"))  # a prompt's class may go
    answer(bench, run, "new")
    assert bench.ended(run.run_id).result["value"] == "two yes"


def test_a_key_that_the_old_code_has_not_stored_fails_the_step_that_reads_it(bench: Bench, tmp_path: Path):
    text = FLOW.replace("Context[Notes]", "Context")
    file = saved(tmp_path, "one", text)
    run = paused(bench, file)
    reading = 'tone = await ctx.store.get("tone")\n        return StopEvent(result=f"{tone} {reply.text}")'
    saved(tmp_path, "two", text.replace('return StopEvent(result=f"{GREETING} {reply.text}")', reading))
    answer(bench, run, "new")
    ended = bench.ended(run.run_id)
    assert (ended.status, ended.error["step"]) == ("failed", "review") and "tone" in ended.error["message"]
