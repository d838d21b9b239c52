"""What is kept of an exception: type, message, traceback, and its frames with the user's own marked."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path
from typing import Any

TRACEBACK_LIMIT = 20_000
FRAMES = 60
MESSAGE_LIMIT = 4_000


class StepExited(RuntimeError):
    """A step called sys.exit or raised KeyboardInterrupt; its run fails, the runner goes on."""


class StepCancelledItself(RuntimeError):
    """A step raised CancelledError though nobody cancelled it; the engine would wait for it until the time limit."""


def describe_error(error: BaseException, root: str) -> dict[str, Any]:
    """{"type", "message", "traceback", "frames"}; frames oldest first, `own` for files below `root` (a folder)."""
    text = "".join(traceback.format_exception(error))
    return {
        "type": type(error).__qualname__,
        "message": _message(error),
        "traceback": text if len(text) <= TRACEBACK_LIMIT else "…\n" + text[-TRACEBACK_LIMIT:],
        "frames": _frames(error, root),
    }


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # a user's __str__
        text = "(its message could not be read)"
    return text if len(text) <= MESSAGE_LIMIT else text[:MESSAGE_LIMIT] + "…"


def _frames(error: BaseException, root: str) -> list[dict[str, Any]]:
    frames = []
    for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]:
        path = Path(frame.filename)
        own = bool(root) and path.is_relative_to(root) and "site-packages" not in path.parts
        frames.append(
            {
                "file": frame.filename,
                "line": frame.lineno,
                "function": frame.name,
                "code": (linecache.getline(frame.filename, frame.lineno or 0) or frame.line or "").strip()[:300],
                "own": own,
            }
        )
    if isinstance(error, SyntaxError) and error.filename:
        code, own = (error.text or "").strip()[:300], bool(root) and Path(error.filename).is_relative_to(root)
        frames.append({"file": error.filename, "line": error.lineno, "function": "", "code": code, "own": own})
    return frames


def root_cause(error: BaseException) -> BaseException:
    """What an exception goes back to: the engine wraps "not JSON serializable" into pages of its own state."""
    seen = 0
    while (earlier := error.__cause__ or error.__context__) is not None and seen < 20:
        error, seen = earlier, seen + 1
    return error


def short_error(error: dict[str, Any] | None) -> dict[str, Any] | None:
    """The error as it stands in run_ended: its traceback is in the step's own record and in the run's row."""
    return {name: value for name, value in error.items() if name not in ("traceback", "frames")} if error else None
