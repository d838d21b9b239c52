"""What each sample does when it is run: each function runs one, offline, and asserts what comes of it.

They are called with the sample's module, its workflow and its example input (see `sample_checks.py`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from workflows import Context, Workflow
from workflows.errors import WorkflowCancelledByUser, WorkflowRuntimeError
from workflows.events import HumanResponseEvent, StepState, StepStateChanged, StopEvent

from tests.workflows.running import made, run


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


@contextmanager
def side_by_side(module: ModuleType, count: int) -> Iterator[None]:
    """Let a sample's pauses end only when `count` of them are going on at once: steps in a row would never finish."""
    together = asyncio.Barrier(count)

    async def sleep(seconds: float) -> None:
        await asyncio.wait_for(together.wait(), 20)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "asyncio", SimpleNamespace(sleep=sleep))
        yield


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
    with side_by_side(module, 3):
        ran = run(workflow, **example)
    assert [line.split("]")[0] for line in ran.result.splitlines()] == ["[knowledge_base", "[web", "[archive"]


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
    with side_by_side(module, 4):
        ran = run(workflow, **example)
    assert {row["task"]: row["result"] for row in ran.result} == {word: word[::-1] for word in example["data"].split()}
    assert max(row["running then"] for row in ran.result) == 4
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
    with side_by_side(module, 2):
        ran = run(workflow, **example)
    assert [hit["source"] for hit in ran.result] == ["web", "web", "database"]
    assert all("storm tides" in hit["title"].lower() for hit in ran.result)


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
