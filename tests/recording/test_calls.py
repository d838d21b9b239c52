"""Calls inside steps: of models, embeddings, retrievers, tools, and of functions that their author made spans."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core import Settings, VectorStoreIndex
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.llms import LLM
from llama_index.core.postprocessor import SimilarityPostprocessor
from llama_index.core.prompts import PromptTemplate
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.core.tools import FunctionTool
from llama_index_instrumentation import get_dispatcher, root_dispatcher
from workflows import Context, Workflow, step
from workflows.events import StartEvent, StopEvent
from workflows.plugins.basic import BasicRuntime

from inspectors.recording.calls import unwatch_calls, watch_calls
from tests.recording.lab import Lab, Story
from tests.recording.scripted_models import EchoLLM, LengthEmbedding, ScriptedLLM

HELLO = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content="good morning")]
own = get_dispatcher("an_app_of_a_user")


class Asks(Workflow):
    """Asks a model in the way its start event names."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask."""
        return StopEvent(result=await getattr(self, f"_{ev.how}")(EchoLLM()))

    async def _complete(self, llm: LLM) -> str:
        return llm.complete("good morning", temperature=0.2, api_key="sk-1234").text

    async def _acomplete(self, llm: LLM) -> str:
        return (await llm.acomplete("good morning")).text

    async def _chat(self, llm: LLM) -> str:
        return llm.chat(HELLO).message.content or ""

    async def _achat(self, llm: LLM) -> str:
        return (await llm.achat(HELLO)).message.content or ""

    async def _stream_complete(self, llm: LLM) -> str:
        return "".join(piece.delta or "" for piece in llm.stream_complete("good morning"))

    async def _astream_complete(self, llm: LLM) -> str:
        return "".join([piece.delta or "" async for piece in await llm.astream_complete("good morning")])

    async def _stream_chat(self, llm: LLM) -> str:
        return "".join(piece.delta or "" for piece in llm.stream_chat(HELLO))

    async def _astream_chat(self, llm: LLM) -> str:
        return "".join([piece.delta or "" async for piece in await llm.astream_chat(HELLO)])

    async def _predict(self, llm: LLM) -> str:
        return await llm.apredict(PromptTemplate("good {what}"), what="morning")

    async def _stream(self, llm: LLM) -> str:
        return "".join(llm.stream(PromptTemplate("good {what}"), what="morning"))

    async def _at_once(self, llm: LLM) -> str:
        both = await asyncio.gather(llm.astream_chat(HELLO), llm.astream_chat(HELLO))
        return " ".join(["".join([piece.delta or "" async for piece in one]) for one in both])

    async def _wrapped(self, llm: LLM) -> str:
        return Wrapping(inner=llm).complete("good morning").text


class Wrapping(EchoLLM):
    """A model that asks another one."""

    inner: EchoLLM

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        """Hand on."""
        return self.inner.complete(prompt)


class Breaks(Workflow):
    """Its model fails, or its stream is not read to the end."""

    @step
    async def ask(self, ev: StartEvent) -> StopEvent:
        """Ask."""
        try:
            return StopEvent(result=await getattr(self, f"_{ev.how}")())
        except ConnectionError as error:
            return StopEvent(result=str(error))

    async def _fails(self) -> str:
        return (await EchoLLM(fails_after=0).achat(HELLO)).message.content or ""

    async def _fails_midway(self) -> str:
        stream = await EchoLLM(fails_after=1).astream_chat(HELLO)
        return "".join([piece.delta or "" async for piece in stream])

    async def _let_go(self) -> str:
        for piece in EchoLLM().stream_complete("good morning everybody"):
            return str(piece.delta)
        return ""

    async def _never_read(self) -> str:
        EchoLLM().stream_complete("good morning")
        gc.collect()
        return "unread"


class Stuck(Workflow):
    """Its model never answers."""

    @step
    async def ask(self, ev: StartEvent) -> StopEvent:
        """Ask."""
        return StopEvent(result=await never())


@own.span
async def never() -> None:
    """Wait for what doesn't come."""
    await asyncio.Event().wait()


class Sync(Workflow):
    """A step that isn't async."""

    @step
    def ask(self, ev: StartEvent) -> StopEvent:
        """Ask."""
        return StopEvent(result=EchoLLM().complete("from a thread").text)


