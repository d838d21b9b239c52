"""What the samples teach is what they do: each is run on the real engine, without network."""

import ast
import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from workflows import Workflow
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent

Sample = Callable[[str], ModuleType]
SAMPLES = sorted((Path(__file__).parents[2] / "workflows").glob("*.py"))


def run(workflow: Workflow, answers: list[Event] | None = None, **start: Any) -> tuple[Any, list[Event]]:
    """Run to the end, each prompt answered with the next of `answers`; give result and streamed events."""

    async def go() -> tuple[Any, list[Event]]:
        waiting = list(answers or [])
        handler = workflow.run(**start)
        streamed = []
        async for event in handler.stream_events():
            streamed.append(event)
            if isinstance(event, InputRequiredEvent):
                await handler.send_event(waiting.pop(0))
        return await handler, streamed

    return asyncio.run(go())


def of_type(events: list[Event], name: str) -> list[Event]:
    """The events whose class has this name."""
    return [event for event in events if type(event).__name__ == name]


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("APPROVE", "Draft approved."),
        (" approve\n", "Draft approved."),
        ("REVISE", "Draft sent for revision."),
        ("", "Draft sent for revision."),
    ],
)
def test_approval(sample: Sample, word: str, result: str) -> None:
    ended, streamed = run(
        sample("approval").ApprovalWorkflow(), [HumanResponseEvent(response=word)], topic="AI regulation"
    )
    assert ended == result
    (prompt,) = of_type(streamed, "InputRequiredEvent")
    assert prompt.prefix == "Please review this draft and reply APPROVE or REVISE:"
    assert "AI regulation" in prompt.payload
    assert prompt.payload.count("\n\n") >= 3


def test_approval_leaves_people_time(sample: Sample) -> None:
    """The engine's 45 seconds are too short for a person; an own timeout wins."""
    module = sample("approval")
    assert module.ApprovalWorkflow()._timeout == 300
    assert module.ApprovalWorkflow(timeout=7)._timeout == 7


def test_streaming(sample: Sample) -> None:
    ended, streamed = run(sample("streaming").StreamingWorkflow(), query="why?", pace=0.01)
    assert ended == "Final answer here for: why?"
    assert [event.message for event in of_type(streamed, "ProgressEvent")] == [
        "Step 1: Retrieving documents...",
        "Step 2: Generating answer...",
    ]


def test_parallel_search_overlaps(sample: Sample) -> None:
    """Three searches of 0.3 s take far less than 0.9 s, and the order of results is fixed."""
    module = sample("parallel_search")
    began = time.perf_counter()
    ended, _ = run(module.ParallelSearchWorkflow(), query="heat pumps")
    assert time.perf_counter() - began < 0.75
    assert ended.splitlines() == [
        "[knowledge_base] Results from knowledge base for: heat pumps",
        "[web] Results from web for: heat pumps",
        "[archive] Results from archive for: heat pumps",
    ]


def test_risky_takes_the_other_way(sample: Sample) -> None:
    module = sample("risky")
    assert run(module.RiskyWorkflow(), source="Feed", fail=False)[0] == "Fresh: Feed says 42.10."
    assert run(module.RiskyWorkflow(), source="Feed", fail=True)[0] == (
        "Yesterday's price is used, because: Feed refused the connection."
    )


def test_risky_fails_after_three_attempts(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sample("risky")
    attempts = []

    async def refuse(source: str, fail: bool) -> str:
        attempts.append(source)
        raise ConnectionError(f"{source} refused the connection")

    monkeypatch.setattr(module, "do_risky_thing", refuse)
    with pytest.raises(ConnectionError, match="Feed refused the connection"):
        run(module.RiskyFailsWorkflow(), source="Feed")
    assert len(attempts) == 3


def test_draft_review_publishes_the_edited_text(sample: Sample) -> None:
    module = sample("draft_review")
    ended, streamed = run(
        module.DraftReviewWorkflow(),
        [
            module.ReviewEvent(approve=False, comment="shorter, and say who must act"),
            module.ReviewEvent(approve=True, edited_text="Mine."),
        ],
        topic="AI regulation",
    )
    assert (ended.text, ended.rounds, ended.approved) == ("Mine.", 2, True)
    assert ended.comments == ["shorter, and say who must act"]
    first, second = of_type(streamed, "DraftReadyEvent")
    assert (first.round, second.round) == (1, 2)
    assert len(second.draft) < len(first.draft)


def test_draft_review_revises_the_edited_text(sample: Sample) -> None:
    """An edit that comes with a wish for changes isn't lost: the next draft starts from it."""
    module = sample("draft_review")
    ended, streamed = run(
        module.DraftReviewWorkflow(),
        [
            module.ReviewEvent(approve=False, edited_text="Mine.", comment="an example"),
            module.ReviewEvent(approve=True),
        ],
        topic="tea",
    )
    assert ended.text.startswith("Mine.\n\n")
    assert "an example" in ended.text
    assert ended.text == of_type(streamed, "DraftReadyEvent")[1].draft


def test_draft_review_ends_when_rounds_are_used_up(sample: Sample) -> None:
    module = sample("draft_review")
    ended, _ = run(
        module.DraftReviewWorkflow(),
        [module.ReviewEvent(approve=False, comment="no")],
        topic="tea",
        max_rounds=1,
    )
    assert (ended.rounds, ended.approved) == (1, False)


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_every_sample_says_what_it_does_and_has_an_example(file: Path) -> None:
    """A card shows the docstring's first line; a form is filled from `example_input`, read as source."""
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree)
    classes = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Workflow" for base in node.bases)
    ]
    assert classes
    for node in classes:
        summary = (ast.get_docstring(node) or "").splitlines()[0]
        assert summary.endswith(".") and len(summary) <= 90
        (example,) = [
            item.value
            for item in node.body
            if isinstance(item, ast.AnnAssign)
            and isinstance(item.target, ast.Name)
            and item.target.id == "example_input"
        ]
        assert example is not None and isinstance(ast.literal_eval(example), dict)
