"""What was saved of a paused run, held against code that has changed since; the real engine, in this process."""

from __future__ import annotations

import asyncio
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from workflows import Workflow

from inspectors.runner.answering import AnswerRefused
from inspectors.runner.fitting import check_answer, check_saved, why
from inspectors.store import Prompt
from tests.runner.test_code_changes import FLOW


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The engine's saved state of a run of `Asks` that waits for a person."""
    monkeypatch.setitem(sys.modules, "words", types.SimpleNamespace(GREETING="one"))
    return asyncio.run(_paused(_workflow(FLOW, monkeypatch)))


async def _paused(workflow: Workflow) -> dict[str, Any]:
    handler = workflow.run()
    async for event in handler.stream_events():
        if type(event).__name__ == "Ask":
            break
    while True:
        found = json.loads(json.dumps(handler.ctx.to_dict()))
        if found["workers"]["review"]["collected_waiters"]:
            break
        await asyncio.sleep(0)
    await handler.cancel_run()
    await asyncio.wait([asyncio.ensure_future(handler)])
    return found


def _workflow(text: str, monkeypatch: pytest.MonkeyPatch) -> Workflow:
    """The workflow of a text that is imported as `flow`."""
    module = types.ModuleType("flow")
    monkeypatch.setitem(sys.modules, "flow", module)
    exec(compile(text, "flow.py", "exec"), module.__dict__)
    return module.Asks(timeout=None)


def _prompt(saved: dict[str, Any]) -> Prompt:
    (waiter,) = saved["workers"]["review"]["collected_waiters"]
    plain = dict.fromkeys(Prompt.__dataclass_fields__)
    return Prompt(**{**plain, "waiter_id": waiter["waiter_id"], "answer": {"type": "Reply"}, "prompt_id": "p"})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def review", "def check", "step review is not there any more, and the run waits in it"),
        ("Carry", "Bring", "what was saved holds Carry, which flow doesn't have any more"),
        ("Reply", "Answer", "what was saved holds Reply, which flow doesn't have any more"),
        ("Notes", "Memo", "what was saved holds Notes, which flow doesn't have any more"),
        (
            "class Carry(Event):",
            "class Carry(Event):\n    tone: str",
            "what was saved doesn't fit Carry any more: tone",
        ),
        ('draft: str = ""', "draft: int = 0", "what was saved doesn't fit Notes any more: draft:"),
    ],
)
def test_what_the_engine_cannot_read_or_would_leave_out_is_named(
    saved: dict[str, Any], monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
):
    with pytest.raises(Exception) as raised:
        check_saved(_workflow(FLOW.replace(old, new), monkeypatch), saved)
    assert why(raised.value).startswith(said)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Ask", "Question"),
        ("def begin", "def start"),
        ('Carry(draft="drafted")', "Carry()"),
        ("    text: str", "    text: str = ''"),
    ],
)
def test_what_the_run_does_not_need_any_more_may_change(
    saved: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, old: str, new: str
):
    text = FLOW.replace(old, new).replace("class Questions", "class Asks")
    if new == "Carry()":  # a field that is gone
        text = text.replace("class Carry(Event):\n    draft: str", "class Carry(Event):\n    pass")
    workflow = _workflow(text, monkeypatch)
    check_saved(workflow, saved)
    check_answer(workflow, saved, _prompt(saved), {"text": "yes"}, tmp_path / "stepscope.db")


def test_an_answer_that_the_new_code_would_not_take_is_refused(
    saved: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    workflow = _workflow(FLOW.replace("    text: str", "    text: str\n    grade: int"), monkeypatch)
    with pytest.raises(AnswerRefused, match="doesn't take this answer: grade: Field required"):
        check_answer(workflow, saved, _prompt(saved), {"text": "yes"}, tmp_path / "stepscope.db")
