"""Sends short questions one way and long ones another.

A step that returns one of two event types chooses the way: the engine starts whichever step takes that type. Older
tutorials call ``ctx.set`` and a global ``Settings.llm``; here it is ``ctx.store.set`` and the samples' own model. Their
slow path only asks the model to think harder; this one looks things up first.
"""

from typing import Any, ClassVar

from offline_models import handbook_index, language_model
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class SimpleQueryEvent(Event):
    """A question that the model may answer from memory."""

    query: str


class ComplexQueryEvent(Event):
    """A question that is worth looking up."""

    query: str


class QueryRoutingWorkflow(Workflow):
    """Answers short questions at once and looks long ones up first.

    Fewer than five words count as short: try "What is RAG?". In production a model would decide.
    """

    example_input: ClassVar[dict[str, Any]] = {
        "query": "When do API keys expire, and can a key be restricted to certain stations?"
    }

    @step
    async def classify_query(self, ctx: Context, ev: StartEvent) -> SimpleQueryEvent | ComplexQueryEvent:
        """Choose the way by the number of words."""
        query = ev.get("query", "")
        await ctx.store.set("query", query)
        if len(query.split()) < 5:
            return SimpleQueryEvent(query=query)
        return ComplexQueryEvent(query=query)

    @step
    async def handle_simple(self, ctx: Context, ev: SimpleQueryEvent) -> StopEvent:
        """Fast path: what the model knows by heart."""
        response = await language_model().acomplete(ev.query)
        return StopEvent(result=f"[simple] {response}")

    @step
    async def handle_complex(self, ctx: Context, ev: ComplexQueryEvent) -> StopEvent:
        """Slow path: look it up, then answer thoroughly."""
        nodes = await handbook_index().as_retriever(similarity_top_k=5).aretrieve(ev.query)
        context = "\n\n".join(node.text for node in nodes)
        prompt = f"Decompose and answer thoroughly.\n\nContext:\n{context}\n\nQuestion: {ev.query}"
        response = await language_model().acomplete(prompt)
        return StopEvent(result=f"[complex] {response}")
