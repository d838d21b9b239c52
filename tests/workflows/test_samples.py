"""Each sample's graph and result; the page about them is what these checks say."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from workflows.events import HumanResponseEvent

from inspectors.discovery import discover
from tests.workflows.conftest import sample_files
from tests.workflows.running import SAMPLES, NetworkUsed, no_network, run
from tests.workflows.sample_checks import CHECKS, SampleCheck, outcome
from tests.workflows.samples_table import PAGE, page

Sample = Callable[[str], ModuleType]
SHARED = {"offline_models", "offline_replies", "text_search"}


@pytest.mark.parametrize("part", ["graph", "result"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_sample(check: SampleCheck, part: str) -> None:
    error = outcome(check, part)
    if error is not None:
        raise error


def test_every_workflow_of_the_samples_is_checked() -> None:
    catalog = discover([SAMPLES])
    assert catalog.problems == []
    assert sorted((source.module, source.name) for source in catalog.workflows) == sorted(
        (check.file, check.workflow) for check in CHECKS
    )
    assert len({source.key for source in catalog.workflows}) == len(CHECKS), "four of them are named RAGWorkflow"
    assert len({source.summary for source in catalog.workflows}) == len(CHECKS)


def test_the_page_about_samples_is_what_the_checks_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.workflows.samples_table"


def test_the_network_is_really_shut() -> None:
    import socket

    with no_network() as tried:
        with pytest.raises(NetworkUsed):
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        with pytest.raises(NetworkUsed):
            socket.getaddrinfo("example.invalid", 443)
    assert tried == ["192.0.2.1", "example.invalid"]


@pytest.mark.parametrize("file", sample_files(), ids=lambda file: file.stem)
def test_a_sample_has_a_name_of_its_own(file: Path) -> None:
    """A runner imports it as `file.stem`; a module of that name elsewhere would be imported instead."""
    from importlib.machinery import PathFinder

    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != SAMPLES]
    assert file.stem not in sys.stdlib_module_names
    assert PathFinder.find_spec(file.stem, elsewhere) is None


@pytest.mark.parametrize("file", sample_files(), ids=lambda file: file.stem)
def test_every_sample_says_what_it_does_and_has_an_example(file: Path) -> None:
    """A card shows the docstring's first line; a form is filled from `example_input`, read as source."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    classes = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Workflow" for base in node.bases)
    ]
    assert bool(classes) == (file.stem not in SHARED)
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


@pytest.mark.parametrize("file", sample_files(), ids=lambda file: file.stem)
def test_only_samples_that_need_llama_index_import_it(file: Path) -> None:
    """Importing it takes seconds, so that a workflow without a model must not."""
    needs = {"offline_models", "llama_index"}
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    light = {
        "approval", "concurrent_steps", "draft_review", "long_pipeline", "offline_replies", "parallel_search",
        "research", "risky", "shared_context", "shorten", "streaming", "text_search", "typed_events",
    }  # fmt: skip
    assert bool({name.partition(".")[0] for name in imported} & needs) == (file.stem not in light)


# -- more about those with a person, and with errors ----------------------------------------------------


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
    ran = run(sample("approval").ApprovalWorkflow(), [HumanResponseEvent(response=word)], topic="AI regulation")
    assert ran.result == result
    (prompt,) = ran.of_type("InputRequiredEvent")
    assert prompt.prefix == "Please review this draft and reply APPROVE or REVISE:"
    assert prompt.payload.count("\n\n") >= 3


def test_approval_leaves_people_time(sample: Sample) -> None:
    """The engine's 45 seconds are too short for a person; an own timeout wins."""
    module = sample("approval")
    assert module.ApprovalWorkflow()._timeout == 300
    assert module.ApprovalWorkflow(timeout=7)._timeout == 7


def test_streaming_says_what_it_does(sample: Sample) -> None:
    ran = run(sample("streaming").StreamingWorkflow(), query="why?", pace=0.01)
    assert [event.message for event in ran.of_type("ProgressEvent")] == [
        "Step 1: Retrieving documents...",
        "Step 2: Generating answer...",
    ]


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


def test_draft_review_revises_the_edited_text(sample: Sample) -> None:
    """An edit that comes with a wish for changes isn't lost: the next draft starts from it."""
    module = sample("draft_review")
    ran = run(
        module.DraftReviewWorkflow(),
        [
            module.ReviewEvent(approve=False, edited_text="Mine.", comment="an example"),
            module.ReviewEvent(approve=True),
        ],
        topic="tea",
    )
    assert ran.result.text.startswith("Mine.\n\n")
    assert "an example" in ran.result.text
    first, second = ran.of_type("DraftReadyEvent")
    assert (first.round, second.round, ran.result.text) == (1, 2, second.draft)


def test_draft_review_shortens_when_asked(sample: Sample) -> None:
    module = sample("draft_review")
    answers = [module.ReviewEvent(approve=False, comment="shorter"), module.ReviewEvent(approve=True)]
    first, second = run(module.DraftReviewWorkflow(), answers, topic="tea").of_type("DraftReadyEvent")
    assert len(second.draft) < len(first.draft)


def test_draft_review_ends_when_rounds_are_used_up(sample: Sample) -> None:
    module = sample("draft_review")
    answers = [module.ReviewEvent(approve=False, comment="no")]
    ended = run(module.DraftReviewWorkflow(), answers, topic="tea", max_rounds=1).result
    assert (ended.rounds, ended.approved) == (1, False)
