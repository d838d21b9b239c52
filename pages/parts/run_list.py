"""A few runs as rows that link to their traces, as under Past runs."""

from __future__ import annotations

import time

from inspectors.store import Prompt, Run
from inspectors.store.run_search import Question
from inspectors.trace.run_rows import run_row
from parts.browser import browser_part

_part = browser_part("run_list")


def show_runs(runs: list[Run], prompts: list[Prompt], *, key: str, compact: bool = False) -> None:
    """Draw them. `prompts` are the open ones: a waiting run says what it asks."""
    now = time.time()
    asked = {prompt.run_id: Question(prompt.text, prompt.deadline) for prompt in reversed(prompts)}
    rows = [run_row(run, asked.get(run.run_id), now) for run in runs]
    _part(key=key, data={"rows": rows, "now": now, "compact": compact})
