"""The smallest RAG, with its index in the run's Context.

Older tutorials put the index there before the run, with ``wf.ctx.set("index", index)``. A workflow has no ``ctx`` any
more: each run has its own. And an index put there with ``ctx.store.set`` works until the run is to be saved: then the
engine raises "Failed to serialize state value for key index", and a pause or a crash would lose the run.

The mend is a typed state. ``Context[RAGState]`` makes a `RAGState` for each run, index included, so `retrieve` reads it
just as it did. Saved, the index is one word; read again, that word becomes the index.
"""

from typing import Annotated, Any, ClassVar

from llama_index.core import VectorStoreIndex
from offline_models import FoundNodes, handbook_index, language_model
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

SAVED_AS = "handbook"

SharedIndex = Annotated[
    VectorStoreIndex,
    PlainSerializer(lambda index: SAVED_AS),
    BeforeValidator(lambda value: handbook_index() if value == SAVED_AS else value),
]
"""An index that is written down as a name and looked up again by it."""


class RAGState(BaseModel):
    """What the steps of a run share."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: SharedIndex = Field(default_factory=handbook_index)


class RetrieveEvent(Event):
    """The question and the passages found for it."""

    query: str
    nodes: FoundNodes


class RAGWorkflow(Workflow):
    """Shares its index between steps through the Context.

    The Context holds the index itself, and still every run can be saved and taken up again.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "What are the key findings?"}

    @step
    async def retrieve(self, ctx: Context[RAGState], ev: StartEvent) -> RetrieveEvent:
        """Search the index that the Context holds."""
        index = await ctx.store.get("index")
        nodes = await index.as_retriever(similarity_top_k=5).aretrieve(ev.query)
        return RetrieveEvent(query=ev.query, nodes=nodes)

    @step
    async def synthesise(self, ctx: Context[RAGState], ev: RetrieveEvent) -> StopEvent:
        """Answer from what was found."""
        context = "\n\n".join(node.get_content() for node in ev.nodes)
        response = await language_model().acomplete(f"Context:\n{context}\n\nQuestion: {ev.query}")
        return StopEvent(result=str(response))
