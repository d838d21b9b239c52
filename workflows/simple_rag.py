"""Looks a question up and answers it, in two steps that share what they know through the Context.

Older tutorials write ``ctx.set`` and ``ctx.get``; today these are ``ctx.store.set`` and ``ctx.store.get``. Their
`retrieve` only passes the question on, and their `AnswerEvent` is never used. Here `retrieve` really searches the
handbook in ``workflows/data``, and `AnswerEvent` streams the answer while the model writes it.
"""

from typing import Any, ClassVar

from offline_models import handbook_index, language_model
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class QueryEvent(Event):
    """The question, looked up and ready to be answered."""

    query: str


class AnswerEvent(Event):
    """The next words of the answer, for whoever watches."""

    answer: str


class SimpleRAGWorkflow(Workflow):
    """Looks a question up in the handbook and answers it, word by word.

    `retrieve` keeps what it found in the Context; `generate` reads it there, so that events stay small.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "How long are readings kept?"}

    @step
    async def retrieve(self, ctx: Context, ev: StartEvent) -> QueryEvent:
        """Step 1: find the passages, store them with the question and pass it forward."""
        query = ev.get("query", "")
        nodes = await handbook_index().as_retriever(similarity_top_k=3).aretrieve(query)
        await ctx.store.set("query", query)
        await ctx.store.set("passages", [node.text for node in nodes])
        return QueryEvent(query=query)

    @step
    async def generate(self, ctx: Context, ev: QueryEvent) -> StopEvent:
        """Step 2: generate an answer from the passages, and stream it."""
        context = "\n\n".join(await ctx.store.get("passages"))
        answer = ""
        async for piece in await language_model().astream_complete(f"Context:\n{context}\n\nQuestion: {ev.query}"):
            ctx.write_event_to_stream(AnswerEvent(answer=piece.delta or ""))
            answer = piece.text
        return StopEvent(result=answer)
