"""Which spans of LlamaIndex's dispatcher are calls that a reader wants to see; its classes are known by name only."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

WHATS: Final = ("llm", "embedding", "retriever", "tool", "query", "other")
"""What a call is; `other` is a reranker, a synthesizer, or a function that its author decorated as a span."""

_BASES: Final = {
    "BaseLLM": "llm",
    "MultiModalLLM": "llm",
    "BaseEmbedding": "embedding",
    "BaseSparseEmbedding": "embedding",
    "BaseRetriever": "retriever",
    "BaseImageRetriever": "retriever",
    "BaseTool": "tool",
    "BaseQueryEngine": "query",
    "BaseChatEngine": "query",
    "BaseNodePostprocessor": "other",
    "BaseSynthesizer": "other",
}
_LLM_METHODS: Final = frozenset(
    f"{before}{verb}" for verb in ("chat", "complete") for before in ("", "a", "stream_", "astream_")
)
_LIBRARIES: Final = ("llama_index", "llama_index_instrumentation", "workflows")
_PLUMBING: Final = "run_jobs"
"""LlamaIndex's own function that runs others side by side."""


@lru_cache(maxsize=1024)
def family_of(cls: type) -> str:
    """What an object of this class is for its caller; "" for LlamaIndex's inner parts."""
    for base in cls.__mro__:
        if base.__name__ in _BASES and base.__module__.partition(".")[0] == "llama_index":
            return _BASES[base.__name__]
    return "" if cls.__module__.partition(".")[0] in _LIBRARIES else "other"


def what_of(instance: object | None, name: str) -> str:
    """What the span `name` ("OfflineLLM.chat", or a function's qualified name) is; "" if it is nobody's business.

    `LLM.predict` and its like are left out: the chat or completion inside them has the text as it was sent.
    """
    if instance is None:
        return "" if name.partition(".")[0] == _PLUMBING else "other"
    cls: type = type(instance)
    what, method = family_of(cls), name.rpartition(".")[2]
    if what == "llm" and method not in _LLM_METHODS:
        return ""
    if what == "embedding" and "embedding" not in method:
        return ""
    return what
