"""What comes by file descriptors 1 and 2, from subprocesses and C code, in a runner.

The descriptors lead to files, not pipes: C code that holds the interpreter lock while it fills a pipe would wait for
ever for a reader in this process, a subprocess that outlives the runner would be ended by its next line, and what a
file holds can be read to its end at the very moment a step ends. Python's own sys.stdout and sys.stderr write to the
log themselves, past these files.
"""

from __future__ import annotations

import codecs
import io
import logging
import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from inspectors.recording import run_output
from inspectors.recording.output_flusher import FLUSHER
from inspectors.recording.output_streams import RecordedStream
from inspectors.recording.redaction import RedactedFile, Redaction
from inspectors.recording.run_log import RunLog

logger = logging.getLogger("stepscope.output")

CHUNK = 65_536
MOST_AT_ONCE = 4_000_000
"""Bytes read in one go; a flood is caught up with step by step."""
STREAMS = ((1, "stdout"), (2, "stderr"))


class LogStream(io.TextIOWrapper):
    """A standard stream that writes to the log itself; to others it is descriptor 1 or 2, as it always was."""

    descriptor = 1

    def fileno(self) -> int:
        """The descriptor that subprocesses get when they are given this stream."""
        return self.descriptor


def streams_past_descriptors(redaction: Redaction) -> None:
    """Let sys.stdout and sys.stderr write to duplicates of their descriptors, before anyone keeps the streams."""
    RedactedFile.redaction = redaction
    for descriptor, name in STREAMS:
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)  # sys.__stdout__, which stays on the descriptor
            raw = io.FileIO(os.dup(descriptor), "wb")  # it stays open as long as the process
            made = LogStream(
                RedactedFile(raw) if redaction else io.BufferedWriter(raw),
                stream.encoding,
                stream.errors,
                line_buffering=True,
            )
            made.descriptor = descriptor
            setattr(sys, name, made)


class DescriptorFile:
    """The file behind one descriptor, and how far it is read."""

    def __init__(self, descriptor: int, stream: str, path: Path) -> None:
        """Redirect the descriptor. Raises OSError if that can't be done; it is then as before."""
        self.stream, self.path = stream, path
        flags = getattr(os, "O_BINARY", 0)
        written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | flags, 0o600)
        try:
            self._log = os.dup(descriptor)
            self._reader = os.open(path, os.O_RDONLY | flags)
            os.dup2(written, descriptor)
        finally:
            os.close(written)
        self._position = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self) -> str:
        """What is new, at most MOST_AT_ONCE bytes of it; it is in the log as well now."""
        end = os.lseek(self._reader, 0, os.SEEK_END)
        if end == self._position:
            return ""
        start = self._position if end > self._position else 0  # a shell's `> /dev/stderr` cuts the file
        os.lseek(self._reader, start, os.SEEK_SET)
        parts = []
        self._position = start
        while self._position < min(end, start + MOST_AT_ONCE):
            data = os.read(self._reader, CHUNK)
            if not data:
                break
            os.write(self._log, RedactedFile.redaction.of_bytes(data))
            self._position += len(data)
            parts.append(self._decoder.decode(data))
        return "".join(parts)

    def remove(self) -> None:
        """Delete the file."""
        with suppress(OSError):  # Windows keeps what a process still has open; it goes with the runner's log
            self.path.unlink()


class ChildOutput:
    """Reads both files into the runs that are active."""

    def __init__(self, log: Path) -> None:
        self._lock = threading.Lock()
        self.files: list[DescriptorFile] = []
        for descriptor, stream in STREAMS:
            try:
                self.files.append(DescriptorFile(descriptor, stream, log.with_suffix(f".{stream}")))
            except OSError as error:
                logger.warning("What subprocesses write to %s is only in the log: %s", stream, error)

    def read(self, ending: RunLog | None = None) -> None:
        """Hand what is new to the active runs: to one, or to each of several as shared; to none, it is in the log."""
        with self._lock:
            for file in self.files:
                text = file.read()
                if not text:
                    continue
                outputs = run_output.active_outputs(ending)
                for output in outputs:
                    output.printed((None, file.stream, len(outputs) > 1), text)


@contextmanager
def child_output(log: Path) -> Generator[None, None, None]:
    """Record what comes by descriptors 1 and 2 for as long as this is held, which is until the process ends."""
    output = ChildOutput(log)
    run_output.log_path = str(log)
    run_output.SOURCES.append(output.read)
    FLUSHER.poll = output.read
    FLUSHER.start()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)
    try:
        yield
    finally:
        output.read()
        for file in output.files:
            file.remove()


def _forked() -> None:
    """A forked process prints to the descriptors, by which its output reaches the run it belongs to."""
    run_output.SOURCES.clear()
    for descriptor, name in STREAMS:
        stream = getattr(sys, name)
        if type(stream) is RecordedStream and isinstance(stream.inner, LogStream):
            encoding = stream.inner.encoding
            stream.inner = open(descriptor, "w", buffering=1, encoding=encoding, closefd=False)  # noqa: SIM115
