"""What each sample must look like and do. Tests and the page docs/samples.md both come from running these checks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from workflows import Workflow

from inspectors.diagnostics import problems_of
from inspectors.discovery import discover
from inspectors.discovery.model import WorkflowSource
from tests.workflows import sample_results
from tests.workflows.running import SAMPLES, load_sample, made, no_network

Result = Callable[[ModuleType, Workflow, dict[str, Any]], None]
"""Runs a sample's workflow, given with its module and example input, and asserts what comes of it."""


@dataclass(frozen=True)
class SampleCheck:
    """One workflow of one sample."""

    file: str
    workflow: str
    shows: str
    flow: tuple[str, ...]
    """Chains of node names, spaces as underscores: "a > b" one leads to the other, "a ~ b" a step streams an event."""
    result: Result = field(repr=False)
    badges: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For the test's id."""
        return f"{self.file}.{self.workflow}"


def check_graph(check: SampleCheck) -> WorkflowSource:
    """Assert that the graph read from source, nothing run, has the whole expected flow."""
    catalog = discover([SAMPLES / f"{check.file}.py"])
    assert catalog.problems == []
    source = next(source for source in catalog.workflows if source.name == check.workflow)
    names = {node["id"]: node["name"].replace(" ", "_") for node in source.graph["nodes"]}
    found = {
        (names[edge["source"]], "~" if edge["kind"] == "streams" else ">", names[edge["target"]])
        for edge in source.graph["edges"]
        # Which objects a step uses is no part of the flow; tests/graph has that.
        if edge["kind"] != "uses"
    }
    assert found == _pairs(check.flow)
    assert tuple(badge.text for badge in source.badges) == check.badges
    assert problems_of(source) == [], "the page's Problems must be empty"
    assert source.example_input, "a form that is filled in shows what to ask"
    return source


def check_result(check: SampleCheck) -> None:
    """Assert that the sample does what it says, on the real engine, without network."""
    key = os.environ.pop("OPENAI_API_KEY", None)
    sys.path.append(str(SAMPLES))
    try:
        with no_network() as tried:
            module = load_sample(check.file)
            workflow = made(module, check.workflow)
            check.result(module, workflow, dict(workflow.example_input))  # type: ignore[attr-defined]
        assert tried == []
    finally:
        sys.path.remove(str(SAMPLES))
        sys.modules.pop(check.file, None)
        if key is not None:
            os.environ["OPENAI_API_KEY"] = key


@cache
def outcome(check: SampleCheck, part: str) -> BaseException | None:
    """What a check raised, or None; run once per process, for its test and for the table."""
    try:
        {"graph": check_graph, "result": check_result}[part](check)
    except (Exception, pytest.fail.Exception) as error:  # what pytest.raises raises is no Exception
        return error
    return None


def _pairs(flow: tuple[str, ...]) -> set[tuple[str, str, str]]:
    pairs = set()
    for chain in flow:
        words = chain.split()
        pairs |= {tuple(words[at : at + 3]) for at in range(0, len(words) - 2, 2)}
    return pairs  # type: ignore[return-value]


# -- the samples ----------------------------------------------------------------------------------------

_RAG = "StartEvent > retrieve > RetrieveEvent > {} > StopEvent"

