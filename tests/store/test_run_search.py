"""Finding runs among many: filters and counts agree, texts are looked for once, and what is deleted is gone."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from inspectors.store import RunFilter, Store
from inspectors.store.records import Commit, NewPrompt

NewRun = Callable[..., str]


@pytest.fixture
def runs(store: Store, new_run: NewRun) -> list[dict[str, Any]]:
    """Sixty runs of many kinds, oldest first."""
    chance = random.Random(3)
    made = []
    for number in range(60):
        columns = {
            "status": chance.choice(["done", "failed", "waiting", "running", "cancelled"]),
            "created_at": 1_000.0 + 10 * (number // 2),
            "active_s": float(number),
        }
        name, file = chance.choice(["A", "B"]), chance.choice(["one/f.py", "two/f.py"])
        text = chance.choice(["river bank", "River", "engine", "50% off_"])
        run_id = new_run(workflow=name, file=file, input={"q": text})
        store.commit([Commit(run_id, 1, run=dict(columns))])
        made.append({"run_id": run_id, "workflow": name, "file": file, "text": text, **columns})
    return made


def expected(runs: list[dict[str, Any]], wanted: RunFilter) -> list[str]:
    """What the filter should find, by reading every run."""

    def fits(run: dict[str, Any]) -> bool:
        return (
            (not wanted.text or wanted.text.lower() in run["text"].lower())
            and (not wanted.workflow or run["workflow"] == wanted.workflow)
            and (not wanted.file or run["file"] == wanted.file)
            and (not wanted.statuses or run["status"] in wanted.statuses)
            and (wanted.since is None or run["created_at"] >= wanted.since)
            and (wanted.until is None or run["created_at"] < wanted.until)
        )

    return [run["run_id"] for run in reversed(runs) if fits(run)]


def filters() -> list[RunFilter]:
    """Every combination of one value or none of each."""
    choices = itertools.product(
        ("", "river", "engine", "%", "nothing of it"),
        ("", "A"),
        ("", "two/f.py"),
        ((), ("failed", "running")),
        (None, 1_100.0),
        (None, 1_200.0),
    )
    return [
        RunFilter(text, name, file, "", statuses, since, until) for text, name, file, statuses, since, until in choices
    ]


def test_windows_and_counts_agree_for_every_filter(store: Store, runs: list[dict[str, Any]]) -> None:
    by_id = {run["run_id"]: run for run in runs}
    for wanted in filters():
        found = expected(runs, wanted)
        assert store.find_ids(wanted) == found, wanted
        windows = [store.find_runs(wanted, limit=7, offset=offset) for offset in range(0, len(found) + 7, 7)]
        assert [run.run_id for window in windows for run in window] == found, wanted
        assert store.count_statuses(wanted) == Counter(by_id[run_id]["status"] for run_id in found), wanted
        assert store.count_workflows(wanted) == Counter(
            (by_id[run_id]["workflow"], by_id[run_id]["file"]) for run_id in found
        )
        buckets = Counter((int((by_id[one]["created_at"] - 1_000) // 60), by_id[one]["status"]) for one in found)
        assert {(at, status): count for at, status, count in store.count_buckets(wanted, 1_000.0, 60.0)} == buckets
        if found:
            assert store.place_of(found[-1], wanted) == len(found) - 1
            assert store.first_and_last(wanted) == tuple(by_id[found[at]]["created_at"] for at in (-1, 0))
        else:
            assert store.first_and_last(wanted) is None


def test_a_text_is_found_by_typing_it_and_when_runs_change(store: Store, new_run: NewRun) -> None:
    one = new_run(input={"q": "pattern"})
    for text in ("p", "pa", "pat", "patt", "pa"):
        assert store.find_ids(RunFilter(text)) == [one], text
    two = new_run(input={"q": "patience"})
    assert set(store.find_ids(RunFilter("pat"))) == {one, two}
    store.commit([Commit(one, 1, run={"status": "done", "result": {"value": "patterns"}})])
    assert store.find_ids(RunFilter("patterns")) == [one]
    store.delete_runs([one])
    assert store.find_ids(RunFilter("pat")) == [two]


def test_capitals_beyond_ascii_are_letters_of_their_own_however_a_text_is_typed(store: Store, new_run: NewRun) -> None:
    capital, small = new_run(input={"q": "Ärger"}), new_run(input={"q": "ärgern"})
    assert store.find_ids(RunFilter("Ä")) == [capital]
    assert store.find_ids(RunFilter("ärgern")) == [small]


def test_durations_are_those_of_the_last_ended_runs(store: Store, runs: list[dict[str, Any]]) -> None:
    mine = [run for run in runs if (run["workflow"], run["file"]) == ("A", "one/f.py")]
    ended = [(run["active_s"], run["status"]) for run in mine if run["status"] not in ("running", "waiting")]
    assert sorted(store.last_durations("A", "one/f.py", limit=99)) == sorted(ended)
    times = {run["active_s"]: run["created_at"] for run in mine}
    last = store.last_durations("A", "one/f.py", limit=4)
    assert len(last) == 4
    assert [times[seconds] for seconds, _ in last] == sorted(times[seconds] for seconds, _ in ended)[-4:]


def test_the_stamp_changes_when_a_list_would_look_different(store: Store, new_run: NewRun) -> None:
    stamps = [store.runs_stamp()]

    def changed() -> bool:
        stamps.append(store.runs_stamp())
        return stamps[-1] != stamps[-2]

    run_id, other = new_run(), new_run()
    assert changed()
    store.commit([Commit(run_id, 1, ['{"seq": 1}'])])
    assert not changed(), "records alone don't show in a list"
    store.commit([Commit(run_id, 2, run={"status": "running"})])
    assert changed()
    store.commit([Commit(run_id, 2, run={"status": "waiting"}), Commit(other, 1, run={"status": "running"})])
    assert changed()
    store.commit([Commit(run_id, 2, run={"status": "running"}), Commit(other, 1, run={"status": "waiting"})])
    assert changed(), "also when two runs change places"
    store.commit([Commit(run_id, 2, run={"status": "done"})])
    assert changed()
    store.delete_runs([run_id])
    assert changed()


def test_a_run_is_deleted_with_all_that_belongs_to_it(store: Store, new_run: NewRun) -> None:
    run_id, kept = new_run(), new_run()
    for one in (run_id, kept):
        prompts = [NewPrompt(f"p-{one}", 1, "Ask", "s", "?", {}, None, {})]
        store.commit(
            [Commit(one, 1, ['{"seq": 1}'], journal=["tick"], prompts=prompts), Commit(one, 2, checkpoint=(1, {}, {}))]
        )
        store.commit([Commit(one, 2, journal=["tick"], run={"status": "done"})])
        store.add_answer(f"p-{one}", {"n": 1}, "me")
    assert store.delete_runs([run_id, "nobody", run_id]) == 1
    assert store.run(run_id) is None and store.records(run_id) == [] and store.journal(run_id) == []
    assert store.checkpoint(run_id) is None and store.prompt(f"p-{run_id}") is None
    assert store.answer(f"p-{run_id}") is None
    with store.reading() as db:
        for table in ("block", "journal", "checkpoint", "prompt"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 1, table
    assert store.run(kept) is not None and store.answer(f"p-{kept}") is not None


def test_runs_that_go_on_stay_and_keep_the_runs_above_them(store: Store, new_run: NewRun) -> None:
    ended, running, waiting = new_run(), new_run(), new_run()
    parent = new_run()
    child = new_run(parent_run=parent)
    grandchild = new_run(parent_run=child)
    other_child = new_run(parent_run=parent)
    alone = new_run()
    alone_child = new_run(parent_run=alone)
    done = [ended, parent, child, other_child, alone, alone_child]
    store.commit([Commit(one, 1, run={"status": "done"}) for one in done])
    store.commit([Commit(waiting, 1, run={"status": "waiting"}), Commit(grandchild, 1, run={"status": "running"})])
    asked = [ended, running, waiting, parent, alone]
    doomed, children, kept = store.deletable(asked)
    assert (set(doomed), children, kept) == ({ended, other_child, alone, alone_child}, 2, 3)
    assert store.delete_runs(asked) == 4
    assert {run.run_id for run in store.runs()} == {running, waiting, parent, child, grandchild}


def test_deleting_frees_space_that_is_counted(store: Store, new_run: NewRun) -> None:
    ids = [new_run(input={"q": "x" * 20_000}) for _ in range(120)]
    store.commit([Commit(one, 1, run={"status": "done"}) for one in ids])
    before = store.bytes_used()
    assert store.delete_runs(ids) == 120
    assert store.bytes_used() < before / 10


def test_questions_are_the_open_ones(store: Store, new_run: NewRun) -> None:
    one, two = new_run(), new_run()
    for run_id, text in ((one, "Sure?"), (two, "Ready?")):
        prompts = [NewPrompt(f"p-{run_id}", 1, "Ask", "s", text, {}, None, {}, deadline=99.0)]
        store.commit([Commit(run_id, 1, ['{"seq": 1}'], prompts=prompts)])
    store.add_answer(f"p-{two}", {}, "me")
    questions = store.questions([one, two])
    assert list(questions) == [one] and (questions[one].text, questions[one].deadline) == ("Sure?", 99.0)


def test_ten_thousand_runs_are_searched_and_counted_quickly(store: Store) -> None:
    large = "x" * 60_000
    with store.writing() as db:
        db.executemany(
            "INSERT INTO run (run_id, workflow, module, file, status, input, graph, created_at, active_s)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            (
                (f"{n:08x}", f"W{n % 7}", "m", f"{n % 3}.py", "done" if n % 5 else "failed",
                 json.dumps({"n": n, "text": large if n % 20 == 0 else "needle"}), "{}" * 500, 1e9 + n, 1.0)
                for n in range(10_000)
            ),
        )  # fmt: skip
    began = time.process_time()
    for text in ("", "n", "ne", "needle", "no such thing"):
        wanted = RunFilter(text, statuses=("failed",))
        store.find_runs(wanted, limit=50)
        store.find_runs(wanted, limit=50, offset=1_900)
        store.count_statuses(wanted)
        store.count_buckets(wanted, 1e9, 1_000.0)
        store.count_workflows(wanted)
    for n in range(7):
        assert len(store.last_durations(f"W{n}", "0.py")) == 20
    took = time.process_time() - began
    assert store.count_found(RunFilter("needle")) == 9_500
    assert took < 8.0, f"{took:.2f} s of CPU"  # 0.5 s here
