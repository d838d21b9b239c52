"""How long an answer can still be given, counted down, and why the clock runs though nobody works."""

from __future__ import annotations

import time

from inspectors.store import Prompt
from parts.browser import browser_part

_part = browser_part("time_left")


def show_time_left(prompt: Prompt) -> None:
    """Draw it for a prompt whose time runs out, or whose run can't be let go; nothing for others."""
    if prompt.deadline is None and not prompt.loaded_why:
        return
    data = {"now": time.time(), "deadline": prompt.deadline, "why": why_loaded(prompt)}
    _part(key=f"time-left-{prompt.prompt_id}", data=data)


def why_loaded(prompt: Prompt) -> str:
    """Why the run stays in memory, in a sentence; "" if it doesn't."""
    if not prompt.loaded_why:
        return ""
    limit = " Its time limit runs on." if prompt.deadline is not None else " It has no time limit."
    return f"The run stays in memory while it waits: {prompt.loaded_why.rstrip('.')}.{limit}"