class TwoNodes(BaseRetriever):
    """Finds the same two nodes, after it has embedded the question."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        LengthEmbedding().get_query_embedding(query_bundle.query_str)
        return [NodeWithScore(node=TextNode(text=text), score=score) for text, score in (("tea", 0.9), ("milk", 0.1))]


class Rag(Workflow):
    """Retrieves, sorts out, and calls tools."""

    @step
    async def find(self, ev: StartEvent) -> StopEvent:
        """Find."""
        nodes = await TwoNodes().aretrieve("what to drink?")
        kept = SimilarityPostprocessor(similarity_cutoff=0.5).postprocess_nodes(nodes)
        vectors = await LengthEmbedding().aget_text_embedding_batch(["a", "bb", "ccc"])
        return StopEvent(result=[len(kept), len(vectors)])


class Engine(Workflow):
    """A query engine over an index."""

    @step
    async def query(self, ev: StartEvent) -> StopEvent:
        """Query."""
        index = VectorStoreIndex(nodes=[TextNode(text="Tea is hot.")], embed_model=LengthEmbedding())
        response = await index.as_query_engine(llm=EchoLLM()).aquery("is tea hot?")
        return StopEvent(result=str(response))


def double(number: int) -> int:
    """Twice the number."""
    return number * 2


async def count(ctx: Context, what: str) -> str:
    """Count in the store."""
    await ctx.store.set("counted", what)
    return f"one {what}"


def refuse() -> str:
    """Say no."""
    raise PermissionError("not allowed")


@own.span
def own_part(nodes: list[str], factor: float = 1.0) -> str:
    """A function that its author made a span."""
    return f"{len(nodes) * factor:g}"


class Tools(Workflow):
    """Calls tools and a function of its own."""

    @step
    async def work(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Call."""
        doubled = await FunctionTool.from_defaults(double).acall(number=21)
        counted = await FunctionTool.from_defaults(count).acall(ctx=ctx, what="cup")
        try:
            FunctionTool.from_defaults(refuse)()
        except PermissionError as error:
            refused = str(error)
        return StopEvent(result=[doubled.raw_output, counted.raw_output, refused, own_part(["a", "b"], factor=1.5)])


class Child(Workflow):
    """Doubles, with a model that says so."""

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Double."""
        return StopEvent(result=EchoLLM().complete(str(ev.n * 2)).text)


class OtherRuntime(BasicRuntime):
    """A runtime of a user's own."""


MADE_AT_IMPORT = Child()


class Parent(Workflow):
    """Runs children, two of which the recorder isn't around."""

    @step
    async def delegate(self, ev: StartEvent) -> StopEvent:
        """Run them."""
        children = [Child(), MADE_AT_IMPORT, Child(runtime=OtherRuntime())]
        return StopEvent(result=[await child.run(n=place + 1) for place, child in enumerate(children)])


class LongTalk(Workflow):
    """Shows a model a long history with a picture."""

    @step
    async def talk(self, ev: StartEvent) -> StopEvent:
        """Talk."""
        picture = ChatMessage(role="user", blocks=[TextBlock(text="look"), ImageBlock(image=b"not really a picture")])
        middle = [ChatMessage(role="user", content=f"{number} " + "x" * 3000) for number in range(20)]
        await ScriptedLLM(replies=["y" * 40_000]).achat([HELLO[0], *middle, picture])
        return StopEvent(result="talked")


@pytest.fixture(autouse=True)
def _no_model_by_default() -> Iterator[None]:
    Settings.llm = None
    yield
    unwatch_calls()


def ends(story: Story) -> list[dict[str, Any]]:
    """What call_ended says, each with its call_started, which comes before it."""
    begun = {record["call"]: record for record in story.of("call_started")}
    assert len(begun) == len(story.of("call_started"))
    for record in story.of("call_ended"):
        start = begun[record["call"]]
        assert start["seq"] < record["seq"] and start["t"] <= record["t"]
        assert [start[name] for name in ("what", "name", "invocation", "step")] == [
            record[name] for name in ("what", "name", "invocation", "step")
        ]
    return [{**begun[record["call"]], **record} for record in story.of("call_ended")]


