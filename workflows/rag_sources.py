"""The complete RAG: an answer, the files it rests on, and how many passages were read.

Mended against older tutorials: ``Settings.llm or OpenAI(...)`` raises today when no model is set, because reading
``Settings.llm`` already tries to make OpenAI's; so the workflow asks for its model itself.
"""

from typing import Any, ClassVar

from llama_index.core import VectorStoreIndex
from offline_models import FoundNodes, handbook_index, language_model
from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class RetrieveEvent(Event):
    """Event carrying retrieved nodes."""

    query: str
    nodes: FoundNodes


class RAGWorkflow(Workflow):
    """Answers from the handbook and names its sources.

    The result is a dict with `answer`, `sources` (a file for each passage that was read) and `num_sources`.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "What is the main topic?"}

    def __init__(self, index: VectorStoreIndex, **kwargs: Any) -> None:
        """Keep the index and a model."""
        super().__init__(**kwargs)
        self.index = index
        self.llm = language_model()

    @step
    async def retrieve(self, ev: StartEvent) -> RetrieveEvent:
        """Retrieve relevant documents."""
        nodes = await self.index.as_retriever(similarity_top_k=5).aretrieve(ev.query)
        return RetrieveEvent(query=ev.query, nodes=nodes)

    @step
    async def synthesize(self, ev: RetrieveEvent) -> StopEvent:
        """Synthesize answer from retrieved context."""
        context = "\n\n".join(node.text for node in ev.nodes)
        prompt = (
            "Based on the following context, answer the question.\n\n"
            f"Context:\n{context}\n\nQuestion: {ev.query}\n\nAnswer:"
        )
        response = await self.llm.acomplete(prompt)
        return StopEvent(
            result={
                "answer": str(response),
                "sources": [node.metadata.get("file_name", "unknown") for node in ev.nodes],
                "num_sources": len(ev.nodes),
            }
        )


def rag_workflow() -> RAGWorkflow:
    """The workflow over the handbook in `workflows/data`."""
    return RAGWorkflow(index=handbook_index(), timeout=60)
