"""`os._exit` in a step: the process ends at once, but what was recorded until then is committed first."""

from __future__ import annotations

import os
from typing import NoReturn

from inspectors.recording.writer import CommitWriter

WAIT = 2.0
"""Seconds that an exit waits at most for the database."""


def commit_before_exit(writer: CommitWriter) -> None:
    """From now on `os._exit` in this process waits until all records are committed, for `WAIT` seconds at most.

    A child that was forked ends at once: it has neither the records nor the thread that writes them.
    """
    process, end = os.getpid(), os._exit

    def exit_after_commit(status: int) -> NoReturn:
        if os.getpid() == process:
            writer.flush(WAIT)
        end(status)

    os._exit = exit_after_commit
