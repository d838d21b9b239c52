"""The thread that records what was printed when nothing else makes it happen."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Protocol

logger = logging.getLogger("stepscope.output")

GATHER_SECONDS = 0.030
"""How long lines may gather before they are recorded."""
UNFINISHED_EVERY = 0.5
HAND_OVER_WAIT = 0.005
HAND_OVER_REST = 0.100


class Flushed(Protocol):
    """What the thread empties."""

    def flush(self) -> bool:
        """Record what is complete; whether something unfinished is left."""


class Flusher:
    """Started with the first line that is printed, asleep while there is none."""

    def __init__(self) -> None:
        self._due: deque[Flushed] = deque()
        self._unfinished: list[Flushed] = []
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._flushed = threading.Event()
        self._rest_until = 0.0
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.poll: Callable[[], None] | None = None
        """Called four times a second as well, if there is one."""

    def add(self, output: Flushed) -> None:
        """Have this flushed soon. Takes no lock once the thread runs: it is called wherever code prints."""
        self._due.append(output)
        if self._thread is None:
            self.start()
        self._wake.set()

    def start(self) -> None:
        """Start the thread, outside of any run's context; does nothing if it runs."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="stepscope-output", daemon=True)
                Context().run(self._thread.start)
        finally:
            self._lock.release()

    def hand_over(self) -> None:
        """Let the thread come to its turn beside a busy one (recording-facts.md 1, "Commit lag"): 5 ms at most."""
        if time.monotonic() < self._rest_until or threading.current_thread() is self._thread:
            return
        self._flushed.clear()
        self._urgent.set()
        self._wake.set()
        if not self._flushed.wait(HAND_OVER_WAIT):
            self._rest_until = time.monotonic() + HAND_OVER_REST

    def forget_thread(self) -> None:
        """In a forked process, which has none of its parent's threads."""
        self.__init__()  # type: ignore[misc]

    def _run(self) -> None:
        while True:
            if self._wake.wait(self._pause()):
                self._wake.clear()
                self._urgent.wait(GATHER_SECONDS)
                self._urgent.clear()
            if self.poll is not None:
                self._try(self.poll)
            self._flush()
            self._flushed.set()

    def _pause(self) -> float | None:
        if self.poll is not None:
            return 0.25
        return UNFINISHED_EVERY if self._unfinished else None

    def _flush(self) -> None:
        due, self._unfinished = self._unfinished, []
        while self._due:
            output = self._due.popleft()
            if output not in due:
                due.append(output)
        self._unfinished = [output for output in due if self._try(output.flush)]

    def _try(self, act: Callable[[], object]) -> object:
        try:
            return act()
        except Exception:  # what goes wrong with one run's output must not silence the others
            logger.exception("Output could not be recorded")
            return None


FLUSHER = Flusher()
