"""How to write events that others understand: clear names, types, defaults and a sentence for each.

The four habits, as older tutorials teach them: a name that ends in ``Event``, a type for every field, a default for
what may be left out, a docstring for the purpose. A fifth: plain values. `RetrievalEvent` carries texts and numbers,
not the index's own objects, so that it can be read in a trace, saved, and sent to another process.
"""

from typing import Any, ClassVar

from offline_models import handbook_index, language_model
from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class QueryEvent(Event):
    """Event carrying a user query."""

    query: str = Field(description="What was asked, in the person's own words.")
    temperature: float = Field(default=0.7, ge=0, le=1, description="How freely the model may answer.")


class RetrievalEvent(Event):
    """Event carrying retrieved documents."""

    query: str = Field(description="What they were retrieved for.")
    documents: list[str] = Field(description="The passages, best first.")
    scores: list[float] = Field(description="How near each is to the query, in the same order; 1 is nearest.")


class SynthesisEvent(Event):
    """Event ready for answer synthesis."""

    query: str = Field(description="What to answer.")
    context: str = Field(description="All that the answer may rest on.")


class DocumentedEventsWorkflow(Workflow):
    """Answers a question with events that explain themselves.

    Choose an event in the graph to read its fields. Leave `temperature` out and the event's own default holds.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "What are the key findings?", "temperature": 0.7}

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> QueryEvent:
        """Make the question an event of its own; only what was given is handed over, defaults do the rest."""
        temperature = ev.get("temperature", None)
        query = (
            QueryEvent(query=ev.query) if temperature is None else QueryEvent(query=ev.query, temperature=temperature)
        )
        await ctx.store.set("temperature", query.temperature)
        return query

    @step
    async def retrieve(self, ev: QueryEvent) -> RetrievalEvent:
        """Look the question up and keep texts and scores."""
        nodes = await handbook_index().as_retriever(similarity_top_k=4).aretrieve(ev.query)
        return RetrievalEvent(
            query=ev.query,
            documents=[node.text for node in nodes],
            scores=[round(node.score or 0.0, 3) for node in nodes],
        )

    @step
    async def prepare(self, ev: RetrievalEvent) -> SynthesisEvent:
        """Keep what is nearly as good as the best, as one context."""
        good = [text for text, score in zip(ev.documents, ev.scores, strict=True) if score >= max(ev.scores) / 2]
        return SynthesisEvent(query=ev.query, context="\n\n".join(good))

    @step
    async def synthesize(self, ctx: Context, ev: SynthesisEvent) -> StopEvent:
        """Answer from the context, as freely as was asked for."""
        prompt = f"Context:\n{ev.context}\n\nQuestion: {ev.query}\n\nAnswer:"
        response = await language_model().acomplete(prompt, temperature=await ctx.store.get("temperature"))
        return StopEvent(result=str(response))
