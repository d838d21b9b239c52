"""What the graph shows of a run at any moment, folded from its records."""

from typing import Any

import pytest

from inspectors.trace.overlay import Overlay

CONSUMES = "event:m.Part|step:m.W.work|consumes"


def test_a_step_is_idle_then_running_then_done(script: Any) -> None:
    run = script("work", "other")
    assert run.node("work") == ("idle", "")
    run.starts("work")
    assert run.node("work") == ("running", "running")
    run.ends("work", "ok")
    assert run.node("work") == ("done", "done · 12 ms")
    assert run.node("other") == ("idle", "")


def test_several_invocations_are_counted(script: Any) -> None:
    run = script("work")
    for n in range(3):
        run.starts("work", f"w{n}", f"i{n}")
    run.ends("work", "ok", "i0")
    assert run.node("work") == ("running", "1 of 3 · 12 ms")
    run.ends("work", "ok", "i1").ends("work", "ok", "i2")
    assert run.node("work") == ("done", "3 done · 12 ms")
    assert run.overlay.json()["nodes"]["step:m.W.work"]["count"] == 3


def test_a_retry_is_shown_between_attempts_and_forgotten_after_success(script: Any) -> None:
    run = script("work").starts("work").ends("work", "error", retry_in=1.0)
    assert run.node("work") == ("retrying", "retrying, attempt 2 · 12 ms")
    run.starts("work", invocation="i2", attempt=2)
    assert run.node("work")[0] == "running"
    run.ends("work", "ok", "i2")
    assert run.node("work") == ("done", "done · 12 ms")
    assert run.overlay.json()["edges"][CONSUMES] == 1
    assert run.overlay.error_seq is None


def test_what_has_failed_stays_failed_whatever_follows(script: Any) -> None:
    run = script("work").starts("work").ends("work", "error", error={})
    assert run.overlay.error_seq == 2
    run.starts("work", "w2", "i2")
    assert run.node("work")[0] == "failed"
    run.ends("work", "ok", "i2").then("run_ended", status="done")
    assert run.node("work") == ("failed", "1 done · 1 failed")
    assert run.overlay.error_seq == 2


def test_a_waiting_step_is_done_once_its_answer_is_there(script: Any) -> None:
    run = script("ask").starts("ask").ends("ask", "waiting")
    assert run.node("ask") == ("waiting", "waits for an answer")
    run.starts("ask", invocation="i2", consumed=["x1", "x2"], takes={"Part": 1, "Reply": 1})
    assert run.node("ask")[0] == "running"
    run.ends("ask", "ok", "i2")
    assert run.node("ask")[0] == "done"
    edges = run.overlay.json()["edges"]
    assert edges["event:m.Part|step:m.W.ask|consumes"] == 1
    assert edges["event:.Reply|step:m.W.ask|consumes"] == 1


def test_a_step_whose_time_to_wait_is_up_waits_no_more(script: Any) -> None:
    run = script("ask").starts("ask").ends("ask", "waiting").then("prompt_expired", prompt="p")
    run.starts("ask", invocation="i2").ends("ask", "ok", "i2")
    assert run.node("ask")[0] == "done"


def test_a_step_that_is_taken_up_and_waits_again_waits_once(script: Any) -> None:
    run = script("ask").starts("ask").ends("ask", "waiting")
    run.starts("ask", invocation="i2").ends("ask", "waiting", "i2")
    run.starts("ask", invocation="i3", consumed=["x1", "x2"]).ends("ask", "ok", "i3")
    assert run.node("ask")[0] == "done"


def test_what_the_engine_throws_away_is_not_counted_twice(script: Any) -> None:
    run = script("work").starts("work").ends("work", "again")
    run.starts("work", invocation="i2").ends("work", "buffered", "i2")
    assert run.overlay.json()["edges"][CONSUMES] == 1
    assert run.node("work") == ("done", "done · 12 ms")


def test_a_joined_list_counts_each_of_its_events(script: Any) -> None:
    run = script("work").starts("work", takes={"Part": 3})
    assert run.overlay.json()["edges"][CONSUMES] == 3


@pytest.mark.parametrize("status", ["cancelled", "interrupted"])
@pytest.mark.parametrize("outcome", ["", "cancelled", "waiting", "retry"])
def test_a_step_that_the_end_found_unfinished_shows_how_the_run_ended(script: Any, status: str, outcome: str) -> None:
    run = script("work", "before").starts("before", "w0", "i0").ends("before", "ok", "i0").starts("work")
    if outcome == "retry":
        run.ends("work", "error", retry_in=5.0)
    elif outcome:
        run.ends("work", outcome)
    run.then("run_ended", status=status)
    state, text = run.node("work")
    assert state == status and text.startswith(status)
    assert run.node("before")[0] == "done"


