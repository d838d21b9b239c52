"""Rows of runs: search that takes signs for what they are, paging, claiming, and answers that are unique."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt


def found(store: Store, text: str) -> set[str]:
    return {run.workflow for run in store.runs(text=text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100%", {"Percent"}),
        ("100", {"Percent", "Plain"}),
        ("a_b", {"Under"}),
        ("a%b", set()),
        ("back\\slash", {"Slash"}),
        ("Über", {"Plain"}),
        ('"quoted"', {"Plain"}),
        ("PERCENT", {"Percent"}),
        ("'; DROP TABLE run; --", set()),
        ("", {"Percent", "Plain", "Under", "Letters", "Slash"}),
    ],
)
def test_search_takes_signs_for_themselves(
    store: Store, new_run: Callable[..., str], text: str, expected: set[str]
) -> None:
    new_run(workflow="Percent", input={"q": "100% sure"})
    new_run(workflow="Plain", input={"q": '1000 times "quoted" Übermut'})
    new_run(workflow="Under", input={"q": "a_b"})
    new_run(workflow="Letters", input={"q": "axb"})
    new_run(workflow="Slash", input={"q": "back\\slash"})
    assert found(store, text) == expected


def test_search_reads_results_and_errors_too(store: Store, new_run: Callable[..., str]) -> None:
    one, two = new_run(workflow="One"), new_run(workflow="Two")
    store.commit(
        [Commit(one, 1, run={"result": {"value": "golden"}}), Commit(two, 1, run={"error": {"message": "rust"}})]
    )
    assert found(store, "golden") == {"One"}
    assert found(store, "rust") == {"Two"}
    assert found(store, two) == {"Two"}


def test_filters_narrow_and_count_alike(store: Store, new_run: Callable[..., str]) -> None:
    for number in range(6):
        run_id = new_run(workflow="A" if number % 2 else "B", file=f"{number % 3}.py")
        store.commit([Commit(run_id, 1, run={"status": "done" if number < 4 else "failed"})])
    for filters in ({"workflow": "A"}, {"status": ["done", "failed"]}, {"status": "failed", "file": "2.py"}):
        assert len(store.runs(**filters)) == store.count_runs(**filters) > 0
    assert store.counts_by_status() == {"done": 4, "failed": 2}
    assert store.live_runs() == []


def test_ten_thousand_runs_are_paged_through_quickly(store: Store, new_run: Callable[..., str]) -> None:
    first = new_run(input={"q": "needle"})
    with store.writing() as db:
        db.executemany(
            "INSERT INTO run (run_id, workflow, module, file, status, input, created_at) VALUES (?,?,?,?,?,?,?)",
            (
                (
                    f"{n:08x}",
                    f"W{n % 7}",
                    "m",
                    f"{n % 3}.py",
                    "done" if n % 5 else "failed",
                    json.dumps({"n": n}),
                    1e9 + n,
                )
                for n in range(10_000)
            ),
        )
    began = time.process_time()
    pages = [store.runs(limit=50, offset=offset) for offset in (0, 5_000, 9_950)]
    filtered = store.runs(limit=50, status="failed", workflow="W3")
    newest = store.last_runs()
    counts = store.counts_by_status()
    (needle,) = store.runs(text="needle")
    took = time.process_time() - began
    assert [len(page) for page in pages] == [50, 50, 50]
    assert pages[0][0].run_id == first == needle.run_id
    assert [run.created_at for run in pages[1]] == sorted((run.created_at for run in pages[1]), reverse=True)
    assert len(filtered) == 50 and counts == {"starting": 1, "done": 8_000, "failed": 2_000}
    assert newest[("0.py", "W0")].created_at >= 1e9 + 9_900
    assert took < 2.0, f"{took:.2f} s of CPU"  # 0.1 s here


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """The results of `count` threads that begin together."""
    gate, results = threading.Barrier(count), [None] * count

    def one(number: int) -> None:
        gate.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_of_answers_given_at_once_one_is_kept_and_the_others_hear_of_it(
    store: Store, new_run: Callable[..., str]
) -> None:
    run_id = new_run()
    store.commit([Commit(run_id, 1, ['{"seq": 1}'], prompts=[NewPrompt("p", 1, "Ask", "s", "?", {}, None, {})])])
    assert store.open_prompt_count() == 1
    results = at_once(12, lambda number: store.add_answer("p", {"n": number}, f"person {number}"))
    kept = store.answer("p")
    assert kept is not None and results.count(None) == 1
    winner = results.index(None)
    assert kept.value == {"n": winner} and kept.answered_by == f"person {winner}"
    assert {result.answered_by for result in results if result is not None} == {f"person {winner}"}
    assert store.open_prompt_count() == 0 and store.prompts() == []
    assert [answer.value for _, answer in store.undelivered(run_id)] == [{"n": winner}]


def test_a_refused_answer_opens_the_prompt_again(store: Store, new_run: Callable[..., str]) -> None:
    run_id = new_run()
    store.commit([Commit(run_id, 1, ['{"seq": 1}'], prompts=[NewPrompt("p", 1, "Ask", "s", "?", {}, None, {})])])
    store.add_answer("p", {"n": 1}, "a")
    store.refuse_answer("p", "n: too small.")
    (prompt,) = store.prompts(run_id)
    assert prompt.refused == "n: too small." and store.undelivered() == []
    assert store.add_answer("p", {"n": 2}, "b") is None
    store.commit([Commit(run_id, 2, delivered=["p"])])
    after = store.prompt("p")
    assert after is not None and (after.status, after.refused, after.answer_value) == ("answered", None, {"n": 2})


def test_a_run_is_claimed_by_one_runner_only(store: Store, new_run: Callable[..., str]) -> None:
    run_id = new_run()
    results = at_once(8, lambda number: store.claim_run(run_id, f"runner {number}"))
    assert results.count(True) == 1
    run = store.run(run_id)
    assert run is not None and run.runner_id == f"runner {results.index(True)}" and run.loaded
    store.release_run(run_id)
    assert store.claim_run(run_id, "another")
    store.commit([Commit(run_id, 1, run={"status": "done", "loaded": 0})])
    assert not store.claim_run(run_id, "late")


def test_cancel_is_asked_for_once(store: Store, new_run: Callable[..., str]) -> None:
    run_id = new_run()
    assert sorted(at_once(6, lambda number: store.ask_cancel(run_id, str(number)))) == [False] * 5 + [True]


def test_runs_created_at_once_have_ids_of_their_own(store: Store, new_run: Callable[..., str]) -> None:
    made = at_once(8, lambda number: [new_run(input={"n": number}) for _ in range(10)])
    ids = [run_id for batch in made for run_id in batch]
    assert len(set(ids)) == 80 == store.count_runs()


def test_what_does_not_exist_is_none_and_not_an_error(store: Store) -> None:
    assert store.run("nobody") is None and store.prompt("nobody") is None and store.graph("nobody") is None
    assert store.records("nobody") == [] and store.checkpoint("nobody") is None and store.answer("nobody") is None
    assert store.runner("nobody") is None
