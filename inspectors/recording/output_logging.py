"""Messages that runs log, taken where every logger hands them to its handlers.

Not by a handler on the root logger: one there makes `logging.basicConfig` do nothing, goes away with the user's own
configuration, and misses loggers that don't propagate.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from inspectors.recording.errors import describe_error
from inspectors.recording.run_recorder import INVOCATION
from inspectors.recording.runtime import RUN

OURS = ("stepscope", "stepscope.")
complaints = logging.getLogger("stepscope.output")


class _InHandler(threading.local):
    """Whether a logging handler is at work in this thread: what it prints is recorded as logged already."""

    active = False


in_handler = _InHandler()

_replaced: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {}
"""What stands in the classes of `logging` now, and what stood there."""


def install() -> None:
    """Record from now on; does nothing a second time."""
    if _replaced:
        return
    hand_on, handle = logging.Logger.callHandlers, logging.Handler.handle

    def recorded_call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        try:
            _note(self, record)
        except Exception as error:  # a message whose arguments raise: the user's own handlers get it all the same
            complaints.warning("A message of %s could not be recorded: %s", record.name, error)
        hand_on(self, record)

    def marked_handle(self: logging.Handler, record: logging.LogRecord) -> Any:
        outer = in_handler.active
        in_handler.active = True
        try:
            return handle(self, record)
        finally:
            in_handler.active = outer

    _replaced["callHandlers"] = (recorded_call_handlers, hand_on)
    _replaced["handle"] = (marked_handle, handle)
    logging.Logger.callHandlers = recorded_call_handlers  # type: ignore[method-assign]
    logging.Handler.handle = marked_handle  # type: ignore[method-assign]


def uninstall() -> None:
    """Put back what was there, unless somebody else has replaced it since: then ours stays below, and does no harm."""
    for owner, name in ((logging.Logger, "callHandlers"), (logging.Handler, "handle")):
        ours, before = _replaced.pop(name, (None, None))
        if ours is not None and getattr(owner, name) is ours:
            setattr(owner, name, before)


def _note(logger: logging.Logger, record: logging.LogRecord) -> None:
    here = INVOCATION.get()
    run = here[0] if here is not None else RUN.get()
    if run is None or run.ended or record.name.startswith(OURS[1]) or record.name == OURS[0]:
        return
    if record.levelno < logging.WARNING and not _lets_through(logger, record.levelno):
        return
    values: dict[str, Any] = {"level": record.levelname, "logger": record.name, "text": _message(record)}
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        values["error"] = describe_error(error, run.root)
    run.output.logged(here[1] if here is not None else None, values)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # arguments that don't fit the message: logging itself complains on stderr, too
        return f"{record.msg} (its arguments don't fit: {type(error).__name__})"


def _lets_through(logger: logging.Logger | None, level: int) -> bool:
    """Whether some handler takes messages of this level; if there is none at all, the logger's own level decides."""
    handled = False
    while logger is not None:
        for handler in logger.handlers:
            handled = True
            if level >= handler.level:
                return True
        logger = logger.parent if logger.propagate else None
    return not handled
