"""Models that answer from a script, for tests of what is recorded of their calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata, ToolCallBlock
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.custom import CustomLLM
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from pydantic import PrivateAttr


class EchoLLM(CustomLLM):
    """Gives the last line of its prompt back; in a stream, a word at a time. It can only complete, chats go there."""

    fails_after: int | None = None
    """How many pieces of a stream come before it raises; 0 for at once, also without a stream."""

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex asks of each model."""
        return LLMMetadata(model_name="echo-1", is_chat_model=False)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The whole answer."""
        if self.fails_after == 0:
            raise ConnectionError("the model is away")
        usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": 2}
        return CompletionResponse(text=_said(prompt), raw={"usage": usage})

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Iterator[CompletionResponse]:
        """The answer in words."""
        return self._words(prompt)

    def _words(self, prompt: str) -> Iterator[CompletionResponse]:
        so_far = ""
        for count, word in enumerate(_said(prompt).split()):
            if count == self.fails_after:
                raise ConnectionError("the line broke")
            delta = f" {word}" if so_far else word
            so_far += delta
            yield CompletionResponse(text=so_far, delta=delta)


def _said(prompt: str) -> str:
    line = [line for line in prompt.splitlines() if line.strip() and line.strip() != "assistant:"][-1]
    return line.removeprefix("user:").strip()


Reply = str | tuple[str, dict[str, Any]]
"""What a scripted model says: a text, or a tool with its arguments."""


class ScriptedLLM(FunctionCallingLLM):
    """Says the replies of its script in turn, as a model that can call tools does."""

    replies: list[Any]
    _asked: int = PrivateAttr(default=0)

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex asks of each model."""
        return LLMMetadata(model_name="scripted", is_chat_model=True, is_function_calling_model=True)

    def _next(self) -> ChatResponse:
        reply: Reply = self.replies[self._asked]
        self._asked += 1
        if isinstance(reply, str):
            message = ChatMessage(role="assistant", content=reply)
        else:
            call = ToolCallBlock(tool_call_id=f"t{self._asked}", tool_name=reply[0], tool_kwargs=reply[1])
            message = ChatMessage(role="assistant", blocks=[call])
        return ChatResponse(message=message, raw={"usage": {"input_tokens": 10 * self._asked, "output_tokens": 3}})

    def _pieces(self) -> list[ChatResponse]:
        whole = self._next()
        words = (whole.message.content or "").split(" ")
        pieces = []
        for count in range(1, len(words)):
            text = " ".join(words[:count])
            message = ChatMessage(role="assistant", content=text)
            pieces.append(ChatResponse(message=message, delta=words[count - 1] + " "))
        return [*pieces, whole.model_copy(update={"delta": words[-1]})]

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The next reply."""
        return self._next()

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The next reply."""
        return self._next()

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[ChatResponse]:
        """The next reply in words."""
        yield from self._pieces()

    @llm_chat_callback()
    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> AsyncIterator[ChatResponse]:
        """The next reply in words."""

        async def pieces() -> AsyncIterator[ChatResponse]:
            for piece in self._pieces():
                yield piece

        return pieces()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Not in the script."""
        raise NotImplementedError

    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Not in the script."""
        raise NotImplementedError

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Iterator[CompletionResponse]:
        """Not in the script."""
        raise NotImplementedError

    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        """Not in the script."""
        raise NotImplementedError

    def _prepare_chat_with_tools(self, tools: Sequence[Any], **kwargs: Any) -> dict[str, Any]:
        messages = list(kwargs.get("chat_history") or [])
        return {"messages": messages, "tools": [tool.metadata.to_openai_tool() for tool in tools]}

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """The tools that a reply asks for."""
        return [
            ToolSelection(tool_id=block.tool_call_id or "", tool_name=block.tool_name, tool_kwargs=block.tool_kwargs)
            for block in response.message.blocks
            if isinstance(block, ToolCallBlock)
        ]


class LengthEmbedding(BaseEmbedding):
    """A vector of three numbers from how long a text is."""

    def _get_text_embedding(self, text: str) -> list[float]:
        return [float(len(text)), 1.0, 0.5]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)
