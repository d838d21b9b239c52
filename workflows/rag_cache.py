"""Keeps an index, a model and a cache on the workflow itself: instance attributes live as long as the instance.

What belongs to one run goes into its Context; what all runs share can sit on ``self``. Stepscope keeps the instance
between runs, so the second run of a question finds the first one's answer. Older tutorials look into the cache in
`synthesize`, after the search; that is kept here, and the result says whether the cache was hit.

What is on ``self`` is not saved with a run and not shared between processes: after a restart the cache is empty.
"""

from typing import Any, ClassVar

from llama_index.core import VectorStoreIndex
from offline_models import FoundNodes, handbook_index, language_model
from workflows import Workflow, step
from workflows.events import Event, StartEvent, StopEvent


class RetrieveEvent(Event):
    """The question and the passages found for it."""

    query: str
    nodes: FoundNodes


class RAGWorkflow(Workflow):
    """Answers from a cache when a question comes a second time.

    Run it twice: `cache_hit` is false, then true, and the second run asks no model.
    """

    example_input: ClassVar[dict[str, Any]] = {"query": "When do keys expire?"}

    def __init__(self, index: VectorStoreIndex, **kwargs: Any) -> None:
        """Keep the index, the model and an empty cache: question -> answer."""
        super().__init__(**kwargs)
        self.index = index
        self.llm = language_model()
        self.cache: dict[str, str] = {}

    @step
    async def retrieve(self, ev: StartEvent) -> RetrieveEvent:
        """Search the instance's index."""
        nodes = await self.index.as_retriever(similarity_top_k=5).aretrieve(ev.query)
        return RetrieveEvent(query=ev.query, nodes=nodes)

    @step
    async def synthesize(self, ev: RetrieveEvent) -> StopEvent:
        """Answer from the cache if the question is known, else ask the model and remember."""
        if ev.query in self.cache:
            return StopEvent(result={"answer": self.cache[ev.query], "cache_hit": True})
        context = "\n\n".join(node.text for node in ev.nodes)
        response = await self.llm.acomplete(f"Context:\n{context}\n\nQuestion: {ev.query}")
        self.cache[ev.query] = str(response)
        return StopEvent(result={"answer": str(response), "cache_hit": False})


def rag_workflow() -> RAGWorkflow:
    """The workflow over the handbook in `workflows/data`."""
    return RAGWorkflow(index=handbook_index())