@pytest.mark.parametrize(
    "how",
    ["complete", "acomplete", "chat", "achat", "stream_complete", "astream_complete", "stream_chat", "astream_chat"],
)
def test_a_question_to_a_model_is_one_call_with_what_went_in_and_out(play: Any, how: str) -> None:
    run, story = play(lambda lab: lab.run("Asks", how=how))
    assert run.result["value"] == "good morning"
    (call,) = ends(story)
    (ask,) = story.of("invocation_started")
    assert (call["what"], call["name"], call["model"], call["outcome"]) == ("llm", f"EchoLLM.{how}", "echo-1", "ok")
    assert (call["invocation"], call["step"], call["parent"]) == (ask["invocation"], "ask", None)
    if "chat" in how:
        assert call["messages"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "good morning"},
        ]
    else:
        assert call["input"] == "good morning"
    assert call["completion"] == "good morning"
    assert 0 <= call["took_ms"] < 10_000
    if "stream" in how:
        assert call["chunks"] == 2 and 0 <= call["first_ms"] <= call["took_ms"]
    else:
        assert "chunks" not in call
        assert call["tokens"]["total"] == call["tokens"]["prompt"] + 2


def test_what_is_asked_beside_the_prompt_is_kept_without_secrets(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Asks", how="complete"))
    (call,) = ends(story)
    assert call["options"] == {"temperature": 0.2, "api_key": {"$masked": True}}


@pytest.mark.parametrize(("how", "method"), [("predict", "acomplete"), ("stream", "stream_complete")])
def test_of_a_template_the_text_that_was_sent_is_shown(play: Any, how: str, method: str) -> None:
    run, story = play(lambda lab: lab.run("Asks", how=how))
    (call,) = ends(story)
    assert (call["name"], call["input"], call["completion"]) == (f"EchoLLM.{method}", "good morning", "good morning")
    assert run.result["value"] == "good morning"


def test_two_streams_of_the_same_question_at_once_are_two_calls(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Asks", how="at_once"))
    assert run.result["value"] == "good morning good morning"
    assert [(call["completion"], call["chunks"]) for call in ends(story)] == [("good morning", 2)] * 2


def test_a_model_inside_another_is_a_call_of_its_own_inside_that(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Asks", how="wrapped"))
    inner, outer = ends(story)
    assert (inner["name"], outer["name"]) == ("EchoLLM.complete", "Wrapping.complete")
    assert (inner["parent"], outer["parent"]) == (outer["call"], None)


@pytest.mark.parametrize(
    ("how", "message", "come"), [("fails", "the model is away", None), ("fails_midway", "the line broke", "good")]
)
def test_a_call_that_fails_says_how_and_what_had_come(play: Any, how: str, message: str, come: str | None) -> None:
    run, story = play(lambda lab: lab.run("Breaks", how=how))
    (call,) = ends(story)
    assert (run.status, run.result["value"], call["outcome"]) == ("done", message, "error")
    assert (call["error"]["type"], call["error"]["message"]) == ("ConnectionError", message)
    assert "scripted_models.py" in call["error"]["traceback"]
    assert call.get("completion") == come


@pytest.mark.parametrize(("how", "result", "completion"), [("let_go", "good", "good"), ("never_read", "unread", "")])
def test_a_stream_that_is_let_go_ends_as_cancelled_with_what_had_come(
    play: Any, how: str, result: str, completion: str
) -> None:
    run, story = play(lambda lab: lab.run("Breaks", how=how))
    (call,) = ends(story)
    assert (run.result["value"], call["outcome"], call["completion"]) == (result, "cancelled", completion)
    (ended,) = story.of("invocation_ended")
    assert call["seq"] < ended["seq"]


def test_a_call_is_over_when_its_run_is_cancelled(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run_id = lab.start("Stuck")
        await lab.recorded(run_id, "call_started", name="never")
        lab.runs.cancel(run_id, "")
        await lab.ended(run_id)
        return lab.story(run_id)

    story = play(scene)
    assert [call["outcome"] for call in ends(story)] in ([], ["cancelled"])  # it may come after the end of the run
    assert story.records[-1]["kind"] == "run_ended"


def test_a_call_in_a_step_that_isnt_async_belongs_to_it(play: Any) -> None:
    _, story = play(lambda lab: lab.run("Sync"))
    (call,) = ends(story)
    assert (call["step"], call["completion"]) == ("ask", "from a thread")


def test_retriever_embedding_and_postprocessor(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Rag"))
    assert run.result["value"] == [1, 3]
    embedded, found, sorted_out, batch = ends(story)
    assert (found["what"], found["name"], found["input"]) == ("retriever", "TwoNodes.aretrieve", "what to drink?")
    assert [(node["text"], node["score"]) for node in found["output"]] == [("tea", 0.9), ("milk", 0.1)]
    assert (embedded["what"], embedded["parent"]) == ("embedding", found["call"])
    assert (embedded["input"], embedded["output"]) == ("what to drink?", {"texts": 1, "dimension": 3})
    assert (sorted_out["what"], [node["text"] for node in sorted_out["output"]]) == ("other", ["tea"])
    assert (batch["input"], batch["output"]) == (["a", "bb", "ccc"], {"texts": 3, "dimension": 3})


def test_a_query_engine_holds_its_retriever_and_its_model(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Engine"))
    calls = {call["call"]: call for call in ends(story)}
    (query,) = [call for call in calls.values() if call["what"] == "query"]
    assert query["input"] == "is tea hot?" and query["output"] == run.result["value"]
    (found,) = [call for call in calls.values() if call["what"] == "retriever"]
    assert found["parent"] == query["call"] and found["output"][0]["text"] == "Tea is hot."
    (model,) = [call for call in calls.values() if call["what"] == "llm"]
    assert calls[model["parent"]]["parent"] == query["call"], "inside the synthesizer"
    assert {call["parent"] for call in calls.values() if call["what"] == "embedding"} == {None, found["call"]}


def test_tools_and_functions_that_their_author_made_spans(play: Any) -> None:
    run, story = play(lambda lab: lab.run("Tools"))
    assert run.result["value"] == [42, "one cup", "not allowed", "3"]
    doubled, counted, refused, part = ends(story)
    shown = [(call["what"], call["name"], call["input"], call.get("output")) for call in (doubled, counted, part)]
    assert shown == [
        ("tool", "double", {"number": 21}, "42"),
        ("tool", "count", {"what": "cup"}, "one cup"),
        ("other", "own_part", {"nodes": ["a", "b"], "factor": 1.5}, "3"),
    ]
    assert (refused["name"], refused["outcome"], refused["error"]["message"]) == ("refuse", "error", "not allowed")


def test_a_child_that_isnt_recorded_is_said_to_be_so_once(play: Any) -> None:
    async def scene(lab: Lab) -> Any:
        run, story = await lab.run("Parent")
        (child,) = [row for row in lab.store.runs() if row.parent_run == run.run_id]
        await lab.ended(child.run_id)
        return run, story, lab.story(child.run_id)

    run, story, inner = play(scene)
    assert run.result["value"] == ["2", "4", "6"]
    (delegate,) = story.of("invocation_started")
    at_import, other = story.of("child_not_recorded")
    for record in (at_import, other):
        assert (record["workflow"], record["step"]) == ("Child", "delegate")
        assert record["invocation"] == delegate["invocation"]
    assert "before the recorder was there" in at_import["why"]
    assert "a runtime of its own, OtherRuntime" in other["why"]
    assert [call["completion"] for call in ends(inner)] == ["2"]
    assert [call["completion"] for call in ends(story)] == ["4", "6"], "what such a child calls belongs to the step"


def test_of_a_long_talk_the_first_and_the_last_messages_are_kept(play: Any) -> None:
    _, story = play(lambda lab: lab.run("LongTalk"))
    (call,) = ends(story)
    assert call["messages"][0]["content"] == "Be brief."
    last = call["messages"][-1]["content"]
    assert last[0]["text"] == "look" and "$bytes" in last[1]["image"]
    assert call["left_out"] + len(call["messages"]) == 22
    assert len(str(call["messages"])) < 20_000
    assert call["completion"]["size"] == 40_000 and len(call["completion"]["$cut"]) <= 16_000


def test_calls_outside_of_runs_are_nobodys(lab: Lab) -> None:
    watch_calls()
    assert EchoLLM().complete("hello").text == "hello"
    assert lab.store.runs() == []


def test_watching_twice_is_watching_once_and_other_handlers_stay(play: Any) -> None:
    spans, events = list(root_dispatcher.span_handlers), list(root_dispatcher.event_handlers)
    unwatch_calls()
    watch_calls()
    watch_calls()
    assert len(root_dispatcher.span_handlers) == len(spans) + 1
    assert len(root_dispatcher.event_handlers) == len(events) + 1
    unwatch_calls()
    unwatch_calls()
    assert all(one is other for one, other in zip(root_dispatcher.span_handlers, spans, strict=True))
    assert all(one is other for one, other in zip(root_dispatcher.event_handlers, events, strict=True))
