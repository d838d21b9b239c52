"""What the page says of an interrupted run before Resume is pressed, and of a prompt whose time runs out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from parts.interrupted import resume_words
from parts.time_left import why_loaded

from inspectors.runner.resuming import ResumePlan
from inspectors.store import Prompt

SAVED = "Resume goes on from the last saved moment. "


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (ResumePlan(True, "", ["search"], 214), "214 steps don’t run again. search was running and runs again."),
        (ResumePlan(True, "", ["a", "b", "a"], 1), "1 step doesn’t run again. a (2) and b were running and run again."),
        (ResumePlan(True, "", ["a"] * 2, 0), "No step had ended. a (2) were running and run again."),
        (ResumePlan(True, "", [], 3), "3 steps don’t run again. No step was running."),
        (
            ResumePlan(True, "", ["a", "b", "c", "d", "e", "f"], 2),
            "2 steps don’t run again. a, b, c, d and 2 other steps were running and run again.",
        ),
    ],
)
def test_what_resume_would_do_is_said_before_the_click(plan: ResumePlan, words: str) -> None:
    assert resume_words(plan) == SAVED + words


def test_a_run_that_came_to_nothing_begins_at_its_start() -> None:
    assert resume_words(ResumePlan(True)) == "Resume begins at the start: no step had ended."


def test_why_resume_is_not_possible_is_said_in_words() -> None:
    why = 'ctx.store["lock"], written by begin, holds a _thread.lock, which can’t be written down.'
    assert resume_words(ResumePlan(False, why)) == f"Resume isn’t possible: {why}"


def test_a_prompt_says_why_its_run_stays_in_memory() -> None:
    names = dict.fromkeys(Prompt.__dataclass_fields__)
    let_go = Prompt(**names)  # type: ignore[arg-type]
    assert why_loaded(let_go) == ""
    held = replace(let_go, loaded_why="Part.lock holds a lock, which can’t be written down", deadline=1.0)
    assert why_loaded(held) == (
        "The run stays in memory while it waits: Part.lock holds a lock, which can’t be written down. Its time limit "
        "runs on."
    )
    assert why_loaded(replace(held, deadline=None)).endswith(" It has no time limit.")
