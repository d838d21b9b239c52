"""Records in blocks: windows over several of them, no gaps, nothing half written."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt


def seqs(store: Store, run_id: str, *window: int) -> list[int]:
    return [record["seq"] for record in store.records(run_id, *window)]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((), range(1, 13)),
        ((1, 12), range(1, 13)),
        ((3, 3), [3]),
        ((3, 4), [3, 4]),
        ((2, 11), range(2, 12)),
        ((12,), [12]),
        ((13,), []),
        ((5, 4), []),
        ((0, 2), [1, 2]),
        ((-5, 1), [1]),
        ((10, 10**9), [10, 11, 12]),
    ],
)
def test_a_window_is_cut_out_of_several_blocks(
    store: Store,
    new_run: Callable[..., str],
    append: Callable[..., None],
    window: tuple[int, ...],
    expected: range,
) -> None:
    run_id, other = new_run(), new_run()
    for size in (3, 1, 5, 3):
        append(run_id, size)
        append(other, 2)
    assert seqs(store, run_id, *window) == list(expected)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(0, 40), st.integers(0, 40))
def test_any_window_of_any_blocks_is_what_slicing_gives(
    store: Store, new_run: Callable[..., str], append: Callable[..., None], sizes: list[int], first: int, last: int
) -> None:
    run_id = new_run()
    for size in sizes:
        append(run_id, size)
    assert seqs(store, run_id, first, last) == [n for n in range(1, sum(sizes) + 1) if first <= n <= last]


def test_records_keep_every_character(store: Store, new_run: Callable[..., str]) -> None:
    run_id = new_run()
    texts = ["line\nbreak", "\u2028", "\x00", "é", "\ud800", '"', "x" * 1_000_000]
    lines = [json.dumps({"seq": n, "text": text}) for n, text in enumerate(texts, start=1)]
    store.commit([Commit(run_id, 1, lines=lines, journal=["t 1 one", "t 2 two"])])
    assert [record["text"] for record in store.records(run_id)] == texts
    assert store.journal(run_id) == ["t 1 one", "t 2 two"]


@pytest.mark.parametrize("first", [1, 3, 5])
def test_a_commit_that_does_not_follow_is_refused_whole(
    store: Store, new_run: Callable[..., str], append: Callable[..., None], first: int
) -> None:
    run_id, other = new_run(), new_run()
    append(run_id, 3)
    fine = Commit(other, 1, lines=['{"seq": 1}'])
    wrong = Commit(run_id, first, lines=[json.dumps({"seq": first})], run={"status": "done"})
    with pytest.raises(ValueError, match=f"commit starts at {first}, but 3 is the last seq"):
        store.commit([fine, wrong])
    run, untouched = store.run(run_id), store.run(other)
    assert run is not None and untouched is not None
    assert (run.status, run.last_seq, untouched.last_seq) == ("starting", 3, 0)


def test_a_run_and_its_records_change_together(
    store: Store, new_run: Callable[..., str], append: Callable[..., None]
) -> None:
    run_id = new_run()
    prompt = NewPrompt("p-1", 2, "Ask", "step", "Well?", {"draft": "long " * 9}, None, {"type": "Reply"})
    append(
        run_id, 2, run={"status": "waiting", "result": {"a": 1}}, prompts=[prompt], checkpoint=(2, {"c": 1}, {"r": 2})
    )
    run = store.run(run_id)
    assert run is not None and (run.status, run.last_seq, run.result) == ("waiting", 2, {"a": 1})
    (open_prompt,) = store.prompts(run_id)
    assert (open_prompt.seq, open_prompt.text, open_prompt.draft_field) == (2, "Well?", "draft")
    assert store.checkpoint(run_id) == (2, {"c": 1}, {"r": 2})
    assert store.last_seqs([run_id, "nobody"]) == {run_id: (2, "waiting")}


def test_a_checkpoint_makes_the_journal_before_it_needless(
    store: Store, new_run: Callable[..., str], append: Callable[..., None]
) -> None:
    run_id = new_run()
    append(run_id, 1, journal=["t 0 a"])
    append(run_id, 1, journal=["t 1 b"])
    assert store.journal(run_id) == ["t 0 a", "t 1 b"]
    append(run_id, 1, checkpoint=(3, {}, {}))
    assert store.journal(run_id) == []
    append(run_id, 1, journal=["t 2 c"])
    assert store.journal(run_id) == ["t 2 c"]


def test_records_of_a_deleted_run_are_dropped_without_hurting_others(
    store: Store, new_run: Callable[..., str], append: Callable[..., None]
) -> None:
    gone, other = new_run(), new_run()
    append(gone, 3, journal=["t 0 a"])
    with store.writing() as db:
        db.execute("DELETE FROM run WHERE run_id = ?", (gone,))
    store.commit([Commit(gone, 4, lines=['{"seq": 4}']), Commit(other, 1, lines=['{"seq": 1}'])])
    assert store.records(gone) == [] and store.journal(gone) == []
    assert seqs(store, other) == [1]


def test_the_end_of_a_run_forgets_what_only_going_on_would_need(
    store: Store, new_run: Callable[..., str], append: Callable[..., None]
) -> None:
    run_id, other = new_run(input={"password": "x"}), new_run(input={"password": "y"})
    prompt = NewPrompt("p-1", 1, "Ask", "s", "?", {}, None, {})
    left_open = NewPrompt("p-2", 1, "Ask", "s", "?", {}, None, {})
    append(run_id, 1, journal=["t 0 a"], prompts=[prompt, left_open])
    store.add_answer("p-1", {"password": "z"}, "maria")
    append(run_id, 1, delivered=["p-1"])
    append(run_id, 1, checkpoint=(3, {"real": "x"}, {}))
    append(run_id, 1, run={"status": "done"}, mask=lambda value: dict.fromkeys(value, "masked"))
    run, untouched, answer = store.run(run_id), store.run(other), store.answer("p-1")
    assert run is not None and untouched is not None and answer is not None
    assert run.input == {"password": "masked"} and answer.value == {"password": "masked"}
    assert store.checkpoint(run_id) is None and store.journal(run_id) == []
    assert [(item.prompt_id, item.status) for item in store.prompts(run_id, None)] == [
        ("p-1", "answered"),
        ("p-2", "withdrawn"),
    ]
    assert untouched.input == {"password": "y"}
