"""What is kept of an exception: type, message, traceback, and its frames with the user's own marked."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path
from typing import Any

TRACEBACK_LIMIT = 60_000
"""Characters; of a longer text the beginning, where the first cause stands, and the end are kept."""
FRAMES = 60
EARLIER_FRAMES = 20
MESSAGE_LIMIT = 4_000
MOST_EARLIER = 12


class StepExited(RuntimeError):
    """A step called sys.exit or raised KeyboardInterrupt; its run fails, the runner goes on."""


class StepCancelledItself(RuntimeError):
    """A step raised CancelledError though nobody cancelled it; the engine would wait for it until the time limit."""


def describe_error(error: BaseException, root: str) -> dict[str, Any]:
    """{"type", "message", "traceback", "frames"}; frames oldest first, `own` for files below `root` (a folder).

    Where the exception goes back to others there is "earlier", nearest first: [{"how", "type", "message", "frames"}],
    `how` being cause (raise from) | context (raised while that one was handled) | member (of an exception group).
    """
    made = {
        "type": type(error).__qualname__,
        "message": _message(error),
        "traceback": _text(error),
        "frames": _frames(error, root, FRAMES),
    }
    earlier = [
        {
            "how": how,
            "type": type(one).__qualname__,
            "message": _message(one),
            "frames": _frames(one, root, EARLIER_FRAMES),
        }
        for how, one in _earlier(error)
    ]
    return {**made, "earlier": earlier} if earlier else made


def _text(error: BaseException) -> str:
    try:
        text = "".join(traceback.format_exception(error))
    except Exception:  # notes, causes and texts are attributes that a user's class may have made properties
        text = "".join(traceback.format_tb(error.__traceback__)) + f"{type(error).__qualname__}: {_message(error)}\n"
    if len(text) <= TRACEBACK_LIMIT:
        return text
    left_out = len(text) - TRACEBACK_LIMIT
    return f"{text[: TRACEBACK_LIMIT // 3]}\n… {left_out:,} characters …\n{text[-TRACEBACK_LIMIT // 3 * 2 :]}"


def _earlier(error: BaseException) -> list[tuple[str, BaseException]]:
    """What an exception goes back to, breadth first, each once: (how, exception)."""
    found: list[tuple[str, BaseException]] = []
    seen, look_at = {id(error)}, [error]
    while look_at and len(found) < MOST_EARLIER:
        one = look_at.pop(0)
        for how, other in _behind(one):
            if id(other) not in seen and len(found) < MOST_EARLIER:
                seen.add(id(other))
                found.append((how, other))
                look_at.append(other)
    return found


def _behind(error: BaseException) -> list[tuple[str, BaseException]]:
    made: list[tuple[str, BaseException]] = []
    if error.__cause__ is not None:
        made.append(("cause", error.__cause__))
    elif error.__context__ is not None and not error.__suppress_context__:
        made.append(("context", error.__context__))
    if isinstance(error, BaseExceptionGroup):
        made.extend(("member", one) for one in error.exceptions)
    return made


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # a user's __str__
        text = "(its message could not be read)"
    return text if len(text) <= MESSAGE_LIMIT else text[:MESSAGE_LIMIT] + "…"


def _frames(error: BaseException, root: str, most: int) -> list[dict[str, Any]]:
    frames = []
    for frame in traceback.extract_tb(error.__traceback__)[-most:]:
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
    return (
        {name: value for name, value in error.items() if name not in ("traceback", "frames", "earlier")}
        if error
        else None
    )
