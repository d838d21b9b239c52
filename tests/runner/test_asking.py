"""Every way to ask a person, in real runners: each prompt is found, takes an answer, and gets its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inspectors.store import Prompt
from tests.runner.conftest import Bench

ASKING = Path(__file__).parent / "asking.py"


def prompts_of(bench: Bench, run_id: str, number: int = 1) -> list[Prompt]:
    """The open prompts of a run and of the runs that its steps have started, once there are so many."""
    bench.until(lambda: len(bench.store.prompts_of_family(run_id)) >= number)
    return bench.store.prompts_of_family(run_id)


def answer(bench: Bench, prompt: Prompt, **values: Any) -> None:
    """Answer, and wait until it has been taken."""
    assert bench.supervisor.answer(prompt.prompt_id, values, "Ada", verified=True).accepted
    bench.until(lambda: bench.store.prompt(prompt.prompt_id).status == "answered")  # type: ignore[union-attr]


def result(bench: Bench, run_id: str) -> Any:
    """The result of a run that ends well."""
    run = bench.ended(run_id)
    assert run.status == "done" and run.result is not None, run
    return run.result["value"]


@pytest.mark.parametrize(
    ("workflow", "values", "given"),
    [
        ("AskBySteps", {"response": "7"}, "7"),
        ("AskInStep", {"response": "7"}, "7"),
        ("AskOneUser", {"response": "7", "user_name": "somebody else"}, ["Ada", "7"]),
        ("AskInChild", {"response": "7"}, ["child said", "7"]),
        ("AskInTool", {"response": "yes"}, [["deleted"], "I am done."]),
        ("AwaitEvent", {"parcel": "books"}, "books"),
        ("EveryField", {"name": "Ada", "count": 2, "place": {"city": "Ulm"}}, None),
    ],
)
def test_each_way_to_ask_is_found_and_answered(
    shared: Bench, workflow: str, values: dict[str, Any], given: Any
) -> None:
    run_id = shared.start(workflow, ASKING)
    (prompt,) = prompts_of(shared, run_id)
    answer(shared, prompt, **values)
    found = result(shared, run_id)
    assert found == given if given is not None else found["place"] == {"city": "Ulm", "floor": 0}
    (told,) = [one for one in shared.store.records(prompt.run_id) if one.get("via") == "answer"]
    assert (told["who"]["name"], told["who"]["verified"]) == ("Ada", True)


def test_three_waiters_of_one_type_get_each_its_own_answer(shared: Bench) -> None:
    run_id = shared.start("ThreeAlike", ASKING)
    prompts = prompts_of(shared, run_id, 3)
    for prompt in reversed(prompts):
        answer(shared, prompt, response=f"to: {prompt.text}")
    assert result(shared, run_id) == [[number, f"to: What of part {number}?"] for number in range(3)]


def test_a_loop_asks_each_time_and_a_step_asks_twice(shared: Bench) -> None:
    run_id = shared.start("AskInLoop", ASKING)
    for said in ("MORE", "MORE", "STOP"):
        (prompt,) = prompts_of(shared, run_id)
        answer(shared, prompt, response=said)
    assert result(shared, run_id) == 3
    twice = shared.start("TwoQuestions", ASKING)
    answer(shared, prompts_of(shared, twice)[0], response="yes")
    answer(shared, prompts_of(shared, twice)[0], reason="They are old.")
    assert result(shared, twice) == ["yes", "They are old."]


def test_a_run_that_a_step_has_started_waits_and_says_until_when(shared: Bench) -> None:
    run_id = shared.start("AskInChild", ASKING, timeout=900)
    (prompt,) = prompts_of(shared, run_id)
    child = shared.wait(prompt.run_id, lambda run: run.status == "waiting")
    told = shared.store.prompt(prompt.prompt_id)
    assert child.parent_run == run_id and told is not None
    assert told.loaded_why == "a step of another run waits for it"
    assert told.deadline is not None and 800 < told.deadline - child.created_at <= 901  # its parent's limit is nearer
    shared.supervisor.cancel(run_id)
    shared.ended(run_id)
    shared.until(lambda: shared.store.prompt(prompt.prompt_id).status == "withdrawn")  # type: ignore[union-attr]
    late = shared.supervisor.answer(prompt.prompt_id, {"response": "7"}, "Ada")
    assert not late.accepted and "was cancelled" in late.sentence


def test_an_event_that_is_no_answer_is_asked_for_once_nothing_else_can_come(shared: Bench) -> None:
    run_id = shared.start("AwaitEvent", ASKING, timeout=600)
    (prompt,) = prompts_of(shared, run_id)
    shared.wait(run_id, lambda run: run.status == "waiting" and run.loaded)
    told = shared.store.prompt(prompt.prompt_id)
    assert told is not None and told.answer["type"] == "Delivered"
    assert "own code may still send" in str(told.loaded_why)
    assert "stalled" not in shared.kinds(run_id)
    answer(shared, prompt, parcel="x")
    assert result(shared, run_id) == "x"
