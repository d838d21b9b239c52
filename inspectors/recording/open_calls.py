"""The calls that are going on inside steps, from the begin and end of their spans and the pieces of their streams.

One call often shows as several spans, `achat` inside which `chat` calls `complete`: the outermost on one object is
the call. A stream's span ends when its generator is there; the call ends when the generator does.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import time
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from typing import Any

from workflows import Workflow
from workflows.plugins.basic import basic_runtime
from workflows.runtime.types.results import WaitingForEvent

from inspectors.recording.call_contents import (
    answered,
    arguments_of,
    asked,
    completion,
    subject_of,
    tokens_of,
    tool_error,
)
from inspectors.recording.call_kinds import what_of
from inspectors.recording.errors import describe_error
from inspectors.recording.run_recorder import INVOCATION, RunRecorder

_UUID = 37
"""Characters of the "-" and the UUID at the end of a span's id; the name of what is called stands before it."""


@dataclass(eq=False)
class Call:
    """A call that has begun and not ended."""

    span: str
    recorder: RunRecorder
    invocation: str
    step: str | None
    key: str
    what: str
    name: str
    instance: object
    subject: Any
    around: Call | None
    began: float = field(default_factory=time.perf_counter)
    announced: bool = False
    """Whether LlamaIndex's own events tell of it, and so of its stream's end."""
    chunks: int = 0
    pieces: list[str] = field(default_factory=list)
    first_ms: float | None = None
    tokens: dict[str, int] = field(default_factory=dict)
    generator: weakref.ref[Any] | None = None

    def took_ms(self) -> float:
        """Milliseconds since it began."""
        return round((time.perf_counter() - self.began) * 1000, 3)


class OpenCalls:
    """The open calls of this process. Any thread may come in; single operations on dicts and deques are atomic."""

    def __init__(self) -> None:
        self.runs: set[str] = set()
        """Spans of whole runs: what begins directly in one is a step."""
        self.spans: dict[str, Call] = {}
        """The innermost call around each open span inside a call."""
        self._streams: dict[str, Call] = {}
        """Calls whose generator is with its reader."""
        self.abandoned: deque[tuple[Call, float, str]] = deque()
        self._numbers: weakref.WeakKeyDictionary[RunRecorder, itertools.count[int]] = weakref.WeakKeyDictionary()

    # -- spans ----------------------------------------------------------------------------------------

    def entered(self, span: str, bound: inspect.BoundArguments, instance: object | None, parent: str | None) -> None:
        """A span begins."""
        here = INVOCATION.get()
        if isinstance(instance, Workflow) and "init_state" in bound.arguments:
            self.runs.add(span)
            if here is not None:
                _not_recorded(here, instance)
            return
        if here is None:
            return
        around = self.spans.get(parent or "")
        name = span[:-_UUID]
        what = what_of(instance, name)
        arguments = arguments_of(bound) if what else {}
        inside = around if not what or _same(around, instance, what) else None
        inside = inside or self._streamed_by(here, instance, what, name, subject_of(arguments))
        call = inside or (self._begin(span, here, what, name, instance, arguments, around) if what else None)
        if call is not None:
            self.spans[span] = call

    def _begin(
        self,
        span: str,
        here: tuple[RunRecorder, str],
        what: str,
        name: str,
        instance: object | None,
        arguments: dict[str, Any],
        around: Call | None,
    ) -> Call | None:
        recorder, invocation = here
        number = next(self._numbers.setdefault(recorder, itertools.count(1)))
        active = recorder.active.get(invocation)
        call = Call(
            span=span,
            recorder=recorder,
            invocation=invocation,
            step=active.step if active is not None else None,
            key=f"{invocation}.c{number}",
            what=what,
            name=_tool_name(instance) or name if what == "tool" else name,
            instance=instance,
            subject=subject_of(arguments),
            around=around,
        )
        seq = recorder.record(
            "call_started",
            call=call.key,
            parent=around.key if around is not None else None,
            what=what,
            name=call.name,
            invocation=invocation,
            step=call.step,
            **asked(what, arguments, instance),
        )
        call.began = time.perf_counter()
        return call if seq else None

    def _streamed_by(
        self, here: tuple[RunRecorder, str], instance: object | None, what: str, name: str, subject: Any
    ) -> Call | None:
        """The stream inside whose generator this begins: its span is over, so the dispatcher gives no parent.

        CustomLLM's astream_chat is a generator over its stream_chat, with the same messages.
        """
        if what != "llm" or not self._streams:
            return None
        for call in list(self._streams.values()):
            same = (call.recorder, call.invocation) == here and call.instance is instance and call.name != name
            if same and (call.subject is subject or (isinstance(subject, str) and call.subject == subject)):
                return call
        return None

    def left(self, span: str, result: Any) -> None:
        """A span ends with its result."""
        self.end_abandoned()
        call = self.spans.pop(span, None)
        if call is None:
            self.runs.discard(span)
        elif call.span == span:
            if call.what == "llm" and isinstance(result, (Generator, AsyncGenerator)):
                self._streams[span] = call
                call.generator = weakref.ref(result, lambda _: self._gone(span))
            else:
                error = tool_error(result) if call.what == "tool" else None
                _end(call, "error" if error else "ok", error=error, **answered(call.what, result))

    def dropped(self, span: str, error: BaseException | None) -> None:
        """A span ends with an exception."""
        self.end_abandoned()
        call = self.spans.pop(span, None)
        if call is None:
            self.runs.discard(span)
        elif call.span == span:
            _fail(call, error)

    # -- streams --------------------------------------------------------------------------------------

    def announced(self, event: Any) -> None:
        """LlamaIndex tells of the start of a chat or completion."""
        call = self.spans.get(event.span_id)
        if call is not None and call.span == event.span_id:
            call.announced = True

    def streamed(self, event: Any) -> None:
        """A piece of a stream has come."""
        call = self._streams.get(event.span_id)
        if call is None:
            return
        call.chunks += 1
        if call.first_ms is None:
            call.first_ms = call.took_ms()
        response = event.response
        if response.delta:
            call.pieces.append(response.delta)
        if response.raw is not None:
            call.tokens.update(tokens_of(response))

    def answered(self, event: Any) -> None:
        """A chat or completion is complete; that of a call without a stream ends with its span."""
        call = self._streams.pop(event.span_id, None)
        if call is not None:
            _end(call, "ok", **_stream_values(call, event.response))

    def broke(self, event: Any) -> None:
        """Reading a stream raised, or its reader let it go."""
        call = self._streams.pop(event.span_id, None)
        if call is None:
            return
        if isinstance(event.exception, GeneratorExit):
            self._abandon(call, "cancelled")
        else:
            _fail(call, event.exception, **_stream_values(call, None))

    def _gone(self, span: str) -> None:
        call = self._streams.pop(span, None)
        if call is not None:
            self._abandon(call, "cancelled" if call.announced else "ok")

    def _abandon(self, call: Call, outcome: str) -> None:
        """End it later: this may be the garbage collector, in the middle of a record whose lock is held."""
        self.abandoned.append((call, call.took_ms(), outcome))

    def end_abandoned(self) -> None:
        """End the calls whose streams were let go."""
        while self.abandoned:
            try:
                call, took_ms, outcome = self.abandoned.popleft()
            except IndexError:  # another thread was quicker
                return
            _end(call, outcome, took_ms, **(_stream_values(call, None) if call.announced else {}))


