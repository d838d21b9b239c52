"""Of several types of answer that a workflow takes, the one whose name fits the prompt's is meant first."""

from typing import ClassVar

from workflows.events import HumanResponseEvent, InputRequiredEvent

from inspectors.recording.prompts import PromptBook, by_likeness


class BudgetNeededEvent(InputRequiredEvent):
    """Asks for money."""

    prefix: str = "How much?"


class LegalReviewAnswer(HumanResponseEvent):
    """About the law."""

    sound: bool
    marks: ClassVar[str] = ""


class BudgetAnswer(HumanResponseEvent):
    """About money."""

    amount: int


TAKEN = [(LegalReviewAnswer, ["law"]), (BudgetAnswer, ["money"])]


def test_the_name_of_the_prompt_decides_and_the_order_of_steps_where_it_says_nothing() -> None:
    assert [one.__name__ for one, _ in by_likeness(BudgetNeededEvent(), TAKEN)] == ["BudgetAnswer", "LegalReviewAnswer"]
    assert by_likeness(InputRequiredEvent(), TAKEN) == TAKEN


def test_the_prompts_row_names_the_likely_type_and_the_others() -> None:
    _, row = PromptBook("r", {}).open("ask", BudgetNeededEvent(), None, 1, TAKEN)
    assert (row.answer["type"], row.answer["steps"]) == ("BudgetAnswer", ["money"])
    assert [one["type"] for one in row.answer["others"]] == ["LegalReviewAnswer"]
