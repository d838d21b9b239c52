"""What the main thread of a starting runner does, in a few words: for people who wait for it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

EVERY = 0.2
"""Seconds between two looks."""


class Progress:
    """Looks at the calling thread's stack from a thread of its own, until it is stopped."""

    def __init__(self, file: Path, root: Path, say: Callable[[str], None]) -> None:
        """`say` gets a new sentence such as "Importing pandas"; it is called from another thread."""
        self._file, self._root, self._say = str(file), root, say
        self._watched = threading.get_ident()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="stepscope-progress", daemon=True)

    def __enter__(self) -> Progress:
        """Start looking."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking; nothing is said any more once this returns."""
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        said = ""
        while not self._done.wait(EVERY):
            now = doing(sys._current_frames().get(self._watched), self._file, self._root)
            if now and now != said:
                said = now
                self._say(now)


def doing(frame: FrameType | None, file: str, root: Path) -> str:
    """What a stack is busy with: the import that the user's own code asked for last, or its own line; "" if neither."""
    found, importing = "", False
    for one in _outermost_first(frame):
        if one.f_code.co_name == "_find_and_load" and importing:
            found, importing = f"Importing {one.f_locals.get('name', '')}", False
        elif _is_own(one.f_code.co_filename, file, root):
            found, importing = f"Running {Path(one.f_code.co_filename).name}, line {one.f_lineno}", True
        elif not one.f_code.co_filename.startswith("<frozen importlib"):
            importing = False
    return found


def _is_own(name: str, file: str, root: Path) -> bool:
    return name == file or (Path(name).is_relative_to(root) and "site-packages" not in Path(name).parts)


def _outermost_first(frame: FrameType | None) -> Iterator[FrameType]:
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    yield from reversed(frames)
