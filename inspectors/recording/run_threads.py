"""Threads that a run's code starts itself belong to the run, though not to one of its invocations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from inspectors.recording.run_recorder import RunRecorder
from inspectors.recording.runtime import RUN

_POOL_WORKER = "concurrent.futures.thread"
"""Where the target of a pool's threads is defined: such a thread works for whoever submits, now this run, now that."""


@contextmanager
def runs_in_threads() -> Generator[None, None, None]:
    """While this is held, threads and jobs for thread pools carry the run in whose context they were started."""
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit

    def started(self: threading.Thread) -> None:
        run = RUN.get()
        target = getattr(self, "_target", None)
        if run is not None and getattr(target, "__module__", "") != _POOL_WORKER:
            self.run = _in_run(run, self.run)  # type: ignore[method-assign]
        start(self)

    def submitted(self: ThreadPoolExecutor, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        run = RUN.get()
        if run is None:
            return submit(self, function, *args, **kwargs)
        return submit(self, _carrying(run, function), *args, **kwargs)

    threading.Thread.start = started  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = submitted  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]


def _in_run(run: RunRecorder, function: Callable[[], None]) -> Callable[[], None]:
    def carried() -> None:
        RUN.set(run)  # never reset: what the thread doesn't catch is reported after this, in its context
        function()

    return carried


def _carrying(run: RunRecorder, function: Callable[..., Any]) -> Callable[..., Any]:
    def carried(*args: Any, **kwargs: Any) -> Any:
        token = RUN.set(run)
        try:
            return function(*args, **kwargs)
        finally:
            RUN.reset(token)

    return carried
