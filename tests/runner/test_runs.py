"""Runs in real runner processes: started, paused for longer than their time limit, answered, refused, cancelled."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from inspectors.runner.supervisor import StartRefused

APPROVAL = Path(__file__).resolve().parents[2] / "workflows" / "approval.py"
DRAFT_REVIEW = APPROVAL.with_name("draft_review.py")


def test_a_run_goes_from_start_to_result(bench):
    run = bench.ended(bench.start("Sleeps", seconds=0.05))
    assert run.status == "done" and run.result == {"type": "str", "value": "rested"}
    assert bench.kinds(run.run_id)[0] == "run_started" and bench.kinds(run.run_id)[-1] == "run_ended"


def test_a_pause_may_outlast_the_time_limit(bench):
    run_id = bench.start("AsksTwice", timeout=4.0)
    bench.let_go(run_id)
    time.sleep(4.3)  # longer than the run's limit: that is the point
    assert bench.store.run(run_id).status == "waiting"
    prompt = bench.store.prompts(run_id)[0]
    assert (prompt.text, prompt.answer["type"], prompt.fields) == ("How many?", "Reply", {"question": "How many?"})
    assert bench.supervisor.answer(prompt.prompt_id, {"number": 2}, "Ada").accepted
    bench.until(lambda: [one.text for one in bench.store.prompts(run_id)] == ["And how many more?"])
    second = bench.store.prompts(run_id)[0]
    bench.supervisor.answer(second.prompt_id, {"number": 3}, "Ada")
    assert bench.ended(run_id).result == {"type": "int", "value": 5}
    steps = [record["step"] for record in bench.store.records(run_id) if record["kind"] == "invocation_started"]
    assert steps == ["ask", "take", "take"], "a step that was done before the pause must not run again"


def test_a_wait_inside_a_step_is_one_prompt_and_its_body_runs_once_more(bench):
    run_id = bench.start("WaitsInside")
    bench.let_go(run_id)
    prompt = bench.store.prompts(run_id)[0]
    bench.supervisor.answer(prompt.prompt_id, {"number": 8})
    assert bench.ended(run_id).result["value"] == 8
    started = [record for record in bench.store.records(run_id) if record["kind"] == "invocation_started"]
    assert len(started) == 2 and started[0]["work_item"] == started[1]["work_item"]
    assert bench.kinds(run_id).count("prompt") == 1


def test_an_answer_is_taken_once(bench):
    run_id = bench.start("AsksTwice")
    bench.let_go(run_id)
    prompt_id = bench.store.prompts(run_id)[0].prompt_id
    assert bench.supervisor.answer(prompt_id, {"number": 2}, "Ada").accepted
    second = bench.supervisor.answer(prompt_id, {"number": 9}, "Bob")
    assert not second.accepted and second.sentence.startswith("Already answered by Ada at ")


def test_an_answer_that_does_not_fit_is_refused_and_can_be_given_again(bench):
    run_id = bench.start("AsksTwice")
    bench.let_go(run_id)
    prompt_id = bench.store.prompts(run_id)[0].prompt_id
    bench.supervisor.answer(prompt_id, {"number": "many"})
    bench.wait(run_id, lambda run: bench.store.prompt(prompt_id).refused)
    assert "number" in bench.store.prompt(prompt_id).refused
    assert [prompt.prompt_id for prompt in bench.store.prompts(run_id)] == [prompt_id]
    bench.wait(run_id, lambda run: run.status == "waiting")
    assert bench.supervisor.answer(prompt_id, {"number": 2}).accepted
    bench.wait(run_id, lambda run: bench.store.prompt(prompt_id).status == "answered")


def test_a_state_that_cannot_be_written_keeps_the_run_in_memory_and_says_why(bench):
    run_id = bench.start("Unwritable", timeout=100.0)
    bench.until(lambda: any(prompt.loaded_why for prompt in bench.store.prompts(run_id)))
    (prompt,) = bench.store.prompts(run_id)
    assert "lock" in prompt.loaded_why and bench.store.run(run_id).status == "waiting"
    assert 0 < prompt.deadline - time.time() <= 100
    bench.supervisor.answer(prompt.prompt_id, {"number": 1})
    assert bench.ended(run_id).result["value"] == 1


def test_an_input_that_does_not_fit_is_refused_before_anything_runs(bench, patient_checks):
    source = bench.source("DraftReviewWorkflow", DRAFT_REVIEW)
    bench.supervisor.open(source)
    bench.until(lambda: bench.supervisor.status(source).state == "ready")
    with pytest.raises(StartRefused) as refused:
        bench.supervisor.start(source, {"topic": "AI", "max_rounds": 99})
    assert "max_rounds" in refused.value.field_errors
    assert bench.store.runs() == []


def test_what_does_not_fit_as_a_whole_is_said_in_the_refusal(bench, patient_checks):
    source = bench.source("Ranges")
    bench.supervisor.open(source)
    bench.until(lambda: bench.supervisor.status(source).state == "ready")
    with pytest.raises(StartRefused, match=r"fit the start event\. low must not be above high\."):
        bench.supervisor.start(source, {"low": 5})
    assert bench.store.runs() == []


def test_secrets_are_masked_once_the_run_is_over(bench):
    run = bench.ended(bench.start("Secretive", api_key="sk-verysecret", note="plain"))
    assert run.result["value"] == len("sk-verysecret"), "the workflow itself must see the real value"
    assert run.input == {"api_key": {"$masked": True}, "note": "plain"}
    for file in bench.store.path.parent.glob("stepscope.db"):
        assert b"verysecret" not in file.read_bytes()
    assert "verysecret" not in str(bench.store.records(run.run_id))


def test_cancel_ends_a_run_politely(bench, long_grace):
    run_id = bench.start("Sleeps", seconds=600)
    bench.wait(run_id, lambda run: "invocation_started" in bench.kinds(run_id))
    bench.supervisor.cancel(run_id, "Ada")
    run = bench.ended(run_id)
    assert (run.status, run.cancelled_by) == ("cancelled", "Ada")
    outcomes = [record["outcome"] for record in bench.store.records(run_id) if record["kind"] == "invocation_ended"]
    assert outcomes == ["cancelled"]


def test_cancel_ends_a_paused_run_without_a_runner(bench):
    run_id = bench.start("AsksTwice")
    bench.let_go(run_id)
    bench.supervisor.cancel(run_id)
    assert bench.ended(run_id).status == "cancelled"
    assert bench.store.prompts(run_id, status=None)[0].status == "withdrawn"
    late = bench.supervisor.answer(f"{run_id}-1", {"number": 1})
    assert not late.accepted and late.sentence.startswith("The run was cancelled")


def test_a_cancel_that_meets_a_run_on_its_way_out_of_memory_ends_it(bench):
    run_id = bench.start("AsksTwice")
    bench.let_go(run_id)
    assert bench.store.ask_cancel(run_id, "Ada"), "noted, but its server saw the run still loaded and told the runner"
    assert bench.ended(run_id).status == "cancelled"
