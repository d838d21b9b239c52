"""The `wait_for_event` that a prompt comes from, found in source by its id, its text, its step."""

from pathlib import Path

import pytest

from inspectors.discovery import answer_shape, discover
from inspectors.discovery.model import AnswerShape
from inspectors.discovery.waiting_calls import Asked, narrowed

ASKING = Path(__file__).parents[1] / "runner" / "asking.py"


def shape_of(workflow: str, step: str) -> AnswerShape:
    """What the step as a whole reads of answers."""
    return answer_shape(next(one for one in discover([str(ASKING)]).workflows if one.name == workflow), [step])


@pytest.mark.parametrize(
    ("workflow", "asked", "fields", "literals"),
    [
        ("TwoQuestions", ("Delete the files?", "sure", "ask"), ["response"], {"response": ["yes", "no"]}),
        ("TwoQuestions", ("Why, in a sentence?", "why", "ask"), ["reason"], {}),
        ("AskInLoop", ("Round 7: MORE or STOP?", "round 7", "ask"), ["response"], {"response": ["STOP"]}),
        ("AskInTool", ("Delete all files in old?", "delete old", "call_tool"), ["response"], {"response": ["yes"]}),
        ("ThreeAlike", ("What of part 1?", "waiter_x_{}_work_item_3", "ask"), ["response"], {}),
    ],
)
def test_only_what_is_read_of_this_answer_counts(
    workflow: str, asked: tuple[str, str, str], fields: list[str], literals: dict[str, list[str]]
) -> None:
    text, waiter_id, step = asked
    found = narrowed(shape_of(workflow, step), str(ASKING), Asked("HumanResponseEvent", text, waiter_id, step))
    assert [field.name for field in found.fields] == fields
    assert found.literals == literals


def test_a_prompt_that_no_call_asks_leaves_the_shape_as_it_is() -> None:
    shape = shape_of("TwoQuestions", "ask")
    assert narrowed(shape, str(ASKING), Asked("HumanResponseEvent", "Else?", "else", "elsewhere")) is shape
