"""The engine's own events as forms: what a runner sends of them is what the builder reads."""

from typing import Any

from pydantic import Field
from workflows.events import HumanResponseEvent, StartEvent

from inspectors.forms import answer, form_from_answer, form_from_start, review_plan
from tests.forms.test_from_source import answer_shape, read, start


class ArticleStart(StartEvent):
    """What to write about."""

    topic: str = Field(min_length=1, description="What to write about.")
    max_rounds: int = Field(default=5, ge=1, le=9)


class Review(HumanResponseEvent):
    """What was decided."""

    approve: bool
    edited_text: str = ""
    comment: str = ""


def described(event: type) -> dict[str, Any]:
    """What a runner says of an event class."""
    schema = event.model_json_schema()  # type: ignore[attr-defined]
    return {"type": event.__name__, "module": event.__module__, "schema": schema, "open": True}


def test_typed_start() -> None:
    form = form_from_start(start(read("topic", "str"), typed=True), described=described(ArticleStart))
    assert [field.takes for field in form.fields] == ["text, required", "whole number, 1 to 9, default 5"]
    assert form.doc == "What to write about."


def test_typed_answer() -> None:
    form = form_from_answer(None, described=described(Review))
    plan = review_plan("Ready?", {"draft": "A draft.\n\nIt has two paragraphs."}, form)
    sent = answer(plan, plan.decisions[0], form, edited="Mine.")
    assert Review(**sent.values).edited_text == "Mine."


def test_untyped_events_are_described_by_source() -> None:
    assert [f.name for f in form_from_start(start(read("topic")), described=described(StartEvent)).fields] == ["topic"]
    form = form_from_answer(answer_shape(read("verdict")), described=described(HumanResponseEvent))
    assert [field.name for field in form.fields] == ["verdict"]
    alone = form_from_answer(None, described=described(HumanResponseEvent))
    assert [field.name for field in alone.fields] == ["response"]
