"""Names and drafts of reviewers, and who has answered what."""

import time

from inspectors.store import Store
from inspectors.store.records import Commit, NewPrompt


def ask(store: Store, prompt_id: str = "p", parent: str | None = None) -> str:
    """A run that waits."""
    run_id = store.create_run(workflow="W", module="w", file="/w.py", version="1", input={}, parent_run=parent)
    prompt = NewPrompt(prompt_id, 1, "Asks", "ask", "Right?", {}, None, {"type": "HumanResponseEvent"})
    store.commit([Commit(run_id, 1, ['{"seq":1,"t":1,"kind":"prompt"}'], prompts=[prompt])])
    return run_id


def test_a_name_belongs_to_its_browser_and_may_be_taken_back(store: Store) -> None:
    assert store.person_name("b1") == ""
    store.name_person("b1", "  Ada   Lovelace ")
    store.name_person("b2", "Grace")
    assert (store.person_name("b1"), store.person_name("b2")) == ("Ada Lovelace", "Grace")
    store.name_person("b1", " ")
    assert store.person_name("b1") == ""


def test_drafts_are_kept_by_widget_and_browser_and_go_with_their_run(store: Store) -> None:
    run_id = ask(store)
    assert store.keep_review_draft("p", "b1", {"draft": "One", "comment": "Two"})
    assert store.keep_review_draft("p", "b1", {"draft": "Three", "comment": None})
    assert store.keep_review_draft("p", "b2", {"draft": "Other"})
    assert not store.keep_review_draft("none", "b1", {"draft": "Lost"})
    assert (store.review_draft("p", "b1"), store.drafts_of("b2")) == ({"draft": "Three"}, {"p"})
    store.add_answer("p", {}, "Grace")
    assert store.keep_review_draft("p", "b1", {"draft": "Typed too late"}), "somebody was quicker: it is not lost"
    store.commit([Commit(run_id, 2, [], run={"status": "done", "ended_at": time.time()})])
    store.delete_runs([run_id])
    assert store.review_draft("p", "b1") == {}


def test_an_answer_says_who_gave_it_and_as_what(store: Store) -> None:
    ask(store)
    other = {"type": "Other", "module": "w"}
    assert store.add_answer("p", {"n": 1}, "ada@b.example", verified=True, kind=other) is None
    second = store.add_answer("p", {"n": 2}, "Grace")
    assert second is not None and (second.answered_by, second.verified, second.value) == (
        "ada@b.example",
        True,
        {"n": 1},
    )
    (prompt,) = store.answered_since(time.time() - 60)
    assert (prompt.answered_by, prompt.answered_verified, prompt.answer) == ("ada@b.example", True, other)
    assert store.answered_since(time.time() + 60) == []


def test_what_the_runs_of_a_runs_steps_ask_is_asked_by_its_family(store: Store) -> None:
    parent = ask(store, "p1")
    child = ask(store, "p2", parent)
    ask(store, "p3", child)
    ask(store, "elsewhere")
    assert [prompt.prompt_id for prompt in store.prompts_of_family(parent)] == ["p1", "p2", "p3"]
    assert [prompt.prompt_id for prompt in store.prompts_of_family(child)] == ["p2", "p3"]
