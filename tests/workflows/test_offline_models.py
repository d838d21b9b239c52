"""The stand-ins for models: deterministic, streaming, honest about what they don't know; and when OpenAI's come in."""

import asyncio
import importlib.machinery
import logging
import sys
import types
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.workflows.running import no_network

Sample = Callable[[str], ModuleType]
CONTEXT = "Context:\nThe box is grey. Keys expire after 90 days.\n\nThe sea is salt.\n\nQuestion: "


@pytest.fixture
def models(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`offline_models`, imported afresh without a key."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return sample("offline_models")


def test_the_model_answers_from_its_context(models: ModuleType) -> None:
    llm = models.language_model()
    assert str(llm.complete(f"{CONTEXT}When do keys expire?", temperature=0.0)) == "Keys expire after 90 days."
    assert str(llm.complete(f"{CONTEXT}Who discovered Peru?")) == "The context doesn't say."
    assert str(llm.complete("Who discovered Peru?")) == "I don't know that without looking it up."


def test_a_context_may_hold_the_word_question(models: ModuleType) -> None:
    prompt = "Context:\nQuestion: what is this? A box is grey.\n\nQuestion: What is grey?"
    assert "A box is grey." in str(models.language_model().complete(prompt))


def test_the_model_streams_what_it_completes(models: ModuleType) -> None:
    llm = models.OfflineLLM(pause=0.0)
    prompt = "What is retrieval-augmented generation?"
    whole = str(llm.complete(prompt))

    async def streamed() -> list[tuple[str, str]]:
        return [(piece.delta, piece.text) async for piece in await llm.astream_complete(prompt)]

    pieces = asyncio.run(streamed())
    assert len(pieces) > 3
    assert "".join(delta for delta, _ in pieces) == pieces[-1][1] == whole
    assert [(piece.delta, piece.text) for piece in llm.stream_complete(prompt)] == pieces


def test_like_texts_are_near_each_other_and_equal_ones_equal(models: ModuleType) -> None:
    embedding = models.embedding_model()
    asked = embedding.get_query_embedding("limits of requests")
    near = embedding.get_text_embedding("The API limits requests.")
    far = embedding.get_text_embedding("Harbours run by volunteers pay nothing.")
    assert embedding.similarity(asked, near) > 0.5 > embedding.similarity(asked, far)
    assert embedding.get_query_embedding("limits of requests") == asked
    assert set(embedding.get_text_embedding("the of and")) == {0.0}, "no word that says anything"


def test_the_index_holds_every_paragraph_of_the_documents(models: ModuleType) -> None:
    with no_network() as tried:
        nodes = list(models.handbook_index().docstore.docs.values())
    files = sorted(models.DATA.glob("*.txt"))
    assert len(files) >= 5 and len(nodes) > 2 * len(files)
    for file in files:
        texts = [node.text for node in nodes if node.metadata["file_name"] == file.name]
        assert " ".join(texts).split() == file.read_text(encoding="utf-8").split()
    assert tried == []


@pytest.mark.parametrize(
    ("module", "name", "function", "model"),
    [
        ("llama_index.llms.openai", "OpenAI", "language_model", "gpt-4o-mini"),
        ("llama_index.embeddings.openai", "OpenAIEmbedding", "embedding_model", "text-embedding-3-small"),
    ],
)
def test_with_a_key_and_the_package_openai_is_taken(
    models: ModuleType, monkeypatch: pytest.MonkeyPatch, module: str, name: str, function: str, model: str
) -> None:
    """A stand-in package under the real name: which class is made, and with what, is all that is asked here."""

    class Made:
        def __init__(self, model: str) -> None:
            self.model = model

    for dotted in (module.rpartition(".")[0], module):
        package = types.ModuleType(dotted)
        package.__spec__ = importlib.machinery.ModuleSpec(dotted, None, is_package=True)
        package.__path__ = []
        monkeypatch.setitem(sys.modules, dotted, package)
    setattr(sys.modules[module], name, Made)
    assert not isinstance(getattr(models, function)(), Made), "without a key it is not taken"
    models._openai_is_there.cache_clear()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nobody")
    made = getattr(models, function)()
    assert isinstance(made, Made) and made.model == model


def test_a_key_without_the_package_is_said_and_the_offline_model_answers(
    models: ModuleType, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nobody")
    monkeypatch.setitem(sys.modules, "llama_index.llms", None)  # as if it could not be imported
    with caplog.at_level(logging.WARNING):
        model = models.language_model()
    assert isinstance(model, models.OfflineLLM)
    assert "llama-index-llms-openai is not installed" in caplog.text
    assert "sk-nobody" not in caplog.text
