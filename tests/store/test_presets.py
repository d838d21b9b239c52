"""Presets: unique per workflow and name, replaced only when asked, deleted for good."""

from inspectors.recording.values import mask
from inspectors.store import Store

HERE = {"workflow": "W", "file": "/w.py"}


def test_a_preset_comes_back_as_it_was_saved(store: Store) -> None:
    options = {"timeout": 5.0, "verbose": True, "arguments": {"top_k": 3}}
    assert store.save_preset(**HERE, name="Short", input={"topic": "tea"}, options=options, left_out=["api_key"])
    preset = store.preset(**HERE, name="Short")
    assert preset is not None and preset.input == {"topic": "tea"} and preset.options == options
    assert preset.left_out == ("api_key",)


def test_a_taken_name_is_replaced_only_when_asked(store: Store) -> None:
    assert store.save_preset(**HERE, name="Short", input={"n": 1})
    assert not store.save_preset(**HERE, name="Short", input={"n": 2})
    assert [preset.input for preset in store.presets(**HERE)] == [{"n": 1}]
    assert store.save_preset(**HERE, name="Short", input={"n": 2}, replace=True)
    assert [preset.input for preset in store.presets(**HERE)] == [{"n": 2}]


def test_a_name_belongs_to_one_workflow_of_one_file(store: Store) -> None:
    places = [("W", "/w.py"), ("Other", "/w.py"), ("W", "/other.py")]
    for number, (workflow, file) in enumerate(places):
        assert store.save_preset(workflow=workflow, file=file, name="Short", input={"n": number})
    found = [store.presets(workflow=workflow, file=file) for workflow, file in places]
    assert [[preset.input["n"] for preset in some] for some in found] == [[0], [1], [2]]


def test_presets_are_sorted_by_name_and_deleted_for_good(store: Store) -> None:
    for name in ("long", "Short", "a"):
        store.save_preset(**HERE, name=name, input={})
    assert [preset.name for preset in store.presets(**HERE)] == ["a", "long", "Short"]
    assert store.delete_preset(**HERE, name="long")
    assert not store.delete_preset(**HERE, name="long")
    assert [preset.name for preset in store.presets(**HERE)] == ["a", "Short"]


def test_options_are_masked_with_the_input_when_a_run_ends(store: Store, new_run, append) -> None:
    run_id = new_run(input={"token": "t"}, options={"timeout": 3, "arguments": {"api_key": "k", "top_k": 2}})
    append(run_id, 1)
    assert store.run(run_id).options["arguments"]["api_key"] == "k"
    append(run_id, 1, mask=mask)
    run = store.run(run_id)
    assert run.input == {"token": {"$masked": True}}
    assert run.options == {"timeout": 3, "arguments": {"api_key": {"$masked": True}, "top_k": 2}}


def test_what_to_expect_of_a_start_is_the_middle_of_the_last_few(store: Store) -> None:
    assert store.usual_start("/w.py") is None
    for seconds in (90.0, 1.0, 5.0, 2.0, 4.0, 3.0):
        store.note_start("/w.py", seconds)
    assert store.usual_start("/w.py") == 3.0, "the first of six is forgotten"


def test_what_earlier_runs_were_started_with_is_newest_first_and_of_this_workflow(store: Store, new_run) -> None:
    for number in range(3):
        new_run(workflow="W", file="/w.py", input={"n": number}, options={"timeout": number})
    new_run(workflow="W", file="/other.py")
    found = store.earlier_inputs(**HERE, limit=2)
    assert [(one.input, one.options) for one in found] == [({"n": 2}, {"timeout": 2}), ({"n": 1}, {"timeout": 1})]
