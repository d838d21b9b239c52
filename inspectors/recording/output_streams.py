"""Standard streams that also give what runs print to their records."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import Any

from inspectors.recording.output_logging import in_handler
from inspectors.recording.run_recorder import INVOCATION
from inspectors.recording.runtime import RUN


class RecordedStream:
    """Stands for a text stream, `inner`: everything goes there, and what a run's code writes to its records as well.

    It passes for the stream it stands for, in `isinstance` too.
    """

    def __init__(self, inner: Any, name: str) -> None:
        self.inner = inner
        self._name = name

    def write(self, text: str) -> int:
        """As the stream's own."""
        written: int = self.inner.write(text)
        note(self._name, text)
        return written

    def writelines(self, lines: Iterable[str]) -> None:
        """As the stream's own."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> Any:
        """The stream of bytes below; what is written there is recorded, too."""
        return RecordedBytes(self.inner.buffer, self._name, self.inner.encoding)

    def detach(self) -> Any:
        """As the stream's own, for code that puts a text stream of its own over the bytes."""
        encoding = self.inner.encoding
        return RecordedBytes(self.inner.detach(), self._name, encoding)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """The class of the stream it stands for."""
        return type(self.inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __enter__(self) -> RecordedStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.inner.close()

    def __repr__(self) -> str:
        return repr(self.inner)


class RecordedBytes:
    """Stands for the stream of bytes below a text stream."""

    def __init__(self, inner: Any, name: str, encoding: str | None) -> None:
        self.inner = inner
        self._name = name
        self._decoder = codecs.getincrementaldecoder(encoding or "utf-8")("replace")

    def write(self, data: Any) -> int:
        """As the stream's own."""
        written: int = self.inner.write(data)
        note(self._name, self._decoder.decode(bytes(data)))
        return written

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """The class of the stream it stands for."""
        return type(self.inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __enter__(self) -> RecordedBytes:
        return self

    def __exit__(self, *_: object) -> None:
        self.inner.close()


def note(stream: str, text: str) -> None:
    """Put what was written into the queue of the run whose code runs here, if it is a run's."""
    here = INVOCATION.get()
    run = here[0] if here is not None else RUN.get()
    if run is None or run.ended or not text or in_handler.active:
        return
    text = text if type(text) is str else str.__str__(text)  # a subclass may have methods of its own
    run.output.printed((here[1] if here is not None else None, stream, None), text)
