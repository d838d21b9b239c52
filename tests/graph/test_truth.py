"""A part of the corpus, run: what was taken was on the graph before. The whole is measured by tests/graph/truth.py."""

import logging
from collections.abc import Iterator

import pytest

from inspectors.runner import hosted_runs
from tests.graph.truth import CORPUS, HIDDEN, KINDS, Case, cases_of, counts, drawn_and_taken, misses, table
from tests.recording import lab

PART = ("hard", "people")


@pytest.fixture(scope="module")
def cases() -> Iterator[list[Case]]:
    quiet, patience = hosted_runs.QUIET_SECONDS, lab.PATIENCE
    logging.disable(logging.CRITICAL)
    try:
        yield [case for name in PART for case in cases_of(CORPUS / f"{name}.py")]
    finally:
        logging.disable(logging.NOTSET)
        hosted_runs.QUIET_SECONDS, lab.PATIENCE = quiet, patience


def test_every_run_ended_as_it_should(cases: list[Case]) -> None:
    assert len(cases) >= 35
    assert [(case.name, case.ended) for case in cases if set(case.ended) != {"done"}] == []


def test_what_is_taken_was_drawn(cases: list[Case]) -> None:
    said = "\n".join([table(cases), *misses(cases)])
    taken, inferred, _, _ = counts(cases, "all")
    assert inferred / taken >= 0.995, said
    for kind in (*KINDS, "hidden"):
        of_kind, found, _, _ = counts(cases, kind)
        assert not of_kind or found / of_kind >= 0.95, said
    assert sum(case.taken <= case.inferred for case in cases) / len(cases) >= 0.97, said


def test_what_is_drawn_is_taken(cases: list[Case]) -> None:
    drawn, used = drawn_and_taken(cases)
    assert used / drawn >= 0.9, "\n".join(misses(cases))


def test_the_engine_knows_less(cases: list[Case]) -> None:
    """Else this would compare nothing."""
    taken, inferred, _, engine = counts(cases, "hidden")
    assert taken > 30
    assert engine < taken / 2 < inferred
    assert all(case.taken for case in cases)
    assert {key[2] for case in cases for key in case.taken} >= set(HIDDEN)
