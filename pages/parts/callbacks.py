"""What a button does must happen, whatever the browser asks for at the same moment."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from streamlit.runtime.scriptrunner import RerunException

TRIES = 5


def carried_out(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback that is begun again when Streamlit breaks it off, so it must do what it does only once.

    Streamlit breaks a callback off at its next use of the session's state when the browser has asked for another
    rerun, as the live feed does, and forgets the click (`SafeSessionState` and `_run_callback_and_record_rerun` of
    Streamlit 1.67.0). What was asked for last is passed on at the end.
    """

    @functools.wraps(callback)
    def whole(*args: Any, **kwargs: Any) -> None:
        asked: RerunException | None = None
        for _ in range(TRIES):
            try:
                callback(*args, **kwargs)
            except RerunException as broken_off:
                asked = broken_off
            else:
                break
        if asked is not None:
            raise asked

    return whole
