"""What threads are at: their stacks, also of a process whose interpreter is held by C code.

`faulthandler` has a timer in C, which writes all stacks to a file without the interpreter's lock. A runner winds it up
again and again; it runs down only where no Python thread has had its turn, such as beside a backtracking regular
expression, and when the process crashes. The server reads the file, since the runner can't.
"""

from __future__ import annotations

import faulthandler
import os
import re
import sys
import sysconfig
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_THREAD = re.compile(r"^(?:Current thread|Thread) 0x[0-9a-f]+.*\(most recent call first\):$")
_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<name>.*)$')
_BEGINNINGS = ("Timeout (", "Fatal Python error: ")
WIND = 0.5
"""Seconds between two windings of the timer."""
HELD_AFTER = 2.5
"""Seconds in which no Python thread had its turn, after which the timer has run down."""
READ_AT_MOST = 200_000
OURS = str(Path(__file__).resolve().parent.parent)
LIBRARIES = tuple({sysconfig.get_path("stdlib"), os.path.dirname(os.__file__)})


@dataclass(frozen=True)
class StackFrame:
    """A line that a thread is at."""

    file: str
    line: int
    name: str
    """Of the function."""

    @property
    def own(self) -> bool:
        """Whether it is a line of the user's own, not of a library, the engine or ours."""
        return self.foreign and not {"site-packages", "dist-packages"} & set(Path(self.file).parts)

    @property
    def foreign(self) -> bool:
        """Whether it is neither ours nor Python's own; what is installed is foreign, too."""
        parts = Path(self.file).parts
        installed = "site-packages" in parts or "dist-packages" in parts
        pythons = any(re.fullmatch(r"python3\.\d+", part) for part in parts) and not installed
        return (
            not pythons and not self.file.startswith(("<", OURS)) and (installed or not self.file.startswith(LIBRARIES))
        )

    @property
    def place(self) -> str:
        """`search.py, line 12`."""
        return f"{os.path.basename(self.file)}, line {self.line}"


Stack = Sequence[StackFrame]
"""The innermost frame first."""


def stack_of(thread: int) -> Stack:
    """What a thread of this process is at; empty if it has ended."""
    frames: list[StackFrame] = []
    frame: FrameType | None = sys._current_frames().get(thread)
    while frame is not None:
        frames.append(StackFrame(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return frames


def own_place(stack: Stack) -> str:
    """The innermost line of the user's own in a stack; "" if there is none."""
    return next((frame.place for frame in stack if frame.own), "")


class StackFile:
    """The file that gets the stacks of this process when the timer runs down, or when the process crashes."""

    def __init__(self, path: Path) -> None:
        """Create it. Raises OSError if that can't be done."""
        self.path = path
        self._file = path.open("ab", buffering=0)
        self._wound = False
        faulthandler.enable(self._file)

    def wind(self, seconds: float) -> None:
        """Have all stacks written in so many seconds, unless this or `stop` is called before."""
        self._wound = True
        faulthandler.dump_traceback_later(seconds, file=self._file)

    def stop(self) -> None:
        """Have nothing written."""
        if self._wound:
            self._wound = False
            faulthandler.cancel_dump_traceback_later()

    def take(self) -> list[Stack]:
        """The stacks that were written since the last time; empty if the timer has not run down."""
        found = read_stacks(self.path)
        os.ftruncate(self._file.fileno(), 0)
        return found


def stack_file_of(log: Path) -> Path:
    """Where the runner with this log leaves its stacks."""
    return log.with_suffix(".stacks")


def read_stacks(path: Path) -> list[Stack]:
    """The stacks that were written last, one for each thread; empty if there are none."""
    stacks: list[list[StackFrame]] = []
    for line in _last_lines(path):
        if line.startswith(_BEGINNINGS):
            stacks = []
        elif _THREAD.match(line):
            stacks.append([])
        elif stacks and (found := _FRAME.match(line)):
            stacks[-1].append(StackFrame(found["file"], int(found["line"]), found["name"]))
    return list(stacks)


def crash_place(path: Path) -> str:
    """The user's own line at which a process crashed; "" if it didn't crash, or not in code of the user's."""
    lines = _last_lines(path)
    crashed = [number for number, line in enumerate(lines) if line.startswith(_BEGINNINGS[1])]
    if not crashed:
        return ""
    frames: list[StackFrame] = []
    current = False
    for line in lines[crashed[-1] :]:
        if _THREAD.match(line):
            current = line.startswith("Current thread")
        elif current and (found := _FRAME.match(line)):
            frames.append(StackFrame(found["file"], int(found["line"]), found["name"]))
    return own_place(frames)


def _last_lines(path: Path) -> list[str]:
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, os.path.getsize(path) - READ_AT_MOST))
        return file.read().decode(errors="replace").splitlines()
    return []
