"""What pydantic refuses, in sentences."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from inspectors.runner.refusals import sentences_of


class Inner(BaseModel):
    """Something inside."""

    count: int = Field(ge=1)


class Trip(BaseModel):
    """Says no in its own words."""

    who: str = "Ann"
    inner: Inner | None = None

    @field_validator("who")
    @classmethod
    def _known(cls, who: str) -> str:
        if who == "Eve":
            raise AssertionError("Eve stays here")
        if who == "Bob":
            raise ValueError("Bob may not travel.")
        return who

    @model_validator(mode="after")
    def _together(self) -> Trip:
        if self.who == "Ann" and self.inner:
            raise ValueError("Ann travels alone")
        return self


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"who": "Bob"}, {"who": "Bob may not travel."}),
        ({"who": "Eve"}, {"who": "Eve stays here."}),
        ({"inner": {"count": 0}}, {"inner.count": "Input should be greater than or equal to 1."}),
        ({"inner": {"count": 1}}, {"": "Ann travels alone."}),
    ],
)
def test_authors_words_stand_alone_and_each_place_has_its_sentence(given: dict[str, Any], said: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        Trip(**given)
    assert sentences_of(refused.value) == said