def _not_recorded(here: tuple[RunRecorder, str], workflow: Workflow) -> None:
    """A run whose control loop sees its parent's step as its own isn't under our runtime."""
    recorder, invocation = here
    runtime: Any = workflow.runtime
    while hasattr(runtime, "_decorated"):
        runtime = runtime._decorated
    active = recorder.active.get(invocation)
    made = (
        "It was made before the recorder was there, or with runtime=basic_runtime"
        if runtime is basic_runtime
        else f"It has a runtime of its own, {type(runtime).__name__}"
    )
    recorder.record(
        "child_not_recorded",
        workflow=type(workflow).__qualname__,
        module=type(workflow).__module__,
        invocation=invocation,
        step=active.step if active is not None else None,
        why=f"{made}. Made inside the step and without runtime=, it is recorded.",
    )


def _same(around: Call | None, instance: object | None, what: str) -> bool:
    """Whether a call on this object is going on already, and this is how it is done."""
    while around is not None and instance is not None:
        if around.instance is instance and around.what == what:
            return True
        around = around.around
    return False


def _tool_name(instance: object | None) -> str:
    try:
        return str(instance.metadata.name or "")  # type: ignore[union-attr]  # a tool's own property
    except Exception:  # of a user's class
        return ""


def _stream_values(call: Call, response: Any) -> dict[str, Any]:
    made = completion(response, "".join(call.pieces))
    tokens = {**call.tokens, **made.pop("tokens", {})}
    return {**made, **({"tokens": tokens} if tokens else {}), "chunks": call.chunks, "first_ms": call.first_ms}


def _fail(call: Call, error: BaseException | None, **values: Any) -> None:
    if isinstance(error, asyncio.CancelledError):
        _end(call, "cancelled", **values)
    elif isinstance(error, WaitingForEvent):
        _end(call, "waiting", **values)
    else:
        described = describe_error(error, call.recorder.root) if error is not None else None
        _end(call, "error", error=described, **values)


def _end(call: Call, outcome: str, took_ms: float | None = None, **values: Any) -> None:
    call.recorder.record(
        "call_ended",
        call=call.key,
        what=call.what,
        name=call.name,
        invocation=call.invocation,
        step=call.step,
        took_ms=call.took_ms() if took_ms is None else took_ms,
        outcome=outcome,
        **{name: value for name, value in values.items() if value is not None},
    )