def test_the_time_limit_cancels_what_it_finds(script: Any) -> None:
    run = script("work").starts("work").ends("work", "cancelled").then("run_ended", status="failed")
    assert run.node("work") == ("cancelled", "cancelled · 12 ms")
    assert run.overlay.error_seq == 3


def test_nobody_is_waited_for_once_the_run_is_over(script: Any) -> None:
    run = script("ask").then("prompt", prompt="p", event=None)
    assert run.overlay.json()["nodes"]["external:m.W.person"]["state"] == "waiting"
    run.then("run_ended", status="cancelled")
    assert run.overlay.json()["nodes"]["external:m.W.person"]["state"] == "done"
    assert run.overlay.open_prompts == set()


def test_an_answer_and_an_expiry_close_their_own_prompt(script: Any) -> None:
    run = script("ask").then("prompt", prompt="p1", event=None).then("prompt", prompt="p2", event=None)
    run.then("event", key="x2", type="Reply", module="m", via="answer", prompt="p1", by=None, from_step=None)
    assert run.overlay.open_prompts == {"p2"}
    run.then("prompt_expired", prompt="p2")
    assert run.overlay.open_prompts == set()


def test_a_blocked_loop_is_remembered_until_it_turns(script: Any) -> None:
    run = script("work").then("blocked", step="work", seconds=2, since=1.0)
    assert run.overlay.blocked["step"] == "work"
    assert run.then("unblocked", seconds=3).overlay.blocked is None


def test_kinds_from_a_later_version_change_nothing(script: Any) -> None:
    run = script("work").starts("work")
    before = run.overlay.json()
    assert run.then("model_asked", step="work").overlay.json() == before
    assert run.overlay.seq == 2


def test_a_run_without_a_graph_is_folded_all_the_same() -> None:
    overlay = Overlay(None)
    overlay.apply({"seq": 1, "kind": "event", "type": "Part", "module": "m", "via": "start", "by": None})
    overlay.apply({"seq": 2, "kind": "invocation_started", "step": "s", "invocation": "i", "takes": {"Part": 1}})
    assert overlay.json() == {
        "nodes": {"event:m.Part": {"state": "done", "count": 1, "text": "", "streamed": 0, "last": 1}},
        "edges": {},
        "progress": {"done": 0, "known": 1},
    }


def test_what_was_in_flight_runs_again_after_a_resume_and_is_not_counted_twice(script: Any) -> None:
    run = script("work", "ask").starts("work", "w1", "i1").starts("ask", "w2", "i2").ends("ask", "waiting", "i2")
    run.then("run_ended", status="interrupted")
    assert run.node("work")[0] == run.node("ask")[0] == "interrupted"
    run.then("resumed", by="Ada", session=2, again=["work"], kept=0)
    assert run.node("ask") == ("waiting", "waits for an answer")
    assert run.node("work") == ("queued", "runs again")
    run.starts("work", "w1", "i3").ends("work", "ok", "i3")
    assert run.node("work")[0] == "done"
    assert run.overlay.json()["edges"][CONSUMES] == 1
    assert run.overlay.error_seq is None


QUEUED = {"work_item": "q", "events": ["x1"]}


def queue(step: str, *splices: list[Any]) -> dict[str, Any]:
    """What a record tells of the engine's queue of a step."""
    return {"steps": {step: {"queue": list(splices)}}}


def test_a_fan_out_says_how_many_of_how_many_are_over(script: Any) -> None:
    run = script("work").then("event", **part(), engine=queue("work", [0, 0, [QUEUED] * 40]))
    assert run.node("work") == ("queued", "0 of 40")
    for n in range(4):
        run.starts("work", f"w{n}", f"i{n}", engine=queue("work", [0, 1, []]))
    assert run.node("work") == ("running", "0 of 40")
    for n in range(4):
        run.ends("work", "ok", f"i{n}")
    run.starts("work", "w4", "i4", engine=queue("work", [0, 1, []]))
    assert run.node("work") == ("running", "4 of 40 · 12 ms")
    assert counts(run, "work") == {"active": 1, "queued": 35, "done": 4, "failed": 0}
    assert run.overlay.json()["progress"] == {"done": 4, "known": 40}
    assert run.overlay.json()["nodes"]["step:m.W.work"]["last"] == 10


def test_what_waits_for_its_next_attempt_is_in_the_engines_queue_and_counted_once(script: Any) -> None:
    run = script("work").starts("work", "w1").starts("work", "w2", "i2")
    run.ends("work", "error", retry_in=1.0, engine=queue("work", [0, 0, [QUEUED]]))
    assert counts(run, "work") == {"active": 1, "queued": 0, "done": 0, "failed": 0}
    assert run.node("work") == ("running", "0 of 2 · 12 ms")
    run.ends("work", "ok", "i2")
    assert run.node("work") == ("retrying", "1 of 2 · 12 ms")


