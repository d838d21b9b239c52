"""LLM, retriever, embedding and tool calls inside a step, recorded from LlamaIndex's dispatcher: `watch_calls`.

Steps are spans of that dispatcher, too, so what isn't a call must cost next to nothing: `OpenCalls` turns it away
before anything is made of it.
"""

from __future__ import annotations

import inspect
import logging
from typing import Any

from llama_index_instrumentation import root_dispatcher
from llama_index_instrumentation.base import BaseEvent
from llama_index_instrumentation.event_handlers import BaseEventHandler
from llama_index_instrumentation.span import BaseSpan
from llama_index_instrumentation.span_handlers import BaseSpanHandler

from inspectors.recording.open_calls import OpenCalls

logger = logging.getLogger("stepscope.recording")


def watch_calls() -> None:
    """Record the calls made inside recorded steps from now on. Doing it again changes nothing."""
    if not any(handler is _SPANS for handler in root_dispatcher.span_handlers):
        root_dispatcher.add_span_handler(_SPANS)
    if not any(handler is _EVENTS for handler in root_dispatcher.event_handlers):
        root_dispatcher.add_event_handler(_EVENTS)


def unwatch_calls() -> None:
    """Take the handlers away again; others stay. Doing it again changes nothing."""
    spans, events = root_dispatcher.span_handlers, root_dispatcher.event_handlers
    spans[:] = [handler for handler in spans if handler is not _SPANS]
    events[:] = [handler for handler in events if handler is not _EVENTS]


_CALLS = OpenCalls()
_HEARD = {
    "LLMChatStartEvent": _CALLS.announced,
    "LLMCompletionStartEvent": _CALLS.announced,
    "LLMChatInProgressEvent": _CALLS.streamed,
    "LLMCompletionInProgressEvent": _CALLS.streamed,
    "LLMChatEndEvent": _CALLS.answered,
    "LLMCompletionEndEvent": _CALLS.answered,
    "ExceptionEvent": _CALLS.broke,
}


class _Trouble:
    """Says once that calls could not be recorded: the dispatcher would swallow it, every time would be too often."""

    said = False

    def say(self) -> None:
        if not self.said:
            self.said = True
            logger.warning("A call inside a step could not be recorded; the step goes on.", exc_info=True)


_TROUBLE = _Trouble()


class CallSpans(BaseSpanHandler[BaseSpan]):
    """Sees every span. It overrides what its base would keep of each."""

    def span_enter(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        parent_id: str | None = None,
        tags: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A span begins."""
        if instance is None and parent_id in _CALLS.runs:
            return  # a step
        try:
            _CALLS.entered(id_, bound_args, instance, parent_id)
        except Exception:  # arguments are a user's own objects
            _TROUBLE.say()

    def span_exit(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        result: Any | None = None,
        **kwargs: Any,
    ) -> None:
        """A span ends."""
        if instance is None and id_ not in _CALLS.spans and not _CALLS.abandoned:
            return  # a step
        try:
            _CALLS.left(id_, result)
        except Exception:  # results are, too
            _TROUBLE.say()

    def span_drop(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        err: BaseException | None = None,
        **kwargs: Any,
    ) -> None:
        """A span raises."""
        try:
            _CALLS.dropped(id_, err)
        except Exception:  # and so are exceptions
            _TROUBLE.say()

    def new_span(self, *args: Any, **kwargs: Any) -> None:
        """Keeps none."""

    def prepare_to_exit_span(self, *args: Any, **kwargs: Any) -> None:
        """Keeps none."""

    def prepare_to_drop_span(self, *args: Any, **kwargs: Any) -> None:
        """Keeps none."""


class CallEvents(BaseEventHandler):
    """Sees every event of the dispatcher, pieces of streams among them."""

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        """An event has happened."""
        hear = _HEARD.get(type(event).__name__)
        if hear is None:
            return
        try:
            hear(event)
        except Exception:  # a response is an object of the user's or of an integration
            _TROUBLE.say()


_SPANS, _EVENTS = CallSpans(), CallEvents()
