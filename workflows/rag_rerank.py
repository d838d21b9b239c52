"""Retrieve widely, rerank with care, answer from the best: the classic three steps of RAG.

Two mends against older tutorials: the question is kept with ``ctx.store.set`` (``ctx.set`` is gone), and the nodes have
a type, so that a run can be saved between two steps and go on with nodes instead of dicts. The model that
SentenceTransformerRerank would download is replaced by a reranker that counts words.

The workflow needs an index to be made. Stepscope finds `rag_workflow` by its annotation and calls it.
"""

from typing import Any, ClassVar

from llama_index.core import VectorStoreIndex
from offline_models import FoundNodes, WordOverlapRerank, handbook_index, language_model
from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class RetrievedEvent(Event):
    """What the index holds nearest to the question: many passages, roughly ordered."""

    nodes: FoundNodes = Field(default_factory=list)


class RerankedEvent(Event):
    """The few best of them, in order, with the question."""

    nodes: FoundNodes = Field(default_factory=list)
    query: str = ""


class RAGWorkflow(Workflow):
    """Finds fifteen passages, reranks them and answers from the best five.

    The index is given to `__init__`, so that the same steps work on any documents.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "How do I configure the API rate limits?"}

    def __init__(self, index: VectorStoreIndex, **kwargs: Any) -> None:
        """Keep the index; everything else is the engine's."""
        super().__init__(**kwargs)
        self.index = index
        self.llm = language_model()

    @step
    async def retrieve(self, ctx: Context, ev: StartEvent) -> RetrievedEvent:
        """Ask the index for fifteen passages, more than the answer needs."""
        query = ev.get("query", "")
        await ctx.store.set("query", query)
        nodes = await self.index.as_retriever(similarity_top_k=15).aretrieve(query)
        return RetrievedEvent(nodes=nodes)

    @step
    async def rerank(self, ctx: Context, ev: RetrievedEvent) -> RerankedEvent:
        """Read all of them against the question and keep the best five."""
        query = await ctx.store.get("query")
        reranked = WordOverlapRerank(top_n=5).postprocess_nodes(ev.nodes, query_str=query)
        return RerankedEvent(nodes=reranked, query=query)

    @step
    async def synthesize(self, ctx: Context, ev: RerankedEvent) -> StopEvent:
        """Let the model answer from these five and nothing else."""
        context = "\n\n".join(node.text for node in ev.nodes)
        prompt = f"Context:\n{context}\n\nQuestion: {ev.query}\n\nAnswer based on the context above:"
        return StopEvent(result=str(await self.llm.acomplete(prompt)))


def rag_workflow() -> RAGWorkflow:
    """The workflow over the handbook in `workflows/data`."""
    return RAGWorkflow(index=handbook_index(), timeout=120)
