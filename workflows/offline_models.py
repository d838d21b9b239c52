"""The language model, embedding and reranker of the samples; they need no network, no key and no download.

No workflow in here. A sample asks `language_model()` and `embedding_model()` for what to use. With OPENAI_API_KEY set
and the packages llama-index-llms-openai and llama-index-embeddings-openai installed these give OpenAI's models;
without, the stand-ins below. The stand-ins are honest about what they are: the model copies sentences from the context
in its prompt, the embedding counts words. Equal prompts get equal answers.
"""

import asyncio
import importlib.util
import logging
import math
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import LLM, CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from offline_replies import reply_to
from pydantic import BeforeValidator
from text_search import likeness, rarity, terms

DATA = Path(__file__).parent / "data"
logger = logging.getLogger(__name__)


def language_model() -> LLM:
    """OpenAI's gpt-4o-mini if a key and the package are there, else the offline model."""
    if _openai_is_there("llama_index.llms.openai"):
        from llama_index.llms.openai import OpenAI

        return OpenAI(model="gpt-4o-mini")
    return OfflineLLM()


def embedding_model() -> BaseEmbedding:
    """OpenAI's text-embedding-3-small if a key and the package are there, else the offline embedding."""
    if _openai_is_there("llama_index.embeddings.openai"):
        from llama_index.embeddings.openai import OpenAIEmbedding

        return OpenAIEmbedding(model="text-embedding-3-small")
    return WordEmbedding()


@cache
def handbook_index() -> VectorStoreIndex:
    """The documents in `workflows/data`, split into paragraphs, embedded and indexed.

    Once per process: a document that changes is seen by the next one.
    """
    # SimpleDirectoryReader(DATA).load_data() gives the same, but warns that readers of other formats are missing.
    documents = [
        Document(text=file.read_text(encoding="utf-8"), metadata={"file_name": file.name}, doc_id=file.name)
        for file in sorted(DATA.glob("*.txt"))
    ]
    for document in documents:
        document.excluded_embed_metadata_keys = document.excluded_llm_metadata_keys = ["file_name"]
    # One paragraph a node. Words are counted where the default would load a tokenizer.
    splitter = SentenceSplitter(chunk_size=60, chunk_overlap=0, paragraph_separator="\n\n", tokenizer=str.split)
    return VectorStoreIndex.from_documents(documents, embed_model=embedding_model(), transformations=[splitter])


class OfflineLLM(CustomLLM):
    """A language model that answers from the context in its prompt by copying the sentences nearest to the question.

    It also writes key points, summaries and a joke, as `offline_replies.py` shows. `temperature` (0 to 1) is how freely
    it quotes: one, two or three sentences.
    """

    pause: float = 0.3
    """Seconds it thinks, so that a run can be watched; only where it is awaited."""

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex asks of each model."""
        return LLMMetadata(model_name="offline", is_chat_model=False)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The whole answer."""
        return CompletionResponse(text=reply_to(prompt, float(kwargs.get("temperature", 0.7))))

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Iterator[CompletionResponse]:
        """The answer in pieces of a few words; each response has the text so far and what is new."""
        yield from _pieces(reply_to(prompt, float(kwargs.get("temperature", 0.7))))

    @llm_completion_callback()
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The whole answer, after `pause` seconds."""
        await asyncio.sleep(self.pause)
        return self.complete(prompt, formatted=formatted, **kwargs)

    @llm_completion_callback()
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> AsyncIterator[CompletionResponse]:
        """The answer in pieces, a tenth of `pause` between them."""

        async def pieces() -> AsyncIterator[CompletionResponse]:
            for piece in self.stream_complete(prompt, formatted=formatted, **kwargs):
                await asyncio.sleep(self.pause / 10)
                yield piece

        return pieces()

    @classmethod
    def class_name(cls) -> str:
        """The name LlamaIndex writes down."""
        return "OfflineLLM"


class WordEmbedding(BaseEmbedding):
    """Turns a text into counts of its words, spread over `width` numbers: texts that share words are near."""

    width: int = 512

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.width
        for term in terms(text):
            spread = zlib.crc32(term.encode())
            vector[spread % self.width] += 1.0 if spread & 0x8000_0000 else -1.0
        length = math.sqrt(sum(number * number for number in vector))
        return [number / length for number in vector] if length else vector

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vector(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    @classmethod
    def class_name(cls) -> str:
        """The name LlamaIndex writes down."""
        return "WordEmbedding"


class WordOverlapRerank(BaseNodePostprocessor):
    """Orders nodes anew by how much of the question each covers, rare words first in weight, and keeps `top_n`.

    A retriever compares shortened forms of texts; a reranker reads the few that were found in full. Where a tutorial
    uses SentenceTransformerRerank, which downloads a model, this one counts words.
    """

    top_n: int = 5

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        question = query_bundle.query_str if query_bundle else ""
        weights = rarity(node.text for node in nodes)
        scored = [NodeWithScore(node=node.node, score=likeness(question, node.text, weights)) for node in nodes]
        return sorted(scored, key=lambda node: -(node.score or 0.0))[: self.top_n]


def _read_node(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("node"), dict):
        return NodeWithScore(node=TextNode(**value["node"]), score=value.get("score"))
    return value


FoundNodes = list[Annotated[NodeWithScore, BeforeValidator(_read_node)]]
"""What a retriever gives, as the field of an event.

A plain `list` would come back from a checkpoint as dicts, and `list[NodeWithScore]` not at all: pydantic can't tell
which kind of node it was. These are text nodes, so it is told.
"""


@cache
def _openai_is_there(module: str) -> bool:
    if not os.environ.get("OPENAI_API_KEY"):
        return False
    package = module.removeprefix("llama_index.").replace(".", "-")
    try:
        there = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        there = False
    if not there:
        logger.warning("OPENAI_API_KEY is set, but llama-index-%s is not installed: an offline model answers.", package)
    return there


def _pieces(text: str, words: int = 4) -> list[CompletionResponse]:
    parts = text.split(" ")
    found: list[CompletionResponse] = []
    for start in range(0, len(parts), words):
        so_far = " ".join(parts[: start + words])
        delta = so_far.removeprefix(found[-1].text) if found else so_far
        found.append(CompletionResponse(text=so_far, delta=delta))
    return found
