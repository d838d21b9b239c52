"""Forms for people: one builder for starting a workflow and for answering a prompt.

A form comes from a JSON schema (`from_schema`) or from source that was only read (`from_source`). `values`
turns what widgets hold into values and sentences; `review` decides what a reviewer sees.
"""

from inspectors.forms.answering import answer
from inspectors.forms.from_schema import form_from_schema
from inspectors.forms.from_source import form_from_answer, form_from_start
from inspectors.forms.model import Chosen, Field, Form, Kind
from inspectors.forms.review import Decision, Fact, ReviewPlan, review_plan
from inspectors.forms.values import Parsed, initial, parse

__all__ = [
    "Chosen",
    "Decision",
    "Fact",
    "Field",
    "Form",
    "Kind",
    "Parsed",
    "ReviewPlan",
    "answer",
    "form_from_answer",
    "form_from_schema",
    "form_from_start",
    "initial",
    "parse",
    "review_plan",
]