def test_a_session_that_begins_tells_its_queues_anew(script: Any) -> None:
    run = script("work").then("event", **part(), engine=queue("work", [0, 0, [QUEUED] * 9]))
    run.then("run_started", engine={"whole": True, **queue("work", [0, 0, [QUEUED]])})
    assert counts(run, "work")["queued"] == 1


@pytest.mark.parametrize("status", ["done", "failed", "cancelled", "interrupted"])
def test_nothing_is_queued_once_the_run_is_over(script: Any, status: str) -> None:
    run = script("work").then("event", **part(), engine=queue("work", [0, 0, [QUEUED] * 3]))
    run.then("run_ended", status=status)
    assert run.node("work") == ("idle", "not started")


def test_a_loop_says_its_round(loop: Any) -> None:
    run = loop.starts("work").ends("work", "ok")
    assert run.node("work") == ("done", "done · 12 ms")
    run.starts("work", "w2", "i2")
    assert run.node("work") == ("running", "round 2 · 12 ms")
    run.ends("work", "ok", "i2").starts("work", "w3", "i3")
    assert run.node("work")[1] == "round 3 · 12 ms"
    assert run.ends("work", "ok", "i3").node("work") == ("done", "3 rounds · 12 ms")


def test_a_retry_in_a_loop_is_no_round(loop: Any) -> None:
    run = loop.starts("work").ends("work", "error", retry_in=0.1)
    assert run.node("work") == ("retrying", "retrying, 2 of 3 · 12 ms")
    run.starts("work", invocation="i2", attempt=2)
    assert run.node("work") == ("running", "attempt 2 of 3 · 12 ms")


def test_a_fan_out_in_a_loop_counts_work_and_no_rounds(loop: Any) -> None:
    run = loop.starts("work").starts("work", "w2", "i2").ends("work", "ok")
    assert run.node("work")[1] == "1 of 2 · 12 ms"
    assert run.ends("work", "ok", "i2").node("work")[1] == "2 done · 12 ms"


def test_what_gathers_says_how_many_it_has(script: Any) -> None:
    run = script("join").starts("join")
    kept = {"steps": {"join": {"buffers": {"default": [[0, 0, ["x1", "x2"]]]}}}}
    run.ends("join", "buffered", engine=kept)
    assert run.node("join") == ("queued", "has 2 events · 12 ms")
    run.then("event", **part(), engine={"steps": {"join": {"buffers": {"default": [[0, 2, []]]}}}})
    assert run.node("join") == ("done", "done · 12 ms")


def test_a_list_that_gathers_is_told_by_its_release(script: Any) -> None:
    run = script("join").then("event", **part(), engine={"releases": {"r": {"step": "join", "keys": [[0, 0, ["x1"]]]}}})
    assert run.node("join") == ("queued", "has 1 event")
    run.then("event", **part(), engine={"releases": {"r": {"keys": [[1, 0, ["x2"]]]}}})
    assert run.node("join") == ("queued", "has 2 events")
    assert run.then("event", **part(), engine={"releases": {"r": None}}).node("join") == ("idle", "not started")


def test_who_is_waited_for_comes_before_what_goes_on(script: Any) -> None:
    run = script("ask").starts("ask").starts("ask", "w2", "i2").ends("ask", "waiting")
    assert run.node("ask") == ("waiting", "1 running · waits for an answer")
    run.ends("ask", "waiting", "i2")
    assert run.node("ask") == ("waiting", "2 wait for answers")


def part() -> dict[str, Any]:
    """An event from outside."""
    return {"type": "Part", "module": "m", "via": "outside", "by": None, "key": "x1"}


def counts(run: Any, step: str) -> dict[str, int]:
    node = run.overlay.json()["nodes"][f"step:m.W.{step}"]
    return {name: node[name] for name in ("active", "queued", "done", "failed")}


@pytest.fixture
def loop(script: Any) -> Any:
    """A step that is led to by what it gives, and tries three times."""
    made = script("work")
    step = {"id": "step:m.W.work", "kind": "step", "name": "work", "retries": "3 attempts, 1 s apart"}
    edges = [("event:m.Part", "step:m.W.work", "consumes"), ("step:m.W.work", "event:m.Part", "returns")]
    event = {"id": "event:m.Part", "kind": "event", "name": "Part"}
    graph = {"nodes": [step, event], "edges": [{"source": s, "target": t, "kind": k} for s, t, k in edges]}
    made.overlay = Overlay(graph)
    return made
