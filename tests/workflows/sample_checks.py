"""What each sample must look like and do. Tests and the page docs/samples.md both come from running these checks."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from workflows import Context, Workflow
from workflows.errors import WorkflowCancelledByUser, WorkflowRuntimeError
from workflows.events import HumanResponseEvent, StepState, StepStateChanged, StopEvent

from inspectors.diagnostics import problems_of
from inspectors.discovery import discover
from inspectors.discovery.model import WorkflowSource
from tests.workflows.running import SAMPLES, Ran, load_sample, made, no_network, run

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
    """Assert that the graph read from source, nothing run, is the whole expected one."""
    catalog = discover([SAMPLES / f"{check.file}.py"])
    assert catalog.problems == []
    source = next(source for source in catalog.workflows if source.name == check.workflow)
    names = {node["id"]: node["name"].replace(" ", "_") for node in source.graph["nodes"]}
    found = {
        (names[edge["source"]], "~" if edge["kind"] == "streams" else ">", names[edge["target"]])
        for edge in source.graph["edges"]
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
def outcome(check: SampleCheck, part: str) -> Exception | AssertionError | None:
    """What a check raised, or None; run once per process, for its test and for the table."""
    try:
        {"graph": check_graph, "result": check_result}[part](check)
    except (AssertionError, Exception) as error:
        return error
    return None


def _pairs(flow: tuple[str, ...]) -> set[tuple[str, str, str]]:
    pairs = set()
    for chain in flow:
        words = chain.split()
        pairs |= {tuple(words[at : at + 3]) for at in range(0, len(words) - 2, 2)}
    return pairs  # type: ignore[return-value]


def saved_at(step: str, workflow: Workflow, times: int = 1, **start: Any) -> tuple[dict[str, Any], Any]:
    """Save a run as JSON when a step begins for the n-th time, drop it, take it up: what was saved, the result."""

    async def go() -> tuple[dict[str, Any], Any]:
        handler = workflow.run(**start)
        begun = 0
        async for event in handler.stream_events(expose_internal=True):
            if isinstance(event, StepStateChanged) and event.name == step and event.step_state == StepState.RUNNING:
                begun += 1
                if begun == times:
                    break
        saved = json.loads(json.dumps(handler.ctx.to_dict()))
        await handler.cancel_run()
        with suppress(WorkflowCancelledByUser):
            await handler
        return saved, await workflow.run(ctx=Context.from_dict(workflow, saved))

    return asyncio.run(go())


# -- what each does -------------------------------------------------------------------------------------


def approval(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    ran = run(workflow, [HumanResponseEvent(response="APPROVE")], **example)
    assert ran.result == "Draft approved."
    (prompt,) = ran.of_type("InputRequiredEvent")
    assert example["topic"] in prompt.payload


def draft_review(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    answers = [
        module.ReviewEvent(approve=False, comment="shorter"),
        module.ReviewEvent(approve=True, edited_text="Mine."),
    ]
    ended = run(workflow, answers, **example).result
    assert (ended.text, ended.rounds, ended.approved, ended.comments) == ("Mine.", 2, True, ["shorter"])


def streaming(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    ran = run(workflow, **{**example, "pace": 0.01})
    assert ran.result == f"Final answer here for: {example['query']}"
    assert len(ran.of_type("ProgressEvent")) == 2


def parallel_search(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    ran = run(workflow, **example)
    assert [line.split("]")[0] for line in ran.result.splitlines()] == ["[knowledge_base", "[web", "[archive"]
    assert ran.seconds < 0.85, "three searches of 0.3 s must overlap"


def risky(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    assert run(workflow, **example).result.startswith("Yesterday's price is used, because:")
    assert run(workflow, **{**example, "fail": False}).result == "Fresh: The price feed says 42.10."


def risky_fails(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    with pytest.raises(ConnectionError, match="refused the connection"):
        run(workflow, **example)
    assert run(workflow, **{**example, "fail": False}).result.startswith("Fresh:")


def simple_rag(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    ran = run(workflow, **example)
    assert ran.result.startswith("Readings are kept for ten years")
    pieces = ran.of_type("AnswerEvent")
    assert len(pieces) > 3 and "".join(piece.answer for piece in pieces) == ran.result


def rag_rerank(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    assert "open Settings, choose API" in run(workflow, **example).result
    assert run(workflow, query="Why is the sky blue?").result == "The context doesn't say."
    seen: dict[str, list[Any]] = {}
    rerank = module.WordOverlapRerank.postprocess_nodes

    def watched(self: Any, nodes: list[Any], **more: Any) -> list[Any]:
        seen["before"], seen["after"] = nodes, rerank(self, nodes, **more)
        return seen["after"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.WordOverlapRerank, "postprocess_nodes", watched)
        run(workflow, query="What are the key findings?")
    assert (len(seen["before"]), len(seen["after"])) == (15, 5)
    assert "open Settings, choose API" in saved_at("rerank", workflow, **example)[1]
    assert "open Settings, choose API" in saved_at("synthesize", workflow, **example)[1]
    assert "key findings" not in seen["before"][0].text and "key findings" in seen["after"][0].text, "it moved up"


def query_routing(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    long = run(workflow, **example).result
    assert long.startswith("[complex] Keys expire after 90 days.") and "certain stations" in long
    assert run(workflow, query="What is RAG?").result.startswith("[simple] Retrieval-augmented generation")
    assert run(workflow, query="one two three four").result.startswith("[simple]")
    assert run(workflow, query="one two three four five").result.startswith("[complex]")


def shorten(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    text, end = run(workflow, **example).result.split("\n\n")
    assert len(text.split()) <= example["max_words"] and end == "(It fits: 29 words after 4 rounds.)"
    assert "after 0 rounds" in run(workflow, **{**example, "max_words": 999}).result
    assert "still does not fit" in run(workflow, **{**example, "max_rounds": 1}).result
    assert "still does not fit" in run(workflow, text="One sentence of five words.", max_words=2).result


def joke(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    told, judged = run(workflow, **example).result.split("\n\n")
    assert "pirate" in told and judged.startswith("This joke")
    assert "zebras" in run(workflow, topic="zebras").result


def event_fields(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    assert module.QueryEvent(query="?").temperature == 0.7
    for event in (module.QueryEvent, module.RetrievalEvent, module.SynthesisEvent):
        assert event.__doc__ and all(info.description for info in event.model_fields.values())
    free = run(workflow, **example).result
    strict = run(workflow, **{**example, "temperature": 0.0}).result
    assert free.startswith(strict) and len(strict) < len(free)
    assert run(workflow, query=example["query"]).result == free, "left out, the event's default of 0.7 holds"


def typed_events(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    ended = run(workflow, **example).result
    assert isinstance(ended, module.MyStopEvent)
    assert len(ended.answer.splitlines()) == 3 and ended.sources[0] == "api-limits.txt" and ended.confidence == 1.0
    assert run(workflow, **{**example, "include_sources": False}).result.sources == []
    assert run(workflow, query="xylophone").result.confidence == 0.0


def concurrent_steps(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    ran = run(workflow, **example)
    assert {row["task"]: row["result"] for row in ran.result} == {word: word[::-1] for word in example["data"].split()}
    assert max(row["running then"] for row in ran.result) == 4
    assert ran.seconds < 8 * module.SECONDS - 0.5
    with pytest.raises(WorkflowRuntimeError, match="InputEvent"):
        run(workflow, data=" ")


def rag_cache(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    first, second = run(workflow, **example).result, run(workflow, **example).result
    assert (first["cache_hit"], second["cache_hit"]) == (False, True)
    assert first["answer"] == second["answer"] and first["answer"].startswith("Keys expire after 90 days.")
    assert not run(made(module, "RAGWorkflow"), **example).result["cache_hit"], "another instance has its own cache"


def rag_sources(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    result = run(workflow, **example).result
    assert set(result) == {"answer", "sources", "num_sources"}
    assert "The main topic of this handbook is Tidewatch" in result["answer"]
    assert result["num_sources"] == len(result["sources"]) == 5 and result["sources"][0] == "overview.txt"


def summarizer(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    result = run(workflow, **example).result
    assert result.startswith("Summary: ")
    assert 0 < len(result) < len(example["text"])
    assert all(part in example["text"] for part in result.removeprefix("Summary: ").split(". "))


def rag_context(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    assert "47 minutes earlier" in run(workflow, **example).result
    saved, result = saved_at("synthesise", workflow, **example)
    assert '"index": "handbook"' in saved["state"]["state_data"], saved["state"]
    assert "47 minutes earlier" in result


def shared_context(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    assert run(workflow, **example).result.startswith("Hello user-123,")
    assert run(workflow, order="tea").result == "Hello guest, you asked for tea."
    assert run(workflow, order="tea", user_id="").result == "Hello guest, you asked for tea."


def research(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    ran = run(workflow, **example)
    assert [hit["source"] for hit in ran.result] == ["web", "web", "database"]
    assert all("storm tides" in hit["title"].lower() for hit in ran.result)
    assert ran.seconds < 0.78, "half a second and a third, side by side"


def long_pipeline(module: ModuleType, workflow: Workflow, example: dict[str, Any]) -> None:
    ran = run(workflow, **{**example, "pace": 0.0})
    assert [row["file"] for row in ran.result] == sorted(path.name for path in module.DATA.glob("*.txt"))
    assert sum(row["paragraphs"] for row in ran.result) == len(module.paragraphs()) > 20
    words = sum(len(path.read_text(encoding="utf-8").split()) for path in module.DATA.glob("*.txt"))
    assert sum(row["words"] for row in ran.result) == words
    assert [event.done for event in ran.of_type("ChunkDoneEvent")] == list(range(1, len(module.paragraphs()) + 1))
    read: list[str] = []
    terms = module.terms
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "terms", lambda text: read.append(text) or terms(text))
        assert saved_at("read_chunk", workflow, 8, pace=0.01)[1] == ran.result
    assert set(read) == {text for _, text in module.paragraphs()}
    assert len(read) <= len(module.paragraphs()) + 2, "what was read before the crash isn't read again"
    assert isinstance(ran.streamed[-1], StopEvent)


# -- the samples ----------------------------------------------------------------------------------------

_RAG = "StartEvent > retrieve > RetrieveEvent > {} > StopEvent"

CHECKS = [
    SampleCheck(
        "simple_rag",
        "SimpleRAGWorkflow",
        "Two steps that share what they found through the Context; the answer is streamed as it is written",
        ("StartEvent > retrieve > QueryEvent > generate > StopEvent", "generate ~ AnswerEvent"),
        simple_rag,
        ("Streams",),
    ),
    SampleCheck(
        "rag_rerank",
        "RAGWorkflow",
        "Retrieve, rerank, synthesize; the index is given to `__init__` by a factory",
        ("StartEvent > retrieve > RetrievedEvent > rerank > RerankedEvent > synthesize > StopEvent",),
        rag_rerank,
    ),
    SampleCheck(
        "query_routing",
        "QueryRoutingWorkflow",
        "A step that chooses between two ways",
        (
            "StartEvent > classify_query > SimpleQueryEvent > handle_simple > StopEvent",
            "classify_query > ComplexQueryEvent > handle_complex > StopEvent",
        ),
        query_routing,
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
        shorten,
        ("Loops",),
    ),
    SampleCheck(
        "parallel_search",
        "ParallelSearchWorkflow",
        "Three invocations of one step at the same time, joined by `ctx.collect_events`",
        ("StartEvent > dispatch > SearchEvent > search_sources > SearchResultEvent > merge_results > StopEvent",),
        parallel_search,
        ("Fans out × 3",),
    ),
    SampleCheck(
        "streaming",
        "StreamingWorkflow",
        "Progress on the stream while a step works",
        ("StartEvent > step1 > StopEvent", "step1 ~ ProgressEvent"),
        streaming,
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
        risky,
        ("Branches",),
    ),
    SampleCheck(
        "risky",
        "RiskyFailsWorkflow",
        "A retry policy, and what a failure looks like",
        ("StartEvent > risky_step > SuccessEvent > use_result > StopEvent",),
        risky_fails,
        ("Retries × 3",),
    ),
    SampleCheck(
        "joke",
        "JokeFlow",
        "The first workflow of many tutorials: two steps, one event, a model as class attribute",
        ("StartEvent > generate_joke > JokeEvent > critique_joke > StopEvent",),
        joke,
    ),
    SampleCheck(
        "event_fields",
        "DocumentedEventsWorkflow",
        "Events with names, types, defaults and descriptions; plain data instead of objects",
        (
            "StartEvent > ask > QueryEvent > retrieve > RetrievalEvent > prepare > SynthesisEvent > synthesize",
            "synthesize > StopEvent",
        ),
        event_fields,
    ),
    SampleCheck(
        "typed_events",
        "TypedWorkflow",
        "A typed StartEvent, checked before anything runs, and a typed StopEvent as the result",
        ("MyStartEvent > start > ProcessEvent > finalize > MyStopEvent",),
        typed_events,
    ),
    SampleCheck(
        "concurrent_steps",
        "MyWorkflow",
        "`num_workers=4`: eight tasks, four at once, joined",
        (
            "InputEvent > basic_step > OutputEvent > hand_out > TaskEvent > concurrent_step > ResultEvent",
            "ResultEvent > join > StopEvent",
        ),
        concurrent_steps,
        ("Fans out",),
    ),
    SampleCheck(
        "rag_cache",
        "RAGWorkflow",
        "Index, model and a cache on the instance; the second run hits the cache",
        (_RAG.format("synthesize"),),
        rag_cache,
    ),
    SampleCheck(
        "rag_sources",
        "RAGWorkflow",
        "The complete RAG: answer, sources, number of sources",
        (_RAG.format("synthesize"),),
        rag_sources,
    ),
    SampleCheck(
        "summarizer",
        "SummarizerWorkflow",
        "Key points of a text, then a summary of them",
        ("StartEvent > extract_points > KeyPointsEvent > summarize > StopEvent",),
        summarizer,
    ),
    SampleCheck(
        "rag_context",
        "RAGWorkflow",
        "An index in the Context that a checkpoint can write down: a typed state",
        (_RAG.format("synthesise"),),
        rag_context,
    ),
    SampleCheck(
        "shared_context",
        "SharedContextWorkflow",
        "A value in the Context, and a default of None where nobody has set it",
        ("StartEvent > remember > OrderEvent > answer > StopEvent",),
        shared_context,
    ),
    SampleCheck(
        "research",
        "ResearchWorkflow",
        "Fan out to two different steps, search side by side, merge both results",
        (
            "StartEvent > fan_out > ParallelSearchEvent > search_web > MergeEvent > merge > StopEvent",
            "ParallelSearchEvent > search_database > MergeEvent",
        ),
        research,
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
        approval,
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
        draft_review,
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
        long_pipeline,
        ("Loops", "Streams"),
    ),
]

__all__ = ["CHECKS", "Ran", "SampleCheck", "outcome"]
