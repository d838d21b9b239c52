"""The store as a runner writes to it: without the values of secret variables, save in what going on needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inspectors.recording.redaction import Redaction
from inspectors.store import Store
from inspectors.store.records import Commit


class RedactedStore(Store):
    """Takes secret values out of records, results, errors, prompts and the runner's own row.

    Journal and checkpoint keep them, because a run goes on from them; they are deleted when it is over.
    """

    def __init__(self, path: str | Path, redaction: Redaction) -> None:
        super().__init__(path)
        self._redaction = redaction

    def commit(self, commits: list[Commit]) -> None:
        """Write everything in one transaction, or nothing."""
        if self._redaction:
            for commit in commits:
                self._redact(commit)
        super().commit(commits)

    def _redact(self, commit: Commit) -> None:
        commit.lines[:] = [self._redaction.of_json(line) for line in commit.lines]
        commit.run = self._redaction.of(commit.run)
        for prompt in commit.prompts:
            prompt.text = self._redaction.of_text(prompt.text)
            prompt.fields = self._redaction.of(prompt.fields)

    def create_run(self, **columns: Any) -> str:
        """Add a run: a workflow that user code runs itself, with the input it was given."""
        return super().create_run(**{**columns, "input": self._redaction.of(columns["input"])})

    def update_runner(self, runner_id: str, **columns: Any) -> None:
        """Set columns of a runner's row."""
        super().update_runner(runner_id, **{name: self._redaction.of(value) for name, value in columns.items()})
