"""Recording what the code of runs prints and logs: `capture_output()` around whatever starts runs."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from inspectors.recording import output_logging
from inspectors.recording.output_flusher import FLUSHER
from inspectors.recording.output_streams import RecordedStream
from inspectors.recording.run_recorder import INVOCATION
from inspectors.recording.runtime import RUN

_lock = threading.Lock()
_holders = 0
_knows_forks = False


@contextmanager
def capture_output() -> Generator[None, None, None]:
    """Record what runs print (sys.stdout, sys.stderr) and log while this is held, by anyone, in any thread.

    Each print and message belongs to the run and invocation in whose context it happens; what belongs to none is left
    alone. Everything still goes where it went before. What was replaced is put back when the last one lets go.
    """
    global _holders
    with _lock:
        _holders += 1
        _install()
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if _holders == 0:
                _uninstall()


def _install() -> None:
    """Replace what isn't ours; somebody may have put a stream of theirs in place since the last time."""
    global _knows_forks
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and type(stream) is not RecordedStream:
            setattr(sys, name, RecordedStream(stream, name))
    output_logging.install()
    if not _knows_forks and hasattr(os, "register_at_fork"):
        _knows_forks = True
        os.register_at_fork(after_in_child=_forked)


def _uninstall() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is RecordedStream:
            setattr(sys, name, stream.inner)
    output_logging.uninstall()


def _forked() -> None:
    """In a forked process nobody writes records; the runner hears of what it prints by its descriptors."""
    RUN.set(None)
    INVOCATION.set(None)
    FLUSHER.forget_thread()