CHECKS = [
    SampleCheck(
        "simple_rag",
        "SimpleRAGWorkflow",
        "Two steps that share what they found through the Context; the answer is streamed as it is written",
        ("StartEvent > retrieve > QueryEvent > generate > StopEvent", "generate ~ AnswerEvent"),
        sample_results.simple_rag,
        ("Streams",),
    ),
    SampleCheck(
        "rag_rerank",
        "RAGWorkflow",
        "Retrieve, rerank, synthesize; the index is given to `__init__` by a factory",
        ("StartEvent > retrieve > RetrievedEvent > rerank > RerankedEvent > synthesize > StopEvent",),
        sample_results.rag_rerank,
    ),
    SampleCheck(
        "query_routing",
        "QueryRoutingWorkflow",
        "A step that chooses between two ways",
        (
            "StartEvent > classify_query > SimpleQueryEvent > handle_simple > StopEvent",
            "classify_query > ComplexQueryEvent > handle_complex > StopEvent",
        ),
        sample_results.query_routing,
        ("Branches",),
    ),
    SampleCheck(
        "shorten",
        "ShortenWorkflow",
        "A loop that repeats until a condition holds, with a second way out",
        (
            "StartEvent > begin > DraftEvent > judge > TooLongEvent > shorten > DraftEvent",
            "judge > StopEvent",
        ),
        sample_results.shorten,
        ("Loops",),
    ),
    SampleCheck(
        "parallel_search",
        "ParallelSearchWorkflow",
        "Three invocations of one step at the same time, joined by `ctx.collect_events`",
        ("StartEvent > dispatch > SearchEvent > search_sources > SearchResultEvent > merge_results > StopEvent",),
        sample_results.parallel_search,
        ("Fans out × 3",),
    ),
    SampleCheck(
        "streaming",
        "StreamingWorkflow",
        "Progress on the stream while a step works",
        ("StartEvent > step1 > StopEvent", "step1 ~ ProgressEvent"),
        sample_results.streaming,
        ("Streams",),
    ),
    SampleCheck(
        "risky",
        "RiskyWorkflow",
        "An error caught in the step, and a fallback event",
        (
            "StartEvent > risky_step > SuccessEvent > use_result > StopEvent",
            "risky_step > FallbackEvent > use_fallback > StopEvent",
        ),
        sample_results.risky,
        ("Branches",),
    ),
    SampleCheck(
        "risky",
        "RiskyFailsWorkflow",
        "A retry policy, and what a failure looks like",
        ("StartEvent > risky_step > SuccessEvent > use_result > StopEvent",),
        sample_results.risky_fails,
        ("Retries × 3",),
    ),
    SampleCheck(
        "joke",
        "JokeFlow",
        "The first workflow of many tutorials: two steps, one event, a model as class attribute",
        ("StartEvent > generate_joke > JokeEvent > critique_joke > StopEvent",),
        sample_results.joke,
    ),
    SampleCheck(
        "event_fields",
        "DocumentedEventsWorkflow",
        "Events with names, types, defaults and descriptions; plain data instead of objects",
        (
            "StartEvent > ask > QueryEvent > retrieve > RetrievalEvent > prepare > SynthesisEvent > synthesize",
            "synthesize > StopEvent",
        ),
        sample_results.event_fields,
    ),
    SampleCheck(
        "typed_events",
        "TypedWorkflow",
        "A typed StartEvent, checked before anything runs, and a typed StopEvent as the result",
        ("MyStartEvent > start > ProcessEvent > finalize > MyStopEvent",),
        sample_results.typed_events,
    ),
    SampleCheck(
        "concurrent_steps",
        "MyWorkflow",
        "`num_workers=4`: eight tasks, four at once, joined",
        (
            "InputEvent > basic_step > OutputEvent > hand_out > TaskEvent > concurrent_step > ResultEvent",
            "ResultEvent > join > StopEvent",
        ),
        sample_results.concurrent_steps,
        ("Fans out",),
    ),
    SampleCheck(
        "rag_cache",
        "RAGWorkflow",
        "Index, model and a cache on the instance; the second run hits the cache",
        (_RAG.format("synthesize"),),
        sample_results.rag_cache,
    ),
    SampleCheck(
        "rag_sources",
        "RAGWorkflow",
        "The complete RAG: answer, sources, number of sources",
        (_RAG.format("synthesize"),),
        sample_results.rag_sources,
    ),
    SampleCheck(
        "summarizer",
        "SummarizerWorkflow",
        "Key points of a text, then a summary of them",
        ("StartEvent > extract_points > KeyPointsEvent > summarize > StopEvent",),
        sample_results.summarizer,
    ),
    SampleCheck(
        "rag_context",
        "RAGWorkflow",
        "An index in the Context that a checkpoint can write down: a typed state",
        (_RAG.format("synthesise"),),
        sample_results.rag_context,
    ),
    SampleCheck(
        "shared_context",
        "SharedContextWorkflow",
        "A value in the Context, and a default of None where nobody has set it",
        ("StartEvent > remember > OrderEvent > answer > StopEvent",),
        sample_results.shared_context,
    ),
    SampleCheck(
        "research",
        "ResearchWorkflow",
        "Fan out to two different steps, search side by side, merge both results",
        (
            "StartEvent > fan_out > ParallelSearchEvent > search_web > MergeEvent > merge > StopEvent",
            "ParallelSearchEvent > search_database > MergeEvent",
        ),
        sample_results.research,
        ("Fans out × 2",),
    ),
    SampleCheck(
        "approval",
        "ApprovalWorkflow",
        "A pause for a person, the smallest there is",
        (
            "StartEvent > generate_draft > InputRequiredEvent > A_person > HumanResponseEvent > handle_review",
            "handle_review > StopEvent",
        ),
        sample_results.approval,
        ("Pauses for a person",),
    ),
    SampleCheck(
        "draft_review",
        "DraftReviewWorkflow",
        "A person's edits and comments come back; rounds until it is approved",
        (
            "ArticleStartEvent > write_draft > DraftReadyEvent > A_person > ReviewEvent > handle_review",
            "handle_review > ReviseEvent > revise_draft > DraftReadyEvent",
            "handle_review > PublishedEvent",
        ),
        sample_results.draft_review,
        ("Pauses for a person", "Loops"),
    ),
    SampleCheck(
        "long_pipeline",
        "LongPipelineWorkflow",
        "Many small steps with their progress in the Context: a saved run goes on where it was",
        (
            "StartEvent > plan > ChunkEvent > read_chunk > ChunkEvent",
            "read_chunk > AllReadEvent > report > StopEvent",
            "read_chunk ~ ChunkDoneEvent",
        ),
        sample_results.long_pipeline,
        ("Loops", "Streams"),
    ),
]
